//! The sums of a position by the formulas of Blend, in big integers.

use ballast_core::health::Position;
use num_bigint::BigInt;

/// Totals of a position, unbounded.
pub struct BigTotals {
    pub collateral_base: BigInt,
    pub liability_base: BigInt,
    pub collateral_value: BigInt,
    pub debt_value: BigInt,
}

/// The sums of `pool/src/pool/health_factor.rs` of Blend v2.0.0, written from its formulas:
/// `floor(price * floor(floor(b * b_rate / 1e12) * c / 1e7) / 10^dec)` and
/// `ceil(price * ceil(ceil(d * d_rate / 1e12) * 1e7 / l) / 10^dec)`.
pub fn big_totals(position: &Position) -> BigTotals {
    let floor = |a: BigInt, b: i128, c: i128| a * b / c;
    let ceil = |a: BigInt, b: i128, c: i128| (a * b + (c - 1)) / c;
    let mut totals = BigTotals {
        collateral_base: BigInt::from(0),
        liability_base: BigInt::from(0),
        collateral_value: BigInt::from(0),
        debt_value: BigInt::from(0),
    };
    for leg in &position.legs {
        let held = floor(leg.b_tokens.into(), leg.b_rate_e12, 1_000_000_000_000);
        let counted = floor(held.clone(), leg.collateral_factor_e7, 10_000_000);
        totals.collateral_base += floor(counted, leg.price, leg.asset_scalar);
        totals.collateral_value += floor(held, leg.price, leg.asset_scalar);
        let owed = ceil(leg.d_tokens.into(), leg.d_rate_e12, 1_000_000_000_000);
        let counted = ceil(owed.clone(), 10_000_000, leg.liability_factor_e7);
        totals.liability_base += ceil(counted, leg.price, leg.asset_scalar);
        totals.debt_value += ceil(owed, leg.price, leg.asset_scalar);
    }
    totals
}
