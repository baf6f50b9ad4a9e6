//! Parsed contracts, kept from ledger to ledger.
//!
//! Which code is in the cache decides what a call costs, so it is a function of the state alone: all code
//! that lived when the last ledger closed.

use crate::{cache_code, new_module_cache, Entry, Read, State};
use soroban_env_host::ModuleCache;
use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};
use stellar_xdr::curr::{Hash, LedgerEntryData, LedgerKey, LedgerKeyContractCode};

/// The cache and what is in it. Clones share the cache for as long as they have the same code: the host's
/// is shared by its clones, and two ledgers that part ways must not see each other's code.
#[derive(Clone, Default)]
pub(crate) struct Modules {
    codes: Arc<BTreeSet<Hash>>,
    cache: Arc<OnceLock<ModuleCache>>,
}

impl Modules {
    /// The cache, filled when it is first asked for.
    pub(crate) fn cache(&self, state: &State) -> &ModuleCache {
        self.cache.get_or_init(|| {
            // A cache without anything in it is as good as none.
            let cache = new_module_cache().unwrap_or_default();
            for hash in self.codes.iter() {
                parse(&cache, state, hash);
            }
            cache
        })
    }

    /// Takes code in that was written, and lets go what is gone or archived.
    pub(crate) fn update(&mut self, state: &State, sequence: u32, written: &[Hash]) {
        let lives = |hash: &Hash| {
            state
                .get(&code_key(hash))
                .is_some_and(|entry| entry.is_live(sequence))
        };
        let gone: Vec<_> = self.codes.iter().filter(|hash| !lives(hash)).collect();
        let new: Vec<_> = written
            .iter()
            .filter(|hash| !self.codes.contains(hash) && lives(hash))
            .collect();
        if gone.is_empty() && new.is_empty() {
            return;
        }
        let mut codes = self.codes.as_ref().clone();
        for hash in &gone {
            codes.remove(hash);
        }
        codes.extend(new.into_iter().cloned());
        self.align(Arc::new(codes), state);
    }

    /// Of a whole state.
    pub(crate) fn of(state: &State, sequence: u32) -> Self {
        let mut modules = Self::default();
        let codes = state.iter().filter_map(|(key, _)| match key.as_ref() {
            LedgerKey::ContractCode(code) => Some(code.hash.clone()),
            _ => None,
        });
        let codes: Vec<_> = codes.collect();
        modules.update(state, sequence, &codes);
        modules
    }

    /// Becomes what another one is, without parsing again what both have.
    pub(crate) fn become_like(&mut self, other: &Self, state: &State) {
        if self.codes == other.codes {
            return;
        }
        match other.cache.get() {
            Some(_) => *self = other.clone(),
            None => self.align(other.codes.clone(), state),
        }
    }

    fn align(&mut self, codes: Arc<BTreeSet<Hash>>, state: &State) {
        if Arc::get_mut(&mut self.cache).is_none() {
            // Another one stays as it is.
            self.cache = Arc::default();
        } else if let Some(cache) = self.cache.get() {
            for hash in self.codes.difference(&codes) {
                // Fails only where another thread died holding the map.
                let _ = cache.remove_module(hash);
            }
            for hash in codes.difference(&self.codes) {
                parse(cache, state, hash);
            }
        }
        self.codes = codes;
    }
}

/// Parses code of the state. What does not parse stays out: calling it fails in the host as it would
/// without a cache.
fn parse(cache: &ModuleCache, state: &State, hash: &Hash) {
    let entry = state.get(&code_key(hash));
    if let Some(LedgerEntryData::ContractCode(code)) = entry.as_ref().map(|entry| &entry.entry.data)
    {
        let _ = cache_code(cache, code);
    }
}

/// Hash of an entry's code, if it is code.
pub(crate) fn code_of(key: &LedgerKey, entry: &Option<Entry>) -> Option<Hash> {
    match (key, entry) {
        (LedgerKey::ContractCode(code), Some(_)) => Some(code.hash.clone()),
        _ => None,
    }
}

fn code_key(hash: &Hash) -> LedgerKey {
    LedgerKey::ContractCode(LedgerKeyContractCode { hash: hash.clone() })
}
