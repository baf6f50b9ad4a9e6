//! What was seen of the chain.

use super::{value, Store, StoreError};
use crate::model::{Borrower, OpenAuction, Shares};
use ballast_client::value::{Address, VaultState};
use sqlx::{sqlite::SqliteRow, SqliteConnection};

/// How far the events were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The RPC's cursor; none before the first page.
    pub cursor: Option<String>,
    /// The last ledger of which all was read.
    pub ledger: u32,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolRow {
    /// Its address.
    pub pool: Address,
    /// The ledger of the last full check of its borrowers; 0 before the first.
    pub checked_ledger: u32,
}

/// A vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultRow {
    /// Its address.
    pub address: Address,
    /// Its pool.
    pub pool: Address,
    /// Its owner.
    pub owner: Address,
    /// The ledger that it was made in.
    pub created_ledger: u32,
    /// What it stores.
    pub state: VaultState,
    /// The ledger that the state is of.
    pub ledger: u32,
}

/// A position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionRow {
    /// The pool.
    pub pool: Address,
    /// Whose it is, and its shares; without any the row goes.
    pub borrower: Borrower,
    /// The ledger that it is of.
    pub ledger: u32,
}

/// An open auction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuctionRow {
    /// The pool.
    pub pool: Address,
    /// Whose position is auctioned.
    pub user: Address,
    /// The auction.
    pub auction: OpenAuction,
}

/// What a ledger brought: all of it is written, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Where to go on afterwards.
    pub cursor: Option<Cursor>,
    /// Pools that are new or were checked.
    pub pools: Vec<PoolRow>,
    /// Vaults that are new or changed.
    pub vaults: Vec<VaultRow>,
    /// Vaults that there are not: the database was of another network of the same name.
    pub vaults_gone: Vec<Address>,
    /// Positions that changed.
    pub positions: Vec<PositionRow>,
    /// Auctions that were opened or changed.
    pub auctions_open: Vec<AuctionRow>,
    /// Auctions that are no more: pool and user.
    pub auctions_closed: Vec<(Address, Address)>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(super) const CURSOR: &str = "SELECT position, ledger FROM event_cursor WHERE id = 1";
pub(super) const SET_CURSOR: &str =
    "INSERT INTO event_cursor (id, position, ledger) VALUES (1, $1, $2)
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, ledger = excluded.ledger";
pub(super) const POOLS: &str = "SELECT pool, checked_ledger FROM pools ORDER BY pool";
pub(super) const SET_POOL: &str = "INSERT INTO pools (pool, checked_ledger) VALUES ($1, $2)
    ON CONFLICT (pool) DO UPDATE SET checked_ledger = excluded.checked_ledger";
pub(super) const VAULTS: &str =
    "SELECT address, pool, owner, created_ledger, ledger, state FROM vaults ORDER BY address";
