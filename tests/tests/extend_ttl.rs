//! `extend_ttl`, and the lifetimes that calls extend on their way.

use crate::support::Scene;
use ballast_chain::market::ONE;
use soroban_sdk::xdr::{
    ContractDataDurability, LedgerEntryData, LedgerKey, LedgerKeyContractCode,
    LedgerKeyContractData, ScVal,
};
use soroban_sdk::xdr::{ContractExecutable, Hash};

const DAY_IN_LEDGERS: u32 = 17_280;
const EXTEND_TO: u32 = 120 * DAY_IN_LEDGERS;
const THRESHOLD: u32 = 90 * DAY_IN_LEDGERS;

fn instance_key(s: &Scene) -> LedgerKey {
    LedgerKey::ContractData(LedgerKeyContractData {
        contract: (&s.vault.address).into(),
        key: ScVal::LedgerKeyContractInstance,
        durability: ContractDataDurability::Persistent,
    })
}

fn code_key(s: &Scene) -> LedgerKey {
    let Some(LedgerEntryData::ContractData(entry)) = s.chain().entry(&instance_key(s)) else {
        panic!("the vault has an instance");
    };
    let ScVal::ContractInstance(instance) = entry.val else {
        panic!("an instance is an instance");
    };
    let ContractExecutable::Wasm(Hash(hash)) = instance.executable else {
        panic!("the vault is wasm");
    };
    LedgerKey::ContractCode(LedgerKeyContractCode { hash: Hash(hash) })
}

/// Ledgers that instance and code still live.
fn lifetimes(s: &Scene) -> [u32; 2] {
    [instance_key(s), code_key(s)].map(|key| {
        let last = s.chain().live_until(&key).expect("contracts live");
        last - s.chain().sequence()
    })
}

#[test]
fn extend_ttl_succeeds_when_nobody_signs() {
    let s = Scene::new();
    s.chain().advance_ledgers(40 * DAY_IN_LEDGERS);
    assert!(lifetimes(&s).iter().all(|left| *left < THRESHOLD));
    s.call_unsigned("extend_ttl", ()).unwrap();
    assert_eq!(lifetimes(&s), [EXTEND_TO; 2]);
    s.assert_authorized(&[]);
}

#[test]
fn extend_ttl_does_nothing_when_enough_is_left() {
    let s = Scene::new();
    s.call_unsigned("extend_ttl", ()).unwrap();
    let before = lifetimes(&s);
    let least = before[0].min(before[1]);
    let passed = least - THRESHOLD - 1;
    s.chain().advance_ledgers(passed);
    s.call_unsigned("extend_ttl", ()).unwrap();
    assert_eq!(lifetimes(&s), before.map(|left| left - passed));
}

#[test]
fn owners_calls_and_repayments_extend_the_lifetime() {
    let s = Scene::new();
    let deposit = || s.vault.deposit(s.xlm(), ONE).unwrap();
    let repay = || s.vault.repay(&s.keeper, s.usdc(), ONE).unwrap();
    let calls: [&dyn Fn(); 2] = [&deposit, &repay];
    for call in calls {
        s.chain().advance_ledgers(40 * DAY_IN_LEDGERS);
        assert!(lifetimes(&s)[0] < THRESHOLD);
        call();
        assert_eq!(lifetimes(&s), [EXTEND_TO; 2]);
    }
}
