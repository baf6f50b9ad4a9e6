//! The vault's open liquidation auction.

use ballast_core::auction::{Auction, AuctionLeg};
use ballast_interfaces::blend::{AuctionData, PoolClient};
use ballast_interfaces::USER_LIQUIDATION;
use soroban_sdk::{Address, Env};

use crate::Snapshot;

/// The open liquidation auction of `vault`. The pool traps where there is none.
pub fn open_auction(env: &Env, pool: &Address, vault: &Address) -> Option<AuctionData> {
    match PoolClient::new(env, pool).try_get_auction(&USER_LIQUIDATION, vault) {
        Ok(Ok(auction)) => Some(auction),
        _ => None,
    }
}

/// The auction in the core's terms, parallel to the snapshot's legs.
pub fn core_auction(data: &AuctionData, snapshot: &Snapshot) -> Auction {
    Auction {
        start_ledger: data.block,
        legs: snapshot
            .assets
            .iter()
            .map(|asset| AuctionLeg {
                lot_b_tokens: data.lot.get(asset.clone()).unwrap_or(0),
                bid_d_tokens: data.bid.get(asset.clone()).unwrap_or(0),
            })
            .collect(),
    }
}
