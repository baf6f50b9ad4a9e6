//! Channel accounts: which one is free, with which sequence number.

use super::lock;
use ballast_client::value::Address;
use ballast_transaction::KeyPair;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

/// What is out with a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    /// The vault that nothing else is sent for meanwhile.
    pub vault: Option<Address>,
    /// What it may take of the keeper's balance.
    pub spends: Option<(Address, i128)>,
}

/// A transaction that is signed and whose end is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    pub hash: [u8; 32],
    pub sequence: i64,
    pub last_ledger: u32,
    pub claim: Claim,
    pub decision: Option<i64>,
    /// Whether an earlier run left it.
    pub is_old: bool,
    /// What the network said when it took it nowhere.
    pub refusal: Option<String>,
}

/// What a channel is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Free,
    /// Somebody has it.
    Leased(Claim),
    /// Until the end of what it sent is known.
    Waits(Flight),
    /// It does not exist, cannot pay, or is not ours any more.
    Unfit,
}

#[derive(Debug)]
struct Channel {
    key: KeyPair,
    /// Last number that is used, as far as is known.
    sequence: i64,
    /// Lumens, stroops.
    balance: i64,
    /// With so little it could not pay.
    too_poor_with: Option<i64>,
    state: State,
}

impl Channel {
    /// Free, or of no use.
    fn rests(&mut self) {
        let poor = self.too_poor_with.is_some_and(|with| self.balance <= with);
        self.state = match poor {
            true => State::Unfit,
            false => State::Free,
        };
    }
}

/// All channels. One transaction of a channel is out at a time.
#[derive(Debug)]
pub(super) struct Channels {
    all: Mutex<Vec<Channel>>,
    /// Transactions of channels that are not configured any more.
    strays: Mutex<Vec<Flight>>,
}

/// What the ledger says of a channel differs from what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsedElsewhere {
    pub expected: i64,
    pub found: i64,
}

impl Channels {
    pub fn new(keys: Vec<KeyPair>) -> Arc<Self> {
        let channel = |key| Channel {
            key,
            sequence: 0,
            balance: 0,
            too_poor_with: None,
            state: State::Unfit,
        };
        Arc::new(Self {
            all: Mutex::new(keys.into_iter().map(channel).collect()),
            strays: Mutex::default(),
        })
    }

    pub fn keys(&self) -> Vec<KeyPair> {
        lock(&self.all)
            .iter()
            .map(|channel| channel.key.clone())
            .collect()
    }

    pub fn free(&self) -> usize {
        let all = lock(&self.all);
        all.iter()
            .filter(|channel| channel.state == State::Free)
            .count()
    }

    pub fn busy(&self) -> BTreeSet<Address> {
        let all = lock(&self.all);
        let busy = |channel: &&Channel| matches!(channel.state, State::Leased(_) | State::Waits(_));
        let busy = all.iter().filter(busy);
        busy.map(|channel| channel.key.sc_address()).collect()
    }

    pub fn balances(&self) -> Vec<(Address, i64)> {
        let all = lock(&self.all);
        all.iter()
            .map(|channel| (channel.key.sc_address(), channel.balance))
            .collect()
    }

    /// Vaults that something is out for.
    pub fn vaults(&self) -> BTreeSet<Address> {
        let claims = claims(&lock(&self.all));
        let vaults = claims.into_iter().filter_map(|claim| claim.vault);
        let strays = lock(&self.strays);
        let strays = strays
            .iter()
            .filter_map(|flight| flight.claim.vault.clone());
        vaults.chain(strays).collect()
    }

    /// What is out of each asset.
    pub fn committed(&self) -> BTreeMap<Address, i128> {
        let mut committed = BTreeMap::new();
        for (asset, amount) in claims(&lock(&self.all))
            .into_iter()
            .filter_map(|claim| claim.spends)
        {
            let sum: &mut i128 = committed.entry(asset).or_default();
            *sum = sum.saturating_add(amount);
        }
        committed
    }

