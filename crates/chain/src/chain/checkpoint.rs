//! States to come back to or to start from, and the state as a whole.

use super::Chain;
use ballast_ledger::{account_key, Entry, Ledger, State};
use ballast_transaction::{sha256, to_xdr};
use soroban_sdk::xdr::{
    ContractDataDurability, ExtensionPoint, LedgerFootprint, LedgerKey, OperationBody,
    RestoreFootprintOp, SorobanResources, SorobanTransactionData, SorobanTransactionDataExt,
};
use std::sync::Arc;

/// A state of a chain, to return to or to start from, also in another thread. Cheap: entries are shared.
#[derive(Clone)]
pub struct Snapshot {
    ledger: Ledger,
    names: String,
    counter: u64,
}

/// A point in a chain's history.
pub type Checkpoint = Snapshot;

impl Chain {
    /// The state, to go back to.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            ledger: self.ledger(),
            names: self.0.names.clone(),
            counter: self.0.counter.get(),
        }
    }

    /// A new chain in this state.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        Self::over(snapshot.ledger.clone(), &snapshot.names, snapshot.counter)
    }

    /// A copy of this chain that goes its own way from here: cheap. Addresses and values belong to the
    /// chain that made them: take accounts by name and the rest by their `on`.
    pub fn fork(&self) -> Self {
        Self::from_snapshot(&self.snapshot())
    }

    /// Goes back to a state.
    pub fn restore(&self, snapshot: &Snapshot) {
        let point = snapshot.ledger.checkpoint();
        self.0.ledger.borrow_mut().revert(&point);
        self.0.counter.set(snapshot.counter);
    }

    /// A point to come back to.
    pub fn checkpoint(&self) -> Checkpoint {
        self.snapshot()
    }

    /// Goes back to a point.
    pub fn roll_back(&self, checkpoint: &Checkpoint) {
        self.restore(checkpoint);
    }

    /// Whether every entry and its life is what it was then, but for the account that sends transactions
    /// and pays for them. Temporary entries that expired may have been dropped.
    pub fn unchanged_since(&self, checkpoint: &Checkpoint) -> bool {
        let sequence = self.sequence();
        let ledger = self.0.ledger.borrow();
        let (now, then) = (ledger.state(), checkpoint.ledger.state());
        let expired = |key: &LedgerKey, entry: &Entry| {
            let temporary = matches!(
                key,
                LedgerKey::ContractData(data)
                    if data.durability == ContractDataDurability::Temporary
            );
            temporary && !entry.is_live(sequence)
        };
        let mut now = self
            .entries(now)
            .filter(|(key, entry)| !expired(key, entry));
        let mut then = self
            .entries(then)
            .filter(|(key, entry)| !expired(key, entry));
        loop {
            match (now.next(), then.next()) {
                (None, None) => return true,
                (Some((key, entry)), Some((key_then, entry_then))) => {
                    let same = key == key_then
                        && entry.ttl == entry_then.ttl
                        && (Arc::ptr_eq(&entry.xdr, &entry_then.xdr)
                            || entry.xdr == entry_then.xdr);
                    if !same {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }

    /// Hash over all entries and their lives, but for the account that sends transactions and pays for
    /// them: equal where nothing changed.
    pub fn state_hash(&self) -> [u8; 32] {
        let ledger = self.0.ledger.borrow();
        let mut bytes = Vec::new();
        for (key, entry) in self.entries(ledger.state()) {
            bytes.extend(to_xdr(key.as_ref()));
            bytes.extend_from_slice(&entry.xdr);
            let live_until = entry.ttl.map_or(0, |ttl| ttl.live_until);
            bytes.extend(live_until.to_be_bytes());
        }
        sha256(&bytes)
    }

    /// Number of entries on the ledger.
    pub fn entry_count(&self) -> usize {
        self.0.ledger.borrow().state().len()
    }

    fn entries<'a>(
        &self,
        state: &'a State,
    ) -> impl Iterator<Item = (&'a Arc<LedgerKey>, &'a Entry)> {
        let relayer = account_key(&self.0.relayer.id());
        state.iter().filter(move |(key, _)| ***key != relayer)
    }

    /// Restores all code whose life is over, by transactions that do nothing else. A call restores what it
    /// touches by itself, but the codes that a step runs together exceed what one transaction may write.
    ///
    /// # Panics
    /// If the network refuses.
    pub fn restore_expired_code(&self) {
        let sequence = self.sequence();
        let ledger = self.ledger();
        let codes = ledger.state().iter().filter(|(key, entry)| {
            matches!(key.as_ref(), LedgerKey::ContractCode(_)) && !entry.is_live(sequence)
        });
        let mut restored = false;
        for (key, entry) in codes {
            self.restore_entry(key, entry.xdr.len() as u32);
            restored = true;
        }
        if restored {
            // Validators have it parsed from the next ledger on.
            self.close_ledger(self.timestamp());
        }
    }

    fn restore_entry(&self, key: &LedgerKey, bytes: u32) {
        let keys = vec![key.clone()].try_into().expect("one key fits");
        let resources = SorobanResources {
            footprint: LedgerFootprint {
                read_only: Default::default(),
                read_write: keys,
            },
            instructions: 0,
            disk_read_bytes: bytes,
            write_bytes: bytes,
        };
        let body = OperationBody::RestoreFootprint(RestoreFootprintOp {
            ext: ExtensionPoint::V0,
        });
        let data = SorobanTransactionData {
            ext: SorobanTransactionDataExt::V0,
            resources,
            // What it does not take comes back.
            resource_fee: RESTORE_FEE,
        };
        self.operate_soroban(body, data)
            .unwrap_or_else(|error| panic!("{key:?} is not restored: {error}"));
    }
}

/// More than restoring the largest entry costs, stroops.
const RESTORE_FEE: i64 = 1_000_000_000;
