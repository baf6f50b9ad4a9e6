use ballast_interfaces::adapter::SwapAdapterClient;
use ballast_interfaces::comet::Comet;
use ballast_interfaces::error::AdapterError;
use blend_contract_sdk::testutils::comet;
use soroban_sdk::testutils::{Address as _, EnvTestConfig, Ledger as _};
use soroban_sdk::token::{StellarAssetClient, TokenClient};
use soroban_sdk::xdr::ToXdr;
use soroban_sdk::{contract, contractimpl, vec, Address, Bytes, Env, Symbol};

use crate::CometAdapter;

const ONE: i128 = 1_0000000;
const SOLD: i128 = 100 * ONE;

/// Takes nothing, pays nothing, and says that it paid `CLAIMED`.
#[contract]
struct LookAlike;

const CLAIMED: i128 = 5;

#[contractimpl]
impl Comet for LookAlike {
    fn swap_exact_amount_in(
        env: Env,
        token_in: Address,
        token_amount_in: i128,
        _token_out: Address,
        _min_amount_out: i128,
        _max_price: i128,
        user: Address,
    ) -> (i128, i128) {
        let pool = env.current_contract_address();
        let token = TokenClient::new(&env, &token_in);
        let live_until = (env.ledger().sequence() / 100_000 + 1) * 100_000;
        // What the adapter authorised, and nothing beyond it.
        assert!(token.try_transfer(&user, &pool, &token_amount_in).is_err());
        let more = token_amount_in + 1;
        assert!(token.try_approve(&user, &pool, &more, &live_until).is_err());
        token.approve(&user, &pool, &token_amount_in, &live_until);
        (CLAIMED, 0)
    }
}

struct Fixture {
    env: Env,
    adapter: Address,
    pool: Address,
    token_in: Address,
    token_out: Address,
    to: Address,
}

/// A real Comet pool of equal weights with 10,000 of each token, and nobody's signature.
fn fixture() -> Fixture {
    let env = Env::new_with_config(EnvTestConfig {
        capture_snapshot_at_drop: false,
    });
    env.ledger().set_sequence_number(99_999);
    let controller = Address::generate(&env);
    let token = || {
        env.register_stellar_asset_contract_v2(Address::generate(&env))
            .address()
    };
    let (token_in, token_out) = (token(), token());
    let adapter = env.register(CometAdapter, ());
    let pool = env.register(comet::WASM, ());
    for (token, to) in [
        (&token_in, &controller),
        (&token_out, &controller),
        (&token_in, &adapter),
    ] {
        let amount = if to == &adapter { SOLD } else { 10_000 * ONE };
        StellarAssetClient::new(&env, token)
            .mock_all_auths()
            .mint(to, &amount);
    }
    comet::Client::new(&env, &pool).mock_all_auths().init(
        &controller,
        &vec![&env, token_in.clone(), token_out.clone()],
        &vec![&env, 5_000_000, 5_000_000],
        &vec![&env, 10_000 * ONE, 10_000 * ONE],
        &30_000,
    );
    env.set_auths(&[]);
    let to = Address::generate(&env);
    Fixture {
        env,
        adapter,
        pool,
        token_in,
        token_out,
        to,
    }
}

impl Fixture {
    fn swap(&self, min_out: i128, route: &Bytes) -> Result<i128, soroban_sdk::Error> {
        match SwapAdapterClient::new(&self.env, &self.adapter).try_swap(
            &self.token_in,
            &self.token_out,
            &SOLD,
            &min_out,
            &self.to,
            route,
        ) {
            Ok(proceeds) => Ok(proceeds.unwrap()),
            Err(error) => Err(error.unwrap()),
        }
    }

    fn route(&self) -> Bytes {
        self.pool.clone().to_xdr(&self.env)
    }

    fn balance(&self, token: &Address, of: &Address) -> i128 {
        TokenClient::new(&self.env, token).balance(of)
    }
}

#[test]
fn swap_succeeds_at_a_real_pool_on_both_sides_of_the_approval_boundary() {
    for sequence in [1, 99_999, 100_000, 100_001] {
        let f = fixture();
        f.env.ledger().set_sequence_number(sequence);
        let proceeds = f.swap(98 * ONE, &f.route()).unwrap();
        assert!((98 * ONE..100 * ONE).contains(&proceeds));
        assert_eq!(f.balance(&f.token_out, &f.to), proceeds);
        assert_eq!(f.balance(&f.token_in, &f.adapter), 0);
        assert_eq!(f.balance(&f.token_out, &f.adapter), 0);
        let token_in = TokenClient::new(&f.env, &f.token_in);
        assert_eq!(token_in.allowance(&f.adapter, &f.pool), 0);
    }
}

#[test]
fn swap_fails_when_the_pool_pays_less_than_min_out() {
    let f = fixture();
    assert!(f.swap(100 * ONE, &f.route()).is_err());
    assert_eq!(f.balance(&f.token_in, &f.adapter), SOLD);
}

#[test]
fn swap_fails_when_the_route_is_not_the_xdr_of_a_contract() {
    let f = fixture();
    let good = f.route();
    assert_eq!(good.len(), 40);
    let mut trailing = good.clone();
    trailing.extend_from_array(&[0; 4]);
    let symbol = Symbol::new(&f.env, "a_symbol_as_long_as_an_address__").to_xdr(&f.env);
    assert_eq!(symbol.len(), 40);
    let mut account = Bytes::from_array(&f.env, &[0, 0, 0, 18, 0, 0, 0, 0]);
    account.extend_from_array(&[0; 36]);
    let mut unknown_tag = good.clone();
    unknown_tag.set(7, 9);
    for route in [
        Bytes::new(&f.env),
        good.slice(0..39),
        trailing,
        symbol,
        account.slice(0..40),
        account,
        unknown_tag,
    ] {
        assert_eq!(f.swap(0, &route), Err(AdapterError::InvalidRoute.into()));
    }
}

#[test]
fn swap_fails_when_a_look_alike_claims_proceeds_that_it_did_not_pay() {
    let f = fixture();
    let route = f.env.register(LookAlike, ()).to_xdr(&f.env);
    assert!(f.swap(0, &route).is_err());
}

#[test]
fn swap_cheats_only_its_caller_when_a_look_alike_pays_nothing() {
    let f = fixture();
    StellarAssetClient::new(&f.env, &f.token_out)
        .mock_all_auths()
        .mint(&f.adapter, &CLAIMED);
    f.env.set_auths(&[]);
    let route = f.env.register(LookAlike, ()).to_xdr(&f.env);
    // A donation pays for the claim; the next caller is served in full all the same.
    assert_eq!(f.swap(0, &route), Ok(CLAIMED));
    let proceeds = f.swap(98 * ONE, &f.route()).unwrap();
    assert_eq!(f.balance(&f.token_out, &f.to), CLAIMED + proceeds);
}
