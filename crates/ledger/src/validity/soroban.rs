//! What is asked of a transaction that runs or keeps contracts, beside the limits of the network.

use crate::{
    soroban::{check_resources, diagnose_resources, error_event, non_refundable_fee},
    Frame, NetworkConfig,
};
use std::collections::BTreeSet;
use stellar_xdr::curr::{
    DiagnosticEvent, Memo, MuxedAccount, Operation, OperationBody, ScError, ScErrorCode,
};

/// Highest resource fee that validators read, about 112 million lumens.
const MAX_RESOURCE_FEE: i64 = 1 << 50;

/// Does it run or keep contracts?
pub(super) fn runs(operation: &Operation) -> bool {
    matches!(
        operation.body,
        OperationBody::InvokeHostFunction(_)
            | OperationBody::ExtendFootprintTtl(_)
            | OperationBody::RestoreFootprint(_)
    )
}

/// Does it declare no resource fee, or one that is out of all bounds?
pub(super) fn fee_out_of_range(frame: &Frame) -> bool {
    let declared = frame.soroban_data().map(|data| data.resource_fee);
    frame.is_soroban() && !declared.is_some_and(|fee| (0..=MAX_RESOURCE_FEE).contains(&fee))
}

/// Memo, limits, resource fee, footprint: does all of it hold?
pub(super) fn is_valid(config: &NetworkConfig, frame: &Frame) -> bool {
    !frame.is_soroban()
        || (memo_allowed(frame)
            && check_resources(config, frame).is_ok()
            && check_rest(config, frame).is_ok())
}

/// The first that does not hold, as validators log it.
pub(super) fn diagnose(config: &NetworkConfig, frame: &Frame) -> Option<DiagnosticEvent> {
    if !frame.is_soroban() {
        return None;
    }
    if !memo_allowed(frame) {
        return Some(error_event(
            ScError::Value(ScErrorCode::InvalidInput),
            "Soroban transactions are not allowed to use memo or muxed source account",
            &[],
        ));
    }
    diagnose_resources(config, frame).or_else(|| {
        let (error, message, figures) = check_rest(config, frame).err()?;
        Some(error_event(error, message, &figures))
    })
}

/// What is wrong, with figures.
type Refusal = (ScError, &'static str, Vec<u64>);

/// Resource fee and footprint.
fn check_rest(config: &NetworkConfig, frame: &Frame) -> Result<(), Refusal> {
    let Some(data) = frame.soroban_data() else {
        return Ok(());
    };
    let (declared, full) = (data.resource_fee, i64::from(frame.tx().fee));
    // Within a fee bump the fee field may be too small for what the resources cost.
    if !frame.is_fee_bump() && declared > full {
        return Err((
            ScError::Value(ScErrorCode::ExceededLimit),
            "transaction `sorobanData.resourceFee` is higher than the full transaction fee",
            vec![declared as u64, full as u64],
        ));
    }
    let needed = non_refundable_fee(config, frame);
    if declared < needed {
        return Err((
            ScError::Value(ScErrorCode::ExceededLimit),
            "transaction `sorobanData.resourceFee` is lower than the actual Soroban resource fee",
            vec![declared as u64, needed as u64],
        ));
    }
    let footprint = &data.resources.footprint;
    let mut seen = BTreeSet::new();
    let mut keys = footprint.read_only.iter().chain(&*footprint.read_write);
    if !keys.all(|key| seen.insert(key)) {
        return Err((
            ScError::Storage(ScErrorCode::InvalidInput),
            "Found duplicate key in the Soroban footprint; every key across read-only and \
             read-write footprints has to be unique.",
            Vec::new(),
        ));
    }
    Ok(())
}

/// Calls of contracts carry no memo and no muxed source: a contract could not see them.
fn memo_allowed(frame: &Frame) -> bool {
    let muxed = |account: &MuxedAccount| matches!(account, MuxedAccount::MuxedEd25519(_));
    frame.operations().iter().all(|operation| {
        !matches!(operation.body, OperationBody::InvokeHostFunction(_))
            || (*frame.memo() == Memo::None
                && !muxed(frame.source())
                && !operation.source_account.as_ref().is_some_and(muxed))
    })
}
