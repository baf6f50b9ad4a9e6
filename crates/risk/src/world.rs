//! A ledger with the twins on it, and what this side knows of it without asking.

use crate::{
    history::{Course, Market, ROUND_SECONDS},
    ledger::{Holdings, Ledger, Trader, USDC, XLM},
    outcome::{Event, Sale, Sample, Twin, What},
    rounds::Rounds,
    settings::Settings,
    start::{oracle_price, tokens},
};
use arrayvec::ArrayVec;
use ballast_chain::{amm, market::USD, CallError};
use ballast_core::{
    health::{Leg, Position, Totals},
    window::Window,
};

/// Rates are read again after this long at the latest.
const RATES_AGE_SECONDS: u64 = 86_400;
/// Below this share of the nearest threshold, rates a day old are good enough to say that nothing can
/// happen: no pool's debt grows by a tenth in a day.
const NEAR: f64 = 0.9;
/// A price this much above one at which something happens is safe from every rounding.
const ALARM_HEADROOM: f64 = 1e-6;

/// One twin as this side knows it.
#[derive(Clone, Debug, Default)]
pub struct TwinState {
    /// As last read.
    pub holdings: Holdings,
    /// Whether the liquidator has looked since round or position changed.
    pub looked: bool,
    /// What was sold at the market's price of the moment, USD.
    pub sold_usd: f64,
    /// What was given up on it, USD.
    pub cost_usd: f64,
    /// Steps and rescues.
    pub steps: u32,
    /// Rescues among them.
    pub rescues: u32,
    /// Steps that the vault refused when they were executed.
    pub refused: u32,
    /// Auctions opened.
    pub opened: u32,
    /// Filled auctions.
    pub fills: u32,
}

/// The ledger and what is known of it.
pub struct World<'a, L> {
    pub ledger: L,
    pub course: Course<'a>,
    pub rounds: Rounds<'a>,
    market: Market<'a>,
    pub twins: [TwinState; 2],
    /// What the AMM holds, tracked swap by swap.
    pub amm: [i128; 2],
    pub amm_fee: i128,
    /// Prices between which the AMM is left alone, once worked out.
    pub amm_rests: Option<(f64, f64)>,
    /// The oracle's last round, oracle's decimals.
    pub round: i128,
    /// The market's price, USD.
    pub market_usd: f64,
    /// Unix seconds of the episode.
    pub now: u64,
    /// The twins' first balances.
    start: [i128; 2],
    /// The vault's window as stored.
    pub window: Window,
    /// Reserves as last read: everything about a leg but price and balances.
    rates: [Leg; 2],
    rates_read_at: u64,
    /// Changes whenever anything changes that a step is planned from, but the ledger and the market.
    pub version: u64,
    /// Whether events and samples are kept.
    records: bool,
    pub events: Vec<Event>,
    pub samples: Vec<Sample>,
    /// Risk ratio below which nothing can happen, even with old rates, 7 decimals.
    near_e7: i128,
    /// The lowest soft threshold that the vault can have, 7 decimals.
    lowest_soft_e7: i128,
    /// Price of a round above which nothing happens until the end of the episode, USD, once worked
    /// out: with the interest until then counted, both twins stay below every threshold.
    alarm_usd: Option<f64>,
}

impl<'a, L: Ledger> World<'a, L> {
    /// What is known at the start of an episode.
    pub fn new(settings: &Settings, course: Course<'a>, ledger: L, records: bool) -> Self {
        let policy = &settings.policy;
        let shift_e7 = match policy.volatility_z_e2 {
            0 => 0,
            _ => policy.volatility_shift_max_e7,
        };
        let lowest_soft_e7 = i128::from(policy.soft_e7.saturating_sub(shift_e7));
        let least_e7 = lowest_soft_e7.min(10_000_000);
        let rounds = Rounds::new(course);
        let mut world = Self {
            market: course.cursor(),
            twins: Default::default(),
            amm: ledger.amm(),
            amm_fee: crate::start::Start::new(settings, course.first_price).amm_fee,
            amm_rests: None,
            round: rounds.last(course.start),
            market_usd: course.first_price,
            now: course.start,
            start: [0; 2],
            window: Window::default(),
            rates: ledger.legs(),
            rates_read_at: course.start,
            version: 0,
            records,
            events: Vec::new(),
            samples: Vec::new(),
            near_e7: (least_e7 as f64 * NEAR) as i128,
            lowest_soft_e7,
            alarm_usd: None,
            ledger,
            rounds,
            course,
        };
        for twin in Twin::BOTH {
            world.read_twin(twin);
        }
        let of = |twin: Twin| {
            let holdings = &world.twins[twin as usize].holdings;
            [holdings.b_tokens, holdings.d_tokens]
        };
        assert_eq!(of(Twin::Vault), of(Twin::Bare), "the twins begin alike");
        world.start = of(Twin::Bare);
        world.sample();
        world
    }

