//! Validation: each bound, just inside and just outside. Ramps.

use ballast_core::policy::{Policy, PolicyError, MAX_WINDOW_LEDGERS};

const RESOLUTION_SECONDS: u32 = 300;

fn refused(policy: Policy) -> PolicyError {
    policy.validate(RESOLUTION_SECONDS).unwrap_err()
}

fn accepted(policy: Policy) {
    assert_eq!(policy.validate(RESOLUTION_SECONDS), Ok(()));
}

const BASE: Policy = crate::scene::POLICY;

#[test]
fn validate_succeeds_when_given_a_preset() {
    accepted(Policy::EARLY);
    accepted(Policy::BALANCED);
    accepted(Policy::LATE);
}

#[test]
fn presets_are_in_order() {
    let thresholds = |policy: Policy| [policy.target_e7, policy.soft_e7, policy.hard_e7];
    let (early, balanced, late) = (
        thresholds(Policy::EARLY),
        thresholds(Policy::BALANCED),
        thresholds(Policy::LATE),
    );
    for threshold in 0..3 {
        assert!(early[threshold] < balanced[threshold]);
        assert!(balanced[threshold] < late[threshold]);
    }
}

#[test]
fn validate_fails_when_thresholds_are_out_of_order() {
    for (target_e7, soft_e7, hard_e7, rescue_target_e7) in [
        (999_999, 9_300_000, 9_900_000, 9_500_000),
        (8_800_000, 8_899_999, 9_900_000, 9_500_000),
        (8_800_000, 50_000, 9_900_000, 9_500_000),
        (8_800_000, 9_900_000, 9_900_000, 9_500_000),
        (8_800_000, 9_300_000, 10_000_001, 9_500_000),
        (8_800_000, 9_300_000, 9_900_000, 8_800_000),
        (8_800_000, 9_300_000, 9_900_000, 9_950_001),
        (u32::MAX, u32::MAX, u32::MAX, u32::MAX),
    ] {
        let policy = Policy {
            target_e7,
            soft_e7,
            hard_e7,
            rescue_target_e7,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::Thresholds, "{policy:?}");
    }
    accepted(Policy {
        target_e7: 1_000_000,
        soft_e7: 1_100_000,
        hard_e7: 10_000_000,
        rescue_target_e7: 9_950_000,
        ..BASE
    });
}

#[test]
fn validate_fails_when_steps_are_out_of_bounds() {
    for (step_min_e7, step_max_e7) in [
        (99_999, 10_000_000),
        (2_500_001, 2_500_000),
        (100_000, 10_000_001),
    ] {
        let policy = Policy {
            step_min_e7,
            step_max_e7,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::Steps);
    }
    accepted(Policy {
        step_min_e7: 100_000,
        step_max_e7: 100_000,
        ..BASE
    });
}

#[test]
fn validate_fails_when_discounts_are_out_of_bounds() {
    for (discount_min_e7, discount_max_e7) in [(0, 300_000), (300_001, 300_000), (1, 1_000_001)] {
        let policy = Policy {
            discount_min_e7,
            discount_max_e7,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::Discounts);
    }
    for discount_min_e7 in [1, 1_000_000] {
        accepted(Policy {
            discount_min_e7,
            discount_max_e7: 1_000_000,
            ..BASE
        });
    }
}

#[test]
fn validate_fails_when_budget_is_out_of_bounds() {
    for (sold_budget_e7, window_ledgers) in [
        (99_999, 60),
        (100_000_001, 60),
        (10_000_000, 0),
        (10_000_000, MAX_WINDOW_LEDGERS + 1),
    ] {
        let policy = Policy {
            sold_budget_e7,
            window_ledgers,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::Budget);
    }
    accepted(Policy {
        sold_budget_e7: 100_000_000,
        window_ledgers: MAX_WINDOW_LEDGERS,
        ..BASE
    });
}

#[test]
fn validate_fails_when_cost_of_equity_is_out_of_bounds() {
    for max_cost_of_equity_e7 in [0, 10_000_001] {
        let policy = Policy {
            max_cost_of_equity_e7,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::CostOfEquity);
    }
    for max_cost_of_equity_e7 in [1, 10_000_000] {
        accepted(Policy {
            max_cost_of_equity_e7,
            ..BASE
        });
    }
}

#[test]
fn validate_fails_when_prices_are_out_of_bounds() {
    for (max_price_age_seconds, max_price_deviation_e7) in [
        (599, 1_000_000),
        (86_401, 1_000_000),
        (900, 0),
        (900, 5_000_001),
    ] {
        let policy = Policy {
            max_price_age_seconds,
            max_price_deviation_e7,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::Prices);
    }
    assert_eq!(BASE.validate(u32::MAX), Err(PolicyError::Prices));
    for max_price_age_seconds in [600, 86_400] {
        accepted(Policy {
            max_price_age_seconds,
            max_price_deviation_e7: 5_000_000,
            ..BASE
        });
    }
}

#[test]
fn validate_fails_when_dust_share_is_out_of_bounds() {
    let policy = Policy {
        dust_reserve_e7: 1_000_001,
        ..BASE
    };
    assert_eq!(refused(policy), PolicyError::Reserve);
    accepted(Policy {
        dust_reserve_e7: 1_000_000,
        ..BASE
    });
}

#[test]
fn validate_fails_when_rescue_window_is_out_of_bounds() {
    let policy = Policy {
        rescue_window_ledgers: 201,
        ..BASE
    };
    assert_eq!(refused(policy), PolicyError::Rescue);
    accepted(Policy {
        rescue_window_ledgers: 200,
        ..BASE
    });
}

#[test]
fn validate_fails_when_volatility_is_out_of_bounds() {
    for (volatility_z_e2, volatility_shift_max_e7) in [(10_01, 0), (0, 7_800_001), (1, u32::MAX)] {
        let policy = Policy {
            volatility_z_e2,
            volatility_shift_max_e7,
            ..BASE
        };
        assert_eq!(refused(policy), PolicyError::Volatility);
    }
    accepted(Policy {
        volatility_z_e2: 10_00,
        volatility_shift_max_e7: 7_800_000,
        ..BASE
    });
}

#[test]
fn ramps_are_linear_between_soft_and_hard_and_flat_outside() {
    for (risk_e7, ramp_e7, cap_e7, discount_e7) in [
        (0, 0, 2_500_000, 60_000),
        (9_300_000, 0, 2_500_000, 60_000),
        (9_450_000, 2_500_000, 4_375_000, 120_000),
        (9_600_000, 5_000_000, 6_250_000, 180_000),
        (9_900_000, 10_000_000, 10_000_000, 300_000),
        (i128::MAX, 10_000_000, 10_000_000, 300_000),
    ] {
        assert_eq!(BASE.ramp_e7(risk_e7), ramp_e7);
        assert_eq!(BASE.step_cap_e7(risk_e7), cap_e7);
        assert_eq!(BASE.discount_at_e7(ramp_e7), discount_e7);
    }
    assert_eq!(BASE.step_floor_e7(), 1_250_000);
}
