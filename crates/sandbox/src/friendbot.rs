//! The friendbot: whoever asks gets 10,000 XLM.
//!
//! It pays by ordinary transactions of the root account, which has every lumen of a new network. An account
//! has one transaction waiting at a time, so who asks while one waits shares the next one.

use crate::{
    rpc::{base64, hex, is_success},
    Closing, Sandbox,
};
use ballast_ledger::{Ledger, Read as _, SubmitStatus};
use ballast_transaction::{account_id, Builder, KeyPair};
use serde_json::{json, Value};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use stellar_strkey::{ed25519, Contract};
use stellar_xdr::curr::{
    Asset, CreateAccountOp, MuxedAccount, OperationBody, PaymentOp, TransactionEnvelope, Uint256,
};
use tokio::{sync::oneshot, time::timeout};

/// What everybody gets, stroops.
pub const STARTING_BALANCE: i64 = 100_000_000_000;
/// Most payments in one transaction.
const MOST_PAYMENTS: usize = 100;
/// In how many ledgers a payment is tried before it is given up.
const MOST_LEDGERS: usize = 3;
/// Longest wait for a ledger to close, beside the time that ledgers take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who waits to be paid.
#[derive(Default)]
pub(crate) struct Friendbot {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    account: [u8; 32],
    answer: oneshot::Sender<Answer>,
}

/// HTTP status and body.
pub(crate) type Answer = (u16, Value);

/// Pays an address, and answers when that is in a closed ledger.
pub(crate) async fn fund(sandbox: &Arc<Sandbox>, address: &str) -> Answer {
    let account = match read_address(address) {
        Ok(account) => account,
        Err(reason) => return bad_address(reason),
    };
    let (answer, answered) = oneshot::channel();
    lock(&sandbox.friendbot.waiting).push(Waiting { account, answer });
    // Served to the end even when who asked goes away: others may be in the same transaction.
    let sandbox = sandbox.clone();
    tokio::spawn(async move {
        let _turn = sandbox.friendbot.turn.lock().await;
        let mut batch = std::mem::take(&mut *lock(&sandbox.friendbot.waiting));
        if batch.len() > MOST_PAYMENTS {
            lock(&sandbox.friendbot.waiting).extend(batch.drain(MOST_PAYMENTS..));
        }
        if !batch.is_empty() {
            pay(&sandbox, batch).await;
        }
    });
    answered
        .await
        .unwrap_or_else(|_| problem(500, "Internal Server Error", "the friendbot has stopped"))
}

async fn pay(sandbox: &Arc<Sandbox>, batch: Vec<Waiting>) {
    let mut by_account: BTreeMap<[u8; 32], Vec<oneshot::Sender<Answer>>> = BTreeMap::new();
    for waiting in batch {
        by_account
            .entry(waiting.account)
            .or_default()
            .push(waiting.answer);
    }
    let view = sandbox.view();
    let mut payments = Vec::new();
    by_account.retain(|account, answers| match payment(&view, *account) {
        Some(payment) => {
            payments.push(payment);
            true
        }
        None => {
            for answer in answers.drain(..) {
                let _ = answer.send(already_funded());
            }
            false
        }
    });
    if payments.is_empty() {
        return;
    }
    let answer = send(sandbox, payments).await;
    for waiting in by_account.into_values().flatten() {
        let _ = waiting.send(answer.clone());
    }
}

/// What an account gets; nothing if it has enough.
fn payment(ledger: &Ledger, account: [u8; 32]) -> Option<OperationBody> {
    match ledger.state().account(&account_id(account)) {
        None => Some(OperationBody::CreateAccount(CreateAccountOp {
            destination: account_id(account),
            starting_balance: STARTING_BALANCE,
        })),
        Some(entry) if entry.balance < STARTING_BALANCE => {
            Some(OperationBody::Payment(PaymentOp {
                destination: MuxedAccount::Ed25519(Uint256(account)),
                asset: Asset::Native,
                amount: STARTING_BALANCE,
            }))
        }
        Some(_) => None,
    }
}

