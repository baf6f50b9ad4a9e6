//! One ledger's decisions on the vaults of one pool.

use super::{
    choose::{choices, clear, Remaining, Shared},
    fees::{inclusion_fee, lumen_price},
    seen::Seen,
    urgency::{urgency, Urgency},
    venue::Venues,
    Action, Decision, Hold, Input, Settings, Verdict, Way,
};
use crate::model::Vault;
use ballast_core::fixed::{mul_div_ceil, ONE_E7};
use std::{cmp::Reverse, collections::BTreeSet};

/// A vault before its turn.
struct Candidate<'a> {
    vault: &'a Vault,
    seen: Result<Seen<'a>, Hold>,
    urgency: Urgency,
}

/// Decides on every vault of the input once: acts first, in the order of what their owners lose if they
/// are late; then those that are left alone, riskiest first.
///
/// The vaults of one ledger share its capacity, the inventory and the venues: each is decided on what
/// the more urgent ones left. Nothing here depends on anything but the arguments.
pub fn decide(settings: &Settings, input: &Input<'_>) -> Vec<Decision> {
    let market = input.market;
    let min_profit = mul_div_ceil(settings.min_profit_e7.max(0), market.price_scalar, ONE_E7);
    let shared = Shared {
        settings,
        input,
        lumen_price: lumen_price(settings, market, input.native),
        // What does not fit 128 bits is more than anything pays.
        min_profit: min_profit.unwrap_or(i128::MAX / 4),
    };
    let mut candidates = candidates(input);
    candidates.sort_by_key(|candidate| {
        let urgency = candidate.urgency;
        (
            Reverse(urgency.per_ledger),
            Reverse(urgency.total),
            candidate.vault.address.clone(),
        )
    });
    let mut remaining = Remaining {
        available: input.inventory.available.clone(),
        venues: Venues::new(market),
    };
    let mut left = input.capacity.min(settings.steps_per_ledger);
    let (mut acts, mut holds) = (vec![], vec![]);
    for candidate in &candidates {
        let verdict = match verdict(&shared, candidate, &remaining, left) {
            Ok(choices) => {
                left -= 1;
                commit(settings, &choices, &mut remaining);
                Verdict::Act {
                    choices: choices.into_iter().map(|(action, _)| action).collect(),
                    loss_if_late: candidate.urgency.per_ledger,
                }
            }
            Err(hold) => Verdict::Hold(hold),
        };
        let held = matches!(verdict, Verdict::Hold(_));
        let decision = candidate.decision(input, verdict);
        if held {
            holds.push(decision);
        } else {
            acts.push(decision);
        }
    }
    holds.sort_by_key(|decision| (Reverse(decision.risk_e7), decision.vault.clone()));
    acts.extend(holds);
    acts
}

fn candidates<'a>(input: &Input<'a>) -> Vec<Candidate<'a>> {
    let mut met = BTreeSet::new();
    let mut candidates = vec![];
    for vault in input.vaults {
        if !met.insert(&vault.address) {
            continue;
        }
        let seen = match vault.state.links.pool == input.market.pool {
            true => Seen::read(input.market, vault, input.second).map_err(Hold::from),
            false => Err(Hold::OtherPool),
        };
        candidates.push(Candidate {
            urgency: match &seen {
                Ok(seen) => urgency(seen, input.market.ledger),
                Err(_) => Urgency::default(),
            },
            vault,
            seen,
        });
    }
    candidates
}

impl Candidate<'_> {
    fn decision(&self, input: &Input<'_>, verdict: Verdict) -> Decision {
        let (risk_e7, soft_e7) = match &self.seen {
            Ok(seen) => (seen.totals.risk_ratio_e7_ceil(), seen.policy.soft_e7),
            Err(_) => (0, self.vault.state.policy.core.soft_e7),
        };
        Decision {
            vault: self.vault.address.clone(),
            pool: input.market.pool.clone(),
            risk_e7,
            soft_e7,
            verdict,
        }
    }
}

fn verdict(
    shared: &Shared<'_>,
    candidate: &Candidate<'_>,
    remaining: &Remaining,
    left: u32,
) -> Result<Vec<(Action, Option<usize>)>, Hold> {
    let (input, vault) = (shared.input, candidate.vault);
    if input.in_flight.contains(&vault.address) {
        return Err(Hold::InFlight);
    }
    let choices = match &candidate.seen {
        Ok(seen) => choices(shared, seen, candidate.urgency, remaining)?,
        Err(hold @ (Hold::OtherPool | Hold::Refused(super::Refused::AUTOMATION_OFF))) => {
            return Err(*hold);
        }
        Err(hold) => {
            let fee = inclusion_fee(shared.settings, input.fees, shared.lumen_price, 0);
            let cleared = clear(shared, vault, None, candidate.urgency, fee);
            vec![(cleared.ok_or(*hold)?, None)]
        }
    };
    match left {
        0 => Err(Hold::NoCapacity),
        _ => Ok(choices),
    }
}

/// Takes what a vault's choices may use from what is left: of the inventory what any of them spends, of
/// the venues what the best one sells.
fn commit(settings: &Settings, choices: &[(Action, Option<usize>)], remaining: &mut Remaining) {
    for (action, _) in choices.iter().filter(|(action, _)| action.way == Way::Fill) {
        if let Some(available) = remaining.available.get_mut(&action.debt) {
            *available -= action.repay.min(*available);
        }
    }
    let sells = |action: &Action| {
        action.way != Way::Fill
            || settings.incoming.get(&action.collateral) == Some(&super::Incoming::Sell)
    };
    if let Some((action, Some(venue))) = choices.first() {
        if sells(action) {
            let (collateral, debt) = (&action.collateral, &action.debt);
            remaining.venues.sell(*venue, collateral, debt, action.sell);
        }
    }
}
