//! A pool of any tokens, a vault on it, and what every case asserts of a step.

use crate::attack::{view, View};
use crate::health_against_pool::boundary;
use crate::support::{assert_vault_error, only_event};
use ballast_chain::blend::{usdc_reserve, ReserveConfig};
use ballast_chain::{
    Account, Amm, CallError, Chain, Cost, Oracle, PoolSetup, System, Token, Vault,
};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};
use ballast_core::policy::LANDING_TOLERANCE_E7;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::vault::{Path, StepReport, VaultPolicy};
use soroban_sdk::{Address, Vec as HostVec};
use std::cell::{Cell, RefCell};

/// One dollar with 6 decimals, the unit of this module's prices.
pub const USD_E6: i128 = 1_000_000;
/// Ledgers from one oracle round to the next.
const ROUND_LEDGERS: u32 = 60;
/// Depth of every market, dollars a side.
const DEPTH_USD: i128 = 20_000_000;
/// Ledgers in which a rescue must become acceptable.
const AUCTION_LEDGERS: u32 = 400;

/// How a step is executed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Fill,
    Plain,
    Flash,
}

/// All of them.
pub const WAYS: [Way; 3] = [Way::Fill, Way::Plain, Way::Flash];

/// A reserve of the pool.
#[derive(Clone, Debug)]
pub struct Asset {
    pub decimals: u32,
    /// First price, dollars with 6 decimals.
    pub price_e6: i128,
    pub collateral_factor_e7: u32,
    pub liability_factor_e7: u32,
}

impl Asset {
    /// A volatile asset: collateral factor 75%.
    pub fn collateral(decimals: u32, price_e6: i128) -> Self {
        Self {
            decimals,
            price_e6,
            collateral_factor_e7: 7_500_000,
            liability_factor_e7: 7_500_000,
        }
    }

    /// A stable asset: liability factor 95%.
    pub fn debt(decimals: u32, price_e6: i128) -> Self {
        Self {
            decimals,
            price_e6,
            collateral_factor_e7: 9_500_000,
            liability_factor_e7: 9_500_000,
        }
    }
}

/// What a field is made of.
pub struct Setup {
    /// The reserves, in the order of their indices.
    pub assets: Vec<Asset>,
    pub oracle_decimals: u32,
    pub max_positions: u32,
    /// What is lent of each asset, dollars.
    pub lent_usd: i128,
    /// Pairs (sold, bought) that have a market.
    pub markets: Vec<(usize, usize)>,
    /// Whether tokens of 7 decimals are classic assets, whose balances of accounts have 64 bits.
    pub classic: bool,
}

impl Setup {
    /// A pool of these assets; the first of each pair is sold for the second.
    pub fn new(assets: Vec<Asset>, oracle_decimals: u32, markets: &[(usize, usize)]) -> Self {
        Self {
            assets,
            oracle_decimals,
            max_positions: 8,
            lent_usd: 50_000_000,
            markets: markets.to_vec(),
            classic: true,
        }
    }
}

/// A pool with a vault.
pub struct Field {
    pub system: System,
    pub assets: Vec<Asset>,
    pub tokens: Vec<Token>,
    pub vault: Vault,
    pub keeper: Account,
    pub arbitrageur: Account,
    /// Other oracles, which say what the pool's says.
    pub followers: Vec<Oracle>,
    markets: Vec<((usize, usize), Amm)>,
    prices_e6: RefCell<Vec<i128>>,
    holders: RefCell<Vec<Address>>,
    minted: RefCell<Vec<i128>>,
    /// The most that any step used.
    pub largest: RefCell<Cost>,
    rounds: Cell<u32>,
}

