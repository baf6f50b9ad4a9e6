//! One collateral and one debt of 6, 7 and 18 decimals, all pairs, under oracles of 7 and 14.

use super::field::{Asset, Field, Setup, Way, USD_E6, WAYS};

const DECIMALS: [u32; 3] = [6, 7, 18];
/// What the vault deposits, dollars; it borrows up to a risk ratio of 73%.
const COLLATERAL_USD: i128 = 50_000;
const RISK_E7: i128 = 7_300_000;
/// Days of interest before the first step.
const DAYS: u64 = 40;

/// A vault in the calm: XLM's price, some weeks of interest.
fn field(collateral: u32, debt: u32, oracle: u32) -> Field {
    let assets = vec![
        Asset::collateral(collateral, 361_234),
        Asset::debt(debt, 1_000_137),
    ];
    let field = Field::new(&Setup::new(assets, oracle, &[(0, 1)]), |_| {});
    field
        .deposit(0, field.units(0, COLLATERAL_USD * USD_E6) + 1)
        .unwrap();
    let base_e6 = COLLATERAL_USD * USD_E6 / 100 * 75;
    let borrowed_e6 = base_e6 / 100 * 95 * RISK_E7 / 10_000_000;
    field.borrow(1, field.units(1, borrowed_e6) + 1).unwrap();
    field.chain().advance_seconds(DAYS * 86_400);
    field.set_price(0, 361_234);
    field
}

/// Everything that may happen to a vault of one pair.
fn run(collateral: u32, debt: u32, oracle: u32) {
    let field = field(collateral, debt, oracle);
    field.assert_conserved();
    field.assert_health_is_the_pools();
    for way in WAYS {
        assert!(field.quote(way).is_err(), "{way:?} is quoted below soft");
    }

    // At soft: a step of any kind; then the rest of the way to the target.
    field.fall_to(0, 9_450_000);
    field.assert_health_is_the_pools();
    for way in WAYS {
        field.apart(|field| {
            field.assert_step(way);
            field.assert_health_is_the_pools();
            field.assert_closes();
        });
    }
    // At hard: the discount is the largest, the budget does not bind.
    field.apart(|field| {
        field.fall_to(0, 9_950_000);
        for way in [Way::Fill, Way::Flash] {
            field.apart(|field| {
                field.assert_step(way);
            });
        }
    });
    // Beyond liquidation: an auction, left on its clock, by the keeper or by the owner.
    field.fall_to(0, 10_300_000);
    assert!(field.quote(Way::Fill).is_err(), "the clock decides");
    field.open_auction(&[1], &[0]);
    for way in [Way::Fill, Way::Flash] {
        field.apart(|field| {
            field.wait_for_rescue(way);
            field.assert_step(way);
            assert!(!field.in_auction());
            field.assert_health_is_the_pools();
            field.assert_closes();
        });
    }
    field.assert_closes();
    let largest = field.largest.borrow();
    println!("{collateral} / {debt} decimals, oracle {oracle}: {largest:?}");
}

fn run_all(oracle: u32) {
    for collateral in DECIMALS {
        for debt in DECIMALS {
            println!("collateral {collateral}, debt {debt}, oracle {oracle} decimals");
            run(collateral, debt, oracle);
        }
    }
}

#[test]
fn every_pair_of_decimals_works_under_an_oracle_of_seven() {
    run_all(7);
}

#[test]
fn every_pair_of_decimals_works_under_an_oracle_of_fourteen() {
    run_all(14);
}