pub(super) const SET_VAULT: &str = "INSERT INTO vaults
    (address, pool, owner, created_ledger, ledger, soft_e7, target_e7, hard_e7, automation, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (address) DO UPDATE SET pool = excluded.pool, owner = excluded.owner,
    created_ledger = excluded.created_ledger, ledger = excluded.ledger, soft_e7 = excluded.soft_e7,
    target_e7 = excluded.target_e7, hard_e7 = excluded.hard_e7, automation = excluded.automation,
    state = excluded.state";
pub(super) const REMOVE_VAULT: &str = "DELETE FROM vaults WHERE address = $1";
pub(super) const POSITIONS: &str =
    "SELECT borrower, ledger, shares FROM positions WHERE pool = $1 ORDER BY borrower";
pub(super) const SET_POSITION: &str =
    "INSERT INTO positions (pool, borrower, ledger, shares) VALUES ($1, $2, $3, $4)
    ON CONFLICT (pool, borrower) DO UPDATE SET ledger = excluded.ledger, shares = excluded.shares";
pub(super) const REMOVE_POSITION: &str = "DELETE FROM positions WHERE pool = $1 AND borrower = $2";
pub(super) const AUCTIONS: &str =
    "SELECT borrower, start_ledger, lot, bid FROM auctions WHERE pool = $1 ORDER BY borrower";
pub(super) const SET_AUCTION: &str =
    "INSERT INTO auctions (pool, borrower, start_ledger, lot, bid) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (pool, borrower) DO UPDATE SET start_ledger = excluded.start_ledger,
    lot = excluded.lot, bid = excluded.bid";
pub(super) const REMOVE_AUCTION: &str = "DELETE FROM auctions WHERE pool = $1 AND borrower = $2";

impl Store {
    /// How far the events were read; none in a new database.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        let row = sqlx::query(CURSOR).fetch_optional(self.reader()).await?;
        let read = |row: SqliteRow| {
            Ok(Cursor {
                cursor: value::optional_text(&row, "position")?,
                ledger: value::number(&row, "ledger")?,
            })
        };
        row.map(read).transpose()
    }

    /// Notes how far the events were read, where nothing else is to be written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_cursor(&self, cursor: &Cursor) -> Result<(), StoreError> {
        let mut change = self.begin().await?;
        set_cursor(&mut change, cursor).await?;
        change.commit().await
    }

    /// Writes what a ledger brought: all of it, or nothing.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was written.
    pub async fn save(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut change = self.begin().await?;
        let connection = &mut *change;
        for row in &batch.pools {
            sqlx::query(SET_POOL)
                .bind(row.pool.to_string())
                .bind(i64::from(row.checked_ledger))
                .execute(&mut *connection)
                .await?;
        }
        for row in &batch.vaults {
            set_vault(connection, row).await?;
        }
        for vault in &batch.vaults_gone {
            sqlx::query(REMOVE_VAULT)
                .bind(vault.to_string())
                .execute(&mut *connection)
                .await?;
        }
        for row in &batch.positions {
            set_position(connection, row).await?;
        }
        for (pool, user) in &batch.auctions_closed {
            sqlx::query(REMOVE_AUCTION)
                .bind(pool.to_string())
                .bind(user.to_string())
                .execute(&mut *connection)
                .await?;
        }
        for row in &batch.auctions_open {
            sqlx::query(SET_AUCTION)
                .bind(row.pool.to_string())
                .bind(row.user.to_string())
                .bind(i64::from(row.auction.start_ledger))
                .bind(value::amounts_text(&row.auction.lot))
                .bind(value::amounts_text(&row.auction.bid))
                .execute(&mut *connection)
                .await?;
        }
        if let Some(cursor) = &batch.cursor {
            set_cursor(connection, cursor).await?;
        }
        change.commit().await
    }

    /// The pools that are known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pools(&self) -> Result<Vec<PoolRow>, StoreError> {
        let rows = sqlx::query(POOLS).fetch_all(self.reader()).await?;
        let read = |row: &SqliteRow| {
            Ok(PoolRow {
                pool: value::address(row, "pool")?,
                checked_ledger: value::number(row, "checked_ledger")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The vaults that are known.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn vaults(&self) -> Result<Vec<VaultRow>, StoreError> {
        let rows = sqlx::query(VAULTS).fetch_all(self.reader()).await?;
        let read = |row: &SqliteRow| {
            Ok(VaultRow {
                address: value::address(row, "address")?,
                pool: value::address(row, "pool")?,
                owner: value::address(row, "owner")?,
                created_ledger: value::number(row, "created_ledger")?,
                state: value::state(row)?,
                ledger: value::number(row, "ledger")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The positions that are known of a pool.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn positions(&self, pool: &Address) -> Result<Vec<PositionRow>, StoreError> {
        let rows = sqlx::query(POSITIONS)
            .bind(pool.to_string())
            .fetch_all(self.reader())
            .await?;
        let read = |row: &SqliteRow| {
            Ok(PositionRow {
                pool: pool.clone(),
                borrower: Borrower {
                    address: value::address(row, "borrower")?,
                    shares: value::shares(row)?,
                },
                ledger: value::number(row, "ledger")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// The auctions that were open at a pool.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn auctions(&self, pool: &Address) -> Result<Vec<AuctionRow>, StoreError> {
        let rows = sqlx::query(AUCTIONS)
            .bind(pool.to_string())
            .fetch_all(self.reader())
            .await?;
        let read = |row: &SqliteRow| {
            Ok(AuctionRow {
                pool: pool.clone(),
                user: value::address(row, "borrower")?,
                auction: value::auction(row)?,
            })
        };
        rows.iter().map(read).collect()
    }
}

async fn set_cursor(connection: &mut SqliteConnection, cursor: &Cursor) -> Result<(), StoreError> {
    sqlx::query(SET_CURSOR)
        .bind(&cursor.cursor)
        .bind(i64::from(cursor.ledger))
        .execute(connection)
        .await?;
    Ok(())
}

async fn set_vault(connection: &mut SqliteConnection, row: &VaultRow) -> Result<(), StoreError> {
    let policy = &row.state.policy.core;
    sqlx::query(SET_VAULT)
        .bind(row.address.to_string())
        .bind(row.pool.to_string())
        .bind(row.owner.to_string())
        .bind(i64::from(row.created_ledger))
        .bind(i64::from(row.ledger))
        .bind(i64::from(policy.soft_e7))
        .bind(i64::from(policy.target_e7))
        .bind(i64::from(policy.hard_e7))
        .bind(row.state.automation)
        .bind(value::state_text(&row.state))
        .execute(connection)
        .await?;
    Ok(())
}

async fn set_position(
    connection: &mut SqliteConnection,
    row: &PositionRow,
) -> Result<(), StoreError> {
    let holds = |shares: &Shares| shares.b_tokens != 0 || shares.d_tokens != 0;
    let pool = row.pool.to_string();
    let borrower = row.borrower.address.to_string();
    if !row.borrower.shares.iter().any(holds) {
        sqlx::query(REMOVE_POSITION)
            .bind(pool)
            .bind(borrower)
            .execute(connection)
            .await?;
        return Ok(());
    }
    sqlx::query(SET_POSITION)
        .bind(pool)
        .bind(borrower)
        .bind(i64::from(row.ledger))
        .bind(value::shares_text(&row.borrower.shares))
        .execute(connection)
        .await?;
    Ok(())
}
