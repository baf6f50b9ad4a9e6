//! Every transaction, from before it is sent until its end is known.

use super::{value, Store, StoreError};
use ballast_client::value::Address;
use sqlx::sqlite::SqliteRow;
use std::{fmt, str::FromStr};

/// How far a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Written down, perhaps sent.
    Signed,
    /// An RPC has it.
    Sent,
    /// Applied.
    Succeeded,
    /// Applied, and failed: the fee is gone.
    Failed,
    /// Its ledgers passed without it.
    Expired,
    /// No RPC took it.
    Refused,
}

impl TransactionStatus {
    const ALL: [Self; 6] = [
        Self::Signed,
        Self::Sent,
        Self::Succeeded,
        Self::Failed,
        Self::Expired,
        Self::Refused,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Sent => "sent",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Refused => "refused",
        }
    }

    /// Whether its end is known.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Signed | Self::Sent)
    }
}

impl fmt::Display for TransactionStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for TransactionStatus {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let found = Self::ALL.into_iter().find(|status| status.name() == name);
        found.ok_or(())
    }
}

/// A transaction that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransaction {
    /// Its hash.
    pub hash: [u8; 32],
    /// The decision that it is for.
    pub decision: Option<i64>,
    /// The vault that it steps.
    pub vault: Option<Address>,
    /// Its source.
    pub channel: Address,
    /// Its sequence number.
    pub sequence: i64,
    /// The last ledger that it is good for.
    pub last_ledger: u32,
    /// The signed envelope, base64.
    pub envelope_xdr: String,
    /// What it is for: `step`, `sale`.
    pub purpose: String,
}

/// A transaction as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRow {
    /// Its hash.
    pub hash: [u8; 32],
    /// The decision that it is for.
    pub decision: Option<i64>,
    /// The vault that it steps.
    pub vault: Option<Address>,
    /// Its source.
    pub channel: Address,
    /// Its sequence number.
    pub sequence: i64,
    /// The last ledger that it is good for.
    pub last_ledger: u32,
    /// The signed envelope, base64.
    pub envelope_xdr: String,
    /// What it is for.
    pub purpose: String,
    /// How far it is.
    pub status: TransactionStatus,
    /// The ledger that it was applied in.
    pub ledger: Option<u32>,
    /// What it cost, stroops.
    pub fee_charged: Option<i64>,
    /// More of it.
    pub detail: String,
}

pub(super) const ADD: &str = "INSERT INTO transactions
    (hash, decision, vault, channel, sequence, last_ledger, purpose, envelope, status, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'signed', '')";
// Its end is its end: a late answer does not make a finished transaction unfinished.
pub(super) const SET: &str = "UPDATE transactions SET status = $2, ledger = COALESCE($3, ledger),
    fee_charged = COALESCE($4, fee_charged), detail = $5
    WHERE hash = $1 AND ($6 OR status IN ('signed', 'sent'))";
pub(super) const UNFINISHED: &str =
    "SELECT * FROM transactions WHERE status IN ('signed', 'sent') ORDER BY last_ledger, hash";
pub(super) const LATEST: &str =
    "SELECT * FROM transactions ORDER BY last_ledger DESC, hash LIMIT $1";
pub(super) const BY_HASH: &str = "SELECT * FROM transactions WHERE hash = $1";
pub(super) const OF_DECISIONS: &str =
    "SELECT * FROM transactions WHERE decision >= $1 AND decision <= $2 ORDER BY last_ledger, hash";

impl Store {
    /// Notes a transaction, before it is sent. Refused where another one of its channel and sequence number is
    /// unfinished.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_transaction(&self, new: &NewTransaction) -> Result<(), StoreError> {
        self.write(
            sqlx::query(ADD)
                .bind(value::hash_text(&new.hash))
                .bind(new.decision)
                .bind(new.vault.as_ref().map(Address::to_string))
                .bind(new.channel.to_string())
                .bind(new.sequence)
                .bind(i64::from(new.last_ledger))
                .bind(&new.purpose)
                .bind(&new.envelope_xdr),
        )
        .await?;
        Ok(())
    }

    /// Notes how far a transaction is. What is final stays, unless another end is said; ledger and fee stay where
    /// none are told.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_transaction(
        &self,
        hash: [u8; 32],
        status: TransactionStatus,
        ledger: Option<u32>,
        fee_charged: Option<i64>,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(SET)
                .bind(value::hash_text(&hash))
                .bind(status.name())
                .bind(ledger.map(i64::from))
                .bind(fee_charged)
                .bind(detail)
                .bind(status.is_final()),
        )
        .await?;
        Ok(())
    }

    /// The transactions of which the end is not known, in the order of their last ledgers.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unfinished(&self) -> Result<Vec<TransactionRow>, StoreError> {
        let rows = sqlx::query(UNFINISHED).fetch_all(self.reader()).await?;
        rows.iter().map(read).collect()
    }

    /// The latest transactions, whatever they were for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn latest_transactions(&self, most: u32) -> Result<Vec<TransactionRow>, StoreError> {
        let rows = sqlx::query(LATEST)
            .bind(i64::from(most))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(read).collect()
    }

    /// A transaction by its hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn transaction(&self, hash: [u8; 32]) -> Result<Option<TransactionRow>, StoreError> {
        let row = sqlx::query(BY_HASH)
            .bind(value::hash_text(&hash))
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(read).transpose()
    }
}

/// What was sent for these decisions and those between them.
pub(super) async fn of_decisions(
    store: &Store,
    first: i64,
    last: i64,
) -> Result<Vec<TransactionRow>, StoreError> {
    let rows = sqlx::query(OF_DECISIONS)
        .bind(first)
        .bind(last)
        .fetch_all(store.reader())
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<TransactionRow, StoreError> {
    Ok(TransactionRow {
        hash: value::hash(row, "hash")?,
        decision: value::optional_number(row, "decision")?,
        vault: value::optional_parsed(row, "vault", "an address")?,
        channel: value::address(row, "channel")?,
        sequence: value::integer(row, "sequence")?,
        last_ledger: value::number(row, "last_ledger")?,
        envelope_xdr: value::text(row, "envelope")?,
        purpose: value::text(row, "purpose")?,
        status: value::parsed(row, "status", "a status")?,
        ledger: value::optional_number(row, "ledger")?,
        fee_charged: value::optional_number(row, "fee_charged")?,
        detail: value::text(row, "detail")?,
    })
}