impl Field {
    pub fn new(setup: &Setup, change: impl FnOnce(&mut VaultPolicy)) -> Self {
        let mut system = System::standard();
        let chain = system.chain().clone();
        // Classic assets have 7 decimals, others are contracts of their own.
        let token = |(index, asset): (usize, &Asset)| match asset.decimals {
            7 if setup.classic => Token::issue(&chain, &format!("CLASSIC{index}")),
            decimals => Token::deploy(&chain, &format!("TOKEN{index}"), decimals),
        };
        let tokens: Vec<Token> = setup.assets.iter().enumerate().map(token).collect();
        let addresses: Vec<&Address> = tokens.iter().map(Token::address).collect();
        let oracle = Oracle::deploy_with(
            &chain,
            "matrix oracle",
            &addresses,
            setup.oracle_decimals,
            300,
        );
        system.market.oracle = oracle;
        let reserve = |(asset, token): (&Asset, &Token)| {
            let config = ReserveConfig {
                decimals: asset.decimals,
                c_factor: asset.collateral_factor_e7,
                l_factor: asset.liability_factor_e7,
                supply_cap: i128::MAX,
                ..usdc_reserve()
            };
            (token.address().clone(), config)
        };
        let pool = PoolSetup {
            max_positions: setup.max_positions,
            ..PoolSetup::new(setup.assets.iter().zip(&tokens).map(reserve).collect())
        };
        let oracle = system.market.oracle.address();
        system.market.pool = system.market.blend.create_pool("matrix", oracle, &pool);

        let owner = chain.account("alice");
        let mut policy = system.policy();
        change(&mut policy);
        let vault = system.create(&owner, &policy);
        let account = |name: &str| chain.account(name);
        let field = Self {
            keeper: account("keeper"),
            arbitrageur: account("arbitrageur"),
            followers: Vec::new(),
            markets: Vec::new(),
            prices_e6: RefCell::new(setup.assets.iter().map(|asset| asset.price_e6).collect()),
            holders: RefCell::default(),
            minted: RefCell::new(vec![0; tokens.len()]),
            largest: RefCell::default(),
            rounds: Cell::new(0),
            assets: setup.assets.clone(),
            system,
            tokens,
            vault,
        };
        field.publish();
        field.open(setup)
    }

    /// Lends to the pool, opens markets and gives everybody what they trade with.
    fn open(mut self, setup: &Setup) -> Self {
        let chain = self.chain().clone();
        let lender = chain.account("matrix lender");
        for index in 0..self.tokens.len() {
            self.fund(&self.vault.owner, index, 0);
            if setup.lent_usd > 0 {
                let lent = self.units(index, setup.lent_usd * USD_E6);
                self.fund(&lender, index, lent);
                let asset = self.tokens[index].address();
                let supplied = self.system.market.pool.supply(&lender, asset, lent);
                supplied.expect("the pool takes the supply");
            }
        }
        for (number, pair) in setup.markets.iter().enumerate() {
            let name = format!("market {number}");
            let reserves = [pair.0, pair.1].map(|index| self.units(index, DEPTH_USD * USD_E6));
            let tokens = [&self.tokens[pair.0], &self.tokens[pair.1]];
            let amm = Amm::deploy_with_fee(&chain, &name, tokens, reserves, 0_0010000);
            self.hold(amm.address());
            self.hold(chain.account(&format!("{name} admin")).address());
            for (index, reserve) in [pair.0, pair.1].into_iter().zip(reserves) {
                self.minted.borrow_mut()[index] += reserve;
                let wealth = self.units(index, DEPTH_USD * USD_E6);
                self.fund(&self.arbitrageur, index, wealth);
                self.fund(&self.keeper, index, wealth);
            }
            self.markets.push((*pair, amm));
        }
        for holder in [
            self.system.market.pool.address(),
            &self.system.adapter,
            &self.system.receiver,
            &self.vault.address,
        ] {
            self.hold(holder);
        }
        self
    }

    pub fn chain(&self) -> &Chain {
        self.system.chain()
    }

    pub fn address(&self, index: usize) -> &Address {
        self.tokens[index].address()
    }

