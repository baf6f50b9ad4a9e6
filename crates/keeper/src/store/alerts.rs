//! What the operator was told.

use super::{value, Store, StoreError};
use sqlx::sqlite::SqliteRow;

/// Something that the operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// What kind: `auction`, `lag`, `lumens`.
    pub kind: String,
    /// Of what: a vault, an endpoint; empty of the keeper as a whole.
    pub subject: String,
    /// In words.
    pub message: String,
    /// The ledger.
    pub ledger: u32,
    /// When that closed.
    pub closed_at: u64,
}

/// An alert as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRow {
    /// Its number.
    pub id: i64,
    /// What kind.
    pub kind: String,
    /// Of what.
    pub subject: String,
    /// In words, as last told.
    pub message: String,
    /// The ledger that it was raised at.
    pub raised_ledger: u32,
    /// When that closed.
    pub raised_at: u64,
    /// Ledger, and when that closed, at which it was over; none while it is not.
    pub cleared: Option<(u32, u64)>,
}

pub(super) const ADD: &str = "INSERT INTO alerts
    (id, kind, subject, message, raised_ledger, raised_at)
    VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM alerts), $1, $2, $3, $4, $5)
    ON CONFLICT (kind, subject) WHERE cleared_at IS NULL DO UPDATE SET message = excluded.message";
pub(super) const CLEAR: &str = "UPDATE alerts SET cleared_ledger = $3, cleared_at = $4
    WHERE kind = $1 AND subject = $2 AND cleared_at IS NULL";
pub(super) const ALERTS: &str = "SELECT * FROM alerts ORDER BY id DESC LIMIT $1";
pub(super) const ACTIVE: &str = "SELECT * FROM alerts WHERE cleared_at IS NULL ORDER BY id";

impl Store {
    /// Raises an alert. One of the same kind and subject that is not over takes the new words.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_alert(&self, alert: &NewAlert) -> Result<(), StoreError> {
        self.write(
            sqlx::query(ADD)
                .bind(&alert.kind)
                .bind(&alert.subject)
                .bind(&alert.message)
                .bind(i64::from(alert.ledger))
                .bind(value::time(alert.closed_at)),
        )
        .await?;
        Ok(())
    }

    /// An alert is over; whether there was one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clear_alert(
        &self,
        kind: &str,
        subject: &str,
        ledger: u32,
        closed_at: u64,
    ) -> Result<bool, StoreError> {
        let done = self
            .write(
                sqlx::query(CLEAR)
                    .bind(kind)
                    .bind(subject)
                    .bind(i64::from(ledger))
                    .bind(value::time(closed_at)),
            )
            .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The latest alerts, over or not, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alerts(&self, most: u32) -> Result<Vec<AlertRow>, StoreError> {
        let rows = sqlx::query(ALERTS)
            .bind(i64::from(most))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// The alerts that are not over, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn active_alerts(&self) -> Result<Vec<AlertRow>, StoreError> {
        let rows = sqlx::query(ACTIVE).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<AlertRow, StoreError> {
    let ledger = value::optional_number(row, "cleared_ledger")?;
    let at = value::optional_number(row, "cleared_at")?;
    Ok(AlertRow {
        id: value::integer(row, "id")?,
        kind: value::text(row, "kind")?,
        subject: value::text(row, "subject")?,
        message: value::text(row, "message")?,
        raised_ledger: value::number(row, "raised_ledger")?,
        raised_at: value::number(row, "raised_at")?,
        cleared: ledger.zip(at),
    })
}
