//! The vault's trait and its types.
//!
//! Scales: `_e7` is a share of one with 7 decimals (`1_0000000` = 100%). Token amounts are in the
//! token's smallest unit. *Base* values are in the pool oracle's base asset with the oracle's
//! decimals. Deadlines are unix seconds, compared with the ledger's close time.

use ballast_core::policy::Policy;
use ballast_interfaces_macros::docs_off_chain;
use sep_40_oracle::Asset;
use soroban_sdk::{contractclient, contracttype, Address, Bytes, BytesN, Env, Map, Vec};

use crate::blend::Request;
use crate::error::VaultError;

/// How `rebalance` turns collateral into repayment.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u32)]
pub enum Path {
    /// Withdraw, swap, repay, in three calls. Works in every pool status, frees slack only.
    Plain = 0,
    /// Flash loan of the collateral asset, swap, repay. Works below a health factor of one, needs
    /// an active pool.
    Flash = 1,
}

/// A proposed step of `rebalance`.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// How. Ignored where `collateral` equals `debt`: that is netted without a venue.
    pub path: Path,
    /// Asset sold.
    pub collateral: Address,
    /// Asset repaid.
    pub debt: Address,
    /// Collateral sold, smallest unit.
    pub sell: i128,
    /// The caller's bid: this much is repaid, at least the floor. Proceeds above it are the
    /// keeper's reward up to the cap; the rest stays in the vault as reserve.
    pub min_proceeds: i128,
    /// Swap adapter. Ignored when netting.
    pub adapter: Address,
    /// The adapter's route.
    pub route: Bytes,
}

/// A second price source.
#[docs_off_chain]
#[contracttype]
#[derive(Clone)]
pub struct SecondOracle {
    /// A SEP-40 feed.
    pub oracle: Address,
    /// Its name for each asset of the pool. An asset that is not listed has no second price.
    pub assets: Map<Address, Asset>,
    /// Refuse to act without a fresh second price.
    pub required: bool,
}

/// A second price source, or none.
#[docs_off_chain]
#[contracttype]
#[derive(Clone)]
pub enum SecondSource {
    /// The pool's oracle alone.
    None,
    /// Also this feed.
    Feed(SecondOracle),
}

/// The owner's policy. Field meanings are those of [`ballast_core::policy::Policy`].
#[docs_off_chain]
#[contracttype]
#[derive(Clone)]
pub struct VaultPolicy {
    /// Risk ratio at which unwinding starts, 7 decimals.
    pub soft_e7: u32,
    /// Risk ratio at which it stops, 7 decimals.
    pub target_e7: u32,
    /// Risk ratio from which the budget no longer binds, 7 decimals.
    pub hard_e7: u32,
    /// Step at soft, share of the debt value, 7 decimals.
    pub step_min_e7: u32,
    /// Step at hard, share of the debt value, 7 decimals.
    pub step_max_e7: u32,
    /// Discount at soft, 7 decimals.
    pub discount_min_e7: u32,
    /// Discount at hard, 7 decimals.
    pub discount_max_e7: u32,
    /// Sales of one window, share of the largest step at its start, 7 decimals.
    pub sold_budget_e7: u32,
    /// Window length, ledgers.
    pub window_ledgers: u32,
    /// Most of the equity that one step's discount may cost, 7 decimals.
    pub max_cost_of_equity_e7: u32,
    /// Oldest round acted upon, seconds.
    pub max_price_age_seconds: u64,
    /// Largest difference between the two oracles, 7 decimals.
    pub max_price_deviation_e7: u32,
    /// Take the previous round into the floor.
    pub use_previous_round: bool,
    /// Spend the reserve before selling.
    pub reserve_first: bool,
    /// Reserve ignored below this share of the debt, 7 decimals.
    pub dust_reserve_e7: u32,
    /// Risk ratio at which a rescue lands, 7 decimals.
    pub rescue_target_e7: u32,
    /// Ledgers before the lot is worth a filler's while from which a rescue is open.
    pub rescue_window_ledgers: u32,
    /// Thresholds are lowered by this many times the volatility of a round, 2 decimals; zero is off.
    pub volatility_z_e2: u32,
    /// The most that they are lowered by, 7 decimals.
    pub volatility_shift_max_e7: u32,
    /// Second price source.
    pub second_oracle: SecondSource,
}

