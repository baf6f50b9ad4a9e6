//! How the pools stood over time.

use super::{value, Store, StoreError};
use ballast_client::value::Address;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;

/// How a pool stood at a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskPoint {
    /// The ledger.
    pub ledger: u32,
    /// When it closed.
    pub closed_at: u64,
    /// The pool.
    pub pool: Address,
    /// Borrowers with debt.
    pub borrowers: u32,
    /// Vaults among them.
    pub vaults: u32,
    /// Vaults at or above their soft threshold.
    pub vaults_at_risk: u32,
    /// Open auctions.
    pub auctions: u32,
    /// The riskiest vault's risk ratio, 7 decimals.
    pub highest_vault_risk_e7: i128,
    /// The median vault's, 7 decimals.
    pub median_vault_risk_e7: i128,
    /// Prices by asset, oracle's decimals.
    pub prices: BTreeMap<Address, i128>,
}

pub(super) const ADD: &str = "INSERT INTO risk_points
    (pool, ledger, closed_at, span, borrowers, vaults, vaults_at_risk, auctions,
    highest_vault_risk_e7, median_vault_risk_e7, prices)
    VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (pool, ledger) DO UPDATE SET closed_at = excluded.closed_at,
    span = excluded.span, borrowers = excluded.borrowers, vaults = excluded.vaults,
    vaults_at_risk = excluded.vaults_at_risk, auctions = excluded.auctions,
    highest_vault_risk_e7 = excluded.highest_vault_risk_e7,
    median_vault_risk_e7 = excluded.median_vault_risk_e7, prices = excluded.prices";
pub(super) const COUNT: &str =
    "SELECT COUNT(*) AS points FROM risk_points WHERE pool = $1 AND closed_at >= $2";
// Every so many-th, and the last: the chart ends where the pool stands.
pub(super) const POINTS: &str = "SELECT * FROM
    (SELECT risk_points.*, ROW_NUMBER() OVER (ORDER BY ledger DESC) AS place FROM risk_points
    WHERE pool = $1 AND closed_at >= $2) AS numbered
    WHERE (place - 1) % $3 = 0 ORDER BY ledger";

impl Store {
    /// Notes how a pool stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_risk_point(&self, point: &RiskPoint) -> Result<(), StoreError> {
        self.write(
            sqlx::query(ADD)
                .bind(point.pool.to_string())
                .bind(i64::from(point.ledger))
                .bind(value::time(point.closed_at))
                .bind(i64::from(point.borrowers))
                .bind(i64::from(point.vaults))
                .bind(i64::from(point.vaults_at_risk))
                .bind(i64::from(point.auctions))
                .bind(point.highest_vault_risk_e7.to_string())
                .bind(point.median_vault_risk_e7.to_string())
                .bind(value::amounts_text(&point.prices)),
        )
        .await?;
        Ok(())
    }

    /// How a pool stood since then, in order, evenly thinned to at most `most` points; the latest is among them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn risk_points(
        &self,
        pool: &Address,
        since: u64,
        most: u32,
    ) -> Result<Vec<RiskPoint>, StoreError> {
        let row = sqlx::query(COUNT)
            .bind(pool.to_string())
            .bind(value::time(since))
            .fetch_one(self.reader())
            .await?;
        let points = value::integer(&row, "points")?;
        let every = points.div_euclid(i64::from(most.max(1))).max(1)
            + i64::from(points > i64::from(most) && points % i64::from(most.max(1)) != 0);
        let rows = sqlx::query(POINTS)
            .bind(pool.to_string())
            .bind(value::time(since))
            .bind(every)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Result<RiskPoint, StoreError> {
    Ok(RiskPoint {
        ledger: value::number(row, "ledger")?,
        closed_at: value::number(row, "closed_at")?,
        pool: value::address(row, "pool")?,
        borrowers: value::number(row, "borrowers")?,
        vaults: value::number(row, "vaults")?,
        vaults_at_risk: value::number(row, "vaults_at_risk")?,
        auctions: value::number(row, "auctions")?,
        highest_vault_risk_e7: value::amount(row, "highest_vault_risk_e7")?,
        median_vault_risk_e7: value::amount(row, "median_vault_risk_e7")?,
        prices: value::amounts(row, "prices")?,
    })
}
