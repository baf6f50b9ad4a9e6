//! The adapter for Comet, on a real Comet pool, without anybody's signature.

use crate::support::{assert_code, deploy_code};
use ballast_chain::market::ONE;
use ballast_chain::{CallError, System};
use ballast_interfaces::error::AdapterError;
use soroban_sdk::xdr::ToXdr;
use soroban_sdk::{Address, Bytes, Symbol};

const SOLD: i128 = 1_000 * ONE;

/// A system whose adapter holds [`SOLD`] XLM, as a vault pushes them.
fn pushed() -> System {
    let system = System::standard();
    system.market.xlm.mint(&system.adapter, SOLD);
    system
}

fn swap(system: &System, min_out: i128, to: &Address, route: &Bytes) -> Result<i128, CallError> {
    let market = &system.market;
    let args = (
        market.xlm.address(),
        market.usdc.address(),
        SOLD,
        min_out,
        to,
        route,
    );
    system
        .chain()
        .call(&system.adapter, "swap", args, &[])
        .map(|proceeds| system.chain().from_val(proceeds))
}

#[test]
fn swap_sends_all_proceeds_and_keeps_nothing() {
    let system = pushed();
    let market = &system.market;
    let to = system.factory.clone();
    let (amm, quote) = (
        market.amm.reserves(),
        market.amm.quote(market.xlm.address(), SOLD),
    );
    let route = system.route(market.amm.address());
    let proceeds = swap(&system, quote - 10, &to, &route).unwrap();
    assert!(
        (quote - 10..=quote + 10).contains(&proceeds),
        "{proceeds} {quote}"
    );
    assert_eq!(market.usdc.balance(&to), proceeds);
    assert_eq!(market.amm.reserves(), [amm[0] + SOLD, amm[1] - proceeds]);
    for token in [&market.xlm, &market.usdc] {
        assert_eq!(token.balance(&system.adapter), 0);
        let args = (&system.adapter, market.amm.address());
        let allowance: i128 = system
            .chain()
            .view(token.address(), "allowance", args)
            .unwrap();
        assert_eq!(allowance, 0);
    }
    assert!(system.chain().last_authorizations().is_empty());
}

#[test]
fn swap_succeeds_on_both_sides_of_comets_approval_boundary() {
    let system = pushed();
    let chain = system.chain();
    // Comet approves until the next multiple of 100,000 ledgers.
    chain.advance_ledgers(100_000 - chain.sequence() % 100_000 - 1);
    let route = system.route(system.market.amm.address());
    for _ in 0..3 {
        let state = chain.snapshot();
        assert!(swap(&system, 350 * ONE, &system.factory, &route).unwrap() > 350 * ONE);
        chain.restore(&state);
        chain.advance_ledgers(1);
    }
}

#[test]
fn swap_fails_when_the_pool_pays_less_than_asked_for() {
    let system = pushed();
    let route = system.route(system.market.amm.address());
    let before = system.chain().state_hash();
    assert!(swap(&system, 360 * ONE, &system.factory, &route).is_err());
    assert!(before == system.chain().state_hash());
}

#[test]
fn swap_fails_when_the_route_is_not_the_xdr_of_a_contract() {
    let system = pushed();
    let env = system.chain().env();
    let good = system.route(system.market.amm.address());
    let mut longer = good.clone();
    longer.push_back(0);
    let account = system.admin.address().to_xdr(env);
    let symbol = Symbol::new(env, "a_symbol_as_long_as_an_address__").to_xdr(env);
    assert_eq!(symbol.len(), good.len());
    for route in [
        Bytes::new(env),
        good.slice(..good.len() - 1),
        longer,
        account,
        symbol,
    ] {
        assert_code(
            swap(&system, 0, &system.factory, &route),
            AdapterError::InvalidRoute as u32,
        );
    }
}

#[test]
fn swap_fails_when_the_route_leads_to_no_comet_pool() {
    let system = pushed();
    let before = system.chain().state_hash();
    for elsewhere in [&system.factory, &system.lens, system.market.xlm.address()] {
        let route = system.route(elsewhere);
        assert!(swap(&system, 0, &system.factory, &route).is_err());
    }
    assert!(before == system.chain().state_hash());
    let thief = system.chain().account("thief");
    let empty = deploy_code(system.chain(), &thief, "empty", &[]);
    assert!(swap(&system, 0, &system.factory, &system.route(&empty)).is_err());
}
