//! What many episodes say, in figures that are defined here.
//!
//! Differences, costs and regret *of collateral* are basis points of the collateral at the episode's
//! first price. A difference is equity at the episode's end: of the vault less that of the bare twin, or
//! less that of the untouched position.

use crate::{
    statistics::{mean, quantile, spells, standard_error},
    study::{Case, Record, Twin},
    time,
};
use serde::{Serialize, Serializer};

/// An episode of one setting, with what its figures are measured in.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// Which setting of the study.
    pub setting: usize,
    /// Collateral at the first price, USD.
    pub collateral_usd: f64,
    /// What came of it.
    pub record: &'a Record,
}

impl Observation<'_> {
    fn bps(&self, usd: f64) -> f64 {
        usd / self.collateral_usd * 1e4
    }
}

/// One episode by its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Extreme {
    /// Which setting of the study.
    pub setting: usize,
    /// Start, unix seconds; written as RFC 3339.
    #[serde(serialize_with = "as_rfc3339")]
    pub from: u64,
    /// End, unix seconds; written as RFC 3339.
    #[serde(serialize_with = "as_rfc3339")]
    pub to: u64,
    /// The difference, basis points of collateral.
    pub bps: f64,
}

fn as_rfc3339<S: Serializer>(seconds: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time::rfc3339(*seconds))
}

/// How a difference is distributed over episodes, basis points of collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// Mean.
    pub mean_bps: f64,
    /// Standard error of the mean ([`standard_error`]), over starts; at each start the mean of the
    /// settings. Null of a single start.
    pub standard_error_bps: Option<f64>,
    /// Median.
    pub median_bps: f64,
    /// Five percent of the episodes lie below it.
    pub quantile_5_bps: f64,
    /// One percent of the episodes lies below it.
    pub quantile_1_bps: f64,
    /// The lowest; of equal ones the first.
    pub worst: Extreme,
    /// The highest; of equal ones the first.
    pub best: Extreme,
}

/// What happened to the positions of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TwinFigures {
    /// Share of the episodes in which at least one auction was opened.
    pub auctioned_share: f64,
    /// Share of the episodes in which at least one auction was filled.
    pub filled_share: f64,
    /// Collateral sold, mean of all episodes, USD.
    pub sold_mean_usd: f64,
    /// Everything given up over everything sold, basis points; null if nothing was sold.
    pub cost_of_sold_bps: Option<f64>,
    /// What was given up, mean of all episodes, basis points of collateral.
    pub cost_of_collateral_bps: f64,
}

/// Differences in a part of the episodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Conditional {
    /// Number of them.
    pub episodes: u64,
    /// Vault less bare, mean, basis points of collateral; null of none.
    pub vault_minus_bare_mean_bps: Option<f64>,
    /// Vault less bare, median.
    pub vault_minus_bare_median_bps: Option<f64>,
    /// Vault less bare, lowest.
    pub vault_minus_bare_worst_bps: Option<f64>,
    /// Vault less bare, highest.
    pub vault_minus_bare_best_bps: Option<f64>,
    /// Vault less untouched, mean.
    pub vault_minus_untouched_mean_bps: Option<f64>,
}

/// Every figure of a set of episodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Number of episodes.
    pub episodes: u64,
    /// Share of them with a step or an auction.
    pub acting_share: f64,
    /// Groups of overlapping episodes in which the bare twin was filled: how many times, at most, the
    /// history tells of a liquidation independently.
    pub bare_filled_spells: u64,
    /// The vault.
    pub vault: TwinFigures,
    /// The bare twin.
    pub bare: TwinFigures,
    /// Equity at the end, vault less bare.
    pub vault_minus_bare: Difference,
    /// Equity at the end, vault less untouched.
    pub vault_minus_untouched: Difference,
    /// What the vault sold in episodes in which the bare twin was never filled, mean of all episodes, USD.
    pub regret_mean_usd: f64,
    /// The same, basis points of collateral.
    pub regret_mean_bps: f64,
    /// Steps an episode, rescues among them.
    pub steps_mean: f64,
    /// Rescues an episode.
    pub rescues_mean: f64,
    /// The episodes in which the bare twin was filled.
    pub where_bare_filled: Conditional,
    /// The episodes in which it was not.
    pub where_bare_not_filled: Conditional,
}

