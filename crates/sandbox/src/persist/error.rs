use super::FORMAT;
use std::{io, path::PathBuf};

/// Why a state file is refused. It is left as it is.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It, or the lock beside it, cannot be read or written.
    #[error("{}: {error}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// Another process has it.
    #[error("{}: another sandbox is using it", .0.display())]
    Locked(PathBuf),
    /// It is something else.
    #[error("{}: not a state file of a sandbox; it is left as it is", .0.display())]
    Foreign(PathBuf),
    /// It is of another version of the program.
    #[error(
        "{}: written in format {format}, this program reads format {FORMAT}; it is left as it is",
        file.display()
    )]
    Format {
        /// The file.
        file: PathBuf,
        /// Its version.
        format: u32,
    },
    /// It is of another network.
    #[error("{}: the state of another network; it is left as it is", .0.display())]
    Network(PathBuf),
    /// It is damaged.
    #[error("{}: damaged at byte {at}: {why}; it is left as it is", file.display())]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// Where the first record begins that is not as it was written.
        at: u64,
        /// What is wrong with it.
        why: String,
    },
    /// It was started with other settings.
    #[error("{}: {why}", file.display())]
    Settings {
        /// The file.
        file: PathBuf,
        /// Which ones differ.
        why: String,
    },
}
