//! The arguments of `ballast replay`.

use super::{misuse, ORACLE_RESOLUTION_SECONDS};
use crate::Failure;
use anyhow::Context;
use ballast_core::policy::Policy;
use ballast_risk::{
    check::Check,
    engine::Engine,
    episodes::Schedule,
    policy,
    settings::{Collateral, KeeperSells, OracleMode, Settings},
    time,
};
use clap::{Args, ValueEnum};
use std::{fs, path::PathBuf};

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    /// Price bars to replay [default: the built-in bars of 2025-10-10]
    #[arg(long, value_name = "FILE.csv[.gz]")]
    pub prices: Option<PathBuf>,
    /// First bar
    #[arg(long, value_name = "T", value_parser = time::parse)]
    #[arg(help = "First bar: RFC 3339, \"YYYY-MM-DD[ HH:MM]\" (UTC) or unix seconds")]
    pub from: Option<u64>,
    /// End: bars that start before it
    #[arg(long, value_name = "T", value_parser = time::parse)]
    pub to: Option<u64>,
    /// What the prices are of
    #[arg(long, value_enum, ignore_case = true, default_value_t = Asset::Xlm)]
    pub collateral: Asset,
    /// What an oracle round carries: the market's price of its moment, or the lowest of the 300 s before
    #[arg(long, value_enum, value_delimiter = ',', default_value = "close")]
    pub oracle: Vec<Oracle>,
    /// Health factor of the twins at the first price
    #[arg(
        long,
        value_name = "HEALTH",
        value_delimiter = ',',
        default_value = "1.35"
    )]
    pub entry_health: Vec<f64>,
    /// Collateral of each twin at the first price
    #[arg(long, value_name = "USD", default_value_t = 50_000.0)]
    pub collateral_usd: f64,
    /// Depth of the AMM, a side, at the first price
    #[arg(
        long,
        value_name = "USD",
        value_delimiter = ',',
        default_value = "750000"
    )]
    pub depth_usd: Vec<f64>,
    /// What the liquidator asks above the bid
    #[arg(
        long,
        value_name = "BPS",
        value_delimiter = ',',
        default_value = "1000"
    )]
    pub filler_margin_bps: Vec<u32>,
    /// Ledgers from the keeper's decision to its execution
    #[arg(
        long,
        value_name = "LEDGERS",
        value_delimiter = ',',
        default_value = "1"
    )]
    pub keeper_delay_ledgers: Vec<u32>,
    /// Where the keeper sells what a fill brings: best (at the AMM, or elsewhere at the market's price
    /// less 10 bps), or at the AMM only
    #[arg(long, value_enum, default_value_t = Sells::Best)]
    pub keeper_sells: Sells,
    /// The vault's policy [default: the preset "balanced"]
    #[arg(long, value_name = "FILE.toml")]
    pub policy: Option<PathBuf>,
    /// Write the figures here, as JSON
    #[arg(long, value_name = "OUT")]
    pub json: Option<PathBuf>,
    /// Draw price, risk, steps and auctions here; of many episodes, how vault and bare differ
    #[arg(long, value_name = "OUT.svg")]
    pub picture: Option<PathBuf>,
    /// Replay at entry health 1.20 to 1.50 and filler margins of 3% and 10% and print one line each
    #[arg(long, conflicts_with_all = ["json", "picture", "entry_health", "filler_margin_bps"])]
    pub table: bool,

    /// Start an episode every so often: 12h, 1d, 2w; the settings may then be lists, as 1.10,1.20
    #[arg(long, value_name = "LENGTH", value_parser = time::parse_length)]
    #[arg(
        requires = "horizon",
        conflicts_with = "table",
        help_heading = "Many episodes"
    )]
    pub every: Option<u64>,
    /// How long an episode lasts: 12h, 7d, 2w
    #[arg(long, value_name = "LENGTH", value_parser = time::parse_length, requires = "every")]
    #[arg(help_heading = "Many episodes")]
    pub horizon: Option<u64>,
    /// Policies to compare on the same episodes, one or more a file
    #[arg(long, value_name = "FILE.toml", num_args = 1.., requires = "every")]
    #[arg(conflicts_with = "policy", help_heading = "Many episodes")]
    pub policy_grid: Vec<PathBuf>,
    /// What episodes run on: the vault's arithmetic, or the contracts themselves
    #[arg(long, value_enum, default_value_t = On::Core, requires = "every")]
    #[arg(help_heading = "Many episodes")]
    pub engine: On,
    /// How many of the episodes with a step or an auction run again on the contracts, with 20 others:
    /// a number, all or none [default: 20]
    #[arg(long, value_name = "N|all|none", value_parser = parse_check, requires = "every")]
    #[arg(help_heading = "Many episodes")]
    pub check: Option<Check>,
    /// Seed of the choice of episodes to check
    #[arg(long, value_name = "N", default_value_t = 1, requires = "every")]
    #[arg(help_heading = "Many episodes")]
    pub seed: u64,
    /// Write everything here as one page: parameters, tables, pictures, worst episodes
    #[arg(
        long,
        value_name = "OUT.html",
        requires = "every",
        help_heading = "Many episodes"
    )]
    pub html: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Oracle {
    Close,
    Low,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum Asset {
    Xlm,
    Btc,
    Eth,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Sells {
    Best,
    Amm,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum On {
    Core,
    Wasm,
}

impl On {
    pub fn engine(self) -> Engine {
        match self {
            On::Core => Engine::Core,
            On::Wasm => Engine::Wasm,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            On::Core => "core",
            On::Wasm => "wasm",
        }
    }
}

fn parse_check(text: &str) -> Result<Check, String> {
    match text {
        "all" => Ok(Check::All),
        "none" => Ok(Check::None),
        number => number
            .parse()
            .map(Check::Sample)
            .map_err(|_| "write a number, all or none".into()),
    }
}

impl Arguments {
    /// When episodes start and how long they last, if there are to be many.
    pub fn schedule(&self) -> Option<Schedule> {
        Some(Schedule {
            every_seconds: self.every?,
            horizon_seconds: self.horizon?,
        })
    }

    /// Every combination of the settings; the first list changes slowest. Not validated.
    pub fn settings(&self, policy: Policy) -> Vec<Settings> {
        let mut all = Vec::new();
        for oracle in &self.oracle {
            for depth_usd in &self.depth_usd {
                for keeper_delay_ledgers in &self.keeper_delay_ledgers {
                    for filler_margin_bps in &self.filler_margin_bps {
                        for entry_health in &self.entry_health {
                            all.push(Settings {
                                oracle: match oracle {
                                    Oracle::Close => OracleMode::Close,
                                    Oracle::Low => OracleMode::Low,
                                },
                                entry_health: *entry_health,
                                collateral_usd: self.collateral_usd,
                                depth_usd: *depth_usd,
                                filler_margin_bps: *filler_margin_bps,
                                keeper_delay_ledgers: *keeper_delay_ledgers,
                                keeper_sells: match self.keeper_sells {
                                    Sells::Best => KeeperSells::Best,
                                    Sells::Amm => KeeperSells::Amm,
                                },
                                policy,
                                collateral: match self.collateral {
                                    Asset::Xlm => Collateral::Xlm,
                                    Asset::Btc => Collateral::Btc,
                                    Asset::Eth => Collateral::Eth,
                                },
                                ..Settings::default()
                            });
                        }
                    }
                }
            }
        }
        all
    }

    /// The settings of a replay of one episode: every list has one value.
    pub fn one_setting(&self) -> Result<Settings, Failure> {
        let lists = [
            ("--oracle", self.oracle.len()),
            ("--entry-health", self.entry_health.len()),
            ("--depth-usd", self.depth_usd.len()),
            ("--filler-margin-bps", self.filler_margin_bps.len()),
            ("--keeper-delay-ledgers", self.keeper_delay_ledgers.len()),
        ];
        if let Some((name, count)) = lists.into_iter().find(|(_, count)| *count != 1) {
            return Err(misuse(format!(
                "{name}: {count} values; a list takes --every and --horizon, a single episode one value"
            )));
        }
        let policy = self.policy()?;
        let mut settings = self.settings(policy);
        Ok(settings.swap_remove(0))
    }

    /// The policy of `--policy`.
    pub fn policy(&self) -> anyhow::Result<Policy> {
        let Some(file) = &self.policy else {
            return Ok(Policy::BALANCED);
        };
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        policy::parse(&text, ORACLE_RESOLUTION_SECONDS).with_context(|| file.display().to_string())
    }
}