    /// Moves to a ledger of the episode and publishes its round, if it has one.
    pub fn advance_to(&mut self, now: u64) {
        self.now = now;
        self.ledger.advance_to(now);
        self.market_usd = self.market.price(now);
        if now.is_multiple_of(ROUND_SECONDS) {
            self.publish();
        }
    }

    /// Publishes a round, and reads rates again unless nobody is near anything.
    fn publish(&mut self) {
        self.round = self.rounds.last(self.now);
        self.ledger.publish(self.round);
        self.version += 1;
        let near = Twin::BOTH.iter().any(|twin| {
            self.twins[*twin as usize].holdings.auction.is_some()
                || self.risk_e7(*twin) >= self.near_e7
        });
        if near || self.now - self.rates_read_at >= RATES_AGE_SECONDS {
            self.read_rates();
        }
        for twin in &mut self.twins {
            twin.looked = false;
        }
        self.sample();
    }

    /// Reads the reserves' rates.
    pub fn read_rates(&mut self) {
        self.rates = self.ledger.legs();
        self.rates_read_at = self.now;
        self.version += 1;
    }

    /// The next ledger at which anything may happen; the next one where the future cannot be told:
    /// while a step waits, an auction is open or a round is low. See [`crate::engine`].
    pub fn next_ledger(&mut self, waiting: bool) -> u64 {
        let next = self.now + crate::history::LEDGER_SECONDS;
        let open = |twin: &TwinState| twin.holdings.auction.is_some();
        if waiting || self.twins.iter().any(open) {
            return next;
        }
        let Some(alarm_usd) = self.alarm_usd() else {
            return next;
        };
        if self.round as f64 / USD as f64 <= alarm_usd {
            return next;
        }
        let Some(number) = self.course.next_round_at_most(self.now, alarm_usd) else {
            // Nobody will act any more, and so nobody asks the AMM.
            return self.course.end;
        };
        let until = number * ROUND_SECONDS;
        let rests = self.amm_rests();
        self.market.leaves(self.now, until, rests)
    }

    /// See [`Self::alarm_usd`].
    fn alarm_usd(&mut self) -> Option<f64> {
        if let Some(alarm_usd) = self.alarm_usd {
            return Some(alarm_usd);
        }
        let legs = self.ledger.legs_at(self.course.end)?;
        let of = |twin: Twin, threshold_e7: i128| -> f64 {
            let holdings = &self.twins[twin as usize].holdings;
            let position = position(&legs, [holdings.b_tokens, holdings.d_tokens], USD);
            let totals = self.totals(&position);
            if totals.liability_base == 0 {
                return 0.0;
            }
            // At one dollar the collateral base is what it is; it grows with the price.
            totals.liability_base as f64 / totals.collateral_base as f64 / threshold_e7 as f64 * 1e7
        };
        let vault = of(Twin::Vault, self.lowest_soft_e7.min(10_000_000));
        let bare = of(Twin::Bare, 10_000_000);
        let alarm_usd = vault.max(bare) * (1.0 + ALARM_HEADROOM);
        self.alarm_usd = Some(alarm_usd);
        Some(alarm_usd)
    }

    /// See [`World::amm_rests`].
    pub fn amm_rests(&mut self) -> (f64, f64) {
        *self
            .amm_rests
            .get_or_insert_with(|| crate::actors::arbitrage_rests(self.amm, self.amm_fee))
    }

