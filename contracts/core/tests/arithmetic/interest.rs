//! Interest of a reserve. That it is the pool's own to the last digit is tested where the pool is:
//! `crates/chain/tests` and the replays of `crates/risk`.

use ballast_core::interest::{Curve, Reserve};
use ballast_core::Refusal;
use proptest::prelude::*;

use crate::rational::{ratio, whole};

const TAKE_RATE_E7: u32 = 0_1000000;

const RESERVE: Reserve = Reserve {
    curve: Curve {
        target_e7: 0_8000000,
        base_e7: 0_0300000,
        one_e7: 0_0500000,
        two_e7: 0_1200000,
        three_e7: 5_0000000,
        reactivity_e7: 0_0000020,
    },
    b_rate_e12: 1_000_000_000_000,
    d_rate_e12: 1_000_000_000_000,
    modifier_e7: 1_0000000,
    b_supply: 1_000_000_0000000,
    d_supply: 400_000_0000000,
    accrued_at: 1_760_000_000,
};

const YEAR: u64 = 31_536_000;

#[test]
fn accrued_for_a_year_by_hand() {
    // Half of the way to the target: 3% + 5% / 2 = 5.5% of 400,000 is 22,000, a tenth of it the backstop's.
    let reserve = RESERVE
        .accrued(RESERVE.accrued_at + YEAR, TAKE_RATE_E7)
        .unwrap();
    assert_eq!(reserve.d_rate_e12, 1_055_000_000_000);
    assert_eq!(reserve.b_rate_e12, 1_019_800_000_000);
    assert_eq!(reserve.owed_ceil(), Ok(422_000_0000000));
    assert_eq!(reserve.supplied_floor(), Ok(1_019_800_0000000));
    // 40% below target, times 0.000002 a second: it stops at a tenth.
    assert_eq!(reserve.modifier_e7, 0_1000000);
    assert_eq!(reserve.accrued_at, RESERVE.accrued_at + YEAR);
}

#[test]
fn accrued_succeeds_when_the_reserve_is_of_a_later_time() {
    for now in [0, RESERVE.accrued_at - 1, RESERVE.accrued_at] {
        assert_eq!(RESERVE.accrued(now, TAKE_RATE_E7), Ok(RESERVE));
    }
}

#[test]
fn accrued_keeps_the_rates_when_nobody_owes_or_nobody_supplies() {
    let now = RESERVE.accrued_at + YEAR;
    for (b_supply, d_supply) in [(0, 0), (RESERVE.b_supply, 0), (0, 5)] {
        let idle = Reserve {
            b_supply,
            d_supply,
            ..RESERVE
        };
        let later = Reserve {
            accrued_at: now,
            ..idle
        };
        assert_eq!(idle.accrued(now, TAKE_RATE_E7), Ok(later));
    }
}

#[test]
fn accrued_fails_when_a_number_exceeds_128_bits() {
    let reserve = Reserve {
        d_rate_e12: i128::MAX,
        ..RESERVE
    };
    assert_eq!(
        reserve.accrued(RESERVE.accrued_at + YEAR, TAKE_RATE_E7),
        Err(Refusal::Overflow)
    );
    // 429 times 22,000 of interest is more than the supply.
    assert_eq!(
        RESERVE.accrued(RESERVE.accrued_at + YEAR, u32::MAX),
        Err(Refusal::Overflow)
    );
}

proptest! {
    /// What is supplied afterwards is what was, and the interest less the backstop's share: rounding
    /// loses less than a unit and what one b-token's rate cannot express.
    #[test]
    fn accrued_gives_suppliers_what_borrowers_owe_more(
        supplied in 1_000_i128..1_000_000_000_000_000_000,
        lent_e7 in 1_i128..=1_0000000,
        seconds in 1_u64..10 * YEAR,
        b_rate_e12 in 1_000_000_000_000_i128..3_000_000_000_000,
        d_rate_e12 in 1_000_000_000_000_i128..3_000_000_000_000,
        take_rate_e7 in 0_u32..=1_0000000,
        modifier_e7 in 0_1000000_i128..=10_0000000,
    ) {
        let reserve = Reserve {
            b_rate_e12,
            d_rate_e12,
            modifier_e7,
            b_supply: supplied,
            d_supply: (supplied * lent_e7 / 1_0000000 * b_rate_e12 / d_rate_e12).max(1),
            ..RESERVE
        };
        let after = reserve.accrued(reserve.accrued_at + seconds, take_rate_e7).unwrap();
        let interest = after.owed_ceil().unwrap() - reserve.owed_ceil().unwrap();
        let due = whole(reserve.supplied_floor().unwrap())
            + whole(interest) * ratio(i128::from(1_0000000 - take_rate_e7), 1_0000000);
        let got = ratio(after.b_supply, 1) * ratio(after.b_rate_e12, 1_000_000_000_000_i128);
        prop_assert!(interest >= 0);
        // The floor of what was supplied may be up to a unit below its worth, and stays so.
        prop_assert!(got < due.clone() + whole(2));
        prop_assert!(got + whole(2) + ratio(after.b_supply, 1_000_000_000_000_i128) > due);
    }
}
