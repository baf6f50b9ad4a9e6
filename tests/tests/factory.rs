//! The factory, with the real vault and Blend's real pool factory.

use crate::support::{
    assert_authorized, assert_code, assert_unauthorized, only_event, Scene, COLLATERAL, DEBT,
};
use ballast_chain::market::ONE;
use ballast_chain::system::{NO_DEADLINE, VERSION};
use ballast_chain::{Account, CallError, Invocation, System};
use ballast_interfaces::error::{FactoryError, VaultError};
use ballast_interfaces::factory::Version;
use ballast_interfaces::vault::{Path, Step};
use soroban_sdk::xdr::{ContractDataDurability, LedgerKey, LedgerKeyContractData, ScVal};
use soroban_sdk::{Address, BytesN, Env, IntoVal, TryFromVal, Val, Vec};

fn view<T: TryFromVal<Env, Val>>(
    system: &System,
    function: &str,
    args: impl IntoVal<Env, Vec<Val>>,
) -> T {
    system
        .chain()
        .view(&system.factory, function, args)
        .unwrap()
}

fn as_admin(
    system: &System,
    function: &str,
    args: impl IntoVal<Env, Vec<Val>>,
) -> Result<Val, CallError> {
    let chain = system.chain();
    chain.call_as(&system.admin, &system.factory, function, args, &[])
}

/// `create` with everything given, signed by the owner.
fn create(
    system: &System,
    owner: &Account,
    pool: &Address,
    version: u32,
    nonce: u32,
) -> Result<Val, CallError> {
    let args = (owner.address(), pool, version, system.policy(), nonce);
    system
        .chain()
        .call_as(owner, &system.factory, "create", args, &[])
}

#[track_caller]
fn assert_refuses(
    system: &System,
    expected: FactoryError,
    call: impl FnOnce() -> Result<Val, CallError>,
) {
    let before = system.chain().state_hash();
    assert_code(call(), expected as u32);
    assert!(before == system.chain().state_hash());
}

#[test]
fn create_succeeds_at_the_announced_address() {
    let system = System::standard();
    let owner = system.chain().account("alice");
    let pool = system.market.pool.address();
    let announced: Address = view(&system, "vault_address", (owner.address(), pool, 7_u32));
    assert!(!view::<bool>(&system, "is_vault", (&announced,)));
    assert_eq!(view::<u32>(&system, "vault_count", ()), 0);

    let args = (owner.address(), pool, VERSION, system.policy(), 7_u32);
    let created = system
        .chain()
        .call_as(&owner, &system.factory, "create", args.clone(), &[]);
    let vault: Address = system.chain().from_val(created.unwrap());
    assert_eq!(vault, announced);
    let tree = Invocation::new(&system.factory, "create", args);
    assert_authorized(system.chain(), &[(owner.address(), tree)]);
    let event = only_event(system.chain(), &system.factory, "vault_created");
    assert_eq!(&event.topic::<Address>(1), owner.address());
    assert_eq!(&event.topic::<Address>(2), pool);
    assert_eq!(event.field::<Address>("vault"), vault);
    assert_eq!(event.field::<u32>("version"), VERSION);
    assert_eq!(event.field::<u32>("nonce"), 7);

    assert!(view::<bool>(&system, "is_vault", (&vault,)));
    assert_eq!(view::<u32>(&system, "vault_count", ()), 1);
    let state = system.vault(&vault, &owner).state();
    assert_eq!(&state.owner, owner.address());
    assert_eq!(&state.links.pool, pool);
    assert_eq!(state.links.factory, system.factory);
    assert_eq!(state.links.receiver, system.receiver);
    assert!(state.automation);
    assert!(state.assets.is_empty());
}

#[test]
fn create_fails_when_creation_is_paused_and_vaults_go_on() {
    let s = Scene::new();
    let system = &s.system;
    let bob = s.stranger("bob");
    let pool = system.market.pool.address();
    as_admin(system, "set_creation_paused", (true,)).unwrap();
    let event = only_event(s.chain(), &system.factory, "creation_pause_changed");
    assert!(event.field::<bool>("paused"));
    assert!(view::<bool>(system, "creation_paused", ()));
    assert_refuses(system, FactoryError::CreationPaused, || {
        create(system, &bob, pool, VERSION, 0)
    });
    // Every power over what exists stays with its owner and the keepers.
    s.vault.deposit(s.xlm(), ONE).unwrap();
    s.vault.withdraw(s.xlm(), ONE, s.owner()).unwrap();
    s.hold_price(2_780);
    let sell = 12_000 * ONE;
    s.fill(s.floor(sell, 0), sell).unwrap();

    as_admin(system, "set_creation_paused", (false,)).unwrap();
    create(system, &bob, pool, VERSION, 0).unwrap();
}

