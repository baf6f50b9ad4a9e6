//! The simulated chain with the twins on it, and what this side knows of it without asking.

use crate::{
    outcome::{Event, Sale, Sample, Twin, What},
    settings::Settings,
};
use arrayvec::ArrayVec;
use ballast_chain::{
    amm,
    market::{ONE, USD},
    Account, CallError, Chain, Market, MarketSetup, System, Vault,
};
use ballast_core::{
    auction::{Auction, AuctionLeg},
    health::{Leg, Position, Totals},
    price::SourcePrices,
    window::Window,
};
use ballast_interfaces::vault::VaultPolicy;
use soroban_sdk::Address;

/// Index of XLM among the pool's reserves and in every position here.
pub const XLM: usize = 0;
/// The same of USDC.
pub const USDC: usize = 1;
/// Seconds from one oracle round to the next.
pub const ROUND_SECONDS: u64 = ballast_chain::oracle::RESOLUTION_SECONDS as u64;
/// Rates are read again after this long at the latest.
const RATES_AGE_SECONDS: u64 = 86_400;
/// Below this share of the nearest threshold, rates a day old are good enough to say that nothing can
/// happen: no pool's debt grows by a tenth in a day.
const NEAR: f64 = 0.9;
/// Share of the lent USDC that others have borrowed: the reserve's target utilization, so that
/// interest is what it usually is.
const BORROWED_SHARE_E7: i128 = 0_8000000;
/// What the pool has, in multiples of the twins' collateral and debt, if that is more than the default.
const POOL_TO_TWIN: i128 = 40;

/// One twin on the chain.
pub struct TwinState {
    /// The position's owner in the pool: the vault, or the bare account.
    pub user: Address,
    /// Collateral in b-tokens of XLM.
    pub b_tokens: i128,
    /// Debt in d-tokens of USDC.
    pub d_tokens: i128,
    /// The open auction.
    pub auction: Option<Auction>,
    /// Idle XLM and USDC of the vault, smallest unit.
    pub idle: [i128; 2],
    /// Whether the liquidator has looked since round or position changed.
    pub looked: bool,
    /// What was sold.
    pub sales: Vec<Sale>,
    /// Steps and rescues.
    pub steps: u32,
    /// Rescues among them.
    pub rescues: u32,
    /// Filled auctions.
    pub fills: u32,
}

/// The chain and what is known of it.
pub struct World {
    pub system: System,
    pub vault: Vault,
    pub twins: [TwinState; 2],
    pub keeper: Account,
    pub liquidator: Account,
    pub arbitrageur: Account,
    /// What the AMM holds, tracked swap by swap.
    pub amm: [i128; 2],
    /// The oracle's last round, oracle's decimals.
    pub round: i128,
    /// The round before.
    pub previous_round: i128,
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
    /// Chain time is episode time plus this, so that any episode starts on the same chain.
    clock_offset: i64,
    pub events: Vec<Event>,
    pub samples: Vec<Sample>,
    /// Risk ratio below which nothing can happen, even with old rates, 7 decimals.
    near_e7: i128,
}

/// USD as the oracle has it.
pub fn oracle_price(usd: f64) -> i128 {
    (usd * USD as f64).round() as i128
}

/// Whole tokens.
pub fn tokens(amount: i128) -> f64 {
    amount as f64 / ONE as f64
}

