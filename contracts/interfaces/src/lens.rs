//! The lens: views of a vault, computed on the same code as the vault's own check.

use ballast_interfaces_macros::docs_off_chain;
use soroban_sdk::{contractclient, contracttype, Address, Bytes, Env, Vec};

use crate::error::VaultError;
use crate::vault::{Path, Step};

/// One asset of the position, as the pool has it.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PositionLeg {
    /// The asset.
    pub asset: Address,
    /// Collateral, smallest unit, rounded down.
    pub collateral: i128,
    /// Debt, smallest unit, rounded up.
    pub debt: i128,
    /// Idle balance of the vault, smallest unit.
    pub reserve: i128,
}

/// Factors of a reserve that differ from those that the policy accepted.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FactorChange {
    /// The asset.
    pub asset: Address,
    /// Collateral factor when the policy was set, 7 decimals.
    pub accepted_collateral_e7: u32,
    /// Collateral factor now, 7 decimals.
    pub collateral_e7: u32,
    /// Liability factor when the policy was set, 7 decimals.
    pub accepted_liability_e7: u32,
    /// Liability factor now, 7 decimals.
    pub liability_e7: u32,
}

/// How the vault stands.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Health {
    /// Liability base over collateral base, 7 decimals, rounded up; 100% is where the pool
    /// liquidates. `i128::MAX` with debt and no collateral.
    pub risk_ratio_e7: i128,
    /// Debt value over collateral value, 7 decimals, rounded up.
    pub nominal_ltv_e7: i128,
    /// Nominal LTV at which the pool liquidates, at the present mix, 7 decimals, rounded down.
    pub liquidation_ltv_e7: i128,
    /// The soft threshold in force: the policy's, less the shift for volatility, 7 decimals.
    pub soft_e7: u32,
    /// The target in force, likewise, 7 decimals.
    pub target_e7: u32,
    /// Base value of all collateral, rounded down.
    pub collateral_value: i128,
    /// Base value of all debt, rounded up.
    pub debt_value: i128,
    /// For one collateral and one debt: the collateral's price at which the pool liquidates, the
    /// debt's price unchanged, in the oracle's decimals, rounded up.
    pub liquidation_price: Option<i128>,
    /// First ledger of the open liquidation auction.
    pub auction_start_ledger: Option<u32>,
    /// Reserves whose factors differ from the accepted ones.
    pub changed_factors: Vec<FactorChange>,
}

/// A step that `rebalance` accepts at this ledger state.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StepQuote {
    /// To pass on.
    pub step: Step,
    /// Least `min_proceeds` for `step.sell`, smallest unit of the debt asset.
    pub floor: i128,
    /// Most that the keeper can be paid, smallest unit of the debt asset.
    pub largest_reward: i128,
    /// Reserve that the call spends before the sale, smallest unit of the debt asset. If it alone
    /// leads below soft, `step.sell` is zero and the call stops there.
    pub reserve_spent: i128,
    /// Base value that the window may still sell.
    pub budget_left: i128,
    /// Risk ratio after the step, 7 decimals.
    pub risk_after_e7: i128,
    /// Whether the call rescues: an auction is open.
    pub rescue: bool,
}

/// Views of a vault. Stateless: reads the vault's state, the pool and the oracles.
///
/// Separate from the vault so that the contract that holds the position stays small.
#[contractclient(name = "LensClient")]
pub trait Lens {
    /// The position, leg by leg, with the reserve beside it.
    fn position(env: Env, vault: Address) -> Result<Vec<PositionLeg>, VaultError>;

    /// How the vault stands.
    ///
    /// # Errors
    /// * [`VaultError::PriceMissing`], [`VaultError::PriceStale`], [`VaultError::InvalidPrice`].
    fn health(env: Env, vault: Address) -> Result<Health, VaultError>;

    /// A step that `rebalance` accepts at this ledger state, by the cheapest pair, to be sold
    /// through `adapter` on `route`.
    ///
    /// # Errors
    /// The error that `rebalance` would give.
    fn quote_rebalance(
        env: Env,
        vault: Address,
        path: Path,
        adapter: Address,
        route: Bytes,
    ) -> Result<StepQuote, VaultError>;

    /// The same for `fill`: pass `step.min_proceeds` as `repay` and `step.sell` as
    /// `collateral_out`.
    ///
    /// # Errors
    /// The error that `fill` would give.
    fn quote_fill(env: Env, vault: Address) -> Result<StepQuote, VaultError>;
}