impl VaultPolicy {
    /// A policy without a second oracle.
    pub fn from_core(policy: &Policy) -> Self {
        VaultPolicy {
            soft_e7: policy.soft_e7,
            target_e7: policy.target_e7,
            hard_e7: policy.hard_e7,
            step_min_e7: policy.step_min_e7,
            step_max_e7: policy.step_max_e7,
            discount_min_e7: policy.discount_min_e7,
            discount_max_e7: policy.discount_max_e7,
            sold_budget_e7: policy.sold_budget_e7,
            window_ledgers: policy.window_ledgers,
            max_cost_of_equity_e7: policy.max_cost_of_equity_e7,
            max_price_age_seconds: policy.max_price_age_seconds,
            max_price_deviation_e7: policy.max_price_deviation_e7,
            use_previous_round: policy.use_previous_round,
            reserve_first: policy.reserve_first,
            dust_reserve_e7: policy.dust_reserve_e7,
            rescue_target_e7: policy.rescue_target_e7,
            rescue_window_ledgers: policy.rescue_window_ledgers,
            volatility_z_e2: policy.volatility_z_e2,
            volatility_shift_max_e7: policy.volatility_shift_max_e7,
            second_oracle: SecondSource::None,
        }
    }

    /// The numbers that the core computes with.
    pub fn to_core(&self) -> Policy {
        Policy {
            soft_e7: self.soft_e7,
            target_e7: self.target_e7,
            hard_e7: self.hard_e7,
            step_min_e7: self.step_min_e7,
            step_max_e7: self.step_max_e7,
            discount_min_e7: self.discount_min_e7,
            discount_max_e7: self.discount_max_e7,
            sold_budget_e7: self.sold_budget_e7,
            window_ledgers: self.window_ledgers,
            max_cost_of_equity_e7: self.max_cost_of_equity_e7,
            max_price_age_seconds: self.max_price_age_seconds,
            max_price_deviation_e7: self.max_price_deviation_e7,
            use_previous_round: self.use_previous_round,
            reserve_first: self.reserve_first,
            dust_reserve_e7: self.dust_reserve_e7,
            rescue_target_e7: self.rescue_target_e7,
            rescue_window_ledgers: self.rescue_window_ledgers,
            volatility_z_e2: self.volatility_z_e2,
            volatility_shift_max_e7: self.volatility_shift_max_e7,
        }
    }
}

/// The contracts that the vault was built for; only an upgrade changes one of them, the receiver.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Links {
    /// The Blend pool.
    pub pool: Address,
    /// The pool's oracle.
    pub oracle: Address,
    /// `10^decimals` of the oracle.
    pub price_scalar: i128,
    /// The oracle's round length, seconds.
    pub resolution_seconds: u32,
    /// The flash-loan receiver.
    pub receiver: Address,
    /// The factory that deployed the vault.
    pub factory: Address,
}

/// A reserve that the vault has used. Blend never moves a reserve to another index.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AssetEntry {
    /// The asset.
    pub asset: Address,
    /// Collateral factor that the policy accepted, 7 decimals.
    pub accepted_collateral_e7: u32,
    /// Liability factor that the policy accepted, 7 decimals.
    pub accepted_liability_e7: u32,
}

/// The budget window that is running, see [`ballast_core::window::Window`].
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BudgetWindow {
    /// First ledger.
    pub start_ledger: u32,
    /// Base value that it may sell.
    pub budget_value: i128,
    /// Base value sold.
    pub sold_value: i128,
}

/// Everything that the vault stores.
#[docs_off_chain]
#[contracttype]
#[derive(Clone)]
pub struct VaultState {
    /// The owner.
    pub owner: Address,
    /// The contracts that the vault was built for.
    pub links: Links,
    /// The policy.
    pub policy: VaultPolicy,
    /// Whether `fill` and `rebalance` are on.
    pub automation: bool,
    /// The budget window.
    pub window: BudgetWindow,
    /// Reserves that the vault has used, by reserve index.
    pub assets: Map<u32, AssetEntry>,
}

