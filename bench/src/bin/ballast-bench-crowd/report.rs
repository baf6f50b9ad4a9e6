//! What the runs found, as JSON and as tables.

use crate::{
    race::{is_liquidatable, Order, Run, Track},
    scene::{Scene, Settings, FIRST_PRICE, ROUND_LEDGERS},
};
use ballast_chain::market::USD;
use serde::Serialize;
use std::fmt::Write;

/// Ledgers at which the table of progress stops.
const STOPS: [u32; 14] = [
    60, 61, 70, 80, 170, 180, 185, 190, 195, 200, 205, 210, 220, 240,
];

/// Everything.
#[derive(Serialize)]
pub struct Report {
    vaults: u32,
    seed: u64,
    xlm_before_usd: f64,
    xlm_after_usd: f64,
    risk_after_from: f64,
    risk_after_to: f64,
    ledgers: u32,
    round_ledgers: u32,
    debt_usd: f64,
    orders: Vec<Outcome>,
}

/// What one order led to.
#[derive(Serialize)]
struct Outcome {
    order: Order,
    name: &'static str,
    /// At or above their soft threshold at any time.
    at_risk: usize,
    /// Of these, stepped and never taken in an auction.
    saved: usize,
    /// Taken in an auction, stepped or not.
    filled: usize,
    /// Neither: at the end still at risk or in an auction.
    left: usize,
    /// Of the left, beyond 100%.
    left_liquidatable: usize,
    steps: u32,
    auctions_opened: usize,
    fills: u32,
    lost_usd: f64,
    lost_to_steps_usd: f64,
    lost_to_fills_usd: f64,
    debt_filled_usd: f64,
    most_steps_in_a_ledger: u32,
    last_step: Option<u32>,
    failed: u32,
    refused_in_simulation: u32,
    turned_away_by_the_queue: u32,
    expired: u32,
    keeper_fees_xlm: f64,
    progress: Vec<Progress>,
    #[serde(skip)]
    #[allow(dead_code)]
    run: Run,
}

/// How far it was at the close of a ledger, counted from the one of the fall.
#[derive(Serialize)]
struct Progress {
    ledger: u32,
    stepped: usize,
    saved: usize,
    auctions_opened: usize,
    filled: usize,
    lost_to_fills_usd: f64,
}

impl Report {
    /// Of these runs.
    pub fn new(settings: &Settings, scene: &Scene, ledgers: u32, runs: Vec<Run>) -> Self {
        let debt = runs.first().map_or(0, |run| {
            run.tracks.iter().map(|track| track.debt_value).sum()
        });
        Self {
            vaults: settings.vaults,
            seed: settings.seed,
            xlm_before_usd: usd(FIRST_PRICE),
            xlm_after_usd: usd(scene.price_after),
            risk_after_from: settings.risk_after.0,
            risk_after_to: settings.risk_after.1,
            ledgers,
            round_ledgers: ROUND_LEDGERS,
            debt_usd: usd(debt),
            orders: runs.into_iter().map(Outcome::of).collect(),
        }
    }

