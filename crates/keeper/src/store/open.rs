//! Opening the file: everything that is SQLite's own.

use super::{error::StoreError, Inner, Store};
use ballast_client::value::Address;
use sqlx::{
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection, SqlitePool,
};
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Mutex;

/// By version, from 1. What is released is not changed any more: a later one changes it.
pub(super) const MIGRATIONS: &[&str] = &[include_str!("schema/0001.sql")];
/// A change takes its lock before its first statement: it never has to give way to another writer half-way, and waits
/// in one place.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
/// Connections that read at once: the page, the metrics, the collector.
const READERS: u32 = 3;
/// What the log of changes is cut to after its content was taken over.
const LOG_LIMIT_BYTES: &str = "16777216";
const PAGE_BYTES: u64 = 4096;

/// Whose database it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The network.
    pub passphrase: String,
    /// The factory whose vaults are watched.
    pub factory: Address,
}

/// How the file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a write waits for a lock of another program.
    pub busy_timeout: Duration,
    /// The largest size of the file; none for as large as the disk lets it.
    pub most_bytes: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(1),
            most_bytes: None,
        }
    }
}

/// An opened database.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub store: Store,
    /// A damaged file that was there before. What it knew of transactions on their way is lost: no channel
    /// account may be used before the ledger bounds of whatever was sent have passed.
    pub recovered: Option<PutAside>,
    /// Whether the database is new.
    pub created: bool,
}

/// A damaged file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database was damaged ({why}); it was put aside as {} and a new one was begun", .file.display())]
pub struct PutAside {
    /// Its new name.
    pub file: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

impl Store {
    /// Opens a database, or begins one.
    ///
    /// # Errors
    /// If another keeper runs on it, if it is of another network or factory or of a newer program (then it is not
    /// touched), and where the file system refuses.
    pub async fn open(path: &Path, identity: &Identity) -> Result<Opened, StoreError> {
        Self::open_with(path, identity, Options::default()).await
    }

    /// Opens a database, or begins one.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(
        path: &Path,
        identity: &Identity,
        options: Options,
    ) -> Result<Opened, StoreError> {
        let lock = lock(path)?;
        let mut recovered = None;
        let mut version = 0;
        if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            match inspect(path, Some(identity), options).await {
                Ok(found) => version = found,
                Err(StoreError::Corrupt(why)) => recovered = Some(put_aside(path, why)?),
                Err(error) => return Err(error),
            }
        }
        let plain = plain(path, options);
        let writing = plain
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .pragma("journal_size_limit", LOG_LIMIT_BYTES);
        let writing = match options.most_bytes {
            None => writing,
            Some(bytes) => {
                writing.pragma("max_page_count", (bytes / PAGE_BYTES).max(1).to_string())
            }
        };
        let writer = pool(1, options).connect_with(writing).await?;
        migrate(&writer, version, identity).await?;
        // At once: while a connection is there, so are the files that another one needs, whatever the disk has left.
        let reading = plain.pragma("query_only", "ON");
        let reader = pool(READERS, options).connect_with(reading).await?;
        Ok(Opened {
            store: Store {
                inner: Arc::new(Inner {
                    path: path.to_owned(),
                    writer: Some(writer),
                    reader,
                    turn: Mutex::default(),
                    lock: std::sync::Mutex::new(Some(lock)),
                }),
            },
            recovered,
            created: version == 0,
        })
    }

    /// Opens the database of a keeper that may be running, to look at it.
    ///
    /// # Errors
    /// If there is none, or it is not a keeper's.
    pub async fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        if !fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let options = Options::default();
        let version = inspect(path, None, options).await?;
        if version == 0 {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let reader = pool(READERS, options).connect_lazy_with(plain(path, options).read_only(true));
        Ok(Store {
            inner: Arc::new(Inner {
                path: path.to_owned(),
                writer: None,
                reader,
                turn: Mutex::default(),
                lock: std::sync::Mutex::default(),
            }),
        })
    }
}

/// The file's name with something behind.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Connections that change nothing of the file by being opened.
fn plain(path: &Path, options: Options) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(options.busy_timeout)
        // A statement holds whole batches: nothing for the log.
        .disable_statement_logging()
}

