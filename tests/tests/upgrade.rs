//! `upgrade`: to a version that the factory lists, at the owner's word, with everything in place.

use crate::support::{assert_code, assert_unauthorized, list_version, successor, Scene};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{ballast, CallError, Frame, Invocation};
use ballast_interfaces::error::{FactoryError, VaultError};
use ballast_interfaces::factory::Version;
use ballast_interfaces::vault::{Links, Path};
use soroban_sdk::xdr::{
    ContractDataDurability, ContractExecutable, Hash, LedgerEntryData, LedgerKey,
    LedgerKeyContractData, ScContractInstance, ScMapEntry, ScVal,
};
use soroban_sdk::{Address, BytesN, Val};

const RESERVE: i128 = 500 * ONE;

fn upgrade(s: &Scene, hash: &BytesN<32>) -> Result<Val, CallError> {
    s.vault.as_owner("upgrade", (hash.clone(),))
}

/// The vault's instance: the code's hash, and what is stored.
fn instance(s: &Scene) -> ([u8; 32], Vec<ScMapEntry>) {
    let key = LedgerKey::ContractData(LedgerKeyContractData {
        contract: (&s.vault.address).into(),
        key: ScVal::LedgerKeyContractInstance,
        durability: ContractDataDurability::Persistent,
    });
    let Some(LedgerEntryData::ContractData(entry)) = s.chain().entry(&key) else {
        panic!("the vault has an instance");
    };
    let ScVal::ContractInstance(ScContractInstance {
        executable: ContractExecutable::Wasm(Hash(hash)),
        storage: Some(storage),
    }) = entry.val
    else {
        panic!("a vault is wasm and stores something");
    };
    (hash, storage.to_vec())
}

/// Stored entries without the links, which alone may change.
fn kept(stored: &[ScMapEntry]) -> Vec<ScMapEntry> {
    let links: ScVal = ScVal::Vec(Some(
        vec![ScVal::Symbol("Links".try_into().unwrap())]
            .try_into()
            .unwrap(),
    ));
    let others = stored.iter().filter(|entry| entry.key != links);
    others.cloned().collect()
}

/// A vault in the middle of its life: a step taken from the window's budget, a reserve, a
/// proposed owner.
fn used(automation: bool) -> Scene {
    let s = Scene::with_policy(|policy| {
        policy.reserve_first = false;
        policy.use_previous_round = false;
    });
    s.vault.fund_reserve(&s.keeper, s.usdc(), RESERVE).unwrap();
    s.hold_price(2_770);
    let step = s.vault.quote_fill().unwrap().step;
    s.fill(step.min_proceeds, step.sell).unwrap();
    let args = (s.keeper.address(),);
    s.vault.as_owner("propose_owner", args).unwrap();
    if !automation {
        s.vault.as_owner("set_automation", (false,)).unwrap();
    }
    assert!(s.vault.state().window.sold_value > 0);
    s
}

/// Another receiver of the same code, as a version may bring it.
fn another_receiver(s: &Scene) -> Address {
    let name = "another receiver";
    ballast::deploy(s.chain(), &s.system.admin, ballast::RECEIVER, name, ()).unwrap()
}

/// The oracle's price of XLM (dollars, 4 decimals).
fn price_e4(s: &Scene) -> i128 {
    let last = s.system.market.oracle.last_price(s.xlm()).unwrap();
    last.expect("quoted").price * 10_000 / USD
}

/// The price falls until a step is due: to a risk ratio of 96.5%.
fn fall(s: &Scene) {
    s.hold_price(price_e4(s) * s.risk_e7() / 9_650_000);
}

/// Steps by both paths, and the owner's exit.
fn assert_works(s: &Scene) {
    fall(s);
    let step = s.vault.quote_fill().unwrap().step;
    s.fill(step.min_proceeds, step.sell).unwrap();
    fall(s);
    let quoted = s.system.quote_rebalance(&s.vault, Path::Flash).unwrap();
    s.vault.rebalance(&s.keeper, &quoted.step).unwrap();
    // Sells a tenth more than the debt is worth, to close it whatever the AMM gives.
    let sell = s.debt() * 11_000 / price_e4(s);
    let leg = s.system.step(Path::Flash, sell, s.debt() + ONE);
    let legs = soroban_sdk::vec![s.chain().env(), leg];
    let bank = s.stranger("bank");
    s.vault.as_owner("close", (legs, bank.address())).unwrap();
    assert_eq!(s.shares(), (0, 0));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    assert!(s.balances(bank.address()).1 >= RESERVE);
}

