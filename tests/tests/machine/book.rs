//! The value of a position by arithmetic of this test's own, from the pool's entries: interest,
//! bases, risk ratio. Shares nothing with the contracts or with `ballast-core`.
//!
//! Every asset here has 7 decimals and the oracle 14. Plain `i128` holds every product.

use crate::entries::RESERVES;

pub const E7: i128 = 10_000_000;
pub const E12: i128 = 1_000_000_000_000;
/// One whole token.
pub const TOKEN: i128 = E7;
const SECONDS_PER_YEAR: i128 = 31_536_000;

/// `a * b / c`, rounded down; all of them not negative.
pub fn floor(a: i128, b: i128, c: i128) -> i128 {
    a * b / c
}

/// `a * b / c`, rounded up; all of them not negative.
pub fn ceil(a: i128, b: i128, c: i128) -> i128 {
    (a * b + c - 1) / c
}

/// A reserve of the pool as it is stored.
#[derive(Clone, Debug)]
pub struct Reserve {
    pub collateral_factor_e7: i128,
    pub liability_factor_e7: i128,
    pub target_e7: i128,
    pub max_utilization_e7: i128,
    pub rates_e7: [i128; 4],
    pub b_rate: i128,
    pub d_rate: i128,
    pub modifier_e7: i128,
    pub b_supply: i128,
    pub d_supply: i128,
    pub last_time: i128,
}

impl Reserve {
    /// What lenders have, rounded down.
    pub fn supplied(&self) -> i128 {
        floor(self.b_supply, self.b_rate, E12)
    }

    /// What borrowers owe, rounded up.
    pub fn owed(&self) -> i128 {
        ceil(self.d_supply, self.d_rate, E12)
    }

    /// Share of the supply that is lent, at most 100%.
    pub fn utilization_e7(&self) -> i128 {
        let (owed, supplied) = (self.owed(), self.supplied());
        match owed {
            0 => 0,
            _ if owed >= supplied => E7,
            _ => ceil(owed, E7, supplied),
        }
    }

    /// Brings the rates to this time, the pool keeping this share of the interest for the backstop.
    pub fn accrue(&mut self, now: i128, backstop_e7: i128) {
        let utilization = self.utilization_e7();
        if now == self.last_time || self.b_supply == 0 || utilization == 0 {
            return;
        }
        let [base, one, two, three] = self.rates_e7;
        let (target, knee) = (self.target_e7, 9_500_000);
        let rate = if utilization <= target {
            let share = ceil(utilization, E7, target);
            ceil(ceil(share, one, E7) + base, self.modifier_e7, E7)
        } else if utilization <= knee {
            let share = ceil(utilization - target, E7, knee - target);
            ceil(ceil(share, two, E7) + one + base, self.modifier_e7, E7)
        } else {
            let share = ceil(utilization - knee, E7, E7 - knee);
            ceil(share, three, E7) + ceil(self.modifier_e7, two + one + base, E7)
        };
        let elapsed = now - self.last_time;
        let growth = E12 + ceil(elapsed * E12 / SECONDS_PER_YEAR, rate, E7);
        let (owed, supplied) = (self.owed(), self.supplied());
        self.d_rate = ceil(growth, self.d_rate, E12);
        let interest = self.owed() - owed;
        if interest > 0 {
            let kept = floor(interest, backstop_e7, E7);
            self.b_rate = floor(supplied + interest - kept, E12, self.b_supply);
        }
        self.last_time = now;
    }
}

/// What a position holds and owes of one reserve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Collateral shares.
    pub b: i128,
    /// Debt shares.
    pub d: i128,
}

/// A position at the pool's rates and the oracle's prices of now.
#[derive(Clone, Debug)]
pub struct Book {
    pub shares: [Shares; RESERVES],
    pub reserves: [Reserve; RESERVES],
    /// The oracle's last price of each; what is not held may have none (zero).
    pub prices: [i128; RESERVES],
}

impl Book {
    /// Collateral of a leg, rounded down.
    pub fn held(&self, leg: usize) -> i128 {
        floor(self.shares[leg].b, self.reserves[leg].b_rate, E12)
    }

    /// Debt of a leg, rounded up.
    pub fn owed(&self, leg: usize) -> i128 {
        ceil(self.shares[leg].d, self.reserves[leg].d_rate, E12)
    }

    /// Whether the leg counts.
    pub fn uses(&self, leg: usize) -> bool {
        self.shares[leg] != Shares::default()
    }

    pub fn has_debt(&self) -> bool {
        self.shares.iter().any(|shares| shares.d > 0)
    }

    /// Base value of an amount, rounded down.
    pub fn value(&self, leg: usize, amount: i128) -> i128 {
        floor(self.prices[leg], amount, TOKEN)
    }

    pub fn collateral_base(&self) -> i128 {
        let counted = |leg: usize| {
            let factor = self.reserves[leg].collateral_factor_e7;
            self.value(leg, floor(self.held(leg), factor, E7))
        };
        (0..RESERVES).map(counted).sum()
    }

    pub fn liability_base(&self) -> i128 {
        let counted = |leg: usize| {
            let factor = self.reserves[leg].liability_factor_e7;
            ceil(self.prices[leg], ceil(self.owed(leg), E7, factor), TOKEN)
        };
        (0..RESERVES).map(counted).sum()
    }

    pub fn debt_value(&self) -> i128 {
        let value = |leg: usize| ceil(self.prices[leg], self.owed(leg), TOKEN);
        (0..RESERVES).map(value).sum()
    }

    pub fn collateral_value(&self) -> i128 {
        (0..RESERVES)
            .map(|leg| self.value(leg, self.held(leg)))
            .sum()
    }

    /// Collateral less debt, not below zero.
    pub fn equity(&self) -> i128 {
        (self.collateral_value() - self.debt_value()).max(0)
    }

    /// Liability base over collateral base, rounded up; `i128::MAX` without collateral.
    pub fn risk_e7(&self) -> i128 {
        match (self.liability_base(), self.collateral_base()) {
            (0, _) => 0,
            (_, 0) => i128::MAX,
            (liability, collateral) => ceil(liability, E7, collateral),
        }
    }

    /// Whether the pool's check of health passes.
    pub fn healthy(&self) -> bool {
        let liability = self.liability_base();
        liability == 0
            || floor(self.collateral_base(), 10i128.pow(14), liability) >= 100_001_000_000_000
    }

    /// The same after a repayment as the pool takes it.
    pub fn repaid(&self, leg: usize, amount: i128) -> Book {
        let mut after = self.clone();
        let burned = floor(amount, E12, self.reserves[leg].d_rate);
        after.shares[leg].d -= burned.min(self.shares[leg].d);
        after
    }
}
