//! Why there is no answer.

use ballast_core::policy::PolicyError;
use ballast_core::quote::PoolRefusal;
use ballast_core::Refusal;

/// A number of the vault's error list, or one of those below 100 that are named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u32);

impl Code {
    /// The question has another version of the layout.
    pub const VERSION: Code = Code(1);
    /// The question is shorter or longer than it says or than its parts are.
    pub const LENGTH: Code = Code(2);
    /// A number of the question is out of its range.
    pub const RANGE: Code = Code(3);
    /// The question names no reserve, or one that is not there.
    pub const RESERVE: Code = Code(4);

    /// `VaultError::AutomationOff`.
    pub const AUTOMATION_OFF: Code = Code(100);
    /// `VaultError::UnknownAsset`.
    pub const UNKNOWN_ASSET: Code = Code(104);
    /// `VaultError::PriceMissing`.
    pub const PRICE_MISSING: Code = Code(105);
    /// `VaultError::PriceStale`.
    pub const PRICE_STALE: Code = Code(106);
    /// `VaultError::SecondOracleUnavailable`.
    pub const SECOND_ORACLE_UNAVAILABLE: Code = Code(107);
    /// `VaultError::NoPoolLiquidity`.
    pub const NO_POOL_LIQUIDITY: Code = Code(111);
    /// `VaultError::PoolStatusForbids`.
    pub const POOL_STATUS_FORBIDS: Code = Code(112);
    /// `VaultError::AuctionOpen`.
    pub const AUCTION_OPEN: Code = Code(116);
    /// `VaultError::NoAuction`.
    pub const NO_AUCTION: Code = Code(118);
    /// `VaultError::PoolReserveDisabled`.
    pub const POOL_RESERVE_DISABLED: Code = Code(123);
}

impl From<Refusal> for Code {
    fn from(refusal: Refusal) -> Self {
        Code(refusal as u32)
    }
}

impl From<PolicyError> for Code {
    fn from(error: PolicyError) -> Self {
        Code(error as u32)
    }
}

impl From<PoolRefusal> for Code {
    fn from(refusal: PoolRefusal) -> Self {
        match refusal {
            PoolRefusal::Status => Code::POOL_STATUS_FORBIDS,
            PoolRefusal::ReserveDisabled => Code::POOL_RESERVE_DISABLED,
            PoolRefusal::Liquidity => Code::NO_POOL_LIQUIDITY,
        }
    }
}
