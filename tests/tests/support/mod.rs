//! Actors, positions and shorthands shared by the tests.

mod contract;
mod trio;
mod version;

use ballast_chain::market::{ONE, USD};
use ballast_chain::oracle::PRICE_DECIMALS;
use ballast_chain::{Account, CallError, Chain, Event, Invocation, System, Token, Vault};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::pool::{Reserve, ReserveConfig};
use ballast_interfaces::vault::{Path, VaultPolicy};
use soroban_sdk::{Address, Env, IntoVal, Val, Vec};

pub use contract::{deploy_code, swap, Call, Instruction};
pub use trio::Trio;
pub use version::{list_version, successor};

/// Collateral of the standard vault: 139,000 XLM, about 50,000 USD at 0.36.
pub const COLLATERAL: i128 = 139_000 * ONE;
/// Debt of the standard vault: 26,000 USDC.
pub const DEBT: i128 = 26_000 * ONE;
/// What every trader of the scene has of XLM and of USDC.
pub const WEALTH: i128 = 10_000_000 * ONE;
/// Seconds in a week, after which a pool applies a queued reserve.
const WEEK_SECONDS: u64 = 7 * 86_400;

/// The actors of most tests, on a chain of their own.
pub struct Scene {
    /// The system.
    pub system: System,
    /// Alice's vault: [`COLLATERAL`] against [`DEBT`], risk ratio 73% at 0.36.
    pub vault: Vault,
    /// Brings debt assets and calls steps.
    pub keeper: Account,
    /// Keeps the AMM at the market.
    pub arbitrageur: Account,
    /// Opens and fills auctions.
    pub liquidator: Account,
    /// Wants what is not his.
    pub thief: Account,
}

impl Scene {
    /// The standard scene under [`ballast_chain::system::POLICY`].
    pub fn new() -> Self {
        Self::with_policy(|_| {})
    }

    /// The standard scene under [`ballast_chain::system::POLICY`] with a change.
    pub fn with_policy(change: impl FnOnce(&mut VaultPolicy)) -> Self {
        Self::on(System::standard(), change, COLLATERAL, DEBT)
    }

    /// The standard scene with another position; no debt where `debt` is zero.
    pub fn with_position(collateral: i128, debt: i128) -> Self {
        Self::on(System::standard(), |_| {}, collateral, debt)
    }

    /// A scene on a system.
    pub fn on(
        system: System,
        change: impl FnOnce(&mut VaultPolicy),
        collateral: i128,
        debt: i128,
    ) -> Self {
        let mut policy = system.policy();
        change(&mut policy);
        let vault = system.vault_with_position("alice", &policy, collateral, debt);
        let trader = |name: &str| {
            let account = system.market.trader(name, WEALTH, WEALTH);
            // Exactly the wealth: what new accounts come with is not counted.
            system
                .chain()
                .change_account(&account.id(), |entry| entry.balance = WEALTH as i64);
            account
        };
        Self {
            keeper: trader("keeper"),
            arbitrageur: trader("arbitrageur"),
            liquidator: trader("liquidator"),
            thief: trader("thief"),
            vault,
            system,
        }
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        self.system.chain()
    }

    /// The address of XLM, the vault's collateral.
    pub fn xlm(&self) -> &Address {
        self.system.market.xlm.address()
    }

    /// The address of USDC, the vault's debt.
    pub fn usdc(&self) -> &Address {
        self.system.market.usdc.address()
    }

    /// The owner's address.
    pub fn owner(&self) -> &Address {
        self.vault.owner.address()
    }

    /// An account without anything but a trustline of USDC.
    pub fn stranger(&self, name: &str) -> Account {
        let account = self.chain().account(name);
        self.system.market.usdc.trust(&account);
        account
    }

    /// Moves oracle and AMM to this price of XLM (dollars, 4 decimals: `2780` is 0.2780), an oracle
    /// round after the last one.
    pub fn set_price(&self, dollars_e4: i128) {
        self.chain().advance_ledgers(60);
        self.system.market.set_price(USD * dollars_e4 / 10_000);
        self.move_amm(dollars_e4);
    }

    /// As [`Self::set_price`], for two rounds: the round before the last has the price too.
    pub fn hold_price(&self, dollars_e4: i128) {
        self.set_price(dollars_e4);
        self.set_price(dollars_e4);
    }

    /// Moves the AMM alone.
    pub fn move_amm(&self, dollars_e4: i128) {
        self.system
            .market
            .amm
            .move_price(&self.arbitrageur, dollars_e4 as f64 / 10_000.0)
            .expect("the arbitrageur trades");
    }

    /// The oracle serves no price of XLM any more.
    pub fn kill_oracle(&self) {
        self.system.market.oracle.set_dead(true);
    }

