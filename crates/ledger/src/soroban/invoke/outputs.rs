//! What is taken over of what the host did.

use super::{check_size, Done};
use crate::{
    soroban::{Run, Scene},
    state::Ttl,
    Entry, Writes,
};
use ballast_transaction::sha256;
use soroban_env_host::{
    e2e_invoke::{extract_rent_changes, LedgerEntryChange},
    fees::compute_rent_fee,
};
use std::sync::Arc;
use stellar_xdr::curr::{Hash, InvokeHostFunctionResult, LedgerEntry, LedgerKey, Limits, ReadXdr};

/// Takes over what a call that went through did, as far as its limits and its fee allow.
pub(super) fn finish(
    scene: &Scene<'_>,
    restored: Vec<LedgerKey>,
    value: Vec<u8>,
    changes: &[LedgerEntryChange],
    events: Vec<Vec<u8>>,
    run: &mut Run,
) -> Result<Done, InvokeHostFunctionResult> {
    let writes = take_changes(scene, changes, run)?;
    let limit = u64::from(scene.config().tx_max_event_bytes);
    for event in &events {
        run.cost.event_bytes = run.cost.event_bytes.saturating_add(event.len() as u32);
        run.within(
            run.cost.event_bytes.into(),
            limit,
            "total events size exceeds network config maximum",
        )?;
    }
    run.cost.return_bytes = value.len() as u32;
    let event_bytes = run.cost.event_bytes.saturating_add(run.cost.return_bytes);
    run.within(
        event_bytes.into(),
        limit,
        "return value pushes events size above network config maximum",
    )?;
    run.cost.rent_fee = compute_rent_fee(
        &extract_rent_changes(changes),
        &scene.config().rent_fees,
        scene.sequence(),
    );
    if !run.consume_refundable(scene, event_bytes) {
        return Err(InvokeHostFunctionResult::InsufficientRefundableFee);
    }
    Ok(Done {
        hash: success_hash(&value, &events),
        return_value: decode(&value)?,
        events: events
            .iter()
            .map(|event| decode(event))
            .collect::<Result<_, _>>()?,
        writes,
        restored,
    })
}

fn take_changes(
    scene: &Scene<'_>,
    changes: &[LedgerEntryChange],
    run: &mut Run,
) -> Result<Writes, InvokeHostFunctionResult> {
    let sequence = scene.sequence();
    let mut writes = Writes::new();
    for change in changes {
        let key: LedgerKey = decode(&change.encoded_key)?;
        let ttl = change
            .ttl_change
            .as_ref()
            .filter(|ttl| ttl.new_live_until_ledger > ttl.old_live_until_ledger)
            .map(|ttl| Ttl {
                live_until: ttl.new_live_until_ledger,
                last_modified: sequence,
            });
        match (&change.encoded_new_value, ttl) {
            _ if change.read_only => {
                if let (Some(entry), Some(ttl)) = (ttl.and(scene.below.get(&key)), ttl) {
                    writes.insert(Arc::new(key), Some(entry.with_ttl(ttl)));
                }
            }
            (None, _) => {
                if scene.below.get(&key).is_some() {
                    writes.insert(Arc::new(key), None);
                }
            }
            (Some(value), ttl) => {
                check_size(scene, run, &key, value.len())?;
                run.cost.write_bytes = run.cost.write_bytes.saturating_add(value.len() as u32);
                run.within(
                    run.cost.write_bytes.into(),
                    scene.resources().write_bytes.into(),
                    "operation byte-write resources exceeds amount specified",
                )?;
                let ttl = ttl.or_else(|| scene.below.get(&key)?.ttl);
                let entry = written(value, sequence, ttl)?;
                writes.insert(Arc::new(key), Some(entry));
            }
        }
    }
    Ok(writes)
}

/// An entry as the host gives it, modified in this ledger. Every entry that may be written is, changed or
/// not, as core does it.
fn written(
    value: &[u8],
    sequence: u32,
    ttl: Option<Ttl>,
) -> Result<Entry, InvokeHostFunctionResult> {
    let mut xdr = value.to_vec();
    // The number of the ledger that modified it is an entry's first field.
    if let Some(field) = xdr.first_chunk_mut() {
        *field = sequence.to_be_bytes();
    }
    let entry: LedgerEntry = decode(&xdr)?;
    Ok(Entry {
        entry: Arc::new(entry),
        xdr: xdr.into(),
        ttl,
    })
}

/// Hash of what a call gave: its return value and its events.
fn success_hash(value: &[u8], events: &[Vec<u8>]) -> Hash {
    let mut preimage = value.to_vec();
    preimage.extend((events.len() as u32).to_be_bytes());
    for event in events {
        preimage.extend(event);
    }
    Hash(sha256(&preimage))
}

/// Decodes what the host encoded, which does not fail.
fn decode<T: ReadXdr>(xdr: &[u8]) -> Result<T, InvokeHostFunctionResult> {
    T::from_xdr(xdr, Limits::none()).map_err(|_| InvokeHostFunctionResult::Trapped)
}
