//! Error codes. They surface bare on the network, so each contract has a block of its own, and a
//! number never changes its meaning: vault 100s, factory 200s, receiver 300s, adapters 500s.

#[cfg(feature = "vault")]
use ballast_core::{policy::PolicyError, quote::PoolRefusal, Refusal};
use ballast_interfaces_macros::docs_off_chain;
use soroban_sdk::contracterror;

/// Errors of the vault.
#[cfg(feature = "vault")]
#[docs_off_chain]
#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq, PartialOrd, Ord)]
#[repr(u32)]
pub enum VaultError {
    /// Automation is switched off; only the owner acts.
    AutomationOff = 100,
    /// The call arrived after its deadline.
    DeadlinePassed = 101,
    /// The call would leave the vault at or above its own soft threshold.
    WouldTriggerNow = 102,
    /// The adapter is a contract that the vault trusts or holds: vault, pool, token, oracle,
    /// receiver or factory.
    AdapterForbidden = 103,
    /// The asset is not a reserve of the pool, or not part of the position.
    UnknownAsset = 104,
    /// The pool's oracle has no price for an asset of the position.
    PriceMissing = 105,
    /// The pool oracle's last round is older than the policy allows.
    PriceStale = 106,
    /// The second oracle is required by the policy and has no fresh price.
    SecondOracleUnavailable = 107,
    /// Less arrived than `min_proceeds`.
    ProceedsTooLow = 108,
    /// A token balance of the vault would be lower than before.
    BalanceDropped = 109,
    /// The pool reports a position that is worse than the checked one.
    PositionMismatch = 110,
    /// Blend 1207: utilization leaves nothing to withdraw or to lend.
    NoPoolLiquidity = 111,
    /// Blend 1206: the pool's status (on ice, frozen) forbids it.
    PoolStatusForbids = 112,
    /// Blend 1210: the pool itself refuses the oracle's price.
    PoolPriceInvalid = 113,
    /// Blend 1205: the position would not be healthy.
    PoolUnhealthy = 114,
    /// Blend 1224: debt would stand on less than the pool's minimum collateral.
    PoolMinCollateral = 115,
    /// Blend 1212: a liquidation auction is open.
    AuctionOpen = 116,
    /// Blend refused for another reason, or a token refused the transfer.
    PoolRefused = 117,
    /// No liquidation auction is open.
    NoAuction = 118,
    /// Nobody was proposed as owner.
    NoProposal = 119,
    /// The vault holds less of the token than asked for.
    InsufficientReserve = 120,
    /// Blend 1208: the pool allows no more positions.
    PoolMaxPositions = 121,
    /// Blend 1220: the reserve's supply cap is reached.
    PoolSupplyCap = 122,
    /// Blend 1223: the reserve is disabled.
    PoolReserveDisabled = 123,
    /// `close` left debt: a leg repaid too little and the reserve does not cover the rest.
    DebtRemains = 124,
    /// The adapter failed.
    VenueFailed = 125,
    /// The vault uses as many reserves of its pool as it can, ten.
    TooManyAssets = 126,
    /// The factory lists no version with that hash.
    VersionNotListed = 127,
    /// A vault cannot make that request: filling an interest auction needs a donation to the backstop,
    /// of an amount that nobody can authorise beforehand.
    RequestUnsupported = 128,

    /// [`Refusal::Overflow`].
    Overflow = 130,
    /// [`Refusal::InvalidAmount`].
    InvalidAmount = 131,
    /// [`Refusal::NoDebt`].
    NoDebt = 132,
    /// [`Refusal::NoCollateral`].
    NoCollateral = 133,
    /// [`Refusal::NotAtRisk`].
    NotAtRisk = 134,
    /// [`Refusal::BelowFloor`].
    BelowFloor = 135,
    /// [`Refusal::StepTooSmall`].
    StepTooSmall = 136,
    /// [`Refusal::StepTooLarge`].
    StepTooLarge = 137,
    /// [`Refusal::BudgetExhausted`].
    BudgetExhausted = 138,
    /// [`Refusal::LandsBelowTarget`].
    LandsBelowTarget = 139,
    /// [`Refusal::LandsAboveRescueTarget`].
    LandsAboveRescueTarget = 140,
    /// [`Refusal::DoesNotImprove`].
    DoesNotImprove = 141,
    /// [`Refusal::UnhealthyAfter`].
    UnhealthyAfter = 142,
    /// [`Refusal::PlainExceedsSlack`].
    PlainExceedsSlack = 143,
    /// [`Refusal::ExceedsCollateral`].
    ExceedsCollateral = 144,
    /// [`Refusal::LeavesStub`].
    LeavesStub = 145,
    /// [`Refusal::RescueTooEarly`].
    RescueTooEarly = 146,
    /// [`Refusal::TooDeep`].
    TooDeep = 147,
    /// [`Refusal::PriceDiverges`].
    PriceDiverges = 148,
    /// [`Refusal::InvalidPrice`].
    InvalidPrice = 149,

