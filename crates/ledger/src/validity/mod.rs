//! Is a transaction valid: before it is queued, and again when it is applied?

pub(crate) mod preconditions;
pub(crate) mod results;
pub(crate) mod signatures;
mod soroban;

use crate::{classic, Frame, NetworkConfig, Read};
use signatures::Signatures;
use stellar_xdr::curr::{
    AccountId, DiagnosticEvent, LedgerHeader, Limits, MuxedAccount, Operation, OperationResult,
    PublicKey, TransactionEnvelope, TransactionResult, TransactionResultCode as Code, Uint256,
    WriteXdr,
};

/// How deep an envelope's values may lie within each other.
const DEPTH: u32 = 500;

/// Everything that is checked before a transaction is queued: form, time, fee, sequence number,
/// signatures, balance, operations. `header` is the ledger being built.
///
/// # Errors
/// The result that the network answers. Its fee is the least that such a transaction pays, as validators
/// tell it.
pub fn check(
    state: &dyn Read,
    config: &NetworkConfig,
    header: &LedgerHeader,
    frame: &Frame,
) -> Result<(), TransactionResult> {
    if soroban::fee_out_of_range(frame) || frame.full_fee() < 0 || is_deep(frame) {
        return Err(results::of_whole(0, Code::TxMalformed));
    }
    let least =
        minimum_inclusion_fee(header, frame.operations_paid()).saturating_add(frame.resource_fee());
    if frame.is_fee_bump() {
        check_fee_bump(state, header, frame, least)?;
    }
    let refuse = |code, operations| Err(results::of(frame, least, code, operations));
    let mut signatures = Signatures::new(frame.inner_hash(), frame.inner_signatures());
    if let Err(invalid) = check_common(state, config, header, frame, &mut signatures, false) {
        return refuse(invalid.code, Vec::new());
    }
    let mut operations = results::untouched(frame);
    for (index, operation) in frame.operations().iter().enumerate() {
        let valid = check_supported(operation)
            .and_then(|()| check_signature(state, frame, operation, &mut signatures))
            .and_then(|()| check_operation(config, frame, operation));
        if let Err(result) = valid {
            operations[index] = result;
            return refuse(Code::TxFailed, operations);
        }
    }
    if !signatures.all_used() {
        return refuse(Code::TxBadAuthExtra, Vec::new());
    }
    Ok(())
}

/// What a validator's log tells of a transaction that was refused as `txSOROBAN_INVALID`; nothing of
/// others.
pub fn diagnose(config: &NetworkConfig, frame: &Frame) -> Option<DiagnosticEvent> {
    soroban::diagnose(config, frame)
}

/// A transaction that may not run.
pub(crate) struct Invalid {
    /// Why.
    pub code: Code,
    /// Is its sequence number used up all the same, when it is in a ledger?
    pub uses_sequence: bool,
}

/// What is checked when queueing and once more when applying, up to the signatures of the transaction.
pub(crate) fn check_common(
    state: &dyn Read,
    config: &NetworkConfig,
    header: &LedgerHeader,
    frame: &Frame,
    signatures: &mut Signatures<'_>,
    applying: bool,
) -> Result<(), Invalid> {
    let no = |code| {
        Err(Invalid {
            code,
            uses_sequence: false,
        })
    };
    let used = |code| {
        Err(Invalid {
            code,
            uses_sequence: true,
        })
    };
    if let Err(code) = check_form(config, frame) {
        return no(code);
    }
    if preconditions::too_early(frame, header) {
        return no(Code::TxTooEarly);
    }
    if preconditions::too_late(frame, header) {
        return no(Code::TxTooLate);
    }
    let pays = !frame.is_fee_bump();
    if pays
        && frame.inclusion_fee() < minimum_inclusion_fee(header, frame.operations().len() as i64)
    {
        return no(Code::TxInsufficientFee);
    }
    let Some(account) = state.account(&account_of(frame.source())) else {
        return no(Code::TxNoAccount);
    };
    if preconditions::bad_sequence(frame, header, account.seq_num.0) {
        return no(Code::TxBadSeq);
    }
    if preconditions::too_soon(frame, header, &account) {
        return used(Code::TxBadMinSeqAgeOrGap);
    }
    if !signatures.by_account(&account, account.thresholds.0[1])
        || !signatures.by_all(preconditions::extra_signers(frame))
    {
        return used(Code::TxBadAuth);
    }
    // When applying, the fee is gone from the balance already.
    let to_pay = if applying { 0 } else { frame.full_fee() };
    if pays && classic::available_balance(header, &account) < to_pay {
        return used(Code::TxInsufficientBalance);
    }
    Ok(())
}

