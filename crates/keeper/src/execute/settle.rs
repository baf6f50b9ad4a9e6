//! What is still open: transactions of an earlier run, and those that patience ended on.

use super::{
    carry::{ended, Arrival, Look},
    channels::{Claim, Flight},
    journal::End,
    Executor, Recovered, Settled,
};
use crate::store::{TransactionRow, TransactionStatus};
use std::{collections::BTreeMap, time::Duration};
use stellar_xdr::curr::{Limits, ReadXdr, TransactionEnvelope};
use tokio::time::{sleep, timeout};

/// Pause between two rounds of questions at the start.
const PAUSE: Duration = Duration::from_millis(500);
/// What is known of a transaction that is older than what servers know.
const FORGOTTEN: &str = "in no ledger that the RPC still knows";

impl Executor {
    /// Follows what an earlier run left to its end. Other vaults may be served meanwhile. What is within its bounds
    /// is handed in once more: the same envelope is applied once at most.
    pub async fn recover(&self) -> Recovered {
        if !self.settings.dry_run {
            self.hand_in_again().await;
        }
        let mut ledgers = self.ledger.subscribe();
        loop {
            let mut old = self.settling.lock().await;
            self.settle(&mut old).await;
            if !self.channels.waiting().iter().any(|flight| flight.is_old) {
                return Recovered {
                    settled: std::mem::take(&mut old),
                };
            }
            drop(old);
            let _ = timeout(PAUSE, ledgers.changed()).await;
            sleep(PAUSE / 10).await;
        }
    }

    /// Asks once for everything that is open.
    pub(super) async fn settle(&self, old: &mut Vec<Settled>) {
        for flight in self.channels.waiting() {
            let is_old = flight.is_old && flight.hash != [0; 32];
            old.extend(self.settle_one(flight).await.filter(|_| is_old));
        }
    }

    async fn settle_one(&self, flight: Flight) -> Option<Settled> {
        let Flight {
            hash, last_ledger, ..
        } = flight;
        let (arrival, certain) = match self.look(hash, last_ledger).await {
            Look::Ended(end) => (ended(*end), true),
            Look::Expired { certain } => (Arrival::Expired, certain),
            Look::Open | Look::Trouble => return None,
        };
        let (status, ledger, fee_charged, name, detail) = match arrival {
            Arrival::Applied(done) => (
                TransactionStatus::Succeeded,
                Some(done.ledger),
                Some(done.fee_charged),
                "done",
                String::new(),
            ),
            Arrival::Failed {
                ledger,
                why,
                fee_charged,
            } => (
                TransactionStatus::Failed,
                Some(ledger),
                Some(fee_charged),
                "lost",
                why,
            ),
            _ => match &flight.refusal {
                Some(why) => (
                    TransactionStatus::Refused,
                    None,
                    None,
                    "refused",
                    why.clone(),
                ),
                None if certain => (
                    TransactionStatus::Expired,
                    None,
                    None,
                    "expired",
                    String::new(),
                ),
                None => (
                    TransactionStatus::Expired,
                    None,
                    None,
                    "expired",
                    FORGOTTEN.to_owned(),
                ),
            },
        };
        let applied = matches!(
            status,
            TransactionStatus::Succeeded | TransactionStatus::Failed
        );
        let end = End {
            status,
            ledger,
            fee_charged,
            detail: &detail,
        };
        self.database(self.journal.settle(hash, end).await);
        if let (TransactionStatus::Succeeded, Some((asset, amount))) =
            (status, &flight.claim.spends)
        {
            self.holdings.spent(asset, *amount);
        }
        if let (Some(decision), None) = (flight.decision, &flight.refusal) {
            self.database(self.journal.decided(decision, name, &detail).await);
        }
        // With the account's own number: whatever became of it, nothing of the channel is out now.
        let found = match (applied, self.channels.key_of(&hash)) {
            (false, Some(key)) => self.count_of(&key, last_ledger).await,
            _ => None,
        };
        self.channels.settled(&hash, applied, found);
        Some(Settled {
            hash,
            decision: flight.decision,
            vault: flight.claim.vault,
            end: name,
        })
    }

    /// At the start: what the database has open.
    pub(super) async fn load_unfinished(&self) {
        let rows = match self.journal.unfinished().await {
            Ok(rows) => rows,
            Err(why) => {
                self.database(Err(why));
                return self.wait_out();
            }
        };
        if self.settings.count_lost {
            self.wait_out();
        }
        for row in rows {
            self.channels.wait_for(&row.channel, flight(&row));
        }
    }

    /// What is out is not known: nothing of any channel is used before its bound would have passed.
    fn wait_out(&self) {
        let last_ledger = self.latest(0).saturating_add(self.settings.valid_ledgers);
        self.channels.all_wait(last_ledger);
    }

    async fn hand_in_again(&self) {
        let Ok(rows) = self.journal.unfinished().await else {
            return;
        };
        let old: BTreeMap<_, _> = self
            .channels
            .waiting()
            .into_iter()
            .map(|flight| (flight.hash, flight))
            .collect();
        for row in rows {
            let open = old.get(&row.hash).is_some_and(|flight| flight.is_old);
            let envelope = TransactionEnvelope::from_xdr_base64(&row.envelope_xdr, Limits::none());
            if let (true, Ok(envelope)) = (open && row.last_ledger > self.latest(0), envelope) {
                // Whatever is answered: the ledgers tell what became of it.
                let _ = self.endpoints.send_everywhere(&envelope).await;
            }
        }
    }
}

fn flight(row: &TransactionRow) -> Flight {
    Flight {
        hash: row.hash,
        sequence: row.sequence,
        last_ledger: row.last_ledger,
        claim: Claim {
            vault: row.vault.clone(),
            // The balance is read again before anything is spent.
            spends: None,
        },
        decision: row.decision,
        refusal: None,
        is_old: true,
    }
}
