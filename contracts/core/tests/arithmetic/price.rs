//! Ratios and the floor over several sources.

use ballast_core::health::Leg;
use ballast_core::price::{floor_ratio, Ratio, SourcePrices};
use ballast_core::Refusal;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use proptest::prelude::*;

use crate::scene::{Scene, BASE, TOKEN, USDC, XLM};

const DEVIATION_E7: i128 = 1_000_000;

fn legs() -> (Leg, Leg) {
    let scene = Scene::at_risk(9_600_000);
    (scene.position.legs[XLM], scene.position.legs[USDC])
}

fn sources(previous: Option<i128>, second: Option<i128>) -> SourcePrices {
    SourcePrices { previous, second }
}

fn floor(xlm: SourcePrices, usdc: SourcePrices, latest_only: bool) -> Result<Ratio, Refusal> {
    let legs = legs();
    let floor = floor_ratio((&legs.0, &xlm), (&legs.1, &usdc), DEVIATION_E7, latest_only)?;
    let highest = floor.highest.max(floor.least)?;
    assert_eq!(highest, floor.highest, "the highest is not under the least");
    Ok(floor.least)
}

/// The highest ratio of any source, also where only the latest round is the floor.
fn highest(xlm: SourcePrices, usdc: SourcePrices) -> Ratio {
    let legs = legs();
    let of = |latest_only| {
        floor_ratio((&legs.0, &xlm), (&legs.1, &usdc), DEVIATION_E7, latest_only)
            .unwrap()
            .highest
    };
    assert_eq!(of(false), of(true));
    of(true)
}

/// USDC (smallest units) for one XLM.
fn usdc_per_xlm(ratio: Ratio) -> i128 {
    ratio.convert_ceil(TOKEN).unwrap()
}

#[test]
fn floor_ratio_is_the_latest_when_there_is_no_other_source() {
    let latest = floor(sources(None, None), sources(None, None), false).unwrap();
    assert_eq!(usdc_per_xlm(latest), 4_000_000);
    assert_eq!(latest.invert_floor(4_000_000), Ok(TOKEN));
}

#[test]
fn floor_ratio_takes_the_previous_round_when_it_is_higher() {
    let (xlm, usdc) = (
        sources(Some(45 * BASE / 100), None),
        sources(Some(BASE), None),
    );
    assert_eq!(usdc_per_xlm(floor(xlm, usdc, false).unwrap()), 4_500_000);
    assert_eq!(usdc_per_xlm(floor(xlm, usdc, true).unwrap()), 4_000_000);
    assert_eq!(usdc_per_xlm(highest(xlm, usdc)), 4_500_000);
    let lower = sources(Some(35 * BASE / 100), None);
    assert_eq!(usdc_per_xlm(highest(lower, usdc)), 4_000_000);
    assert_eq!(usdc_per_xlm(floor(lower, usdc, false).unwrap()), 4_000_000);
    // A round that one asset missed is no ratio.
    assert_eq!(
        usdc_per_xlm(floor(xlm, sources(None, None), false).unwrap()),
        4_000_000
    );
}

#[test]
fn floor_ratio_takes_the_second_oracle_when_it_is_higher() {
    // The second oracle has 8 decimals: only the ratio counts.
    let usdc = sources(None, Some(100_000_000));
    let xlm = |price| sources(None, Some(price));
    assert_eq!(
        usdc_per_xlm(floor(xlm(44_000_000), usdc, true).unwrap()),
        4_400_000
    );
    assert_eq!(
        usdc_per_xlm(floor(xlm(36_000_000), usdc, true).unwrap()),
        4_000_000
    );
}

#[test]
fn floor_ratio_fails_when_the_second_oracle_diverges() {
    let usdc = sources(None, Some(100_000_000));
    for price in [44_000_001, 35_999_999] {
        assert_eq!(
            floor(sources(None, Some(price)), usdc, false),
            Err(Refusal::PriceDiverges)
        );
    }
}

#[test]
fn floor_ratio_fails_when_a_price_is_not_positive() {
    let (mut xlm, usdc) = legs();
    let none = SourcePrices::default();
    for price in [0, -1] {
        assert_eq!(
            floor(sources(Some(price), None), sources(Some(BASE), None), false),
            Err(Refusal::InvalidPrice)
        );
        assert_eq!(
            floor(sources(None, Some(1)), sources(None, Some(price)), false),
            Err(Refusal::InvalidPrice)
        );
        xlm.price = price;
        assert_eq!(
            floor_ratio((&xlm, &none), (&usdc, &none), DEVIATION_E7, false),
            Err(Refusal::InvalidPrice)
        );
    }
}

#[test]
fn new_fails_when_price_and_decimals_exceed_128_bits() {
    let (mut xlm, mut usdc) = legs();
    usdc.asset_scalar = 10i128.pow(18);
    xlm.asset_scalar = 1;
    assert_eq!(
        Ratio::new(&xlm, i128::MAX / 10, &usdc, 1),
        Err(Refusal::Overflow)
    );
}

proptest! {
    /// Every pair of decimals, prices over 20 orders of magnitude.
    #[test]
    fn convert_and_invert_equal_big_integers(
        collateral_decimals in 0u32..=18, debt_decimals in 0u32..=18,
        collateral_price in 1i128..10i128.pow(20), debt_price in 1i128..10i128.pow(20),
        amount in 0i128..10i128.pow(30),
    ) {
        let (mut collateral, mut debt) = legs();
        collateral.asset_scalar = 10i128.pow(collateral_decimals);
        debt.asset_scalar = 10i128.pow(debt_decimals);
        let Ok(ratio) = Ratio::new(&collateral, collateral_price, &debt, debt_price) else {
            return Err(TestCaseError::reject("beyond 128 bits"));
        };
        let up = BigInt::from(collateral_price) * debt.asset_scalar;
        let down = BigInt::from(debt_price) * collateral.asset_scalar;
        let converted: BigInt = (amount * &up + &down - 1) / &down;
        let inverted: BigInt = amount * &down / &up;
        prop_assert_eq!(ratio.convert_ceil(amount).ok(), converted.to_i128());
        prop_assert_eq!(ratio.invert_floor(amount).ok(), inverted.to_i128());
        // The largest amount that converts to no more.
        if let Ok(back) = ratio.invert_floor(amount) {
            prop_assert!(ratio.convert_ceil(back).unwrap() <= amount);
            if let Ok(more) = ratio.convert_ceil(back + 1) {
                prop_assert!(more > amount);
            }
        }
    }
}
