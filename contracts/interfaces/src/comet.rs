//! The part of Comet's ABI that Ballast calls (`contracts/src/c_pool` of comet-contracts-v1).

use soroban_sdk::{contractclient, Address, Env};

/// A Comet weighted pool.
#[contractclient(name = "CometClient")]
pub trait Comet {
    /// Sells `token_amount_in` and returns (amount out, spot price after). Comet itself calls
    /// `token_in.approve(user, pool, token_amount_in, ..)` and pulls with it.
    fn swap_exact_amount_in(
        env: Env,
        token_in: Address,
        token_amount_in: i128,
        token_out: Address,
        min_amount_out: i128,
        max_price: i128,
        user: Address,
    ) -> (i128, i128);
}
