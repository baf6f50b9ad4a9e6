//! Every access to the vault's storage. All of it is in the instance: it lives as long as the
//! vault, and nothing that safety needs can expire separately.

use ballast_core::window::Window;
use ballast_interfaces::vault::VaultPolicy;
use soroban_sdk::unwrap::UnwrapOptimized;
use soroban_sdk::{contracttype, Address, Env, IntoVal, Map, TryFromVal, Val};

/// Ledgers of 5 seconds in a day.
pub const DAY_IN_LEDGERS: u32 = 17_280;
/// The instance is extended to this lifetime...
pub const INSTANCE_EXTEND_TO: u32 = 120 * DAY_IN_LEDGERS;
/// ...once less than this is left.
pub const INSTANCE_TTL_THRESHOLD: u32 = 90 * DAY_IN_LEDGERS;

#[contracttype]
#[derive(Clone)]
enum DataKey {
    Links,
    Owner,
    ProposedOwner,
    Policy,
    AutomationOff,
    Window,
    Assets,
}

/// The contracts that the vault was built for; they never change.
#[contracttype]
#[derive(Clone)]
pub struct Links {
    /// The Blend pool.
    pub pool: Address,
    /// The pool's oracle.
    pub oracle: Address,
    /// `10^decimals` of the oracle.
    pub price_scalar: i128,
    /// The oracle's round length, seconds.
    pub resolution_seconds: u32,
    /// The flash-loan receiver.
    pub receiver: Address,
    /// The factory that deployed the vault.
    pub factory: Address,
}

/// A reserve that the vault has used. Blend never moves a reserve to another index.
#[contracttype]
#[derive(Clone)]
pub struct AssetEntry {
    /// The asset.
    pub asset: Address,
    /// Collateral factor that the policy accepted, 7 decimals.
    pub accepted_collateral_e7: u32,
    /// Liability factor that the policy accepted, 7 decimals.
    pub accepted_liability_e7: u32,
}

#[contracttype]
#[derive(Clone)]
struct StoredWindow {
    start_ledger: u32,
    budget_value: i128,
    sold_value: i128,
}

pub fn extend_instance(env: &Env) {
    env.storage()
        .instance()
        .extend_ttl(INSTANCE_TTL_THRESHOLD, INSTANCE_EXTEND_TO);
}

fn get<V: TryFromVal<Env, Val>>(env: &Env, key: DataKey) -> Option<V> {
    env.storage().instance().get(&key)
}

fn set<V: IntoVal<Env, Val>>(env: &Env, key: DataKey, value: &V) {
    env.storage().instance().set(&key, value);
}

/// Set by the constructor, hence always present; the same holds for owner and policy.
pub fn links(env: &Env) -> Links {
    get(env, DataKey::Links).unwrap_optimized()
}

pub fn set_links(env: &Env, links: &Links) {
    set(env, DataKey::Links, links);
}

pub fn owner(env: &Env) -> Address {
    get(env, DataKey::Owner).unwrap_optimized()
}

pub fn set_owner(env: &Env, owner: &Address) {
    set(env, DataKey::Owner, owner);
    env.storage().instance().remove(&DataKey::ProposedOwner);
}

pub fn proposed_owner(env: &Env) -> Option<Address> {
    get(env, DataKey::ProposedOwner)
}

pub fn set_proposed_owner(env: &Env, proposed: &Address) {
    set(env, DataKey::ProposedOwner, proposed);
}

pub fn policy(env: &Env) -> VaultPolicy {
    get(env, DataKey::Policy).unwrap_optimized()
}

pub fn set_policy(env: &Env, policy: &VaultPolicy) {
    set(env, DataKey::Policy, policy);
    env.storage().instance().remove(&DataKey::Window);
}

pub fn automation(env: &Env) -> bool {
    !env.storage().instance().has(&DataKey::AutomationOff)
}

pub fn set_automation(env: &Env, enabled: bool) {
    if enabled {
        env.storage().instance().remove(&DataKey::AutomationOff);
    } else {
        set(env, DataKey::AutomationOff, &());
    }
}

pub fn window(env: &Env) -> Window {
    get::<StoredWindow>(env, DataKey::Window).map_or_else(Window::default, |stored| Window {
        start_ledger: stored.start_ledger,
        budget_value: stored.budget_value,
        sold_value: stored.sold_value,
    })
}

pub fn set_window(env: &Env, window: &Window) {
    let stored = StoredWindow {
        start_ledger: window.start_ledger,
        budget_value: window.budget_value,
        sold_value: window.sold_value,
    };
    set(env, DataKey::Window, &stored);
}

/// By reserve index.
pub fn assets(env: &Env) -> Map<u32, AssetEntry> {
    get(env, DataKey::Assets).unwrap_or_else(|| Map::new(env))
}

pub fn set_assets(env: &Env, assets: &Map<u32, AssetEntry>) {
    set(env, DataKey::Assets, assets);
}

