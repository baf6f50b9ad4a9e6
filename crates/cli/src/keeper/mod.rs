//! `ballast keeper`: watches every vault and acts in time; what it prepares, shows and measures.

mod bench;
mod history;
mod init;
mod queue;
mod run;
mod source;
mod status;
mod text;

use crate::Failure;
use clap::{Args, Subcommand};

/// Arguments of the command.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: run::Run,
}

/// What the keeper's other commands are.
#[derive(Subcommand)]
pub enum Command {
    /// Measure how long it takes to find the vaults at risk after a price change
    #[command(long_about = bench::LONG_ABOUT)]
    Bench(bench::Arguments),
    /// Write a configuration, create channel accounts and give them lumens
    #[command(long_about = init::LONG_ABOUT)]
    Init(Box<init::Arguments>),
    /// Show how the keeper stands; what its database tells when none runs
    Status(status::Arguments),
    /// Show who is next to be liquidated, vault or not
    Queue(queue::Arguments),
    /// Show what was decided, and what became of it
    History(history::Arguments),
}

/// What it is, for `--help`.
pub const LONG_ABOUT: &str = "\
Watch every vault of a factory, and act in time.

Without a subcommand the keeper runs, as its configuration says, until it is stopped.";

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        None => run::run(&arguments.run),
        Some(Command::Bench(arguments)) => bench::run(arguments),
        Some(Command::Init(arguments)) => init::run(arguments),
        Some(Command::Status(arguments)) => wait(status::run(arguments)),
        Some(Command::Queue(arguments)) => wait(queue::run(arguments)),
        Some(Command::History(arguments)) => wait(history::run(arguments)),
    }
}

/// Of what only looks, in this thread.
fn wait(look: impl std::future::Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(look)
}
