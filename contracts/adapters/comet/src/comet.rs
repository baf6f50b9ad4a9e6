use ballast_interfaces::comet::CometClient;
use soroban_sdk::{
    auth::{ContractContext, InvokerContractAuthEntry, SubContractInvocation},
    symbol_short, vec, Address, Env, IntoVal,
};

/// Comet's approval ends at the next multiple of this many ledgers (`token_utility.rs`).
const APPROVAL_LEDGERS: u32 = 100_000;

/// Sells `amount_in` of `token_in`, which the adapter holds, and returns the proceeds that Comet
/// reports.
pub fn sell(
    env: &Env,
    pool: &Address,
    token_in: &Address,
    token_out: &Address,
    amount_in: i128,
    min_out: i128,
) -> i128 {
    let adapter = env.current_contract_address();
    authorize_approval(env, &adapter, pool, token_in, amount_in);
    let (proceeds, _price_after) = CometClient::new(env, pool).swap_exact_amount_in(
        token_in,
        &amount_in,
        token_out,
        &min_out,
        // `min_out` limits the price already.
        &i128::MAX,
        &adapter,
    );
    proceeds
}

/// Authorises the one thing that Comet does in the adapter's name: to approve itself for exactly
/// `amount_in`. Its `transfer_from` is authorised by Comet as the spender.
///
/// A pool that does not pull leaves the allowance standing, on a contract that holds nothing
/// between calls.
fn authorize_approval(
    env: &Env,
    adapter: &Address,
    pool: &Address,
    token_in: &Address,
    amount_in: i128,
) {
    let live_until = (env.ledger().sequence() / APPROVAL_LEDGERS + 1) * APPROVAL_LEDGERS;
    env.authorize_as_current_contract(vec![
        env,
        InvokerContractAuthEntry::Contract(SubContractInvocation {
            context: ContractContext {
                contract: token_in.clone(),
                fn_name: symbol_short!("approve"),
                args: (adapter, pool, amount_in, live_until).into_val(env),
            },
            sub_invocations: vec![env],
        }),
    ]);
}
