//! Every episode under every setting and every policy.

use crate::{
    engine::{self, Engine, Outcome},
    episodes::Planned,
    history::{History, Window},
    outcome::{self, TwinOutcome},
    policy_grid::NamedPolicy,
    replay::ReplayError,
    settings::{SettingError, Settings},
    time,
};
use rayon::prelude::*;
use serde::Serialize;

/// What is run.
pub struct Study<'a> {
    /// The prices.
    pub history: &'a History,
    /// The episodes.
    pub episodes: &'a [Planned],
    /// The settings; their policies are not used.
    pub settings: &'a [Settings],
    /// The policies.
    pub policies: &'a [NamedPolicy],
}

/// A setting with a policy, by their places in the study.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Which setting.
    pub setting: usize,
    /// Which policy.
    pub policy: usize,
    /// Both.
    pub settings: Settings,
}

/// A setting with a policy under which no vault can be entered.
#[derive(Clone, Debug, PartialEq)]
pub struct Impossible {
    /// Which setting.
    pub setting: usize,
    /// Which policy.
    pub policy: usize,
    /// Why.
    pub error: SettingError,
}

/// What became of a twin in an episode. USD at the market's price of the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Twin {
    /// Auctions opened.
    pub opened: u32,
    /// Auctions filled.
    pub filled: u32,
    /// Steps that left an open auction.
    pub rescues: u32,
    /// Steps, rescues among them.
    pub steps: u32,
    /// Collateral sold, in steps and in filled auctions.
    pub sold_usd: f64,
    /// What was given up on it; negative if the twin gained.
    pub cost_usd: f64,
    /// Equity at the first price.
    pub equity_start_usd: f64,
    /// Equity at the last price.
    pub equity_end_usd: f64,
}

/// An episode under one setting and one policy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Record {
    /// Which step of the schedule.
    pub step: u32,
    /// Start, unix seconds.
    pub from: u64,
    /// End, unix seconds.
    pub to: u64,
    /// First price, USD.
    pub first_price_usd: f64,
    /// Lowest price of the oracle's rounds, USD.
    pub lowest_round_usd: f64,
    /// Last price, USD.
    pub last_price_usd: f64,
    /// The twin in a vault.
    pub vault: Twin,
    /// The twin without.
    pub bare: Twin,
    /// Equity at the last price of the position that nobody touched.
    pub untouched_end_usd: f64,
}

impl Record {
    /// Whether there was a step or an auction.
    pub fn acts(&self) -> bool {
        self.vault.steps + self.vault.opened + self.bare.opened > 0
    }

    /// What the vault sold although the bare twin was never filled, USD.
    pub fn regret_usd(&self) -> f64 {
        if self.bare.filled == 0 {
            self.vault.sold_usd
        } else {
            0.0
        }
    }

    /// Equity at the end of vault less bare, USD.
    pub fn over_bare_usd(&self) -> f64 {
        self.vault.equity_end_usd - self.bare.equity_end_usd
    }

    /// Equity at the end of vault less untouched, USD.
    pub fn over_untouched_usd(&self) -> f64 {
        self.vault.equity_end_usd - self.untouched_end_usd
    }
}

/// An episode failed.
#[derive(Debug, thiserror::Error)]
#[error("the episode from {from} to {to}, entry health {entry_health}, policy {policy}: {error}")]
pub struct EpisodeError {
    /// Its start.
    pub from: String,
    /// Its end.
    pub to: String,
    /// Entry health.
    pub entry_health: f64,
    /// Name of the policy.
    pub policy: String,
    /// What went wrong.
    pub error: Box<ReplayError>,
}

impl Study<'_> {
    /// Settings times policies, policies of one setting beside each other, less those that cannot be
    /// entered. The settings are within their bounds.
    pub fn cases(&self) -> (Vec<Case>, Vec<Impossible>) {
        let (mut cases, mut impossible) = (Vec::new(), Vec::new());
        for (setting, settings) in self.settings.iter().enumerate() {
            for (policy, named) in self.policies.iter().enumerate() {
                let settings = Settings {
                    policy: named.policy,
                    ..settings.clone()
                };
                match settings.validate_entry() {
                    Ok(()) => cases.push(Case {
                        setting,
                        policy,
                        settings,
                    }),
                    Err(error) => impossible.push(Impossible {
                        setting,
                        policy,
                        error,
                    }),
                }
            }
        }
        (cases, impossible)
    }

    /// Runs every episode of every case, on all cores. By case, then by episode. `done` is told of every
    /// episode that ended, from any thread.
    ///
    /// # Errors
    /// * [`EpisodeError`] - one that failed; the others are given up.
    pub fn run(
        &self,
        engine: Engine,
        cases: &[Case],
        done: impl Fn() + Sync,
    ) -> Result<Vec<Vec<Record>>, EpisodeError> {
        let count = self.episodes.len();
        let records: Vec<Record> = (0..cases.len() * count)
            .into_par_iter()
            .map(|index| {
                let record = self.one(engine, &cases[index / count], index % count);
                done();
                record
            })
            .collect::<Result<_, _>>()?;
        Ok(records.chunks(count).map(<[Record]>::to_vec).collect())
    }

    /// Runs one episode of one case.
    ///
    /// # Errors
    /// * [`EpisodeError`].
    pub fn one(&self, engine: Engine, case: &Case, episode: usize) -> Result<Record, EpisodeError> {
        let planned = self.episodes[episode];
        let window = Window {
            from: planned.span.from,
            to: planned.span.to,
        };
        match engine::run(engine, self.history, window, &case.settings) {
            Ok(outcome) => Ok(record(planned, &outcome)),
            Err(error) => Err(EpisodeError {
                from: time::rfc3339(planned.span.from),
                to: time::rfc3339(planned.span.to),
                entry_health: case.settings.entry_health,
                policy: self.policies[case.policy].name.clone(),
                error: Box::new(error),
            }),
        }
    }
}

/// The one place that knows what the engines report.
fn record(planned: Planned, outcome: &Outcome) -> Record {
    let twin = |which: outcome::Twin, twin: &TwinOutcome| Twin {
        opened: outcome.opened[which as usize],
        filled: outcome.filled[which as usize],
        rescues: twin.rescues,
        steps: twin.steps,
        sold_usd: twin.sold_usd,
        cost_usd: twin.sold_usd * twin.cost_bps / 1e4,
        equity_start_usd: twin.equity_start_usd,
        equity_end_usd: twin.equity_end_usd,
    };
    Record {
        step: planned.step,
        from: planned.span.from,
        to: planned.span.to,
        first_price_usd: outcome.first_price_usd,
        lowest_round_usd: outcome.lowest_round_usd,
        last_price_usd: outcome.last_price_usd,
        vault: twin(outcome::Twin::Vault, &outcome.vault),
        bare: twin(outcome::Twin::Bare, &outcome.bare),
        untouched_end_usd: outcome.vault.equity_end_untouched_usd,
    }
}
