//! `claim`.

use crate::support::{assert_unauthorized, Scene};
use ballast_chain::ballast::salt;
use ballast_chain::CallError;
use ballast_interfaces::error::VaultError;
use soroban_sdk::{vec, Address, Env, IntoVal, Symbol, Val, Vec};

/// Id of the emissions to suppliers of reserve 0, XLM.
const XLM_SUPPLY: u32 = 1;
/// Id of the emissions to borrowers of reserve 1, USDC.
const USDC_DEBT: u32 = 2;

/// Starts BLND emissions for suppliers of XLM and borrowers of USDC, half each.
fn start_emissions(s: &Scene) {
    let (chain, blend) = (s.chain(), &s.system.market.blend);
    let (env, pool) = (chain.env(), s.system.market.pool.address());
    let admin = blend.admin();
    let emitter = chain.contract_address(admin.address(), salt("emitter"));
    let issuer = blend.blnd().issuer().expect("BLND is a classic asset");
    let call = |signer, contract: &Address, function: &str, args: Vec<Val>| {
        chain
            .call_from(signer, contract, function, args, &[])
            .unwrap_or_else(|error| panic!("{function}: {error}"))
    };
    let half = |index: u32, kind: u32| {
        let share: u64 = 0_5000000;
        let mut entry: soroban_sdk::Map<Symbol, Val> = soroban_sdk::Map::new(env);
        entry.set(Symbol::new(env, "res_index"), index.into_val(env));
        entry.set(Symbol::new(env, "res_type"), kind.into_val(env));
        entry.set(Symbol::new(env, "share"), share.into_val(env));
        entry
    };
    let shares = vec![env, half(0, 1), half(1, 0)];
    call(
        issuer,
        blend.blnd().address(),
        "set_admin",
        (emitter.clone(),).into_val(env),
    );
    call(admin, pool, "set_emissions_config", (shares,).into_val(env));
    let none: Option<Address> = None;
    call(
        admin,
        blend.backstop(),
        "add_reward",
        (pool, none).into_val(env),
    );
    call(admin, &emitter, "distribute", ().into_val(env));
    call(admin, blend.backstop(), "distribute", ().into_val(env));
    // Emissions to pools begin with a later distribution.
    chain.advance_seconds(7 * 86_400);
    call(admin, &emitter, "distribute", ().into_val(env));
    call(admin, blend.backstop(), "distribute", ().into_val(env));
    call(admin, pool, "gulp_emissions", ().into_val(env));
}

fn ids(env: &Env) -> Vec<u32> {
    vec![env, XLM_SUPPLY, USDC_DEBT]
}

fn claim(s: &Scene, to: &Address) -> Result<i128, CallError> {
    s.vault
        .as_owner("claim", (ids(s.chain().env()), to))
        .map(|amount| s.chain().from_val(amount))
}

#[test]
fn claim_pays_the_pools_emissions_when_the_owner_signs() {
    let s = Scene::new();
    start_emissions(&s);
    s.chain().advance_seconds(86_400);
    let blnd = s.system.market.blend.blnd().clone();
    let to = s.stranger("bank");
    blnd.trust(&to);
    let amount = claim(&s, to.address()).unwrap();
    assert!(amount > 0);
    assert_eq!(blnd.balance(to.address()), amount);
    assert_eq!(blnd.balance(&s.vault.address), 0);

    let list = ids(s.chain().env());
    s.assert_authorized_by(s.owner(), "claim", (list.clone(), to.address()));
    let event = s.event("claimed");
    assert_eq!(&event.topic::<Address>(1), s.owner());
    assert_eq!(event.field::<Vec<u32>>("reserve_token_ids"), list);
    assert_eq!(event.field::<i128>("amount"), amount);
    assert_eq!(&event.field::<Address>("to"), to.address());

    // Once.
    assert_eq!(claim(&s, to.address()).unwrap(), 0);
    assert_eq!(blnd.balance(to.address()), amount);
}

#[test]
fn claim_succeeds_when_an_auction_is_open_and_the_oracle_dead() {
    let s = Scene::new();
    start_emissions(&s);
    s.fall_into_auction();
    s.kill_oracle();
    let blnd = s.system.market.blend.blnd();
    blnd.trust(&s.vault.owner);
    let amount = claim(&s, s.owner()).unwrap();
    assert!(amount > 0);
    assert_eq!(blnd.balance(s.owner()), amount);
}

#[test]
fn claim_pays_nothing_when_there_are_no_emissions() {
    let s = Scene::new();
    let blnd = s.system.market.blend.blnd();
    blnd.trust(&s.vault.owner);
    assert_eq!(claim(&s, s.owner()).unwrap(), 0);
    assert_eq!(s.event("claimed").field::<i128>("amount"), 0);
    assert_eq!(blnd.balance(s.owner()), 0);
}

#[test]
fn claim_fails_when_the_receiver_has_no_trustline() {
    let s = Scene::new();
    start_emissions(&s);
    s.chain().advance_seconds(86_400);
    s.assert_refuses(VaultError::PoolRefused, || claim(&s, s.owner()));
}

#[test]
fn claim_fails_when_anybody_else_signs() {
    let s = Scene::new();
    let args = (ids(s.chain().env()), s.thief.address());
    assert_unauthorized(
        s.chain()
            .call_as(&s.thief, &s.vault.address, "claim", args, &[]),
    );
}
