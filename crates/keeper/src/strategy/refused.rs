use ballast_client::ContractError;
use ballast_core::{quote::PoolRefusal, Refusal};
use std::fmt;

/// Why the vault would refuse a step: its error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused(pub u32);

impl Refused {
    /// Automation is switched off.
    pub const AUTOMATION_OFF: Refused = Refused(100);
    /// The adapter is a contract that the vault trusts or holds.
    pub const ADAPTER_FORBIDDEN: Refused = Refused(103);
    /// The position has a reserve that the vault does not know of.
    pub const UNKNOWN_ASSET: Refused = Refused(104);
    /// The pool's oracle has no price.
    pub const PRICE_MISSING: Refused = Refused(105);
    /// The pool oracle's last round is too old.
    pub const PRICE_STALE: Refused = Refused(106);
    /// The second oracle is required and has no fresh price.
    pub const SECOND_ORACLE_UNAVAILABLE: Refused = Refused(107);
    /// Utilization leaves nothing to withdraw or to lend.
    pub const NO_POOL_LIQUIDITY: Refused = Refused(111);
    /// The pool is on ice or frozen.
    pub const POOL_STATUS_FORBIDS: Refused = Refused(112);
    /// The reserve is disabled.
    pub const POOL_RESERVE_DISABLED: Refused = Refused(123);
    /// [`Refusal::NotAtRisk`].
    pub const NOT_AT_RISK: Refused = Refused(Refusal::NotAtRisk as u32);

    /// The contract's name for it.
    pub fn name(self) -> &'static str {
        ContractError::vault(self.0).name().unwrap_or("Unknown")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        // The numbers of the core's refusals are the vault's.
        Refused(refusal as u32)
    }
}

impl From<PoolRefusal> for Refused {
    fn from(refusal: PoolRefusal) -> Self {
        match refusal {
            PoolRefusal::Status => Refused::POOL_STATUS_FORBIDS,
            PoolRefusal::ReserveDisabled => Refused::POOL_RESERVE_DISABLED,
            PoolRefusal::Liquidity => Refused::NO_POOL_LIQUIDITY,
        }
    }
}
