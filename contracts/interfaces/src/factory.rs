//! The factory's trait.

use ballast_interfaces_macros::docs_off_chain;
use soroban_sdk::{contractclient, contracttype, Address, BytesN, Env, Vec};

use crate::error::FactoryError;
use crate::vault::VaultPolicy;

/// A vault version: what `create` deploys. Versions are append-only.
#[docs_off_chain]
#[contracttype]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Version {
    /// Hash of the vault's uploaded wasm.
    pub wasm_hash: BytesN<32>,
    /// The flash-loan receiver of this version's vaults.
    pub receiver: Address,
}

/// Deploys vaults and enumerates them for keepers. It holds no power over a vault: its admin can
/// list versions and pause *creation*, and nothing else.
#[contractclient(name = "FactoryClient")]
pub trait Factory {
    /// Deploys a vault for `owner` on `pool`, at an address that depends on factory, owner, pool
    /// and `nonce` only.
    ///
    /// # Authorisation
    /// `owner`, for this call with these arguments.
    ///
    /// # Arguments
    /// * `version` - index of the version to deploy.
    /// * `nonce` - lets one owner have several vaults on one pool.
    ///
    /// # Errors
    /// * [`FactoryError::CreationPaused`], [`FactoryError::UnknownVersion`].
    /// * [`FactoryError::NotABlendPool`] - Blend's pool factory did not deploy `pool`.
    /// * [`FactoryError::VaultExists`] - that address is taken.
    /// * [`FactoryError::InvalidPolicy`] - the vault would refuse the policy.
    fn create(
        env: Env,
        owner: Address,
        pool: Address,
        version: u32,
        policy: VaultPolicy,
        nonce: u32,
    ) -> Result<Address, FactoryError>;

    /// The address at which `create` puts the vault.
    fn vault_address(env: Env, owner: Address, pool: Address, nonce: u32) -> Address;

    /// Whether this factory deployed `vault`.
    fn is_vault(env: Env, vault: Address) -> bool;

    /// Number of vaults deployed.
    fn vault_count(env: Env) -> u32;

    /// Vaults `start .. start + limit` in the order of creation; at most 100 at once, fewer at the
    /// end.
    fn vaults(env: Env, start: u32, limit: u32) -> Vec<Address>;

    /// Number of versions listed.
    fn version_count(env: Env) -> u32;

    /// A listed version.
    ///
    /// # Errors
    /// * [`FactoryError::UnknownVersion`].
    fn version(env: Env, index: u32) -> Result<Version, FactoryError>;

    /// The listed version with that hash: what a vault asks before it upgrades.
    ///
    /// # Errors
    /// * [`FactoryError::UnknownVersion`].
    fn version_of(env: Env, wasm_hash: BytesN<32>) -> Result<Version, FactoryError>;

    /// Lists a version and returns its index. Listed versions never change, and a hash is listed once:
    /// it pins its receiver.
    ///
    /// # Authorisation
    /// The admin.
    ///
    /// # Errors
    /// * [`FactoryError::VersionExists`].
    fn list_version(env: Env, version: Version) -> Result<u32, FactoryError>;

    /// Pauses or resumes creation. Deployed vaults are not affected.
    ///
    /// # Authorisation
    /// The admin.
    fn set_creation_paused(env: Env, paused: bool);

    /// Whether creation is paused.
    fn creation_paused(env: Env) -> bool;

    /// Blend's pool factory, fixed at deployment: vaults are created on its pools only.
    fn blend_pool_factory(env: Env) -> Address;

    /// The admin.
    fn admin(env: Env) -> Address;

    /// Proposes another admin, who must accept.
    ///
    /// # Authorisation
    /// The admin.
    fn propose_admin(env: Env, new_admin: Address);

    /// Accepts the proposal.
    ///
    /// # Authorisation
    /// The proposed admin.
    ///
    /// # Errors
    /// * [`FactoryError::NoProposal`].
    fn accept_admin(env: Env) -> Result<(), FactoryError>;

    /// Extends the factory's and one vault entry's lifetime. Anybody may pay for it.
    fn extend_ttl(env: Env, vault_index: u32);
}
