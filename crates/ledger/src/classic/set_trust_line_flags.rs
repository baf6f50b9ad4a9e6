//! SetTrustLineFlags.

use super::{
    account, is_valid_asset, issuer,
    trust_line::{self, AUTHORIZED, CLAWBACK, MAINTAIN},
    Events, Scope,
};
use crate::{Delta, Read};
use stellar_xdr::curr::{
    AccountFlags, AccountId, LedgerEntryData, OperationResult, OperationResultTr,
    SetTrustLineFlagsOp, SetTrustLineFlagsResult,
};

const AUTH: u32 = AUTHORIZED | MAINTAIN;

pub(super) fn check(source: &AccountId, op: &SetTrustLineFlagsOp) -> Result<(), OperationResult> {
    // Clawback can be given up on a line, never claimed; a line is authorised in one way at a time.
    let malformed = !is_valid_asset(&op.asset)
        || issuer(&op.asset) != Some(source)
        || op.trustor == *source
        || op.set_flags & op.clear_flags != 0
        || op.set_flags & !AUTH != 0
        || op.set_flags & AUTH == AUTH
        || op.clear_flags & !(AUTH | CLAWBACK) != 0;
    if malformed {
        return Err(failed(SetTrustLineFlagsResult::Malformed));
    }
    Ok(())
}

pub(super) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    events: &mut Events<'_>,
    op: &SetTrustLineFlagsOp,
) -> Result<(), OperationResult> {
    let source = delta.account(&scope.source);
    let source = source.ok_or(OperationResult::OpNoAccount)?;
    let revokes = op.clear_flags & AUTH != 0 && op.set_flags & AUTHORIZED == 0;
    if revokes && source.flags & AccountFlags::RevocableFlag as u32 == 0 {
        return Err(failed(SetTrustLineFlagsResult::CantRevoke));
    }
    let Some(mut line) = trust_line::line(delta, &op.trustor, &op.asset) else {
        return Err(failed(SetTrustLineFlagsResult::NoTrustLine));
    };
    line.flags = (line.flags & !op.clear_flags) | op.set_flags;
    if line.flags & AUTH == AUTH {
        return Err(failed(SetTrustLineFlagsResult::InvalidState));
    }
    events.set_authorized(&op.asset, &op.trustor, line.flags & AUTHORIZED != 0);
    account::put(delta, scope.header, LedgerEntryData::Trustline(line));
    Ok(())
}

fn failed(code: SetTrustLineFlagsResult) -> OperationResult {
    OperationResult::OpInner(OperationResultTr::SetTrustLineFlags(code))
}