fn pool(connections: u32, options: Options) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.busy_timeout.saturating_mul(2))
        // They live as long as the store.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// One keeper a file. The lock goes with the process, however that ends; the file stays.
fn lock(path: &Path) -> Result<File, StoreError> {
    let name = beside(path, ".lock");
    let failed = |cause| StoreError::File {
        path: name.clone(),
        cause,
    };
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&name)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.to_owned())),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// Looks at an existing file without changing it; its schema's version, 0 of one without tables.
async fn inspect(
    path: &Path,
    identity: Option<&Identity>,
    options: Options,
) -> Result<i64, StoreError> {
    let looking = plain(path, options).read_only(true);
    let mut connection = looking.connect().await?;
    let found = look(&mut connection, path, identity).await;
    // Whatever it answers: nothing was written.
    let _ = connection.close().await;
    found
}

async fn look(
    connection: &mut SqliteConnection,
    path: &Path,
    identity: Option<&Identity>,
) -> Result<i64, StoreError> {
    // A whole check only before the file is used for writing: to look at it, its content is enough.
    if identity.is_some() {
        let found = sqlx::query("PRAGMA quick_check(1)")
            .fetch_one(&mut *connection)
            .await?;
        let found: String = found.try_get(0)?;
        if found != "ok" {
            return Err(StoreError::Corrupt(found));
        }
    }
    let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut *connection)
        .await?;
    let tables: Vec<String> = tables
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    if tables.is_empty() {
        return Ok(0);
    }
    let not_ours = || StoreError::NotOurs(path.to_owned());
    if !tables.iter().any(|name| name == "about") {
        return Err(not_ours());
    }
    let about = sqlx::query("SELECT name, value FROM about")
        .fetch_all(&mut *connection)
        .await
        .map_err(|_| not_ours())?;
    let about: BTreeMap<String, String> = about
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, sqlx::Error>>()?;
    let said = |name: &str| about.get(name).ok_or_else(not_ours);
    let version: i64 = said("schema")?.parse().map_err(|_| not_ours())?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: version,
            known,
        });
    }
    if let Some(identity) = identity {
        let factory = identity.factory.to_string();
        let compare = [("network", &identity.passphrase), ("factory", &factory)];
        for (what, expected) in compare {
            let found = said(what)?;
            if found != expected {
                return Err(StoreError::Foreign {
                    path: path.to_owned(),
                    what,
                    found: found.clone(),
                    expected: expected.clone(),
                });
            }
        }
    }
    Ok(version)
}

/// Brings the schema up to date, in one transaction.
async fn migrate(writer: &SqlitePool, version: i64, identity: &Identity) -> Result<(), StoreError> {
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(missing) = MIGRATIONS.get(done..).filter(|missing| !missing.is_empty()) else {
        return Ok(());
    };
    const SET: &str = "INSERT INTO about (name, value) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let mut transaction = writer.begin().await?;
    for script in missing {
        sqlx::raw_sql(AssertSqlSafe(*script))
            .execute(&mut *transaction)
            .await?;
    }
    let rows = [
        ("schema", MIGRATIONS.len().to_string()),
        ("network", identity.passphrase.clone()),
        ("factory", identity.factory.to_string()),
    ];
    for (name, value) in rows {
        sqlx::query(SET)
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Renames a damaged file with what belongs to it. Nothing is ever deleted.
fn put_aside(path: &Path, why: String) -> Result<PutAside, StoreError> {
    // The name only: nothing is decided by this machine's clock.
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let mut file = beside(path, &format!(".damaged-{seconds}"));
    let mut again = 0;
    while file.exists() {
        again += 1;
        file = beside(path, &format!(".damaged-{seconds}-{again}"));
    }
    // The log first: a new database must not find the old one's.
    for suffix in ["-wal", "-shm", ""] {
        let from = beside(path, suffix);
        if !from.exists() {
            continue;
        }
        fs::rename(&from, beside(&file, suffix))
            .map_err(|cause| StoreError::File { path: from, cause })?;
    }
    Ok(PutAside { file, why })
}
