//! A vault as its contract and the lens see it: the rules of `contracts/snapshot` on what was read.

use arrayvec::ArrayVec;
use ballast_core::auction::{Auction, AuctionLeg};
use ballast_core::check::Path;
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, pow10, ONE_E12};
use ballast_core::health::{Leg, Position, Totals, MAX_LEGS};
use ballast_core::policy::Policy;
use ballast_core::price::{floor_ratio, Floor, SourcePrices};
use ballast_core::quote::{quote, PoolReserve, PoolTerms, Quote, Reads, Standing};
use ballast_core::volatility::{policy_in_force, History, Round, VOLATILITY_ROUNDS};
use ballast_core::window::Window;
use ballast_core::Refusal;

use crate::code::Code;
use crate::question::{Question, Reserve, Second, Told};
use crate::words::{MOST_AMOUNT, MOST_RATE};

/// Most that a sum of values may be, so that differences of sums do not overflow.
const MOST_VALUE: i128 = 1 << 120;

/// What is asked of prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prices {
    /// As keepers and the lens: not older than this, seconds.
    Within(u64),
    /// Of any age; an asset without one has a price of zero.
    AnyOrNone,
}

/// What belongs to a leg beside the core's.
#[derive(Debug)]
pub struct Held {
    /// Number of the reserve in the question.
    pub number: usize,
    /// The reserve, accrued.
    pub pool: PoolReserve,
    /// The vault's idle balance.
    pub idle: i128,
    /// Lot and bid of the open auction.
    pub auctioned: AuctionLeg,
    /// The second oracle's fresh price.
    pub second: Result<Option<i128>, Code>,
    /// The price before the last round's.
    pub previous: Option<i128>,
    /// Rounds that volatility looks back on, in any order.
    pub history: History,
}

/// A vault at one ledger.
#[derive(Debug)]
pub struct View {
    /// The owner's policy.
    pub policy: Policy,
    /// Whether keepers may act.
    pub automation: bool,
    /// The budget's window.
    pub window: Window,
    /// The ledger.
    pub ledger: u32,
    /// Unix seconds.
    pub at: u64,
    /// The oracle's round length.
    pub resolution_seconds: u32,
    /// The pool's terms.
    pub pool: PoolTerms,
    /// First ledger of the open auction.
    pub auction_start: Option<u32>,
    /// With rates of now.
    pub position: Position,
    /// Parallel to the position's legs.
    pub held: ArrayVec<Held, MAX_LEGS>,
}

impl View {
    /// What the lens loads, after the question's changes. `also` gets a leg even if the vault neither
    /// holds nor owes it.
    ///
    /// # Errors
    /// 104, 105, 106, 149 as the lens, in its order.
    pub fn load(
        question: &Question<'_>,
        prices: Prices,
        also: Option<usize>,
    ) -> Result<Self, Code> {
        let mut view = View {
            policy: question.policy,
            automation: question.automation,
            window: question.window,
            ledger: question.ledger,
            at: question.closed_at,
            resolution_seconds: question.resolution_seconds,
            pool: question.pool,
            auction_start: question.auction_start,
            position: Position {
                legs: ArrayVec::new(),
                price_scalar: question.price_scalar,
            },
            held: ArrayVec::new(),
        };
        let mut unknown = false;
        for number in 0..question.count {
            let reserve = question.reserve(number)?;
            let moved = reserve.collateral_change != 0 || reserve.debt_change != 0;
            let stands = reserve.b_tokens != 0 || reserve.d_tokens != 0;
            if !(stands || moved || also == Some(number)) {
                continue;
            }
            // The vault puts an asset on its list when it is used.
            if !(reserve.accepted || moved || also == Some(number)) {
                unknown = true;
                continue;
            }
            let (pool, mut leg) = accrued(question, &reserve)?;
            change(&mut leg, &reserve)?;
            if leg.b_tokens == 0 && leg.d_tokens == 0 && also != Some(number) {
                continue;
            }
            leg.price = last_price(question, &reserve, prices)?;
            view.position
                .legs
                .try_push(leg)
                .map_err(|_| Code::UNKNOWN_ASSET)?;
            view.held
                .try_push(Held {
                    number,
                    pool,
                    idle: reserve.idle,
                    auctioned: AuctionLeg {
                        lot_b_tokens: reserve.lot,
                        bid_d_tokens: reserve.bid,
                    },
                    second: second_price(question, &reserve),
                    previous: previous_price(&reserve),
                    history: history(question, &reserve),
                })
                .map_err(|_| Code::UNKNOWN_ASSET)?;
        }
        if unknown {
            return Err(Code::UNKNOWN_ASSET);
        }
        Ok(view)
    }

