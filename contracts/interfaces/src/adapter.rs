//! The trait behind which every swap venue stands.

use soroban_sdk::{contractclient, Address, Bytes, Env};

/// Turns one token into another at some venue.
///
/// The vault pushes `amount_in` to the adapter before the call, so an adapter needs no authority
/// over anybody. Callers may bring any adapter: the vault measures what arrives.
#[contractclient(name = "SwapAdapterClient")]
pub trait SwapAdapter {
    /// Swaps `amount_in` of `token_in`, which the adapter already holds, and sends all proceeds to
    /// `to`. The adapter keeps nothing.
    ///
    /// # Arguments
    /// * `amount_in` - smallest unit of `token_in`.
    /// * `min_out` - least proceeds, smallest unit of `token_out`; the venue may enforce it, the
    ///   vault does in any case.
    /// * `route` - venue-specific; see the adapter.
    ///
    /// Returns the proceeds. The vault does not trust the number.
    fn swap(
        env: Env,
        token_in: Address,
        token_out: Address,
        amount_in: i128,
        min_out: i128,
        to: Address,
        route: Bytes,
    ) -> i128;
}
