//! What is asked of a transaction that runs or keeps contracts, beside the limits of the network.

use crate::{soroban, Frame, NetworkConfig};
use std::collections::BTreeSet;
use stellar_xdr::curr::{
    ContractEvent, ContractEventBody, ContractEventType, ContractEventV0, DiagnosticEvent,
    ExtensionPoint, Memo, MuxedAccount, Operation, OperationBody, ScError, ScErrorCode, ScString,
    ScSymbol, ScVal,
};

/// Highest resource fee that validators read, about 112 million lumens.
const MAX_RESOURCE_FEE: i64 = 1 << 50;

const MEMO: &str = "Soroban transactions are not allowed to use memo or muxed source account";
const NO_DATA: &str = "transaction has no `sorobanData`";
const ABOVE: &str =
    "transaction `sorobanData.resourceFee` is higher than the full transaction fee";
const BELOW: &str =
    "transaction `sorobanData.resourceFee` is lower than the actual Soroban resource fee";
const TWICE: &str = "Found duplicate key in the Soroban footprint; every key across read-only and \
                     read-write footprints has to be unique.";

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
    frame.is_soroban()
        && !frame
            .soroban_data()
            .is_some_and(|data| (0..=MAX_RESOURCE_FEE).contains(&data.resource_fee))
}

/// Memo, limits, resource fee, footprint; the first that does not hold.
pub(super) fn check(config: &NetworkConfig, frame: &Frame) -> Result<(), &'static str> {
    if !frame.is_soroban() {
        return Ok(());
    }
    if !memo_allowed(frame) {
        return Err(MEMO);
    }
    let Some(data) = frame.soroban_data() else {
        return Err(NO_DATA);
    };
    soroban::check_resources(config, frame)?;
    if !frame.is_fee_bump() && data.resource_fee > i64::from(frame.tx().fee) {
        return Err(ABOVE);
    }
    if data.resource_fee < soroban::non_refundable_fee(config, frame) {
        return Err(BELOW);
    }
    let footprint = &data.resources.footprint;
    let mut seen = BTreeSet::new();
    let mut keys = footprint.read_only.iter().chain(&*footprint.read_write);
    if !keys.all(|key| seen.insert(key)) {
        return Err(TWICE);
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

/// The complaint as validators log it. Theirs carries the numbers too.
pub(super) fn diagnose(config: &NetworkConfig, frame: &Frame) -> Vec<DiagnosticEvent> {
    let Err(text) = check(config, frame) else {
        return Vec::new();
    };
    let error = match text {
        MEMO => ScError::Value(ScErrorCode::InvalidInput),
        ABOVE | BELOW => ScError::Value(ScErrorCode::ExceededLimit),
        TWICE | NO_DATA => ScError::Storage(ScErrorCode::InvalidInput),
        _ if text.contains("exceed") => ScError::Storage(ScErrorCode::ExceededLimit),
        _ => ScError::Storage(ScErrorCode::InvalidInput),
    };
    let symbol = ScSymbol("error".try_into().unwrap_or_default());
    vec![DiagnosticEvent {
        in_successful_contract_call: false,
        event: ContractEvent {
            ext: ExtensionPoint::V0,
            contract_id: None,
            type_: ContractEventType::Diagnostic,
            body: ContractEventBody::V0(ContractEventV0 {
                topics: [ScVal::Symbol(symbol), ScVal::Error(error)]
                    .try_into()
                    .unwrap_or_default(),
                data: ScVal::String(ScString(text.try_into().unwrap_or_default())),
            }),
        },
    }]
}
