//! What is read beforehand, so that nothing needs to be asked between a decision and its transaction: what the
//! network charges, accounts, balances.

use super::{lock, ExecuteError, ExecuteNotice, Executor};
use crate::strategy::{Fees, Way};
use ballast_client::{value::Address, Client, Error};
use ballast_transaction::KeyPair;
use std::{collections::BTreeMap, sync::Arc};
use stellar_xdr::curr::{
    AccountEntry, LedgerEntryData, LedgerKey, LedgerKeyAccount, SequenceNumber,
};

/// Keys that an endpoint looks up in one request.
const KEYS_PER_REQUEST: usize = 200;

/// What was read last.
#[derive(Debug, Default)]
pub(super) struct Known {
    fees: Fees,
    keeper_lumens: i64,
}

/// Lumens of the keeper's accounts, stroops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lumens {
    /// The keeper's own account.
    pub keeper: i64,
    /// Each channel's.
    pub channels: Vec<(Address, i64)>,
}

impl Executor {
    /// What the network asks, as of the last [`Executor::refresh`].
    pub fn fees(&self) -> Fees {
        lock(&self.known).fees.clone()
    }

    /// Lumens, as of the last [`Executor::refresh`].
    pub fn lumens(&self) -> Lumens {
        Lumens {
            keeper: lock(&self.known).keeper_lumens,
            channels: self.channels.balances(),
        }
    }

    /// Reads fees, accounts and balances again: between ledgers, when there is nothing to send.
    ///
    /// # Errors
    /// Of the RPC: what was read before stays.
    pub async fn refresh(&self) -> Result<(), Error> {
        let fees = self.read_fees().await;
        let accounts = self.read_accounts().await;
        for asset in self.holdings.assets() {
            self.read_balance(&asset).await?;
        }
        fees.and(accounts.map(|_| ()))
    }

    /// All of it, at the start.
    pub(super) async fn read_all(&self) -> Result<(), ExecuteError> {
        let exist = self.read_accounts().await?;
        if exist == 0 {
            return Err(ExecuteError::NoChannels(self.channels.keys().len()));
        }
        for asset in self.holdings.assets() {
            self.read_balance(&asset).await?;
        }
        // Without them the first bids are the least ones.
        if let Err(error) = self.read_fees().await {
            tracing::warn!(%error, "fee statistics");
        }
        Ok(())
    }

    async fn read_fees(&self) -> Result<(), Error> {
        let what = |client: Arc<Client>| async move { client.rpc().fee_stats().await };
        let stats = self.endpoints.ask(what).await?.soroban_inclusion_fee;
        let mut known = lock(&self.known);
        (known.fees.p50, known.fees.p90, known.fees.p99) = (stats.p50, stats.p90, stats.p99);
        Ok(())
    }

    /// What a step's resources have cost.
    pub(super) fn resources(&self, way: Way, stroops: i64) {
        lock(&self.known)
            .fees
            .typical_resource_fee
            .insert(way, stroops);
    }

    /// Sequence numbers and lumens; how many channels exist.
    async fn read_accounts(&self) -> Result<usize, Error> {
        let channels = self.channels.keys();
        let mut keys: Vec<_> = channels.iter().map(account_key).collect();
        keys.push(account_key(&self.keeper));
        let mut found = BTreeMap::new();
        for keys in keys.chunks(KEYS_PER_REQUEST) {
            let entries = self.endpoints.entries(keys, self.latest(0)).await?;
            self.ledger.send_if_modified(|last| {
                let newer = entries.ledger > *last;
                *last = entries.ledger.max(*last);
                newer
            });
            for entry in entries.found {
                if let LedgerEntryData::Account(account) = entry.data {
                    found.insert(Address::Account(account.account_id.clone()), account);
                }
            }
        }
        if let Some(account) = found.get(&self.keeper()) {
            lock(&self.known).keeper_lumens = account.balance;
        }
        let mut exist = 0;
        for key in channels {
            let channel = key.sc_address();
            let account = found.get(&channel);
            exist += usize::from(account.is_some());
            self.channel_read(channel, account);
        }
        Ok(exist)
    }

    fn channel_read(&self, channel: Address, account: Option<&AccountEntry>) {
        let read = account.map(|account| (account.seq_num.0, account.balance));
        if let Some(used) = self.channels.read(&channel, read) {
            self.notice(ExecuteNotice::SequenceUsedElsewhere {
                channel,
                expected: used.expected,
                found: used.found,
            });
        } else if account.is_none() {
            self.notice(ExecuteNotice::ChannelUnfit {
                channel,
                why: "the account does not exist".to_owned(),
            });
        }
    }

    /// A channel's last number, as of a ledger or later.
    pub(super) async fn count_of(&self, key: &KeyPair, at_least: u32) -> Option<i64> {
        let keys = [account_key(key)];
        let entries = self.endpoints.entries(&keys, at_least).await.ok()?;
        entries
            .found
            .into_iter()
            .find_map(|entry| match entry.data {
                LedgerEntryData::Account(AccountEntry {
                    seq_num: SequenceNumber(number),
                    ..
                }) => Some(number),
                _ => None,
            })
    }
}

fn account_key(key: &KeyPair) -> LedgerKey {
    LedgerKey::Account(LedgerKeyAccount {
        account_id: key.account_id(),
    })
}
