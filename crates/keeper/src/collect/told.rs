//! What the collector tells.

use ballast_client::value::{Address, VaultEvent};
use std::time::Instant;

/// A ledger, and what came with it.
#[derive(Clone, Debug)]
pub struct Tick {
    /// The ledger.
    pub ledger: u32,
    /// When it closed, unix seconds.
    pub closed_at: u64,
    /// When the first response that carries it arrived.
    pub seen: Instant,
    /// What changed since the tick before.
    pub changes: Vec<Change>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
}

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Change {
    /// The pool oracle's last price of an asset, or its time.
    Price { pool: Address, asset: Address },
    /// What a borrower holds or owes.
    Position { pool: Address, borrower: Address },
    /// A vault's policy, automation or owner.
    Vault { vault: Address },
    /// A vault that was not known.
    NewVault { vault: Address },
    /// A liquidation auction that was not known, or one after another.
    AuctionOpened { pool: Address, user: Address },
    /// A liquidation auction is over.
    AuctionClosed { pool: Address, user: Address },
    /// A vault told of a step, a rescue, a cleared auction.
    Stepped {
        vault: Address,
        event: Box<VaultEvent>,
    },
    /// The pool's status or configuration, or a reserve's.
    PoolState { pool: Address },
}

/// Something that the operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Notice {
    /// Events between two ledgers cannot be had any more: everything that is known was read again. Vaults are all
    /// there; a borrower without a vault that appeared in between is known when it next does something.
    Rebuilt { from: u32, to: u32, why: String },
    /// An endpoint does not answer, or not sensibly.
    EndpointFailed { url: String, error: String },
    /// It answers again.
    EndpointServes { url: String },
    /// An endpoint is so many ledgers behind.
    EndpointLags { url: String, ledgers: u32 },
    /// The pool's oracle has no price of an asset.
    OracleMissing { pool: Address, asset: Address },
    /// The pool oracle's price of an asset is so old.
    OracleFrozen {
        pool: Address,
        asset: Address,
        age_seconds: u64,
    },
    /// The pool's oracle has a price of an asset that is not positive.
    OracleInvalid {
        pool: Address,
        asset: Address,
        price: i128,
    },
    /// The oracle serves the asset again.
    OracleServes { pool: Address, asset: Address },
    /// A pool's entries could not be read: it stands as it was.
    PoolUnreadable { pool: Address, why: String },
    /// It can be read again.
    PoolReadable { pool: Address },
    /// A vault or a borrower has an entry that makes no sense: what is known of it stands as it was, and it is read
    /// again with every ledger.
    Unreadable { address: Address, why: String },
    /// It can be read again.
    Readable { address: Address },
    /// The full check found something that no event had told.
    CheckMended { what: String },
    /// What was seen cannot be written down; it is kept and tried again.
    NotSaved { why: String },
    /// It is written down.
    Saved,
}

/// How far a synchronisation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncProgress {
    /// What is being read.
    pub stage: SyncStage,
    /// Of it.
    pub done: u64,
    /// All of it.
    pub total: u64,
}

/// What a synchronisation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncStage {
    /// The factory's vaults.
    Vaults,
    /// Ledgers whose events are read.
    Events,
    /// Positions and auctions.
    Positions,
}

impl SyncStage {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            SyncStage::Vaults => "vaults",
            SyncStage::Events => "ledgers of events",
            SyncStage::Positions => "positions",
        }
    }
}
