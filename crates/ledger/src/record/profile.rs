//! Which contracts a call went through, and what each used.

use super::{profiler::Profiler, Recorded, Request};
use crate::{state::is_persistent, NetworkConfig, Read, State};
use ballast_transaction::to_xdr;
use soroban_env_host::{e2e_invoke::invoke_host_function, LedgerInfo, ModuleCache};
use stellar_xdr::curr::{ContractId, Hash, LedgerKey, TtlEntry};

/// One call of a contract, with what it and its own calls used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract called.
    pub contract: ContractId,
    /// The function called.
    pub function: String,
    /// Instructions, nested calls included.
    pub instructions: u64,
    /// Memory, bytes, nested calls included.
    pub memory_bytes: u64,
    /// The calls that it made.
    pub calls: Vec<Call>,
}

impl Call {
    /// Instructions of this call alone.
    pub fn own_instructions(&self) -> u64 {
        let nested: u64 = self.calls.iter().map(|call| call.instructions).sum();
        self.instructions.saturating_sub(nested)
    }
}

/// Runs a recorded call once more, as a validator does it, and looks on.
pub(super) fn profile(
    state: &State,
    config: &NetworkConfig,
    info: &LedgerInfo,
    cache: &ModuleCache,
    request: &Request,
    recorded: &Recorded,
) -> Option<Call> {
    let footprint = &recorded.resources.footprint;
    let mut entries = Vec::new();
    let mut ttls = Vec::new();
    for key in footprint
        .read_only
        .iter()
        .chain(footprint.read_write.iter())
    {
        let Some((entry, ttl)) = input(state, info, key) else {
            continue;
        };
        entries.push(entry);
        ttls.push(ttl);
    }
    let profiler = Profiler::new();
    let mut events = Vec::new();
    invoke_host_function(
        &config.budget(u32::MAX).ok()?,
        true,
        to_xdr(&request.function),
        to_xdr(&recorded.resources),
        &recorded.archived,
        to_xdr(&request.source),
        recorded
            .auth
            .iter()
            .map(to_xdr)
            .collect::<Vec<_>>()
            .into_iter(),
        info.clone(),
        entries.into_iter(),
        ttls.into_iter(),
        request.seed.to_vec(),
        &mut events,
        Some(profiler.hook()),
        Some(cache.clone()),
    )
    .ok()?;
    profiler.finish(&events)
}

/// An entry and its time to live as the host takes them.
fn input(state: &State, info: &LedgerInfo, key: &LedgerKey) -> Option<(Vec<u8>, Vec<u8>)> {
    let entry = state.get(key)?;
    let Some(ttl) = entry.ttl else {
        return Some((entry.xdr.to_vec(), Vec::new()));
    };
    let live = entry.is_live(info.sequence_number);
    if !live && !is_persistent(key) {
        return None;
    }
    let ttl = TtlEntry {
        key_hash: Hash([0; 32]),
        live_until_ledger_seq: match live {
            true => ttl.live_until,
            false => info.sequence_number + info.min_persistent_entry_ttl - 1,
        },
    };
    Some((entry.xdr.to_vec(), to_xdr(&ttl)))
}
