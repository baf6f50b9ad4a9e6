//! The file that `ballast keeper init` writes: every setting, said what it is, with its default.

use super::Keeper;
use std::{fmt::Write, path::PathBuf};

/// Where the contracts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file says it.
    Deployment(PathBuf),
    /// These.
    Contracts {
        /// The RPC server.
        rpc: String,
        /// The network.
        passphrase: String,
        /// The factory.
        factory: String,
        /// A file that says the rest.
        deployment: Option<PathBuf>,
    },
}

/// What a new file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Where the contracts are.
    pub place: Place,
    /// Where the keeper's key is.
    pub keeper: Keeper,
    /// Where the channels' keys are.
    pub channels: PathBuf,
    /// Assets that fills could spend: code or contract.
    pub assets: Vec<String>,
}

impl Template {
    /// The file.
    pub fn render(&self) -> String {
        let mut out = String::new();
        // Writing to memory does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        out.push_str(HEAD);
        match &self.place {
            Place::Deployment(file) => {
                writeln!(out, "# What is deployed where: RPC, network, factory, adapter, venues, names of assets.")?;
                writeln!(out, "deployment = {}", quoted(&file.display().to_string()))?;
                writeln!(out, "# rpc = [\"https://...\", \"env:BALLAST_RPC\"]")?;
                writeln!(out, "# passphrase = \"...\"")?;
                writeln!(out, "# factory = \"C...\"")?;
            }
            Place::Contracts {
                rpc,
                passphrase,
                factory,
                deployment,
            } => {
                writeln!(out, "# Servers, best first; the keeper goes on with the others when one fails. Two of two")?;
                writeln!(out, "# operators are the least for the main network. \"env:NAME\" takes the address from a")?;
                writeln!(out, "# variable: some carry a key of their own.")?;
                writeln!(out, "rpc = [{}]", quoted(rpc))?;
                writeln!(out, "passphrase = {}", quoted(passphrase))?;
                writeln!(out, "# Whose vaults are watched.")?;
                writeln!(out, "factory = {}", quoted(factory))?;
                out.push_str(
                    "# A file may say all of it, with adapter, venues and names of assets.\n",
                );
                match deployment {
                    Some(file) => {
                        writeln!(out, "deployment = {}", quoted(&file.display().to_string()))?;
                    }
                    None => out.push_str("# deployment = \"deployment.json\"\n"),
                }
            }
        }
        writeln!(out, "# lens = \"C...\"")?;
        out.push_str(KEYS);
        let (key, value) = match &self.keeper {
            Keeper::Environment(name) => ("keeper_env", name.clone()),
            Keeper::File(file) => ("keeper_file", file.display().to_string()),
            Keeper::Account(name) => ("keeper_account", name.clone()),
        };
        for other in ["keeper_env", "keeper_file", "keeper_account"] {
            match other == key {
                true => writeln!(out, "{key} = {}", quoted(&value))?,
                false => writeln!(out, "# {other} = \"...\"")?,
            }
        }
        out.push_str(CHANNELS);
        writeln!(
            out,
            "channels_file = {}",
            quoted(&self.channels.display().to_string())
        )?;
        writeln!(out, "# channels_env = \"...\"")?;
        out.push_str(REST);
        let unknown = ["C...".to_owned()];
        let assets = match self.assets.as_slice() {
            [] => &unknown[..],
            assets => assets,
        };
        for asset in assets {
            writeln!(out, "\n# [[inventory]]")?;
            writeln!(out, "# asset = {}", quoted(asset))?;
            writeln!(out, "# exposure = \"1000\"")?;
            writeln!(out, "# incoming = \"keep\"")?;
            writeln!(out, "# decimals = 7")?;
        }
        out.push_str(TAIL);
        Ok(())
    }
}

/// A text of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

const HEAD: &str = "\
# The keeper's configuration. What is commented out is the default, unless it says \"...\". Paths are relative to
# this file. `ballast keeper` checks all of it before it begins.

[network]
";

const KEYS: &str = "
[keys]
# The keeper's account authorises steps and has the inventory. Its secret key (S...) is taken from a variable of
# the environment, from a file that nobody else may read (mode 600), or, on a sandbox, from the deployment's file.
";

const CHANNELS: &str = "\
# Channel accounts are the transactions' sources and pay the network's fees: as many as steps shall be on their way
# at once. One secret key a line.
";

const REST: &str = "
[database]
# What was seen, decided and sent. One keeper a file.
# path = \"keeper.db\"
# Decisions, their transactions, and alerts that are over are kept for so long; risk over time by the hour after a day.
# keep_days = 90
# risk_days = 365
# The largest size of the file; without it only the disk's end is one.
# most_mb = 4096

[http]
# The page with the queue, /metrics, /healthz and the JSON views. Nobody is asked for a password: not to the world.
bind = \"127.0.0.1:9464\"

[watch]
# Pause between two questions for the last ledger, milliseconds.
# poll_ms = 500
# Within so many hours every entry is read once, whatever the events said.
# full_check_hours = 24
# An alert when the keeper is so many ledgers behind.
# lag_ledgers = 3
# Borrowers that are known beforehand, one address a line: events only go back as far as the RPC's history.
# borrowers_file = \"...\"

[strategy]
# fill: with the inventory. plain: withdraw, swap, repay. flash: the same by flash loan. clear: an auction of which
# nothing is left.
# ways = [\"fill\", \"plain\", \"flash\", \"clear\"]
# Least profit of a step after the network's fee and the venue's, in the pool oracle's base asset.
# min_profit = \"0.05\"
# For whom the keeper acts without a profit: \"none\", \"all\", or vaults [\"C...\"]. The network's fee is the sponsor's.
# sponsor = \"none\"
# Steps that one ledger takes of one pool.
# steps_per_ledger = 50
# What a lumen is worth where no pool prices it: fees are weighed by it.
# lumen_price = \"...\"

[fees]
# Most that is bid for a transaction's inclusion, stroops.
# max_inclusion_stroops = 1000000
# An alert when the keeper's or a channel's account has fewer lumens.
# low_lumens = \"5\"

[transactions]
# Ledgers that a transaction is good for: with few it is known soon what became of it. A sandbox with ledgers of
# less than a second needs more.
# valid_ledgers = 2
# What an action may take from its decision to its end.
# deadline_seconds = 60
# How much less than the oracle's price a resale (incoming = \"sell\") may bring.
# resale_slippage = \"2%\"

# Where collateral is sold; without any, the deployment's Comet pools. One block each.
# [[venue]]
# adapter = \"C...\"
# comet = \"C...\"

# What fills may spend of an asset, and what becomes of it where it comes in as collateral: \"keep\", or \"sell\" on a
# venue. One block an asset. Without any, the keeper spends nothing of its own but fees.
";

const TAIL: &str = "
[log]
# \"text\" or \"json\".
# format = \"text\"
# A level (error, warn, info, debug, trace), or levels by target: \"info,ballast_keeper=debug\".
# level = \"info\"
";
