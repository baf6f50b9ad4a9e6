use ballast_interfaces::error::FactoryError;
use ballast_interfaces::oracle::PriceFeedClient;
use ballast_interfaces::pool;
use ballast_interfaces::vault::VaultPolicy;
use blend_contract_sdk::pool_factory;
use soroban_sdk::{deploy::DeployerWithAddress, xdr::ToXdr, Address, Env};

use crate::{event::VaultCreated, storage};

/// `create` without the owner's authorisation.
pub fn create_no_auth(
    env: &Env,
    owner: Address,
    pool: Address,
    version_index: u32,
    policy: VaultPolicy,
    nonce: u32,
) -> Result<Address, FactoryError> {
    if storage::creation_paused(env) {
        return Err(FactoryError::CreationPaused);
    }
    let version = storage::version(env, version_index)?;
    let blend = pool_factory::Client::new(env, &storage::blend_pool_factory(env));
    if !blend.is_pool(&pool) {
        return Err(FactoryError::NotABlendPool);
    }
    let deployer = deployer(env, &owner, &pool, nonce);
    let vault = deployer.deployed_address();
    if storage::is_vault(env, &vault) {
        return Err(FactoryError::VaultExists);
    }
    // The host hides the code of a failing constructor, so the policy is checked here too.
    let oracle = pool::Client::new(env, &pool).get_config().oracle;
    let resolution_seconds = PriceFeedClient::new(env, &oracle).resolution();
    if policy.to_core().validate(resolution_seconds).is_err() {
        return Err(FactoryError::InvalidPolicy);
    }

    storage::push_vault(env, &vault);
    storage::extend_instance(env);
    let factory = env.current_contract_address();
    // `ConstructorArguments` of the vault's interface.
    let arguments = (
        owner.clone(),
        pool.clone(),
        factory,
        version.receiver,
        policy,
    );
    deployer.deploy_v2(version.wasm_hash, arguments);

    VaultCreated {
        owner,
        pool,
        vault: vault.clone(),
        version: version_index,
        nonce,
    }
    .publish(env);
    Ok(vault)
}

/// The address at which a vault of these three goes.
pub fn vault_address(env: &Env, owner: &Address, pool: &Address, nonce: u32) -> Address {
    deployer(env, owner, pool, nonce).deployed_address()
}

/// The owner is in the salt and authorises `create`: nobody else can take the address.
fn deployer(env: &Env, owner: &Address, pool: &Address, nonce: u32) -> DeployerWithAddress {
    let salt = env.crypto().sha256(&(owner, pool, nonce).to_xdr(env));
    env.deployer().with_current_contract(salt)
}
