//! `ballast sandbox`.

mod arguments;
mod control;
mod fail;
mod help;
mod prices;
mod start;
mod table;

pub use arguments::Arguments;
pub use help::{AFTER_LONG_HELP, LONG_ABOUT};

use crate::Failure;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.control {
        None => start::run(&arguments.start),
        Some(control) => control.run(),
    }
}

fn misuse(words: impl Into<String>) -> Failure {
    Failure::Usage(anyhow::Error::msg(words.into()))
}