#[test]
fn create_fails_when_the_version_or_the_pool_is_unknown() {
    let system = System::standard();
    let owner = system.chain().account("alice");
    let pool = system.market.pool.address();
    assert_refuses(&system, FactoryError::UnknownVersion, || {
        create(&system, &owner, pool, VERSION + 1, 0)
    });
    for no_pool in [
        &system.factory,
        system.market.xlm.address(),
        owner.address(),
    ] {
        assert_refuses(&system, FactoryError::NotABlendPool, || {
            create(&system, &owner, no_pool, VERSION, 0)
        });
    }
}

#[test]
fn create_fails_when_the_owner_has_that_vault_already() {
    let system = System::standard();
    let owner = system.chain().account("alice");
    let pool = system.market.pool.address();
    create(&system, &owner, pool, VERSION, 3).unwrap();
    assert_refuses(&system, FactoryError::VaultExists, || {
        create(&system, &owner, pool, VERSION, 3)
    });
    create(&system, &owner, pool, VERSION, 4).unwrap();
}

#[test]
fn create_fails_when_the_owner_does_not_sign() {
    let system = System::standard();
    let chain = system.chain();
    let (alice, thief) = (chain.account("alice"), chain.account("thief"));
    let pool = system.market.pool.address();
    let args = (alice.address(), pool, VERSION, system.policy(), 0_u32);
    assert_unauthorized(chain.call(&system.factory, "create", args.clone(), &[]));
    assert_unauthorized(chain.call_as(&thief, &system.factory, "create", args, &[]));
    assert_unauthorized({
        let args = (alice.address(), pool, VERSION, system.policy(), 0_u32);
        chain.call_as(&system.admin, &system.factory, "create", args, &[])
    });
    // Nobody else's vault takes alice's address: her creation is as before.
    let address: Address = view(&system, "vault_address", (alice.address(), pool, 0_u32));
    for nonce in 0..3 {
        create(&system, &thief, pool, VERSION, nonce).unwrap();
    }
    let created = create(&system, &alice, pool, VERSION, 0).unwrap();
    assert_eq!(chain.from_val::<Address>(created), address);
}

#[test]
fn vaults_returns_pages_in_the_order_of_creation() {
    let system = System::standard();
    let owner = system.chain().account("alice");
    let pool = system.market.pool.address();
    let created: std::vec::Vec<Address> = (0..4)
        .map(|nonce| {
            let vault = create(&system, &owner, pool, VERSION, nonce).unwrap();
            system.chain().from_val(vault)
        })
        .collect();
    let page = |start: u32, limit: u32| -> std::vec::Vec<Address> {
        view::<Vec<Address>>(&system, "vaults", (start, limit))
            .iter()
            .collect()
    };
    assert_eq!(view::<u32>(&system, "vault_count", ()), 4);
    assert_eq!(page(0, 2), created[..2]);
    assert_eq!(page(2, 2), created[2..]);
    assert_eq!(page(3, 100), created[3..]);
    assert_eq!(page(0, u32::MAX), created);
    for (start, limit) in [(4, 1), (0, 0), (u32::MAX, u32::MAX)] {
        assert_eq!(page(start, limit), []);
    }
}

#[test]
fn vaults_returns_at_most_100_at_once() {
    let system = System::standard();
    let owner = system.chain().account("alice");
    for nonce in 0..102 {
        create(
            &system,
            &owner,
            system.market.pool.address(),
            VERSION,
            nonce,
        )
        .unwrap();
    }
    let page = |start: u32, limit: u32| view::<Vec<Address>>(&system, "vaults", (start, limit));
    let all = page(0, u32::MAX);
    assert_eq!(all.len(), 100);
    assert_eq!(page(1, 101).len(), 100);
    assert_eq!(page(2, 100).slice(..98), all.slice(2..));
    assert_eq!(page(100, 100).len(), 2);
}

