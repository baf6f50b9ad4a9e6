use ballast_interfaces::error::FactoryError;
use ballast_interfaces::factory::{Factory, Version};
use ballast_interfaces::vault::VaultPolicy;
use soroban_sdk::{contract, contractimpl, Address, BytesN, Env, Vec};

use crate::event::{AdminChanged, AdminProposed, CreationPauseChanged, VersionListed};
use crate::{create, storage};

/// Most vaults that one call of `vaults` returns.
const PAGE_LIMIT: u32 = 100;

/// The contract.
#[contract]
pub struct VaultFactory;

#[contractimpl]
impl VaultFactory {
    /// Vaults borrow from pools of `blend_pool_factory` only.
    pub fn __constructor(env: Env, admin: Address, blend_pool_factory: Address) {
        storage::initialize(&env, &admin, &blend_pool_factory);
    }
}

#[contractimpl]
impl Factory for VaultFactory {
    /// Deploys a vault. Authorised by `owner`.
    fn create(
        env: Env,
        owner: Address,
        pool: Address,
        version: u32,
        policy: VaultPolicy,
        nonce: u32,
    ) -> Result<Address, FactoryError> {
        owner.require_auth();
        create::create_no_auth(&env, owner, pool, version, policy, nonce)
    }

    /// The address at which `create` puts the vault.
    fn vault_address(env: Env, owner: Address, pool: Address, nonce: u32) -> Address {
        create::vault_address(&env, &owner, &pool, nonce)
    }

    /// Whether this factory deployed `vault`.
    fn is_vault(env: Env, vault: Address) -> bool {
        storage::is_vault(&env, &vault)
    }

    /// Number of vaults deployed.
    fn vault_count(env: Env) -> u32 {
        storage::vault_count(&env)
    }

    /// Vaults from `start` on, at most 100, in the order of creation.
    fn vaults(env: Env, start: u32, limit: u32) -> Vec<Address> {
        let end = start
            .saturating_add(limit.min(PAGE_LIMIT))
            .min(storage::vault_count(&env));
        let mut page = Vec::new(&env);
        for index in start..end {
            page.push_back(storage::vault_at(&env, index));
        }
        page
    }

    /// Number of versions listed.
    fn version_count(env: Env) -> u32 {
        storage::version_count(&env)
    }

    /// A listed version.
    fn version(env: Env, index: u32) -> Result<Version, FactoryError> {
        storage::version(&env, index)
    }

    /// The listed version with that hash.
    fn version_of(env: Env, wasm_hash: BytesN<32>) -> Result<Version, FactoryError> {
        storage::version_of(&env, &wasm_hash)
    }

    /// Lists a version and returns its index. Authorised by the admin.
    fn list_version(env: Env, version: Version) -> Result<u32, FactoryError> {
        storage::admin(&env).require_auth();
        let index = storage::push_version(&env, &version)?;
        storage::extend_instance(&env);
        VersionListed {
            index,
            wasm_hash: version.wasm_hash,
            receiver: version.receiver,
        }
        .publish(&env);
        Ok(index)
    }

    /// Pauses or resumes creation. Authorised by the admin.
    fn set_creation_paused(env: Env, paused: bool) {
        storage::admin(&env).require_auth();
        storage::set_creation_paused(&env, paused);
        storage::extend_instance(&env);
        CreationPauseChanged { paused }.publish(&env);
    }

    /// Whether creation is paused.
    fn creation_paused(env: Env) -> bool {
        storage::creation_paused(&env)
    }

    /// Blend's pool factory.
    fn blend_pool_factory(env: Env) -> Address {
        storage::blend_pool_factory(&env)
    }

    /// The admin.
    fn admin(env: Env) -> Address {
        storage::admin(&env)
    }

    /// Proposes another admin. Authorised by the admin.
    fn propose_admin(env: Env, new_admin: Address) {
        let admin = storage::admin(&env);
        admin.require_auth();
        storage::set_proposed_admin(&env, &new_admin);
        storage::extend_instance(&env);
        AdminProposed { admin, new_admin }.publish(&env);
    }

    /// Accepts the proposal. Authorised by the proposed admin.
    fn accept_admin(env: Env) -> Result<(), FactoryError> {
        let new_admin = storage::take_proposed_admin(&env).ok_or(FactoryError::NoProposal)?;
        new_admin.require_auth();
        let old_admin = storage::admin(&env);
        storage::set_admin(&env, &new_admin);
        storage::extend_instance(&env);
        AdminChanged {
            old_admin,
            new_admin,
        }
        .publish(&env);
        Ok(())
    }

    /// Extends the lifetime of the factory and of one vault's entries.
    fn extend_ttl(env: Env, vault_index: u32) {
        storage::extend_instance(&env);
        if vault_index < storage::vault_count(&env) {
            storage::extend_vault(&env, vault_index);
        }
    }
}
