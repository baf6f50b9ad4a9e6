//! What is let go of, so that the file does not grow without bound.

use super::{value, Store, StoreError};
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// How long things are kept, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Decisions, their transactions, and alerts that are over.
    pub decisions: u64,
    /// Risk points of every ledger; older ones are kept by the hour.
    pub every_risk_point: u64,
    /// Risk points at all.
    pub risk_points: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            decisions: 90 * DAY,
            every_risk_point: DAY,
            risk_points: 365 * DAY,
        }
    }
}

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Decisions.
    pub decisions: u64,
    /// Transactions.
    pub transactions: u64,
    /// Risk points.
    pub risk_points: u64,
    /// Alerts.
    pub alerts: u64,
}

// The last decision stays, so that no number is given twice; so does one with a transaction on its way.
pub(super) const DECISIONS: &str = "DELETE FROM decisions WHERE closed_at < $1
    AND id < (SELECT MAX(id) FROM decisions) AND NOT EXISTS (SELECT 1 FROM transactions
    WHERE transactions.decision = decisions.id AND transactions.status IN ('signed', 'sent'))";
// Transactions have no time of their own: those of decisions that are gone, and those before the ledgers of
// all that is kept.
pub(super) const TRANSACTIONS: &str = "DELETE FROM transactions
    WHERE status NOT IN ('signed', 'sent')
    AND last_ledger < (SELECT MIN(ledger) FROM decisions WHERE closed_at >= $1)
    AND NOT EXISTS (SELECT 1 FROM decisions WHERE decisions.id = transactions.decision)";
pub(super) const RISK_POINTS: &str = "DELETE FROM risk_points WHERE closed_at < $1";
pub(super) const ALERTS: &str = "DELETE FROM alerts WHERE cleared_at < $1
    AND id < (SELECT MAX(id) FROM alerts)";
pub(super) const UNTHINNED: &str = "SELECT pool, ledger, closed_at, highest_vault_risk_e7
    FROM risk_points WHERE span < $1 AND closed_at < $2 ORDER BY pool, ledger";
pub(super) const SPAN: &str = "UPDATE risk_points SET span = $3 WHERE pool = $1 AND ledger = $2";
pub(super) const THIN: &str = "DELETE FROM risk_points WHERE pool = $1
    AND span < $2 AND closed_at >= $3 AND closed_at < $4";

impl Store {
    /// Lets go of what is older than it is kept, as of a ledger's close time. Cheap where there is nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing went.
    pub async fn prune(&self, closed_at: u64, keep: &Keep) -> Result<Pruned, StoreError> {
        let before = |kept: u64| value::time(closed_at.saturating_sub(kept));
        let mut change = self.begin().await?;
        let connection = &mut *change;
        let decisions = delete(connection, DECISIONS, before(keep.decisions)).await?;
        let transactions = delete(connection, TRANSACTIONS, before(keep.decisions)).await?;
        let alerts = delete(connection, ALERTS, before(keep.decisions)).await?;
        let old = delete(connection, RISK_POINTS, before(keep.risk_points)).await?;
        let thinned = thin(connection, closed_at.saturating_sub(keep.every_risk_point)).await?;
        change.commit().await?;
        Ok(Pruned {
            decisions,
            transactions,
            risk_points: old + thinned,
            alerts,
        })
    }
}

async fn delete(
    connection: &mut SqliteConnection,
    statement: &'static str,
    before: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(statement)
        .bind(before)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Keeps of every whole hour before `before` the point of the highest risk: a peak stays a peak.
async fn thin(connection: &mut SqliteConnection, before: u64) -> Result<u64, StoreError> {
    let end = before - before % HOUR;
    let span = value::time(HOUR);
    let rows = sqlx::query(UNTHINNED)
        .bind(span)
        .bind(value::time(end))
        .fetch_all(&mut *connection)
        .await?;
    let mut kept: BTreeMap<(String, u64), (i128, i64)> = BTreeMap::new();
    for row in &rows {
        let pool: String = row.try_get("pool")?;
        let closed_at: u64 = value::number(row, "closed_at")?;
        let ledger = value::integer(row, "ledger")?;
        let risk = value::amount(row, "highest_vault_risk_e7")?;
        let best = kept
            .entry((pool, closed_at / HOUR))
            .or_insert((risk, ledger));
        if risk > best.0 {
            *best = (risk, ledger);
        }
    }
    let mut gone = 0;
    for ((pool, hour), (_, ledger)) in kept {
        sqlx::query(SPAN)
            .bind(&pool)
            .bind(ledger)
            .bind(span)
            .execute(&mut *connection)
            .await?;
        let done = sqlx::query(THIN)
            .bind(&pool)
            .bind(span)
            .bind(value::time(hour * HOUR))
            .bind(value::time((hour + 1) * HOUR))
            .execute(&mut *connection)
            .await?;
        gone += done.rows_affected();
    }
    Ok(gone)
}
