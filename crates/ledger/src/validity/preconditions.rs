//! When and after what a transaction may run.

use crate::Frame;
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountEntryExtensionV1Ext, AccountEntryExtensionV2Ext,
    AccountEntryExtensionV3, LedgerBounds, LedgerHeader, Preconditions, PreconditionsV2, SignerKey,
};

/// The preconditions of the newer kind.
pub(crate) fn newer(frame: &Frame) -> Option<&PreconditionsV2> {
    match frame.conditions() {
        Preconditions::V2(all) => Some(all),
        _ => None,
    }
}

/// Keys that have to sign beside the account's.
pub(crate) fn extra_signers(frame: &Frame) -> &[SignerKey] {
    newer(frame).map_or(&[], |all| all.extra_signers.as_slice())
}

/// Twice the same extra signer, or one with nothing to sign?
pub(crate) fn malformed_extra_signers(frame: &Frame) -> bool {
    let signers = extra_signers(frame);
    let twice = matches!(signers, [first, second] if first == second);
    twice || signers.iter().any(is_empty_payload)
}

/// A signed payload without a payload.
pub(crate) fn is_empty_payload(key: &SignerKey) -> bool {
    matches!(key, SignerKey::Ed25519SignedPayload(signed) if signed.payload.is_empty())
}

/// Is it before its time, by clock or by ledger?
pub(crate) fn too_early(frame: &Frame, header: &LedgerHeader) -> bool {
    let now = header.scp_value.close_time.0;
    let by_clock = frame
        .time_bounds()
        .is_some_and(|bounds| bounds.min_time.0 > now);
    by_clock || ledger_bounds(frame).is_some_and(|bounds| bounds.min_ledger > header.ledger_seq)
}

/// Is its time over? The last ledger of its bounds is one that it may no longer run in.
pub(crate) fn too_late(frame: &Frame, header: &LedgerHeader) -> bool {
    let now = header.scp_value.close_time.0;
    let by_clock = frame
        .time_bounds()
        .is_some_and(|bounds| bounds.max_time.0 != 0 && bounds.max_time.0 < now);
    by_clock
        || ledger_bounds(frame)
            .is_some_and(|bounds| bounds.max_ledger != 0 && bounds.max_ledger <= header.ledger_seq)
}

/// Is it too soon after the account used a sequence number, by clock or by ledger?
pub(crate) fn too_soon(frame: &Frame, header: &LedgerHeader, account: &AccountEntry) -> bool {
    let Some(all) = newer(frame) else {
        return false;
    };
    let (seq_ledger, seq_time) =
        used_at(account).map_or((0, 0), |used| (used.seq_ledger, used.seq_time.0));
    let now = header.scp_value.close_time.0;
    let old_enough = now
        .checked_sub(all.min_seq_age.0)
        .is_some_and(|then| then >= seq_time);
    let far_enough = header
        .ledger_seq
        .checked_sub(all.min_seq_ledger_gap)
        .is_some_and(|then| then >= seq_ledger);
    !old_enough || !far_enough
}

/// Does its sequence number not follow the account's?
pub(crate) fn bad_sequence(frame: &Frame, header: &LedgerHeader, current: i64) -> bool {
    let sequence = frame.sequence();
    // Accounts that are created in this ledger start with this number: it would let a transaction of an
    // account that was merged and created again be replayed.
    if sequence == i64::from(header.ledger_seq) << 32 {
        return true;
    }
    match newer(frame).and_then(|all| all.min_seq_num.as_ref()) {
        Some(least) => current < least.0 || current >= sequence,
        None => current.checked_add(1) != Some(sequence),
    }
}

fn ledger_bounds(frame: &Frame) -> Option<&LedgerBounds> {
    newer(frame)?.ledger_bounds.as_ref()
}

/// When the account last used a sequence number.
fn used_at(account: &AccountEntry) -> Option<&AccountEntryExtensionV3> {
    let AccountEntryExt::V1(first) = &account.ext else {
        return None;
    };
    let AccountEntryExtensionV1Ext::V2(second) = &first.ext else {
        return None;
    };
    match &second.ext {
        AccountEntryExtensionV2Ext::V0 => None,
        AccountEntryExtensionV2Ext::V3(third) => Some(third),
    }
}