    /// Tables.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "{} vaults, XLM from {:.4} to {:.4} USD in one round, {:.0} USD owed, risk ratios from {:.0}% to \
             {:.0}% after the fall, {} ledgers\n\n",
            self.vaults,
            self.xlm_before_usd,
            self.xlm_after_usd,
            self.debt_usd,
            self.risk_after_from * 100.0,
            self.risk_after_to * 100.0,
            self.ledgers
        );
        self.table(
            &mut text,
            "order",
            |outcome| outcome.name.to_string(),
            &self.orders.iter().collect::<Vec<_>>(),
        );
        let _ = writeln!(
            text,
            "\nBy ledger after the fall, for each order: vaults stepped and never taken in an auction / taken in an auction / \
             lost to fillers until then, USD.\n"
        );
        let names: Vec<&str> = self.orders.iter().map(|outcome| outcome.name).collect();
        let _ = writeln!(text, "| ledger | {} |", names.join(" | "));
        let _ = writeln!(text, "|---:|{}", "---|".repeat(names.len()));
        for stop in STOPS.iter().filter(|stop| **stop <= self.ledgers) {
            let cells = self.orders.iter().map(|outcome| {
                let found = outcome.progress.iter().find(|at| at.ledger == *stop);
                found.map_or("-".into(), |at| {
                    format!("{} / {} / {:.0}", at.saved, at.filled, at.lost_to_fills_usd)
                })
            });
            let cells: Vec<String> = cells.collect();
            let _ = writeln!(text, "| {stop} | {} |", cells.join(" | "));
        }
        text
    }

    fn table(
        &self,
        text: &mut String,
        first: &str,
        name: impl Fn(&Outcome) -> String,
        rows: &[&Outcome],
    ) {
        let _ = writeln!(
            text,
            "| {first} | at risk | saved | filled | left | steps | auctions | lost, USD | to steps | to fillers | debt filled, USD |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
        );
        for outcome in rows {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {:.0} | {:.0} | {:.0} | {:.0} |",
                name(outcome),
                outcome.at_risk,
                outcome.saved,
                outcome.filled,
                outcome.left,
                outcome.steps,
                outcome.auctions_opened,
                outcome.lost_usd,
                outcome.lost_to_steps_usd,
                outcome.lost_to_fills_usd,
                outcome.debt_filled_usd,
            );
        }
    }
}

impl Outcome {
    fn of(run: Run) -> Self {
        let count = |of: &dyn Fn(&Track) -> bool| run.tracks.iter().filter(|it| of(it)).count();
        let sum = |of: &dyn Fn(&Track) -> i128| usd(run.tracks.iter().map(of).sum());
        let saved = |track: &Track| track.first_step.is_some() && track.fills == 0;
        let left = |track: &Track| {
            track.at_risk.is_some() && track.first_step.is_none() && track.fills == 0
        };
        Self {
            order: run.order,
            name: run.order.name(),
            at_risk: count(&|track| track.at_risk.is_some()),
            saved: count(&saved),
            filled: count(&|track| track.fills > 0),
            left: count(&left),
            left_liquidatable: count(&|track| left(track) && is_liquidatable(track.risk_at_end_e7)),
            steps: run.tracks.iter().map(|track| track.steps).sum(),
            auctions_opened: count(&|track| track.opened.is_some()),
            fills: run.tracks.iter().map(|track| track.fills).sum(),
            lost_usd: sum(&|track| track.lost_to_steps + track.lost_to_fills),
            lost_to_steps_usd: sum(&|track| track.lost_to_steps),
            lost_to_fills_usd: sum(&|track| track.lost_to_fills),
            debt_filled_usd: sum(&|track| if track.fills > 0 { track.debt_value } else { 0 }),
            most_steps_in_a_ledger: run.ledgers.iter().map(|it| it.steps).max().unwrap_or(0),
            last_step: run
                .ledgers
                .iter()
                .rev()
                .find(|it| it.steps > 0)
                .map(|it| it.ledger),
            failed: run.ledgers.iter().map(|it| it.failed).sum(),
            refused_in_simulation: run.refused,
            turned_away_by_the_queue: run.turned_away,
            expired: run.expired,
            keeper_fees_xlm: run.inclusion_and_resources_stroops as f64 / 1e7,
            progress: progress(&run),
            run,
        }
    }
}

fn progress(run: &Run) -> Vec<Progress> {
    let by = |at: Option<u32>, ledger: u32| at.is_some_and(|at| at <= ledger);
    let at = |ledger: u32| {
        let count = |of: &dyn Fn(&Track) -> bool| run.tracks.iter().filter(|it| of(it)).count();
        let filled: i128 = run
            .tracks
            .iter()
            .filter(|track| by(track.first_fill, ledger))
            .map(|track| track.lost_to_fills)
            .sum();
        Progress {
            ledger,
            stepped: count(&|track| by(track.first_step, ledger)),
            saved: count(&|track| by(track.first_step, ledger) && track.fills == 0),
            auctions_opened: count(&|track| by(track.opened, ledger)),
            filled: count(&|track| by(track.first_fill, ledger)),
            lost_to_fills_usd: usd(filled),
        }
    };
    run.ledgers.iter().map(|it| at(it.ledger)).collect()
}

fn usd(value: i128) -> f64 {
    value as f64 / USD as f64
}
