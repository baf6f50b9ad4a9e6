//! The state file: a snapshot and what happened since, in one file of records.

mod error;
mod file;

pub use error::StateFileError;
pub use file::{Found, Opened, Place, RecordFile, FORMAT};
