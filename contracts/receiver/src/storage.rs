use ballast_interfaces::receiver::ArmedSwap;
use soroban_sdk::{Address, Env};

const DAY_IN_LEDGERS: u32 = 17_280;
const INSTANCE_EXTEND_AMOUNT: u32 = 120 * DAY_IN_LEDGERS;
const INSTANCE_TTL_THRESHOLD: u32 = 30 * DAY_IN_LEDGERS;

/// Keeps instance and code alive for as long as vaults use them.
pub fn extend_instance(env: &Env) {
    env.storage()
        .instance()
        .extend_ttl(INSTANCE_TTL_THRESHOLD, INSTANCE_EXTEND_AMOUNT);
}

/// Temporary, keyed by the vault's address: the receiver stores nothing else. The entry lives
/// within one transaction, so its lifetime needs no care.
pub fn set_armed(env: &Env, vault: &Address, swap: &ArmedSwap) {
    env.storage().temporary().set(vault, swap);
}

/// What `vault` armed; it is gone afterwards.
pub fn take_armed(env: &Env, vault: &Address) -> Option<ArmedSwap> {
    let temporary = env.storage().temporary();
    let swap = temporary.get(vault)?;
    temporary.remove(vault);
    Some(swap)
}