    /// [`PolicyError::Thresholds`].
    PolicyThresholds = 160,
    /// [`PolicyError::Steps`].
    PolicySteps = 161,
    /// [`PolicyError::Discounts`].
    PolicyDiscounts = 162,
    /// [`PolicyError::Budget`].
    PolicyBudget = 163,
    /// [`PolicyError::CostOfEquity`].
    PolicyCostOfEquity = 164,
    /// [`PolicyError::Prices`].
    PolicyPrices = 165,
    /// [`PolicyError::Reserve`].
    PolicyReserve = 166,
    /// [`PolicyError::Rescue`].
    PolicyRescue = 167,
    /// [`PolicyError::Volatility`].
    PolicyVolatility = 168,
}

#[cfg(feature = "vault")]
impl From<Refusal> for VaultError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Overflow => VaultError::Overflow,
            Refusal::InvalidAmount => VaultError::InvalidAmount,
            Refusal::NoDebt => VaultError::NoDebt,
            Refusal::NoCollateral => VaultError::NoCollateral,
            Refusal::NotAtRisk => VaultError::NotAtRisk,
            Refusal::BelowFloor => VaultError::BelowFloor,
            Refusal::StepTooSmall => VaultError::StepTooSmall,
            Refusal::StepTooLarge => VaultError::StepTooLarge,
            Refusal::BudgetExhausted => VaultError::BudgetExhausted,
            Refusal::LandsBelowTarget => VaultError::LandsBelowTarget,
            Refusal::LandsAboveRescueTarget => VaultError::LandsAboveRescueTarget,
            Refusal::DoesNotImprove => VaultError::DoesNotImprove,
            Refusal::UnhealthyAfter => VaultError::UnhealthyAfter,
            Refusal::PlainExceedsSlack => VaultError::PlainExceedsSlack,
            Refusal::ExceedsCollateral => VaultError::ExceedsCollateral,
            Refusal::LeavesStub => VaultError::LeavesStub,
            Refusal::RescueTooEarly => VaultError::RescueTooEarly,
            Refusal::TooDeep => VaultError::TooDeep,
            Refusal::PriceDiverges => VaultError::PriceDiverges,
            Refusal::InvalidPrice => VaultError::InvalidPrice,
        }
    }
}

#[cfg(feature = "vault")]
impl From<PoolRefusal> for VaultError {
    fn from(refusal: PoolRefusal) -> Self {
        match refusal {
            PoolRefusal::Status => VaultError::PoolStatusForbids,
            PoolRefusal::ReserveDisabled => VaultError::PoolReserveDisabled,
            PoolRefusal::Liquidity => VaultError::NoPoolLiquidity,
        }
    }
}

#[cfg(feature = "vault")]
impl From<PolicyError> for VaultError {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::Thresholds => VaultError::PolicyThresholds,
            PolicyError::Steps => VaultError::PolicySteps,
            PolicyError::Discounts => VaultError::PolicyDiscounts,
            PolicyError::Budget => VaultError::PolicyBudget,
            PolicyError::CostOfEquity => VaultError::PolicyCostOfEquity,
            PolicyError::Prices => VaultError::PolicyPrices,
            PolicyError::Reserve => VaultError::PolicyReserve,
            PolicyError::Rescue => VaultError::PolicyRescue,
            PolicyError::Volatility => VaultError::PolicyVolatility,
        }
    }
}

/// Errors of the factory.
#[cfg(feature = "factory")]
#[docs_off_chain]
#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq, PartialOrd, Ord)]
#[repr(u32)]
pub enum FactoryError {
    /// The admin has paused creation.
    CreationPaused = 200,
    /// No version has that index.
    UnknownVersion = 201,
    /// Blend's pool factory did not deploy that pool.
    NotABlendPool = 202,
    /// The owner has a vault on that pool with that nonce.
    VaultExists = 203,
    /// Nobody was proposed as admin.
    NoProposal = 204,
    /// The vault would refuse the policy: see `ballast_core::policy::PolicyError`.
    InvalidPolicy = 205,
    /// A version with that wasm hash is listed already.
    VersionExists = 206,
}

/// Errors of the receiver.
#[cfg(feature = "receiver")]
#[docs_off_chain]
#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq, PartialOrd, Ord)]
#[repr(u32)]
pub enum ReceiverError {
    /// The vault has armed nothing.
    NotArmed = 300,
    /// Token or amount of the loan differ from what was armed.
    WrongLoan = 301,
}

/// Errors of adapters.
#[cfg(feature = "adapter")]
#[docs_off_chain]
#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq, PartialOrd, Ord)]
#[repr(u32)]
pub enum AdapterError {
    /// The route does not decode to what this adapter expects.
    InvalidRoute = 500,
}