    /// Sums over the position.
    ///
    /// # Errors
    /// As [`Position::totals`]; a sum that no pool has is an overflow.
    pub fn totals(&self) -> Result<Totals, Code> {
        let totals = self.position.totals()?;
        let largest = totals
            .collateral_value
            .max(totals.debt_value)
            .max(totals.liability_base)
            .max(totals.collateral_base);
        if largest > MOST_VALUE {
            return Err(Refusal::Overflow.into());
        }
        Ok(totals)
    }

    /// The policy with the thresholds in force.
    pub fn in_force(&self) -> Policy {
        if self.policy.volatility_z_e2 == 0 {
            return self.policy;
        }
        let histories: ArrayVec<History, MAX_LEGS> =
            self.held.iter().map(|held| held.history.clone()).collect();
        policy_in_force(&self.policy, &self.position, &histories)
    }

    /// The leg of a reserve.
    pub fn leg_of(&self, number: usize) -> Option<usize> {
        self.held.iter().position(|held| held.number == number)
    }

    /// The open auction in the core's terms.
    pub fn auction(&self) -> Option<Auction> {
        Some(Auction {
            start_ledger: self.auction_start?,
            legs: self.held.iter().map(|held| held.auctioned).collect(),
        })
    }

    /// The cheapest step, or the error that the call would give.
    ///
    /// # Errors
    /// As the lens.
    pub fn quote(&self, path: Path) -> Result<Quote, Code> {
        if !self.automation {
            return Err(Code::AUTOMATION_OFF);
        }
        self.totals()?;
        let policy = self.in_force();
        let standing = Standing {
            policy: &policy,
            position: &self.position,
            window: self.window,
            ledger: self.ledger,
        };
        quote(&standing, path, &mut Reading { view: self })
    }
}

/// What a quote reads.
struct Reading<'a> {
    view: &'a View,
}

impl Reads for Reading<'_> {
    type Error = Code;

    fn auction(&mut self) -> Option<Auction> {
        self.view.auction()
    }

    fn pool(&mut self) -> PoolTerms {
        self.view.pool
    }

    fn idle(&mut self, leg: usize) -> i128 {
        self.view.held[leg].idle
    }

    fn floor(&mut self, collateral: usize, debt: usize, latest_only: bool) -> Result<Floor, Code> {
        let view = self.view;
        let sources = |leg: usize| -> Result<SourcePrices, Code> {
            let held = &view.held[leg];
            Ok(SourcePrices {
                previous: held.previous.filter(|_| view.policy.use_previous_round),
                second: held.second?,
            })
        };
        let legs = &view.position.legs;
        let (of_collateral, of_debt) = (sources(collateral)?, sources(debt)?);
        Ok(floor_ratio(
            (&legs[collateral], &of_collateral),
            (&legs[debt], &of_debt),
            i128::from(view.policy.max_price_deviation_e7),
            latest_only,
        )?)
    }

    fn reserve(&mut self, leg: usize) -> PoolReserve {
        self.view.held[leg].pool
    }
}

/// The reserve and the vault's leg in it, with rates of the question's time. The price is to come.
fn accrued(question: &Question<'_>, reserve: &Reserve) -> Result<(PoolReserve, Leg), Code> {
    let now = reserve
        .interest
        .accrued(question.closed_at, question.take_rate_e7)?;
    if now.b_rate_e12 > MOST_RATE || now.d_rate_e12 > MOST_RATE {
        return Err(Refusal::Overflow.into());
    }
    let pool = PoolReserve {
        enabled: reserve.enabled,
        max_utilization_e7: reserve.max_utilization_e7,
        b_rate_e12: now.b_rate_e12,
        d_rate_e12: now.d_rate_e12,
        b_supply: now.b_supply,
        d_supply: now.d_supply,
    };
    let leg = Leg {
        price: 0,
        asset_scalar: pow10(reserve.decimals)?,
        collateral_factor_e7: i128::from(reserve.collateral_factor_e7),
        liability_factor_e7: i128::from(reserve.liability_factor_e7),
        b_rate_e12: now.b_rate_e12,
        d_rate_e12: now.d_rate_e12,
        b_tokens: reserve.b_tokens,
        d_tokens: reserve.d_tokens,
    };
    Ok((pool, leg))
}

