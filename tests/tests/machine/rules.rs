//! The design's formulas, once more: ramps, the share of equity, the auction's clock.

use crate::book::{ceil, floor, Book, E12, E7, TOKEN};
use crate::entries::RESERVES;
use crate::reading::Auction;
use crate::world::World;
use ballast_chain::oracle::RESOLUTION_SECONDS;
use ballast_interfaces::vault::VaultPolicy;

/// What a filler asks for, 7 decimals.
pub const FILLERS_MARGIN_E7: i128 = 1_000_000;

pub fn between(low: u32, high: u32, share_e7: i128) -> i128 {
    i128::from(low) + i128::from(high - low) * share_e7 / E7
}

/// Where the risk ratio lies between soft and hard.
pub fn depth(policy: &VaultPolicy, risk_e7: i128) -> i128 {
    let (soft, hard) = (i128::from(policy.soft_e7), i128::from(policy.hard_e7));
    (risk_e7.clamp(soft, hard) - soft) * E7 / (hard - soft)
}

pub fn step_cap(policy: &VaultPolicy, risk_e7: i128) -> i128 {
    between(
        policy.step_min_e7,
        policy.step_max_e7,
        depth(policy, risk_e7),
    )
}

pub fn ramp(policy: &VaultPolicy, book: &Book) -> i128 {
    let depth = depth(policy, book.risk_e7());
    between(policy.discount_min_e7, policy.discount_max_e7, depth)
}

/// The discount at which repaying the whole debt costs the policy's share of the equity.
pub fn bearable(policy: &VaultPolicy, book: &Book) -> i128 {
    let cost = floor(book.equity(), policy.max_cost_of_equity_e7.into(), E7);
    match cost {
        0 => 0,
        _ => floor(cost, E7, book.debt_value() + cost),
    }
}

/// What a whole fill gives and takes at an age, base value.
pub fn fill_at(auction: &Auction, book: &Book, age: u32) -> (i128, i128) {
    let lot_e7 = (i128::from(age) * 50_000).min(E7);
    let bid_e7 = (E7 - (i128::from(age) - 200).max(0) * 50_000).max(0);
    let (mut lot, mut bid) = (0, 0);
    for leg in 0..RESERVES {
        let shares = floor(auction.lot[leg], lot_e7, E7);
        lot += book.value(leg, floor(shares, book.reserves[leg].b_rate, E12));
        let shares = ceil(auction.bid[leg], bid_e7, E7);
        let amount = ceil(shares, book.reserves[leg].d_rate, E12);
        bid += ceil(book.prices[leg], amount, TOKEN);
    }
    (lot, bid)
}

/// What being filled would cost: a filler's margin, or what a fill takes now if that is more.
pub fn fill_cost(world: &World, auction: &Auction, book: &Book) -> i128 {
    let age = world.chain().sequence().saturating_sub(auction.start);
    let (lot, bid) = fill_at(auction, book, age);
    let (whole_lot, whole_bid) = fill_at(auction, book, 200);
    let taken = whole_bid.min(floor(whole_lot, E7, E7 + FILLERS_MARGIN_E7));
    floor(taken, FILLERS_MARGIN_E7, E7).max(lot - bid)
}

/// Rounds that volatility is measured over.
const ROUNDS: u32 = 13;

/// The newest price of an asset before its last round, among the rounds that the vault looks at.
pub fn previous_price(world: &World, policy: &VaultPolicy, leg: usize) -> Option<i128> {
    let (oracle, asset) = (&world.system.market.oracle, world.asset(leg));
    let last = oracle.last_price(asset).ok()??.timestamp;
    let count = if policy.volatility_z_e2 > 0 {
        ROUNDS
    } else {
        2
    };
    let rounds = oracle.prices(asset, count).ok()?;
    let earlier = rounds
        .iter()
        .filter(|round| round.timestamp < last && round.price > 0);
    earlier
        .max_by_key(|round| round.timestamp)
        .map(|round| round.price)
}

/// The policy with its thresholds lowered by the volatility of the position over the last rounds.
pub fn in_force(world: &World, policy: &VaultPolicy, book: &Book) -> VaultPolicy {
    let mut lowered = policy.clone();
    if policy.volatility_z_e2 == 0 {
        return lowered;
    }
    let ratios = past_risks(world, book);
    let most = policy.volatility_shift_max_e7;
    let moved = i128::from(policy.volatility_z_e2) * volatility_e7(&ratios) / 100;
    let shift = moved.min(most.into()) as u32;
    lowered.soft_e7 -= shift;
    lowered.target_e7 -= shift;
    lowered.hard_e7 -= shift;
    lowered
}

/// Risk ratios of the position at the past rounds in which every asset of it has a price.
fn past_risks(world: &World, book: &Book) -> Vec<i128> {
    let legs: Vec<usize> = (0..RESERVES).filter(|leg| book.uses(*leg)).collect();
    let oracle = &world.system.market.oracle;
    let rounds = |leg: &usize| oracle.prices(world.asset(*leg), ROUNDS).unwrap_or_default();
    let histories: Vec<_> = legs.iter().map(rounds).collect();
    let number = |timestamp: u64| timestamp / u64::from(RESOLUTION_SECONDS);
    let mut numbers: Vec<u64> = vec![];
    if let Some(first) = histories.first() {
        numbers.extend(first.iter().map(|round| number(round.timestamp)));
        numbers.sort_unstable();
        numbers.dedup();
    }
    let mut risks = vec![];
    for wanted in numbers {
        let mut past = book.clone();
        for (leg, history) in legs.iter().zip(&histories) {
            let found = history
                .iter()
                .find(|round| number(round.timestamp) == wanted && round.price > 0);
            past.prices[*leg] = found.map_or(0, |round| round.price);
        }
        if legs.iter().all(|leg| past.prices[*leg] > 0) {
            risks.push(past.risk_e7());
        }
    }
    risks
}

/// Root mean square of the relative changes, each of them and the result rounded down.
fn volatility_e7(risks: &[i128]) -> i128 {
    if risks.len() < 3 || risks.contains(&0) {
        return 0;
    }
    let one: i128 = 100_000_000;
    let change = |pair: &[i128]| match (pair[1] - pair[0]).abs() {
        off if off >= pair[0] => one,
        off => floor(off, one, pair[0]),
    };
    let squares: i128 = risks.windows(2).map(change).map(|off| off * off).sum();
    (squares / (risks.len() as i128 - 1)).isqrt() / 10
}