impl Figures {
    /// The figures of these episodes, of which up to `overlap` share a moment.
    pub fn of(observations: &[Observation<'_>], overlap: u32) -> Self {
        let each = |value: &dyn Fn(&Observation<'_>) -> f64| -> Vec<f64> {
            observations.iter().map(value).collect()
        };
        let share =
            |is: &dyn Fn(&Record) -> bool| mean(&each(&|one| f64::from(u8::from(is(one.record)))));
        let over_bare = |one: &Observation<'_>| one.bps(one.record.over_bare_usd());
        let over_untouched = |one: &Observation<'_>| one.bps(one.record.over_untouched_usd());
        let twin = |of: &dyn Fn(&Record) -> Twin| {
            let sold = each(&|one| of(one.record).sold_usd);
            let cost = each(&|one| of(one.record).cost_usd);
            let (all_sold, all_cost) = (sold.iter().sum::<f64>(), cost.iter().sum::<f64>());
            TwinFigures {
                auctioned_share: share(&|record| of(record).opened > 0),
                filled_share: share(&|record| of(record).filled > 0),
                sold_mean_usd: mean(&sold),
                cost_of_sold_bps: (all_sold > 0.0).then(|| all_cost / all_sold * 1e4),
                cost_of_collateral_bps: mean(&each(&|one| one.bps(of(one.record).cost_usd))),
            }
        };
        let mut filled: Vec<u32> = observations
            .iter()
            .filter(|one| one.record.bare.filled > 0)
            .map(|one| one.record.step)
            .collect();
        filled.sort_unstable();
        let conditional = |is_filled: bool| {
            let part: Vec<_> = observations
                .iter()
                .filter(|one| (one.record.bare.filled > 0) == is_filled)
                .collect();
            let over_bare = sorted(part.iter().map(|one| over_bare(one)).collect());
            let over_untouched: Vec<_> = part.iter().map(|one| over_untouched(one)).collect();
            let some = |value: f64| (!part.is_empty()).then_some(value);
            Conditional {
                episodes: part.len() as u64,
                vault_minus_bare_mean_bps: some(mean(&over_bare)),
                vault_minus_bare_median_bps: some(quantile(&over_bare, 0.5)),
                vault_minus_bare_worst_bps: some(quantile(&over_bare, 0.0)),
                vault_minus_bare_best_bps: some(quantile(&over_bare, 1.0)),
                vault_minus_untouched_mean_bps: some(mean(&over_untouched)),
            }
        };
        Self {
            episodes: observations.len() as u64,
            acting_share: share(&Record::acts),
            bare_filled_spells: spells(&filled, overlap),
            vault: twin(&|record| record.vault),
            bare: twin(&|record| record.bare),
            vault_minus_bare: difference(observations, overlap, &over_bare),
            vault_minus_untouched: difference(observations, overlap, &over_untouched),
            regret_mean_usd: mean(&each(&|one| one.record.regret_usd())),
            regret_mean_bps: mean(&each(&|one| one.bps(one.record.regret_usd()))),
            steps_mean: mean(&each(&|one| f64::from(one.record.vault.steps))),
            rescues_mean: mean(&each(&|one| f64::from(one.record.vault.rescues))),
            where_bare_filled: conditional(true),
            where_bare_not_filled: conditional(false),
        }
    }
}

/// The figures of one case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CaseFigures {
    /// Which setting.
    pub setting: usize,
    /// Which policy.
    pub policy: usize,
    /// Over its episodes.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of one policy over all settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PolicyFigures {
    /// Which policy.
    pub policy: usize,
    /// Number of settings in which it can be entered.
    pub settings: usize,
    /// Whether it has the highest mean difference from bare of the policies that can be entered in as
    /// many settings as any. Never of a single policy.
    pub best: bool,
    /// Over the episodes of all those settings.
    #[serde(flatten)]
    pub figures: Figures,
}

