//! The `ballast` program.

mod demo;
mod document;
mod findings;
mod keeper;
mod logging;
mod numbers;
mod output;
mod page;
mod progress;
mod replay;
mod report;
mod sandbox;
mod signal;
mod study_pictures;
mod study_report;
mod vault;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Exit code of wrong arguments, as clap has it.
const USAGE: u8 = 2;
/// Exit code of a transaction of which it is not known yet what becomes.
const UNSETTLED: u8 = 3;

/// A seat belt for borrowers on Blend.
#[derive(Parser)]
#[command(name = "ballast", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Replay a price path against a vault and an identical borrower without one
    #[command(long_about = replay::LONG_ABOUT, after_long_help = replay::AFTER_LONG_HELP)]
    Replay(Box<replay::Arguments>),
    /// Play a day of a vault on a sandbox of its own, over its RPC
    #[command(long_about = demo::LONG_ABOUT)]
    Demo(demo::Arguments),
    /// Run the keeper, which watches every vault and acts in time
    #[command(long_about = keeper::LONG_ABOUT)]
    Keeper(keeper::Arguments),
    /// Use vaults over any Stellar RPC
    #[command(subcommand, long_about = vault::LONG_ABOUT, after_long_help = vault::AFTER_LONG_HELP)]
    Vault(Box<vault::Command>),
    /// Start a Stellar network in this process, or control one that runs
    #[command(long_about = sandbox::LONG_ABOUT, after_long_help = sandbox::AFTER_LONG_HELP)]
    Sandbox(Box<sandbox::Arguments>),
}

/// What ends the program without success.
pub enum Failure {
    /// The arguments make no sense: exit code 2.
    Usage(anyhow::Error),
    /// Something went wrong: exit code 1.
    Failed(anyhow::Error),
    /// A transaction was sent and may still be applied: exit code 3.
    Unsettled(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Failed(error.into())
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Keeper(arguments) => keeper::run(&arguments),
        Command::Vault(command) => vault::run(&command),
        Command::Sandbox(arguments) => sandbox::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(error)) => {
            eprintln!("error: {error:#}\n\nFor more information, try '--help'.");
            ExitCode::from(USAGE)
        }
        Err(Failure::Failed(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
        Err(Failure::Unsettled(error)) => {
            eprintln!("error: {error:#}");
            ExitCode::from(UNSETTLED)
        }
    }
}