/// What happened in a step.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StepReport {
    /// Collateral sold, smallest unit.
    pub sold: i128,
    /// Debt that the pool kept, smallest unit.
    pub repaid: i128,
    /// Debt asset that arrived from the venue or the keeper, smallest unit.
    pub proceeds: i128,
    /// Paid to the keeper, smallest unit of the debt asset.
    pub reward: i128,
    /// Reserve spent before the sale, smallest unit of the debt asset.
    pub reserve_spent: i128,
    /// Risk ratio before, 7 decimals, rounded up.
    pub risk_before_e7: i128,
    /// Risk ratio after, 7 decimals, rounded up.
    pub risk_after_e7: i128,
}

/// A vault: one borrower's position on one Blend pool. It is the owner of the position; whatever
/// the pool says is the truth, and no copy is kept.
///
/// Two kinds of callers: the owner, and anybody. Anybody may propose a step; the vault verifies it
/// against the pool's health, its own price floor and the owner's policy, executes it, measures
/// what happened, and refuses everything else. A call that fails changes nothing.
///
/// Errors of the pool surface as the vault's own where they have a meaning
/// ([`VaultError::NoPoolLiquidity`] .. [`VaultError::PoolReserveDisabled`]), else as
/// [`VaultError::PoolRefused`].
#[contractclient(name = "VaultClient")]
pub trait Vault {
    // ---- Owner -----------------------------------------------------------------------------

    /// Supplies collateral from the owner's balance. With an open auction, deletes it in the same
    /// batch, which must end healthy.
    ///
    /// # Authorisation
    /// The owner, with `asset.transfer(owner, vault, amount)` under it.
    ///
    /// # Errors
    /// * [`VaultError::InvalidAmount`], [`VaultError::UnknownAsset`].
    /// * [`VaultError::TooManyAssets`] - a vault uses at most 10 reserves.
    /// * Errors of the pool; with an open auction of the price too ([`VaultError::PriceMissing`],
    ///   [`VaultError::PriceStale`], [`VaultError::InvalidPrice`]).
    fn deposit(env: Env, asset: Address, amount: i128) -> Result<(), VaultError>;

    /// Withdraws collateral to `to`. An amount above the balance withdraws all of it.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * [`VaultError::WouldTriggerNow`] - the risk ratio would be at or above soft while
    ///   automation is on.
    /// * [`VaultError::InvalidAmount`], [`VaultError::UnknownAsset`],
    ///   [`VaultError::NoCollateral`].
    /// * With debt, errors of the price: [`VaultError::PriceMissing`], [`VaultError::PriceStale`]
    ///   (older than the pool's 24 hours), [`VaultError::InvalidPrice`]. Errors of the pool.
    fn withdraw(env: Env, asset: Address, amount: i128, to: Address) -> Result<(), VaultError>;

    /// Borrows to `to`.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// As `withdraw`, and [`VaultError::TooManyAssets`].
    fn borrow(env: Env, asset: Address, amount: i128, to: Address) -> Result<(), VaultError>;

    /// Repays from `from`'s balance; what exceeds the debt is refunded to `from`. With an open
    /// auction, deletes it in the same batch, which must end healthy or without debt.
    ///
    /// # Authorisation
    /// `from` (anybody), with `asset.transfer(from, vault, amount)` under it.
    ///
    /// # Errors
    /// * [`VaultError::InvalidAmount`], [`VaultError::UnknownAsset`], [`VaultError::NoDebt`].
    /// * Errors of the pool. With an open auction Blend itself refuses while the pool is on ice or frozen
    ///   ([`VaultError::PoolStatusForbids`]) and, unless all debt is cleared, with a dead oracle
    ///   ([`VaultError::PriceMissing`], [`VaultError::PoolPriceInvalid`]).
    fn repay(env: Env, from: Address, asset: Address, amount: i128) -> Result<(), VaultError>;

    /// Adds to the reserve: idle assets that are spent on debt before collateral is sold.
    ///
    /// # Authorisation
    /// `from` (anybody), with `asset.transfer(from, vault, amount)` under it.
    ///
    /// # Errors
    /// * [`VaultError::InvalidAmount`].
    fn fund_reserve(
        env: Env,
        from: Address,
        asset: Address,
        amount: i128,
    ) -> Result<(), VaultError>;

