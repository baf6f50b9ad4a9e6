//! Changes: all of one is written, or nothing.

use super::{open, Store, StoreError};
use sqlx::{
    pool::PoolConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteQueryResult},
    Sqlite, SqliteConnection, SqlitePool,
};
use std::{
    ops::{Deref, DerefMut},
    time::{Duration, Instant},
};

/// So long after a lock outlasted a write's patience others are refused at once: what is urgent must not wait for
/// the same lock again and again.
const LOCKED_REST: Duration = Duration::from_secs(2);

/// A change that has the database's lock. Dropped before it is committed, it never was: its connection is closed,
/// whatever state a full disk or a caller that went away has left it in.
pub(super) struct Change {
    connection: PoolConnection<Sqlite>,
    ended: bool,
}

impl Change {
    async fn begin(writer: &SqlitePool) -> Result<Self, StoreError> {
        let mut change = Self {
            connection: writer.acquire().await?,
            ended: false,
        };
        let begun = sqlx::query(open::BEGIN).execute(&mut *change).await;
        // One that did not begin has left nothing.
        change.ended = begun.is_err();
        begun?;
        Ok(change)
    }

    /// Makes it last.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut *self).await?;
        self.ended = true;
        Ok(())
    }
}

impl Deref for Change {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}

impl Store {
    /// Whether the database answers and takes writes: `/healthz` asks. Asks even while it was found locked.
    ///
    /// # Errors
    /// [`StoreError`], if not.
    pub async fn check(&self) -> Result<(), StoreError> {
        const TOUCH: &str = "UPDATE about SET value = value WHERE name = 'schema'";
        let mut change = {
            let mut turn = self.inner.turn.lock().await;
            self.begin_in(&mut turn).await?
        };
        sqlx::query(TOUCH).execute(&mut *change).await?;
        change.commit().await
    }

    /// A change of several statements.
    pub(super) async fn begin(&self) -> Result<Change, StoreError> {
        let mut turn = self.inner.turn.lock().await;
        // Whoever waited behind somebody who has found it locked does not wait as long again.
        if turn.is_some_and(|found| found.elapsed() < LOCKED_REST) {
            return Err(StoreError::Locked);
        }
        self.begin_in(&mut turn).await
    }

    async fn begin_in(&self, turn: &mut Option<Instant>) -> Result<Change, StoreError> {
        let read_only = || StoreError::ReadOnly("it was opened to be read only".to_owned());
        let writer = self.inner.writer.as_ref().ok_or_else(read_only)?;
        let begun = Change::begin(writer).await;
        *turn = matches!(begun, Err(StoreError::Locked)).then(Instant::now);
        begun
    }

    /// A change of one statement.
    pub(super) async fn write(
        &self,
        query: Query<'_, Sqlite, SqliteArguments>,
    ) -> Result<SqliteQueryResult, StoreError> {
        let mut change = self.begin().await?;
        let done = query.execute(&mut *change).await?;
        change.commit().await?;
        Ok(done)
    }
}
