//! `owner_rescue`.

use crate::support::{assert_unauthorized, deploy_code, swap, Scene};
use ballast_chain::blend::status;
use ballast_chain::market::{ONE, USD};
use ballast_chain::CallError;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{Path, Step, StepReport};
use soroban_sdk::Address;

const SELL: i128 = 20_000 * ONE;

/// What a case changes about a good step.
type Change<'a> = &'a dyn Fn(&mut Step);

fn rescue(s: &Scene, step: &Step) -> Result<StepReport, CallError> {
    s.vault
        .as_owner("owner_rescue", (step.clone(),))
        .map(|report| s.chain().from_val(report))
}

#[test]
fn owner_rescue_leaves_a_young_auction_at_the_owners_own_terms() {
    let s = Scene::with_policy(|policy| policy.sold_budget_e7 = 100_000);
    s.fall_into_auction();
    // 5% under the oracle: no floor, no clock, no budget.
    s.move_amm(2_470);
    let (held, owed, risk_e7) = (s.collateral(), s.debt(), s.risk_e7());
    let bid = s.floor(SELL, 800_000);
    let step = s.system.step(Path::Flash, SELL, bid);
    let report = rescue(&s, &step).unwrap();

    s.assert_authorized_by(s.owner(), "owner_rescue", (step,));
    let event = s.event("step_executed");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert!(event.field::<bool>("rescue"));
    assert_eq!(event.field::<Option<Path>>("path"), Some(Path::Flash));
    for (field, expected) in [
        ("sold", SELL),
        ("bid", bid),
        ("floor", 0),
        ("discount_e7", 0),
        ("repaid", bid),
        ("reward", 0),
        ("risk_before_e7", risk_e7),
        ("collateral_price", USD * 26 / 100),
    ] {
        assert_eq!(event.field::<i128>(field), expected, "{field}");
    }
    assert!(report.proceeds > bid);
    assert_eq!((report.sold, report.repaid, report.reward), (SELL, bid, 0));
    assert!(report.risk_after_e7 < risk_e7);
    assert!(!s.in_auction());
    // No reward for the owner: what came above the bid stays in the vault.
    assert_eq!(s.balances(&s.vault.address).1, report.proceeds - bid);
    assert!((held - SELL - 4..=held - SELL).contains(&s.collateral()));
    assert!((owed - bid..=owed - bid + 1).contains(&s.debt()));
}

#[test]
fn owner_rescue_succeeds_below_soft_with_automation_off_and_beyond_the_target() {
    let s = Scene::new();
    s.vault.as_owner("set_automation", (false,)).unwrap();
    let risk_e7 = s.risk_e7();
    let bid = s.floor(SELL, 500_000);
    let report = rescue(&s, &s.system.step(Path::Plain, SELL, bid)).unwrap();
    assert!(report.risk_after_e7 < risk_e7);
    assert_eq!(report.risk_before_e7, risk_e7);
    assert!(!s.event("step_executed").field::<bool>("rescue"));
    // It is not a step of the budget.
    assert_eq!(s.vault.state().window.sold_value, 0);
}

#[test]
fn owner_rescue_leaves_the_reserve_alone() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 5_000 * ONE)
        .unwrap();
    s.hold_price(2_780);
    let bid = s.floor(SELL, 500_000);
    let report = rescue(&s, &s.system.step(Path::Flash, SELL, bid)).unwrap();
    assert_eq!((report.sold, report.reserve_spent), (SELL, 0));
    assert_eq!(
        s.balances(&s.vault.address).1,
        5_000 * ONE + report.proceeds - bid
    );
}

#[test]
fn owner_rescue_fails_when_health_does_not_improve() {
    let s = Scene::new();
    // Repaying half of what is sold is worse than c * l * risk ratio, 52%.
    let bid = s.floor(SELL, 5_000_000);
    s.assert_refuses(VaultError::DoesNotImprove, || {
        rescue(&s, &s.system.step(Path::Flash, SELL, bid))
    });
}

#[test]
fn owner_rescue_fails_when_the_position_stays_unhealthy() {
    let s = Scene::new();
    s.hold_price(2_500);
    let small = 1_000 * ONE;
    s.assert_refuses(VaultError::UnhealthyAfter, || {
        rescue(
            &s,
            &s.system.step(Path::Flash, small, s.floor(small, 200_000)),
        )
    });
}

#[test]
fn owner_rescue_plain_fails_when_the_withdrawal_alone_is_unhealthy() {
    let s = Scene::new();
    s.hold_price(2_600);
    s.assert_refuses(VaultError::PoolUnhealthy, || {
        rescue(
            &s,
            &s.system.step(Path::Plain, SELL, s.floor(SELL, 500_000)),
        )
    });
}

#[test]
fn owner_rescue_fails_when_less_arrives_than_the_owner_asked_for() {
    let s = Scene::new();
    let adapter = deploy_code(s.chain(), &s.thief, "keeps all", &[swap(vec![])]);
    for (path, venue_fails, nothing_arrives) in [
        (
            Path::Plain,
            VaultError::VenueFailed,
            VaultError::ProceedsTooLow,
        ),
        // Within a flash loan all failures are the pool's.
        (
            Path::Flash,
            VaultError::PoolRefused,
            VaultError::PoolRefused,
        ),
    ] {
        let mut step = s.system.step(path, SELL, s.floor(SELL, 0));
        s.assert_refuses(venue_fails, || rescue(&s, &step));
        step.adapter = adapter.clone();
        s.assert_refuses(nothing_arrives, || rescue(&s, &step));
    }
}

#[test]
fn owner_rescue_fails_when_the_step_makes_no_sense() {
    let s = Scene::new();
    let blnd = s.system.market.blend.blnd().address().clone();
    let call = |change: &dyn Fn(&mut Step)| {
        let mut step = s.system.step(Path::Flash, SELL, s.floor(SELL, 500_000));
        change(&mut step);
        rescue(&s, &step)
    };
    let cases: [(VaultError, Change<'_>); 6] = [
        (VaultError::UnknownAsset, &|step| {
            step.collateral = blnd.clone()
        }),
        (VaultError::InvalidAmount, &|step| step.sell = 0),
        (VaultError::InvalidAmount, &|step| step.min_proceeds = 0),
        (VaultError::NoCollateral, &|step| {
            step.collateral = step.debt.clone()
        }),
        (VaultError::NoDebt, &|step| {
            step.debt = step.collateral.clone()
        }),
        (VaultError::ExceedsCollateral, &|step| {
            step.sell = 140_000 * ONE
        }),
    ];
    for (expected, change) in cases {
        s.assert_refuses(expected, || call(change));
    }
}

#[test]
fn owner_rescue_fails_when_the_pool_is_on_ice_or_the_oracle_dead() {
    let s = Scene::new();
    s.fall_into_auction();
    let step = s.system.step(Path::Flash, SELL, s.floor(SELL, 500_000));
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    s.assert_refuses(VaultError::PoolStatusForbids, || rescue(&s, &step));
    s.system.market.pool.set_status(status::ADMIN_ACTIVE);
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || rescue(&s, &step));
}

#[test]
fn owner_rescue_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let step = s.system.step(Path::Flash, SELL, s.floor(SELL, 500_000));
    for account in [&s.thief, &s.keeper, &s.system.admin] {
        let args = (step.clone(),);
        let call = s
            .chain()
            .call_as(account, &s.vault.address, "owner_rescue", args, &[]);
        assert_unauthorized(call);
    }
}
