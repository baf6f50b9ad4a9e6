//! The owner's policy: validation, ramps and presets.

use crate::fixed::{interpolate_floor, ONE_E7};

/// A step must land within this much of its target, 7 decimals. It covers the interest and the
/// price noise between a quote and its execution.
pub const LANDING_TOLERANCE_E7: i128 = 50_000;

/// When, how far and how cheaply the vault unwinds. Shares have 7 decimals (`1_0000000` = 100%).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Risk ratio at which unwinding starts.
    pub soft_e7: u32,
    /// Risk ratio at which it stops.
    pub target_e7: u32,
    /// Risk ratio at which steps and discount reach their maximum and the budget no longer binds.
    pub hard_e7: u32,
    /// Share of the debt value that one step may sell at the soft threshold. Half of it is the
    /// smallest step, unless less reaches the target or exhausts a collateral or a debt.
    pub step_min_e7: u32,
    /// Share of the debt value that one step may sell at the hard threshold.
    pub step_max_e7: u32,
    /// Most that is given up per unit sold, against the floor ratio, at the soft threshold.
    pub discount_min_e7: u32,
    /// The same at the hard threshold.
    pub discount_max_e7: u32,
    /// What one window may sell, as a share of the largest step at the window's first risk ratio.
    pub sold_budget_e7: u32,
    /// Length of a window in ledgers.
    pub window_ledgers: u32,
    /// Most of the equity that the discount may cost if the whole debt were repaid at it. A smaller
    /// step costs in proportion.
    pub max_cost_of_equity_e7: u32,
    /// Oldest pool-oracle round that is acted upon, seconds.
    pub max_price_age_seconds: u64,
    /// Largest difference between the second oracle and the pool's, share of the pool's ratio.
    pub max_price_deviation_e7: u32,
    /// Also take the pool oracle's previous round into the floor.
    pub use_previous_round: bool,
    /// Spend idle debt assets of the vault before selling collateral.
    pub reserve_first: bool,
    /// Reserve below this share of the debt is ignored.
    pub dust_reserve_e7: u32,
    /// Risk ratio at which a rescue lands.
    pub rescue_target_e7: u32,
    /// A rescue opens this many ledgers before the lot is worth a filler's while.
    pub rescue_window_ledgers: u32,
    /// How many times the volatility of one oracle round soft, target and hard are lowered by,
    /// 2 decimals (`1_00` = one standard deviation). Zero switches it off. See
    /// [`crate::volatility`].
    pub volatility_z_e2: u32,
    /// The most that they are lowered by, risk ratio, 7 decimals.
    pub volatility_shift_max_e7: u32,
}

/// Why a policy is refused. The numbers are the vault's error codes, append-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum PolicyError {
    /// Thresholds must satisfy `10% <= target`, `target + 1% <= soft < hard <= 100%` and
    /// `target < rescue_target <= 99.5%`.
    Thresholds = 160,
    /// Steps must satisfy `1% <= step_min <= step_max <= 100%`.
    Steps = 161,
    /// Discounts must satisfy `0 < discount_min <= discount_max <= 10%`.
    Discounts = 162,
    /// The budget must be 1%..=1000% and its window 1..=17,280 ledgers.
    Budget = 163,
    /// The share of equity must be in `0 < share <= 100%`.
    CostOfEquity = 164,
    /// The price age must be between twice the oracle's resolution and 24 hours, the deviation
    /// `0 < deviation <= 50%`.
    Prices = 165,
    /// The dust share must be at most 10%.
    Reserve = 166,
    /// The rescue window must be at most 200 ledgers.
    Rescue = 167,
    /// `volatility_z` must be at most ten, and `target - volatility_shift_max` at least 10%.
    Volatility = 168,
}

/// Lowest threshold that a policy may lead to.
const LEAST_TARGET_E7: u32 = 1_000_000;
/// Largest `volatility_z`: ten standard deviations of a round.
pub const MAX_VOLATILITY_Z_E2: u32 = 10_00;
/// Longest budget window: one day of 5-second ledgers.
pub const MAX_WINDOW_LEDGERS: u32 = 17_280;
/// Blend refuses prices older than this.
pub const POOL_MAX_PRICE_AGE_SECONDS: u64 = 86_400;

impl Policy {
    /// The default. `docs/policy.md` says on which data it was chosen, what else was tried, and how
    /// it did on data that was not used to choose.
    pub const BALANCED: Policy = Policy {
        soft_e7: 9_600_000,
        target_e7: 9_400_000,
        hard_e7: 9_900_000,
        step_min_e7: 2_500_000,
        step_max_e7: 10_000_000,
        discount_min_e7: 60_000,
        discount_max_e7: 300_000,
        sold_budget_e7: 10_000_000,
        window_ledgers: 60,
        max_cost_of_equity_e7: 2_000_000,
        max_price_age_seconds: 900,
        max_price_deviation_e7: 1_000_000,
        use_previous_round: true,
        reserve_first: true,
        dust_reserve_e7: 10_000,
        rescue_target_e7: 9_550_000,
        rescue_window_ledgers: 20,
        volatility_z_e2: 0,
        volatility_shift_max_e7: 0,
    };

