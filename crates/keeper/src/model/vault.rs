use ballast_client::value::{Address, Asset, PriceData, VaultState};
use std::collections::BTreeMap;

/// What a position holds and owes of one reserve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// The reserve's index.
    pub index: u32,
    /// Collateral shares.
    pub b_tokens: i128,
    /// Debt shares.
    pub d_tokens: i128,
}

/// A position at a pool, whoever's it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borrower {
    /// Whose it is.
    pub address: Address,
    /// By reserve index, without those of nothing.
    pub shares: Vec<Shares>,
}

/// A vault, read at once: all that a step of it is planned from, beside the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vault {
    /// The vault.
    pub address: Address,
    /// What it stores.
    pub state: VaultState,
    /// Its position, by reserve index.
    pub shares: Vec<Shares>,
    /// Its idle balances, by asset: those of the assets that it owes.
    pub idle: BTreeMap<Address, i128>,
    /// Its open liquidation auction.
    pub auction: Option<OpenAuction>,
    /// The ledger that all of this is of.
    pub ledger: u32,
}

/// An open liquidation auction of Blend's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAuction {
    /// Its first ledger.
    pub start_ledger: u32,
    /// Collateral shares by asset, before the age's modifier.
    pub lot: BTreeMap<Address, i128>,
    /// Debt shares by asset, before the age's modifier.
    pub bid: BTreeMap<Address, i128>,
}

/// Last prices of second oracles, by feed and its name for the asset; none where it has none.
pub type SecondPrices = BTreeMap<(Address, Asset), Option<PriceData>>;
