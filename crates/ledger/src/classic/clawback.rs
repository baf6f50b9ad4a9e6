//! Clawback.

use super::{
    account, is_valid_asset, issuer,
    trust_line::{self, CLAWBACK},
    Events, Scope,
};
use crate::{validity::account_of, Delta};
use stellar_xdr::curr::{
    AccountId, ClawbackOp, ClawbackResult, LedgerEntryData, MuxedAccount, OperationResult,
    OperationResultTr,
};

pub(super) fn check(source: &AccountId, op: &ClawbackOp) -> Result<(), OperationResult> {
    let itself = matches!(op.from, MuxedAccount::Ed25519(_)) && account_of(&op.from) == *source;
    let malformed =
        itself || op.amount < 1 || !is_valid_asset(&op.asset) || issuer(&op.asset) != Some(source);
    if malformed {
        return Err(failed(ClawbackResult::Malformed));
    }
    Ok(())
}

pub(super) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    events: &mut Events<'_>,
    op: &ClawbackOp,
) -> Result<(), OperationResult> {
    let Some(mut line) = trust_line::line(delta, &account_of(&op.from), &op.asset) else {
        return Err(failed(ClawbackResult::NoTrust));
    };
    if line.flags & CLAWBACK == 0 {
        return Err(failed(ClawbackResult::NotClawbackEnabled));
    }
    if !trust_line::add_balance(&mut line, -op.amount) {
        return Err(failed(ClawbackResult::Underfunded));
    }
    account::put(delta, scope.header, LedgerEntryData::Trustline(line));
    events.clawback(&op.asset, &op.from, op.amount);
    Ok(())
}

fn failed(code: ClawbackResult) -> OperationResult {
    OperationResult::OpInner(OperationResultTr::Clawback(code))
}