/// Sends one transaction and waits until it is in a ledger.
async fn send(sandbox: &Arc<Sandbox>, payments: Vec<OperationBody>) -> Answer {
    for _ in 0..MOST_LEDGERS {
        let mut latest = sandbox.latest();
        let before = *latest.borrow_and_update();
        let Some(envelope) = transaction(&sandbox.view(), &payments) else {
            return problem(500, "Internal Server Error", "there is no root account");
        };
        let submitted = sandbox.submit(envelope);
        if let SubmitStatus::Error { result, .. } = &submitted.status {
            let detail = format!("network error string: {}", base64(&**result));
            return problem(400, "Bad Request", &detail);
        }
        match sandbox.closing() {
            // Nobody else may close one; who asked for lumens wants them now.
            Closing::Manual => {
                let closing = sandbox.clone();
                let _ = tokio::task::spawn_blocking(move || closing.close()).await;
            }
            Closing::Every(period) => {
                let closed = latest.wait_for(|sequence| *sequence > before);
                let _ = timeout(2 * period + PATIENCE, closed).await;
            }
        }
        if let Some(answer) = paid(&sandbox.view(), &submitted.hash) {
            return answer;
        }
    }
    problem(
        504,
        "Timeout",
        "the payment was in none of the last ledgers; try again",
    )
}

fn transaction(ledger: &Ledger, payments: &[OperationBody]) -> Option<TransactionEnvelope> {
    let root = root(ledger);
    let account = ledger.state().account(&root.account_id())?;
    let fee = ledger
        .header()
        .base_fee
        .saturating_mul(payments.len() as u32);
    let builder = Builder::new(root.muxed(), account.seq_num.0 + 1).inclusion_fee(fee);
    let builder = payments.iter().fold(builder, |builder, payment| {
        builder.operation(payment.clone())
    });
    Some(builder.sign(ledger.network(), &[&root]))
}

/// The account that has every lumen of a new network.
fn root(ledger: &Ledger) -> KeyPair {
    KeyPair::from_seed(ledger.network().id())
}

fn paid(ledger: &Ledger, hash: &[u8; 32]) -> Option<Answer> {
    let (closed, transaction) = ledger.history().transaction(hash)?;
    if !is_success(transaction) {
        let detail = format!("network error string: {}", base64(&transaction.result));
        return Some(problem(400, "Bad Request", &detail));
    }
    Some((
        200,
        json!({
            "successful": true,
            "hash": hex(hash),
            "ledger": closed.sequence(),
            "envelope_xdr": base64(&transaction.envelope),
            "result_xdr": base64(&transaction.result),
            "result_meta_xdr": base64(&transaction.meta),
        }),
    ))
}

fn read_address(address: &str) -> Result<[u8; 32], &'static str> {
    if let Ok(key) = ed25519::PublicKey::from_string(address) {
        return Ok(key.0);
    }
    Err(match Contract::from_string(address) {
        Ok(_) => {
            "contract addresses are not supported, configure rpc_url to fund contract addresses"
        }
        Err(_) => "invalid address: must be a valid G or C address",
    })
}

fn bad_address(reason: &str) -> Answer {
    let (status, mut body) = problem(
        400,
        "Bad Request",
        "The request you sent was invalid in some way.",
    );
    body["extras"] = json!({ "invalid_field": "addr", "reason": reason });
    (status, body)
}

/// Some clients look for the first words and some for the second.
fn already_funded() -> Answer {
    problem(
        400,
        "Bad Request",
        "account already funded to starting balance (createAccountAlreadyExist)",
    )
}

fn problem(status: u16, title: &str, detail: &str) -> Answer {
    let kind = title.to_lowercase().replace(' ', "_");
    let body = json!({
        "type": format!("https://stellar.org/friendbot-errors/{kind}"),
        "title": title,
        "status": status,
        "detail": detail,
    });
    (status, body)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