/// What a study says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Episodes that share a moment, at most, and the lag of the standard errors, starts.
    pub overlap: u32,
    /// In the order of the cases.
    pub cases: Vec<CaseFigures>,
    /// In the order of the policies, those that can be entered.
    pub policies: Vec<PolicyFigures>,
}

impl Summary {
    /// Of the records of these cases.
    pub fn of(cases: &[Case], records: &[Vec<Record>], overlap: u32) -> Self {
        let figures = cases
            .iter()
            .zip(records)
            .map(|(case, records)| CaseFigures {
                setting: case.setting,
                policy: case.policy,
                figures: Figures::of(&observed(case, records), overlap),
            });
        let figures: Vec<_> = figures.collect();
        let last_policy = cases.iter().map(|case| case.policy + 1).max().unwrap_or(0);
        let mut policies: Vec<PolicyFigures> = Vec::new();
        for policy in 0..last_policy {
            let mine = cases.iter().zip(records);
            let mine: Vec<_> = mine.filter(|(case, _)| case.policy == policy).collect();
            if mine.is_empty() {
                continue;
            }
            let all: Vec<_> = mine
                .iter()
                .flat_map(|(case, records)| observed(case, records))
                .collect();
            policies.push(PolicyFigures {
                policy,
                settings: mine.len(),
                best: false,
                figures: Figures::of(&all, overlap),
            });
        }
        mark_best(&mut policies);
        Self {
            overlap,
            cases: figures,
            policies,
        }
    }
}

fn observed<'a>(case: &Case, records: &'a [Record]) -> Vec<Observation<'a>> {
    let observation = |record| Observation {
        setting: case.setting,
        collateral_usd: case.settings.collateral_usd,
        record,
    };
    records.iter().map(observation).collect()
}

fn mark_best(policies: &mut [PolicyFigures]) {
    let most = policies.iter().map(|one| one.settings).max().unwrap_or(0);
    if policies.len() < 2 {
        return;
    }
    let mean = |one: &PolicyFigures| one.figures.vault_minus_bare.mean_bps;
    let mut best: Option<usize> = None;
    for (index, one) in policies.iter().enumerate() {
        let better = best.is_none_or(|held| mean(one) > mean(&policies[held]));
        if one.settings == most && better {
            best = Some(index);
        }
    }
    if let Some(best) = best {
        policies[best].best = true;
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn difference(
    observations: &[Observation<'_>],
    overlap: u32,
    value: &dyn Fn(&Observation<'_>) -> f64,
) -> Difference {
    let values: Vec<_> = observations.iter().map(value).collect();
    // The same days under several settings are not more days: one value a start.
    let mut by_start: Vec<(u32, f64)> = observations
        .iter()
        .zip(&values)
        .map(|(one, value)| (one.record.step, *value))
        .collect();
    by_start.sort_by_key(|(step, _)| *step);
    let series: Vec<(u32, f64)> = by_start
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| {
            let sum: f64 = same.iter().map(|(_, value)| value).sum();
            (same[0].0, sum / same.len() as f64)
        })
        .collect();
    let extreme = |better: &dyn Fn(f64, f64) -> bool| {
        let mut held: Option<(f64, &Observation<'_>)> = None;
        for (value, one) in values.iter().zip(observations) {
            if held.is_none_or(|(held, _)| better(*value, held)) {
                held = Some((*value, one));
            }
        }
        held.map_or_else(Extreme::default, |(bps, one)| Extreme {
            setting: one.setting,
            from: one.record.from,
            to: one.record.to,
            bps,
        })
    };
    let (worst, best) = (extreme(&|a, b| a < b), extreme(&|a, b| a > b));
    let mean_bps = mean(&values);
    let sorted = sorted(values);
    Difference {
        mean_bps,
        standard_error_bps: standard_error(&series, overlap),
        median_bps: quantile(&sorted, 0.5),
        quantile_5_bps: quantile(&sorted, 0.05),
        quantile_1_bps: quantile(&sorted, 0.01),
        worst,
        best,
    }
}
