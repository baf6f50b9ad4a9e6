//! RestoreFootprint.

use super::{entry_too_large, error_event, rent_change, Executed, Run, Scene};
use crate::{state::Ttl, Writes};
use soroban_env_host::fees::compute_rent_fee;
use std::sync::Arc;
use stellar_xdr::curr::{
    LedgerKey, OperationResult, OperationResultTr, RestoreFootprintResult, ScError, ScErrorCode,
};

pub(super) fn execute(scene: &Scene<'_>) -> Executed {
    let mut run = Run::default();
    match apply(scene, &mut run) {
        Ok((writes, restored)) => Executed {
            restored,
            ..Executed::succeeded(
                OperationResultTr::RestoreFootprint(RestoreFootprintResult::Success),
                run,
                writes,
            )
        },
        Err(code) => Executed::failed(
            OperationResult::OpInner(OperationResultTr::RestoreFootprint(code)),
            run,
        ),
    }
}

fn apply(
    scene: &Scene<'_>,
    run: &mut Run,
) -> Result<(Writes, Vec<LedgerKey>), RestoreFootprintResult> {
    let sequence = scene.sequence();
    let live_until = scene.restored_until();
    let mut writes = Writes::new();
    let mut restored = Vec::new();
    let mut rent = Vec::new();
    let declared = scene.resources();
    for key in declared.footprint.read_write.iter() {
        // Absent and live entries are passed over.
        let Some(entry) = scene.below.get(key) else {
            continue;
        };
        if entry.is_live(sequence) {
            continue;
        }
        let bytes = entry.xdr.len() as u32;
        run.cost.disk_read_bytes = run.cost.disk_read_bytes.saturating_add(bytes);
        run.cost.write_bytes = run.cost.write_bytes.saturating_add(bytes);
        let read = (run.cost.disk_read_bytes, declared.disk_read_bytes);
        run.within_declared(
            read,
            "operation byte-read resources exceeds amount specified",
        )?;
        if let Some(event) = entry_too_large(scene.config(), key, entry.xdr.len()) {
            run.diagnostics.push(event);
            return Err(RestoreFootprintResult::ResourceLimitExceeded);
        }
        let written = (run.cost.write_bytes, declared.write_bytes);
        run.within_declared(
            written,
            "operation byte-write resources exceeds amount specified",
        )?;
        rent.push(rent_change(scene, key, &entry, None, live_until));
        let ttl = Ttl {
            live_until,
            last_modified: sequence,
        };
        writes.insert(Arc::new(key.clone()), Some(entry.with_ttl(ttl)));
        restored.push(key.clone());
    }
    run.cost.rent_fee = compute_rent_fee(&rent, &scene.config().rent_fees, sequence);
    match run.consume_refundable(scene, 0) {
        true => Ok((writes, restored)),
        false => Err(RestoreFootprintResult::InsufficientRefundableFee),
    }
}

impl Run {
    fn within_declared(
        &mut self,
        (used, declared): (u32, u32),
        message: &str,
    ) -> Result<(), RestoreFootprintResult> {
        if used <= declared {
            return Ok(());
        }
        self.diagnostics.push(error_event(
            ScError::Budget(ScErrorCode::ExceededLimit),
            message,
            &[used.into(), declared.into()],
        ));
        Err(RestoreFootprintResult::ResourceLimitExceeded)
    }
}
