//! Fixed point on non-negative `i128` with the rounding in the name.
//!
//! Products are 256 bits wide inside, so only a *result* beyond `i128::MAX` overflows. Negative
//! operands and a denominator that is not positive are refused as [`Refusal::Overflow`]: no caller
//! has a meaning for them.

use core::cmp::Ordering;

use crate::Refusal;

/// One, with 7 decimals.
pub const ONE_E7: i128 = 1_0000000;
/// One, with 12 decimals.
pub const ONE_E12: i128 = 1_000_000_000_000;

/// A product of two 128-bit numbers. Compared by `high`, then `low`.
///
/// Written out here because the division of a general 256-bit integer alone (`ethnum`) took 3.6 KB
/// of the vault, and a quotient beyond 128 bits is of no use. The compiler's own checked
/// product and division of 128 bits are another 2 KB, and stay out of the contracts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

const LOW_HALF: u128 = u64::MAX as u128;

impl Wide {
    /// `a * b`, by halves. A product of two halves fits 128 bits, so nothing wraps; a checked
    /// multiplication would bring 0.5 KB of the compiler's into the vault.
    fn product(a: u128, b: u128) -> Wide {
        let (a_high, a_low) = (a >> 64, a & LOW_HALF);
        let (b_high, b_low) = (b >> 64, b & LOW_HALF);
        let low = a_low.wrapping_mul(b_low);
        if a_high | b_high == 0 {
            // Nearly always: amounts, rates, prices and factors fit 64 bits.
            return Wide { high: 0, low };
        }
        let (left, right) = (a_high.wrapping_mul(b_low), a_low.wrapping_mul(b_high));
        let middle = (low >> 64) + (left & LOW_HALF) + (right & LOW_HALF);
        Wide {
            high: a_high.wrapping_mul(b_high) + (left >> 64) + (right >> 64) + (middle >> 64),
            low: (low & LOW_HALF) | (middle << 64),
        }
    }

    /// Quotient and remainder; `None` if the quotient exceeds 128 bits. `divisor` is positive and
    /// below 2^127, so that the doubled remainder fits.
    fn divide(self, divisor: u128) -> Option<(u128, u128)> {
        if self.high == 0 {
            return Some(match u64::try_from(divisor) {
                Ok(divisor) => divide_by_digit(self.low, divisor),
                Err(_) => divide_by_two_digits(self.low, divisor),
            });
        }
        if self.high >= divisor {
            return None;
        }
        // Long division, one bit at a time: rare, and small.
        let (mut remainder, mut rest, mut quotient) = (self.high, self.low, 0);
        for _ in 0..128 {
            remainder = (remainder << 1) | (rest >> 127);
            rest <<= 1;
            quotient <<= 1;
            if remainder >= divisor {
                remainder -= divisor;
                quotient |= 1;
            }
        }
        Some((quotient, remainder))
    }

    /// `self * factor`, 384 bits, most significant first.
    fn times(self, factor: u128) -> [u128; 3] {
        let (high, low) = (
            Wide::product(self.high, factor),
            Wide::product(self.low, factor),
        );
        let (middle, carries) = high.low.overflowing_add(low.high);
        [high.high + u128::from(carries), middle, low.low]
    }
}

fn unsigned(value: i128) -> Result<u128, Refusal> {
    u128::try_from(value).map_err(|_| Refusal::Overflow)
}

/// `a * b / denominator`, rounded up if `up`.
fn mul_div(a: i128, b: i128, denominator: i128, up: bool) -> Result<i128, Refusal> {
    if denominator <= 0 {
        return Err(Refusal::Overflow);
    }
    let (quotient, remainder) = product(a, b)?
        .divide(unsigned(denominator)?)
        .ok_or(Refusal::Overflow)?;
    let quotient = i128::try_from(quotient).map_err(|_| Refusal::Overflow)?;
    add(quotient, i128::from(up && remainder > 0))
}

fn product(a: i128, b: i128) -> Result<Wide, Refusal> {
    Ok(Wide::product(unsigned(a)?, unsigned(b)?))
}

