//! A state file: how it began, the ledger as it was at some point, and everything since.
//!
//! | kind | content |
//! |---|---|
//! | 1 beginning | JSON: scenario, limits, seed, directory |
//! | 2 entries | some entries of the state that the next image has |
//! | 3 history | a closed ledger of the next image's history, if no earlier image had it |
//! | 4 image | the last closed ledger's header, number of entries, hashes of the history |
//! | 5 closed | a ledger that closed after that: its meta, costs, diagnostics, changed entries |
//! | 6 mark | name of a snapshot of the ledger as it stands |
//! | 7 unmark | name of a snapshot that is dropped |
//! | 8 revert | name of the snapshot that the ledger went back to |
//! | 9 clock | offset of the sandbox's clock from the machine's, seconds |
//!
//! A compacted file has an image for every snapshot, each before its mark, and the ledger's own last.

use super::{
    codec::Output,
    load::Loader,
    settings::{Beginning, Settings, Wanted},
    Found, Opened, Place, RecordFile, StateFileError,
};
use ballast_ledger::{ClosedLedger, Ledger};
use ballast_transaction::Network;
use std::{
    collections::{BTreeMap, HashSet},
    io,
    path::Path,
    sync::Arc,
};

pub(super) const BEGINNING: u8 = 1;
pub(super) const ENTRIES: u8 = 2;
pub(super) const HISTORY: u8 = 3;
pub(super) const IMAGE: u8 = 4;
pub(super) const CLOSED: u8 = 5;
pub(super) const MARK: u8 = 6;
pub(super) const UNMARK: u8 = 7;
pub(super) const REVERT: u8 = 8;
pub(super) const CLOCK: u8 = 9;

/// The log is compacted when it is longer than this and than the image before it.
pub const LOG_BYTES: u64 = 64 << 20;
/// Entries are written in records of about this size.
const CHUNK_BYTES: usize = 1 << 20;

/// A snapshot that has a name.
#[derive(Clone)]
pub struct Mark {
    /// The ledger as it stood.
    pub ledger: Arc<Ledger>,
    /// Offset of the clock at the time, seconds.
    pub clock: i64,
}

/// Snapshots by name.
pub type Marks = BTreeMap<String, Mark>;

/// Where everything that happens is written down.
pub struct Store {
    file: RecordFile,
    beginning: Vec<u8>,
    /// Bytes since the image.
    log_bytes: u64,
    log_limit: u64,
}

/// What a file held.
pub struct Restored {
    /// Where to write on.
    pub store: Store,
    /// What it was begun with.
    pub beginning: Beginning,
    /// The ledger.
    pub ledger: Ledger,
    /// Snapshots.
    pub marks: Marks,
    /// Offset of the clock, seconds.
    pub clock: i64,
    /// Records read and bytes dropped.
    pub found: Found,
}

/// A place for a state file.
pub enum Opening {
    /// Something is there.
    Restored(Box<Restored>),
    /// Nothing is there.
    New(Place),
}

impl Store {
    /// Opens a state file, or the place where it will be, locked against other processes. `history_ledgers`
    /// is how many closed ledgers are kept from now on.
    ///
    /// # Errors
    /// Why it is refused. It is left as it is.
    pub fn open(
        path: &Path,
        network: &Network,
        history_ledgers: u32,
        wanted: &Wanted,
    ) -> Result<Opening, StateFileError> {
        let mut loader = Loader::new(network, history_ledgers, *wanted);
        let opened = RecordFile::open(path, network.id(), &mut |kind, content| {
            loader.take(kind, content)
        });
        let opened = match (opened, loader.disagreement.take()) {
            // Not damage, but a wrong option.
            (Err(StateFileError::Corrupt { file, .. }), Some(why)) => {
                return Err(StateFileError::Settings { file, why })
            }
            (opened, _) => opened?,
        };
        let (file, found) = match opened {
            Opened::Vacant(place) => return Ok(Opening::New(place)),
            Opened::Existing(file, found) => (file, found),
        };
        let (path, end) = (file.path().to_path_buf(), file.length());
        let loaded = loader.finish().map_err(|why| StateFileError::Corrupt {
            file: path,
            at: end,
            why,
        })?;
        let store = Self {
            file,
            beginning: loaded.beginning_json,
            log_bytes: loaded.log_bytes,
            log_limit: LOG_BYTES,
        };
        Ok(Opening::Restored(Box::new(Restored {
            store,
            beginning: loaded.beginning,
            ledger: loaded.ledger,
            marks: loaded.marks,
            clock: loaded.clock,
            found,
        })))
    }

