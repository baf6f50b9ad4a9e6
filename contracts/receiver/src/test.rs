use ballast_interfaces::adapter::SwapAdapter;
use ballast_interfaces::error::ReceiverError;
use ballast_interfaces::receiver::{ArmedSwap, ReceiverClient};
use soroban_sdk::testutils::{Address as _, EnvTestConfig};
use soroban_sdk::token::{StellarAssetClient, TokenClient};
use soroban_sdk::{contract, contractimpl, Address, Bytes, Env, Error};

use crate::FlashReceiver;

const LOAN: i128 = 1_000;
const DONATION: i128 = 70;

/// Stands for a vault: arms in its own name, as the receiver's direct caller.
#[contract]
struct Borrower;

#[contractimpl]
impl Borrower {
    pub fn arm(env: Env, receiver: Address, swap: ArmedSwap) {
        ReceiverClient::new(&env, &receiver).arm(&env.current_contract_address(), &swap);
    }

    pub fn arm_for(env: Env, receiver: Address, vault: Address, swap: ArmedSwap) {
        ReceiverClient::new(&env, &receiver).arm(&vault, &swap);
    }
}

/// Stands for Blend's pool: lends what it holds and calls the receiver.
#[contract]
struct Pool;

#[contractimpl]
impl Pool {
    pub fn lend(env: Env, receiver: Address, borrower: Address, token: Address, amount: i128) {
        TokenClient::new(&env, &token).transfer(
            &env.current_contract_address(),
            &receiver,
            &amount,
        );
        ReceiverClient::new(&env, &receiver).exec_op(&borrower, &token, &amount, &0);
    }
}

/// "Swaps" by passing on what it got, and reaches for the receiver's own balance.
#[contract]
struct GreedyAdapter;

#[contractimpl]
impl SwapAdapter for GreedyAdapter {
    fn swap(
        env: Env,
        token_in: Address,
        token_out: Address,
        amount_in: i128,
        _min_out: i128,
        to: Address,
        route: Bytes,
    ) -> i128 {
        let adapter = env.current_contract_address();
        let token = TokenClient::new(&env, &token_in);
        if !route.is_empty() {
            let receiver = Address::from_string_bytes(&route);
            assert!(token.try_transfer(&receiver, &adapter, &1).is_err());
            assert!(token.try_approve(&receiver, &adapter, &1, &1_000).is_err());
        }
        assert_eq!(token_in, token_out);
        assert_eq!(token.balance(&adapter), amount_in);
        token.transfer(&adapter, &to, &amount_in);
        amount_in
    }
}

struct Fixture {
    env: Env,
    receiver: Address,
    borrower: Address,
    pool: Address,
    token: Address,
    swap: ArmedSwap,
}

/// A pool that can lend, a receiver that holds a donation, and nobody's signature.
fn fixture() -> Fixture {
    let env = Env::new_with_config(EnvTestConfig {
        capture_snapshot_at_drop: false,
    });
    let receiver = env.register(FlashReceiver, ());
    let borrower = env.register(Borrower, ());
    let pool = env.register(Pool, ());
    let adapter = env.register(GreedyAdapter, ());
    let token = env
        .register_stellar_asset_contract_v2(Address::generate(&env))
        .address();
    let minter = StellarAssetClient::new(&env, &token);
    minter.mock_all_auths().mint(&pool, &(10 * LOAN));
    minter.mock_all_auths().mint(&receiver, &DONATION);
    env.set_auths(&[]);
    let swap = ArmedSwap {
        pool: pool.clone(),
        token_in: token.clone(),
        token_out: token.clone(),
        amount_in: LOAN,
        min_out: LOAN,
        adapter,
        route: Bytes::new(&env),
    };
    Fixture {
        env,
        receiver,
        borrower,
        pool,
        token,
        swap,
    }
}

impl Fixture {
    fn arm(&self) {
        BorrowerClient::new(&self.env, &self.borrower).arm(&self.receiver, &self.swap);
    }

