//! The database, which may fail: the keeper goes on without it and says so.

use crate::store::{NewTransaction, Store, StoreError, TransactionRow, TransactionStatus};
use std::{future::Future, time::Duration};
use tokio::{task::JoinHandle, time::timeout};

/// What a step waits for the database, at most: a ledger is short.
const PATIENCE: Duration = Duration::from_millis(500);

/// Writes down what is sent.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    store: Store,
}

/// A transaction that was written down, or is being.
pub(super) struct Entry {
    new: NewTransaction,
    written: Option<JoinHandle<Result<(), StoreError>>>,
}

/// How a transaction ended.
pub(super) struct End<'a> {
    pub status: TransactionStatus,
    pub ledger: Option<u32>,
    pub fee_charged: Option<i64>,
    pub detail: &'a str,
}

impl Entry {
    /// The last ledger that it is good for.
    pub fn last_ledger(&self) -> u32 {
        self.new.last_ledger
    }
}

impl End<'_> {
    pub fn of(status: TransactionStatus) -> Self {
        Self {
            status,
            ledger: None,
            fee_charged: None,
            detail: "",
        }
    }
}

impl Journal {
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Before an envelope leaves. The write goes on when it takes too long.
    pub async fn begin(&self, new: NewTransaction) -> (Entry, Result<(), String>) {
        let (store, row) = (self.store.clone(), new.clone());
        let mut written = tokio::spawn(async move { store.add_transaction(&row).await });
        let (written, result) = match timeout(PATIENCE, &mut written).await {
            Ok(Ok(Ok(()))) => (None, Ok(())),
            Ok(Ok(Err(error))) => (None, Err(error.to_string())),
            Ok(Err(error)) => (None, Err(error.to_string())),
            Err(_) => (
                Some(written),
                Err(format!("not written within {} ms", PATIENCE.as_millis())),
            ),
        };
        (Entry { new, written }, result)
    }

    /// Further on. What could not be written at first is written now.
    pub async fn note(&self, entry: &mut Entry, end: End<'_>) -> Result<(), String> {
        if let Some(written) = entry.written.take() {
            if !written.is_finished() && !end.status.is_final() {
                // Still stuck; the end will be noted.
                entry.written = Some(written);
                return Ok(());
            }
            // Its result is seen below: a row that is missing is added.
            let _ = timeout(PATIENCE, written).await;
        }
        let hash = entry.new.hash;
        let write = async {
            if self.store.transaction(hash).await?.is_none() {
                self.store.add_transaction(&entry.new).await?;
            }
            self.set(hash, &end).await
        };
        bounded(write).await
    }

    /// The end of a transaction of an earlier run.
    pub async fn settle(&self, hash: [u8; 32], end: End<'_>) -> Result<(), String> {
        bounded(self.set(hash, &end)).await
    }

    /// What an earlier run left.
    pub async fn unfinished(&self) -> Result<Vec<TransactionRow>, String> {
        bounded(self.store.unfinished()).await
    }

    /// What became of a decision.
    pub async fn decided(&self, id: i64, outcome: &str, detail: &str) -> Result<(), String> {
        bounded(self.store.finish_decision(id, outcome, detail)).await
    }

    async fn set(&self, hash: [u8; 32], end: &End<'_>) -> Result<(), StoreError> {
        self.store
            .set_transaction(hash, end.status, end.ledger, end.fee_charged, end.detail)
            .await
    }
}

async fn bounded<T>(what: impl Future<Output = Result<T, StoreError>>) -> Result<T, String> {
    match timeout(PATIENCE, what).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} ms", PATIENCE.as_millis())),
    }
}
