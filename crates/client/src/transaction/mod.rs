//! A transaction from the call to its end: simulate, restore, authorise, sign, send, follow.

mod follow;
mod given;
mod prepare;
mod read;

pub use follow::end_of;
pub use given::{Authorization, Given};
pub use prepare::Prepared;

use crate::{
    call::Call,
    failure::Error,
    rpc::Rpc,
    value::{Event, Value},
};
use ballast_transaction::{KeyPair, Network};
use std::{collections::HashMap, sync::Mutex, time::Duration};
use stellar_xdr::curr::{ContractEvent, ScVal};

/// Inclusion fee that nobody asks less than, stroops.
const LEAST_FEE: u32 = 100;

/// What a transaction bids for its inclusion, stroops; its resources are paid on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fee {
    /// So much.
    Fixed(u32),
    /// What nine of ten transactions with contracts paid lately, and at most so much.
    Usual {
        /// The most.
        at_most: u32,
    },
}

/// How transactions are made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The bid.
    pub fee: Fee,
    /// Ledgers from the simulation that a transaction and its authorisations are good for.
    pub valid_ledgers: u32,
    /// How long to follow a transaction. It is no longer good once its ledgers have passed; this ends the
    /// wait where ledgers do not close, or the RPC is gone.
    pub patience: Duration,
    /// The longest pause between two questions.
    pub poll: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fee: Fee::Usual { at_most: 100_000 },
            valid_ledgers: 60,
            patience: Duration::from_secs(180),
            poll: Duration::from_secs(1),
        }
    }
}

/// Who signs.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// Source of the transaction: pays the fee.
    pub source: &'a KeyPair,
    /// Others who authorise calls.
    pub others: &'a [KeyPair],
}

impl<'a> From<&'a KeyPair> for Keys<'a> {
    fn from(source: &'a KeyPair) -> Self {
        Self {
            source,
            others: &[],
        }
    }
}

/// A transaction that was applied.
#[derive(Clone, Debug)]
pub struct Done<T> {
    /// Its hash.
    pub hash: [u8; 32],
    /// Its ledger.
    pub ledger: u32,
    /// When that closed, unix seconds.
    pub closed_at: u64,
    /// What it cost, stroops.
    pub fee_charged: i64,
    /// What the call returned.
    pub value: T,
    /// What the contracts told.
    pub events: Vec<ContractEvent>,
}

impl Done<ScVal> {
    /// With the value as the type that the call returns.
    ///
    /// # Errors
    /// [`Error::Value`], if it is of another one.
    pub fn typed<T: Value>(self, function: &'static str) -> Result<Done<T>, Error> {
        let value = decode(function, &self.value)?;
        Ok(self.with(value))
    }
}

impl<T> Done<T> {
    /// The events of vaults and factory.
    ///
    /// # Errors
    /// If one is not as the specification has it.
    pub fn ballast_events(&self) -> Result<Vec<Event>, Error> {
        let events = self.events.iter().filter_map(|event| {
            Event::decode(event)
                .map_err(|error| Error::Value {
                    call: "event".into(),
                    error,
                })
                .transpose()
        });
        events.collect()
    }

    fn with<U>(self, value: U) -> Done<U> {
        Done {
            hash: self.hash,
            ledger: self.ledger,
            closed_at: self.closed_at,
            fee_charged: self.fee_charged,
            value,
            events: self.events,
        }
    }
}

/// A transaction of which it is not known what became.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    hash: [u8; 32],
    last_ledger: u32,
}

/// A network through an RPC.
#[derive(Debug)]
pub struct Client {
    rpc: Rpc,
    network: Network,
    options: Options,
    /// By source. Another one of that source is not sent before its end is known: both could be applied.
    unsettled: Mutex<HashMap<[u8; 32], InFlight>>,
}

impl Client {
    /// Asks which network the RPC serves, and refuses another one than the expected.
    ///
    /// # Errors
    /// [`Error::Network`], and of the RPC.
    pub async fn connect(
        rpc: Rpc,
        passphrase: Option<&str>,
        options: Options,
    ) -> Result<Self, Error> {
        let actual = rpc.network().await?.passphrase;
        match passphrase {
            Some(expected) if expected != actual => Err(Error::Network {
                expected: expected.to_owned(),
                actual,
            }),
            _ => Ok(Self {
                rpc,
                network: Network::new(actual),
                options,
                unsettled: Mutex::default(),
            }),
        }
    }

    /// The RPC.
    pub fn rpc(&self) -> &Rpc {
        &self.rpc
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How transactions are made.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Makes a call: restores what is archived, simulates, signs, sends, and waits for the end.
    ///
    /// # Errors
    /// [`Error`]; with [`Error::Unsettled`] the next call of the same source waits for this one's end first.
    pub async fn invoke<T: Value>(&self, keys: Keys<'_>, call: &Call<T>) -> Result<Done<T>, Error> {
        let prepared = self.prepare(keys, call).await?;
        let prepared = match prepared.restore.clone() {
            None => prepared,
            Some(restore) => {
                self.restore(keys, &restore).await?;
                self.prepare(keys, call).await?
            }
        };
        self.submit(keys, &prepared).await
    }

    /// Signs and sends what was prepared, and waits for the end.
    ///
    /// # Errors
    /// As [`Client::invoke`].
    pub async fn submit<T: Value>(
        &self,
        keys: Keys<'_>,
        prepared: &Prepared<T>,
    ) -> Result<Done<T>, Error> {
        let done = self.execute(keys.source, &prepared.transaction).await?;
        done.typed(prepared.function)
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], InFlight>> {
        // A panic elsewhere leaves the map whole.
        self.unsettled
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A call's value, from a transaction or a simulation.
fn decode<T: Value>(function: &'static str, value: &ScVal) -> Result<T, Error> {
    T::from_value(value).map_err(|error| Error::Value {
        call: function.into(),
        error,
    })
}
