//! Steps in which collateral and debt are the same asset: no venue, no price, no discount.

use crate::support::Scene;
use ballast_chain::market::ONE;
use ballast_chain::CallError;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::{Path, Step, StepReport};
use soroban_sdk::{Address, Bytes};

/// Brings the risk ratio from 94% to the target.
const SELL: i128 = 10_500 * ONE;

/// 139,000 XLM against 15,000 USDC and 20,000 XLM, risk ratio 94% at 0.22.
fn scene() -> Scene {
    let s = Scene::with_position(139_000 * ONE, 15_000 * ONE);
    s.vault.borrow(s.xlm(), 20_000 * ONE, s.owner()).unwrap();
    s.hold_price(2_200);
    s
}

fn step(s: &Scene, path: Path, sell: i128, min_proceeds: i128) -> Step {
    Step {
        path,
        collateral: s.xlm().clone(),
        debt: s.xlm().clone(),
        sell,
        min_proceeds,
        // Ignored: even what is forbidden elsewhere.
        adapter: s.vault.address.clone(),
        route: Bytes::new(s.chain().env()),
    }
}

fn net(s: &Scene, path: Path, sell: i128, repay: i128) -> Result<StepReport, CallError> {
    s.vault.rebalance(&s.keeper, &step(s, path, sell, repay))
}

fn xlm_debt(s: &Scene) -> i128 {
    s.system.market.pool.debt(&s.vault.address, s.xlm())
}

#[test]
fn rebalance_nets_when_collateral_and_debt_are_the_same_asset() {
    for path in [Path::Plain, Path::Flash] {
        let s = scene();
        let (held, owed, risk_e7) = (s.collateral(), xlm_debt(&s), s.risk_e7());
        let keeper = s.balances(s.keeper.address());
        let report = net(&s, path, SELL, SELL).unwrap();
        assert_eq!(
            (report.sold, report.repaid, report.proceeds),
            (SELL, SELL, SELL)
        );
        assert_eq!((report.reward, report.risk_before_e7), (0, risk_e7));
        let event = s.event("step_executed");
        assert_eq!(event.topic::<Address>(2), event.topic::<Address>(3));
        assert_eq!(event.field::<i128>("floor"), SELL);
        assert_eq!(event.field::<i128>("discount_e7"), 0);

        assert!((held - SELL - 2..=held - SELL).contains(&s.collateral()));
        assert!((owed - SELL..=owed - SELL + 2).contains(&xlm_debt(&s)));
        assert_eq!(s.risk_e7(), report.risk_after_e7);
        assert!((8_750_000..8_850_000).contains(&report.risk_after_e7));
        assert_eq!(s.balances(s.keeper.address()), keeper);
        assert_eq!(s.balances(&s.vault.address), (0, 0));
    }
}

#[test]
fn rebalance_fails_when_netting_repays_less_than_it_sells() {
    let s = scene();
    s.assert_refuses(VaultError::BelowFloor, || {
        net(&s, Path::Plain, SELL, SELL - 1)
    });
}

#[test]
fn rebalance_fails_when_netting_repays_more_than_it_sells() {
    let s = scene();
    // There is nothing to pay the rest from.
    s.assert_refuses(VaultError::PoolRefused, || {
        net(&s, Path::Plain, SELL, SELL + 1)
    });
}

#[test]
fn rebalance_nets_when_the_second_price_and_the_pools_liquidity_are_missing() {
    let s = scene();
    // The venue is empty and the previous round was another price: neither is asked.
    s.set_price(2_190);
    let report = net(&s, Path::Flash, SELL, SELL).unwrap();
    assert_eq!((report.sold, report.repaid), (SELL, SELL));
}

#[test]
fn fill_nets_when_collateral_and_debt_are_the_same_asset() {
    let s = scene();
    let keeper = s.balances(s.keeper.address());
    let (held, owed) = (s.collateral(), xlm_debt(&s));
    s.assert_refuses(VaultError::BelowFloor, || {
        s.vault.fill(&s.keeper, s.xlm(), s.xlm(), SELL - 1, SELL)
    });
    s.vault
        .fill(&s.keeper, s.xlm(), s.xlm(), SELL, SELL)
        .unwrap();
    assert_eq!(s.balances(s.keeper.address()), keeper);
    assert!((held - SELL - 2..=held - SELL).contains(&s.collateral()));
    assert!((owed - SELL..=owed - SELL + 2).contains(&xlm_debt(&s)));
}

#[test]
fn owner_rescue_nets_at_any_time() {
    let s = Scene::with_position(139_000 * ONE, 15_000 * ONE);
    s.vault.borrow(s.xlm(), 20_000 * ONE, s.owner()).unwrap();
    let owed = xlm_debt(&s);
    let report = s
        .vault
        .as_owner("owner_rescue", (step(&s, Path::Plain, owed, owed),));
    let report: StepReport = s.chain().from_val(report.unwrap());
    assert_eq!((report.sold, report.repaid), (owed, owed));
    assert_eq!(xlm_debt(&s), 0);
}
