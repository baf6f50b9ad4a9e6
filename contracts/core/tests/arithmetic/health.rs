//! Health against the formulas of Blend in big integers.

use ballast_core::health::{Leg, Position, Totals, RISK_UNBOUNDED};
use ballast_core::Refusal;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use proptest::prelude::*;

use crate::random::any_position;
use crate::scene::{Scene, BASE, PAR_RATE, TOKEN, USDC, XLM};
use crate::totals::big_totals;

#[test]
fn totals_of_the_scene() {
    let totals = Scene::at_risk(9_600_000).totals();
    assert_eq!(
        totals,
        Totals {
            collateral_base: 75_000 * BASE,
            liability_base: 72_000 * BASE,
            collateral_value: 100_000 * BASE,
            debt_value: 68_400 * BASE,
        }
    );
    assert_eq!(totals.risk_ratio_e7_ceil(), 9_600_000);
    assert_eq!(totals.nominal_ltv_e7_ceil(), 6_840_000);
    assert_eq!(totals.equity(), 31_600 * BASE);
}

#[test]
fn totals_fail_when_a_leg_with_a_balance_has_no_price() {
    let mut scene = Scene::at_risk(9_600_000);
    scene.position.legs[XLM].price = 0;
    assert_eq!(scene.position.totals(), Err(Refusal::InvalidPrice));
    scene.position.legs[XLM].b_tokens = 0;
    assert!(scene.position.totals().is_ok());
}

#[test]
fn totals_fail_when_a_value_exceeds_128_bits() {
    let mut scene = Scene::at_risk(9_600_000);
    scene.position.legs[XLM].b_tokens = i128::MAX;
    assert_eq!(scene.position.totals(), Err(Refusal::Overflow));
}

#[test]
fn risk_ratio_is_unbounded_when_debt_has_no_collateral() {
    let mut scene = Scene::at_risk(9_600_000);
    scene.position.legs[XLM].b_tokens = 0;
    let totals = scene.totals();
    assert_eq!(totals.risk_ratio_e7_ceil(), RISK_UNBOUNDED);
    assert_eq!(totals.nominal_ltv_e7_ceil(), RISK_UNBOUNDED);
    assert_eq!(totals.equity(), 0);
    scene.position.legs[USDC].d_tokens = 0;
    assert_eq!(scene.totals().risk_ratio_e7_ceil(), 0);
    assert_eq!(scene.totals().nominal_ltv_e7_ceil(), 0);
}

#[test]
fn liquidation_of_the_scene() {
    let scene = Scene::at_risk(9_600_000);
    let (position, totals) = (&scene.position, scene.totals());
    // c * l, and the price times the risk ratio.
    assert_eq!(totals.liquidation_ltv_e7_floor(), Ok(7_125_000));
    let price = position.legs[XLM].price;
    assert_eq!(position.only_pair(), Some((XLM, USDC)));
    let at_100 = Some(price * 96 / 100);
    assert_eq!(position.liquidation_price_ceil(&totals), Ok(at_100));
    assert_eq!(position.price_at(XLM, 10_000_000), Ok(at_100));
    assert_eq!(position.price_at(XLM, 9_600_000), Ok(Some(price)));
    // Of the debt, the price above which it is too much.
    let dollar = position.legs[USDC].price;
    assert_eq!(
        position.price_at(USDC, 10_000_000),
        Ok(Some((dollar * 100 + 95) / 96))
    );
}

#[test]
fn no_price_liquidates_without_debt_or_without_collateral_of_the_asset() {
    let mut scene = Scene::at_risk(9_600_000);
    scene.position.legs[USDC].d_tokens = 0;
    let totals = scene.totals();
    assert_eq!(totals.liquidation_ltv_e7_floor(), Ok(0));
    assert_eq!(scene.position.only_pair(), None);
    assert_eq!(scene.position.liquidation_price_ceil(&totals), Ok(None));
    assert_eq!(scene.position.price_at(XLM, 10_000_000), Ok(None));
}

