//! Volatility and the shift of thresholds, against exact fractions.

use ballast_core::health::Position;
use ballast_core::policy::Policy;
use ballast_core::volatility::{
    policy_in_force, risk_ratios_e7, round_volatility_e7, shift_e7, History, Round,
    VOLATILITY_ROUNDS,
};
use ballast_core::Refusal;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::random::{any_policy, any_scene};
use crate::rational::{ratio, whole, Rational};
use crate::scene::{Scene, BASE, POLICY};

/// Mean of the squared relative changes, each at most one, exactly.
fn mean_square(ratios_e7: &[i128]) -> Rational {
    let mut sum = whole(0);
    for pair in ratios_e7.windows(2) {
        let change = ratio((pair[1] - pair[0]).abs(), pair[0]).min(whole(1));
        sum = sum + change.clone() * change;
    }
    sum.divided_by(whole(ratios_e7.len() as i128 - 1))
}

/// A history that has a price for each round, `None` where it missed one. The first is the oldest.
fn history(prices: impl IntoIterator<Item = Option<i128>>) -> History {
    let rounds = prices.into_iter().enumerate();
    rounds
        .filter_map(|(index, price)| {
            Some(Round {
                number: 5_880_000 + index as u64,
                price: price?,
            })
        })
        .collect()
}

/// XLM in cents, with USDC always at one.
fn cents(prices: &[i128]) -> [History; 2] {
    let xlm = history(prices.iter().map(|cents| Some(cents * BASE / 100)));
    let usdc = history(prices.iter().map(|_| Some(BASE)));
    [xlm, usdc]
}

#[test]
fn round_volatility_is_the_root_mean_square_of_the_changes() {
    // Changes of +10%, -10%, +10%.
    let ratios = [10_000_000, 11_000_000, 9_900_000, 10_890_000];
    assert_eq!(round_volatility_e7(&ratios), Ok(1_000_000));
    // 3% and 4%: the root of 0.00125, rounded down.
    let ratios = [10_000_000, 10_300_000, 10_712_000];
    assert_eq!(round_volatility_e7(&ratios), Ok(353_553));
    assert_eq!(round_volatility_e7(&[8_000_000; 13]), Ok(0));
}

#[test]
fn round_volatility_counts_a_change_above_100_percent_as_100() {
    for unbounded in [20_000_001, i128::MAX] {
        let ratios = [10_000_000, 10_000_000, unbounded];
        // The root of one half.
        assert_eq!(round_volatility_e7(&ratios), Ok(7_071_067));
    }
    assert_eq!(round_volatility_e7(&[1, i128::MAX, 1]), Ok(9_999_999));
}

#[test]
fn round_volatility_is_zero_when_the_series_is_too_short() {
    for short in [&[][..], &[1], &[10_000_000, 20_000_000]] {
        assert_eq!(round_volatility_e7(short), Ok(0));
    }
}

#[test]
fn round_volatility_fails_when_a_ratio_is_not_positive() {
    for ratios in [[0, 1, 1], [1, 1, 0], [1, -1, 1]] {
        assert_eq!(round_volatility_e7(&ratios), Err(Refusal::InvalidPrice));
    }
}

#[test]
fn risk_ratios_revalue_the_position_round_by_round() {
    // At 0.40 the risk ratio is 90%.
    let scene = Scene::at_risk(9_000_000);
    assert_eq!(
        risk_ratios_e7(&scene.position, &cents(&[45, 40, 36]))[..],
        [8_000_000, 9_000_000, 10_000_000]
    );
}

#[test]
fn risk_ratios_skip_rounds_that_a_leg_lacks() {
    let scene = Scene::at_risk(9_000_000);
    let price = |cents: i128| Some(cents * BASE / 100);
    let xlm = history([price(45), price(44), price(40), Some(0), price(36)]);
    let usdc = history([Some(BASE), None, Some(BASE), Some(BASE), Some(BASE)]);
    let histories = [xlm, usdc];
    assert_eq!(
        risk_ratios_e7(&scene.position, &histories)[..],
        [8_000_000, 9_000_000, 10_000_000]
    );
    let none = [History::new(), History::new()];
    assert!(risk_ratios_e7(&scene.position, &none).is_empty());
    assert!(risk_ratios_e7(&scene.position, &[]).is_empty());
}

