//! `ballast replay`.

mod arguments;
mod help;
mod many;
mod single;

pub use arguments::Arguments;
pub use help::{AFTER_LONG_HELP, LONG_ABOUT};

use crate::Failure;
use ballast_risk::{settings::SettingError, time};

/// Length of a round of the pool's oracle, by which policies are judged.
const ORACLE_RESOLUTION_SECONDS: u32 = 300;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        if from >= to {
            return Err(misuse(format!(
                "--from {} is not before --to {}",
                time::rfc3339(from),
                time::rfc3339(to)
            )));
        }
    }
    match arguments.schedule() {
        Some(schedule) => many::run(arguments, schedule),
        None => single::run(arguments),
    }
}

fn misuse(words: String) -> Failure {
    Failure::Usage(anyhow::Error::msg(words))
}

fn usage(error: SettingError) -> Failure {
    Failure::Usage(error.into())
}
