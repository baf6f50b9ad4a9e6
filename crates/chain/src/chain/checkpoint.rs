//! Cheap points to return to on one chain: entries are shared, not copied.

use super::{Chain, Ledger};
use soroban_env_host::LedgerInfo;
use soroban_sdk::xdr::{ContractDataDurability, LedgerKey};
use std::rc::Rc;

/// A point in a chain's history, in the chain's own thread. Cheap where [`super::Snapshot`] copies.
#[derive(Clone)]
pub struct Checkpoint {
    ledger: Ledger,
    info: LedgerInfo,
    counter: u64,
}

impl Chain {
    /// A point to come back to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            ledger: self.0.ledger.borrow().clone(),
            info: self.0.info.borrow().clone(),
            counter: self.0.counter.get(),
        }
    }

    /// Goes back to a point.
    pub fn roll_back(&self, checkpoint: &Checkpoint) {
        *self.0.ledger.borrow_mut() = checkpoint.ledger.clone();
        *self.0.info.borrow_mut() = checkpoint.info.clone();
        self.0.counter.set(checkpoint.counter);
    }

    /// Whether every entry and its life is what it was then. Temporary entries that expired may have
    /// been dropped.
    pub fn unchanged_since(&self, checkpoint: &Checkpoint) -> bool {
        let (now, then) = (self.0.ledger.borrow(), &checkpoint.ledger);
        let same = now.iter().all(|(key, (entry, live_until))| {
            then.get(key).is_some_and(|(before, lived_until)| {
                live_until == lived_until && (Rc::ptr_eq(entry, before) || entry == before)
            })
        });
        let sequence = self.sequence();
        same && (now.len() == then.len()
            || then.iter().all(|(key, (_, live_until))| {
                let temporary = matches!(
                    key.as_ref(),
                    LedgerKey::ContractData(data)
                        if data.durability == ContractDataDurability::Temporary
                );
                let expired = temporary && live_until.is_some_and(|last| last < sequence);
                expired || now.get(key).is_some()
            }))
    }
}
