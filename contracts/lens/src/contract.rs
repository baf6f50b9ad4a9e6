//! Entry points. Their documentation stands on the trait, [`ballast_interfaces::lens::Lens`].

use ballast_core::check::Path as CorePath;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::{Health, Lens, PositionLeg, StepQuote};
use ballast_interfaces::vault::Path;
use soroban_sdk::{contract, contractimpl, Address, Bytes, Env, Vec};

use crate::quote::quote;
use crate::views;

#[contract]
pub struct LensContract;

#[contractimpl]
impl Lens for LensContract {
    fn position(env: Env, vault: Address) -> Result<Vec<PositionLeg>, VaultError> {
        views::position(&env, &vault)
    }

    fn health(env: Env, vault: Address) -> Result<Health, VaultError> {
        views::health(&env, &vault)
    }

    fn quote_rebalance(
        env: Env,
        vault: Address,
        path: Path,
        adapter: Address,
        route: Bytes,
    ) -> Result<StepQuote, VaultError> {
        let path = match path {
            Path::Plain => CorePath::Plain,
            Path::Flash => CorePath::Flash,
        };
        quote(&env, &vault, path, adapter, route)
    }

    fn quote_fill(env: Env, vault: Address) -> Result<StepQuote, VaultError> {
        // A fill needs no venue; the step's adapter is a placeholder.
        quote(
            &env,
            &vault,
            CorePath::Fill,
            vault.clone(),
            Bytes::new(&env),
        )
    }
}
