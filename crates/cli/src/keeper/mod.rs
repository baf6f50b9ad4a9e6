//! `ballast keeper`: watches every vault and acts in time; what it prepares, shows and measures.

mod bench;
mod init;

use crate::Failure;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of the command.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: Run,
}

/// Arguments of the keeper itself.
#[derive(Args)]
pub struct Run {
    /// The keeper's configuration
    #[arg(long, value_name = "FILE", default_value = "keeper.toml")]
    pub config: PathBuf,
    /// Do everything but send transactions
    #[arg(long)]
    pub dry_run: bool,
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
}

/// What it is, for `--help`.
pub const LONG_ABOUT: &str = "\
Watch every vault of a factory, and act in time.

Without a subcommand the keeper runs, as its configuration says, until it is stopped.";

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Some(Command::Bench(arguments)) => bench::run(arguments),
        Some(Command::Init(arguments)) => init::run(arguments),
        None => Err(anyhow::anyhow!("the keeper does not run yet").into()),
    }
}