#[test]
fn upgrade_keeps_everything_and_brings_the_new_functions() {
    for automation in [true, false] {
        let s = used(automation);
        let receiver = another_receiver(&s);
        let hash = list_version(&s.system, &successor(), &receiver);
        assert!(s.call_unsigned("count_calls", ()).is_err());
        let (old_code, before) = instance(&s);
        let (state, shares) = (s.vault.state(), s.shares());
        let (balances, health) = (s.balances(&s.vault.address), s.vault.health().unwrap());

        upgrade(&s, &hash).unwrap();
        s.assert_authorized_by(s.owner(), "upgrade", (hash.clone(),));
        let event = s.event("upgraded");
        assert_eq!(&event.topic::<Address>(1), s.owner());
        assert_eq!(event.field::<BytesN<32>>("wasm_hash"), hash);
        assert_eq!(event.field::<Address>("receiver"), receiver);

        let (new_code, after) = instance(&s);
        assert_eq!((new_code, new_code != old_code), (hash.to_array(), true));
        assert_eq!(kept(&after), kept(&before));
        let links = Links {
            receiver,
            ..state.links.clone()
        };
        let now = s.vault.state();
        assert_eq!(now.links, links);
        assert_eq!(
            (&now.owner, now.automation, &now.window, &now.assets),
            (&state.owner, automation, &state.window, &state.assets)
        );
        assert_eq!(now.policy.to_core(), state.policy.to_core());
        assert_eq!(
            (s.shares(), s.balances(&s.vault.address)),
            (shares, balances)
        );
        assert_eq!(s.vault.health().unwrap(), health);

        // What no vault before it could.
        for calls in 1..=2u32 {
            let counted = s.call_unsigned("count_calls", ()).unwrap();
            assert_eq!(s.chain().from_val::<u32>(counted), calls);
        }
        // And what every vault can, the proposal of before included.
        if automation {
            assert_works(&s);
        } else {
            let refused = s.fill(ONE, 4 * ONE);
            assert_code(refused.map(drop), VaultError::AutomationOff as u32);
        }
        s.chain()
            .call_as(&s.keeper, &s.vault.address, "accept_owner", (), &[])
            .unwrap();
        assert_eq!(&s.vault.state().owner, s.keeper.address());
    }
}

#[test]
fn upgrade_succeeds_to_the_same_code_under_another_hash_and_back() {
    let s = used(true);
    let (first, _) = instance(&s);
    let hash = list_version(&s.system, &ballast::vault_named("b"), &s.system.receiver);
    upgrade(&s, &hash).unwrap();
    assert_eq!(instance(&s).0, hash.to_array());
    upgrade(&s, &BytesN::from_array(s.chain().env(), &first)).unwrap();
    assert_eq!(instance(&s).0, first);
    upgrade(&s, &hash).unwrap();
    assert_works(&s);
}

#[test]
fn upgrade_fails_when_the_factory_does_not_list_the_hash() {
    let s = used(true);
    let uploaded = s.chain().upload(&successor()).unwrap();
    for hash in [uploaded, [7; 32]] {
        let hash = BytesN::from_array(s.chain().env(), &hash);
        s.assert_refuses(VaultError::VersionNotListed, || upgrade(&s, &hash));
    }
}

#[test]
fn upgrade_fails_when_anybody_but_the_owner_signs() {
    let s = used(true);
    let hash = list_version(&s.system, &successor(), &s.system.receiver);
    // The keeper is proposed, and not yet the owner.
    for account in [&s.keeper, &s.thief, &s.system.admin] {
        let args = (hash.clone(),);
        let done = s
            .chain()
            .call_as(account, &s.vault.address, "upgrade", args, &[]);
        assert_unauthorized(done);
    }
    assert_unauthorized(s.call_unsigned("upgrade", (hash,)));
}

/// A signature is good for one upgrade to one hash.
#[test]
fn upgrade_fails_when_a_signature_is_used_again_or_for_another_hash() {
    let s = used(true);
    let (first, _) = instance(&s);
    let first = BytesN::from_array(s.chain().env(), &first);
    let hash = list_version(&s.system, &successor(), &s.system.receiver);
    let other = list_version(&s.system, &ballast::vault_named("b"), &s.system.receiver);
    let tree = Invocation::new(&s.vault.address, "upgrade", (hash.clone(),));
    let signed = s.vault.owner.sign(s.chain(), &tree, 250);
    let call = |hash: &BytesN<32>| {
        let signed = std::slice::from_ref(&signed);
        s.chain()
            .call(&s.vault.address, "upgrade", (hash.clone(),), signed)
    };
    assert_unauthorized(call(&other));
    call(&hash).unwrap();
    upgrade(&s, &first).unwrap();
    assert_unauthorized(call(&hash));
    assert_eq!(instance(&s).0, first.to_array());
}

