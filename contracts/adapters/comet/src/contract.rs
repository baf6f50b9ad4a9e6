use ballast_interfaces::adapter::SwapAdapter;
use soroban_sdk::{contract, contractimpl, token::TokenClient, Address, Bytes, Env};

use crate::{comet, route};

/// The contract.
#[contract]
pub struct CometAdapter;

#[contractimpl]
impl SwapAdapter for CometAdapter {
    /// Swaps at the Comet pool whose address, as XDR, is `route`.
    fn swap(
        env: Env,
        token_in: Address,
        token_out: Address,
        amount_in: i128,
        min_out: i128,
        to: Address,
        route: Bytes,
    ) -> i128 {
        let pool = route::pool(&env, &route);
        let proceeds = comet::sell(&env, &pool, &token_in, &token_out, amount_in, min_out);
        // Comet's word is taken for the proceeds. A look-alike that names more than it paid finds
        // nothing here to pay it from; one that names less cheats only whoever chose it.
        TokenClient::new(&env, &token_out).transfer(
            &env.current_contract_address(),
            &to,
            &proceeds,
        );
        proceeds
    }
}
