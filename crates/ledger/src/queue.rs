//! Transactions that wait to be in a ledger.
//!
//! One transaction of an account waits at a time. It is replaced only by a fee bump with the same sequence
//! number that bids ten times as much for an operation; it is dropped after four ledgers that it was not
//! in, and then refused for ten. The queue has room for two ledgers; when it is full, a better bid drives
//! the lowest ones out.

use crate::{
    resources::{Bid, Room},
    state::account_key,
    Frame, NetworkConfig, Read,
};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashSet, VecDeque},
    sync::Arc,
};
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountId, DiagnosticEvent, LedgerEntryData, LedgerHeader,
    MuxedAccount, PublicKey, TransactionResult, TransactionResultExt, TransactionResultResult,
};

/// How much more a replacement must bid.
const REPLACEMENT: i64 = 10;
/// Ledgers that a transaction waits for.
const PATIENCE: u32 = 4;
/// Ledgers for which a transaction is refused after it was dropped or applied.
const BAN: usize = 10;
/// Ledgers that the queue has room for.
const LEDGERS: i64 = 2;

/// What became of a transaction that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its hash.
    pub hash: [u8; 32],
    /// What became of it.
    pub status: SubmitStatus,
}

/// What became of a transaction that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitStatus {
    /// It waits.
    Pending,
    /// It waited already.
    Duplicate,
    /// Its account has another one waiting, or it was dropped or applied lately.
    TryAgainLater,
    /// It cannot be applied.
    Error {
        /// Why.
        result: Box<TransactionResult>,
        /// What the network says to it besides.
        diagnostics: Vec<DiagnosticEvent>,
    },
}

/// Transactions that wait to be in a ledger.
#[derive(Clone, Debug)]
pub struct Queue {
    /// By the account whose sequence number they use.
    waiting: BTreeMap<AccountId, Waiting>,
    /// What all that wait pay at most, by who pays.
    fees: BTreeMap<AccountId, i64>,
    /// Room that is taken by classic and Soroban transactions.
    taken: [Room; 2],
    /// Hashes that are refused, those of the last ledger in front.
    bans: VecDeque<HashSet<[u8; 32]>>,
    /// The highest bid that was driven out since the last ledger, of classic and Soroban transactions.
    driven_out: [Option<Bid>; 2],
}

#[derive(Clone, Debug)]
struct Waiting {
    frame: Arc<Frame>,
    /// Ledgers that it was not in.
    age: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            fees: BTreeMap::new(),
            taken: [Room::default(); 2],
            bans: vec![HashSet::new(); BAN].into(),
            driven_out: [None, None],
        }
    }
}

/// The place that a transaction may take.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Accounts whose transactions go.
    drives_out: Vec<AccountId>,
}

/// Why it may take none.
#[derive(Debug)]
pub(crate) enum Refusal {
    Duplicate,
    TryAgainLater,
    Error(TransactionResultResult, i64),
}

impl Queue {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Does none wait?
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Does this one wait?
    pub fn contains(&self, hash: &[u8; 32]) -> bool {
        self.frames().any(|frame| frame.hash() == *hash)
    }

    /// All that wait, in the order of their accounts.
    pub(crate) fn frames(&self) -> impl Iterator<Item = &Arc<Frame>> {
        self.waiting.values().map(|waiting| &waiting.frame)
    }

    /// Looks for a place, before the transaction itself is checked. `valid_resources`: does it keep the
    /// limits of a transaction?
    pub(crate) fn place(
        &mut self,
        frame: &Frame,
        config: &NetworkConfig,
        header: &LedgerHeader,
        valid_resources: impl FnOnce() -> bool,
    ) -> Result<Place, Refusal> {
        let refused = self
            .bans
            .iter()
            .any(|hashes| hashes.contains(&frame.hash()));
        let current = self.waiting.get(&account_of(frame.source()));
        if current.is_some_and(|waiting| waiting.frame.is_soroban() != frame.is_soroban())
            || refused
        {
            return Err(Refusal::TryAgainLater);
        }
        if frame.full_fee() < 0 || frame.inclusion_fee() < 0 {
            return Err(Refusal::Error(TransactionResultResult::TxMalformed, 0));
        }
        if let Some(waiting) = current {
            replaces(frame, &waiting.frame, valid_resources)?;
        }
        let current = current.map(|waiting| waiting.frame.clone());
        let place = self.room_for(frame, current.as_deref(), config, header);
        if place.is_err() {
            self.bans[0].insert(frame.hash());
        }
        place
    }