/// Changes a leg as the pool does: shares are minted and burned with its roundings, and what is more
/// than there is takes what there is.
pub fn change(leg: &mut Leg, by: &Reserve) -> Result<(), Code> {
    let (collateral, debt) = (by.collateral_change, by.debt_change);
    if collateral > 0 {
        let minted = mul_div_floor(collateral, ONE_E12, leg.b_rate_e12)?;
        leg.b_tokens = shares(leg.b_tokens.saturating_add(minted))?;
    } else if collateral < 0 {
        let burned = mul_div_ceil(-collateral, ONE_E12, leg.b_rate_e12)?;
        leg.b_tokens = leg.b_tokens.saturating_sub(burned).max(0);
    }
    if debt > 0 {
        let minted = mul_div_ceil(debt, ONE_E12, leg.d_rate_e12)?;
        leg.d_tokens = shares(leg.d_tokens.saturating_add(minted))?;
    } else if debt < 0 {
        let burned = mul_div_floor(-debt, ONE_E12, leg.d_rate_e12)?;
        leg.d_tokens = leg.d_tokens.saturating_sub(burned).max(0);
    }
    Ok(())
}

fn shares(number: i128) -> Result<i128, Code> {
    if number > MOST_AMOUNT {
        return Err(Refusal::Overflow.into());
    }
    Ok(number)
}

/// The price that a leg is valued at. One that is given stands for a round of now.
fn last_price(question: &Question<'_>, reserve: &Reserve, prices: Prices) -> Result<i128, Code> {
    let (price, age) = match (reserve.given_price, reserve.rounds.first()) {
        (Some(price), _) => (price, 0),
        (None, Some(last)) => {
            let age = question.closed_at.saturating_sub(last.timestamp);
            (last.price, age)
        }
        (None, None) if prices == Prices::AnyOrNone => return Ok(0),
        (None, None) => return Err(Code::PRICE_MISSING),
    };
    match prices {
        Prices::AnyOrNone => Ok(price.max(0)),
        Prices::Within(_) if price <= 0 => Err(Refusal::InvalidPrice.into()),
        Prices::Within(seconds) if age > seconds => Err(Code::PRICE_STALE),
        Prices::Within(_) => Ok(price),
    }
}

/// The second oracle's fresh price, where the policy names one.
fn second_price(question: &Question<'_>, reserve: &Reserve) -> Result<Option<i128>, Code> {
    if question.second == Second::None {
        return Ok(None);
    }
    let most = question.policy.max_price_age_seconds;
    let fresh = reserve
        .second
        .filter(|told| told.price > 0 && question.closed_at.saturating_sub(told.timestamp) <= most);
    match fresh {
        None if question.second == Second::Required => Err(Code::SECOND_ORACLE_UNAVAILABLE),
        fresh => Ok(fresh.map(|told| told.price)),
    }
}

/// What the oracle serves when asked for the last rounds: without the last price where that is not one
/// of them.
fn served(reserve: &Reserve) -> &[Told] {
    let beyond = reserve.rounds.len().saturating_sub(VOLATILITY_ROUNDS);
    &reserve.rounds[beyond..]
}

/// Rounds as volatility looks back on them; a price that is given is the last round's.
fn history(question: &Question<'_>, reserve: &Reserve) -> History {
    let resolution = u64::from(question.resolution_seconds.max(1));
    let last = reserve.rounds.first().map(|round| round.timestamp);
    served(reserve)
        .iter()
        .map(|round| Round {
            number: round.timestamp / resolution,
            price: match reserve.given_price {
                Some(price) if Some(round.timestamp) == last => price,
                _ => round.price,
            },
        })
        .collect()
}

/// The newest price before the last round's, among those that were served.
fn previous_price(reserve: &Reserve) -> Option<i128> {
    let last = reserve.rounds.first()?;
    let mut before = reserve.rounds.iter().skip(1);
    before
        .find(|round| round.price > 0 && round.timestamp < last.timestamp)
        .map(|round| round.price)
}
