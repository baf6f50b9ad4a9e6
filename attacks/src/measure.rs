//! What a step cost the owner, and what the policy lets it cost.

use crate::{
    book::{Rates, Shares},
    scenario::{PerAsset, BASE_USD},
    stage::tokens,
    world::World,
};
use ballast_chain::Event;
use ballast_core::{
    auction::{Auction, FILLER_MARGIN_E7, RAMP_LEDGERS},
    fixed::ONE_E7,
    health::Position,
};
use ballast_interfaces::vault::Path;
use soroban_sdk::Address;

/// Dollars of roundings that a comparison forgives: amounts have 7 decimals, and interest accrues
/// between the reading of rates and the step.
pub const TOLERANCE_USD: f64 = 0.05;

/// A step of the vault, in figures.
#[derive(Clone, Copy, Debug)]
pub struct StepFigures {
    /// Whether it left an auction.
    pub rescue: bool,
    /// Cost to the owner at true prices, US dollars.
    pub true_cost_usd: f64,
    /// Cost to the owner at the last round of the pool's oracle, US dollars.
    pub cost_usd: f64,
    /// The policy's cap at the last round, US dollars: the discount of the ramp, or in a rescue what
    /// being filled would cost.
    pub cap_usd: f64,
    /// Cost beyond the cap at the last round, US dollars; for the first step of a transaction also
    /// what all its steps cost beyond the policy's share of equity. Positive is a broken promise.
    pub excess_usd: f64,
    /// Cost beyond the cap at whichever source the vault could read, also where a rescue does not
    /// look at it, US dollars.
    pub known_excess_usd: f64,
}

/// The position before the transaction.
pub struct Before {
    pub auction: Option<Auction>,
    pub shares: Shares,
    pub ledger: u32,
}

/// What `received` of the debt asset for `sold` of the collateral costs at prices, US dollars.
fn cost_usd(
    usd: PerAsset,
    (collateral, sold): (usize, f64),
    (debt, received): (usize, f64),
) -> f64 {
    sold * usd[collateral] - received * usd[debt]
}

/// What being filled costs by the auction's clock at prices, US dollars: what a filler with a margin
/// of 10% asks, or what a fill at this ledger takes if that is more.
pub fn fill_cost_usd(position: &Position, auction: &Auction, ledger: u32) -> f64 {
    let at = |age: u32| {
        auction
            .fill_terms(position, age)
            .expect("amounts of a pool")
    };
    let (now, whole) = (at(auction.age(ledger)), at(RAMP_LEDGERS));
    let margin = FILLER_MARGIN_E7 as f64 / ONE_E7 as f64;
    let bid = (whole.bid_value as f64).min(whole.lot_value as f64 / (1.0 + margin));
    (bid * margin).max(now.profit() as f64) / ballast_chain::market::USD as f64
}

/// Figures of the `step_executed` events of one transaction.
pub fn figures(
    world: &World<'_>,
    rates: &Rates,
    events: &[Event],
    before: &Before,
) -> Vec<StepFigures> {
    let mut figures: Vec<StepFigures> = events
        .iter()
        .map(|event| of_event(world, rates, event, before))
        .collect();
    let ordinary = figures.iter().filter(|step| !step.rescue);
    let cost: f64 = ordinary.map(|step| step.cost_usd).sum();
    if let (Some(usd), Some(first)) = (world.latest_usd(), figures.first_mut()) {
        let share = f64::from(world.policy.max_cost_of_equity_e7) / ONE_E7 as f64;
        let bearable = share * rates.equity_usd(&before.shares, usd);
        first.excess_usd = first.excess_usd.max(cost - bearable);
    }
    figures
}

fn of_event(world: &World<'_>, rates: &Rates, event: &Event, before: &Before) -> StepFigures {
    let of = |topic: usize| world.stage.index_of(&event.topic::<Address>(topic));
    let amount = |name: &str| tokens(event.field::<i128>(name));
    let sold = (of(2), amount("sold"));
    // A fill's excess over the debt goes back to the keeper; a sale's proceeds stay in the vault,
    // but for the reward.
    let is_fill = event.field::<Option<Path>>("path").is_none();
    let received = if is_fill {
        amount("repaid")
    } else {
        amount("proceeds") - amount("reward")
    };
    let received = (of(3), received);
    let rescue: bool = event.field("rescue");
    let risk_e7: i128 = event.field("risk_before_e7");

    let granted_e7 = world.policy.discount_at_e7(world.policy.ramp_e7(risk_e7));
    let cap_at = |usd: PerAsset| match &before.auction {
        Some(auction) if rescue => {
            let position = rates.position(&before.shares, usd);
            fill_cost_usd(&position, auction, before.ledger)
        }
        _ => sold.1 * usd[sold.0] * granted_e7 as f64 / ONE_E7 as f64,
    };
    let excess_at = |usd: PerAsset| cost_usd(usd, sold, received) - cap_at(usd);
    let latest = world.latest_usd().unwrap_or(BASE_USD);
    let known = world
        .sources()
        .into_iter()
        .map(|source| excess_at(source.usd));
    StepFigures {
        rescue,
        true_cost_usd: cost_usd(world.truth_usd(), sold, received),
        cost_usd: cost_usd(latest, sold, received),
        cap_usd: cap_at(latest),
        excess_usd: excess_at(latest),
        known_excess_usd: known.fold(f64::NEG_INFINITY, f64::max),
    }
}
