//! Blend's pool, what the client asks of it, and price feeds.

use super::{args, Call};
use crate::value::{Address, Asset, PriceData, Reserve};
use stellar_xdr::curr::ScVal;

/// The assets, by reserve index.
pub fn reserve_list(pool: &Address) -> Call<Vec<Address>> {
    Call::new(pool, "get_reserve_list", args![])
}

/// A reserve.
pub fn reserve(pool: &Address, asset: &Address) -> Call<Reserve> {
    Call::new(pool, "get_reserve", args![asset])
}

/// Decimals of a feed's prices.
pub fn price_decimals(oracle: &Address) -> Call<u32> {
    Call::new(oracle, "decimals", args![])
}

/// Last price of an asset.
pub fn last_price(oracle: &Address, asset: &Asset) -> Call<Option<PriceData>> {
    Call::new(oracle, "lastprice", args![asset])
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
    const USER_LIQUIDATION: u32 = 0;
    let args = args![
        &USER_LIQUIDATION,
        user,
        &bid.to_vec(),
        &lot.to_vec(),
        &percent
    ];
    Call::new(pool, "new_auction", args)
}
