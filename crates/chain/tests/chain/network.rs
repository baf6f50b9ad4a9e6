//! What the network answers to a call, below what the call's own error tells.

use ballast_chain::{blend::request, limits, market::ONE, CallError, Chain, Market, Token};
use soroban_sdk::xdr::{
    InvokeHostFunctionResult, LedgerEntryData, LedgerKey, LedgerKeyAccount, OperationResult,
    OperationResultTr, TransactionResultResult,
};

const AMOUNT: i128 = 5_0000000;
/// What every transaction here bids to be included, stroops.
const INCLUSION_FEE: i64 = 100;

/// The result of the only operation of the last transaction, which was applied and failed.
#[track_caller]
fn failed(chain: &Chain) -> OperationResult {
    match chain.last_result().expect("a transaction was sent").result {
        TransactionResultResult::TxFailed(results) => results[0].clone(),
        other => panic!("not applied and failed: {other:?}"),
    }
}

#[track_caller]
fn assert_invocation(chain: &Chain, expected: InvokeHostFunctionResult) {
    let expected = OperationResultTr::InvokeHostFunction(expected);
    assert_eq!(failed(chain), OperationResult::OpInner(expected));
}

fn token() -> (Chain, Token) {
    let chain = Chain::new();
    let token = Token::issue(&chain, "USDC");
    let alice = chain.account("alice");
    token.fund(&alice, 100 * AMOUNT);
    token.trust(&chain.account("bob"));
    (chain, token)
}

#[test]
fn refusal_of_a_contract_is_a_trap() {
    let (chain, token) = token();
    let (alice, bob) = (chain.account("alice"), chain.account("bob"));
    let error = token
        .transfer(&alice, bob.address(), 101 * AMOUNT)
        .unwrap_err();
    assert_eq!(error.code(), Some(10));
    assert_invocation(&chain, InvokeHostFunctionResult::Trapped);
}

#[test]
fn expired_signature_is_a_trap() {
    let (chain, token) = token();
    let (alice, bob) = (chain.account("alice"), chain.account("bob"));
    let tree = token.transfer_invocation(alice.address(), bob.address(), AMOUNT);
    let signed = alice.sign(&chain, &tree, 12);
    chain.advance_ledgers(13);
    let args = (alice.address(), bob.address(), AMOUNT);
    let error = chain
        .call(token.address(), "transfer", args, &[signed])
        .unwrap_err();
    assert!(error.is_auth(), "{error:?}");
    assert_invocation(&chain, InvokeHostFunctionResult::Trapped);
}

#[test]
fn source_without_the_weight_is_refused_before_its_call_runs() {
    let (chain, token) = token();
    let (alice, bob) = (chain.account("alice"), chain.account("bob"));
    chain.change_account(&alice.id(), |entry| entry.thresholds.0[2] = 2);
    let args = (alice.address(), bob.address(), AMOUNT);
    let error = chain
        .call_from(&alice, token.address(), "transfer", args, &[])
        .unwrap_err();
    assert_eq!(error, CallError::Refused("OpBadAuth"));
    assert!(error.is_auth());
    assert_eq!(failed(&chain), OperationResult::OpBadAuth);
}

#[test]
fn transaction_too_large_is_no_transaction() {
    let market = Market::standard();
    let borrower = market.borrower("borrower", 1_000 * ONE, ONE);
    let withdraw = request(request::WITHDRAW_COLLATERAL, market.xlm.address(), 1);
    let error = market
        .pool
        .submit(&borrower, &vec![withdraw; 500])
        .unwrap_err();
    assert!(matches!(error, CallError::Limit(_)), "{error:?}");
    let result = market.chain.last_result().expect("it was sent");
    assert_eq!(result.result, TransactionResultResult::TxSorobanInvalid);
}

#[test]
fn code_too_large_is_malformed() {
    let chain = Chain::new();
    let large = vec![0; limits::MAX_CODE_BYTES as usize + 1];
    let error = chain.upload(&large).unwrap_err();
    assert!(matches!(error, CallError::Limit(_)), "{error:?}");
    assert_invocation(&chain, InvokeHostFunctionResult::Malformed);
}

#[test]
fn call_pays_for_what_it_used_and_for_being_included() {
    let (chain, token) = token();
    let (alice, bob) = (chain.account("alice"), chain.account("bob"));
    token.transfer(&alice, bob.address(), AMOUNT).unwrap();
    let (result, cost) = (chain.last_result().expect("it was sent"), chain.last_cost());
    assert_eq!(result.fee_charged, cost.fee_stroops + INCLUSION_FEE);
    assert!(cost.fee_stroops > cost.rent_stroops);
    // The nonce of the signature is new and has to live; nothing else is.
    assert!(cost.rent_stroops > 0);
}

#[test]
fn balances_do_not_move_for_fees_but_the_senders_does() {
    let (chain, token) = token();
    let (alice, bob) = (chain.account("alice"), chain.account("bob"));
    let balance = |chain: &Chain| {
        let key = LedgerKey::Account(LedgerKeyAccount {
            account_id: alice.id(),
        });
        match chain.entry(&key) {
            Some(LedgerEntryData::Account(entry)) => entry.balance,
            _ => panic!("alice is there"),
        }
    };
    let before = balance(&chain);
    let args = (alice.address(), bob.address(), AMOUNT);
    chain
        .call_from(&alice, token.address(), "transfer", args, &[])
        .unwrap();
    assert_eq!(balance(&chain), before);
    let pool = chain.ledger().building().fee_pool;
    assert!(pool > 0);
    token.transfer(&alice, bob.address(), AMOUNT).unwrap();
    let charged = chain.last_result().expect("it was sent").fee_charged;
    assert_eq!(chain.ledger().building().fee_pool, pool + charged);
}

#[test]
fn archived_entries_come_back_with_the_call_that_needs_them() {
    let market = Market::standard();
    let chain = &market.chain;
    let trader = market.trader("trader", 1_000 * ONE, 0);
    market
        .amm
        .swap(&trader, market.xlm.address(), ONE, 0)
        .unwrap();
    let live = chain.last_cost();
    chain.advance_ledgers(limits::MIN_PERSISTENT_TTL + 1);
    chain.restore_expired_code();
    market
        .amm
        .swap(&trader, market.xlm.address(), ONE, 0)
        .unwrap();
    let archived = chain.last_cost();
    assert!(archived.disk_read_entries > live.disk_read_entries);
    assert!(archived.rent_stroops > live.rent_stroops);
}
