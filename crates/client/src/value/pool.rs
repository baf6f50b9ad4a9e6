//! What Blend's pools, Comet's pools and tokens store (`pool/src/storage.rs` of Blend v2.0.0,
//! `contracts/src/c_pool/storage_types.rs` of Comet).

use super::types::structs;
use super::{record, Address, Fields, Value, ValueError};
use std::collections::BTreeMap;
use stellar_xdr::curr::ScVal;

structs! {
    /// A pool's configuration.
    PoolConfig {
        /// A SEP-40 feed.
        oracle: Address,
        /// Least collateral base of a position with debt, oracle's decimals.
        min_collateral: i128,
        /// What the backstop takes of the interest, 7 decimals.
        bstop_rate: u32,
        /// 0 and 1 are active, 2 and 3 on ice, 4 and 5 frozen, 6 not yet set up.
        status: u32,
        /// Most reserves of a position.
        max_positions: u32,
    }

    /// A reserve's configuration. Shares have 7 decimals.
    ReserveConfig {
        /// Its place in the pool's list.
        index: u32,
        /// Decimals of the asset.
        decimals: u32,
        /// Collateral factor.
        c_factor: u32,
        /// Liability factor.
        l_factor: u32,
        /// Utilization that the interest rate aims at.
        util: u32,
        /// Utilization up to which the pool lends.
        max_util: u32,
        /// Interest rate at no utilization.
        r_base: u32,
        /// What it rises by up to the target.
        r_one: u32,
        /// What it rises by from there to 95%.
        r_two: u32,
        /// What it rises by from there to 100%.
        r_three: u32,
        /// How fast the rate's modifier moves.
        reactivity: u32,
        /// Most that may be supplied, smallest unit.
        supply_cap: i128,
        /// Whether the pool takes deposits and lends.
        enabled: bool,
    }

    /// A reserve as stored at `last_time`.
    ReserveData {
        /// Underlying per d-token, 12 decimals.
        d_rate: i128,
        /// Underlying per b-token, 12 decimals.
        b_rate: i128,
        /// The interest rate's modifier, 7 decimals.
        ir_mod: i128,
        /// All b-tokens.
        b_supply: i128,
        /// All d-tokens.
        d_supply: i128,
        /// What the backstop is owed, smallest unit.
        backstop_credit: i128,
        /// Unix seconds.
        last_time: u64,
    }

    /// What a user holds and owes, by reserve index.
    Positions {
        /// d-tokens.
        liabilities: BTreeMap<u32, i128>,
        /// b-tokens that are collateral.
        collateral: BTreeMap<u32, i128>,
        /// b-tokens that are none.
        supply: BTreeMap<u32, i128>,
    }

    /// An auction.
    AuctionData {
        /// What is given: of a liquidation d-tokens by asset.
        bid: BTreeMap<Address, i128>,
        /// What is taken: of a liquidation b-tokens by asset.
        lot: BTreeMap<Address, i128>,
        /// Its first ledger.
        block: u32,
    }

    /// A token of a Comet pool.
    CometRecord {
        /// What the pool holds, smallest unit.
        balance: i128,
        /// Its share of the pool, 7 decimals.
        weight: i128,
        /// What its amounts are scaled by to 18 decimals.
        scalar: i128,
        /// Its place in the pool's list.
        index: u32,
    }

    /// What a contract has of a classic asset.
    TokenBalance {
        /// Smallest unit.
        amount: i128,
        /// Whether it may be moved.
        authorized: bool,
        /// Whether the issuer may take it back.
        clawback: bool,
    }
}
