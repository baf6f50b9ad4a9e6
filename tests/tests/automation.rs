//! `set_automation`.

use crate::support::{assert_unauthorized, Scene};
use ballast_chain::market::ONE;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::Path;
use soroban_sdk::Address;

#[test]
fn set_automation_succeeds_when_the_owner_signs() {
    let s = Scene::new();
    assert!(s.vault.state().automation);
    for enabled in [false, true] {
        s.vault.as_owner("set_automation", (enabled,)).unwrap();
        s.assert_authorized_by(s.owner(), "set_automation", (enabled,));
        let event = s.event("automation_set");
        assert_eq!(&event.topic::<Address>(1), s.owner());
        assert_eq!(event.field::<bool>("enabled"), enabled);
        let shown: bool = s.chain().view(&s.vault.address, "automation", ()).unwrap();
        assert_eq!(shown, enabled);
        assert_eq!(s.vault.state().automation, enabled);
    }
}

#[test]
fn set_automation_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let call = |enabled: bool| {
        s.chain().call_as(
            &s.thief,
            &s.vault.address,
            "set_automation",
            (enabled,),
            &[],
        )
    };
    assert_unauthorized(call(false));
    assert_unauthorized(call(true));
}

#[test]
fn fill_and_rebalance_fail_when_automation_is_off() {
    let s = Scene::new();
    s.vault.as_owner("set_automation", (false,)).unwrap();
    s.hold_price(2_780);
    let sell = 12_000 * ONE;
    let fair = s.floor(sell, 0);
    s.assert_refuses(VaultError::AutomationOff, || s.fill(fair, sell));
    for path in [Path::Plain, Path::Flash] {
        s.assert_refuses(VaultError::AutomationOff, || s.rebalance(path, sell, 1));
    }
    // Up to the price at which it may come back.
    s.hold_price(2_830);
    s.vault.as_owner("set_automation", (true,)).unwrap();
    s.hold_price(2_780);
    s.fill(s.floor(sell, 0), sell).unwrap();
}

#[test]
fn set_automation_on_fails_when_the_vault_is_at_soft_and_off_always_works() {
    let s = Scene::new();
    s.hold_price(2_780);
    s.assert_refuses(VaultError::WouldTriggerNow, || {
        s.vault.as_owner("set_automation", (true,))
    });
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || {
        s.vault.as_owner("set_automation", (true,))
    });
    s.vault.as_owner("set_automation", (false,)).unwrap();
    assert!(!s.vault.state().automation);
}

#[test]
fn set_automation_off_works_when_an_auction_is_open() {
    let s = Scene::new();
    s.fall_into_auction();
    s.vault.as_owner("set_automation", (false,)).unwrap();
    assert!(!s.vault.state().automation);
}
