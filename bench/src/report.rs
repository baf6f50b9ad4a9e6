//! The figures: their file, their table, and the comparison with an earlier file.

use anyhow::{bail, Context, Result};
use ballast_chain::Cost;
use serde::{Deserialize, Serialize};

/// A figure may grow by this much before the check fails.
const TOLERANCE: f64 = 0.02;

/// What one call costs, as validators charge it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    /// The call.
    pub name: String,
    /// Instructions charged: host, contracts, and the decoding of every entry of the footprint.
    pub instructions: u64,
    /// Of these, instructions of host and contracts alone, without decoding: what `Env` of the SDK
    /// shows.
    pub executed_instructions: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Entries that are only read.
    pub read_entries: u32,
    /// Entries that are written.
    pub write_entries: u32,
    /// Bytes of the entries written.
    pub write_bytes: u32,
    /// Bytes of the events.
    pub event_bytes: u32,
    /// Resource fee with rent, stroops.
    pub fee_stroops: i64,
    /// `instructions` over those of `bare_plain`.
    pub ratio_to_bare: f64,
    /// `executed_instructions` over those of `bare_plain`.
    pub executed_ratio_to_bare: f64,
}

impl Row {
    /// The sum of several transactions, each given as (charged, executed instructions).
    pub fn sum(name: &str, costs: &[(Cost, u64)]) -> Self {
        let sum =
            |of: &dyn Fn(&Cost) -> u64| -> u64 { costs.iter().map(|(cost, _)| of(cost)).sum() };
        Self {
            name: name.into(),
            instructions: sum(&|cost| cost.instructions),
            executed_instructions: costs.iter().map(|(_, executed)| executed).sum(),
            memory_bytes: costs
                .iter()
                .map(|(cost, _)| cost.memory_bytes)
                .max()
                .unwrap_or(0),
            read_entries: sum(&|cost| cost.read_entries.into()) as u32,
            write_entries: sum(&|cost| cost.write_entries.into()) as u32,
            write_bytes: sum(&|cost| cost.write_bytes.into()) as u32,
            event_bytes: sum(&|cost| cost.event_bytes.into()) as u32,
            fee_stroops: costs.iter().map(|(cost, _)| cost.fee_stroops).sum(),
            ratio_to_bare: 0.0,
            executed_ratio_to_bare: 0.0,
        }
    }
}

/// All figures of one run.
#[derive(Debug, Deserialize, Serialize)]
pub struct Report {
    /// Compiler of the contracts. Only figures of the same compiler are compared.
    pub rustc: String,
    /// The fee table.
    pub fees: String,
    /// One row per call.
    pub costs: Vec<Row>,
}

impl Report {
    /// Fills in the ratios to `bare_plain`.
    pub fn new(mut costs: Vec<Row>) -> Result<Self> {
        let bare = costs
            .iter()
            .find(|row| row.name == "bare_plain")
            .context("bare_plain is measured")?;
        let (charged, executed) = (bare.instructions as f64, bare.executed_instructions as f64);
        let rounded = |ratio: f64| (ratio * 1_000.0).round() / 1_000.0;
        for row in &mut costs {
            row.ratio_to_bare = rounded(row.instructions as f64 / charged);
            row.executed_ratio_to_bare = rounded(row.executed_instructions as f64 / executed);
        }
        Ok(Self {
            rustc: env!("BALLAST_CONTRACTS_RUSTC").into(),
            fees: "Stellar main network, 2026-07-10".into(),
            costs,
        })
    }

    /// Prints the table.
    pub fn print(&self) {
        println!("contracts by {}; fees: {}", self.rustc, self.fees);
        println!(
            "{:<28} {:>12} {:>6} {:>12} {:>6} {:>11} {:>5} {:>5} {:>7} {:>6} {:>10}",
            "call",
            "instructions",
            "ratio",
            "executed",
            "ratio",
            "memory B",
            "read",
            "write",
            "write B",
            "evt B",
            "fee stroops"
        );
        for row in &self.costs {
            println!(
                "{:<28} {:>12} {:>6.3} {:>12} {:>6.3} {:>11} {:>5} {:>5} {:>7} {:>6} {:>10}",
                row.name,
                row.instructions,
                row.ratio_to_bare,
                row.executed_instructions,
                row.executed_ratio_to_bare,
                row.memory_bytes,
                row.read_entries,
                row.write_entries,
                row.write_bytes,
                row.event_bytes,
                row.fee_stroops
            );
        }
    }

    /// Fails when a figure of this run exceeds the earlier one by more than 2%.
    pub fn check_against(&self, earlier: &Report) -> Result<()> {
        if earlier.rustc != self.rustc {
            println!(
                "not compared: the file was made by {}, these contracts by {}",
                earlier.rustc, self.rustc
            );
            return Ok(());
        }
        let mut grown = Vec::new();
        for then in &earlier.costs {
            let Some(now) = self.costs.iter().find(|row| row.name == then.name) else {
                bail!("{} is no longer measured", then.name);
            };
            let figures = [
                ("instructions", now.instructions, then.instructions),
                (
                    "executed_instructions",
                    now.executed_instructions,
                    then.executed_instructions,
                ),
                ("memory_bytes", now.memory_bytes, then.memory_bytes),
                (
                    "read_entries",
                    now.read_entries.into(),
                    then.read_entries.into(),
                ),
                (
                    "write_entries",
                    now.write_entries.into(),
                    then.write_entries.into(),
                ),
                (
                    "write_bytes",
                    now.write_bytes.into(),
                    then.write_bytes.into(),
                ),
                (
                    "event_bytes",
                    now.event_bytes.into(),
                    then.event_bytes.into(),
                ),
                (
                    "fee_stroops",
                    now.fee_stroops as u64,
                    then.fee_stroops as u64,
                ),
            ];
            for (figure, now, before) in figures {
                if now as f64 > before as f64 * (1.0 + TOLERANCE) {
                    grown.push(format!("{}: {figure} {before} -> {now}", then.name));
                }
            }
        }
        if grown.is_empty() {
            println!("no figure grew by more than 2%");
            return Ok(());
        }
        bail!("grown by more than 2%:\n  {}", grown.join("\n  "));
    }
}
