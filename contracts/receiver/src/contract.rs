use ballast_interfaces::adapter::SwapAdapterClient;
use ballast_interfaces::error::ReceiverError;
use ballast_interfaces::receiver::{ArmedSwap, Receiver};
use soroban_sdk::{contract, contractimpl, panic_with_error, token::TokenClient, Address, Env};

use crate::storage;

/// The contract.
#[contract]
pub struct FlashReceiver;

#[contractimpl]
impl Receiver for FlashReceiver {
    /// Arms the next flash loan of `vault`. Authorised by `vault`.
    fn arm(env: Env, vault: Address, swap: ArmedSwap) {
        vault.require_auth();
        storage::extend_instance(&env);
        storage::set_armed(&env, &vault, &swap);
    }

    /// Swaps the loan as `caller` armed it. Authorised by the armed pool.
    fn exec_op(env: Env, caller: Address, token: Address, amount: i128, _fee: i128) {
        // Taken before anything else runs: no call below finds it again.
        let swap = storage::take_armed(&env, &caller)
            .unwrap_or_else(|| panic_with_error!(&env, ReceiverError::NotArmed));
        swap.pool.require_auth();
        if token != swap.token_in || amount != swap.amount_in {
            panic_with_error!(&env, ReceiverError::WrongLoan);
        }

        // Pushed, never approved: whatever the adapter is, it gets this amount and no more.
        TokenClient::new(&env, &token).transfer(
            &env.current_contract_address(),
            &swap.adapter,
            &amount,
        );
        // The vault measures what arrives, so the returned number is of no use here.
        SwapAdapterClient::new(&env, &swap.adapter).swap(
            &token,
            &swap.token_out,
            &amount,
            &swap.min_out,
            &caller,
            &swap.route,
        );
    }
}
