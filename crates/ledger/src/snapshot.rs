//! Ledgers in the JSON format of the crate soroban-ledger-snapshot, which SDKs and tools write.

use crate::{
    account_key,
    header::{first, TOTAL_COINS},
    key_of,
    ledger::{max_operations, root_account},
    lumens::lumens,
    state::is_soroban,
    Entry, Genesis, Ledger, NetworkConfig, Read, State, Ttl, PROTOCOL,
};
use ballast_transaction::KeyPair;
use soroban_ledger_snapshot::LedgerSnapshot;
use std::io;
use stellar_xdr::curr::LedgerEntry;

/// A file is no snapshot that can be run.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is not of the format.
    #[error("not a ledger snapshot: {0}")]
    Format(#[from] serde_json::Error),
    /// It is of another network.
    #[error("a snapshot of another network")]
    Network,
    /// It cannot be written.
    #[error("a ledger snapshot cannot be written: {0}")]
    Write(#[from] soroban_ledger_snapshot::Error),
}

impl Ledger {
    /// A ledger that begins with the entries of a snapshot, its sequence number and its time, whatever
    /// those of `genesis` are. Runs by the rules of protocol 25, whichever the snapshot is of.
    ///
    /// The limits are those of `genesis`, except for ConfigSetting entries that the snapshot has. The root
    /// account has the lumens that the snapshot's entries have not. A snapshot within an object that has it
    /// as `ledger_snapshot` is found there.
    ///
    /// # Errors
    /// If it is no snapshot, or one of another network.
    pub fn load_snapshot(json: impl io::Read, genesis: Genesis) -> Result<Self, SnapshotError> {
        let mut json: serde_json::Value = serde_json::from_reader(io::BufReader::new(json))?;
        if let Some(inner) = json.get_mut("ledger_snapshot") {
            json = inner.take();
        }
        let snapshot: LedgerSnapshot = serde_json::from_value(json)?;
        // Snapshots of tests are often of no network.
        if snapshot.network_id != [0; 32] && snapshot.network_id != genesis.network.id() {
            return Err(SnapshotError::Network);
        }
        let sequence = snapshot.sequence_number.max(1);
        let operations = max_operations(genesis.limits);
        let mut header = first(sequence, snapshot.timestamp, operations);
        if snapshot.base_reserve > 0 {
            header.base_reserve = snapshot.base_reserve;
        }
        let mut state = State::default();
        let mut held = 0;
        for (_, (entry, live_until)) in snapshot.ledger_entries {
            // The lives of entries are told beside them.
            if !matches!(entry.data, stellar_xdr::curr::LedgerEntryData::Ttl(_)) {
                held += lumens(&genesis.network, &entry);
                state.put(with_life(*entry, live_until));
            }
        }
        let root = KeyPair::from_seed(genesis.network.id()).account_id();
        if state.get(&account_key(&root)).is_none() {
            let rest = (i128::from(TOTAL_COINS) - held).max(0);
            held += rest;
            let rest = i64::try_from(rest).unwrap_or_default();
            state.put(root_account(&genesis.network, rest, sequence));
        }
        header.total_coins = i64::try_from(held).unwrap_or(i64::MAX);
        NetworkConfig::complete(genesis.limits, &mut state);
        Ok(Self::found(
            genesis.network,
            genesis.limits,
            genesis.history_ledgers,
            header,
            state,
        ))
    }

    /// Writes the state and the last closed ledger's sequence number and time.
    ///
    /// # Errors
    /// If the writer fails.
    pub fn save_snapshot(&self, json: impl io::Write) -> Result<(), SnapshotError> {
        let header = self.header();
        let entries = self.state().iter().map(|(key, entry)| {
            let live_until = entry.ttl.map(|ttl| ttl.live_until);
            let key = Box::new(key.as_ref().clone());
            (key, (Box::new(entry.entry.as_ref().clone()), live_until))
        });
        let config = self.config();
        let snapshot = LedgerSnapshot {
            protocol_version: PROTOCOL,
            sequence_number: header.ledger_seq,
            timestamp: header.scp_value.close_time.0,
            network_id: self.network().id(),
            base_reserve: header.base_reserve,
            min_persistent_entry_ttl: config.min_persistent_ttl,
            min_temp_entry_ttl: config.min_temporary_ttl,
            max_entry_ttl: config.max_ttl,
            ledger_entries: entries.collect(),
        };
        Ok(snapshot.write(json)?)
    }
}

/// What lives for a time lives for ever where the snapshot does not say until when.
fn with_life(entry: LedgerEntry, live_until: Option<u32>) -> Entry {
    let last_modified = entry.last_modified_ledger_seq;
    let ttl = is_soroban(&key_of(&entry)).then_some(Ttl {
        live_until: live_until.unwrap_or(u32::MAX),
        last_modified,
    });
    Entry::new(entry, ttl)
}
