//! The state of the ledger and layers of changes over it.

use ballast_transaction::{sha256, to_xdr};
use std::{collections::BTreeMap, sync::Arc};
use stellar_xdr::curr::{
    AccountEntry, AccountId, ContractDataDurability, Hash, LedgerEntry, LedgerEntryChange,
    LedgerEntryChanges, LedgerEntryData, LedgerEntryExt, LedgerKey, LedgerKeyAccount,
    LedgerKeyClaimableBalance, LedgerKeyConfigSetting, LedgerKeyContractCode,
    LedgerKeyContractData, LedgerKeyData, LedgerKeyLiquidityPool, LedgerKeyOffer,
    LedgerKeyTrustLine, LedgerKeyTtl, TtlEntry,
};

/// Until when a contract's entry lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl {
    /// Last ledger that the entry lives in.
    pub live_until: u32,
    /// Ledger in which that was changed last.
    pub last_modified: u32,
}

/// An entry of the ledger. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The entry.
    pub entry: Arc<LedgerEntry>,
    /// Its XDR form, which the host takes.
    pub xdr: Arc<[u8]>,
    /// For contract data and code.
    pub ttl: Option<Ttl>,
}

impl Entry {
    /// An entry as it stands.
    pub fn new(entry: LedgerEntry, ttl: Option<Ttl>) -> Self {
        let xdr = to_xdr(&entry).into();
        let entry = Arc::new(entry);
        Self { entry, xdr, ttl }
    }

    /// An entry without a time to live, modified in this ledger.
    pub fn classic(data: LedgerEntryData, sequence: u32) -> Self {
        let entry = LedgerEntry {
            last_modified_ledger_seq: sequence,
            data,
            ext: LedgerEntryExt::V0,
        };
        Self::new(entry, None)
    }

    /// The same with another time to live.
    pub fn with_ttl(&self, ttl: Ttl) -> Self {
        Self {
            ttl: Some(ttl),
            ..self.clone()
        }
    }

    /// Does it live in this ledger?
    pub fn is_live(&self, sequence: u32) -> bool {
        self.ttl.is_none_or(|ttl| ttl.live_until >= sequence)
    }
}

/// What entries can be read from.
pub trait Read {
    /// The entry of this key, expired or not.
    fn get(&self, key: &LedgerKey) -> Option<Entry>;

    /// The account of this id.
    fn account(&self, id: &AccountId) -> Option<AccountEntry> {
        match &self.get(&account_key(id))?.entry.data {
            LedgerEntryData::Account(account) => Some(account.clone()),
            _ => None,
        }
    }
}

/// Changed entries; nothing where an entry is removed.
pub type Writes = BTreeMap<Arc<LedgerKey>, Option<Entry>>;

/// Every entry of the ledger. Cheap to clone: the entries are shared until one side changes.
#[derive(Clone, Debug, Default)]
pub struct State {
    entries: Arc<BTreeMap<Arc<LedgerKey>, Entry>>,
    /// What stood there when the last ledger closed, of all that changed since.
    before: Writes,
}

impl State {
    /// Takes changes over.
    pub fn apply(&mut self, writes: Writes) {
        for (key, entry) in writes {
            self.set(key, entry);
        }
    }

    /// Puts one entry.
    pub fn put(&mut self, entry: Entry) {
        self.set(Arc::new(key_of(&entry.entry)), Some(entry));
    }

    /// Removes one entry.
    pub fn remove(&mut self, key: LedgerKey) {
        self.set(Arc::new(key), None);
    }

    fn set(&mut self, key: Arc<LedgerKey>, entry: Option<Entry>) {
        let entries = Arc::make_mut(&mut self.entries);
        let before = match entry {
            Some(entry) => entries.insert(key.clone(), entry),
            None => entries.remove(&key),
        };
        self.before.entry(key).or_insert(before);
    }

    /// What changed since the last ledger closed, as it is now. What is as it was is left out.
    pub fn changed(&self) -> Writes {
        self.before
            .iter()
            .map(|(key, before)| (key, before, self.entries.get(key)))
            .filter(|(_, before, now)| before.as_ref() != *now)
            .map(|(key, _, now)| (key.clone(), now.cloned()))
            .collect()
    }

    /// What stood there when the last ledger closed, of all that was touched since.
    pub(crate) fn before(&self) -> &Writes {
        &self.before
    }

    /// From here on, changes count anew.
    pub(crate) fn settle(&mut self) {
        self.before.clear();
    }

    /// As it was when the last ledger closed.
    pub(crate) fn settled(&self) -> Self {
        let mut state = self.clone();
        state.apply(self.before.clone());
        state.settle();
        state
    }

    /// The entries alone, to be read: without what stood there when the last ledger closed.
    pub(crate) fn view(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            before: Writes::new(),
        }
    }

    /// All entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<LedgerKey>, &Entry)> {
        self.entries.iter()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Read for State {
    fn get(&self, key: &LedgerKey) -> Option<Entry> {
        self.entries.get(key).cloned()
    }
}

/// Changes over something that is read only: of a transaction over the state, of an operation over its
/// transaction. Dropped where they fail.
pub struct Delta<'a> {
    below: &'a dyn Read,
    writes: Writes,
}

impl<'a> Delta<'a> {
    /// No changes yet.
    pub fn new(below: &'a dyn Read) -> Self {
        Self {
            below,
            writes: Writes::new(),
        }
    }

    /// Puts an entry.
    pub fn put(&mut self, entry: Entry) {
        self.writes
            .insert(Arc::new(key_of(&entry.entry)), Some(entry));
    }

    /// Puts a classic entry, modified in this ledger.
    pub fn put_classic(&mut self, data: LedgerEntryData, sequence: u32) {
        self.put(Entry::classic(data, sequence));
    }