    /// A free channel, for nothing else until the lease is dropped: the one with the most lumens. None either if
    /// something is out for the vault.
    pub fn lease(self: &Arc<Self>, vault: Option<&Address>) -> Option<Lease> {
        if vault.is_some_and(|vault| self.stray_vault(vault)) {
            return None;
        }
        let mut all = lock(&self.all);
        let busy = |claim: &Claim| vault.is_some() && claim.vault.as_ref() == vault;
        if claims(&all).iter().any(busy) {
            return None;
        }
        let free = all
            .iter_mut()
            .enumerate()
            .filter(|(_, channel)| channel.state == State::Free);
        let (index, channel) = free.max_by_key(|(_, channel)| channel.balance)?;
        channel.state = State::Leased(Claim {
            vault: vault.cloned(),
            spends: None,
        });
        Some(Lease {
            index,
            key: channel.key.clone(),
            sequence: channel.sequence.saturating_add(1),
            flight: None,
            poor: false,
            exact: None,
            channels: self.clone(),
        })
    }

    fn stray_vault(&self, vault: &Address) -> bool {
        let strays = lock(&self.strays);
        strays
            .iter()
            .any(|flight| flight.claim.vault.as_ref() == Some(vault))
    }

    /// What the ledger says of an account; none if it does not exist. A lower number than the known one is of a
    /// server that lags.
    pub fn read(&self, address: &Address, found: Option<(i64, i64)>) -> Option<UsedElsewhere> {
        let mut all = lock(&self.all);
        let channel = all
            .iter_mut()
            .find(|channel| channel.key.sc_address() == *address)?;
        let Some((sequence, balance)) = found else {
            if channel.state == State::Free {
                channel.state = State::Unfit;
            }
            return None;
        };
        channel.balance = balance;
        let poor = channel.too_poor_with.filter(|with| balance <= *with);
        // What was known when it could not pay was more than it had.
        channel.too_poor_with = poor.map(|_| balance);
        if !matches!(channel.state, State::Free | State::Unfit) {
            return None;
        }
        let expected = channel.sequence;
        channel.rests();
        channel.sequence = expected.max(sequence);
        (expected > 0 && sequence > expected).then_some(UsedElsewhere {
            expected,
            found: sequence,
        })
    }

    /// What an earlier run left open.
    pub fn wait_for(&self, address: &Address, flight: Flight) {
        let mut all = lock(&self.all);
        let channel = all.iter_mut().find(|channel| {
            channel.key.sc_address() == *address && !matches!(channel.state, State::Waits(_))
        });
        match channel {
            Some(channel) => channel.state = State::Waits(flight),
            None => lock(&self.strays).push(flight),
        }
    }

    /// It is not known what is out: nothing is used before this ledger has passed.
    pub fn all_wait(&self, last_ledger: u32) {
        for channel in lock(&self.all).iter_mut() {
            channel.state = State::Waits(Flight {
                hash: [0; 32],
                sequence: channel.sequence,
                last_ledger,
                claim: Claim::default(),
                decision: None,
                is_old: true,
                refusal: None,
            });
        }
    }

    pub fn any_waiting(&self) -> bool {
        let waits = |channel: &Channel| matches!(channel.state, State::Waits(_));
        lock(&self.all).iter().any(waits) || !lock(&self.strays).is_empty()
    }

    pub fn waiting(&self) -> Vec<Flight> {
        let all = lock(&self.all);
        let flight = |channel: &Channel| match &channel.state {
            State::Waits(flight) => Some(flight.clone()),
            _ => None,
        };
        let strays = lock(&self.strays);
        all.iter()
            .filter_map(flight)
            .chain(strays.iter().cloned())
            .collect()
    }

    /// Whose transaction it is.
    pub fn key_of(&self, hash: &[u8; 32]) -> Option<KeyPair> {
        let all = lock(&self.all);
        let waits = |channel: &&Channel| matches!(&channel.state, State::Waits(flight) if flight.hash == *hash);
        all.iter().find(waits).map(|channel| channel.key.clone())
    }

    /// The end of what a channel waited for is known, and its last number, if it was read since.
    pub fn settled(&self, hash: &[u8; 32], applied: bool, found: Option<i64>) {
        for channel in lock(&self.all).iter_mut() {
            if let State::Waits(flight) = &channel.state {
                if flight.hash == *hash {
                    let used = if applied { flight.sequence } else { 0 };
                    let known = channel.sequence.max(used);
                    channel.sequence = found.unwrap_or(known);
                    channel.rests();
                }
            }
        }
        lock(&self.strays).retain(|flight| flight.hash != *hash);
    }
}