    /// What drives out whom.
    fn room_for(
        &self,
        frame: &Frame,
        current: Option<&Frame>,
        config: &NetworkConfig,
        header: &LedgerHeader,
    ) -> Result<Place, Refusal> {
        let soroban = frame.is_soroban();
        let bid = Bid::of(frame);
        let too_low = |other: &Bid| {
            let least = other.beaten_by(bid.operations);
            let rest = frame.full_fee() - frame.inclusion_fee();
            let code = TransactionResultResult::TxInsufficientFee;
            Err(Refusal::Error(code, least.saturating_add(rest)))
        };
        if let Some(out) = self.driven_out[usize::from(soroban)] {
            if bid.compare(&out) != Ordering::Greater {
                return too_low(&out);
            }
        }
        let room = match soroban {
            true => Room::soroban(config),
            false => Room::classic(header.max_tx_set_size),
        };
        let room = room.times(LEDGERS);
        let own = Room::of(frame);
        if !own.fits(&room) {
            return Err(Refusal::TryAgainLater);
        }
        let freed = current.map(Room::of).unwrap_or_default();
        let taken = self.taken[usize::from(soroban)].minus(&freed).plus(&own);
        let mut place = Place::default();
        if taken.fits(&room) {
            return Ok(place);
        }
        let mut others: Vec<_> = self
            .frames()
            .filter(|other| other.is_soroban() == soroban)
            .filter(|other| current.is_none_or(|current| current.hash() != other.hash()))
            .collect();
        others.sort_by(|left, right| {
            let bids = Bid::of(left).compare(&Bid::of(right));
            bids.then_with(|| right.hash().cmp(&left.hash()))
        });
        let mut left = taken;
        for other in others {
            if left.fits(&room) {
                break;
            }
            if bid.compare(&Bid::of(other)) != Ordering::Greater {
                return too_low(&Bid::of(other));
            }
            left = left.minus(&Room::of(other));
            place.drives_out.push(account_of(other.source()));
        }
        Ok(place)
    }

    /// Can the account pay the fees of everything that waits for it, this transaction included?
    pub(crate) fn can_pay(&self, state: &dyn Read, header: &LedgerHeader, frame: &Frame) -> bool {
        let payer = account_of(frame.fee_source());
        // The one that this replaces no longer counts.
        let current = self.waiting.get(&account_of(frame.source()));
        let freed = current
            .filter(|current| account_of(current.frame.fee_source()) == payer)
            .map_or(0, |current| current.frame.full_fee());
        let waiting = self.fees.get(&payer).copied().unwrap_or_default();
        let fees = (waiting - freed).saturating_add(frame.full_fee());
        available_balance(state, header, &payer).is_some_and(|available| available >= fees)
    }

    /// Takes a transaction that has a place.
    pub(crate) fn add(&mut self, frame: Arc<Frame>, place: Place) {
        for account in place.drives_out {
            if let Some(out) = self.take(&account) {
                let bid = Bid::of(&out.frame);
                let highest = &mut self.driven_out[usize::from(out.frame.is_soroban())];
                if highest.is_none_or(|before| bid.compare(&before) == Ordering::Greater) {
                    *highest = Some(bid);
                }
                self.bans[0].insert(out.frame.hash());
            }
        }
        let source = account_of(frame.source());
        let age = self.take(&source).map_or(0, |before| before.age);
        let fees = self.fees.entry(account_of(frame.fee_source())).or_default();
        *fees = fees.saturating_add(frame.full_fee());
        let taken = &mut self.taken[usize::from(frame.is_soroban())];
        *taken = taken.plus(&Room::of(&frame));
        self.waiting.insert(source, Waiting { frame, age });
    }

    /// Takes an account's transaction out.
    fn take(&mut self, source: &AccountId) -> Option<Waiting> {
        let waiting = self.waiting.remove(source)?;
        let frame = &waiting.frame;
        let payer = account_of(frame.fee_source());
        if let Some(fees) = self.fees.get_mut(&payer) {
            *fees = fees.saturating_sub(frame.full_fee());
            if *fees <= 0 {
                self.fees.remove(&payer);
            }
        }
        let taken = &mut self.taken[usize::from(frame.is_soroban())];
        *taken = taken.minus(&Room::of(frame));
        Some(waiting)
    }