    /// Begins a file with a ledger.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(place: Place, beginning: &Beginning, ledger: &Ledger) -> io::Result<Self> {
        let beginning = serde_json::to_vec(beginning)?;
        let network_id = ledger.network().id();
        let marks = Marks::new();
        let file = RecordFile::create(place, network_id, &mut |put| {
            write_image(put, &beginning, &marks, ledger, 0)
        })?;
        Ok(Self {
            file,
            beginning,
            log_bytes: 0,
            log_limit: LOG_BYTES,
        })
    }

    /// Compacts above this length of the log (and of the image) instead of [`LOG_BYTES`].
    pub fn with_log_limit(mut self, bytes: u64) -> Self {
        self.log_limit = bytes;
        self
    }

    /// A ledger closed. On the disk when this returns, unless it is empty: a machine that loses its power
    /// may lose empty ledgers at the end.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn closed(&mut self, closed: &ClosedLedger) -> io::Result<()> {
        let mut content = Output::default();
        content.closed(closed, true);
        let sync = !closed.transactions.is_empty();
        self.append(CLOSED, &content.into_bytes(), sync)
    }

    /// The ledger as it stands has this name now.
    ///
    /// # Errors
    /// If it cannot be written, as of everything below.
    pub fn mark(&mut self, name: &str) -> io::Result<()> {
        self.append(MARK, name.as_bytes(), true)
    }

    /// A snapshot is dropped.
    pub fn unmark(&mut self, name: &str) -> io::Result<()> {
        self.append(UNMARK, name.as_bytes(), true)
    }

    /// The ledger went back to a snapshot.
    pub fn revert(&mut self, name: &str) -> io::Result<()> {
        self.append(REVERT, name.as_bytes(), true)
    }

    /// The clock was moved.
    pub fn clock(&mut self, offset_seconds: i64) -> io::Result<()> {
        self.append(CLOCK, &offset_seconds.to_be_bytes(), true)
    }

    /// Writes the file anew when the log has become long: the ledger as it stands, and its snapshots.
    /// Whether it did.
    pub fn compact(&mut self, ledger: &Ledger, marks: &Marks, clock: i64) -> io::Result<bool> {
        let image_bytes = self.file.length() - self.log_bytes;
        if self.log_bytes <= self.log_limit.max(image_bytes) {
            return Ok(false);
        }
        let beginning = &self.beginning;
        self.file
            .replace(&mut |put| write_image(put, beginning, marks, ledger, clock))?;
        self.log_bytes = 0;
        Ok(true)
    }

    /// Waits until everything is on the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Its length, bytes.
    pub fn bytes(&self) -> u64 {
        self.file.length()
    }

    fn append(&mut self, kind: u8, content: &[u8], sync: bool) -> io::Result<()> {
        let before = self.file.length();
        self.file.append(kind, content, sync)?;
        self.log_bytes += self.file.length() - before;
        Ok(())
    }
}

fn write_image(
    put: &mut super::file::Put<'_>,
    beginning: &[u8],
    marks: &Marks,
    ledger: &Ledger,
    clock: i64,
) -> io::Result<()> {
    put(BEGINNING, beginning)?;
    let mut written = HashSet::new();
    for (name, mark) in marks {
        write_ledger(put, &mark.ledger, &mut written)?;
        put(CLOCK, &mark.clock.to_be_bytes())?;
        put(MARK, name.as_bytes())?;
    }
    write_ledger(put, ledger, &mut written)?;
    put(CLOCK, &clock.to_be_bytes())
}

fn write_ledger(
    put: &mut super::file::Put<'_>,
    ledger: &Ledger,
    written: &mut HashSet<[u8; 32]>,
) -> io::Result<()> {
    let image = ledger.export();
    for closed in &image.history {
        if written.insert(closed.hash()) {
            let mut content = Output::default();
            content.closed(closed, false);
            put(HISTORY, &content.into_bytes())?;
        }
    }
    let mut chunk = Output::default();
    for (key, entry) in image.state.iter() {
        chunk.entry(key, Some(entry));
        if chunk.len() >= CHUNK_BYTES {
            put(ENTRIES, &std::mem::take(&mut chunk).into_bytes())?;
        }
    }
    if chunk.len() > 0 {
        put(ENTRIES, &chunk.into_bytes())?;
    }
    let mut content = Output::default();
    content.xdr(&image.last);
    content.u64(image.state.len() as u64);
    content.u32(image.history.len() as u32);
    image
        .history
        .iter()
        .for_each(|closed| content.raw(&closed.hash()));
    put(IMAGE, &content.into_bytes())
}

/// Settings of a file that is begun, with what was not asked for by default.
pub fn settings(wanted: &Wanted) -> Settings {
    Settings {
        scenario: wanted.scenario.unwrap_or_default(),
        limits: wanted.limits.unwrap_or_default(),
        seed: wanted.seed.unwrap_or(0),
    }
}
