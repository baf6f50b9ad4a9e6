//! Comet's weighted pools.

use super::{args, Call};
use crate::value::Address;

/// Ledgers between two ends of the allowances that the pool gives itself.
const ALLOWANCE_LEDGERS: u32 = 100_000;

/// Sells exactly `amount_in` for at least `least_out`; returns the proceeds and the price after. `user` authorises it
/// together with [`approval`].
pub fn swap_exact_amount_in(
    pool: &Address,
    token_in: &Address,
    amount_in: i128,
    token_out: &Address,
    least_out: i128,
    user: &Address,
) -> Call<Vec<i128>> {
    // The least proceeds limit the price already.
    let args = args![
        token_in,
        &amount_in,
        token_out,
        &least_out,
        &i128::MAX,
        user
    ];
    Call::new(pool, "swap_exact_amount_in", args)
}

/// What the pool does in the seller's name, in a ledger: it lets itself take exactly what is sold.
pub fn approval(
    pool: &Address,
    token_in: &Address,
    amount_in: i128,
    user: &Address,
    ledger: u32,
) -> Call<()> {
    let until = (ledger / ALLOWANCE_LEDGERS)
        .saturating_add(1)
        .saturating_mul(ALLOWANCE_LEDGERS);
    Call::new(token_in, "approve", args![user, pool, &amount_in, &until])
}
