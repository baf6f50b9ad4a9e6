//! What a recorded call touched, and what handing it to the host and back will cost.

use super::{Recorded, Snapshot};
use crate::{state::is_persistent, NetworkConfig};
use ballast_transaction::to_xdr;
use soroban_env_host::{
    budget::Budget,
    e2e_invoke::entry_size_for_rent,
    fees::{compute_rent_fee, LedgerEntryRentChange},
    storage::{AccessType, EntryWithLiveUntil, FootprintMap, SnapshotSource, Storage, StorageMap},
    HostError, LedgerInfo, MeteredOrdMap,
};
use std::{io::Write, rc::Rc};
use stellar_xdr::curr::{
    AccountId, ContractCostType, HostFunction, LedgerKey, Limited, Limits, TtlEntry, WriteXdr,
};

/// Declared sizes of a key and of an entry, by which the host charges for copies.
const KEY_BYTES: u64 = 120;
const ENTRY_BYTES: u64 = 256;
/// The host's copies of what keys hold are not public: this many 256ths of the whole stand for them.
const COPIES: u64 = 1;

type TtlMap = MeteredOrdMap<Rc<LedgerKey>, Rc<TtlEntry>, Budget>;

struct Touched {
    key: Rc<LedgerKey>,
    written: bool,
    before: Option<EntryWithLiveUntil>,
    after: Option<EntryWithLiveUntil>,
    before_bytes: u32,
    after_bytes: u32,
    restored: bool,
}

/// Fills in footprint and resources of a call, as far as it came.
pub(super) fn fill(
    recorded: &mut Recorded,
    function: &HostFunction,
    source: &AccountId,
    config: &NetworkConfig,
    info: &LedgerInfo,
    snapshot: &Snapshot,
    storage: &Storage,
) -> Result<(), HostError> {
    // Bookkeeping that nobody pays for.
    let free = Budget::default();
    let mut touched = Vec::new();
    let (mut read_only, mut read_write) = (Vec::new(), Vec::new());
    for (key, access) in &storage.footprint.0 {
        let written = *access == AccessType::ReadWrite;
        let before = snapshot.get(key)?;
        // Touched only by a nested call that failed and was caught: unchanged.
        let after = match storage.map.get::<Rc<LedgerKey>>(key, &free) {
            Ok(Some(after)) => after.clone(),
            _ => before.clone(),
        };
        let live_until = before.as_ref().and_then(|(_, live_until)| *live_until);
        let restored = live_until.is_some_and(|last| last < info.sequence_number);
        if restored {
            recorded.archived.push(read_write.len() as u32);
        }
        match written {
            true => read_write.push(key.as_ref().clone()),
            false => read_only.push(key.as_ref().clone()),
        }
        touched.push(Touched {
            key: key.clone(),
            written,
            before_bytes: size(&before),
            after_bytes: size(&after),
            before,
            after,
            restored,
        });
    }
    let resources = &mut recorded.resources;
    resources.footprint.read_only = read_only.try_into().unwrap_or_default();
    resources.footprint.read_write = read_write.try_into().unwrap_or_default();
    for entry in &touched {
        if entry.restored || !crate::state::is_soroban(&entry.key) {
            resources.disk_read_bytes += entry.before_bytes;
        }
        if entry.written {
            resources.write_bytes += entry.after_bytes;
        }
    }
    let rent = rent_changes(&touched, config, info)?;
    recorded.rent_fee = compute_rent_fee(&rent, &config.rent_fees, info.sequence_number);
    let (instructions, memory) = around(recorded, function, source, config, &touched)?;
    let sum = u64::from(recorded.resources.instructions).saturating_add(instructions);
    recorded.resources.instructions = u32::try_from(sum).unwrap_or(u32::MAX);
    recorded.memory_bytes = recorded.memory_bytes.saturating_add(memory);
    Ok(())
}

fn size(entry: &Option<EntryWithLiveUntil>) -> u32 {
    entry
        .as_ref()
        .map_or(0, |(entry, _)| to_xdr(entry.as_ref()).len() as u32)
}

fn rent_changes(
    touched: &[Touched],
    config: &NetworkConfig,
    info: &LedgerInfo,
) -> Result<Vec<LedgerEntryRentChange>, HostError> {
    let budget = config.budget(0)?;
    let mut changes = Vec::new();
    for entry in touched {
        let Some((after, Some(new_live_until_ledger))) = &entry.after else {
            continue;
        };
        let mut new_live_until_ledger = *new_live_until_ledger;
        // An archived entry pays as a new one.
        let (mut old_size_bytes, mut old_live_until_ledger) = (0, 0);
        if let (Some((before, Some(live_until))), false) = (&entry.before, entry.restored) {
            old_size_bytes = entry_size_for_rent(&budget, before, entry.before_bytes)?;
            old_live_until_ledger = *live_until;
        }
        if entry.restored {
            let restored = info.sequence_number + config.min_persistent_ttl - 1;
            new_live_until_ledger = new_live_until_ledger.max(restored);
        }
        let new_size_bytes = match entry.written {
            true => entry_size_for_rent(&budget, after, entry.after_bytes)?,
            false => old_size_bytes,
        };
        if old_live_until_ledger >= new_live_until_ledger && old_size_bytes >= new_size_bytes {
            continue;
        }
        changes.push(LedgerEntryRentChange {
            is_persistent: is_persistent(&entry.key),
            is_code_entry: matches!(entry.key.as_ref(), LedgerKey::ContractCode(_)),
            old_size_bytes,
            new_size_bytes,
            old_live_until_ledger,
            new_live_until_ledger,
        });
    }
    Ok(changes)
}

