//! The database: what goes in comes out, and what happens to the file.

mod faults;
mod files;
mod kept;
mod postgres;
mod records;
mod round_trips;
mod support;
