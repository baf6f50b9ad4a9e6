//! Resource fees of a transaction.

use crate::{state::is_soroban, Frame, NetworkConfig};
use soroban_env_host::fees::{compute_transaction_resource_fee, TransactionResources};
use stellar_xdr::curr::{OperationBody, SorobanTransactionData, SorobanTransactionDataExt};

/// Entries that a transaction declares to read from disk: classic ones and those to be restored.
pub fn disk_read_entries(frame: &Frame) -> u32 {
    let Some(data) = frame.soroban_data() else {
        return 0;
    };
    let footprint = &data.resources.footprint;
    let restores = matches!(
        frame.operations().first().map(|operation| &operation.body),
        Some(OperationBody::RestoreFootprint(_))
    );
    if restores {
        return footprint.read_write.len() as u32;
    }
    let keys = footprint
        .read_only
        .iter()
        .chain(footprint.read_write.iter());
    let classic = keys.filter(|key| !is_soroban(key)).count();
    (classic + archived_indices(data).len()) as u32
}

/// Indices of the read-write footprint whose entries are to be restored before the call.
pub(super) fn archived_indices(data: &SorobanTransactionData) -> &[u32] {
    match &data.ext {
        SorobanTransactionDataExt::V0 => &[],
        SorobanTransactionDataExt::V1(ext) => ext.archived_soroban_entries.as_slice(),
    }
}

/// Resource fee that is charged whatever happens, stroops: what the declared one must reach.
pub fn non_refundable_fee(config: &NetworkConfig, frame: &Frame) -> i64 {
    resource_fees(config, frame, 0).0
}

/// Non-refundable fee, and the fee of so many bytes of events and return value.
pub(super) fn resource_fees(config: &NetworkConfig, frame: &Frame, event_bytes: u32) -> (i64, i64) {
    let Some(data) = frame.soroban_data() else {
        return (0, 0);
    };
    let declared = &data.resources;
    let resources = TransactionResources {
        instructions: declared.instructions,
        disk_read_entries: disk_read_entries(frame),
        write_entries: declared.footprint.read_write.len() as u32,
        disk_read_bytes: declared.disk_read_bytes,
        write_bytes: declared.write_bytes,
        contract_events_size_bytes: event_bytes,
        transaction_size_bytes: frame.bytes(),
    };
    compute_transaction_resource_fee(&resources, &config.fees)
}