    /// Removes an entry.
    pub fn remove(&mut self, key: LedgerKey) {
        self.writes.insert(Arc::new(key), None);
    }

    /// Takes the changes of a layer above over.
    pub fn take(&mut self, writes: Writes) {
        self.writes.extend(writes);
    }

    /// The changes, in the order of their keys.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// The changes alone.
    pub fn into_writes(self) -> Writes {
        self.writes
    }

    /// What this layer lies on.
    pub fn below(&self) -> &'a dyn Read {
        self.below
    }
}

impl Read for Delta<'_> {
    fn get(&self, key: &LedgerKey) -> Option<Entry> {
        match self.writes.get(key) {
            Some(entry) => entry.clone(),
            None => self.below.get(key),
        }
    }
}

/// The changes as a transaction's meta tells them: state before, then created, updated or removed; the
/// time to live as an entry of its own after the entry that it belongs to. `restored` are keys that were
/// archived before and are told as restored.
pub fn changes(below: &dyn Read, writes: &Writes, restored: &[LedgerKey]) -> LedgerEntryChanges {
    let mut told = Vec::new();
    for (key, after) in writes {
        let before = below.get(key);
        tell(
            &mut told,
            key,
            before.as_ref().map(|entry| entry.entry.as_ref().clone()),
            after.as_ref().map(|entry| entry.entry.as_ref().clone()),
            restored.contains(key),
        );
        tell(
            &mut told,
            &ttl_key(key),
            before.as_ref().and_then(|entry| ttl_entry(key, entry)),
            after.as_ref().and_then(|entry| ttl_entry(key, entry)),
            restored.contains(key),
        );
    }
    LedgerEntryChanges(told.try_into().unwrap_or_default())
}

fn tell(
    told: &mut Vec<LedgerEntryChange>,
    key: &LedgerKey,
    before: Option<LedgerEntry>,
    after: Option<LedgerEntry>,
    restored: bool,
) {
    use LedgerEntryChange::*;
    match (before, after) {
        (before, after) if before == after && !restored => {}
        (_, Some(after)) if restored => told.push(Restored(after)),
        (None, Some(after)) => told.push(Created(after)),
        (Some(before), Some(after)) => told.extend([State(before), Updated(after)]),
        (Some(before), None) => told.extend([State(before), Removed(key.clone())]),
        (None, None) => {}
    }
}

/// The TTL entry that the network keeps beside an entry of a contract.
fn ttl_entry(key: &LedgerKey, entry: &Entry) -> Option<LedgerEntry> {
    let ttl = entry.ttl?;
    Some(LedgerEntry {
        last_modified_ledger_seq: ttl.last_modified,
        data: LedgerEntryData::Ttl(TtlEntry {
            key_hash: Hash(sha256(&to_xdr(key))),
            live_until_ledger_seq: ttl.live_until,
        }),
        ext: LedgerEntryExt::V0,
    })
}

/// Key of the TTL entry of a contract's entry.
pub fn ttl_key(key: &LedgerKey) -> LedgerKey {
    LedgerKey::Ttl(LedgerKeyTtl {
        key_hash: Hash(sha256(&to_xdr(key))),
    })
}

/// Key of an account.
pub fn account_key(id: &AccountId) -> LedgerKey {
    LedgerKey::Account(LedgerKeyAccount {
        account_id: id.clone(),
    })
}

/// Is it contract data or code, which live for a time?
pub fn is_soroban(key: &LedgerKey) -> bool {
    matches!(key, LedgerKey::ContractData(_) | LedgerKey::ContractCode(_))
}

/// Is it archived when its time is over (and not gone)?
pub fn is_persistent(key: &LedgerKey) -> bool {
    match key {
        LedgerKey::ContractData(data) => data.durability == ContractDataDurability::Persistent,
        LedgerKey::ContractCode(_) => true,
        _ => false,
    }
}

/// Key of an entry.
pub fn key_of(entry: &LedgerEntry) -> LedgerKey {
    match &entry.data {
        LedgerEntryData::Account(account) => account_key(&account.account_id),
        LedgerEntryData::Trustline(line) => LedgerKey::Trustline(LedgerKeyTrustLine {
            account_id: line.account_id.clone(),
            asset: line.asset.clone(),
        }),
        LedgerEntryData::Offer(offer) => LedgerKey::Offer(LedgerKeyOffer {
            seller_id: offer.seller_id.clone(),
            offer_id: offer.offer_id,
        }),
        LedgerEntryData::Data(data) => LedgerKey::Data(LedgerKeyData {
            account_id: data.account_id.clone(),
            data_name: data.data_name.clone(),
        }),
        LedgerEntryData::ClaimableBalance(balance) => {
            LedgerKey::ClaimableBalance(LedgerKeyClaimableBalance {
                balance_id: balance.balance_id.clone(),
            })
        }
        LedgerEntryData::LiquidityPool(pool) => LedgerKey::LiquidityPool(LedgerKeyLiquidityPool {
            liquidity_pool_id: pool.liquidity_pool_id.clone(),
        }),
        LedgerEntryData::ContractData(data) => LedgerKey::ContractData(LedgerKeyContractData {
            contract: data.contract.clone(),
            key: data.key.clone(),
            durability: data.durability,
        }),
        LedgerEntryData::ContractCode(code) => LedgerKey::ContractCode(LedgerKeyContractCode {
            hash: code.hash.clone(),
        }),
        LedgerEntryData::ConfigSetting(setting) => {
            LedgerKey::ConfigSetting(LedgerKeyConfigSetting {
                config_setting_id: setting.discriminant(),
            })
        }
        LedgerEntryData::Ttl(ttl) => LedgerKey::Ttl(LedgerKeyTtl {
            key_hash: ttl.key_hash.clone(),
        }),
    }
}
