//! Fixed point on non-negative `i128` with the rounding in the name.
//!
//! Products are 256 bits wide inside, so only a *result* beyond `i128::MAX` overflows. Negative
//! operands and a denominator that is not positive are refused as [`Refusal::Overflow`]: no caller
//! has a meaning for them.

use core::cmp::Ordering;

use ethnum::U256;

use crate::Refusal;

/// One, with 7 decimals.
pub const ONE_E7: i128 = 1_0000000;
/// One, with 12 decimals.
pub const ONE_E12: i128 = 1_000_000_000_000;

fn wide(value: i128) -> Result<U256, Refusal> {
    u128::try_from(value)
        .map(U256::from)
        .map_err(|_| Refusal::Overflow)
}

fn narrow(value: U256) -> Result<i128, Refusal> {
    i128::try_from(value).map_err(|_| Refusal::Overflow)
}

/// `floor(a * b / denominator)`.
pub fn mul_div_floor(a: i128, b: i128, denominator: i128) -> Result<i128, Refusal> {
    if a < 0 || b < 0 || denominator <= 0 {
        return Err(Refusal::Overflow);
    }
    if let Some(product) = a.checked_mul(b) {
        return Ok(product / denominator);
    }
    narrow(wide(a)? * wide(b)? / wide(denominator)?)
}

/// `ceil(a * b / denominator)`.
pub fn mul_div_ceil(a: i128, b: i128, denominator: i128) -> Result<i128, Refusal> {
    if a < 0 || b < 0 || denominator <= 0 {
        return Err(Refusal::Overflow);
    }
    if let Some(product) = a.checked_mul(b) {
        let quotient = product / denominator;
        return if quotient * denominator == product {
            Ok(quotient)
        } else {
            Ok(quotient + 1)
        };
    }
    let (product, denominator) = (wide(a)? * wide(b)?, wide(denominator)?);
    let quotient = product / denominator;
    if quotient * denominator == product {
        narrow(quotient)
    } else {
        narrow(quotient + U256::ONE)
    }
}

/// Compares `a * b` with `c * d` exactly.
pub fn compare_products(a: i128, b: i128, c: i128, d: i128) -> Result<Ordering, Refusal> {
    Ok((wide(a)? * wide(b)?).cmp(&(wide(c)? * wide(d)?)))
}

/// Whether `a * b` lies within `share_e7` of `c * d`: `|a*b - c*d| <= c*d * share_e7 / 1e7`.
///
/// Exact, unless both sides exceed 256 bits (then the bound is rounded down by at most `share_e7`,
/// which is nothing beside such products).
pub fn products_within(
    a: i128,
    b: i128,
    c: i128,
    d: i128,
    share_e7: i128,
) -> Result<bool, Refusal> {
    let (left, right) = (wide(a)? * wide(b)?, wide(c)? * wide(d)?);
    let difference = if left > right {
        left - right
    } else {
        right - left
    };
    let (share, one) = (wide(share_e7)?, wide(ONE_E7)?);
    // Multiplied out: a division of 256 bits is the most expensive thing that this crate does.
    Ok(
        match (difference.checked_mul(one), right.checked_mul(share)) {
            (Some(difference), Some(bound)) => difference <= bound,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (None, None) => (right / one)
                .checked_mul(share)
                .is_none_or(|bound| difference <= bound),
        },
    )
}

/// `a + b`.
pub fn add(a: i128, b: i128) -> Result<i128, Refusal> {
    a.checked_add(b).ok_or(Refusal::Overflow)
}

/// `max(a - b, 0)`.
pub fn sub_floor_zero(a: i128, b: i128) -> i128 {
    a.saturating_sub(b).max(0)
}

/// Linear interpolation from `from` (at `position_e7` = 0) to `to` (at 100%), rounded down.
/// `position_e7` is clamped to 0..=100%. `from <= to` is the caller's (validated) promise.
pub fn interpolate_floor(from: i128, to: i128, position_e7: i128) -> i128 {
    let position_e7 = position_e7.clamp(0, ONE_E7);
    from + (to - from) * position_e7 / ONE_E7
}

/// `10^decimals`, for the decimals of tokens and oracles.
pub fn pow10(decimals: u32) -> Result<i128, Refusal> {
    10i128.checked_pow(decimals).ok_or(Refusal::Overflow)
}