    /// A twin's position at a price of XLM, at the rates last read.
    pub fn twin_position(&self, twin: Twin, price: i128) -> Position {
        let holdings = &self.twins[twin as usize].holdings;
        position(&self.rates, [holdings.b_tokens, holdings.d_tokens], price)
    }

    /// A twin's position as the pool values it.
    pub fn pool_position(&self, twin: Twin) -> Position {
        self.twin_position(twin, self.round)
    }

    pub fn totals(&self, position: &Position) -> Totals {
        position
            .totals()
            .expect("prices are positive and amounts those of a pool")
    }

    /// A twin's risk ratio as the pool values it.
    pub fn risk_e7(&self, twin: Twin) -> i128 {
        self.totals(&self.pool_position(twin)).risk_ratio_e7_ceil()
    }

    /// Reads a twin's position, auction and idle assets from the ledger.
    pub fn read_twin(&mut self, twin: Twin) {
        let state = &mut self.twins[twin as usize];
        state.holdings = self.ledger.holdings(twin);
        state.looked = false;
        if twin == Twin::Vault {
            self.window = self.ledger.window();
        }
        self.version += 1;
        self.alarm_usd = None;
    }

    /// Swaps on the AMM.
    pub fn swap(&mut self, trader: Trader, token: usize, amount: i128) -> Result<i128, CallError> {
        let got = self.ledger.swap(trader, token, amount)?;
        self.swapped(token, amount, got);
        Ok(got)
    }

    /// Notes a swap on the AMM.
    pub fn swapped(&mut self, token: usize, amount: i128, got: i128) {
        self.amm[token] += amount;
        self.amm[1 - token] -= got;
        self.amm_rests = None;
    }

    /// What the AMM pays for XLM, smallest units, if it takes so much.
    pub fn amm_pays(&self, xlm: i128) -> Option<i128> {
        let [reserve, other] = self.amm;
        let most = reserve / 3;
        (xlm <= most).then(|| amm::quote([reserve, other], xlm, self.amm_fee))
    }

    /// Counts a sale of a twin.
    pub fn sold(&mut self, twin: Twin, sale: &Sale) {
        let state = &mut self.twins[twin as usize];
        state.sold_usd += sale.sold_usd();
        state.cost_usd += sale.cost_usd();
    }

    /// Notes what happened and how things stand after it.
    pub fn note(&mut self, twin: Twin, what: impl FnOnce(&Self) -> What) {
        if self.records {
            let event = Event {
                time: self.now,
                twin,
                what: what(self),
            };
            self.events.push(event);
            self.sample();
        }
    }

    fn sample(&mut self) {
        if !self.records {
            return;
        }
        let untouched = position(&self.rates, self.start, self.round);
        self.samples.push(Sample {
            time: self.now,
            oracle_usd: self.round as f64 / USD as f64,
            risk_e7: Twin::BOTH.map(|twin| self.risk_e7(twin)),
            untouched_e7: self.totals(&untouched).risk_ratio_e7_ceil(),
        });
    }

    /// A twin's equity at the market's price, USD: position, but not less than nothing, and idle
    /// assets.
    pub fn equity_usd(&self, twin: Twin) -> f64 {
        let [xlm, usdc] = self.twins[twin as usize].holdings.idle.map(tokens);
        let position = self.twin_position(twin, oracle_price(self.market_usd));
        self.value_usd(&position) + xlm * self.market_usd + usdc
    }

    /// Equity of the position that the twins began with, at the market's price, USD.
    pub fn untouched_usd(&self) -> f64 {
        let price = oracle_price(self.market_usd);
        self.value_usd(&position(&self.rates, self.start, price))
    }

    fn value_usd(&self, position: &Position) -> f64 {
        self.totals(position).equity() as f64 / USD as f64
    }
}

/// A position with these shares (of XLM supplied, of USDC owed) at these rates, and this price of XLM
/// (oracle's decimals).
fn position(rates: &[Leg; 2], [b_tokens, d_tokens]: [i128; 2], price: i128) -> Position {
    let mut legs = ArrayVec::new();
    legs.push(Leg {
        price,
        b_tokens,
        ..rates[XLM]
    });
    legs.push(Leg {
        d_tokens,
        ..rates[USDC]
    });
    Position {
        legs,
        price_scalar: USD,
    }
}
