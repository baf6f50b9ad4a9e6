//! The exchange ratio of two assets and the floor over several price sources.

use core::cmp::Ordering;

use crate::fixed::{compare_products, mul_div_ceil, mul_div_floor, products_within};
use crate::health::Leg;
use crate::Refusal;

/// Units of the debt asset per unit of the collateral asset, as a fraction of two positive
/// numbers. Both legs come from one source, so the source's decimals cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// One unit of debt asset for one of collateral: the ratio of an asset with itself.
    pub const PAR: Ratio = Ratio {
        numerator: 1,
        denominator: 1,
    };

    /// The ratio at which a source values the collateral of `collateral` in the asset of `debt`.
    ///
    /// # Errors
    /// * [`Refusal::InvalidPrice`] - a price is not positive.
    /// * [`Refusal::Overflow`] - a price times the difference in decimals exceeds 128 bits.
    pub fn new(
        collateral: &Leg,
        collateral_price: i128,
        debt: &Leg,
        debt_price: i128,
    ) -> Result<Ratio, Refusal> {
        if collateral_price <= 0 || debt_price <= 0 {
            return Err(Refusal::InvalidPrice);
        }
        // Only the difference in decimals enters, so that 18-decimal tokens fit. Both scalars are
        // powers of ten: nothing is rounded.
        let least = debt.asset_scalar.min(collateral.asset_scalar);
        Ok(Ratio {
            numerator: mul_div_floor(collateral_price, debt.asset_scalar, least)?,
            denominator: mul_div_floor(debt_price, collateral.asset_scalar, least)?,
        })
    }

    /// Debt units that `amount` of collateral is worth, rounded up.
    pub fn convert_ceil(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_ceil(amount, self.numerator, self.denominator)
    }

    /// Debt units that `amount` of collateral is worth, rounded down.
    pub fn convert_floor(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_floor(amount, self.numerator, self.denominator)
    }

    /// The higher of two ratios.
    pub fn max(self, other: Ratio) -> Result<Ratio, Refusal> {
        let order = compare_products(
            self.numerator,
            other.denominator,
            other.numerator,
            self.denominator,
        )?;
        Ok(if order == Ordering::Less { other } else { self })
    }

    /// Whether this ratio lies within `share_e7` of `reference`.
    pub fn within(&self, reference: &Ratio, share_e7: i128) -> Result<bool, Refusal> {
        products_within(
            self.numerator,
            reference.denominator,
            reference.numerator,
            self.denominator,
            share_e7,
        )
    }

    /// Collateral units that buy `amount` of debt, rounded down.
    pub fn invert_floor(&self, amount: i128) -> Result<i128, Refusal> {
        mul_div_floor(amount, self.denominator, self.numerator)
    }
}

/// What each source says of one leg's asset. Prices of different sources are never mixed in one
/// ratio, so each may have its own decimals and base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourcePrices {
    /// The pool oracle's round before the last, where the policy asks for it and it is served.
    pub previous: Option<i128>,
    /// The second oracle's fresh price, where the policy names one.
    pub second: Option<i128>,
}

/// What a step of one pair is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floor {
    /// The ratio under which nothing is sold.
    pub least: Ratio,
    /// The highest ratio that any source tells, at least [`Floor::least`]: what a rescue's cost is
    /// measured at.
    pub highest: Ratio,
}

impl Floor {
    /// An asset against itself.
    pub const PAR: Floor = Floor {
        least: Ratio::PAR,
        highest: Ratio::PAR,
    };
}

/// The floor of a pair. The ratio under which nothing is sold is the highest of the pool oracle's
/// last round, its round before (unless `latest_only`), and the second oracle.
///
/// # Errors
/// * [`Refusal::PriceDiverges`] - the second oracle differs from the pool's by more than
///   `max_deviation_e7` of the pool's ratio.
/// * As [`Ratio::new`].
pub fn floor_ratio(
    collateral: (&Leg, &SourcePrices),
    debt: (&Leg, &SourcePrices),
    max_deviation_e7: i128,
    latest_only: bool,
) -> Result<Floor, Refusal> {
    let (collateral_leg, collateral_sources) = collateral;
    let (debt_leg, debt_sources) = debt;
    let latest = Ratio::new(
        collateral_leg,
        collateral_leg.price,
        debt_leg,
        debt_leg.price,
    )?;
    let mut least = latest;
    if let (Some(c), Some(d)) = (collateral_sources.second, debt_sources.second) {
        let second = Ratio::new(collateral_leg, c, debt_leg, d)?;
        if !second.within(&latest, max_deviation_e7)? {
            return Err(Refusal::PriceDiverges);
        }
        least = least.max(second)?;
    }
    let mut highest = least;
    if let (Some(c), Some(d)) = (collateral_sources.previous, debt_sources.previous) {
        highest = highest.max(Ratio::new(collateral_leg, c, debt_leg, d)?)?;
    }
    Ok(Floor {
        least: if latest_only { least } else { highest },
        highest,
    })
}
