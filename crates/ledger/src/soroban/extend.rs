//! ExtendFootprintTTL.

use super::{entry_too_large, rent_change, Executed, Run, Scene};
use crate::{state::Ttl, Writes};
use soroban_env_host::fees::compute_rent_fee;
use std::sync::Arc;
use stellar_xdr::curr::{
    ExtendFootprintTtlOp, ExtendFootprintTtlResult, OperationResult, OperationResultTr,
};

pub(super) fn execute(scene: &Scene<'_>, extend: &ExtendFootprintTtlOp) -> Executed {
    let mut run = Run::default();
    match apply(scene, extend, &mut run) {
        Ok(writes) => Executed::succeeded(
            OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Success),
            run,
            writes,
        ),
        Err(code) => Executed::failed(
            OperationResult::OpInner(OperationResultTr::ExtendFootprintTtl(code)),
            run,
        ),
    }
}

fn apply(
    scene: &Scene<'_>,
    extend: &ExtendFootprintTtlOp,
    run: &mut Run,
) -> Result<Writes, ExtendFootprintTtlResult> {
    let sequence = scene.sequence();
    // The current ledger is paid for already.
    let live_until = sequence.saturating_add(extend.extend_to);
    let mut writes = Writes::new();
    let mut rent = Vec::new();
    for key in scene.resources().footprint.read_only.iter() {
        // Archived and absent entries are passed over: their fee comes back.
        let Some(entry) = scene.below.get(key) else {
            continue;
        };
        let Some(ttl) = entry.ttl else { continue };
        if ttl.live_until < sequence || ttl.live_until >= live_until {
            continue;
        }
        if let Some(event) = entry_too_large(scene.config(), key, entry.xdr.len()) {
            run.diagnostics.push(event);
            return Err(ExtendFootprintTtlResult::ResourceLimitExceeded);
        }
        rent.push(rent_change(
            scene,
            key,
            &entry,
            Some(ttl.live_until),
            live_until,
        ));
        let ttl = Ttl {
            live_until,
            last_modified: sequence,
        };
        writes.insert(Arc::new(key.clone()), Some(entry.with_ttl(ttl)));
    }
    run.cost.rent_fee = compute_rent_fee(&rent, &scene.config().rent_fees, sequence);
    match run.consume_refundable(scene, 0) {
        true => Ok(writes),
        false => Err(ExtendFootprintTtlResult::InsufficientRefundableFee),
    }
}
