//! Tokens (SEP-41).

use super::{args, Call};
use crate::value::Address;

/// Decimals of its amounts.
pub fn decimals(token: &Address) -> Call<u32> {
    Call::new(token, "decimals", args![])
}

/// Its symbol: `native`, `USDC`.
pub fn symbol(token: &Address) -> Call<String> {
    Call::new(token, "symbol", args![])
}

/// What `holder` has.
pub fn balance(token: &Address, holder: &Address) -> Call<i128> {
    Call::new(token, "balance", args![holder])
}

/// Sends from one to another.
pub fn transfer(token: &Address, from: &Address, to: &Address, amount: i128) -> Call<()> {
    Call::new(token, "transfer", args![from, to, &amount])
}