    /// Takes from the reserve.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * [`VaultError::InvalidAmount`], [`VaultError::InsufficientReserve`].
    fn withdraw_reserve(
        env: Env,
        asset: Address,
        amount: i128,
        to: Address,
    ) -> Result<(), VaultError>;

    /// Replaces the policy and accepts the pool's present factors. The budget's window restarts.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * `Policy*` - the policy is invalid.
    /// * [`VaultError::WouldTriggerNow`] - the vault is at or above the new soft threshold while
    ///   automation is on.
    /// * With debt and automation on, errors of the price as `withdraw`.
    fn set_policy(env: Env, policy: VaultPolicy) -> Result<(), VaultError>;

    /// Switches `fill` and `rebalance` on or off. Switching off always works.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * Switching on with debt: [`VaultError::WouldTriggerNow`] at or above soft, and errors of the
    ///   price as `withdraw`.
    fn set_automation(env: Env, enabled: bool) -> Result<(), VaultError>;

    /// Claims the pool's emissions to `to`; returns the amount of BLND.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * Errors of the pool.
    fn claim(env: Env, reserve_token_ids: Vec<u32>, to: Address) -> Result<i128, VaultError>;

    /// Unwinds everything: executes each leg at the owner's own `min_proceeds` (no floor, no
    /// reward), repays what is left from the vault's balance, and sends all collateral and all
    /// idle balances of the legs' assets to `to`. With an open auction the first leg deletes it.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * [`VaultError::DebtRemains`], [`VaultError::UnhealthyAfter`] - a leg would leave the position
    ///   unhealthy.
    /// * As `rebalance` of adapter, venue, price and amounts. Errors of the pool.
    fn close(env: Env, legs: Vec<Step>, to: Address) -> Result<(), VaultError>;

    /// Executes a step at the owner's own terms, with or without an open auction: no floor, no
    /// clock, no budget and no target. Health must improve.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * [`VaultError::DoesNotImprove`], [`VaultError::UnhealthyAfter`].
    /// * As `rebalance` of adapter, venue, price and amounts. Errors of the pool.
    fn owner_rescue(env: Env, step: Step) -> Result<StepReport, VaultError>;

    /// Makes any batch of requests at the pool, in the vault's name: what the pool takes comes from
    /// the vault's idle balances and what it pays stays there (see `sweep`), netted token by token.
    /// Nothing is put in front: with an open auction the batch itself must delete it (type 9).
    ///
    /// The pool is allowed exactly what the requests name, and nothing afterwards. Reserves that enter
    /// the position, also by filling others' auctions, are remembered with their present factors. What
    /// is only lent (type 0) is no collateral, and `close` leaves it at the pool.
    ///
    /// # Authorisation
    /// The owner.
    ///
    /// # Errors
    /// * [`VaultError::RequestUnsupported`] - type 8.
    /// * [`VaultError::InvalidAmount`] - of a supply or repayment, not positive.
    /// * [`VaultError::TooManyAssets`].
    /// * [`VaultError::WouldTriggerNow`] and errors of the price, as `borrow`. Errors of the pool;
    ///   [`VaultError::PoolRefused`] also where idle balances do not suffice.
    fn owner_submit(env: Env, requests: Vec<Request>) -> Result<(), VaultError>;

    /// Replaces the vault's code by a version that its factory lists, and its receiver by that
    /// version's. Position, policy, window and reserve stay; nothing is called on the way.
    ///
    /// # Authorisation
    /// The owner, for exactly this hash. Nobody else can bring an upgrade about: the factory's admin
    /// can list versions (and not list them), and no other call of a vault depends on the factory.
    ///
    /// # Errors
    /// * [`VaultError::VersionNotListed`].
    fn upgrade(env: Env, expected_wasm_hash: BytesN<32>) -> Result<(), VaultError>;

