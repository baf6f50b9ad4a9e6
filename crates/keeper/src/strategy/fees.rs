//! What the network takes, and what is bid for a place in its next ledger.

use super::{Fees, Settings, Way};
use crate::model::Market;
use ballast_client::value::Address;
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};

/// Stroops that a step's resources cost where nothing was measured: what a flash step costs on the main
/// network, with some room.
pub const TYPICAL_RESOURCE_FEE: i64 = 500_000;
/// Stroops of a lumen.
const STROOPS: i128 = 1_0000000;
/// The network's least inclusion fee.
const LEAST_INCLUSION_FEE: u32 = 100;
/// A bid for inclusion is at most this part of what a ledger's delay is expected to cost.
const SHARE_OF_LOSS: i128 = 10;

impl Fees {
    /// What a step's resources are expected to cost, stroops.
    pub fn resources(&self, way: Way) -> i64 {
        let listed = self.typical_resource_fee.get(&way);
        listed.copied().unwrap_or(TYPICAL_RESOURCE_FEE)
    }
}

/// Base value of a lumen in the market's scale: by the pool's own oracle, else what the operator says,
/// else one unit of base: dear, so that no profit is made of an unknown price.
pub fn lumen_price(settings: &Settings, market: &Market, native: &Address) -> i128 {
    let told = market
        .reserve_of(native)
        .and_then(|reserve| reserve.feed.last)
        .map(|last| last.price)
        .filter(|price| *price > 0);
    let configured = || {
        let price_e7 = settings.lumen_price_e7.unwrap_or(ONE_E7);
        mul_div_ceil(price_e7, market.price_scalar, ONE_E7).unwrap_or(i128::MAX)
    };
    told.unwrap_or_else(configured)
}

/// Base value of stroops, rounded up.
pub fn value_of(stroops: i64, lumen_price: i128) -> i128 {
    mul_div_ceil(i128::from(stroops.max(0)), lumen_price, STROOPS).unwrap_or(i128::MAX / 4)
}

/// The bid for inclusion where a ledger's delay is expected to cost `loss`: what the median pays at
/// least, a tenth of the loss at most, nothing above twice the 99th percentile, and never more than the
/// operator allows.
pub fn inclusion_fee(settings: &Settings, fees: &Fees, lumen_price: i128, loss: i128) -> u32 {
    let least = fees.p50.max(LEAST_INCLUSION_FEE);
    let most = fees.p99.saturating_mul(2).max(least);
    let worth = mul_div_floor(loss.max(0) / SHARE_OF_LOSS, STROOPS, lumen_price.max(1))
        .unwrap_or(i128::MAX);
    let bid = worth.clamp(i128::from(least), i128::from(most));
    u32::try_from(bid)
        .unwrap_or(u32::MAX)
        .min(settings.max_inclusion_fee)
}