#[test]
fn risk_ratios_take_one_round_of_a_number() {
    let scene = Scene::at_risk(9_000_000);
    let mut histories = cents(&[45, 40, 36]);
    let again = Round {
        price: BASE,
        ..histories[0][1]
    };
    histories[0].push(again);
    histories[1].push(Round {
        number: u64::MAX,
        price: BASE,
    });
    histories[0].push(Round {
        number: u64::MAX,
        price: 40 * BASE / 100,
    });
    assert_eq!(
        risk_ratios_e7(&scene.position, &histories)[..],
        [8_000_000, 9_000_000, 10_000_000, 9_000_000]
    );
    // One without a price is none.
    let (number, price) = (histories[0][1].number, 40 * BASE / 100);
    histories[0][1].price = 0;
    histories[0].retain(|round| round.price != BASE);
    histories[0].push(Round { number, price });
    assert_eq!(
        risk_ratios_e7(&scene.position, &histories)[..],
        [8_000_000, 9_000_000, 10_000_000, 9_000_000]
    );
}

#[test]
fn policy_in_force_is_lowered_by_the_volatility() {
    let policy = Policy {
        volatility_z_e2: 2_50,
        volatility_shift_max_e7: 1_000_000,
        ..POLICY
    };
    let position = Scene::at_risk(9_000_000).position;
    // Risk ratios of 70.6%, 72%, 70.6%: 2% and 1.96% a round, 1.98% of mean, 4.95% of shift.
    let rounds = cents(&[51, 50, 51]);
    let volatility_e7 = round_volatility_e7(&risk_ratios_e7(&position, &rounds)).unwrap();
    assert_eq!(volatility_e7, 198_048);
    let lowered = policy_in_force(&policy, &position, &rounds);
    assert_eq!(lowered, policy.lowered_by(495_120));
    assert_eq!(lowered.soft_e7, 9_300_000 - 495_120);
    // The bound.
    let wild = policy_in_force(&policy, &position, &cents(&[40, 20, 40, 20]));
    assert_eq!(wild, policy.lowered_by(1_000_000));
    // Too little history, or no volatility_z.
    let short = policy_in_force(&policy, &position, &cents(&[40, 20]));
    assert_eq!(short, policy);
    let off = Policy {
        volatility_z_e2: 0,
        ..policy
    };
    assert_eq!(policy_in_force(&off, &position, &rounds), off);
}

#[test]
fn policy_in_force_is_the_policy_when_nothing_is_owed() {
    let policy = Policy {
        volatility_z_e2: 10_00,
        volatility_shift_max_e7: 1_000_000,
        ..POLICY
    };
    let free = Scene::at_risk(0).position;
    assert_eq!(
        policy_in_force(&policy, &free, &cents(&[40, 20, 40])),
        policy
    );
}

/// Ratios of every magnitude, and series that move little.
fn any_ratios() -> impl Strategy<Value = Vec<i128>> {
    let any_ratio = (1..=i128::MAX, 0u32..127).prop_map(|(ratio, shift)| (ratio >> shift).max(1));
    let near = (
        8_000_000i128..12_000_000,
        vec(-300_000i128..=300_000, 3..=20),
    )
        .prop_map(|(base, moves)| moves.iter().map(|by| base + by).collect());
    prop_oneof![vec(any_ratio, 3..=20), near]
}

prop_compose! {
    fn any_history(rounds: usize)(
        prices in vec(option::weighted(0.9, (1i128..=1_000_000, 0u32..=9)), rounds)
    ) -> Vec<Option<i128>> {
        prices.iter().map(|price| price.map(|(digits, exponent)| digits * 10i128.pow(exponent))).collect()
    }
}

/// A position with a history for each leg.
fn any_past() -> impl Strategy<Value = (Position, Vec<Vec<Option<i128>>>)> {
    (any_scene(3..9), 0..=VOLATILITY_ROUNDS).prop_flat_map(|(scene, rounds)| {
        let legs = scene.position.legs.len();
        (Just(scene.position), vec(any_history(rounds), legs))
    })
}

