//! Blend's pool, what the client asks of it, and price feeds.

use super::{args, Call};
use crate::value::{Address, Asset, AuctionData, Positions, PriceData, Request, Reserve};
use stellar_xdr::curr::ScVal;

/// Blend's number of a user's liquidation among the auctions.
const USER_LIQUIDATION: u32 = 0;

/// The assets, by reserve index.
pub fn reserve_list(pool: &Address) -> Call<Vec<Address>> {
    Call::new(pool, "get_reserve_list", args![])
}

/// A reserve.
pub fn reserve(pool: &Address, asset: &Address) -> Call<Reserve> {
    Call::new(pool, "get_reserve", args![asset])
}

/// What a user holds and owes.
pub fn positions(pool: &Address, user: &Address) -> Call<Positions> {
    Call::new(pool, "get_positions", args![user])
}

/// The open liquidation auction of a user. Traps where there is none.
pub fn auction(pool: &Address, user: &Address) -> Call<AuctionData> {
    Call::new(pool, "get_auction", args![&USER_LIQUIDATION, user])
}

/// Decimals of a feed's prices.
pub fn price_decimals(oracle: &Address) -> Call<u32> {
    Call::new(oracle, "decimals", args![])
}

/// Last price of an asset.
pub fn last_price(oracle: &Address, asset: &Asset) -> Call<Option<PriceData>> {
    Call::new(oracle, "lastprice", args![asset])
}

/// Prices of the last `records` rounds of an asset, in an order of the feed's own.
pub fn prices(oracle: &Address, asset: &Asset, records: u32) -> Call<Option<Vec<PriceData>>> {
    Call::new(oracle, "prices", args![asset, &records])
}

/// Seconds between a feed's rounds.
pub fn resolution(oracle: &Address) -> Call<u32> {
    Call::new(oracle, "resolution", args![])
}

/// Requests of an account on its own position: it pays and receives, and signs.
pub fn submit(pool: &Address, user: &Address, requests: &[Request]) -> Call<Positions> {
    Call::new(pool, "submit", args![user, user, user, &requests.to_vec()])
}

/// Opens a liquidation auction of `percent` of a user's position: debts `bid`, collaterals `lot`. Anybody
/// may.
pub fn new_auction(
    pool: &Address,
    user: &Address,
    bid: &[Address],
    lot: &[Address],
    percent: u32,
) -> Call<ScVal> {
    let args = args![
        &USER_LIQUIDATION,
        user,
        &bid.to_vec(),
        &lot.to_vec(),
        &percent
    ];
    Call::new(pool, "new_auction", args)
}
