//! What may be done for one vault, best first.

use super::{
    fees::{inclusion_fee, value_of},
    seen::Seen,
    urgency::Urgency,
    venue::Venues,
    Action, Hold, Incoming, Input, Settings, Way,
};
use crate::model::Vault;
use ballast_client::value::{Address, Bytes};
use ballast_core::{
    auction::STALE_LEDGERS,
    check::Path,
    fixed::{mul_div_floor, ONE_E7},
    quote::{Quote, ACTIVE_STATUS},
};
use std::collections::BTreeMap;

/// Where the whole step does not pay, this many smaller ones are tried.
const SIZES: i128 = 32;

/// What is left for the vaults that are not decided on yet.
#[derive(Clone, Debug)]
pub struct Remaining {
    /// Debt assets that fills may still spend.
    pub available: BTreeMap<Address, i128>,
    /// The venues after what was decided.
    pub venues: Venues,
}

/// What the decisions of one ledger share.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    pub settings: &'a Settings,
    pub input: &'a Input<'a>,
    pub lumen_price: i128,
    /// Least profit, base value.
    pub min_profit: i128,
}

/// A step and what it leaves to the keeper.
struct Priced {
    quote: Quote,
    /// Before the network's fee.
    gain: i128,
    exit_e7: i128,
    venue: Option<usize>,
}

/// One way that can be taken, or why not.
struct Considered<'s, 'a> {
    shared: &'s Shared<'a>,
    seen: &'s Seen<'a>,
    remaining: &'s Remaining,
    urgency: Urgency,
    inclusion_fee: u32,
    sponsored: bool,
}

/// The actions that may be taken for a vault, best first: steps that lead below the soft threshold before
/// those that do not, then by profit.
///
/// # Errors
/// Why there is none: of a vault that would refuse every step the contract's reason.
pub fn choices(
    shared: &Shared<'_>,
    seen: &Seen<'_>,
    urgency: Urgency,
    remaining: &Remaining,
) -> Result<Vec<(Action, Option<usize>)>, Hold> {
    let (settings, fees) = (shared.settings, shared.input.fees);
    let of_loss = |loss| inclusion_fee(settings, fees, shared.lumen_price, loss);
    let (bid, least) = (of_loss(urgency.per_ledger), of_loss(0));
    match choices_bidding(shared, seen, urgency, remaining, bid) {
        // Rather later than not at all.
        Err(Hold::Unprofitable { .. }) if least < bid => {
            choices_bidding(shared, seen, urgency, remaining, least)
        }
        decided => decided,
    }
}

fn choices_bidding(
    shared: &Shared<'_>,
    seen: &Seen<'_>,
    urgency: Urgency,
    remaining: &Remaining,
    inclusion_fee: u32,
) -> Result<Vec<(Action, Option<usize>)>, Hold> {
    let settings = shared.settings;
    let considered = Considered {
        sponsored: settings.sponsor.includes(&seen.vault().address),
        inclusion_fee,
        shared,
        seen,
        remaining,
        urgency,
    };
    let mut found = vec![];
    let mut reason: Option<Hold> = None;
    for way in [Way::Fill, Way::Plain, Way::Flash] {
        if !settings.ways.contains(&way) {
            continue;
        }
        match considered.step(way) {
            Ok(action) => found.push(action),
            Err(hold) => reason = Some(reason.map_or(hold, |held| telling(held, hold))),
        }
    }
    let soft_e7 = i128::from(seen.policy.soft_e7);
    found.sort_by_key(|(action, _)| {
        let short = action.risk_after_e7 >= soft_e7;
        (short, std::cmp::Reverse(action.profit_value), action.way)
    });
    if let Some(clear) = considered.clear() {
        found.push((clear, None));
    }
    match found.is_empty() {
        true => Err(reason.unwrap_or(Hold::NoWay)),
        false => Ok(found),
    }
}

/// Which of two ways' reasons is told: what is nearest to an action.
fn telling(held: Hold, other: Hold) -> Hold {
    let rank = |hold: &Hold| match hold {
        // No way leads around it, and the operator is to know of it whatever else is missing.
        Hold::Refused(refused)
            if matches!(refused.name(), "PriceDiverges" | "SecondOracleUnavailable") =>
        {
            -1
        }
        Hold::Unprofitable { .. } => 0,
        Hold::VenueTooLow => 1,
        Hold::NoInventory => 2,
        Hold::NoVenue => 4,
        // The vault's own reason, of the way that came so far.
        _ => 3,
    };
    match (held, other) {
        (Hold::Unprofitable { best }, Hold::Unprofitable { best: also }) => Hold::Unprofitable {
            best: best.max(also),
        },
        (held, other) if rank(&other) < rank(&held) => other,
        (held, _) => held,
    }
}

impl Considered<'_, '_> {
    /// The network's fee, base value.
    fn fee(&self, way: Way) -> i128 {
        let resources = self.shared.input.fees.resources(way);
        let stroops = resources.saturating_add(i64::from(self.inclusion_fee));
        value_of(stroops, self.shared.lumen_price)
    }