    fn index_of(&self, asset: &Address) -> usize {
        let found = self
            .tokens
            .iter()
            .position(|token| token.address() == asset);
        found.expect("an asset of the pool")
    }

    /// Amount of an asset that is worth this many millionths of a dollar at its present price.
    pub fn units(&self, index: usize, value_e6: i128) -> i128 {
        let price_e6 = self.prices_e6.borrow()[index];
        let scalar = 10i128.pow(self.assets[index].decimals);
        mul_div_floor(value_e6, scalar, price_e6).expect("a token of a sensible price")
    }

    /// Gives an account a token; what was ever given out is remembered.
    pub fn fund(&self, account: &Account, index: usize, amount: i128) {
        self.tokens[index].trust(account);
        if amount > 0 {
            self.tokens[index].fund(account, amount);
            self.minted.borrow_mut()[index] += amount;
        }
        self.hold(account.address());
    }

    fn hold(&self, holder: &Address) {
        let mut holders = self.holders.borrow_mut();
        if !holders.contains(holder) {
            holders.push(holder.clone());
        }
    }

    /// Nothing was created or lost: of each token, all balances together are what was given out.
    #[track_caller]
    pub fn assert_conserved(&self) {
        for (token, minted) in self.tokens.iter().zip(self.minted.borrow().iter()) {
            let holders = self.holders.borrow();
            let sum: i128 = holders.iter().map(|holder| token.balance(holder)).sum();
            assert_eq!(sum, *minted, "{}", token.code());
        }
    }

    // Prices.

    /// An oracle round of the present prices.
    fn publish(&self) {
        let oracle = &self.system.market.oracle;
        let scalar = 10i128.pow(oracle.decimals());
        let prices: Vec<i128> = (self.prices_e6.borrow().iter())
            .map(|price_e6| mul_div_floor(*price_e6, scalar, USD_E6).expect("a sensible price"))
            .collect();
        oracle.set_prices(&prices);
        for follower in &self.followers {
            follower.set_prices(&prices);
        }
        self.rounds.set(self.chain().sequence());
    }

    /// Two rounds in which an asset has this price; the markets follow.
    pub fn set_price(&self, index: usize, price_e6: i128) {
        self.prices_e6.borrow_mut()[index] = price_e6;
        for _ in 0..2 {
            self.chain().advance_ledgers(ROUND_LEDGERS);
            self.publish();
        }
        self.move_markets();
    }

    fn move_markets(&self) {
        for ((sold, bought), amm) in &self.markets {
            let unit = |index: usize| {
                self.prices_e6.borrow()[index] as f64
                    / 10f64.powi(self.assets[index].decimals as i32)
            };
            let moved = amm.move_price(&self.arbitrageur, unit(*sold) / unit(*bought));
            moved.expect("the arbitrageur trades");
        }
    }

    /// Lowers the price of an asset until the risk ratio of the vault is this.
    pub fn fall_to(&self, index: usize, risk_e7: i128) {
        let before = self.prices_e6.borrow()[index];
        let view = self.view();
        // Only this collateral's part of the base falls.
        let leg = &view.position.legs[view.leg_of(self.address(index))];
        let held = leg.collateral_floor().expect("small");
        let own = leg.collateral_base_floor(held).expect("small");
        let others = view.totals.collateral_base - own;
        let wanted = mul_div_floor(view.totals.liability_base, ONE_E7, risk_e7).expect("small");
        assert!(wanted > others, "the other collaterals are worth too much");
        let price = mul_div_floor(before, wanted - others, own).expect("small");
        self.set_price(index, price);
    }

    /// Advances, with a round of the same prices when one is due.
    pub fn advance(&self, ledgers: u32) {
        for _ in 0..ledgers {
            self.chain().advance_ledgers(1);
            if self.chain().sequence() >= self.rounds.get() + ROUND_LEDGERS {
                self.publish();
            }
        }
    }

    // Positions.

