use soroban_sdk::{contractimpl, contracttype, Address, Env, String};

use crate::{play, DataKey, Hostile, HostileArgs, HostileClient, Trick};

/// Share of every transfer that is lost on the way.
const FEE_PERCENT: i128 = 1;

#[contracttype]
enum TokenKey {
    Balance(Address),
    Allowance(Address, Address),
}

/// As a token: keeps a fee of every transfer, and plays a prepared trick in it.
#[contractimpl]
impl Hostile {
    /// Gives `to` the token; asks nobody.
    pub fn mint(env: Env, to: Address, amount: i128) {
        add(&env, &to, amount);
    }

    /// Balance, smallest unit.
    pub fn balance(env: Env, id: Address) -> i128 {
        let key = TokenKey::Balance(id);
        env.storage().persistent().get(&key).unwrap_or(0)
    }

    /// Moves `amount`, less the fee.
    pub fn transfer(env: Env, from: Address, to: Address, amount: i128) {
        from.require_auth();
        if let Some(trick) = env.storage().instance().get::<_, Trick>(&DataKey::Trick) {
            let own = env.current_contract_address();
            play(&env, trick, &own, 0, &own);
        }
        shift(&env, &from, &to, amount);
    }

    /// Moves `amount` out of an allowance, less the fee.
    pub fn transfer_from(env: Env, spender: Address, from: Address, to: Address, amount: i128) {
        spender.require_auth();
        let key = TokenKey::Allowance(from.clone(), spender);
        let allowed: i128 = env.storage().temporary().get(&key).unwrap_or(0);
        assert!(allowed >= amount, "allowance");
        env.storage().temporary().set(&key, &(allowed - amount));
        shift(&env, &from, &to, amount);
    }

    /// Sets an allowance; it never expires.
    pub fn approve(env: Env, from: Address, spender: Address, amount: i128, _live_until: u32) {
        from.require_auth();
        let key = TokenKey::Allowance(from, spender);
        env.storage().temporary().set(&key, &amount);
    }

    /// 7.
    pub fn decimals(_env: Env) -> u32 {
        7
    }

    /// Its name.
    pub fn symbol(env: Env) -> String {
        String::from_str(&env, "FEE")
    }
}

fn add(env: &Env, holder: &Address, amount: i128) {
    let balance = Hostile::balance(env.clone(), holder.clone()) + amount;
    assert!(balance >= 0, "balance");
    let key = TokenKey::Balance(holder.clone());
    env.storage().persistent().set(&key, &balance);
}

fn shift(env: &Env, from: &Address, to: &Address, amount: i128) {
    assert!(amount >= 0, "amount");
    add(env, from, -amount);
    add(env, to, amount - amount * FEE_PERCENT / 100);
}
