//! What was seen goes into the database in the background: nobody waits for a disk, and a database that fails stops
//! nothing. What could not be written is kept and tried again; were the keeper killed meanwhile, it would read the
//! same events again.

use super::reading::At;
use crate::store::{AuctionRow, Batch, Cursor, PoolRow, PositionRow, Store, VaultRow};
use ballast_client::value::Address;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Pause before what could not be written is tried again.
const PAUSE: Duration = Duration::from_secs(1);

enum Message {
    Save(Box<Batch>),
    Flush(oneshot::Sender<()>),
}

/// Writes batches, in their order.
#[derive(Debug)]
pub(super) struct Saver {
    messages: mpsc::UnboundedSender<Message>,
    trouble: Arc<Mutex<Option<String>>>,
    task: JoinHandle<()>,
}

impl Saver {
    pub fn start(store: Store) -> Self {
        let (messages, received) = mpsc::unbounded_channel();
        let trouble = Arc::default();
        let task = tokio::spawn(run(store, received, Arc::clone(&trouble)));
        Self {
            messages,
            trouble,
            task,
        }
    }

    /// Writes what is left, and lets go of the database.
    pub async fn close(self) {
        drop(self.messages);
        let _ = self.task.await;
    }

    pub fn save(&self, batch: Batch) {
        // The task ends with the runtime only.
        let _ = self.messages.send(Message::Save(Box::new(batch)));
    }

    /// Waits until everything was tried once.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).is_ok() {
            let _ = wait.await;
        }
    }

    /// Why what was seen last is not in the database.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.lock();
        trouble.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn run(
    store: Store,
    mut messages: mpsc::UnboundedReceiver<Message>,
    trouble: Arc<Mutex<Option<String>>>,
) {
    let mut pending = Pending::default();
    loop {
        let message = match pending.is_empty() {
            true => messages.recv().await.map(Some),
            false => match timeout(PAUSE, messages.recv()).await {
                Ok(message) => message.map(Some),
                Err(_) => Some(None),
            },
        };
        let mut flushes = Vec::new();
        match message {
            None => break,
            Some(None) => {}
            Some(Some(first)) => {
                let mut next = Some(first);
                while let Some(message) = next {
                    match message {
                        Message::Save(batch) => pending.take(*batch),
                        Message::Flush(done) => flushes.push(done),
                    }
                    next = messages.try_recv().ok();
                }
            }
        }
        write(&store, &mut pending, &trouble).await;
        for done in flushes {
            // Whoever waited may have gone.
            let _ = done.send(());
        }
    }
    write(&store, &mut pending, &trouble).await;
}

async fn write(store: &Store, pending: &mut Pending, trouble: &Mutex<Option<String>>) {
    if pending.is_empty() {
        return;
    }
    let saved = store.save(&pending.batch()).await;
    if saved.is_ok() {
        *pending = Pending::default();
    }
    let why = saved.err().map(|error| error.to_string());
    *trouble.lock().unwrap_or_else(PoisonError::into_inner) = why;
}

/// What is not written yet; of each row the latest.
#[derive(Default)]
struct Pending {
    cursor: Option<Cursor>,
    pools: BTreeMap<Address, PoolRow>,
    vaults: BTreeMap<Address, Option<VaultRow>>,
    positions: BTreeMap<At, PositionRow>,
    auctions: BTreeMap<At, Option<AuctionRow>>,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.cursor.is_none() && self.vaults.is_empty() && self.positions.is_empty()
    }

    fn take(&mut self, batch: Batch) {
        self.cursor = batch.cursor.or(self.cursor.take());
        let pools = batch.pools.into_iter().map(|row| (row.pool.clone(), row));
        self.pools.extend(pools);
        let gone = batch.vaults_gone.into_iter().map(|vault| (vault, None));
        self.vaults.extend(gone);
        let vaults = batch.vaults.into_iter();
        self.vaults
            .extend(vaults.map(|row| (row.address.clone(), Some(row))));
        let positions = batch.positions.into_iter();
        self.positions
            .extend(positions.map(|row| ((row.pool.clone(), row.borrower.address.clone()), row)));
        let closed = batch.auctions_closed.into_iter().map(|at| (at, None));
        self.auctions.extend(closed);
        let open = batch.auctions_open.into_iter();
        self.auctions
            .extend(open.map(|row| ((row.pool.clone(), row.user.clone()), Some(row))));
    }

    fn batch(&self) -> Batch {
        Batch {
            cursor: self.cursor.clone(),
            pools: self.pools.values().cloned().collect(),
            vaults: self.vaults.values().flatten().cloned().collect(),
            vaults_gone: none(&self.vaults),
            positions: self.positions.values().cloned().collect(),
            auctions_open: self.auctions.values().flatten().cloned().collect(),
            auctions_closed: none(&self.auctions),
        }
    }
}

/// The keys of what is no more.
fn none<K: Clone, V>(rows: &BTreeMap<K, Option<V>>) -> Vec<K> {
    let gone = rows.iter().filter(|(_, row)| row.is_none());
    gone.map(|(key, _)| key.clone()).collect()
}