#[test]
fn pool_accepts_from_a_health_factor_of_1_0000100_on() {
    let position = Scene::at_risk(9_600_000).position;
    let totals = |collateral_base: i128| Totals {
        collateral_base,
        liability_base: 100_000 * BASE,
        collateral_value: 0,
        debt_value: 0,
    };
    assert_eq!(position.pool_accepts(&totals(100_001 * BASE)), Ok(true));
    assert_eq!(
        position.pool_accepts(&totals(100_001 * BASE - 1)),
        Ok(false)
    );
}

fn one_leg(b_rate_e12: i128, d_rate_e12: i128, b_tokens: i128, d_tokens: i128) -> Leg {
    Leg {
        price: BASE,
        asset_scalar: TOKEN,
        collateral_factor_e7: 7_500_000,
        liability_factor_e7: 9_500_000,
        b_rate_e12,
        d_rate_e12,
        b_tokens,
        d_tokens,
    }
}

#[test]
fn withdraw_fails_when_the_pool_would_clamp() {
    let mut leg = one_leg(3 * PAR_RATE / 2, PAR_RATE, 3, 0);
    // 3 shares of 1.5: 4 units, rounded down; the fifth is not there.
    assert_eq!(leg.withdraw(5), Err(Refusal::ExceedsCollateral));
    assert_eq!(leg.withdraw(4), Ok(()));
    assert_eq!(leg.b_tokens, 0);
}

#[test]
fn repay_fails_when_it_burns_no_share() {
    let mut leg = one_leg(PAR_RATE, 2 * PAR_RATE, 0, 3);
    assert_eq!(leg.repay(1), Err(Refusal::InvalidAmount));
    assert_eq!(leg.repay(3), Ok(3));
    assert_eq!(leg.d_tokens, 2);
    // The excess is refunded.
    assert_eq!(leg.repay(6), Ok(4));
    assert_eq!(leg.d_tokens, 0);
}

#[test]
fn withdrawal_keeping_floor_leaves_what_rounding_does_not_count() {
    // 10 units count for 7 at 75%; so do 9.99.., but 9 for 6: nothing can go.
    let mut leg = one_leg(PAR_RATE, PAR_RATE, 10, 0);
    (leg.price, leg.asset_scalar, leg.collateral_factor_e7) = (1, 1, 7_500_000);
    assert_eq!(leg.withdrawal_keeping_floor(7), Ok(0));
    // 11 count for 8, and 12 for 9; 11 units still count for 8 after one of them has gone.
    leg.b_tokens = 12;
    assert_eq!(leg.withdrawal_keeping_floor(9), Ok(0));
    leg.collateral_factor_e7 = 1_000_000;
    // 10 to 19 units count for 1: all but ten may go, though all count for no more than is kept.
    assert_eq!(leg.collateral_base_floor(12), Ok(1));
    assert_eq!(leg.withdrawal_keeping_floor(1), Ok(2));
    assert_eq!(leg.withdrawal_keeping_floor(2), Ok(0));
}

#[test]
fn repay_keeps_the_whole_amount_when_it_burns_the_last_share() {
    // Ten shares of 1.5 are 15 owed; 16 burn ten of them, and only what burns more is refunded.
    for (amount, kept) in [(15, 15), (16, 16), (17, 15), (100, 15)] {
        let mut leg = one_leg(PAR_RATE, PAR_RATE / 2 * 3, 0, 10);
        assert_eq!((leg.repay(amount), leg.d_tokens), (Ok(kept), 0));
    }
}