    /// Least gain before the network's fee.
    fn least_gain(&self, way: Way) -> i128 {
        match self.sponsored {
            true => 0,
            false => self.shared.min_profit.saturating_add(self.fee(way)),
        }
    }

    fn step(&self, way: Way) -> Result<(Action, Option<usize>), Hold> {
        let path = match way {
            Way::Fill => Path::Fill,
            Way::Plain => Path::Plain,
            Way::Flash => Path::Flash,
            Way::Clear => return Err(Hold::NoWay),
        };
        let may = |collateral: usize, debt: usize| match way {
            Way::Fill if self.available(debt) <= 0 => Err(Hold::NoInventory),
            Way::Plain | Way::Flash if self.venues(collateral, debt).next().is_none() => {
                Err(Hold::NoVenue)
            }
            _ => Ok(()),
        };
        let quoted = self.seen.quote(path, may)?;
        let priced = self.sized(way, path, quoted)?;
        let quote = &priced.quote;
        let profit = priced.gain.saturating_sub(self.fee(way));
        let venue = priced.venue.map(|venue| self.remaining.venues.get(venue));
        let vault = self.seen.vault();
        let action = Action {
            vault: vault.address.clone(),
            pool: self.shared.input.market.pool.clone(),
            way,
            collateral: self.asset(quote.collateral).clone(),
            debt: self.asset(quote.debt).clone(),
            sell: quote.sell,
            repay: quote.repay,
            adapter: match (way, venue) {
                (Way::Fill, _) | (_, None) => vault.address.clone(),
                (_, Some(venue)) => venue.adapter.clone(),
            },
            route: match (way, venue) {
                (Way::Fill, _) | (_, None) => Bytes::default(),
                (_, Some(venue)) => venue.route.clone(),
            },
            rescue: quote.rescue,
            risk_before_e7: self.seen.totals.risk_ratio_e7_ceil(),
            risk_after_e7: quote.risk_after_e7,
            profit_value: profit,
            exit_e7: priced.exit_e7,
            lumen_price: self.shared.lumen_price,
            loss_if_late: self.urgency.per_ledger,
            inclusion_fee: self.inclusion_fee,
            sponsored: self.sponsored,
        };
        Ok((action, priced.venue))
    }

    /// The whole step if it pays, else the largest that does.
    fn sized(&self, way: Way, path: Path, quoted: Quote) -> Result<Priced, Hold> {
        let least = self.least_gain(way);
        let mut reason = None;
        for part in (1..=SIZES).rev() {
            let sell = mul_div_floor(quoted.sell, part, SIZES)?;
            let resized = match part {
                SIZES => Ok(quoted),
                _ => self.seen.resized(path, &quoted, sell),
            };
            let priced = match resized {
                Ok(quote) => self.priced(way, quote),
                // Too small already: what is smaller is so too.
                Err(_) => break,
            };
            let hold = match priced {
                Ok(priced) if priced.gain >= least => return Ok(priced),
                Ok(priced) => Hold::Unprofitable {
                    best: priced.gain.saturating_sub(self.fee(way)),
                },
                Err(hold) => hold,
            };
            reason = Some(reason.map_or(hold, |held| telling(held, hold)));
            // A reserve that does it alone has no size.
            if quoted.sell == 0 {
                break;
            }
        }
        Err(reason.unwrap_or(Hold::VenueTooLow))
    }

    fn priced(&self, way: Way, quote: Quote) -> Result<Priced, Hold> {
        match way {
            Way::Fill => self.priced_fill(quote),
            _ => self.priced_swap(quote),
        }
    }

    /// The keeper pays the bid out of its inventory and takes the collateral.
    fn priced_fill(&self, quote: Quote) -> Result<Priced, Hold> {
        let legs = &self.seen.position.legs;
        if quote.repay > self.available(quote.debt) {
            return Err(Hold::NoInventory);
        }
        let (exit_e7, venue) = self.exit(&quote)?;
        let worth = legs[quote.collateral].value_floor(quote.sell)?;
        // What is bid beyond the debt comes back.
        let owed = legs[quote.debt].debt_ceil()? - quote.reserve_spent;
        let paid = legs[quote.debt].value_ceil(quote.repay.min(owed.max(0)))?;
        Ok(Priced {
            quote,
            gain: mul_div_floor(worth, exit_e7, ONE_E7)? - paid,
            exit_e7,
            venue,
        })
    }