    /// The vault's collateral at the pool, XLM, rounded down.
    pub fn collateral(&self) -> i128 {
        let pool = &self.system.market.pool;
        pool.collateral(&self.vault.address, self.xlm())
    }

    /// The vault's debt at the pool, USDC, rounded up.
    pub fn debt(&self) -> i128 {
        let pool = &self.system.market.pool;
        pool.debt(&self.vault.address, self.usdc())
    }

    /// Shares of the vault at the pool: b-tokens of XLM and d-tokens of USDC.
    pub fn shares(&self) -> (i128, i128) {
        let positions = self.system.market.pool.positions(&self.vault.address);
        (
            positions.collateral.get(0).unwrap_or(0),
            positions.liabilities.get(1).unwrap_or(0),
        )
    }

    /// Balances of XLM and USDC.
    pub fn balances(&self, holder: &Address) -> (i128, i128) {
        let market = &self.system.market;
        (market.xlm.balance(holder), market.usdc.balance(holder))
    }

    /// The vault's risk ratio, 7 decimals.
    pub fn risk_e7(&self) -> i128 {
        self.vault.health().expect("prices are there").risk_ratio_e7
    }

    /// Opens the smallest liquidation auction of the vault that the pool takes.
    ///
    /// # Panics
    /// If the pool takes none.
    pub fn open_auction(&self) {
        let pool = &self.system.market.pool;
        let opened = (1..=100).find(|percent| {
            pool.new_auction(&self.vault.address, &[self.usdc()], &[self.xlm()], *percent)
                .is_ok()
        });
        assert!(opened.is_some(), "the pool takes no auction");
    }

    /// Drops the price to 0.2600 (risk ratio just above 100%), and opens an auction.
    pub fn fall_into_auction(&self) {
        self.hold_price(2_600);
        self.open_auction();
        self.chain().advance_ledgers(1);
    }

    /// Whether an auction of the vault is open.
    pub fn in_auction(&self) -> bool {
        let pool = &self.system.market.pool;
        pool.auction(&self.vault.address).is_some()
    }

    /// Changes a reserve the way the pool's admin does: a week passes, prices are published anew.
    pub fn change_reserve(&self, asset: &Address, change: impl FnOnce(&mut ReserveConfig)) {
        let market = &self.system.market;
        let price = market.oracle.last_price(self.xlm()).expect("quoted");
        let price = price.expect("a price").price;
        let mut config = market.pool.reserve(asset).config;
        change(&mut config);
        market.pool.queue_reserve(asset, &config);
        self.chain().advance_seconds(WEEK_SECONDS);
        market.set_price(price);
        market.pool.set_reserve(asset);
    }

    /// Changes the pool's limits, as its admin may at once.
    pub fn change_limits(&self, max_positions: u32, min_collateral: i128) {
        let pool = &self.system.market.pool;
        pool.update(0_1000000, max_positions, min_collateral);
    }

    /// Lends almost all XLM of the pool to a whale, so that nobody can withdraw any.
    pub fn drain_pool(&self) {
        let market = &self.system.market;
        let whale = market.trader("whale", 0, WEALTH);
        let pool = &market.pool;
        pool.deposit(&whale, self.usdc(), WEALTH).expect("deposit");
        // Up to the reserve's own limit; what is left of the lender's supply goes next.
        let supplied =
            |reserve: &Reserve| reserve.data.b_supply * reserve.data.b_rate / 10_i128.pow(12);
        let reserve = pool.reserve(self.xlm());
        let most = supplied(&reserve) * i128::from(reserve.config.max_util) / ONE_E7;
        pool.borrow(&whale, self.xlm(), most - ONE).expect("borrow");
        let reserve = pool.reserve(self.xlm());
        let owed = reserve.data.d_supply * reserve.data.d_rate / 10_i128.pow(12);
        let free = supplied(&reserve) - owed;
        let request = ballast_chain::blend::request(
            ballast_chain::blend::request::WITHDRAW,
            self.xlm(),
            free - owed / 1_000_000,
        );
        pool.submit(&market.lender, &[request]).expect("withdraw");
    }

