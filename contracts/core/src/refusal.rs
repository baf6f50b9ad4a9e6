//! One typed reason for each way not to act.

/// Why a step is refused. The numbers are the vault's error codes, append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Refusal {
    /// An intermediate or final number does not fit 128 bits.
    Overflow = 130,
    /// An amount is zero or negative.
    InvalidAmount = 131,
    /// The position has no debt, or none in the asset that the step repays.
    NoDebt = 132,
    /// The position holds none of the collateral that the step sells.
    NoCollateral = 133,
    /// The risk ratio is below the soft threshold.
    NotAtRisk = 134,
    /// The step repays less than the floor for what it sells.
    BelowFloor = 135,
    /// The step is smaller than the smallest useful one.
    StepTooSmall = 136,
    /// The step is larger than the cap for the present risk ratio.
    StepTooLarge = 137,
    /// The window's budget of sales does not cover the step.
    BudgetExhausted = 138,
    /// The step lands further than the target.
    LandsBelowTarget = 139,
    /// A rescue does not reach the rescue target.
    LandsAboveRescueTarget = 140,
    /// The step does not improve health: at this discount selling makes it worse.
    DoesNotImprove = 141,
    /// The position after the step would fail the pool's own health check.
    UnhealthyAfter = 142,
    /// The plain path would fail the pool's check of health or of the minimum collateral between
    /// withdrawal and repayment.
    PlainExceedsSlack = 143,
    /// The step sells more of the collateral than the position holds.
    ExceedsCollateral = 144,
    /// The step would leave debt on collateral under the pool's minimum.
    LeavesStub = 145,
    /// The risk ratio is 100% or more and no auction is open, or the open auction's lot is not yet
    /// worth what a filler would take: waiting is still free.
    RescueTooEarly = 146,
    /// The rescue would cost more than being filled.
    TooDeep = 147,
    /// Two price sources differ by more than the policy allows.
    PriceDiverges = 148,
    /// A price is zero or negative.
    InvalidPrice = 149,
}
