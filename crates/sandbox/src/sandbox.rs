//! The sandbox: a ledger, a clock, and who may change them when.

use crate::{
    control::{close_due, Controls},
    deep::deep,
    faults::Faults,
    friendbot::Friendbot,
    journal::Journal,
};
use ballast_ledger::{ClosedLedger, Ledger, Submitted};
use std::{
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicI64, Ordering},
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use stellar_xdr::curr::TransactionEnvelope;
use tokio::{
    sync::{watch, Semaphore},
    time::{timeout_at, Instant},
};

/// When ledgers close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// When told to.
    Manual,
    /// So often.
    Every(Duration),
}

/// How a sandbox serves.
#[derive(Clone, Debug)]
pub struct Options {
    /// When ledgers close.
    pub closing: Closing,
    /// Bodies that are longer are refused.
    pub body_bytes: usize,
    /// The address that clients are told of the friendbot. If there is none, that of the listener.
    pub friendbot_url: Option<String>,
    /// The page is read from this folder. If there is none, it is the one that was built with the program.
    pub page: Option<PathBuf>,
}

impl Default for Options {
    /// A ledger every five seconds, half a megabyte as the real server has it.
    fn default() -> Self {
        Self {
            closing: Closing::Every(Duration::from_secs(5)),
            body_bytes: 512 * 1024,
            friendbot_url: None,
            page: None,
        }
    }
}

/// A ledger could not be closed, or not be written down.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct CloseError(String);

/// A ledger that many ask and one at a time changes.
///
/// Who asks gets the ledger as it was when it closed last, and is never held up by one that closes.
pub struct Sandbox {
    writer: Mutex<Writer>,
    published: RwLock<Arc<Ledger>>,
    /// Sequence number of the newest ledger that is published.
    latest: watch::Sender<u32>,
    closing: watch::Sender<Closing>,
    /// Why nothing can be served any more.
    failed: watch::Sender<Option<CloseError>>,
    clock_offset: AtomicI64,
    friendbot_url: RwLock<Option<String>>,
    body_bytes: usize,
    page: Option<PathBuf>,
    /// Requests that are worked on at a time.
    pub(crate) turns: Arc<Semaphore>,
    pub(crate) friendbot: Friendbot,
    pub(crate) controls: Controls,
    faults: Faults,
}

struct Writer {
    ledger: Ledger,
    journal: Option<Box<dyn Journal>>,
}

impl Sandbox {
    /// Over a ledger.
    pub fn new(ledger: Ledger, options: Options) -> Arc<Self> {
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
        Arc::new(Self {
            published: RwLock::new(Arc::new(ledger.clone())),
            latest: watch::Sender::new(ledger.header().ledger_seq),
            writer: Mutex::new(Writer {
                ledger,
                journal: None,
            }),
            closing: watch::Sender::new(options.closing),
            failed: watch::Sender::new(None),
            clock_offset: AtomicI64::new(0),
            friendbot_url: RwLock::new(options.friendbot_url),
            body_bytes: options.body_bytes,
            page: options.page,
            turns: Arc::new(Semaphore::new(2 * cores + 2)),
            friendbot: Friendbot::default(),
            controls: Controls::default(),
            faults: Faults::default(),
        })
    }

