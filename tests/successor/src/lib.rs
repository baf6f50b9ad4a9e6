//! A later version of the vault: everything that the vault does, on the same storage, and one function
//! more. Tests upgrade to it.
#![no_std]

use ballast_vault::VaultContract;
use soroban_sdk::{contract, contractimpl, contracttype, Env};

/// What is new, in a key of its own, as `contracts/vault/src/storage.rs` demands.
#[contracttype]
enum DataKey {
    Calls,
}

/// The functions of the vault are exported with this contract's own.
pub type Predecessor = VaultContract;

#[contract]
pub struct Successor;

#[contractimpl]
impl Successor {
    /// Counts its calls, which no vault before it has stored.
    pub fn count_calls(env: Env) -> u32 {
        let storage = env.storage().instance();
        let calls = storage.get(&DataKey::Calls).unwrap_or(0_u32) + 1;
        storage.set(&DataKey::Calls, &calls);
        calls
    }
}
