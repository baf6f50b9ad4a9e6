//! One contract for every hostile part: an adapter that does what its route says, a flash-loan
//! receiver that does what it was told before, a token that keeps a fee, and a caller that runs
//! several calls in one transaction.
//!
//! It guards nothing: anybody tells it anything.
#![no_std]

mod token;
mod trick;

pub use trick::{Call, Nested, Trick};

use ballast_interfaces::receiver::ArmedSwap;
use soroban_sdk::auth::{ContractContext, InvokerContractAuthEntry, SubContractInvocation};
use soroban_sdk::token::TokenClient;
use soroban_sdk::xdr::FromXdr;
use soroban_sdk::{
    contract, contractevent, contractimpl, contracttype, Address, Bytes, Env, Error, Symbol, Val,
    Vec,
};

/// Published for each call of a trick: whether the call did what it was meant to do.
#[contractevent]
pub struct Tried {
    /// The function called.
    pub function: Symbol,
    /// Whether it succeeded.
    pub succeeded: bool,
}

#[contracttype]
enum DataKey {
    Trick,
    Armed,
}

/// The contract.
#[contract]
pub struct Hostile;

#[contractimpl]
impl Hostile {
    /// As an adapter: plays the trick in `route` (XDR of [`Trick`]).
    #[allow(clippy::too_many_arguments)]
    pub fn swap(
        env: Env,
        token_in: Address,
        token_out: Address,
        amount_in: i128,
        min_out: i128,
        to: Address,
        route: Bytes,
    ) -> i128 {
        let _ = (token_in, amount_in);
        match Trick::from_xdr(&env, &route) {
            Ok(trick) => play(&env, trick, &token_out, min_out, &to),
            Err(_) => panic!("the route is a trick"),
        }
    }

    /// As a receiver: what `exec_op` will do.
    pub fn prepare(env: Env, trick: Trick) {
        env.storage().instance().set(&DataKey::Trick, &trick);
    }

    /// As a receiver: remembers the swap, asks nobody.
    pub fn arm(env: Env, vault: Address, swap: ArmedSwap) {
        let _ = vault;
        env.storage().instance().set(&DataKey::Armed, &swap);
    }

    /// As a receiver: plays the prepared trick, and keeps the loan.
    pub fn exec_op(env: Env, caller: Address, token: Address, amount: i128, fee: i128) {
        let _ = (token, amount, fee);
        let armed: ArmedSwap = env.storage().instance().get(&DataKey::Armed).unwrap();
        let trick: Trick = env.storage().instance().get(&DataKey::Trick).unwrap();
        play(&env, trick, &armed.token_out, armed.min_out, &caller);
    }

    /// As a caller: the calls, one after the other, in the contract's own name. Fails with the
    /// first that fails.
    pub fn run(env: Env, calls: Vec<Call>) -> Vec<Val> {
        let mut returned = Vec::new(&env);
        for call in calls.iter() {
            authorize(&env, &call);
            returned.push_back(env.invoke_contract::<Val>(
                &call.contract,
                &call.function,
                call.args,
            ));
        }
        returned
    }
}

fn play(env: &Env, trick: Trick, token_out: &Address, min_out: i128, to: &Address) -> i128 {
    let pay = |amount: i128| {
        if amount > 0 {
            let own = env.current_contract_address();
            TokenClient::new(env, token_out).transfer(&own, to, &amount);
        }
    };
    match trick {
        Trick::Pay(sends, claims) => {
            pay(sends);
            claims
        }
        Trick::Trap => panic!("as told"),
        Trick::TryThenPay(call) => {
            authorize(env, &call);
            let outcome = env.try_invoke_contract::<Val, Error>(
                &call.contract,
                &call.function,
                call.args.clone(),
            );
            Tried {
                function: call.function,
                succeeded: matches!(outcome, Ok(Ok(_))),
            }
            .publish(env);
            pay(min_out);
            min_out
        }
        Trick::Seize(token, from, amount) => {
            let own = env.current_contract_address();
            TokenClient::new(env, &token).transfer_from(&own, &from, &own, &amount);
            pay(min_out);
            min_out
        }
    }
}

fn authorize(env: &Env, call: &Call) {
    let mut entries = Vec::new(env);
    for nested in call.nested.iter() {
        entries.push_back(InvokerContractAuthEntry::Contract(SubContractInvocation {
            context: ContractContext {
                contract: nested.contract,
                fn_name: nested.function,
                args: nested.args,
            },
            sub_invocations: Vec::new(env),
        }));
    }
    env.authorize_as_current_contract(entries);
}
