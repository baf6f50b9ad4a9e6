use ballast_interfaces::error::FactoryError;
use ballast_interfaces::factory::Version;
use soroban_sdk::{contracttype, Address, BytesN, Env, IntoVal, Val};

const DAY_IN_LEDGERS: u32 = 17_280;
// Above the network's minimum for new entries (120 days) and below its maximum (180 days): what
// nobody touches afterwards, such as a vault's keys, starts with most of what can be had.
const EXTEND_AMOUNT: u32 = 170 * DAY_IN_LEDGERS;
const TTL_THRESHOLD: u32 = 140 * DAY_IN_LEDGERS;

#[contracttype]
#[derive(Clone)]
pub(crate) enum DataKey {
    /// Instance: `Address`.
    Admin,
    /// Instance: `Address`, absent without a proposal.
    ProposedAdmin,
    /// Instance: `Address`.
    BlendPoolFactory,
    /// Instance: `bool`.
    CreationPaused,
    /// Instance: `u32`.
    VersionCount,
    /// Instance: `u32`.
    VaultCount,
    /// Persistent: [`Version`].
    Version(u32),
    /// Persistent: `u32`, the index of the version with that hash.
    VersionOf(BytesN<32>),
    /// Persistent: `Address`.
    VaultAt(u32),
    /// Persistent: `()`, absent for any other address.
    IsVault(Address),
}

pub fn initialize(env: &Env, admin: &Address, blend_pool_factory: &Address) {
    let instance = env.storage().instance();
    instance.set(&DataKey::Admin, admin);
    instance.set(&DataKey::BlendPoolFactory, blend_pool_factory);
    instance.set(&DataKey::CreationPaused, &false);
    instance.set(&DataKey::VersionCount, &0_u32);
    instance.set(&DataKey::VaultCount, &0_u32);
}

pub fn extend_instance(env: &Env) {
    env.storage()
        .instance()
        .extend_ttl(TTL_THRESHOLD, EXTEND_AMOUNT);
}

// ---- Instance: the constructor wrote all of it but the proposal ------------------------------

pub fn admin(env: &Env) -> Address {
    env.storage().instance().get(&DataKey::Admin).unwrap()
}

pub fn set_admin(env: &Env, admin: &Address) {
    env.storage().instance().set(&DataKey::Admin, admin);
}

pub fn set_proposed_admin(env: &Env, new_admin: &Address) {
    env.storage()
        .instance()
        .set(&DataKey::ProposedAdmin, new_admin);
}

/// The proposal; it is gone afterwards.
pub fn take_proposed_admin(env: &Env) -> Option<Address> {
    let instance = env.storage().instance();
    let new_admin = instance.get(&DataKey::ProposedAdmin)?;
    instance.remove(&DataKey::ProposedAdmin);
    Some(new_admin)
}

pub fn blend_pool_factory(env: &Env) -> Address {
    env.storage()
        .instance()
        .get(&DataKey::BlendPoolFactory)
        .unwrap()
}

pub fn creation_paused(env: &Env) -> bool {
    env.storage()
        .instance()
        .get(&DataKey::CreationPaused)
        .unwrap()
}

pub fn set_creation_paused(env: &Env, paused: bool) {
    env.storage()
        .instance()
        .set(&DataKey::CreationPaused, &paused);
}

pub fn version_count(env: &Env) -> u32 {
    env.storage()
        .instance()
        .get(&DataKey::VersionCount)
        .unwrap()
}

pub fn vault_count(env: &Env) -> u32 {
    env.storage().instance().get(&DataKey::VaultCount).unwrap()
}

// ---- Persistent: one entry for each index and address, so that none grows --------------------

pub fn version(env: &Env, index: u32) -> Result<Version, FactoryError> {
    let key = DataKey::Version(index);
    let version = env
        .storage()
        .persistent()
        .get(&key)
        .ok_or(FactoryError::UnknownVersion)?;
    extend(env, &key);
    Ok(version)
}

pub fn version_of(env: &Env, wasm_hash: &BytesN<32>) -> Result<Version, FactoryError> {
    let key = DataKey::VersionOf(wasm_hash.clone());
    let index = env
        .storage()
        .persistent()
        .get(&key)
        .ok_or(FactoryError::UnknownVersion)?;
    extend(env, &key);
    version(env, index)
}

/// Returns the version's index.
pub fn push_version(env: &Env, version: &Version) -> Result<u32, FactoryError> {
    let index = version_count(env);
    let key = DataKey::VersionOf(version.wasm_hash.clone());
    if env.storage().persistent().has(&key) {
        return Err(FactoryError::VersionExists);
    }
    set(env, &key, &index);
    set(env, &DataKey::Version(index), version);
    env.storage()
        .instance()
        .set(&DataKey::VersionCount, &(index + 1));
    Ok(index)
}

pub fn push_vault(env: &Env, vault: &Address) {
    let index = vault_count(env);
    set(env, &DataKey::VaultAt(index), vault);
    set(env, &DataKey::IsVault(vault.clone()), &());
    env.storage()
        .instance()
        .set(&DataKey::VaultCount, &(index + 1));
}

/// The vault at `index`, which must be below the count.
pub fn vault_at(env: &Env, index: u32) -> Address {
    env.storage()
        .persistent()
        .get(&DataKey::VaultAt(index))
        .unwrap()
}

pub fn is_vault(env: &Env, vault: &Address) -> bool {
    env.storage()
        .persistent()
        .has(&DataKey::IsVault(vault.clone()))
}

/// Extends both entries of the vault at `index`, which must be below the count.
pub fn extend_vault(env: &Env, index: u32) {
    extend(env, &DataKey::VaultAt(index));
    extend(env, &DataKey::IsVault(vault_at(env, index)));
}

fn set(env: &Env, key: &DataKey, value: &impl IntoVal<Env, Val>) {
    env.storage().persistent().set(key, value);
    extend(env, key);
}

fn extend(env: &Env, key: &DataKey) {
    env.storage()
        .persistent()
        .extend_ttl(key, TTL_THRESHOLD, EXTEND_AMOUNT);
}
