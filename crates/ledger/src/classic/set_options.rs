//! SetOptions.

use super::{
    account::{self, NoRoom},
    Scope,
};
use crate::{
    validity::{preconditions::is_empty_payload, signatures::master_key},
    Delta, Read,
};
use stellar_xdr::curr::{
    AccountEntry, AccountFlags, AccountId, OperationResult, OperationResultTr, SetOptionsOp,
    SetOptionsResult, Signer,
};

const REVOCABLE: u32 = AccountFlags::RevocableFlag as u32;
const IMMUTABLE: u32 = AccountFlags::ImmutableFlag as u32;
const CLAWBACK: u32 = AccountFlags::ClawbackEnabledFlag as u32;
const ALL: u32 = AccountFlags::RequiredFlag as u32 | REVOCABLE | IMMUTABLE | CLAWBACK;

/// Who may sign is changed with the highest threshold only.
pub(super) fn asks_for_high(op: &SetOptionsOp) -> bool {
    weights(op).iter().any(Option::is_some) || op.signer.is_some()
}

pub(super) fn check(source: &AccountId, op: &SetOptionsOp) -> Result<(), OperationResult> {
    let (set, clear) = (op.set_flags.unwrap_or(0), op.clear_flags.unwrap_or(0));
    if (set | clear) & !ALL != 0 {
        return Err(failed(SetOptionsResult::UnknownFlag));
    }
    if set & clear != 0 {
        return Err(failed(SetOptionsResult::BadFlags));
    }
    if weights(op).iter().flatten().any(|weight| *weight > 255) {
        return Err(failed(SetOptionsResult::ThresholdOutOfRange));
    }
    if let Some(Signer { key, weight }) = &op.signer {
        if *key == master_key(source) || *weight > 255 || is_empty_payload(key) {
            return Err(failed(SetOptionsResult::BadSigner));
        }
    }
    let printable = |byte: &u8| (0x20..0x7f).contains(byte);
    let domain = op.home_domain.as_ref();
    if domain.is_some_and(|domain| !domain.0.iter().all(printable)) {
        return Err(failed(SetOptionsResult::InvalidHomeDomain));
    }
    Ok(())
}

pub(super) fn apply(
    scope: &Scope<'_>,
    delta: &mut Delta<'_>,
    op: &SetOptionsOp,
) -> Result<(), OperationResult> {
    let account = delta.account(&scope.source);
    let mut account = account.ok_or(OperationResult::OpNoAccount)?;
    if let Some(destination) = &op.inflation_dest {
        if *destination != scope.source && !account::exists(delta, destination) {
            return Err(failed(SetOptionsResult::InvalidInflation));
        }
        account.inflation_dest = Some(destination.clone());
    }
    change_flags(&mut account, op).map_err(failed)?;
    if let Some(domain) = &op.home_domain {
        account.home_domain = domain.clone();
    }
    for (threshold, weight) in account.thresholds.0.iter_mut().zip(weights(op)) {
        if let Some(weight) = weight {
            *threshold = weight as u8;
        }
    }
    let mut sponsor = None;
    if let Some(signer) = &op.signer {
        sponsor = change_signer(scope, &mut account, signer)?;
    }
    account::put_account(delta, scope.header, account);
    account::release_sponsor(delta, scope.header, sponsor);
    Ok(())
}

fn change_flags(account: &mut AccountEntry, op: &SetOptionsOp) -> Result<(), SetOptionsResult> {
    if let Some(flags) = op.clear_flags {
        if flags != 0 && account.flags & IMMUTABLE != 0 {
            return Err(SetOptionsResult::CantChange);
        }
        account.flags &= !flags;
    }
    if let Some(flags) = op.set_flags {
        if flags != 0 && account.flags & IMMUTABLE != 0 {
            return Err(SetOptionsResult::CantChange);
        }
        account.flags |= flags;
    }
    let touched = op.set_flags.is_some() || op.clear_flags.is_some();
    if touched && account.flags & CLAWBACK != 0 && account.flags & REVOCABLE == 0 {
        return Err(SetOptionsResult::AuthRevocableRequired);
    }
    Ok(())
}

/// Adds, changes or removes a signer; gives who sponsored a removed one. Signers are sorted by key.
fn change_signer(
    scope: &Scope<'_>,
    account: &mut AccountEntry,
    signer: &Signer,
) -> Result<Option<AccountId>, OperationResult> {
    let place = account
        .signers
        .binary_search_by(|present| present.key.cmp(&signer.key));
    match place {
        Ok(place) if signer.weight == 0 => return Ok(account::take_signer(account, place)),
        Ok(place) => {
            let mut signers = account.signers.to_vec();
            signers[place].weight = signer.weight;
            account.signers = signers.try_into().unwrap_or_default();
        }
        Err(_) if signer.weight == 0 => {}
        Err(place) => {
            if !account::insert_signer(account, place, signer.clone()) {
                return Err(failed(SetOptionsResult::TooManySigners));
            }
            account::add_sub_entry(scope.header, account).map_err(|no| match no {
                NoRoom::LowReserve => failed(SetOptionsResult::LowReserve),
                NoRoom::TooMany => OperationResult::OpTooManySubentries,
            })?;
        }
    }
    Ok(None)
}

/// In the order of the account's four bytes.
fn weights(op: &SetOptionsOp) -> [Option<u32>; 4] {
    [
        op.master_weight,
        op.low_threshold,
        op.med_threshold,
        op.high_threshold,
    ]
}

fn failed(code: SetOptionsResult) -> OperationResult {
    OperationResult::OpInner(OperationResultTr::SetOptions(code))
}
