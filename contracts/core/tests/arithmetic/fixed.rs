//! Fixed point against big integers, over the whole range of `i128`.

use std::cmp::Ordering;

use ballast_core::fixed::{
    add, compare_products, interpolate_floor, mul_div_ceil, mul_div_floor, pow10, products_within,
    sub_floor_zero, ONE_E7,
};
use ballast_core::Refusal;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use proptest::prelude::*;

/// Any `i128`, with the magnitudes equally likely and the edges included.
fn any_magnitude() -> impl Strategy<Value = i128> {
    prop_oneof![
        8 => (0u32..127, any::<i128>()).prop_map(|(shift, value)| (value & i128::MAX) >> shift),
        1 => (0u32..127).prop_map(|bits| 1i128 << bits),
        1 => prop_oneof![Just(0), Just(1), Just(i128::MAX), Just(i128::MAX - 1)],
        1 => any::<i128>(),
    ]
}

fn expected_quotient(a: i128, b: i128, denominator: i128, ceil: bool) -> Result<i128, Refusal> {
    if a < 0 || b < 0 || denominator <= 0 {
        return Err(Refusal::Overflow);
    }
    let (product, denominator) = (BigInt::from(a) * b, BigInt::from(denominator));
    let numerator = if ceil {
        product + &denominator - 1
    } else {
        product
    };
    (numerator / denominator).to_i128().ok_or(Refusal::Overflow)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn mul_div_equals_big_integers(a in any_magnitude(), b in any_magnitude(), c in any_magnitude()) {
        prop_assert_eq!(mul_div_floor(a, b, c), expected_quotient(a, b, c, false));
        prop_assert_eq!(mul_div_ceil(a, b, c), expected_quotient(a, b, c, true));
    }

    #[test]
    fn compare_products_equals_big_integers(
        a in any_magnitude(), b in any_magnitude(), c in any_magnitude(), d in any_magnitude(),
    ) {
        let expected = if [a, b, c, d].iter().any(|value| *value < 0) {
            Err(Refusal::Overflow)
        } else {
            Ok((BigInt::from(a) * b).cmp(&(BigInt::from(c) * d)))
        };
        prop_assert_eq!(compare_products(a, b, c, d), expected);
    }

    #[test]
    fn products_within_equals_big_integers(
        a in any_magnitude(), b in any_magnitude(), nudge in -3_000_000i128..3_000_000,
        share_e7 in prop_oneof![4 => 0..=ONE_E7, 1 => 0..=i128::MAX],
    ) {
        prop_assume!(a >= 0 && b >= 0);
        // Near the bound, and far from it.
        for c in [a, expected_quotient(a, ONE_E7 + nudge, ONE_E7, false).unwrap_or(a)] {
            let (left, right) = (BigInt::from(a) * b, BigInt::from(c) * b);
            let difference = if left > right { &left - &right } else { &right - &left };
            let expected = difference * ONE_E7 <= right * share_e7;
            prop_assert_eq!(products_within(a, b, c, b, share_e7), Ok(expected));
        }
    }

    #[test]
    fn interpolate_floor_stays_between_and_rises(
        from in 0..=u32::MAX / 2, span in 0..=u32::MAX / 2, position in -ONE_E7..2 * ONE_E7,
    ) {
        let at = interpolate_floor(from, from + span, position);
        prop_assert!((i128::from(from)..=i128::from(from + span)).contains(&at));
        prop_assert!(at <= interpolate_floor(from, from + span, position + 1));
    }
}

#[test]
fn mul_div_fails_when_result_exceeds_128_bits() {
    assert_eq!(mul_div_floor(i128::MAX, 2, 1), Err(Refusal::Overflow));
    assert_eq!(
        mul_div_ceil(i128::MAX, i128::MAX, i128::MAX - 1),
        Err(Refusal::Overflow)
    );
    assert_eq!(
        mul_div_floor(i128::MAX, i128::MAX, i128::MAX),
        Ok(i128::MAX)
    );
}

#[test]
fn mul_div_fails_when_an_operand_has_no_meaning() {
    assert_eq!(mul_div_floor(1, 1, 0), Err(Refusal::Overflow));
    assert_eq!(mul_div_ceil(1, 1, -1), Err(Refusal::Overflow));
    assert_eq!(mul_div_floor(-1, 1, 1), Err(Refusal::Overflow));
    assert_eq!(mul_div_ceil(1, i128::MIN, 1), Err(Refusal::Overflow));
}

#[test]
fn products_within_succeeds_when_products_fill_256_bits() {
    let max = i128::MAX;
    assert_eq!(products_within(max, max, max, max, 0), Ok(true));
    assert_eq!(
        products_within(max, max, max, max / 2 + 1, ONE_E7),
        Ok(true)
    );
    assert_eq!(products_within(max, max, max, max / 2, ONE_E7), Ok(false));
    assert_eq!(
        products_within(max, max, max, max / 2, ONE_E7 / 2),
        Ok(false)
    );
    assert_eq!(products_within(max, max, 1, 1, ONE_E7), Ok(false));
    assert_eq!(products_within(max, max - 1, max, max, ONE_E7), Ok(true));
}

#[test]
fn compare_products_succeeds_when_products_exceed_128_bits() {
    let max = i128::MAX;
    assert_eq!(
        compare_products(max, max, max, max - 1),
        Ok(Ordering::Greater)
    );
}

#[test]
fn sums_and_powers_fail_when_beyond_128_bits() {
    assert_eq!(add(i128::MAX, 1), Err(Refusal::Overflow));
    assert_eq!(sub_floor_zero(1, 2), 0);
    assert_eq!(sub_floor_zero(i128::MIN, i128::MAX), 0);
    assert_eq!(pow10(38), Ok(10i128.pow(38)));
    assert_eq!(pow10(39), Err(Refusal::Overflow));
}
