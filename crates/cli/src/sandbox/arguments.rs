//! The arguments of `ballast sandbox`.

use super::control::Control;
use ballast_sandbox::{persist::Wanted, scenario::Scenario, Closing};
use clap::{Args, ValueEnum};
use std::{net::IpAddr, path::PathBuf, time::Duration};

/// Arguments of the command.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do with a sandbox that runs
    #[command(subcommand)]
    pub control: Option<Control>,
    /// How to start one
    #[command(flatten)]
    pub start: Start,
}

/// How a sandbox starts.
#[derive(Args)]
pub struct Start {
    /// Port to serve on; 0: any that is free
    #[arg(long, value_name = "N", default_value_t = 8000)]
    pub port: u16,
    /// Address to serve on [default: 127.0.0.1]. Whoever reaches it can do everything, with every key
    #[arg(long, value_name = "ADDRESS")]
    pub bind: Option<IpAddr>,
    /// Milliseconds from one ledger to the next, or manual: ledgers close when told to
    #[arg(long, value_name = "MS|manual", default_value = "5000", value_parser = parse_closing)]
    pub ledger_ms: Closing,
    /// Keep everything in this file, and start from it
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Whose limits and fees [default: mainnet]
    #[arg(long, value_enum)]
    pub limits: Option<Limits>,
    /// What is deployed: default, or bare (the root account and nothing else) [default: default]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub scenario: Option<ScenarioName>,
    /// Keys and addresses follow from it [default: 0]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How many closed ledgers are kept, with their transactions and events
    #[arg(long, value_name = "N", default_value_t = 17_280)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub history_ledgers: u32,
    /// Write addresses and keys here, as JSON
    #[arg(long, value_name = "OUT", default_value = "sandbox.json")]
    pub output: PathBuf,
    /// Serve the wallet page from this folder, as `make page` builds it, instead of the program's own
    #[arg(long, value_name = "DIR")]
    pub page: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Limits {
    Mainnet,
    Testnet,
    Unlimited,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ScenarioName {
    Default,
    Bare,
}

/// Longest time between ledgers: an hour.
const LONGEST_MS: u64 = 3_600_000;

fn parse_closing(text: &str) -> Result<Closing, String> {
    if text == "manual" {
        return Ok(Closing::Manual);
    }
    text.parse()
        .ok()
        .filter(|ms| (1..=LONGEST_MS).contains(ms))
        .map(|ms| Closing::Every(Duration::from_millis(ms)))
        .ok_or_else(|| format!("write manual or milliseconds from 1 to {LONGEST_MS}"))
}

impl Start {
    /// What the state file must have been begun with.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            scenario: self.scenario.map(|scenario| match scenario {
                ScenarioName::Default => Scenario::Default,
                ScenarioName::Bare => Scenario::Bare,
            }),
            limits: self.limits.map(|limits| match limits {
                Limits::Mainnet => ballast_sandbox::Limits::Mainnet,
                Limits::Testnet => ballast_sandbox::Limits::Testnet,
                Limits::Unlimited => ballast_sandbox::Limits::Unlimited,
            }),
            seed: self.seed,
        }
    }
}