    /// Deletes an open auction that is stale (500 ledgers) or that the position no longer
    /// deserves (it is healthy). Nothing is sold, and if the price falls again the next auction's
    /// clock starts anew, so anybody may do it.
    ///
    /// # Authorisation
    /// Nobody.
    ///
    /// # Errors
    /// * [`VaultError::NoAuction`], and until it is stale [`VaultError::PoolUnhealthy`],
    ///   [`VaultError::PoolStatusForbids`], [`VaultError::PriceMissing`],
    ///   [`VaultError::PriceStale`], [`VaultError::InvalidPrice`].
    fn clear_stale_auction(env: Env) -> Result<(), VaultError>;

    /// Sends the vault's whole idle balance of any token to `to`; returns the amount.
    ///
    /// # Authorisation
    /// The owner.
    fn sweep(env: Env, token: Address, to: Address) -> Result<i128, VaultError>;

    /// Proposes a new owner, who must accept. Proposing again replaces the proposal.
    ///
    /// # Authorisation
    /// The owner.
    fn propose_owner(env: Env, new_owner: Address) -> Result<(), VaultError>;

    /// Accepts ownership.
    ///
    /// # Authorisation
    /// The proposed owner.
    ///
    /// # Errors
    /// * [`VaultError::NoProposal`].
    fn accept_owner(env: Env) -> Result<(), VaultError>;

    // ---- Anyone ----------------------------------------------------------------------------

    /// The keeper brings `repay` of the debt asset and takes `collateral_out` for it, in one pool
    /// call: its bid. With an open auction this is a rescue. What exceeds the debt is refunded to
    /// the keeper and does not count.
    ///
    /// # Authorisation
    /// `keeper`, with `debt.transfer(keeper, vault, repay)` under it. The signed tree does not
    /// depend on the ledger's state.
    ///
    /// # Arguments
    /// * `repay` - smallest unit of `debt`; at least the floor for `collateral_out`.
    /// * `collateral_out` - smallest unit of `collateral`.
    /// * `deadline` - unix seconds.
    ///
    /// # Errors
    /// * [`VaultError::AutomationOff`], [`VaultError::DeadlinePassed`],
    ///   [`VaultError::UnknownAsset`].
    /// * [`VaultError::PriceMissing`], [`VaultError::PriceStale`],
    ///   [`VaultError::SecondOracleUnavailable`], [`VaultError::PriceDiverges`],
    ///   [`VaultError::InvalidPrice`].
    /// * [`VaultError::Overflow`] .. [`VaultError::InvalidPrice`] - the check's refusals, see
    ///   [`ballast_core::Refusal`].
    /// * Errors of the pool.
    fn fill(
        env: Env,
        keeper: Address,
        collateral: Address,
        debt: Address,
        repay: i128,
        collateral_out: i128,
        deadline: u64,
    ) -> Result<StepReport, VaultError>;

    /// Sells collateral through an adapter and repays debt. With an open auction this is a rescue.
    ///
    /// The keeper is paid out of proceeds above `min_proceeds`, at most the floor's discount.
    ///
    /// # Authorisation
    /// `keeper`; nothing under it.
    ///
    /// # Errors
    /// As `fill`, and [`VaultError::AdapterForbidden`], [`VaultError::ProceedsTooLow`],
    /// [`VaultError::BalanceDropped`], [`VaultError::PositionMismatch`]. A failing adapter is
    /// [`VaultError::VenueFailed`] on the plain path; on the flash path the pool hides the reason:
    /// [`VaultError::PoolRefused`].
    fn rebalance(
        env: Env,
        keeper: Address,
        step: Step,
        deadline: u64,
    ) -> Result<StepReport, VaultError>;

    /// Extends the lifetime of the vault's instance and code. Anybody may pay for it.
    fn extend_ttl(env: Env);

    // ---- Views -----------------------------------------------------------------------------

    /// Everything that the vault stores. Position, health and quotes are computed from it by the
    /// lens ([`crate::lens::Lens`]).
    fn state(env: Env) -> VaultState;

    /// The policy.
    fn policy(env: Env) -> VaultPolicy;

    /// Whether `fill` and `rebalance` are on.
    fn automation(env: Env) -> bool;

    /// The owner.
    fn owner(env: Env) -> Address;

    /// The pool.
    fn pool(env: Env) -> Address;
}

/// Arguments of a vault's constructor, in order: owner, pool, factory, receiver, policy.
pub type ConstructorArguments = (Address, Address, Address, Address, VaultPolicy);
