//! The state file: a snapshot and what happened since, in one file of records.

mod codec;
mod error;
mod file;
mod load;
mod settings;
mod store;

pub use error::StateFileError;
pub use file::{Found, Opened, Place, RecordFile, FORMAT};
pub use settings::{limits_name, Beginning, Settings, Wanted};
pub use store::{settings, Mark, Marks, Opening, Restored, Store, LOG_BYTES};
