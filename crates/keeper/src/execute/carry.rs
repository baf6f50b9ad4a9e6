//! Records an envelope, hands it in, follows it to its end.
//!
//! The same envelope may be handed in any number of times within its bounds; after them a fresh plan is made.

use super::{
    call::signed,
    channels::{Flight, Lease},
    journal::{End, Entry},
    ExecuteNotice, Executor, Outcome,
};
use crate::store::{NewTransaction, TransactionStatus};
use ballast_client::{
    end_of,
    rpc::{SendStatus, SentTransaction},
    Client, Done, Error, Fault, Refusal,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use stellar_xdr::curr::{
    Hash, Limits, ScVal, Transaction, TransactionEnvelope, TransactionResultResult, WriteXdr,
};
use tokio::time::sleep;

/// First pause between two questions.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Pause before an envelope is handed in again that a server has no room for.
const AGAIN: Duration = Duration::from_millis(250);

/// What is sent, and for whom.
pub(super) struct Parcel {
    pub transaction: Transaction,
    pub last_ledger: u32,
    /// What its resources cost at most: the rest of a fee that a server asks is the bid.
    pub resource_fee: i64,
    pub purpose: &'static str,
    pub decision: Option<i64>,
}

/// Where it ended.
pub(super) enum Arrival {
    Applied(Done<ScVal>),
    /// Applied, and failed.
    Failed {
        ledger: u32,
        why: String,
        fee_charged: i64,
    },
    Expired,
    /// Nobody takes it.
    Refused(Nowhere),
    /// Patience ended.
    Unknown,
}

/// Why nobody takes it.
pub(super) enum Nowhere {
    /// The network asks this bid.
    FeeTooLow(i64),
    /// The channel cannot pay.
    Poor,
    /// Somebody else has used the channel.
    UsedElsewhere,
    /// Something that another channel or bid does not mend.
    Other(String),
}

/// What is known of a transaction that was asked for.
pub(super) enum Look {
    Ended(Box<Result<Done<ScVal>, Error>>),
    /// It is in no ledger up to its last one. `certain`: the server knows all ledgers that it could be in.
    Expired {
        certain: bool,
    },
    Open,
    /// Nobody answers.
    Trouble,
}

/// How an envelope went.
pub(super) struct Carried {
    pub hash: [u8; 32],
    pub arrival: Arrival,
    pub sent_at: Instant,
}

impl Executor {
    /// Signs, and carries it in a task of its own: whoever waits for it may give up without anybody losing count.
    pub(super) async fn carry_in(
        self: &Arc<Self>,
        lease: &mut Lease,
        parcel: Parcel,
    ) -> Result<Carried, Outcome> {
        let (executor, mut taken) = (self.clone(), lease.take());
        let task = tokio::spawn(async move {
            let carried = executor.carry(&mut taken, parcel).await;
            (taken, carried)
        });
        let (back, carried) = task.await.map_err(|error| Outcome::Refused {
            why: format!("the task ended: {error}"),
        })?;
        *lease = back;
        Ok(carried)
    }

    async fn carry(&self, lease: &mut Lease, parcel: Parcel) -> Carried {
        let network = self.endpoints.network();
        let (hash, envelope) = signed(network, parcel.transaction, &lease.key);
        let flight = Flight {
            hash,
            sequence: lease.sequence,
            last_ledger: parcel.last_ledger,
            claim: lease.claim(),
            decision: parcel.decision,
            is_old: false,
            refusal: None,
        };
        lease.departs(flight);
        let (mut entry, written) = self
            .journal
            .begin(NewTransaction {
                hash,
                decision: parcel.decision,
                vault: lease.claim().vault,
                channel: lease.address(),
                sequence: lease.sequence,
                last_ledger: parcel.last_ledger,
                envelope_xdr: base64(&envelope),
                purpose: parcel.purpose.to_owned(),
            })
            .await;
        self.database(written);
        let sent_at = Instant::now();
        let way = Way {
            envelope: &envelope,
            hash,
            last_ledger: parcel.last_ledger,
            resource_fee: parcel.resource_fee,
        };
        let arrival = self.follow(lease, &mut entry, &way).await;
        self.arrived(lease, &mut entry, &arrival).await;
        Carried {
            hash,
            arrival,
            sent_at,
        }
    }

    /// Hands in and asks, until the end is known or patience ends.
    async fn follow(&self, lease: &mut Lease, entry: &mut Entry, way: &Way<'_>) -> Arrival {
        let begun = Instant::now();
        let mut ledgers = self.ledger.subscribe();
        let mut pause = FIRST_PAUSE;
        // Whether a server has it, and whether one may have it.
        let (mut taken, mut perhaps) = (false, false);
        loop {
            if !taken {
                match self.endpoints.send_everywhere(way.envelope).await {
                    Ok(sent) => match sent.status {
                        SendStatus::Pending | SendStatus::Duplicate => {
                            taken = true;
                            let sent = End::of(TransactionStatus::Sent);
                            let noted = self.journal.note(entry, sent);
                            self.database(noted.await);
                        }
                        SendStatus::TryAgainLater => perhaps = true,
                        SendStatus::Error => {
                            if let Some(refused) = self.refused(lease, way, &sent, perhaps).await {
                                return refused;
                            }
                            perhaps = true;
                        }
                    },
                    Err(error) => {
                        tracing::debug!(%error, hash = %Hash(way.hash), "handing in");
                        perhaps = true;
                    }
                }
            }
            let wait = if taken { pause } else { AGAIN };
            tokio::select! {
                changed = ledgers.changed() => if changed.is_err() { sleep(wait).await },
                () = sleep(wait) => pause = (pause * 3 / 2).min(self.settings.poll),
            }
            match self.look(way.hash, way.last_ledger).await {
                Look::Ended(end) => return ended(*end),
                Look::Expired { .. } => return Arrival::Expired,
                Look::Open | Look::Trouble if begun.elapsed() >= self.settings.patience => {
                    return Arrival::Unknown;
                }
                Look::Open | Look::Trouble => {}
            }
        }
    }

    /// Asks for a transaction once.
    pub(super) async fn look(&self, hash: [u8; 32], last_ledger: u32) -> Look {
        let what = |client: Arc<Client>| async move { client.rpc().transaction(hash).await };
        match self.endpoints.ask(what).await {
            Err(error) => {
                tracing::debug!(%error, hash = %Hash(hash), "following");
                Look::Trouble
            }
            Ok(found) => {
                let (latest, oldest) = (found.latest_ledger, found.oldest_ledger);
                match end_of(hash, found) {
                    // A success that cannot be read is one all the same; it is asked for again.
                    Some(Err(Error::Nonsense(_))) => Look::Trouble,
                    Some(end) => Look::Ended(Box::new(end)),
                    None if latest >= last_ledger => Look::Expired {
                        certain: oldest <= last_ledger.saturating_sub(self.settings.valid_ledgers),
                    },
                    None => Look::Open,
                }
            }
        }
    }

    /// What a refusal means; nothing if it may be taken yet.
    async fn refused(
        &self,
        lease: &mut Lease,
        way: &Way<'_>,
        sent: &SentTransaction,
        perhaps: bool,
    ) -> Option<Arrival> {
        let result = sent.error_result_xdr.as_ref();
        let words = refusal(sent);
        let refused = match result.map(|result| &result.result) {
            Some(TransactionResultResult::TxBadSeq) => {
                return self.bad_sequence(lease, way, perhaps).await;
            }
            // It may have been taken before; then the ledgers tell.
            _ if perhaps => return None,
            Some(TransactionResultResult::TxInsufficientFee) => {
                let asked = result.map_or(0, |result| result.fee_charged);
                Nowhere::FeeTooLow(asked.saturating_sub(way.resource_fee))
            }
            Some(TransactionResultResult::TxInsufficientBalance) => {
                lease.is_poor();
                let channel = lease.address();
                self.notice(ExecuteNotice::OutOfLumens { channel });
                Nowhere::Poor
            }
            Some(
                TransactionResultResult::TxNoAccount
                | TransactionResultResult::TxBadAuth
                | TransactionResultResult::TxBadAuthExtra,
            ) => {
                lease.is_poor();
                self.notice(ExecuteNotice::ChannelUnfit {
                    channel: lease.address(),
                    why: words.clone(),
                });
                Nowhere::Poor
            }
            _ => Nowhere::Other(words.clone()),
        };
        lease.refused(&words);
        Some(Arrival::Refused(refused))
    }

    /// Its number is used, by itself or by somebody else, or the server lags.
    async fn bad_sequence(
        &self,
        lease: &mut Lease,
        way: &Way<'_>,
        perhaps: bool,
    ) -> Option<Arrival> {
        if perhaps {
            return None;
        }
        let id = lease.key.account_id();
        let what = |client: Arc<Client>| {
            let id = id.clone();
            async move { client.account(&id).await }
        };
        let account = self.endpoints.ask(what).await.ok()?;
        let found = account.seq_num.0;
        if found < lease.sequence {
            return None;
        }
        // Another server of ours may have been quicker than the answer.
        if !matches!(
            self.look(way.hash, way.last_ledger).await,
            Look::Open | Look::Expired { .. }
        ) {
            return None;
        }
        self.notice(ExecuteNotice::SequenceUsedElsewhere {
            channel: lease.address(),
            expected: lease.sequence.saturating_sub(1),
            found,
        });
        // Whoever used the number: this envelope can never be applied.
        lease.refused("txBAD_SEQ");
        Some(Arrival::Refused(Nowhere::UsedElsewhere))
    }

    /// Channel and database after the end.
    async fn arrived(&self, lease: &mut Lease, entry: &mut Entry, arrival: &Arrival) {
        let end = match arrival {
            Arrival::Applied(done) => End {
                status: TransactionStatus::Succeeded,
                ledger: Some(done.ledger),
                fee_charged: Some(done.fee_charged),
                detail: "",
            },
            Arrival::Failed {
                ledger,
                why,
                fee_charged,
            } => End {
                status: TransactionStatus::Failed,
                ledger: Some(*ledger),
                fee_charged: Some(*fee_charged),
                detail: why,
            },
            Arrival::Expired => End::of(TransactionStatus::Expired),
            // Until its bound has passed the row stays open, as the channel does.
            Arrival::Refused(_) | Arrival::Unknown => return,
        };
        match arrival {
            Arrival::Applied(_) | Arrival::Failed { .. } => lease.applied(),
            _ => {
                let found = self.count_of(&lease.key, entry.last_ledger()).await;
                lease.expired(found);
            }
        }
        let noted = self.journal.note(entry, end).await;
        self.database(noted);
    }

    /// The database's failure is no reason to stop.
    pub(super) fn database(&self, result: Result<(), String>) {
        if let Err(why) = result {
            self.notice(ExecuteNotice::Database { why });
        }
    }
}

/// An envelope on its way.
struct Way<'a> {
    envelope: &'a TransactionEnvelope,
    hash: [u8; 32],
    last_ledger: u32,
    resource_fee: i64,
}

pub(super) fn ended(end: Result<Done<ScVal>, Error>) -> Arrival {
    match end {
        Ok(done) => Arrival::Applied(done),
        Err(Error::Failed {
            ledger,
            refusal,
            fault,
            fee_charged,
            ..
        }) => Arrival::Failed {
            ledger,
            why: match fault.is_empty() {
                true => refusal.to_string(),
                false => format!("{refusal}: {fault}"),
            },
            fee_charged,
        },
        Err(_) => Arrival::Unknown,
    }
}

fn refusal(sent: &SentTransaction) -> String {
    let refusal = sent.error_result_xdr.as_ref().map(Refusal::of);
    let fault = Fault::new(&sent.diagnostic_events_xdr, None);
    match refusal {
        Some(refusal) if fault.is_empty() => refusal.to_string(),
        Some(refusal) => format!("{refusal}: {fault}"),
        None => "the network refused it without a result".to_owned(),
    }
}

pub(super) fn base64(envelope: &TransactionEnvelope) -> String {
    // Writing to memory does not fail.
    envelope.to_xdr_base64(Limits::none()).unwrap_or_default()
}