    /// Unwinds early: fewer liquidations, more sold into dips that recover.
    pub const EARLY: Policy = Policy {
        soft_e7: 9_200_000,
        target_e7: 9_000_000,
        hard_e7: 9_800_000,
        rescue_target_e7: 9_150_000,
        ..Policy::BALANCED
    };

    /// Unwinds late: less sold, and a smaller gap is enough to be liquidated.
    pub const LATE: Policy = Policy {
        soft_e7: 9_800_000,
        target_e7: 9_700_000,
        hard_e7: 9_950_000,
        rescue_target_e7: 9_750_000,
        ..Policy::BALANCED
    };

    /// Checks every bound. `oracle_resolution_seconds` is the pool oracle's round length.
    pub fn validate(&self, oracle_resolution_seconds: u32) -> Result<(), PolicyError> {
        let one = ONE_E7 as u32;
        let ordered = self.target_e7 >= LEAST_TARGET_E7
            && self.target_e7 <= self.soft_e7.saturating_sub(100_000)
            && self.soft_e7 < self.hard_e7
            && self.hard_e7 <= one
            && self.target_e7 < self.rescue_target_e7
            && self.rescue_target_e7 <= 9_950_000;
        if !ordered {
            return Err(PolicyError::Thresholds);
        }
        if self.step_min_e7 < 100_000
            || self.step_min_e7 > self.step_max_e7
            || self.step_max_e7 > one
        {
            return Err(PolicyError::Steps);
        }
        if self.discount_min_e7 == 0
            || self.discount_min_e7 > self.discount_max_e7
            || self.discount_max_e7 > 1_000_000
        {
            return Err(PolicyError::Discounts);
        }
        if !(100_000..=100_000_000).contains(&self.sold_budget_e7)
            || !(1..=MAX_WINDOW_LEDGERS).contains(&self.window_ledgers)
        {
            return Err(PolicyError::Budget);
        }
        if self.max_cost_of_equity_e7 == 0 || self.max_cost_of_equity_e7 > one {
            return Err(PolicyError::CostOfEquity);
        }
        if self.max_price_age_seconds < 2 * u64::from(oracle_resolution_seconds)
            || self.max_price_age_seconds > POOL_MAX_PRICE_AGE_SECONDS
            || self.max_price_deviation_e7 == 0
            || self.max_price_deviation_e7 > 5_000_000
        {
            return Err(PolicyError::Prices);
        }
        if self.dust_reserve_e7 > 1_000_000 {
            return Err(PolicyError::Reserve);
        }
        if self.rescue_window_ledgers > 200 {
            return Err(PolicyError::Rescue);
        }
        if self.volatility_z_e2 > MAX_VOLATILITY_Z_E2
            || self.volatility_shift_max_e7 > self.target_e7 - LEAST_TARGET_E7
        {
            return Err(PolicyError::Volatility);
        }
        Ok(())
    }

    /// This policy with soft, target and hard lower by `shift_e7`. The distances between them are
    /// kept; the rescue's target is left, which an open auction and not the ramp leads to.
    pub fn lowered_by(&self, shift_e7: u32) -> Policy {
        Policy {
            soft_e7: self.soft_e7.saturating_sub(shift_e7),
            target_e7: self.target_e7.saturating_sub(shift_e7),
            hard_e7: self.hard_e7.saturating_sub(shift_e7),
            ..*self
        }
    }

    /// Where `risk_e7` lies between soft (0) and hard (100%), 7 decimals, clamped, rounded down.
    pub fn ramp_e7(&self, risk_e7: i128) -> i128 {
        let (soft, hard) = (i128::from(self.soft_e7), i128::from(self.hard_e7));
        let above = (risk_e7.clamp(soft, hard) - soft) as u64;
        i128::from(above * ONE_E7 as u64 / u64::from(self.hard_e7 - self.soft_e7))
    }

    /// Largest step at `risk_e7`, share of the debt value, rounded down.
    pub fn step_cap_e7(&self, risk_e7: i128) -> i128 {
        interpolate_floor(self.step_min_e7, self.step_max_e7, self.ramp_e7(risk_e7))
    }

    /// Smallest step, share of the debt value, rounded down. It is half of the smallest cap, so that
    /// a step quoted at the cap is still large enough a few ledgers and a price round later.
    pub fn step_floor_e7(&self) -> i128 {
        i128::from(self.step_min_e7) / 2
    }

    /// Discount at `position_e7` between its minimum and its maximum, rounded down.
    pub fn discount_at_e7(&self, position_e7: i128) -> i128 {
        interpolate_floor(self.discount_min_e7, self.discount_max_e7, position_e7)
    }
}