    fn lend(&self, pool: &Address, token: &Address, amount: i128) -> Result<(), Error> {
        match PoolClient::new(&self.env, pool).try_lend(
            &self.receiver,
            &self.borrower,
            token,
            &amount,
        ) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.unwrap()),
        }
    }

    fn balance(&self, of: &Address) -> i128 {
        TokenClient::new(&self.env, &self.token).balance(of)
    }
}

#[test]
fn exec_op_succeeds_once_when_armed() {
    let f = fixture();
    f.arm();
    assert_eq!(f.lend(&f.pool, &f.token, LOAN), Ok(()));
    assert_eq!(f.balance(&f.borrower), LOAN);
    assert_eq!(
        f.lend(&f.pool, &f.token, LOAN),
        Err(ReceiverError::NotArmed.into())
    );
    assert_eq!(f.balance(&f.receiver), DONATION);
}

#[test]
fn exec_op_fails_when_nothing_is_armed() {
    let f = fixture();
    assert_eq!(
        f.lend(&f.pool, &f.token, LOAN),
        Err(ReceiverError::NotArmed.into())
    );
}

#[test]
fn exec_op_fails_when_another_pool_lends() {
    let f = fixture();
    f.arm();
    let other = f.env.register(Pool, ());
    StellarAssetClient::new(&f.env, &f.token)
        .mock_all_auths()
        .mint(&other, &LOAN);
    f.env.set_auths(&[]);
    assert!(f.lend(&other, &f.token, LOAN).is_err());
    // What was armed is still there for the right pool.
    assert_eq!(f.lend(&f.pool, &f.token, LOAN), Ok(()));
}

#[test]
fn exec_op_fails_when_the_loan_differs() {
    let f = fixture();
    f.arm();
    let other = f
        .env
        .register_stellar_asset_contract_v2(Address::generate(&f.env))
        .address();
    StellarAssetClient::new(&f.env, &other)
        .mock_all_auths()
        .mint(&f.pool, &LOAN);
    f.env.set_auths(&[]);
    assert_eq!(
        f.lend(&f.pool, &f.token, LOAN - 1),
        Err(ReceiverError::WrongLoan.into())
    );
    assert_eq!(
        f.lend(&f.pool, &f.token, LOAN + 1),
        Err(ReceiverError::WrongLoan.into())
    );
    assert_eq!(
        f.lend(&f.pool, &other, LOAN),
        Err(ReceiverError::WrongLoan.into())
    );
}

#[test]
fn exec_op_sends_the_loan_only_when_the_adapter_reaches_for_more() {
    let mut f = fixture();
    f.swap.route = f.receiver.to_string().to_bytes();
    f.arm();
    assert_eq!(f.lend(&f.pool, &f.token, LOAN), Ok(()));
    assert_eq!(f.balance(&f.receiver), DONATION);
    assert_eq!(f.balance(&f.swap.adapter), 0);
}

#[test]
fn arm_fails_when_the_vault_does_not_authorise() {
    let f = fixture();
    let thief = BorrowerClient::new(&f.env, &f.env.register(Borrower, ()));
    assert!(thief
        .try_arm_for(&f.receiver, &f.borrower, &f.swap)
        .is_err());
    // Armed for itself, it changes nothing for others.
    thief.arm(&f.receiver, &f.swap);
    assert_eq!(
        f.lend(&f.pool, &f.token, LOAN),
        Err(ReceiverError::NotArmed.into())
    );
}

#[test]
fn arm_replaces_what_was_armed() {
    let mut f = fixture();
    f.arm();
    f.swap.amount_in = 2 * LOAN;
    f.arm();
    assert_eq!(
        f.lend(&f.pool, &f.token, LOAN),
        Err(ReceiverError::WrongLoan.into())
    );
    assert_eq!(f.lend(&f.pool, &f.token, 2 * LOAN), Ok(()));
}
