//! CreateAccount.

use super::{account, Events, Scope};
use crate::{Delta, Read};
use stellar_xdr::curr::{
    AccountId, Asset, CreateAccountOp, CreateAccountResult, MuxedAccount, OperationResult,
    OperationResultTr, PublicKey,
};

pub(super) fn check(source: &AccountId, op: &CreateAccountOp) -> Result<(), OperationResult> {
    if op.starting_balance < 0 || op.destination == *source {
        return Err(failed(CreateAccountResult::Malformed));
    }
    Ok(())
}

pub(super) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    events: &mut Events<'_>,
    op: &CreateAccountOp,
) -> Result<(), OperationResult> {
    if account::exists(delta, &op.destination) {
        return Err(failed(CreateAccountResult::AlreadyExist));
    }
    let created = account::new_account(scope.header, op.destination.clone(), op.starting_balance);
    if created.balance < account::minimum_balance(scope.header, &created) {
        return Err(failed(CreateAccountResult::LowReserve));
    }
    let source = delta.account(&scope.source);
    let mut source = source.ok_or(OperationResult::OpNoAccount)?;
    if !account::add_balance(scope.header, &mut source, -op.starting_balance) {
        return Err(failed(CreateAccountResult::Underfunded));
    }
    account::put_account(delta, scope.header, source);
    account::put_account(delta, scope.header, created);
    let PublicKey::PublicKeyTypeEd25519(key) = &op.destination.0;
    let destination = MuxedAccount::Ed25519(key.clone());
    events.transfer(
        &Asset::Native,
        scope.muxed,
        &destination,
        op.starting_balance,
    );
    Ok(())
}

fn failed(code: CreateAccountResult) -> OperationResult {
    OperationResult::OpInner(OperationResultTr::CreateAccount(code))
}
