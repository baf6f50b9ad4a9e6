//! Entry points: authorise, delegate. Their documentation stands on the trait,
//! [`ballast_interfaces::vault::Vault`].

use ballast_core::check::Path as CorePath;
use ballast_core::fixed::pow10;
use ballast_interfaces::blend::{PoolClient, Request};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::oracle::PriceFeedClient;
use ballast_interfaces::vault::{Links, Path, Step, StepReport, Vault, VaultPolicy, VaultState};
use soroban_sdk::{contract, contractimpl, Address, Bytes, BytesN, Env, Vec};

use crate::events::{OwnerChanged, OwnerProposed};
use crate::{kit, owner, step, storage};

#[contract]
pub struct VaultContract;

/// The owner, authorised for this call; the vault's lifetime is extended on the way.
fn authorised_owner(env: &Env) -> Address {
    let owner = storage::owner(env);
    owner.require_auth();
    storage::extend_instance(env);
    owner
}

#[contractimpl]
impl VaultContract {
    /// Called by the factory.
    pub fn __constructor(
        env: Env,
        owner: Address,
        pool: Address,
        factory: Address,
        receiver: Address,
        policy: VaultPolicy,
    ) -> Result<(), VaultError> {
        let oracle = PoolClient::new(&env, &pool).get_config().oracle;
        let feed = PriceFeedClient::new(&env, &oracle);
        let links = Links {
            price_scalar: pow10(feed.decimals())?,
            resolution_seconds: feed.resolution(),
            pool,
            oracle,
            receiver,
            factory,
        };
        policy.to_core().validate(links.resolution_seconds)?;
        storage::set_links(&env, &links);
        storage::set_owner(&env, &owner);
        storage::set_policy(&env, &policy);
        Ok(())
    }
}

#[contractimpl]
impl Vault for VaultContract {
    fn deposit(env: Env, asset: Address, amount: i128) -> Result<(), VaultError> {
        owner::deposit(&env, &authorised_owner(&env), &asset, amount)
    }

    fn withdraw(env: Env, asset: Address, amount: i128, to: Address) -> Result<(), VaultError> {
        owner::withdraw(&env, &authorised_owner(&env), &asset, amount, &to)
    }

    fn borrow(env: Env, asset: Address, amount: i128, to: Address) -> Result<(), VaultError> {
        owner::borrow(&env, &authorised_owner(&env), &asset, amount, &to)
    }

    fn repay(env: Env, from: Address, asset: Address, amount: i128) -> Result<(), VaultError> {
        from.require_auth();
        storage::extend_instance(&env);
        owner::repay(&env, &from, &asset, amount)
    }

    fn fund_reserve(
        env: Env,
        from: Address,
        asset: Address,
        amount: i128,
    ) -> Result<(), VaultError> {
        from.require_auth();
        storage::extend_instance(&env);
        owner::fund_reserve(&env, &from, &asset, amount)
    }

    fn withdraw_reserve(
        env: Env,
        asset: Address,
        amount: i128,
        to: Address,
    ) -> Result<(), VaultError> {
        owner::withdraw_reserve(&env, &authorised_owner(&env), &asset, amount, &to)
    }

    fn set_policy(env: Env, policy: VaultPolicy) -> Result<(), VaultError> {
        owner::set_policy(&env, &authorised_owner(&env), policy)
    }

    fn set_automation(env: Env, enabled: bool) -> Result<(), VaultError> {
        owner::set_automation(&env, &authorised_owner(&env), enabled)
    }

    fn claim(env: Env, reserve_token_ids: Vec<u32>, to: Address) -> Result<i128, VaultError> {
        owner::claim(&env, &authorised_owner(&env), reserve_token_ids, &to)
    }

    fn close(env: Env, legs: Vec<Step>, to: Address) -> Result<(), VaultError> {
        owner::close(&env, &authorised_owner(&env), legs, &to)
    }

    fn owner_rescue(env: Env, step: Step) -> Result<StepReport, VaultError> {
        owner::owner_rescue(&env, &authorised_owner(&env), step)
    }

    fn owner_submit(env: Env, requests: Vec<Request>) -> Result<(), VaultError> {
        kit::owner_submit(&env, &authorised_owner(&env), requests)
    }

    fn upgrade(env: Env, expected_wasm_hash: BytesN<32>) -> Result<(), VaultError> {
        kit::upgrade(&env, &authorised_owner(&env), expected_wasm_hash)
    }

    fn clear_stale_auction(env: Env) -> Result<(), VaultError> {
        owner::clear_stale_auction(&env)
    }

    fn sweep(env: Env, token: Address, to: Address) -> Result<i128, VaultError> {
        owner::sweep(&env, &authorised_owner(&env), &token, &to)
    }

    fn propose_owner(env: Env, new_owner: Address) -> Result<(), VaultError> {
        let owner = authorised_owner(&env);
        storage::set_proposed_owner(&env, &new_owner);
        OwnerProposed {
            owner,
            proposed: new_owner,
        }
        .publish(&env);
        Ok(())
    }

    fn accept_owner(env: Env) -> Result<(), VaultError> {
        let owner = storage::proposed_owner(&env).ok_or(VaultError::NoProposal)?;
        owner.require_auth();
        let previous = storage::owner(&env);
        storage::set_owner(&env, &owner);
        OwnerChanged { previous, owner }.publish(&env);
        Ok(())
    }

    fn fill(
        env: Env,
        keeper: Address,
        collateral: Address,
        debt: Address,
        repay: i128,
        collateral_out: i128,
        deadline: u64,
    ) -> Result<StepReport, VaultError> {
        keeper.require_auth();
        step::require_automation(&env, deadline)?;
        let order = step::Order {
            step: Step {
                path: Path::Plain,
                collateral,
                debt,
                sell: collateral_out,
                min_proceeds: repay,
                adapter: keeper.clone(),
                route: Bytes::new(&env),
            },
            caller: keeper,
            path: CorePath::Fill,
        };
        step::execute(&env, &order, step::Terms::Policy)
    }

    fn rebalance(
        env: Env,
        keeper: Address,
        step: Step,
        deadline: u64,
    ) -> Result<StepReport, VaultError> {
        keeper.require_auth();
        step::require_automation(&env, deadline)?;
        let order = step::Order::from_step(keeper, step);
        step::execute(&env, &order, step::Terms::Policy)
    }

    fn extend_ttl(env: Env) {
        storage::extend_instance(&env);
    }

    fn state(env: Env) -> VaultState {
        storage::state(&env)
    }

    fn policy(env: Env) -> VaultPolicy {
        storage::policy(&env)
    }

    fn automation(env: Env) -> bool {
        storage::automation(&env)
    }

    fn owner(env: Env) -> Address {
        storage::owner(&env)
    }

    fn pool(env: Env) -> Address {
        storage::links(&env).pool
    }
}