    /// The vault deposits an amount that its owner gets for it.
    pub fn deposit(&self, index: usize, amount: i128) -> Result<(), CallError> {
        self.fund(&self.vault.owner, index, amount);
        self.vault.deposit(self.address(index), amount)
    }

    /// The vault borrows an amount to its owner.
    pub fn borrow(&self, index: usize, amount: i128) -> Result<(), CallError> {
        let owner = self.vault.owner.address();
        self.vault.borrow(self.address(index), amount, owner)
    }

    /// The vault's position by pool and oracle.
    pub fn view(&self) -> View {
        view(&self.system, &self.vault.address)
    }

    /// The lens tells the position's risk ratio to the last digit, and the pool turns from healthy
    /// to unhealthy at the very price at which the core does: it takes a withdrawal of one unit there,
    /// and refuses it at one unit of price less.
    pub fn assert_health_is_the_pools(&self) {
        let view = self.view();
        let health = self.vault.health().expect("prices are there");
        assert_eq!(health.risk_ratio_e7, view.totals.risk_ratio_e7_ceil());

        let before = self.chain().snapshot();
        // Else the vault refuses what its policy would act upon.
        self.vault
            .as_owner("set_automation", (false,))
            .expect("the owner may");
        let calm = self.chain().snapshot();
        let oracle = &self.system.market.oracle;
        let prices = self.oracle_prices();
        let mut probed = 0;
        for leg in 0..view.position.legs.len() {
            let Some(price) = boundary(&view.position, leg) else {
                continue;
            };
            let asset = &view.assets[leg];
            for (price, healthy) in [(price - 1, false), (price, true)] {
                if price == 0 {
                    continue;
                }
                let mut prices = prices.clone();
                prices[self.index_of(asset)] = price;
                oracle.set_prices(&prices);
                let done = self.vault.withdraw(asset, 1, self.vault.owner.address());
                if healthy {
                    done.unwrap_or_else(|error| {
                        panic!("{error} at {price} of {:?}", view.position)
                    });
                } else {
                    assert_vault_error(done, VaultError::PoolUnhealthy);
                }
            }
            self.chain().restore(&calm);
            probed += 1;
        }
        assert!(probed > 0, "no collateral decides about health");
        self.chain().restore(&before);
    }

    /// The oracle's last prices.
    fn oracle_prices(&self) -> Vec<i128> {
        let oracle = &self.system.market.oracle;
        let price = |token: &Token| {
            let last = oracle.last_price(token.address());
            last.expect("served").expect("quoted").price
        };
        self.tokens.iter().map(price).collect()
    }

    // Steps.

    /// The lens's quote. The route is filled in for the pair that it chooses.
    pub fn quote(&self, way: Way) -> Result<StepQuote, CallError> {
        let path = match way {
            Way::Fill => return self.vault.quote_fill(),
            Way::Plain => Path::Plain,
            Way::Flash => Path::Flash,
        };
        let (_, first) = self.markets.first().expect("there is a market");
        let route = self.system.route(first.address());
        let args = (&self.vault.address, path, &self.system.adapter, route);
        let quoted = self
            .chain()
            .view(&self.system.lens, "quote_rebalance", args);
        quoted.map(|mut quoted: StepQuote| {
            let pair = (
                self.index_of(&quoted.step.collateral),
                self.index_of(&quoted.step.debt),
            );
            if let Some((_, amm)) = self.markets.iter().find(|(of, _)| *of == pair) {
                quoted.step.route = self.system.route(amm.address());
            }
            quoted
        })
    }

    /// Executes a quote as it is.
    pub fn execute(&self, way: Way, quoted: &StepQuote) -> Result<StepReport, CallError> {
        let step = &quoted.step;
        match way {
            Way::Fill => self.vault.fill(
                &self.keeper,
                &step.collateral,
                &step.debt,
                step.min_proceeds,
                step.sell,
            ),
            Way::Plain | Way::Flash => self.vault.rebalance(&self.keeper, step),
        }
    }

