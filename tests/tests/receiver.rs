//! The flash-loan receiver, called by Blend's real pool. An account borrows in place of a vault.

use crate::support::{assert_code, assert_unauthorized};
use ballast_chain::blend::FlashLoan;
use ballast_chain::market::ONE;
use ballast_chain::{Account, CallError, Invocation, System};
use ballast_interfaces::error::ReceiverError;
use ballast_interfaces::pool::Request;
use ballast_interfaces::receiver::ArmedSwap;
use soroban_sdk::xdr::{ContractDataDurability, LedgerKey, LedgerKeyContractData};
use soroban_sdk::{Address, Val, Vec};

const LOAN: i128 = 1_000 * ONE;

struct Borrower {
    system: System,
    account: Account,
}

/// A borrower who is healthy with [`LOAN`] of debt on top.
fn borrower() -> Borrower {
    let system = System::standard();
    let account = system.market.borrower("bob", 100_000 * ONE, 1_000 * ONE);
    Borrower { system, account }
}

impl Borrower {
    fn swap(&self) -> ArmedSwap {
        let market = &self.system.market;
        ArmedSwap {
            pool: market.pool.address().clone(),
            token_in: market.xlm.address().clone(),
            token_out: market.usdc.address().clone(),
            amount_in: LOAN,
            min_out: 350 * ONE,
            adapter: self.system.adapter.clone(),
            route: self.system.route(market.amm.address()),
        }
    }

    fn arm(&self, swap: &ArmedSwap) -> Result<Val, CallError> {
        let args = (self.account.address(), swap.clone());
        let receiver = &self.system.receiver;
        self.system
            .chain()
            .call_as(&self.account, receiver, "arm", args, &[])
    }

    /// A flash loan that stays as debt, for which the collateral is enough.
    fn borrow(&self, asset: &Address, amount: i128) -> Result<Val, CallError> {
        let loan = FlashLoan {
            contract: self.system.receiver.clone(),
            asset: asset.clone(),
            amount,
        };
        let none: Vec<Request> = Vec::new(self.system.chain().env());
        let args = (self.account.address(), loan, none);
        let pool = self.system.market.pool.address();
        self.system
            .chain()
            .call_as(&self.account, pool, "flash_loan", args, &[])
    }

    fn xlm(&self) -> &Address {
        self.system.market.xlm.address()
    }

    fn usdc(&self) -> i128 {
        self.system.market.usdc.balance(self.account.address())
    }

    fn is_armed(&self) -> bool {
        let key = LedgerKey::ContractData(LedgerKeyContractData {
            contract: (&self.system.receiver).into(),
            key: soroban_sdk::xdr::ScVal::Address(self.account.address().into()),
            durability: ContractDataDurability::Temporary,
        });
        self.system.chain().entry(&key).is_some()
    }
}

/// What the pool reports when the receiver fails: the receiver's code, or a trap of its own.
#[track_caller]
fn assert_receiver_error(result: Result<Val, CallError>, expected: ReceiverError) {
    assert_code(result, expected as u32);
}

#[test]
fn exec_op_swaps_the_loan_for_who_armed_it_once() {
    let b = borrower();
    let swap = b.swap();
    b.arm(&swap).unwrap();
    let tree = Invocation::new(
        &b.system.receiver,
        "arm",
        (b.account.address(), swap.clone()),
    );
    let signed = b.system.chain().last_authorizations();
    assert_eq!(signed, [(b.account.address().clone(), tree)]);
    assert!(b.is_armed());

    let (before, amm) = (b.usdc(), b.system.market.amm.reserves());
    b.borrow(b.xlm(), LOAN).unwrap();
    let amm_after = b.system.market.amm.reserves();
    assert_eq!(amm_after[0] - amm[0], LOAN);
    assert_eq!(b.usdc() - before, amm[1] - amm_after[1]);
    assert!(b.usdc() - before >= swap.min_out);

    // Consumed, and nothing is left behind.
    assert!(!b.is_armed());
    let market = &b.system.market;
    for holder in [&b.system.receiver, &b.system.adapter] {
        assert_eq!(market.xlm.balance(holder), 0);
        assert_eq!(market.usdc.balance(holder), 0);
    }
    assert_receiver_error(b.borrow(b.xlm(), LOAN), ReceiverError::NotArmed);
}

#[test]
fn exec_op_fails_when_nothing_is_armed() {
    let b = borrower();
    assert_receiver_error(b.borrow(b.xlm(), LOAN), ReceiverError::NotArmed);
    // Who calls does not matter before it is armed.
    let args = (b.account.address(), b.xlm(), LOAN, 0_i128);
    let call = b
        .system
        .chain()
        .call(&b.system.receiver, "exec_op", args, &[]);
    assert_receiver_error(call, ReceiverError::NotArmed);
}

#[test]
fn exec_op_fails_when_the_loan_is_not_the_armed_one() {
    let b = borrower();
    b.arm(&b.swap()).unwrap();
    for amount in [LOAN - 1, LOAN + 1] {
        assert_receiver_error(b.borrow(b.xlm(), amount), ReceiverError::WrongLoan);
    }
    let usdc = b.system.market.usdc.address();
    assert_receiver_error(b.borrow(usdc, LOAN), ReceiverError::WrongLoan);
    // A failed loan leaves it armed.
    b.borrow(b.xlm(), LOAN).unwrap();
}

#[test]
fn exec_op_fails_when_the_armed_pool_does_not_call() {
    let b = borrower();
    b.arm(&b.swap()).unwrap();
    let args = (b.account.address(), b.xlm(), LOAN, 0_i128);
    let receiver = &b.system.receiver;
    assert_unauthorized(b.system.chain().call(receiver, "exec_op", args, &[]));
    let thief = b.system.chain().account("thief");
    assert_unauthorized(
        b.system
            .chain()
            .call_as(&thief, receiver, "exec_op", args, &[]),
    );
    assert!(b.is_armed());
}

#[test]
fn arm_fails_when_anybody_else_signs() {
    let b = borrower();
    let thief = b.system.chain().account("thief");
    let args = (b.account.address(), b.swap());
    assert_unauthorized(
        b.system
            .chain()
            .call_as(&thief, &b.system.receiver, "arm", args, &[]),
    );
    assert!(!b.is_armed());
}

#[test]
fn arm_replaces_what_was_armed() {
    let b = borrower();
    b.arm(&b.swap()).unwrap();
    let larger = ArmedSwap {
        amount_in: 2 * LOAN,
        ..b.swap()
    };
    b.arm(&larger).unwrap();
    assert_receiver_error(b.borrow(b.xlm(), LOAN), ReceiverError::WrongLoan);
    b.borrow(b.xlm(), 2 * LOAN).unwrap();
}

#[test]
fn exec_op_fails_when_the_swap_brings_too_little() {
    let b = borrower();
    let greedy = ArmedSwap {
        min_out: 400 * ONE,
        ..b.swap()
    };
    b.arm(&greedy).unwrap();
    let before = b.system.chain().state_hash();
    assert!(b.borrow(b.xlm(), LOAN).is_err());
    assert!(before == b.system.chain().state_hash());
}