    /// Calls an entry point of the vault with nobody's signature.
    pub fn call_unsigned(
        &self,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<Val, CallError> {
        self.chain().call(&self.vault.address, function, args, &[])
    }

    /// What a fill of this much XLM must repay at this discount (7 decimals), at the oracle's
    /// present price of XLM and a dollar for USDC.
    pub fn floor(&self, sell: i128, discount_e7: i128) -> i128 {
        let price = self.system.market.oracle.last_price(self.xlm());
        let price = price.expect("quoted").expect("a price").price;
        floor_at(price, sell, discount_e7)
    }

    /// `rebalance` by the keeper of this much XLM at this bid, through the market's AMM.
    pub fn rebalance(
        &self,
        path: Path,
        sell: i128,
        bid: i128,
    ) -> Result<ballast_interfaces::vault::StepReport, CallError> {
        self.vault
            .rebalance(&self.keeper, &self.system.step(path, sell, bid))
    }

    /// `fill` by the keeper of this much XLM at this bid.
    pub fn fill(
        &self,
        repay: i128,
        collateral_out: i128,
    ) -> Result<ballast_interfaces::vault::StepReport, CallError> {
        self.vault
            .fill(&self.keeper, self.xlm(), self.usdc(), repay, collateral_out)
    }

    /// A token that nobody needs, with this balance in the vault.
    pub fn foreign_token(&self, balance: i128) -> Token {
        let token = Token::issue(self.chain(), "FOREIGN");
        token.mint(&self.vault.address, balance);
        token
    }

    /// The last call published exactly one event of this name, from the vault.
    #[track_caller]
    pub fn event(&self, name: &str) -> Event {
        only_event(self.chain(), &self.vault.address, name)
    }

    /// The last call was authorised by exactly these addresses for exactly these trees.
    #[track_caller]
    pub fn assert_authorized(&self, expected: &[(&Address, Invocation)]) {
        assert_authorized(self.chain(), expected);
    }

    /// The last call was authorised by this account alone, with nothing below the call itself.
    #[track_caller]
    pub fn assert_authorized_by(
        &self,
        account: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) {
        let tree = Invocation::new(&self.vault.address, function, args);
        self.assert_authorized(&[(account, tree)]);
    }

    /// Runs a call that must fail with this error and change nothing.
    #[track_caller]
    pub fn assert_refuses<T: std::fmt::Debug>(
        &self,
        expected: VaultError,
        call: impl FnOnce() -> Result<T, CallError>,
    ) {
        let before = self.chain().state_hash();
        let result = call();
        assert_vault_error(result, expected);
        assert!(
            before == self.chain().state_hash(),
            "a refused call changed the state"
        );
    }
}

/// `sell * price` less the discount, rounded up twice as the vault does. The oracle's decimals are
/// [`PRICE_DECIMALS`], USDC costs a dollar, and both tokens have 7 decimals.
pub fn floor_at(price: i128, sell: i128, discount_e7: i128) -> i128 {
    let fair = mul_div_ceil(sell, price, 10_i128.pow(PRICE_DECIMALS)).expect("small numbers");
    mul_div_ceil(fair, ONE_E7 - discount_e7, ONE_E7).expect("small numbers")
}

/// Most that a keeper may be paid: the discount's share of the fair value, rounded down.
pub fn reward_cap_at(price: i128, sell: i128, discount_e7: i128) -> i128 {
    let fair = mul_div_floor(sell, price, 10_i128.pow(PRICE_DECIMALS)).expect("small numbers");
    mul_div_floor(fair, discount_e7, ONE_E7).expect("small numbers")
}

/// The last call published exactly one event of this name, from this contract.
#[track_caller]
pub fn only_event(chain: &Chain, contract: &Address, name: &str) -> Event {
    let events = chain.last_events_named(name);
    assert_eq!(events.len(), 1, "events named {name}: {events:?}");
    assert_eq!(&events[0].contract, contract);
    events.into_iter().next().expect("one event")
}

/// The last call was authorised by exactly these addresses for exactly these trees.
#[track_caller]
pub fn assert_authorized(chain: &Chain, expected: &[(&Address, Invocation)]) {
    let expected: std::vec::Vec<_> = expected
        .iter()
        .map(|(address, tree)| ((*address).clone(), tree.clone()))
        .collect();
    assert_eq!(chain.last_authorizations(), expected);
}

/// Asserts that a call failed with this contract error.
#[track_caller]
pub fn assert_code<T: std::fmt::Debug>(result: Result<T, CallError>, expected: u32) {
    match result {
        Err(error) => assert_eq!(error.code(), Some(expected), "{error}, not {expected}"),
        Ok(value) => panic!("expected {expected}, got {value:?}"),
    }
}

/// Asserts that a call failed with the vault's error.
#[track_caller]
pub fn assert_vault_error<T: std::fmt::Debug>(result: Result<T, CallError>, expected: VaultError) {
    match result {
        Err(error) => assert_eq!(
            error.code(),
            Some(expected as u32),
            "{error}: not {expected:?}"
        ),
        Ok(value) => panic!("expected {expected:?}, got {value:?}"),
    }
}

/// Asserts that a call failed for lack of an authorisation.
#[track_caller]
pub fn assert_unauthorized<T: std::fmt::Debug>(result: Result<T, CallError>) {
    match result {
        Err(error) => assert!(error.is_auth(), "{error}: not a refused authorisation"),
        Ok(value) => panic!("expected a refused authorisation, got {value:?}"),
    }
}
