//! From a signed transaction to its end. The same envelope may be handed in any number of times; another
//! one of the same source not before this one's end is known.

use super::{read, Client, Done, InFlight};
use crate::{
    failure::{Error, Fault, Refusal},
    rpc::{FetchedTransaction, RpcError, SendStatus, SentTransaction, TransactionStatus},
};
use ballast_transaction::{sign, KeyPair};
use std::time::Duration;
use stellar_xdr::curr::{
    ContractEvent, DiagnosticEvent, Preconditions, ScVal, Transaction, TransactionEnvelope,
    TransactionMeta, TransactionResult, TransactionResultResult,
};
use tokio::time::{sleep, Instant};

/// First pause between two questions.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// A queue drops what is not included for this many ledgers: then it is handed in again.
const RESEND_LEDGERS: u32 = 5;

/// Pauses that grow.
struct Pause {
    next: Duration,
    longest: Duration,
    until: Instant,
}

impl Pause {
    /// Waits; false when the time is over.
    async fn wait(&mut self) -> bool {
        if Instant::now() >= self.until {
            return false;
        }
        sleep(self.next.min(self.until - Instant::now())).await;
        self.next = (self.next * 3 / 2).min(self.longest);
        true
    }
}

impl Client {
    /// Signs, sends and follows a transaction of `source`.
    pub(super) async fn execute(
        &self,
        source: &KeyPair,
        transaction: &Transaction,
    ) -> Result<Done<ScVal>, Error> {
        let hash = self.network.transaction_hash(transaction);
        let envelope = sign(&self.network, transaction.clone(), &[source]);
        let flight = InFlight {
            hash,
            last_ledger: last_ledger(transaction),
        };
        let public = read::public(&read::source_account(&transaction.source_account));
        // Noted before it is sent: whoever drops this future half-way leaves a note behind.
        self.in_flight().insert(public, flight);
        let outcome = self.see_through(flight, Some(&envelope)).await;
        if !matches!(&outcome, Err(Error::Unsettled { .. })) {
            self.in_flight().remove(&public);
        }
        outcome
    }

    /// Waits for the end of an earlier transaction of this source of which it is not known.
    ///
    /// # Errors
    /// [`Error::Unsettled`], if it still is not.
    pub async fn settle(&self, source: &KeyPair) -> Result<(), Error> {
        let flight = self.in_flight().get(&source.public()).copied();
        let Some(flight) = flight else {
            return Ok(());
        };
        match self.see_through(flight, None).await {
            Err(error @ Error::Unsettled { .. }) => Err(error),
            _ => {
                self.in_flight().remove(&source.public());
                Ok(())
            }
        }
    }

    /// Hands the envelope in, again where that helps, until it is applied or never can be.
    async fn see_through(
        &self,
        flight: InFlight,
        envelope: Option<&TransactionEnvelope>,
    ) -> Result<Done<ScVal>, Error> {
        let InFlight { hash, last_ledger } = flight;
        let mut pause = Pause {
            next: FIRST_PAUSE,
            longest: self.options.poll,
            until: Instant::now() + self.options.patience,
        };
        let mut sending = Sending {
            arrived: envelope.is_none(),
            taken_at: None,
            latest: 0,
        };
        loop {
            let mut trouble = None;
            if let (Some(envelope), None) = (envelope, sending.taken_at) {
                trouble = self.hand_in(envelope, &mut sending).await?;
            }
            match self.rpc.transaction(hash).await {
                Ok(found) => {
                    let latest_ledger = found.latest_ledger;
                    match end_of(hash, found) {
                        Some(end) => return end,
                        None if latest_ledger >= last_ledger => {
                            return Err(Error::Expired { hash, last_ledger });
                        }
                        None => sending.forget(latest_ledger),
                    }
                }
                Err(error) if error.is_transient() => trouble = Some(error),
                Err(error) => {
                    return Err(Error::Unsettled {
                        hash,
                        last_ledger,
                        cause: Some(error),
                    })
                }
            }
            if !pause.wait().await {
                return Err(Error::Unsettled {
                    hash,
                    last_ledger,
                    cause: trouble,
                });
            }
        }
    }