#[test]
fn upgrade_succeeds_while_an_auction_is_open_and_the_rescue_goes_on() {
    let s = Scene::with_policy(|policy| policy.reserve_first = false);
    s.vault.fund_reserve(&s.keeper, s.usdc(), RESERVE).unwrap();
    s.fall_into_auction();
    let hash = list_version(&s.system, &successor(), &another_receiver(&s));
    let auction = s.system.market.pool.auction(&s.vault.address).unwrap();
    upgrade(&s, &hash).unwrap();
    let still = s.system.market.pool.auction(&s.vault.address).unwrap();
    assert_eq!(still.block, auction.block);
    s.chain().advance_ledgers(184);
    s.system.market.set_price(USD * 2_600 / 10_000);
    let quote = s.system.quote_rebalance(&s.vault, Path::Flash).unwrap();
    assert!(quote.rescue);
    let report = s.vault.rebalance(&s.keeper, &quote.step).unwrap();
    assert!(!s.in_auction());
    assert!((9_450_000..=9_500_000).contains(&report.risk_after_e7));
}

/// What the factory's admin can do by himself: nothing to a vault, and a hash keeps its receiver.
#[test]
fn a_hostile_admin_reaches_no_vault() {
    let s = used(true);
    let (system, env) = (&s.system, s.chain().env());
    let (code, before) = instance(&s);
    let as_admin = |version: &Version| {
        let args = (version.clone(),);
        s.chain()
            .call_as(&system.admin, &system.factory, "list_version", args, &[])
    };
    let own = Version {
        wasm_hash: BytesN::from_array(env, &code),
        receiver: s.thief.address().clone(),
    };
    assert_code(as_admin(&own), FactoryError::VersionExists as u32);
    let hash = s.chain().upload(&successor()).unwrap();
    let hostile = Version {
        wasm_hash: BytesN::from_array(env, &hash),
        receiver: s.thief.address().clone(),
    };
    as_admin(&hostile).unwrap();
    let honest = Version {
        receiver: system.receiver.clone(),
        ..hostile
    };
    assert_code(as_admin(&honest), FactoryError::VersionExists as u32);
    let args = (honest.wasm_hash.clone(),);
    assert_unauthorized(
        s.chain()
            .call_as(&system.admin, &s.vault.address, "upgrade", args, &[]),
    );
    assert_eq!(instance(&s), (code, before));
    assert_works(&s);
}

fn contracts_called(frame: &Frame, found: &mut Vec<String>) {
    found.push(frame.contract.clone());
    for call in &frame.calls {
        contracts_called(call, found);
    }
}

/// Only `upgrade` asks the factory anything: no exit of the owner depends on it.
#[test]
fn no_other_call_of_the_owner_asks_the_factory() {
    let s = used(true);
    let factory = s.system.factory.to_string().to_string();
    let asks = |call: &dyn Fn()| {
        s.chain().set_profiling(true);
        call();
        s.chain().set_profiling(false);
        let profile = s.chain().last_profile().expect("the call is profiled");
        let mut called = vec![];
        contracts_called(&profile, &mut called);
        called.contains(&factory)
    };
    let (usdc, owner) = (s.usdc(), s.owner());
    let calls: [(&str, &dyn Fn()); 6] = [
        ("repay", &|| s.vault.repay(&s.keeper, usdc, ONE).unwrap()),
        ("withdraw", &|| {
            s.vault.as_owner("set_automation", (false,)).unwrap();
            s.vault.withdraw(s.xlm(), ONE, owner).unwrap()
        }),
        ("sweep", &|| {
            s.vault.as_owner("sweep", (usdc, owner)).map(drop).unwrap()
        }),
        ("owner_rescue", &|| {
            let step = s.system.step(Path::Flash, 10_000 * ONE, 2_600 * ONE);
            s.vault.as_owner("owner_rescue", (step,)).map(drop).unwrap()
        }),
        ("close", &|| {
            let leg = s.system.step(Path::Flash, 100_000 * ONE, s.debt() + ONE);
            let legs = soroban_sdk::vec![s.chain().env(), leg];
            s.vault.as_owner("close", (legs, owner)).map(drop).unwrap()
        }),
        ("sweep", &|| {
            s.vault.as_owner("sweep", (usdc, owner)).map(drop).unwrap()
        }),
    ];
    for (name, call) in calls {
        assert!(!asks(call), "{name} asks the factory");
    }
    let hash = list_version(&s.system, &successor(), &s.system.receiver);
    assert!(asks(&|| upgrade(&s, &hash).map(drop).unwrap()));
}