/// Form: what can be told from the envelope alone.
fn check_form(config: &NetworkConfig, frame: &Frame) -> Result<(), Code> {
    if matches!(frame.envelope(), TransactionEnvelope::TxV0(_)) {
        return Err(Code::TxNotSupported);
    }
    if preconditions::malformed_extra_signers(frame) {
        return Err(Code::TxMalformed);
    }
    if frame.operations().is_empty() {
        return Err(Code::TxMissingOperation);
    }
    let contracts = frame.operations().iter().filter(|op| soroban::runs(op));
    let mixed = contracts.count() > 0 && frame.operations().len() != 1;
    let stray_data = !frame.is_soroban() && frame.soroban_data().is_some();
    if mixed || stray_data || soroban::fee_out_of_range(frame) {
        return Err(Code::TxMalformed);
    }
    if !soroban::is_valid(config, frame) {
        return Err(Code::TxSorobanInvalid);
    }
    Ok(())
}

fn check_fee_bump(
    state: &dyn Read,
    header: &LedgerHeader,
    frame: &Frame,
    least: i64,
) -> Result<(), TransactionResult> {
    let refuse = |code| Err(results::of_whole(least, code));
    let minimum = minimum_inclusion_fee(header, frame.operations_paid());
    if frame.inclusion_fee() < minimum {
        return refuse(Code::TxInsufficientFee);
    }
    let inner_minimum = minimum_inclusion_fee(header, frame.operations().len() as i64);
    let inner_bid = i64::from(frame.tx().fee) - frame.resource_fee();
    // A bump bids more for each operation than the transaction itself does. (One of a contract may bid
    // less than nothing: its resource fee can be too high for its own fee field.)
    if inner_bid >= 0 {
        let bid = i128::from(frame.inclusion_fee()) * i128::from(inner_minimum);
        let needed = i128::from(inner_bid) * i128::from(minimum);
        if bid < needed {
            let divisor = i128::from(inner_minimum.max(1));
            let fee = i64::try_from((needed + divisor - 1) / divisor).unwrap_or(i64::MAX);
            return Err(results::of_whole(fee, Code::TxInsufficientFee));
        }
    }
    let Some(account) = state.account(&account_of(frame.fee_source())) else {
        return refuse(Code::TxNoAccount);
    };
    let mut signatures = Signatures::new(frame.hash(), frame.fee_bump_signatures());
    if !signatures.by_account(&account, account.thresholds.0[1]) {
        return refuse(Code::TxBadAuth);
    }
    if classic::available_balance(header, &account) < frame.full_fee() {
        return refuse(Code::TxInsufficientBalance);
    }
    if !signatures.all_used() {
        return refuse(Code::TxBadAuthExtra);
    }
    Ok(())
}

/// Is it an operation of those that this ledger applies?
pub(crate) fn check_supported(operation: &Operation) -> Result<(), OperationResult> {
    if soroban::runs(operation) || classic::supports(&operation.body) {
        Ok(())
    } else {
        Err(OperationResult::OpNotSupported)
    }
}

/// Did the operation's source sign, with the weight that the operation asks for?
pub(crate) fn check_signature(
    state: &dyn Read,
    frame: &Frame,
    operation: &Operation,
    signatures: &mut Signatures<'_>,
) -> Result<(), OperationResult> {
    let source = account_of(source_of(frame, operation));
    match state.account(&source) {
        Some(account) => {
            let needed = account.thresholds.0[classic::threshold(&operation.body) as usize];
            if !signatures.by_account(&account, needed) {
                return Err(OperationResult::OpBadAuth);
            }
        }
        None if operation.source_account.is_none() => return Err(OperationResult::OpNoAccount),
        // An operation before may create it: its own key has to sign, its existence is seen later.
        None if !signatures.by_absent(&source) => return Err(OperationResult::OpBadAuth),
        None => {}
    }
    Ok(())
}

/// What can be told of an operation without the state.
pub(crate) fn check_operation(
    config: &NetworkConfig,
    frame: &Frame,
    operation: &Operation,
) -> Result<(), OperationResult> {
    if soroban::runs(operation) {
        return crate::soroban::check_operation(config, frame, operation);
    }
    classic::check(&account_of(source_of(frame, operation)), &operation.body)
}

/// Whose operation it is.
pub(crate) fn source_of<'a>(frame: &'a Frame, operation: &'a Operation) -> &'a MuxedAccount {
    operation.source_account.as_ref().unwrap_or(frame.source())
}

/// The account without the number behind it.
pub(crate) fn account_of(muxed: &MuxedAccount) -> AccountId {
    let key: &Uint256 = match muxed {
        MuxedAccount::Ed25519(key) => key,
        MuxedAccount::MuxedEd25519(muxed) => &muxed.ed25519,
    };
    AccountId(PublicKey::PublicKeyTypeEd25519(key.clone()))
}

fn minimum_inclusion_fee(header: &LedgerHeader, operations: i64) -> i64 {
    i64::from(header.base_fee).saturating_mul(operations.max(1))
}

fn is_deep(frame: &Frame) -> bool {
    let mut limited = stellar_xdr::curr::Limited::new(
        std::io::sink(),
        Limits {
            depth: DEPTH,
            len: usize::MAX,
        },
    );
    frame.envelope().write_xdr(&mut limited).is_err()
}
