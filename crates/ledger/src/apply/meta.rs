//! TransactionMetaV4 of one transaction, put together as it applies.

use super::Cost;
use crate::Frame;
use stellar_xdr::curr::{
    ContractEvent, ExtensionPoint, LedgerEntryChange, LedgerEntryChanges, OperationMetaV2, ScVal,
    SorobanTransactionMetaExt, SorobanTransactionMetaExtV1, SorobanTransactionMetaV2,
    TransactionEvent, TransactionEventStage, TransactionMeta, TransactionMetaV4, VecM,
};

pub(super) struct Meta {
    before: Vec<LedgerEntryChange>,
    operations: Vec<OperationMetaV2>,
    return_value: Option<ScVal>,
    events: Vec<TransactionEvent>,
}

impl Meta {
    pub(super) fn new(frame: &Frame) -> Self {
        Self {
            before: Vec::new(),
            operations: Vec::with_capacity(frame.operations().len()),
            return_value: None,
            events: Vec::new(),
        }
    }

    /// An event of the transaction itself.
    pub(super) fn event(&mut self, stage: TransactionEventStage, event: ContractEvent) {
        self.events.push(TransactionEvent { stage, event });
    }

    /// Changes before the operations.
    pub(super) fn before(&mut self, changes: LedgerEntryChanges) {
        self.before.extend(changes.0.to_vec());
    }

    /// What the operations left. A transaction that failed tells nothing of them.
    pub(super) fn succeeded(
        &mut self,
        operations: Vec<OperationMetaV2>,
        return_value: Option<ScVal>,
    ) {
        self.operations = operations;
        self.return_value = return_value;
    }

    pub(super) fn finish(self, frame: &Frame, cost: &Cost) -> TransactionMeta {
        let soroban_meta = frame.is_soroban().then_some(SorobanTransactionMetaV2 {
            ext: SorobanTransactionMetaExt::V1(SorobanTransactionMetaExtV1 {
                ext: ExtensionPoint::V0,
                total_non_refundable_resource_fee_charged: cost.non_refundable_fee,
                total_refundable_resource_fee_charged: cost.refundable_fee + cost.rent_fee,
                rent_fee_charged: cost.rent_fee,
            }),
            return_value: self.return_value,
        });
        TransactionMeta::V4(TransactionMetaV4 {
            ext: ExtensionPoint::V0,
            tx_changes_before: LedgerEntryChanges(self.before.try_into().unwrap_or_default()),
            operations: self.operations.try_into().unwrap_or_default(),
            tx_changes_after: LedgerEntryChanges::default(),
            soroban_meta,
            events: self.events.try_into().unwrap_or_default(),
            diagnostic_events: VecM::default(),
        })
    }
}

/// One more event of the transaction, after its meta was put together.
pub(super) fn add_event(
    meta: &mut TransactionMeta,
    stage: TransactionEventStage,
    event: ContractEvent,
) {
    if let TransactionMeta::V4(meta) = meta {
        let mut events = meta.events.to_vec();
        events.push(TransactionEvent { stage, event });
        meta.events = events.try_into().unwrap_or_default();
    }
}