    /// After a ledger: lets go what it applied (source, sequence number, hash), and what waited for too
    /// long.
    pub(crate) fn closed(&mut self, applied: impl Iterator<Item = (AccountId, i64, [u8; 32])>) {
        for (source, sequence, hash) in applied {
            // Whatever has a lower sequence number can no longer be applied either.
            let done = |waiting: &Waiting| waiting.frame.sequence() <= sequence;
            if self.waiting.get(&source).is_some_and(done) {
                self.take(&source);
            }
            self.bans[0].insert(hash);
        }
        self.bans.pop_back();
        self.bans.push_front(HashSet::new());
        self.driven_out = [None, None];
        for waiting in self.waiting.values_mut() {
            waiting.age += 1;
        }
        let old = self.waiting.values().filter(|old| old.age >= PATIENCE);
        let old: Vec<_> = old.map(|old| old.frame.clone()).collect();
        self.ban(&old);
    }

    /// Drops transactions and refuses them for a while.
    pub(crate) fn ban(&mut self, frames: &[Arc<Frame>]) {
        for frame in frames {
            let source = account_of(frame.source());
            let same = |waiting: &Waiting| waiting.frame.hash() == frame.hash();
            if self.waiting.get(&source).is_some_and(same) {
                self.take(&source);
            }
            self.bans[0].insert(frame.hash());
        }
    }
}

/// May it take the place of the one that waits?
fn replaces(
    frame: &Frame,
    current: &Frame,
    valid_resources: impl FnOnce() -> bool,
) -> Result<(), Refusal> {
    // The transaction inside of a fee bump that waits is a duplicate, too.
    let inside = !frame.is_fee_bump() && current.inner_hash() == frame.hash();
    if frame.hash() == current.hash() || inside {
        return Err(Refusal::Duplicate);
    }
    if frame.sequence() < current.sequence() {
        return Err(Refusal::Error(TransactionResultResult::TxBadSeq, 0));
    }
    if !valid_resources() {
        return Err(Refusal::Error(TransactionResultResult::TxSorobanInvalid, 0));
    }
    if !frame.is_fee_bump() || frame.sequence() != current.sequence() {
        return Err(Refusal::TryAgainLater);
    }
    let (bid, before) = (Bid::of(frame), Bid::of(current));
    let least = before.multiple(REPLACEMENT, bid.operations);
    if bid.fee < least {
        let rest = frame.full_fee() - frame.inclusion_fee();
        let code = TransactionResultResult::TxInsufficientFee;
        return Err(Refusal::Error(code, least.saturating_add(rest)));
    }
    Ok(())
}

/// The account behind an address that may be muxed.
pub(crate) fn account_of(address: &MuxedAccount) -> AccountId {
    let key = match address {
        MuxedAccount::Ed25519(key) => key,
        MuxedAccount::MuxedEd25519(muxed) => &muxed.ed25519,
    };
    AccountId(PublicKey::PublicKeyTypeEd25519(key.clone()))
}

/// What an account can spend: without its reserve and what its offers hold.
pub(crate) fn available_balance(
    state: &dyn Read,
    header: &LedgerHeader,
    id: &AccountId,
) -> Option<i64> {
    let entry = state.get(&account_key(id))?;
    let LedgerEntryData::Account(account) = &entry.entry.data else {
        return None;
    };
    let (sponsoring, sponsored, selling) = extensions(account);
    let entries = 2 + i64::from(account.num_sub_entries) + sponsoring - sponsored;
    let reserve = entries.saturating_mul(header.base_reserve.into());
    Some(
        account
            .balance
            .saturating_sub(reserve)
            .saturating_sub(selling),
    )
}

fn extensions(account: &AccountEntry) -> (i64, i64, i64) {
    use stellar_xdr::curr::AccountEntryExtensionV1Ext as Ext;
    let AccountEntryExt::V1(first) = &account.ext else {
        return (0, 0, 0);
    };
    let (sponsoring, sponsored) = match &first.ext {
        Ext::V0 => (0, 0),
        Ext::V2(second) => (second.num_sponsoring.into(), second.num_sponsored.into()),
    };
    (sponsoring, sponsored, first.liabilities.selling)
}

/// A result without any operation's.
pub(crate) fn failure(result: TransactionResultResult, fee_charged: i64) -> TransactionResult {
    TransactionResult {
        fee_charged,
        result,
        ext: TransactionResultExt::V0,
    }
}