impl World {
    /// Sets everything up at `now` and `price_usd`: market, vault and bare twin with the same
    /// collateral and debt.
    pub fn new(settings: &Settings, now: u64, price_usd: f64) -> Result<Self, CallError> {
        let price = oracle_price(price_usd);
        let xlm = (settings.collateral_usd / price_usd * ONE as f64).round() as i128;
        let defaults = MarketSetup::default();
        let collateral_factor = f64::from(defaults.xlm_reserve.c_factor) / 1e7;
        let liability_factor = f64::from(defaults.usdc_reserve.l_factor) / 1e7;
        let usdc = (settings.collateral_usd * collateral_factor * liability_factor
            / settings.entry_health
            * ONE as f64)
            .floor() as i128;
        let market = Market::new(&MarketSetup {
            xlm_price: price,
            lent_xlm: defaults.lent_xlm.max(POOL_TO_TWIN * xlm),
            lent_usdc: defaults.lent_usdc.max(POOL_TO_TWIN * usdc),
            depth_usd: settings.depth_usd as i128,
            ..defaults.clone()
        });
        let chain = market.chain.clone();
        borrow_by_others(
            &market,
            defaults.lent_usdc.max(POOL_TO_TWIN * usdc),
            usdc,
            price,
        );
        // A round before the first one, and the same place in the rounds' grid as the episode.
        chain.advance_seconds(ROUND_SECONDS + now % ROUND_SECONDS);
        let system = System::new(market);
        let market = &system.market;
        let round_time = chain.timestamp() - now % ROUND_SECONDS;
        market
            .oracle
            .set_round(round_time, &[Some(price), Some(USD)]);

        let policy = VaultPolicy::from_core(&settings.policy);
        let vault = system.vault_with_position("owner", &policy, xlm, usdc);
        let bare = market.borrower("bare", xlm, usdc);
        let keeper = market.trader("keeper", xlm, 4 * usdc);
        let liquidator = market.trader("liquidator", xlm, 8 * usdc);
        let wealth = settings.depth_usd * 1e3;
        let arbitrageur = market.trader(
            "arbitrageur",
            (wealth / price_usd) as i128 * ONE,
            wealth as i128 * ONE,
        );
        let twin = |user: &Address| TwinState {
            user: user.clone(),
            b_tokens: 0,
            d_tokens: 0,
            auction: None,
            idle: [0; 2],
            looked: false,
            sales: Vec::new(),
            steps: 0,
            rescues: 0,
            fills: 0,
        };
        let least_e7 = i128::from(settings.policy.soft_e7).min(10_000_000);
        let mut world = Self {
            twins: [twin(&vault.address), twin(bare.address())],
            amm: market.amm.reserves(),
            round: price,
            previous_round: price,
            market_usd: price_usd,
            now,
            start: [0; 2],
            window: Window::default(),
            rates: [leg(market, XLM), leg(market, USDC)],
            rates_read_at: now,
            clock_offset: chain.timestamp() as i64 - now as i64,
            events: Vec::new(),
            samples: Vec::new(),
            near_e7: (least_e7 as f64 * NEAR) as i128,
            keeper,
            liquidator,
            arbitrageur,
            vault,
            system,
        };
        for twin in Twin::BOTH {
            world.read_position(twin);
        }
        let of = |twin: Twin| {
            let state = &world.twins[twin as usize];
            [state.b_tokens, state.d_tokens]
        };
        assert_eq!(of(Twin::Vault), of(Twin::Bare), "the twins begin alike");
        world.start = of(Twin::Bare);
        world.sample();
        Ok(world)
    }

    pub fn chain(&self) -> &Chain {
        self.system.chain()
    }

    pub fn market(&self) -> &Market {
        &self.system.market
    }

    /// Moves episode and chain to a time.
    pub fn advance_to(&mut self, now: u64) {
        self.now = now;
        self.chain()
            .advance_to((now as i64 + self.clock_offset) as u64);
    }

    /// Publishes a round, and reads rates again unless nobody is near anything.
    pub fn publish(&mut self, price: i128) {
        self.market().oracle.set_prices(&[price, USD]);
        self.previous_round = self.round;
        self.round = price;
        let near = Twin::BOTH.iter().any(|twin| {
            self.twins[*twin as usize].auction.is_some() || self.risk_e7(*twin) >= self.near_e7
        });
        if near || self.now - self.rates_read_at >= RATES_AGE_SECONDS {
            self.read_rates();
        }
        for twin in &mut self.twins {
            twin.looked = false;
        }
        self.sample();
    }

    pub fn read_rates(&mut self) {
        self.rates = [leg(self.market(), XLM), leg(self.market(), USDC)];
        self.rates_read_at = self.now;
    }

    /// A position with these shares at the rates last read, and this price of XLM (oracle's decimals).
    pub fn position(&self, [b_tokens, d_tokens]: [i128; 2], price: i128) -> Position {
        let mut legs = ArrayVec::new();
        legs.push(Leg {
            price,
            b_tokens,
            ..self.rates[XLM]
        });
        legs.push(Leg {
            d_tokens,
            ..self.rates[USDC]
        });
        Position {
            legs,
            price_scalar: USD,
        }
    }