    /// Quotes, executes, and asserts everything that must hold of a step.
    pub fn assert_step(&self, way: Way) -> StepReport {
        let before = self.view();
        let quoted = self.quote(way);
        let quoted = quoted.unwrap_or_else(|error| panic!("{way:?} is not quoted: {error}"));
        let done = self.execute(way, &quoted);
        let report = done.unwrap_or_else(|error| panic!("{way:?}: {error}, quoted {quoted:?}"));
        self.remember_cost();
        let event = only_event(self.chain(), &self.vault.address, "step_executed");

        let step = &quoted.step;
        assert_eq!(report.sold, step.sell, "{way:?}");
        assert_eq!(report.risk_before_e7, before.totals.risk_ratio_e7_ceil());
        assert!(report.risk_after_e7 < report.risk_before_e7);
        // A flash returns a little more than it sells, and the pool's rounding keeps of it.
        let slack = i128::from(way == Way::Flash) * 2;
        let off = report.risk_after_e7 - quoted.risk_after_e7;
        assert!(
            (0..=slack).contains(&off),
            "{way:?}: {report:?}, {quoted:?}"
        );
        let now = self.view().totals.risk_ratio_e7_ceil();
        assert_eq!(report.risk_after_e7, now);

        // The floor, from the oracle's prices and the tokens' decimals.
        let (sold, repaid) = (self.index_of(&step.collateral), self.index_of(&step.debt));
        let floor = self.floor((sold, repaid), step.sell, event.field("discount_e7"));
        assert_eq!(event.field::<i128>("floor"), floor, "{way:?}");
        assert!(step.min_proceeds >= floor && report.repaid >= floor);
        let policy = self.vault.state().policy;
        let discount_e7: i128 = event.field("discount_e7");
        assert!(discount_e7 <= i128::from(policy.discount_max_e7));

        // Landing.
        let target_e7 =
            if quoted.rescue && report.risk_before_e7 > i128::from(policy.rescue_target_e7) {
                policy.rescue_target_e7
            } else {
                policy.target_e7
            };
        let cleared = self.view().totals.liability_base == 0;
        let least_e7 = i128::from(target_e7) - LANDING_TOLERANCE_E7;
        assert!(cleared || report.risk_after_e7 >= least_e7, "{report:?}");
        assert!(!quoted.rescue || report.risk_after_e7 <= i128::from(policy.rescue_target_e7));

        self.assert_conserved();
        report
    }

    /// Least repayment for a sale at a discount, rounded up twice as the vault does.
    pub fn floor(&self, (sold, repaid): (usize, usize), sell: i128, discount_e7: i128) -> i128 {
        let prices = self.oracle_prices();
        let decimals = |index: usize| self.assets[index].decimals;
        let common = decimals(sold).min(decimals(repaid));
        let numerator = prices[sold] * 10i128.pow(decimals(repaid) - common);
        let denominator = prices[repaid] * 10i128.pow(decimals(sold) - common);
        let fair = mul_div_ceil(sell, numerator, denominator).expect("it fits");
        mul_div_ceil(fair, ONE_E7 - discount_e7, ONE_E7).expect("it fits")
    }

    /// Keeps the largest costs seen.
    pub fn remember_cost(&self) {
        let (cost, mut largest) = (self.chain().last_cost(), self.largest.borrow_mut());
        largest.instructions = largest.instructions.max(cost.instructions);
        largest.memory_bytes = largest.memory_bytes.max(cost.memory_bytes);
        largest.read_entries = largest.read_entries.max(cost.read_entries);
        largest.write_entries = largest.write_entries.max(cost.write_entries);
        largest.event_bytes = largest
            .event_bytes
            .max(cost.event_bytes + cost.return_bytes);
        largest.transaction_bytes = largest.transaction_bytes.max(cost.transaction_bytes);
    }