#[test]
fn vault_address_differs_when_owner_pool_or_nonce_does() {
    let system = System::standard();
    let (alice, bob) = (
        system.chain().account("alice"),
        system.chain().account("bob"),
    );
    let (pool, other) = (system.market.pool.address(), system.market.blend.backstop());
    let addresses = [
        (alice.address(), pool, 0_u32),
        (alice.address(), pool, 1),
        (alice.address(), other, 0),
        (bob.address(), pool, 0),
        (pool, alice.address(), 0),
    ]
    .map(|args| view::<Address>(&system, "vault_address", args));
    for (index, address) in addresses.iter().enumerate() {
        assert!(!addresses[..index].contains(address));
    }
}

#[test]
fn versions_are_appended_and_never_change() {
    let s = Scene::new();
    let system = &s.system;
    let first: Version = view(system, "version", (0_u32,));
    assert_eq!(first.receiver, system.receiver);
    // Some other code that is on the chain.
    let hash = s.chain().upload(ballast_chain::ballast::RECEIVER).unwrap();
    let second = Version {
        wasm_hash: BytesN::from_array(s.chain().env(), &hash),
        receiver: system.lens.clone(),
    };
    let index: u32 = s
        .chain()
        .from_val(as_admin(system, "list_version", (second.clone(),)).unwrap());
    assert_eq!(index, 1);
    let event = only_event(s.chain(), &system.factory, "version_listed");
    assert_eq!(event.topic::<u32>(1), 1);
    assert_eq!(event.field::<BytesN<32>>("wasm_hash"), second.wasm_hash);
    assert_eq!(event.field::<Address>("receiver"), second.receiver);

    assert_eq!(view::<u32>(system, "version_count", ()), 2);
    assert_eq!(view::<Version>(system, "version", (0_u32,)), first);
    assert_eq!(view::<Version>(system, "version", (1_u32,)), second);
    let unknown: Result<Version, _> = s.chain().view(&system.factory, "version", (2_u32,));
    assert_code(unknown, FactoryError::UnknownVersion as u32);

    // By hash, which is listed once and keeps its receiver.
    for version in [&first, &second] {
        let hash = version.wasm_hash.clone();
        assert_eq!(&view::<Version>(system, "version_of", (hash,)), version);
        let other = Version {
            receiver: system.adapter.clone(),
            ..version.clone()
        };
        for again in [version, &other] {
            assert_refuses(system, FactoryError::VersionExists, || {
                as_admin(system, "list_version", (again.clone(),))
            });
        }
    }
    let hash = BytesN::from_array(s.chain().env(), &[7; 32]);
    let unknown: Result<Version, _> = s.chain().view(&system.factory, "version_of", (hash,));
    assert_code(unknown, FactoryError::UnknownVersion as u32);
    // Deployed vaults keep their receiver.
    assert_eq!(s.vault.state().links.receiver, system.receiver);
}

#[test]
fn the_admin_changes_when_the_proposed_one_accepts() {
    let system = System::standard();
    let chain = system.chain();
    let (bob, carol) = (chain.account("bob"), chain.account("carol"));
    let accept =
        |account: &Account| chain.call_as(account, &system.factory, "accept_admin", (), &[]);
    assert_refuses(&system, FactoryError::NoProposal, || accept(&bob));
    as_admin(&system, "propose_admin", (bob.address(),)).unwrap();
    as_admin(&system, "propose_admin", (carol.address(),)).unwrap();
    let event = only_event(chain, &system.factory, "admin_proposed");
    assert_eq!(&event.topic::<Address>(1), system.admin.address());
    assert_eq!(&event.topic::<Address>(2), carol.address());
    assert_unauthorized(accept(&bob));
    assert_eq!(
        &view::<Address>(&system, "admin", ()),
        system.admin.address()
    );
    accept(&carol).unwrap();
    let event = only_event(chain, &system.factory, "admin_changed");
    assert_eq!(&event.topic::<Address>(1), system.admin.address());
    assert_eq!(&event.topic::<Address>(2), carol.address());
    assert_eq!(&view::<Address>(&system, "admin", ()), carol.address());
    assert_unauthorized(as_admin(&system, "set_creation_paused", (true,)));
    assert_refuses(&system, FactoryError::NoProposal, || accept(&carol));
}

#[test]
fn the_admins_calls_fail_when_anybody_else_signs() {
    let system = System::standard();
    let chain = system.chain();
    let thief = chain.account("thief");
    let version: Version = view(&system, "version", (0_u32,));
    let env = chain.env();
    let calls: [(&str, Vec<Val>); 3] = [
        ("list_version", (version,).into_val(env)),
        ("set_creation_paused", (true,).into_val(env)),
        ("propose_admin", (thief.address(),).into_val(env)),
    ];
    for (function, args) in calls {
        assert_unauthorized(chain.call_as(&thief, &system.factory, function, args, &[]));
    }
    assert_eq!(
        &view::<Address>(&system, "blend_pool_factory", ()),
        system.market.blend.pool_factory()
    );
}