proptest! {
    #[test]
    fn totals_equal_big_integers(position in any_position()) {
        let expected = big_totals(&position);
        match position.totals() {
            Ok(totals) => {
                prop_assert_eq!(BigInt::from(totals.collateral_base), expected.collateral_base);
                prop_assert_eq!(BigInt::from(totals.liability_base), expected.liability_base);
                prop_assert_eq!(BigInt::from(totals.collateral_value), expected.collateral_value);
                prop_assert_eq!(BigInt::from(totals.debt_value), expected.debt_value);
            }
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::Overflow);
            }
        }
    }

    #[test]
    fn withdrawal_keeping_floor_is_the_largest(
        position in any_position(), base_share in 0i128..=1_010,
    ) {
        for leg in &position.legs {
            let Ok(held) = leg.collateral_floor() else { continue };
            let Ok(base) = leg.collateral_base_floor(held) else { continue };
            let base = base / 1_000 * base_share;
            let counts_after = |amount: i128| {
                let mut after = *leg;
                after.withdraw(amount).ok()?;
                after.collateral_base_floor(after.collateral_floor().ok()?).ok()
            };
            let most = leg.withdrawal_keeping_floor(base).unwrap();
            if most > 0 {
                prop_assert!(counts_after(most).is_some_and(|counts| counts >= base));
            }
            prop_assert!(counts_after(most + 1).is_none_or(|counts| counts < base));
        }
    }

    #[test]
    fn accepted_collateral_base_is_the_least(
        liability_base in 1i128..1 << 100, decimals in 7u32..=14,
    ) {
        let position = Position { legs: Default::default(), price_scalar: 10i128.pow(decimals) };
        let accepts = |collateral_base: i128| {
            let totals = Totals { collateral_base, liability_base, collateral_value: 0, debt_value: 0 };
            position.pool_accepts(&totals).unwrap()
        };
        let least = position.accepted_collateral_base(liability_base).unwrap();
        prop_assert!(accepts(least) && !accepts(least - 1));
    }

    #[test]
    fn pool_accepts_equals_the_pools_formula(
        position in any_position(), decimals in 0u32..=18, liability_e7 in 9_990_000i128..10_010_000,
    ) {
        let position = Position { price_scalar: 10i128.pow(decimals), ..position };
        let Ok(mut totals) = position.totals() else { return Ok(()) };
        // Close to the border, where rounding decides.
        let liability_base: BigInt = BigInt::from(totals.collateral_base) * liability_e7;
        if let Some(liability_base) = (liability_base / 10_000_000i128).to_i128() {
            totals.liability_base = liability_base;
        }
        let scalar = BigInt::from(position.price_scalar);
        let expected = totals.liability_base == 0 || {
            let health = totals.collateral_base * &scalar / totals.liability_base;
            let least = &scalar * 1_0000100 / 1_0000000;
            health >= least
        };
        if let Ok(accepts) = position.pool_accepts(&totals) {
            prop_assert_eq!(accepts, expected);
        }
    }

    /// Everything can be withdrawn and one unit more cannot; the whole debt can be repaid.
    #[test]
    fn legs_empty_exactly(
        b_rate in 500_000_000_000i128..3_000_000_000_000, d_rate in PAR_RATE..3_000_000_000_000,
        shares in 1i128..10i128.pow(24),
    ) {
        let mut leg = one_leg(b_rate, d_rate, shares, shares);
        let held = leg.collateral_floor().unwrap();
        prop_assert_eq!(leg.withdraw(held + 1), Err(Refusal::ExceedsCollateral));
        if held > 0 {
            prop_assert_eq!(leg.withdraw(held), Ok(()));
            prop_assert_eq!(leg.collateral_floor(), Ok(0));
        }
        let owed = leg.debt_ceil().unwrap();
        prop_assert_eq!(leg.repay(owed), Ok(owed));
        prop_assert_eq!(leg.d_tokens, 0);
    }
}

proptest! {
    /// The special case that the lens can pay for is the general one; and at the price found the ratio is
    /// what was asked for, as exactly as whole units of value allow.
    #[test]
    fn the_price_at_a_ratio_has_that_ratio(
        position in any_position(),
        risk_e7 in 5_000_000..15_000_000_i128,
    ) {
        let (Ok(totals), Some((leg, _))) = (position.totals(), position.only_pair()) else {
            return Ok(());
        };
        prop_assert_eq!(
            position.liquidation_price_ceil(&totals),
            position.price_at(leg, 10_000_000)
        );
        let coarse = 1_000_000_000;
        let Ok(Some(price)) = position.price_at(leg, risk_e7) else { return Ok(()) };
        if totals.collateral_base.min(totals.liability_base).min(price) < coarse {
            return Ok(());
        }
        let at = |price: i128| {
            let mut moved = position.clone();
            moved.legs[leg].price = price;
            moved.totals().map(|totals| totals.risk_ratio_e7_ceil())
        };
        if let (Ok(below), Ok(above)) = (at(price - price / 1_000), at(price + price / 1_000)) {
            prop_assert!(above < risk_e7 && risk_e7 < below);
        }
    }
}