    /// Runs a call that must fail with this error and change nothing.
    #[track_caller]
    pub fn assert_refuses<T: std::fmt::Debug>(
        &self,
        expected: VaultError,
        call: impl FnOnce() -> Result<T, CallError>,
    ) {
        let before = self.chain().state_hash();
        assert_vault_error(call(), expected);
        assert!(before == self.chain().state_hash(), "the state changed");
    }

    // Auctions.

    /// Opens the smallest auction of these debts against these collaterals that the pool takes.
    pub fn open_auction(&self, bid: &[usize], lot: &[usize]) {
        let addresses = |indices: &[usize]| -> Vec<&Address> {
            indices.iter().map(|i| self.address(*i)).collect()
        };
        let pool = &self.system.market.pool;
        let opened = (1..=100).any(|percent| {
            pool.new_auction(
                &self.vault.address,
                &addresses(bid),
                &addresses(lot),
                percent,
            )
            .is_ok()
        });
        assert!(opened, "the pool takes no auction");
    }

    pub fn in_auction(&self) -> bool {
        self.system
            .market
            .pool
            .auction(&self.vault.address)
            .is_some()
    }

    /// Waits until a rescue is quoted, and, where a market has to pay for it, until that does: early on
    /// the auction's clock a rescue costs a premium.
    pub fn wait_for_rescue(&self, way: Way) {
        for _ in 0..AUCTION_LEDGERS / 10 {
            self.advance(10);
            let Ok(quoted) = self.quote(way) else {
                continue;
            };
            let before = self.chain().snapshot();
            let done = self.execute(way, &quoted);
            self.chain().restore(&before);
            match done {
                Ok(_) => return,
                Err(error) => assert!(way != Way::Fill, "{error}: {quoted:?}"),
            }
        }
        panic!("no rescue within {AUCTION_LEDGERS} ledgers");
    }

    // The end.

    /// The owner brings the debts, closes, and gets everything; nothing is left in the vault.
    pub fn assert_closes(&self) {
        let view = self.view();
        let owner = &self.vault.owner;
        for (leg, asset) in view.position.legs.iter().zip(&view.assets) {
            let owed = leg.debt_ceil().expect("small");
            if owed > 0 {
                let index = self.index_of(asset);
                self.fund(owner, index, owed);
                let funded = self.vault.fund_reserve(owner, asset, owed);
                funded.expect("the owner brings the debt");
            }
        }
        let legs: HostVec<ballast_interfaces::vault::Step> = HostVec::new(self.chain().env());
        let held: Vec<i128> = view
            .position
            .legs
            .iter()
            .map(|leg| leg.collateral_floor().expect("small"))
            .collect();
        let before: Vec<i128> = self.balances(owner.address(), &view);
        let closed = self.vault.as_owner("close", (legs, owner.address()));
        closed.expect("the vault closes");
        self.remember_cost();
        let after = self.balances(owner.address(), &view);
        for ((before, after), held) in before.iter().zip(&after).zip(&held) {
            assert!(after - before >= *held, "{before} + {held} is {after}");
        }
        let positions = self.system.market.pool.positions(&self.vault.address);
        assert!(positions.collateral.is_empty() && positions.liabilities.is_empty());
        for token in &self.tokens {
            assert_eq!(token.balance(&self.vault.address), 0, "{}", token.code());
        }
        self.assert_conserved();
    }

    fn balances(&self, holder: &Address, view: &View) -> Vec<i128> {
        let of = |asset: &Address| self.tokens[self.index_of(asset)].balance(holder);
        view.assets.iter().map(of).collect()
    }

    /// Runs a case and puts everything back as it was.
    pub fn apart(&self, case: impl FnOnce(&Self)) {
        let (chain, prices) = (self.chain().snapshot(), self.prices_e6.borrow().clone());
        let (minted, rounds) = (self.minted.borrow().clone(), self.rounds.get());
        case(self);
        self.chain().restore(&chain);
        *self.prices_e6.borrow_mut() = prices;
        *self.minted.borrow_mut() = minted;
        self.rounds.set(rounds);
    }
}