/// Instructions and memory of what comes before and after the call where it is applied: everything is
/// decoded, put into maps, compared and encoded again.
fn around(
    recorded: &Recorded,
    function: &HostFunction,
    source: &AccountId,
    config: &NetworkConfig,
    touched: &[Touched],
) -> Result<(u64, u64), HostError> {
    let budget = config.budget(u32::MAX)?;
    let meter = Meter(&budget);
    meter.decode(&recorded.resources)?;
    meter.decode(function)?;
    meter.decode(source)?;
    for entry in &recorded.auth {
        meter.decode(entry)?;
        meter.copy(2 * u64::from(ballast_transaction::xdr_len(entry)))?;
    }
    let mut footprint = FootprintMap::new();
    // As the network does it: what is written first.
    for written in [true, false] {
        for entry in touched.iter().filter(|entry| entry.written == written) {
            meter.allocate(KEY_BYTES)?;
            meter.copy(KEY_BYTES + 64)?;
            let access = match written {
                true => AccessType::ReadWrite,
                false => AccessType::ReadOnly,
            };
            footprint = footprint.insert(entry.key.clone(), access, &budget)?;
        }
    }
    let mut storage = StorageMap::new();
    let mut ttls = TtlMap::new();
    for entry in touched {
        let Some((before, live_until)) = &entry.before else {
            continue;
        };
        meter.charge(ContractCostType::ValDeser, entry.before_bytes.into())?;
        meter.allocate(ENTRY_BYTES)?;
        meter.allocate(KEY_BYTES)?;
        meter.copy(KEY_BYTES + 64)?;
        if live_until.is_some() {
            let ttl = TtlEntry::default();
            meter.decode(&ttl)?;
            meter.allocate(36)?;
            ttls = ttls.insert(entry.key.clone(), Rc::new(ttl), &budget)?;
        }
        footprint.contains_key::<LedgerKey>(&entry.key, &budget)?;
        let value = Some((before.clone(), *live_until));
        storage = storage.insert(entry.key.clone(), value, &budget)?;
    }
    for entry in touched {
        if !storage.contains_key::<LedgerKey>(&entry.key, &budget)? {
            storage = storage.insert(entry.key.clone(), None, &budget)?;
        }
    }
    for entry in touched {
        after(&meter, &budget, &footprint, &storage, &ttls, entry)?;
    }
    if let Ok(value) = &recorded.result {
        meter.encode(value)?;
    }
    for event in &recorded.events {
        meter.encode(event)?;
    }
    meter.allocate(24 * recorded.events.len() as u64)?;
    meter.copy(24 * recorded.events.len() as u64)?;
    let instructions = budget.get_cpu_insns_consumed()?;
    let whole = instructions + u64::from(recorded.resources.instructions);
    Ok((
        instructions + whole * COPIES / 256,
        budget.get_mem_bytes_consumed()?,
    ))
}

/// What one entry costs after the call.
fn after(
    meter: &Meter<'_>,
    budget: &Budget,
    footprint: &FootprintMap,
    storage: &StorageMap,
    ttls: &TtlMap,
    entry: &Touched,
) -> Result<(), HostError> {
    // Its copy that shows what it was before, and the walk over all.
    meter.allocate(40)?;
    meter.copy(3 * 40)?;
    meter.encode(entry.key.as_ref())?;
    if crate::state::is_soroban(&entry.key)
        && ttls.get::<Rc<LedgerKey>>(&entry.key, budget)?.is_none()
    {
        let bytes = to_xdr(entry.key.as_ref()).len() as u64;
        meter.charge(ContractCostType::ComputeSha256Hash, bytes)?;
    }
    storage.get::<Rc<LedgerKey>>(&entry.key, budget)?;
    footprint.get::<Rc<LedgerKey>>(&entry.key, budget)?;
    if let Some((before, _)) = &entry.before {
        meter.encode(before.as_ref())?;
    }
    if let (Some((after, _)), true) = (&entry.after, entry.written) {
        meter.encode(after.as_ref())?;
    }
    Ok(())
}

/// Charges a budget as the host does.
struct Meter<'a>(&'a Budget);

impl Meter<'_> {
    fn charge(&self, kind: ContractCostType, amount: u64) -> Result<(), HostError> {
        self.0.charge(kind, Some(amount))
    }

    fn allocate(&self, bytes: u64) -> Result<(), HostError> {
        self.charge(ContractCostType::MemAlloc, bytes)
    }

    fn copy(&self, bytes: u64) -> Result<(), HostError> {
        self.charge(ContractCostType::MemCpy, bytes)
    }

    fn decode(&self, value: &impl WriteXdr) -> Result<(), HostError> {
        self.charge(ContractCostType::ValDeser, to_xdr(value).len() as u64)
    }

    /// The host charges for every piece that it writes, however small.
    fn encode(&self, value: &impl WriteXdr) -> Result<(), HostError> {
        let mut writer = Limited::new(Charged(self.0), Limits::none());
        value.write_xdr(&mut writer).map_err(HostError::from)
    }
}

struct Charged<'a>(&'a Budget);

impl Write for Charged<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .charge(ContractCostType::ValSer, Some(bytes.len() as u64))
            .map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