    /// What share of its worth incoming collateral fetches, and where it is sold. The crowd sells the
    /// same collateral: a sale of one's own comes after it.
    fn exit(&self, quote: &Quote) -> Result<(i128, Option<usize>), Hold> {
        let (collateral, debt) = (self.asset(quote.collateral), self.asset(quote.debt));
        let kept = self.shared.settings.incoming.get(collateral) != Some(&Incoming::Sell);
        if kept || quote.sell == 0 || collateral == debt {
            return Ok((ONE_E7, None));
        }
        let legs = &self.seen.position.legs;
        let crowd = self.shared.input.crowd.get(collateral).copied();
        let ahead = legs[quote.collateral].amount_floor(crowd.unwrap_or(0).max(0))?;
        let worth = legs[quote.collateral].value_floor(quote.sell)?;
        let venues = &self.remaining.venues;
        let best = venues
            .trading(collateral, debt, |_| true)
            .filter_map(|venue| {
                let proceeds = venues.proceeds(venue, collateral, debt, quote.sell, ahead)?;
                Some((proceeds, venue))
            })
            .max_by_key(|(proceeds, venue)| (*proceeds, std::cmp::Reverse(*venue)));
        let (proceeds, venue) = best.ok_or(Hold::NoVenue)?;
        let fetched = legs[quote.debt].value_floor(proceeds)?;
        Ok((mul_div_floor(fetched, ONE_E7, worth.max(1))?, Some(venue)))
    }

    /// The venue pays the bid; what it pays beyond, up to the cap, is the keeper's.
    fn priced_swap(&self, quote: Quote) -> Result<Priced, Hold> {
        let free = |venue: Option<usize>, gain: i128| Priced {
            quote,
            gain,
            exit_e7: ONE_E7,
            venue,
        };
        if quote.sell == 0 || quote.collateral == quote.debt {
            return Ok(free(None, 0));
        }
        let (collateral, debt) = (self.asset(quote.collateral), self.asset(quote.debt));
        let venues = &self.remaining.venues;
        let best = self
            .venues(quote.collateral, quote.debt)
            .filter_map(|venue| {
                let proceeds = venues.proceeds(venue, collateral, debt, quote.sell, 0)?;
                Some((proceeds, venue))
            })
            .max_by_key(|(proceeds, venue)| (*proceeds, std::cmp::Reverse(*venue)));
        let (proceeds, venue) = best.ok_or(Hold::VenueTooLow)?;
        if proceeds < quote.repay {
            return Err(Hold::VenueTooLow);
        }
        let reward = (proceeds - quote.repay).min(quote.largest_reward);
        let gain = self.seen.position.legs[quote.debt].value_floor(reward)?;
        Ok(free(Some(venue), gain))
    }

    /// Deletes an auction that is stale or not deserved any more.
    fn clear(&self) -> Option<Action> {
        let (seen, urgency) = (self.seen, self.urgency);
        clear(
            self.shared,
            seen.vault(),
            Some(seen),
            urgency,
            self.inclusion_fee,
        )
    }

    fn asset(&self, leg: usize) -> &Address {
        &self.seen.reserves[leg].asset
    }

    fn available(&self, debt: usize) -> i128 {
        let available = self.remaining.available.get(self.asset(debt));
        available.copied().unwrap_or(0)
    }

    fn venues(&self, collateral: usize, debt: usize) -> impl Iterator<Item = usize> + '_ {
        let (collateral, debt) = (self.asset(collateral), self.asset(debt));
        self.remaining
            .venues
            .trading(collateral, debt, |venue| !self.seen.forbids(&venue.adapter))
    }
}

/// `clear_stale_auction`, where it would be accepted. It earns nothing, so only sponsors do it. A stale
/// auction is deleted whatever the position; `seen` is none where it could not be valued.
pub fn clear(
    shared: &Shared<'_>,
    vault: &Vault,
    seen: Option<&Seen<'_>>,
    urgency: Urgency,
    inclusion_fee: u32,
) -> Option<Action> {
    let (settings, market) = (shared.settings, shared.input.market);
    if !settings.sponsor.includes(&vault.address) || !settings.ways.contains(&Way::Clear) {
        return None;
    }
    let open = vault.auction.as_ref()?;
    let stale = market.ledger >= open.start_ledger.saturating_add(STALE_LEDGERS);
    let healthy = seen.is_some_and(Seen::is_healthy);
    if !stale && (market.status > ACTIVE_STATUS || !healthy) {
        return None;
    }
    let stroops = shared
        .input
        .fees
        .resources(Way::Clear)
        .saturating_add(i64::from(inclusion_fee));
    let risk_e7 = seen.map_or(0, |seen| seen.totals.risk_ratio_e7_ceil());
    Some(Action {
        vault: vault.address.clone(),
        pool: market.pool.clone(),
        way: Way::Clear,
        collateral: vault.address.clone(),
        debt: vault.address.clone(),
        sell: 0,
        repay: 0,
        adapter: vault.address.clone(),
        route: Bytes::default(),
        rescue: true,
        risk_before_e7: risk_e7,
        risk_after_e7: risk_e7,
        profit_value: -value_of(stroops, shared.lumen_price),
        exit_e7: ONE_E7,
        lumen_price: shared.lumen_price,
        loss_if_late: urgency.per_ledger,
        inclusion_fee,
        sponsored: true,
    })
}