    /// Hands the envelope in once. What goes wrong on the way is returned; an error is final.
    async fn hand_in(
        &self,
        envelope: &TransactionEnvelope,
        sending: &mut Sending,
    ) -> Result<Option<RpcError>, Error> {
        match self.rpc.send(envelope).await {
            Ok(sent) => match sent.status {
                SendStatus::Pending | SendStatus::Duplicate => {
                    sending.arrived = true;
                    sending.taken_at = Some(sent.latest_ledger.max(sending.latest));
                }
                SendStatus::TryAgainLater => {}
                // Its number may be used because it was applied meanwhile: the next question tells.
                SendStatus::Error if sending.arrived && is_bad_sequence(&sent) => {}
                SendStatus::Error => return Err(refused(&sent)),
            },
            Err(error) if error.is_transient() || sending.arrived => {
                sending.arrived = true;
                return Ok(Some(error));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(None)
    }
}

/// How far the handing in is.
struct Sending {
    /// Whether a server has it, or may have it although no answer said so.
    arrived: bool,
    /// The ledger at which a server took it.
    taken_at: Option<u32>,
    /// The last ledger that any answer named: servers behind one address may lag.
    latest: u32,
}

impl Sending {
    /// Hands it in again when the queue must have dropped it.
    fn forget(&mut self, latest_ledger: u32) {
        self.latest = self.latest.max(latest_ledger);
        let dropped = |at: u32| latest_ledger >= at.saturating_add(RESEND_LEDGERS);
        if self.taken_at.is_some_and(dropped) {
            self.taken_at = None;
        }
    }
}

/// What became of a transaction that a server was asked for; none if it is in no ledger that the server knows.
pub fn end_of(hash: [u8; 32], found: FetchedTransaction) -> Option<Result<Done<ScVal>, Error>> {
    match found.status {
        TransactionStatus::Success => Some(succeeded(hash, found)),
        TransactionStatus::Failed => Some(Err(failed(hash, &found))),
        TransactionStatus::NotFound => None,
    }
}

fn is_bad_sequence(sent: &SentTransaction) -> bool {
    let result = sent.error_result_xdr.as_ref().map(|result| &result.result);
    matches!(result, Some(TransactionResultResult::TxBadSeq))
}

fn refused(sent: &SentTransaction) -> Error {
    Error::Refused {
        refusal: refusal(sent.error_result_xdr.as_ref()),
        fault: Box::new(Fault::new(&sent.diagnostic_events_xdr, None)),
    }
}

fn failed(hash: [u8; 32], found: &FetchedTransaction) -> Error {
    let diagnostics = match &found.diagnostic_events_xdr {
        events if events.is_empty() => diagnostics(found.result_meta_xdr.as_ref()),
        events => events.clone(),
    };
    Error::Failed {
        hash,
        ledger: found.ledger.unwrap_or(found.latest_ledger),
        refusal: refusal(found.result_xdr.as_ref()),
        fault: Box::new(Fault::new(&diagnostics, None)),
        fee_charged: fee(found),
    }
}

fn refusal(result: Option<&TransactionResult>) -> Refusal {
    result.map_or_else(Refusal::unknown, Refusal::of)
}

fn fee(found: &FetchedTransaction) -> i64 {
    found
        .result_xdr
        .as_ref()
        .map_or(0, |result| result.fee_charged)
}

fn succeeded(hash: [u8; 32], found: FetchedTransaction) -> Result<Done<ScVal>, Error> {
    let fee_charged = fee(&found);
    let told: Vec<ContractEvent> = found
        .events
        .contract_events_xdr
        .into_iter()
        .flatten()
        .collect();
    let (value, in_meta) = match found.result_meta_xdr {
        Some(TransactionMeta::V4(meta)) => {
            let events = meta
                .operations
                .iter()
                .flat_map(|operation| operation.events.iter());
            let value = meta
                .soroban_meta
                .as_ref()
                .and_then(|meta| meta.return_value.clone());
            (value, events.cloned().collect())
        }
        Some(TransactionMeta::V3(meta)) => match meta.soroban_meta {
            Some(soroban) => (Some(soroban.return_value), soroban.events.to_vec()),
            None => (None, Vec::new()),
        },
        _ => (None, Vec::new()),
    };
    Ok(Done {
        hash,
        ledger: found
            .ledger
            .ok_or(Error::Nonsense("a transaction of no ledger"))?,
        closed_at: found.created_at,
        fee_charged,
        value: value.unwrap_or(ScVal::Void),
        events: if told.is_empty() { in_meta } else { told },
    })
}

fn diagnostics(meta: Option<&TransactionMeta>) -> Vec<DiagnosticEvent> {
    match meta {
        Some(TransactionMeta::V4(meta)) => meta.diagnostic_events.to_vec(),
        Some(TransactionMeta::V3(meta)) => meta
            .soroban_meta
            .as_ref()
            .map_or_else(Vec::new, |soroban| soroban.diagnostic_events.to_vec()),
        _ => Vec::new(),
    }
}

/// The last ledger that a transaction of ours is good for.
fn last_ledger(transaction: &Transaction) -> u32 {
    match &transaction.cond {
        Preconditions::V2(conditions) => conditions
            .ledger_bounds
            .as_ref()
            .map_or(u32::MAX, |bounds| bounds.max_ledger.saturating_sub(1)),
        _ => u32::MAX,
    }
}
