//! Findings as tables.

use crate::{
    act::Outcome,
    scenario::Variant,
    search::{Finding, Worst},
};
use comfy_table::{presets, CellAlignment, Table};
use serde::Serialize;

/// One finding, ready to print. Amounts are US dollars at true prices.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub scenario: &'static str,
    pub what: &'static str,
    pub start: String,
    pub variant: &'static str,
    /// What was done, in words.
    pub strategy: String,
    /// What the attacker gained, in all.
    pub gain_usd: f64,
    /// Of it from the vault's steps; the rest from auctions at the pool and from the AMM.
    pub gain_from_steps_usd: f64,
    /// What the owner lost against a position that nobody touched.
    pub owner_loss_usd: f64,
    /// What the policy let these steps cost, at the price of the pool's last round.
    pub cap_usd: f64,
    /// Of all steps tried: the largest cost beyond the cap at that price, if there was any.
    pub beyond_cap_usd: f64,
    /// The same at any price that the vault could read.
    pub beyond_cap_at_known_usd: f64,
    /// How the latter was done.
    pub beyond_cap_strategy: String,
    /// What the same attacker gained from an identical borrower without a vault.
    pub bare_gain_usd: f64,
    /// What that borrower lost.
    pub bare_loss_usd: f64,
    /// What honest keepers and fillers gained from the vault in the same scenario, and cost it.
    pub honest_gain_usd: f64,
    pub honest_loss_usd: f64,
    /// What an honest filler cost the borrower without a vault.
    pub honest_bare_loss_usd: f64,
    pub trials: u32,
}

impl From<&Finding> for Row {
    fn from(finding: &Finding) -> Self {
        let best = &finding.best;
        let beyond = |worst: &Worst| if worst.is_positive() { worst.usd } else { 0.0 };
        Self {
            scenario: finding.cell.scenario.name,
            what: finding.cell.scenario.words,
            start: finding.cell.start.name(),
            variant: finding.cell.variant.name(),
            strategy: words(&best.log),
            gain_usd: best.gain_usd,
            gain_from_steps_usd: sum(best, |step| step.true_cost_usd),
            owner_loss_usd: best.loss_usd,
            cap_usd: sum(best, |step| step.cap_usd),
            beyond_cap_usd: beyond(&finding.excess),
            beyond_cap_at_known_usd: beyond(&finding.known_excess),
            beyond_cap_strategy: if finding.known_excess.is_positive() {
                words(&finding.known_excess.log)
            } else {
                String::new()
            },
            bare_gain_usd: finding.bare.gain_usd,
            bare_loss_usd: finding.bare.loss_usd,
            honest_gain_usd: finding.honest.gain_usd,
            honest_loss_usd: finding.honest.loss_usd,
            honest_bare_loss_usd: finding.honest_bare.loss_usd,
            trials: finding.trials,
        }
    }
}

fn sum(outcome: &Outcome, of: impl Fn(&crate::measure::StepFigures) -> f64) -> f64 {
    outcome.steps.iter().map(of).sum()
}

fn words(log: &[String]) -> String {
    if log.is_empty() {
        "nothing pays".into()
    } else {
        log.join("; ")
    }
}

const HEADER: [&str; 11] = [
    "scenario",
    "vault before",
    "floor",
    "best strategy found",
    "gain",
    "of it steps",
    "owner's loss",
    "cap",
    "bare twin's loss",
    "honest: vault",
    "trials",
];

fn cells(row: &Row) -> [String; 11] {
    [
        row.what.into(),
        row.start.clone(),
        row.variant.into(),
        row.strategy.clone(),
        usd(row.gain_usd),
        usd(row.gain_from_steps_usd),
        usd(row.owner_loss_usd),
        usd(row.cap_usd),
        usd(row.bare_loss_usd),
        usd(row.honest_loss_usd),
        row.trials.to_string(),
    ]
}

/// For the terminal.
pub fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table.set_header(HEADER);
    for row in rows {
        table.add_row(cells(row));
    }
    for column in table.column_iter_mut().skip(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// For the README: for each scenario the start at which the steps of the vault with the default floor
/// gain most, and what steps gain at most with the other floors.
pub fn markdown(rows: &[Row]) -> String {
    let header = [
        "scenario",
        "vault before",
        "best strategy found",
        "gain",
        "of it steps",
        "owner's loss",
        "cap",
        "bare twin's loss",
        "steps, last round alone",
        "steps, second oracle",
    ];
    let mut text = format!(
        "| {} |\n|{}\n",
        header.join(" | "),
        "---|".repeat(header.len())
    );
    for row in worst_starts(rows) {
        if row.variant != Variant::Previous.name() {
            continue;
        }
        let [what, start, _, strategy, gain, steps, loss, cap, bare, ..] = cells(row);
        let most = |variant: Variant| {
            let same = rows
                .iter()
                .filter(|other| other.scenario == row.scenario && other.variant == variant.name());
            usd(same
                .map(|other| other.gain_from_steps_usd)
                .fold(0.0, f64::max))
        };
        let (latest, second) = (most(Variant::Latest), most(Variant::Second));
        let line = [
            what, start, strategy, gain, steps, loss, cap, bare, latest, second,
        ];
        text += &format!("| {} |\n", line.join(" | "));
    }
    text
}

/// The rows with the largest gain from the vault's steps among the starts of a scenario and floor;
/// where the steps gain nothing, with the largest gain in all.
pub fn worst_starts(rows: &[Row]) -> Vec<&Row> {
    let mut worst: Vec<&Row> = Vec::new();
    for row in rows {
        let same = |held: &&Row| held.scenario == row.scenario && held.variant == row.variant;
        let score = |row: &Row| (row.gain_from_steps_usd.max(0.0), row.gain_usd);
        match worst.iter_mut().find(|held| same(held)) {
            Some(held) if score(row) > score(held) => *held = row,
            Some(_) => {}
            None => worst.push(row),
        }
    }
    worst
}

fn usd(amount: f64) -> String {
    let rounded = amount.round();
    // No minus zero.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}
