//! Payment.

use super::{
    account, is_issuer, is_valid_asset,
    trust_line::{move_balance, Stuck},
    Events, Scope,
};
use crate::{validity::account_of, Delta, Read};
use stellar_xdr::curr::{
    AccountId, Asset, OperationResult, OperationResultTr, PaymentOp, PaymentResult,
};

pub(super) fn check(op: &PaymentOp) -> Result<(), OperationResult> {
    if op.amount <= 0 || !is_valid_asset(&op.asset) {
        return Err(failed(PaymentResult::Malformed));
    }
    Ok(())
}

pub(super) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    events: &mut Events<'_>,
    op: &PaymentOp,
) -> Result<(), OperationResult> {
    let destination = account_of(&op.destination);
    // Lumens to oneself change nothing, however many.
    if op.asset != Asset::Native || destination != scope.source {
        // Assets go back to their issuer even where its account is gone.
        if !is_issuer(&destination, &op.asset) && !account::exists(delta, &destination) {
            return Err(failed(PaymentResult::NoDestination));
        }
        // The destination first: of two reasons to fail the network tells that one.
        receive(scope, delta, &destination, op).map_err(failed)?;
        send(scope, delta, op).map_err(failed)?;
    }
    events.transfer(&op.asset, scope.muxed, &op.destination, op.amount);
    Ok(())
}

fn receive(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    destination: &AccountId,
    op: &PaymentOp,
) -> Result<(), PaymentResult> {
    if op.asset == Asset::Native {
        let account = delta.account(destination);
        let mut account = account.ok_or(PaymentResult::NoDestination)?;
        if !account::add_balance(scope.header, &mut account, op.amount) {
            return Err(PaymentResult::LineFull);
        }
        account::put_account(delta, scope.header, account);
        return Ok(());
    }
    move_balance(delta, scope.header, destination, &op.asset, op.amount).map_err(
        |stuck| match stuck {
            Stuck::NoLine => PaymentResult::NoTrust,
            Stuck::NotAuthorized => PaymentResult::NotAuthorized,
            Stuck::OutOfBounds => PaymentResult::LineFull,
        },
    )
}

fn send(scope: &Scope<'_>, delta: &mut Delta<'_>, op: &PaymentOp) -> Result<(), PaymentResult> {
    if op.asset == Asset::Native {
        let account = delta.account(&scope.source);
        let mut account = account.ok_or(PaymentResult::Malformed)?;
        if !account::add_balance(scope.header, &mut account, -op.amount) {
            return Err(PaymentResult::Underfunded);
        }
        account::put_account(delta, scope.header, account);
        return Ok(());
    }
    move_balance(delta, scope.header, &scope.source, &op.asset, -op.amount).map_err(|stuck| {
        match stuck {
            Stuck::NoLine => PaymentResult::SrcNoTrust,
            Stuck::NotAuthorized => PaymentResult::SrcNotAuthorized,
            Stuck::OutOfBounds => PaymentResult::Underfunded,
        }
    })
}

fn failed(code: PaymentResult) -> OperationResult {
    OperationResult::OpInner(OperationResultTr::Payment(code))
}
