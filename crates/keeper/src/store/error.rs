use std::{io, path::PathBuf};

/// Primary result codes of SQLite, as its documentation numbers them.
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READ_ONLY: u32 = 8;
const IO: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANNOT_OPEN: u32 = 14;
const NOT_A_DATABASE: u32 = 26;

/// What goes wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none: only a running keeper makes one.
    #[error("{}: there is no database; `ballast keeper` makes it when it runs", .0.display())]
    Missing(PathBuf),
    /// Another keeper runs on the file.
    #[error("{}: another keeper runs on this database", .0.display())]
    InUse(PathBuf),
    /// Somebody else holds a lock, for longer than is waited.
    #[error("the database is locked by another program")]
    Locked,
    /// The disk is full, or the database has its largest size. Nothing of the change was written.
    #[error("no room left for the database")]
    Full,
    /// The file is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The file may not be written.
    #[error("the database may not be written: {0}")]
    ReadOnly(String),
    /// The file system refuses to read or write it.
    #[error("the database's file cannot be read or written: {0}")]
    Io(String),
    /// The database belongs to another network or factory.
    #[error("{}: this database is of {what} {found}, the configuration says {expected}: name another file under [database]", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// A database of some other program.
    #[error("{}: this database is not a keeper's: name another file under [database]", .0.display())]
    NotOurs(PathBuf),
    /// The database was written by a newer version of the program.
    #[error("{}: this database has schema {found}, this program knows up to {known}: use a newer program, or name another file", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// A row that is not as the program writes it.
    #[error("the database's {column}: {found:?} is not {expected}")]
    Value {
        /// Where.
        column: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// What does.
        found: String,
    },
    /// The file, or its place.
    #[error("{}: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Anything else.
    #[error("the database: {0}")]
    Database(sqlx::Error),
}

impl StoreError {
    /// Whether the same may succeed later, without anybody's doing or after room was made.
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Locked | StoreError::Full)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // Every connection is at work: one of them waits for a lock.
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return StoreError::Locked;
        }
        let Some(database) = error.as_database_error() else {
            return StoreError::Database(error);
        };
        // Extended codes carry the primary one in their lowest byte.
        let code = database
            .code()
            .and_then(|code| code.parse::<u32>().ok())
            .map_or(0, |code| code & 0xff);
        match code {
            BUSY | LOCKED => StoreError::Locked,
            FULL => StoreError::Full,
            CORRUPT | NOT_A_DATABASE => StoreError::Corrupt(database.message().to_owned()),
            READ_ONLY => StoreError::ReadOnly(database.message().to_owned()),
            CANNOT_OPEN | IO => StoreError::Io(database.message().to_owned()),
            _ => StoreError::Database(error),
        }
    }
}