    /// A twin's position at a price of XLM.
    pub fn twin_position(&self, twin: Twin, price: i128) -> Position {
        let state = &self.twins[twin as usize];
        self.position([state.b_tokens, state.d_tokens], price)
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

    /// What the oracle's round before says, as the floor takes it.
    pub fn sources(&self, use_previous_round: bool) -> [SourcePrices; 2] {
        let of = |price: i128| SourcePrices {
            previous: use_previous_round.then_some(price),
            second: None,
        };
        [of(self.previous_round), of(USD)]
    }

    /// Reads a twin's position, auction and idle assets from the chain.
    pub fn read_twin(&mut self, twin: Twin) {
        self.read_position(twin);
        let market = self.market();
        let user = &self.twins[twin as usize].user;
        let auction = market.pool.auction(user).map(|data| {
            let [xlm, usdc] =
                [market.xlm.address(), market.usdc.address()].map(|asset| AuctionLeg {
                    lot_b_tokens: data.lot.get(asset.clone()).unwrap_or(0),
                    bid_d_tokens: data.bid.get(asset.clone()).unwrap_or(0),
                });
            Auction {
                start_ledger: data.block,
                legs: ArrayVec::from_iter([xlm, usdc]),
            }
        });
        let idle = match twin {
            Twin::Vault => [market.xlm.balance(user), market.usdc.balance(user)],
            Twin::Bare => [0; 2],
        };
        let state = &mut self.twins[twin as usize];
        state.auction = auction;
        state.idle = idle;
        if twin == Twin::Vault {
            let stored = self.vault.state().window;
            self.window = Window {
                start_ledger: stored.start_ledger,
                budget_value: stored.budget_value,
                sold_value: stored.sold_value,
            };
        }
    }

    fn read_position(&mut self, twin: Twin) {
        let positions = self
            .market()
            .pool
            .positions(&self.twins[twin as usize].user);
        let state = &mut self.twins[twin as usize];
        state.b_tokens = positions.collateral.get(XLM as u32).unwrap_or(0);
        state.d_tokens = positions.liabilities.get(USDC as u32).unwrap_or(0);
        state.looked = false;
    }

    /// Notes what happened and how things stand after it.
    pub fn note(&mut self, twin: Twin, what: What) {
        self.events.push(Event {
            time: self.now,
            twin,
            what,
        });
        self.sample();
    }

    fn sample(&mut self) {
        let untouched = self.position(self.start, self.round);
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
        let [xlm, usdc] = self.twins[twin as usize].idle.map(tokens);
        let position = self.twin_position(twin, oracle_price(self.market_usd));
        self.value_usd(&position) + xlm * self.market_usd + usdc
    }

    /// Equity of the position that the twins began with, at the market's price, USD.
    pub fn untouched_usd(&self) -> f64 {
        self.value_usd(&self.position(self.start, oracle_price(self.market_usd)))
    }

    fn value_usd(&self, position: &Position) -> f64 {
        self.totals(position).equity() as f64 / USD as f64
    }

    /// What the AMM pays for XLM, smallest units, if it takes so much.
    pub fn amm_pays(&self, xlm: i128) -> Option<i128> {
        let [reserve, other] = self.amm;
        let most = reserve / 3;
        (xlm <= most).then(|| amm::quote([reserve, other], xlm, self.market().amm.fee()))
    }
}

/// The rest of the world's USDC debt, on collateral that no crash of one order of magnitude endangers.
fn borrow_by_others(market: &Market, lent_usdc: i128, twin_debt: i128, price: i128) {
    let debt = lent_usdc * BORROWED_SHARE_E7 / 1_0000000 - 2 * twin_debt;
    let collateral = debt * 20 * USD / price;
    market.borrower("others", collateral, debt);
}

fn leg(market: &Market, index: usize) -> Leg {
    let (asset, price) = match index {
        XLM => (&market.xlm, 0),
        _ => (&market.usdc, USD),
    };
    let reserve = market.pool.reserve(asset.address());
    Leg {
        price,
        asset_scalar: reserve.scalar,
        collateral_factor_e7: i128::from(reserve.config.c_factor),
        liability_factor_e7: i128::from(reserve.config.l_factor),
        b_rate_e12: reserve.data.b_rate,
        d_rate_e12: reserve.data.d_rate,
        b_tokens: 0,
        d_tokens: 0,
    }
}