#[test]
fn extend_ttl_extends_the_factory_and_one_vaults_entries_for_everybody() {
    const DAY_IN_LEDGERS: u32 = 17_280;
    const FULL: u32 = 170 * DAY_IN_LEDGERS;
    const PASSED: u32 = 60 * DAY_IN_LEDGERS;
    let s = Scene::new();
    let symbol = |name: &str| ScVal::Symbol(name.try_into().unwrap());
    let variant = |name, value| ScVal::Vec(Some(vec![symbol(name), value].try_into().unwrap()));
    let lifetimes = || {
        [
            ScVal::LedgerKeyContractInstance,
            variant("VaultAt", ScVal::U32(0)),
            variant("IsVault", ScVal::Address((&s.vault.address).into())),
        ]
        .map(|key| {
            let key = LedgerKey::ContractData(LedgerKeyContractData {
                contract: (&s.system.factory).into(),
                key,
                durability: ContractDataDurability::Persistent,
            });
            s.chain().live_until(&key).expect("it lives") - s.chain().sequence()
        })
    };
    let extend = |index: u32| {
        let call = s
            .chain()
            .call(&s.system.factory, "extend_ttl", (index,), &[]);
        call.unwrap();
        s.assert_authorized(&[]);
    };
    assert_eq!(lifetimes(), [FULL; 3]);
    s.chain().advance_ledgers(PASSED);
    assert_eq!(lifetimes(), [FULL - PASSED; 3]);
    // No such vault: only the factory's own lifetime.
    extend(1);
    assert_eq!(lifetimes(), [FULL, FULL - PASSED, FULL - PASSED]);
    extend(0);
    assert_eq!(lifetimes(), [FULL; 3]);
}

#[test]
fn the_admin_has_no_power_over_a_vault() {
    let s = Scene::new();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 100 * ONE)
        .unwrap();
    let admin = &s.system.admin;
    s.system.market.usdc.fund(admin, DEBT);
    let env = s.chain().env();
    let to = admin.address();
    let step = s.system.step(Path::Flash, 12_000 * ONE, 3_000 * ONE);
    let no_legs: Vec<Step> = Vec::new(env);
    let ids: Vec<u32> = Vec::from_array(env, [1]);
    let (keeper, sold, bid) = (s.keeper.address(), 12_000 * ONE, 4_000 * ONE);
    let calls: [(&str, Vec<Val>); 16] = [
        ("deposit", (s.xlm(), ONE).into_val(env)),
        ("withdraw", (s.xlm(), ONE, to).into_val(env)),
        ("borrow", (s.usdc(), ONE, to).into_val(env)),
        ("repay", (s.owner(), s.usdc(), ONE).into_val(env)),
        ("fund_reserve", (s.owner(), s.usdc(), ONE).into_val(env)),
        ("withdraw_reserve", (s.usdc(), ONE, to).into_val(env)),
        ("sweep", (s.usdc(), to).into_val(env)),
        ("set_policy", (s.system.policy(),).into_val(env)),
        ("set_automation", (false,).into_val(env)),
        ("claim", (ids, to).into_val(env)),
        ("close", (no_legs, to).into_val(env)),
        ("owner_rescue", (step.clone(),).into_val(env)),
        ("propose_owner", (to,).into_val(env)),
        (
            "fill",
            (keeper, s.xlm(), s.usdc(), bid, sold, NO_DEADLINE).into_val(env),
        ),
        ("rebalance", (keeper, step, NO_DEADLINE).into_val(env)),
        (
            "__constructor",
            (
                to,
                s.system.market.pool.address(),
                to,
                to,
                s.system.policy(),
            )
                .into_val(env),
        ),
    ];
    let before = s.chain().state_hash();
    for (function, args) in calls {
        let call = s
            .chain()
            .call_as(admin, &s.vault.address, function, args, &[]);
        match function {
            // Not an entry point once the vault is there.
            "__constructor" => assert!(call.is_err()),
            _ => assert_unauthorized(call),
        }
    }
    let accept = s
        .chain()
        .call_as(admin, &s.vault.address, "accept_owner", (), &[]);
    assert_code(accept, VaultError::NoProposal as u32);
    assert!(before == s.chain().state_hash());
    assert_eq!(s.shares(), (COLLATERAL, DEBT));
}
