//! Every access to the vault's storage. All of it is in the instance: it lives as long as the
//! vault, and nothing that safety needs can expire separately.
//!
//! # What a new version must keep
//! `upgrade` replaces the code and touches nothing else but the receiver in [`Links`]: the new code
//! starts on what the old code stored, without a call between them. So it must read every key of
//! `tests/goldens/storage.txt` with the types that stand there, and mean the same by it. A stored
//! struct is decoded whole (a field more or less is a failure), so nothing is added to one: what is
//! new goes into a key of its own, and its absence has a meaning. Keys are not renamed or reused, and
//! error and event numbers and names stay. The golden's lines may be added to, never changed.

use ballast_core::window::Window;
use ballast_interfaces::vault::{AssetEntry, BudgetWindow, Links, VaultPolicy, VaultState};
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

/// All zero before the first window.
pub fn window(env: &Env) -> Window {
    let stored: Option<BudgetWindow> = get(env, DataKey::Window);
    let (start_ledger, budget_value, sold_value) = stored.map_or((0, 0, 0), |window| {
        (window.start_ledger, window.budget_value, window.sold_value)
    });
    Window {
        start_ledger,
        budget_value,
        sold_value,
    }
}

pub fn set_window(env: &Env, window: &Window) {
    set(env, DataKey::Window, &stored(window));
}

fn stored(window: &Window) -> BudgetWindow {
    BudgetWindow {
        start_ledger: window.start_ledger,
        budget_value: window.budget_value,
        sold_value: window.sold_value,
    }
}

/// By reserve index.
pub fn assets(env: &Env) -> Map<u32, AssetEntry> {
    get(env, DataKey::Assets).unwrap_or_else(|| Map::new(env))
}

pub fn set_assets(env: &Env, assets: &Map<u32, AssetEntry>) {
    set(env, DataKey::Assets, assets);
}

pub fn state(env: &Env) -> VaultState {
    VaultState {
        owner: owner(env),
        links: links(env),
        policy: policy(env),
        automation: automation(env),
        window: stored(&window(env)),
        assets: assets(env),
    }
}