prop_compose! {
    fn any_volatile_policy()(
        policy in any_policy(), z in 0u32..=1_000, share_percent in 0u32..=100,
    ) -> Policy {
        let policy = Policy {
            volatility_z_e2: z,
            volatility_shift_max_e7: (policy.target_e7 - 1_000_000) / 100 * share_percent,
            ..policy
        };
        assert_eq!(policy.validate(300), Ok(()));
        policy
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Rounded down: never above the exact root, and less than two units below it.
    #[test]
    fn round_volatility_agrees_with_exact_fractions(ratios in any_ratios()) {
        let volatility_e7 = round_volatility_e7(&ratios).unwrap();
        let exact = mean_square(&ratios) * whole(100_000_000_000_000_i128);
        prop_assert!((0..=10_000_000).contains(&volatility_e7));
        prop_assert!(whole(volatility_e7 * volatility_e7) <= exact);
        prop_assert!(whole((volatility_e7 + 2) * (volatility_e7 + 2)) > exact);
    }

    /// The same position at the same prices has the ratio that `totals` gives, whichever order the
    /// feed serves its rounds in.
    #[test]
    fn risk_ratios_are_those_of_the_position_at_each_rounds_prices(
        (position, prices) in any_past(), turned in 0..VOLATILITY_ROUNDS, reversed in any::<bool>(),
    ) {
        let mut expected = Vec::new();
        for round in 0..prices[0].len() {
            // Rounds are those of the first leg; a leg of a vault is never empty, one of these may be.
            if prices[0][round].is_none() {
                continue;
            }
            let mut past = position.clone();
            for (leg, prices) in past.legs.iter_mut().zip(&prices) {
                leg.price = prices[round].unwrap_or(0);
            }
            if let Ok(totals) = past.totals() {
                expected.push(totals.risk_ratio_e7_ceil());
            }
        }
        let mut histories: Vec<History> =
            prices.iter().map(|prices| history(prices.iter().copied())).collect();
        for history in &mut histories {
            if reversed {
                history.reverse();
            }
            let by = turned.min(history.len());
            history.rotate_left(by);
        }
        prop_assert_eq!(&risk_ratios_e7(&position, &histories)[..], &expected[..]);
    }

    /// `min(z * volatility, bound)`, rounded down.
    #[test]
    fn shift_is_rounded_down_and_never_above_the_bound(
        policy in any_volatile_policy(), volatility_e7 in prop_oneof![0i128..=10_000_000, 0..=i128::MAX],
    ) {
        let shift = shift_e7(&policy, volatility_e7);
        prop_assert!(shift <= policy.volatility_shift_max_e7);
        let exact = ratio(policy.volatility_z_e2, 100) * whole(volatility_e7);
        let exact = exact.min(whole(policy.volatility_shift_max_e7));
        prop_assert!(whole(shift) <= exact);
        prop_assert!(whole(shift) + whole(1) > exact);
    }

    /// Whatever the feed says, thresholds are lowered by no more than the owner's bound, stay in
    /// order and keep their distances; the ramp is the same at the same distance.
    #[test]
    fn policy_in_force_keeps_the_order_and_the_distances(
        policy in any_volatile_policy(), (position, prices) in any_past(), above_e7 in -1_000_000i128..=1_000_000,
    ) {
        let histories: Vec<_> = prices.iter().map(|prices| history(prices.iter().copied())).collect();
        let lowered = policy_in_force(&policy, &position, &histories);
        let shift = policy.soft_e7 - lowered.soft_e7;
        prop_assert!(shift <= policy.volatility_shift_max_e7);
        prop_assert_eq!(lowered, policy.lowered_by(shift));
        prop_assert!(lowered.target_e7 >= 1_000_000);
        prop_assert_eq!(policy.hard_e7 - lowered.hard_e7, shift);
        prop_assert_eq!(policy.target_e7 - lowered.target_e7, shift);
        prop_assert_eq!(lowered.validate(300), if policy.volatility_shift_max_e7 + 1_000_000 > lowered.target_e7 {
            // The bound is counted from the owner's target, not from the lowered one.
            Err(ballast_core::policy::PolicyError::Volatility)
        } else {
            Ok(())
        });
        let risk_e7 = i128::from(policy.soft_e7) + above_e7;
        prop_assert_eq!(lowered.ramp_e7(risk_e7 - i128::from(shift)), policy.ramp_e7(risk_e7));
    }
}
