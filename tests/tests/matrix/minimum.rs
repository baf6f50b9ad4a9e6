//! The pool's admin raises the minimum collateral, at once, under a position.

use super::field::{Asset, Field, Setup, Way, USD_E6, WAYS};
use ballast_core::health::Totals;
use ballast_interfaces::error::VaultError;

const TAKE_RATE: u32 = 1_000_000;
const MAX_POSITIONS: u32 = 8;

/// 18 decimals against 6, and the two more reserves that a second pair takes. Risk ratio 94.5%.
fn field(debts: &[usize]) -> Field {
    let assets = vec![
        Asset::collateral(18, 361_234),
        Asset::debt(6, 1_000_137),
        Asset::debt(7, 1_153_000),
    ];
    let field = Field::new(&Setup::new(assets, 14, &[(0, 1), (0, 2)]), |_| {});
    let held = field.units(0, 50_000 * USD_E6);
    field.deposit(0, held).unwrap();
    for index in debts {
        let amount = field.units(*index, 26_000 * USD_E6 / debts.len() as i128);
        field.borrow(*index, amount).unwrap();
    }
    field.fall_to(0, 9_450_000);
    field
}

fn set_minimum(field: &Field, base: i128) {
    field
        .system
        .market
        .pool
        .update(TAKE_RATE, MAX_POSITIONS, base);
}

/// Where a step of this kind would land.
fn landing(field: &Field, way: Way) -> Totals {
    let mut totals = field.view().totals;
    field.apart(|field| {
        field.assert_step(way);
        totals = field.view().totals;
    });
    totals
}

fn assert_free_of_debt(field: &Field) {
    let positions = field.system.market.pool.positions(&field.vault.address);
    assert!(positions.liabilities.is_empty());
}

#[test]
fn a_step_that_would_leave_a_stub_is_the_pools_refusal_and_the_next_quote_closes_entirely() {
    let field = field(&[1]);
    for way in WAYS {
        field.apart(|field| {
            let quoted = field.quote(way).unwrap();
            let landed = landing(field, way).collateral_base;

            // Just enough: the quote stands.
            set_minimum(field, landed);
            field.apart(|field| {
                field.execute(way, &quoted).unwrap();
            });
            // One more unit of the base: the call that was quoted before is refused.
            set_minimum(field, landed + 1);
            field.assert_refuses(VaultError::PoolMinCollateral, || {
                field.execute(way, &quoted)
            });

            // The quote takes the new minimum into account. A plain step has no way to the end:
            // what it withdraws first must leave the minimum beside all of the debt.
            if way == Way::Plain {
                let again = field.quote(way).unwrap();
                assert!(again.step.sell < quoted.step.sell);
                field.execute(way, &again).unwrap();
                assert!(field.view().totals.collateral_base > landed);
            } else {
                field.assert_step(way);
                assert_free_of_debt(field);
            }
        });
    }
}

#[test]
fn a_rescue_that_would_leave_a_stub_closes_entirely() {
    let field = field(&[1]);
    field.fall_to(0, 10_200_000);
    field.open_auction(&[1], &[0]);
    for way in [Way::Fill, Way::Flash] {
        field.apart(|field| {
            field.wait_for_rescue(way);
            // A rescue's cost is bounded by a fill's: later, when the discount is the owner's gain.
            let quoted = field.quote(way).unwrap();
            let landed = landing(field, way).collateral_base;
            set_minimum(field, landed + 1);
            field.assert_refuses(VaultError::PoolMinCollateral, || {
                field.execute(way, &quoted)
            });
            field.assert_step(way);
            assert_free_of_debt(field);
            assert!(!field.in_auction());
        });
    }
}

#[test]
fn a_position_already_under_the_minimum_is_closed_entirely_or_left_by_its_owner() {
    let field = field(&[1]);
    let owner = field.vault.owner.clone();
    let quotes = WAYS.map(|way| (way, field.quote(way).unwrap()));
    let base = field.view().totals.collateral_base;
    set_minimum(&field, base + 1);

    // Nothing that leaves debt; and nothing plain, whose withdrawal comes first.
    for (way, quoted) in &quotes {
        field.assert_refuses(VaultError::PoolMinCollateral, || {
            field.execute(*way, quoted)
        });
    }
    assert!(field.quote(Way::Plain).is_err());
    for way in [Way::Fill, Way::Flash] {
        field.apart(|field| {
            field.assert_step(way);
            assert_free_of_debt(field);
            field.assert_closes();
        });
    }
    field.vault.as_owner("set_automation", (false,)).unwrap();
    let one = field.units(0, USD_E6);
    field.assert_refuses(VaultError::PoolMinCollateral, || {
        field.vault.withdraw(field.address(0), one, owner.address())
    });
    field.assert_refuses(VaultError::PoolMinCollateral, || {
        field.borrow(1, field.units(1, USD_E6))
    });
    // The owner may always pay in.
    field.apart(|field| {
        let some = field.units(1, 1_000 * USD_E6);
        field.fund(&owner, 1, some);
        field.vault.repay(&owner, field.address(1), some).unwrap();
        let more = field.units(0, USD_E6);
        field.deposit(0, more).unwrap();
        field.assert_conserved();
    });
    field.assert_closes();
}

#[test]
fn two_debts_under_the_minimum_are_left_to_the_owner() {
    let field = field(&[1, 2]);
    let quotes = [Way::Fill, Way::Flash].map(|way| (way, field.quote(way).unwrap()));
    let base = field.view().totals.collateral_base;
    set_minimum(&field, base + 1);
    // A step repays one debt; the other would stand on too little, whatever is sold.
    for (way, quoted) in &quotes {
        field.assert_refuses(VaultError::LeavesStub, || field.quote(*way));
        field.assert_refuses(VaultError::PoolMinCollateral, || {
            field.execute(*way, quoted)
        });
    }
    field.assert_closes();
}