    /// The ledger as it was published last.
    pub fn view(&self) -> Arc<Ledger> {
        self.published
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes the ledger otherwise than by closing it, and publishes it. Waits for who changes it now.
    pub fn change<R>(&self, change: impl FnOnce(&mut Ledger) -> R) -> R {
        let mut writer = self.writer();
        let result = change(&mut writer.ledger);
        self.publish(&writer.ledger);
        result
    }

    /// Checks a transaction and queues it.
    pub fn submit(&self, envelope: TransactionEnvelope) -> Submitted {
        self.writer().ledger.submit(envelope)
    }

    /// Closes the ledger being built. It is written down first and seen after that.
    ///
    /// # Errors
    /// If it could not be written down, or if applying it panicked: what waited to be in it is dropped then.
    pub fn close(&self) -> Result<Arc<ClosedLedger>, CloseError> {
        let mut guard = self.writer();
        let writer = &mut *guard;
        let time = self
            .now()
            .max(writer.ledger.header().scp_value.close_time.0);
        let closed = deep(|| writer.ledger.close(time)).map_err(|panic| {
            writer.ledger = (*self.view()).clone();
            CloseError(format!("a ledger could not be closed: {panic}"))
        })?;
        if let Some(journal) = &mut writer.journal {
            if let Err(error) = journal.closed(&writer.ledger, &closed) {
                let error = CloseError(format!("a ledger could not be written down: {error}"));
                self.failed.send_replace(Some(error.clone()));
                return Err(error);
            }
        }
        self.publish(&writer.ledger);
        Ok(closed)
    }

    /// Closes ledgers as the mode says, until dropped.
    pub async fn keep_closing(self: Arc<Self>) {
        let mut mode = self.closing.subscribe();
        let mut next = Instant::now();
        loop {
            let now_mode = *mode.borrow_and_update();
            let Closing::Every(period) = now_mode else {
                if mode.changed().await.is_err() {
                    return;
                }
                next = Instant::now();
                continue;
            };
            // A ledger that took longer than its time does not make the next ones hurry.
            next = (next + period).max(Instant::now());
            if timeout_at(next, mode.changed()).await.is_ok() {
                next = Instant::now();
                continue;
            }
            let sandbox = self.clone();
            let _ = tokio::task::spawn_blocking(move || close_due(&sandbox)).await;
        }
    }

    /// When ledgers close.
    pub fn closing(&self) -> Closing {
        *self.closing.borrow()
    }

    /// Changes when ledgers close.
    pub fn set_closing(&self, closing: Closing) {
        self.closing.send_replace(closing);
    }

    /// Unix seconds on the sandbox's clock.
    pub fn now(&self) -> u64 {
        let real = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        real.saturating_add_signed(self.clock_offset.load(Ordering::Relaxed))
    }

    /// Moves the clock by so many seconds. A state file does not know of it: `ballast_warp` is written down.
    pub fn shift_clock(&self, seconds: i64) {
        self.clock_offset.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Sets by how many seconds the clock is ahead of the machine's.
    pub(crate) fn set_clock_offset(&self, seconds: i64) {
        self.clock_offset.store(seconds, Ordering::Relaxed);
    }

    /// The directory, the state file, snapshots.
    pub fn controls(&self) -> &Controls {
        &self.controls
    }

    /// Writes closed ledgers down from now on.
    pub fn set_journal(&self, journal: Box<dyn Journal>) {
        self.writer().journal = Some(journal);
    }

    /// The faults that happen.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Tells of every ledger that is published.
    pub fn latest(&self) -> watch::Receiver<u32> {
        self.latest.subscribe()
    }

    /// Tells when nothing can be served any more, and why.
    pub fn failed(&self) -> watch::Receiver<Option<CloseError>> {
        self.failed.subscribe()
    }

    /// The folder that the page is read from, if it is not the program's own.
    pub(crate) fn page_folder(&self) -> Option<&Path> {
        self.page.as_deref()
    }

    /// Where clients find the friendbot.
    pub fn friendbot_url(&self) -> Option<String> {
        self.friendbot_url
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Says where clients find the friendbot, unless that was said before.
    pub(crate) fn set_default_friendbot_url(&self, url: String) {
        self.friendbot_url
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(url);
    }

    /// Bodies that are longer are refused.
    pub(crate) fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic of somebody who changed the ledger is no reason to serve nobody any more.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, ledger: &Ledger) {
        let copy = Arc::new(ledger.clone());
        let sequence = ledger.header().ledger_seq;
        self.faults.closed(&copy);
        *self
            .published
            .write()
            .unwrap_or_else(PoisonError::into_inner) = copy;
        self.latest.send_replace(sequence);
    }
}
