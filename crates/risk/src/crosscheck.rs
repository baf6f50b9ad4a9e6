//! The same episodes on both engines.

use crate::{
    engine::{run, Engine, Job, Outcome},
    history::History,
    replay::ReplayError,
};
use rayon::prelude::*;

/// An episode on both engines.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The episode.
    pub job: Job,
    /// On the real contracts.
    pub wasm: Outcome,
    /// On arithmetic.
    pub core: Outcome,
}

impl Comparison {
    /// What the core engine's final equity is above the wasm engine's, of the vault and of the bare
    /// twin, basis points of the collateral at the start.
    pub fn difference_bps(&self) -> [f64; 2] {
        let of = |core: f64, wasm: f64| (core - wasm) / self.job.settings.collateral_usd * 1e4;
        [
            of(
                self.core.vault.equity_end_usd,
                self.wasm.vault.equity_end_usd,
            ),
            of(self.core.bare.equity_end_usd, self.wasm.bare.equity_end_usd),
        ]
    }

    /// The larger of the two, without its sign.
    pub fn largest_bps(&self) -> f64 {
        let [vault, bare] = self.difference_bps();
        vault.abs().max(bare.abs())
    }
}

/// Runs episodes on both engines, on all cores, and returns the comparisons in their order. `done` is
/// told of every episode that ended, from any thread.
pub fn compare(
    history: &History,
    jobs: &[Job],
    done: impl Fn() + Sync,
) -> Vec<Result<Comparison, ReplayError>> {
    jobs.par_iter()
        .map(|job| {
            let on = |engine| run(engine, history, job.window, &job.settings);
            let comparison = Comparison {
                job: job.clone(),
                wasm: on(Engine::Wasm)?,
                core: on(Engine::Core)?,
            };
            done();
            Ok(comparison)
        })
        .collect()
}