/// Quotient and remainder of a division by 64 bits, which is what scales, rates and prices have.
/// Written out for size: the compiler's division of 128 bits takes 1.3 KB of the vault, and one use
/// of it anywhere is enough.
fn divide_by_digit(dividend: u128, divisor: u64) -> (u128, u128) {
    let (high, low) = ((dividend >> 64) as u64, dividend as u64);
    let (quotient_high, rest) = (high / divisor, high % divisor);
    let (quotient_low, rest) = if rest == 0 {
        (low / divisor, low % divisor)
    } else {
        divide_two_digits(rest, low, divisor)
    };
    let quotient = (u128::from(quotient_high) << 64) | u128::from(quotient_low);
    (quotient, u128::from(rest))
}

/// Quotient and remainder of a division by more than 64 bits: an estimate from the divisor's upper
/// half, one too small or exact (Hacker's Delight, 9-5).
fn divide_by_two_digits(dividend: u128, divisor: u128) -> (u128, u128) {
    let high = (divisor >> 64) as u64;
    let shift = high.leading_zeros();
    // The divisor's 64 leading bits; `high` has at least one.
    let leading = high << shift | ((divisor as u64) >> 1) >> (63 - shift);
    let half = dividend >> 1;
    let (estimate, _) = divide_two_digits((half >> 64) as u64, half as u64, leading);
    let quotient = u128::from((estimate >> (63 - shift)).saturating_sub(1));
    let remainder = dividend - quotient.wrapping_mul(divisor);
    if remainder >= divisor {
        (quotient + 1, remainder - divisor)
    } else {
        (quotient, remainder)
    }
}

/// `(high * 2^64 + low) / divisor` and its remainder for `high < divisor`, by digits of 32 bits:
/// Knuth's algorithm D (The Art of Computer Programming 2, 4.3.1).
fn divide_two_digits(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let (divisor_high, divisor_low) = (divisor >> 32, divisor & 0xffff_ffff);
    let (top, bottom) = (high << shift | (low >> 1) >> (63 - shift), low << shift);
    let digit = |top: u64, next: u64| -> (u64, u64) {
        let (mut guess, mut rest) = (top / divisor_high, top % divisor_high);
        while guess >> 32 != 0 || guess.wrapping_mul(divisor_low) > (rest << 32 | next) {
            guess -= 1;
            rest += divisor_high;
            if rest >> 32 != 0 {
                break;
            }
        }
        let left = (top << 32 | next).wrapping_sub(guess.wrapping_mul(divisor));
        (guess, left)
    };
    let (first, rest) = digit(top, bottom >> 32);
    let (second, rest) = digit(rest, bottom & 0xffff_ffff);
    (first << 32 | second, rest >> shift)
}

/// `floor(a * b / denominator)`.
pub fn mul_div_floor(a: i128, b: i128, denominator: i128) -> Result<i128, Refusal> {
    mul_div(a, b, denominator, false)
}

/// `ceil(a * b / denominator)`.
pub fn mul_div_ceil(a: i128, b: i128, denominator: i128) -> Result<i128, Refusal> {
    mul_div(a, b, denominator, true)
}

/// Compares `a * b` with `c * d` exactly.
pub fn compare_products(a: i128, b: i128, c: i128, d: i128) -> Result<Ordering, Refusal> {
    Ok(product(a, b)?.cmp(&product(c, d)?))
}

/// Whether `a * b` lies within `share_e7` of `c * d`: `|a*b - c*d| <= c*d * share_e7 / 1e7`,
/// exactly.
pub fn products_within(
    a: i128,
    b: i128,
    c: i128,
    d: i128,
    share_e7: i128,
) -> Result<bool, Refusal> {
    // Multiplied out, so that nothing is divided.
    let left = product(a, b)?.times(unsigned(ONE_E7)?);
    let right = product(c, d)?;
    let least = right.times(unsigned(sub_floor_zero(ONE_E7, share_e7))?);
    let most = right.times(unsigned(add(ONE_E7, share_e7)?)?);
    Ok((least..=most).contains(&left))
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
pub fn interpolate_floor(from: u32, to: u32, position_e7: i128) -> i128 {
    // 64 bits hold it, and keep the checked 128-bit product out of the contract.
    let position_e7 = position_e7.clamp(0, ONE_E7) as u64;
    let (from, span) = (u64::from(from), u64::from(to.saturating_sub(from)));
    i128::from(from + span * position_e7 / ONE_E7 as u64)
}

/// `10^decimals`, for the decimals of tokens and oracles.
pub fn pow10(decimals: u32) -> Result<i128, Refusal> {
    (0..decimals).try_fold(1, |power, _| mul_div_floor(power, 10, 1))
}
