use ballast_client::value::{Address, Bytes};

/// A pool with its reserves and prices, as of one ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    /// The pool.
    pub pool: Address,
    /// Its oracle.
    pub oracle: Address,
    /// The last closed ledger that all of this is of.
    pub ledger: u32,
    /// When that closed, unix seconds: what the keeper takes for now.
    pub closed_at: u64,
    /// `10^decimals` of the oracle.
    pub price_scalar: i128,
    /// The oracle's round length, seconds.
    pub resolution_seconds: u32,
    /// Blend's status of the pool: 0 and 1 are active, 2 and 3 on ice, 4 and 5 frozen.
    pub status: u32,
    /// Least collateral base of a position with debt, oracle's decimals.
    pub min_collateral: i128,
    /// By reserve index, accrued to `closed_at`.
    pub reserves: Vec<Reserve>,
    /// Where collateral can be sold for debt.
    pub venues: Vec<Venue>,
}

impl Market {
    /// The reserve of an asset.
    pub fn reserve_of(&self, asset: &Address) -> Option<&Reserve> {
        self.reserves.iter().find(|reserve| reserve.asset == *asset)
    }
}

/// A reserve of a pool. Factors have 7 decimals, rates 12.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// The asset.
    pub asset: Address,
    /// Its place in the pool's list.
    pub index: u32,
    /// `10^decimals` of the asset.
    pub asset_scalar: i128,
    /// Collateral factor.
    pub collateral_factor_e7: u32,
    /// Liability factor.
    pub liability_factor_e7: u32,
    /// Utilization up to which the pool lends.
    pub max_utilization_e7: u32,
    /// Whether the pool takes deposits and lends.
    pub enabled: bool,
    /// Underlying per b-token.
    pub b_rate_e12: i128,
    /// Underlying per d-token.
    pub d_rate_e12: i128,
    /// All b-tokens.
    pub b_supply: i128,
    /// All d-tokens.
    pub d_supply: i128,
    /// What the pool's oracle says.
    pub feed: Feed,
}

/// What a price feed says of one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// `lastprice`; none where the feed has none or cannot be read.
    pub last: Option<PriceRound>,
    /// Rounds that `prices` serves, in the feed's order, as many as volatility looks back on.
    pub rounds: Vec<PriceRound>,
}

/// A price of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRound {
    /// Oracle's decimals.
    pub price: i128,
    /// Unix seconds.
    pub timestamp: u64,
}

/// Where one asset is sold for another, through an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Venue {
    /// Swap adapter.
    pub adapter: Address,
    /// Its route: of Comet the pool's address as XDR.
    pub route: Bytes,
    /// The venue's own contract.
    pub contract: Address,
    /// What it holds.
    pub tokens: Vec<VenueToken>,
    /// Share of what comes in that it keeps, 7 decimals.
    pub fee_e7: i128,
}

/// One token of a weighted pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueToken {
    /// The token.
    pub asset: Address,
    /// What the pool holds, smallest unit.
    pub balance: i128,
    /// Its weight, 7 decimals.
    pub weight_e7: i128,
}