/// A channel that nobody else uses. Dropped, it is free again, unless something of it is out.
#[derive(Debug)]
pub(super) struct Lease {
    pub key: KeyPair,
    /// The number that its next transaction has.
    pub sequence: i64,
    index: usize,
    flight: Option<Flight>,
    poor: bool,
    /// The last number as the ledger has it, read while nothing was out.
    exact: Option<i64>,
    channels: Arc<Channels>,
}

impl Lease {
    /// The lease itself, for a task; what stays behind is of no channel.
    pub fn take(&mut self) -> Lease {
        let nobody = Lease {
            key: self.key.clone(),
            sequence: self.sequence,
            index: usize::MAX,
            flight: None,
            poor: false,
            exact: None,
            channels: self.channels.clone(),
        };
        std::mem::replace(self, nobody)
    }

    pub fn address(&self) -> Address {
        self.key.sc_address()
    }

    /// From here on an envelope of this number is signed.
    pub fn departs(&mut self, flight: Flight) {
        self.exact = None;
        self.flight = Some(flight);
    }

    /// Sets what may be taken of the keeper's balance for it, if that is within `limit` with all that is out.
    pub fn commit(&mut self, spends: Option<(Address, i128)>, limit: i128) -> bool {
        let mut all = lock(&self.channels.all);
        let out = |claims: Vec<Claim>| {
            let of = |claim: Claim| match (claim.spends, &spends) {
                (Some((asset, amount)), Some((of, _))) if asset == *of => amount,
                _ => 0,
            };
            claims.into_iter().map(of).fold(0, i128::saturating_add)
        };
        if let Some(channel) = all.get_mut(self.index) {
            if let State::Leased(claim) = &mut channel.state {
                claim.spends = None;
            }
        }
        let amount = spends.as_ref().map_or(0, |(_, amount)| *amount);
        if out(claims(&all)).saturating_add(amount) > limit {
            return false;
        }
        if let Some(State::Leased(claim)) = all.get_mut(self.index).map(|one| &mut one.state) {
            claim.spends = spends;
        }
        true
    }

    /// What is out with it.
    pub fn claim(&self) -> Claim {
        let all = lock(&self.channels.all);
        match all.get(self.index).map(|channel| &channel.state) {
            Some(State::Leased(claim)) => claim.clone(),
            _ => Claim::default(),
        }
    }

    /// It is known that it was applied, whether it succeeded or not.
    pub fn applied(&mut self) {
        if let Some(flight) = self.flight.take() {
            self.sequence = self.sequence.max(flight.sequence.saturating_add(1));
        }
    }

    /// It is known that it can never be applied; the account's last number, if it was read since.
    pub fn expired(&mut self, found: Option<i64>) {
        self.flight = None;
        if let Some(found) = found {
            self.exact = Some(found);
            self.sequence = found.saturating_add(1);
        }
    }

    /// The network takes it nowhere. The number rests until the bound has passed all the same; the vault need not
    /// wait for that.
    pub fn refused(&mut self, why: &str) {
        if let Some(flight) = &mut self.flight {
            flight.claim = Claim::default();
            flight.refusal = Some(why.to_owned());
        }
    }

    /// Its account cannot pay: it is of no use before there is more in it.
    pub fn is_poor(&mut self) {
        self.poor = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut all = lock(&self.channels.all);
        let Some(channel) = all.get_mut(self.index) else {
            return;
        };
        let known = channel.sequence.max(self.sequence.saturating_sub(1));
        channel.sequence = self.exact.unwrap_or(known);
        channel.too_poor_with = self.poor.then_some(channel.balance);
        match self.flight.take() {
            Some(flight) => channel.state = State::Waits(flight),
            None => channel.rests(),
        }
    }
}

fn claims(all: &[Channel]) -> Vec<Claim> {
    let claim = |channel: &Channel| match &channel.state {
        State::Leased(claim) => Some(claim.clone()),
        State::Waits(flight) => Some(flight.claim.clone()),
        State::Free | State::Unfit => None,
    };
    all.iter().filter_map(claim).collect()
}

#[cfg(test)]
#[path = "channels_tests.rs"]
mod tests;
