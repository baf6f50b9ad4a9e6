//! Quotes: steps that the calls they quote accept, or the errors that the calls would give. What is
//! computed is the core's; here is what it reads.

use ballast_core::auction::Auction;
use ballast_core::check::Path as CorePath;
use ballast_core::price::Floor;
use ballast_core::quote::{PoolReserve, PoolTerms, Reads, Standing};
use ballast_core::window::Window;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::pool::Client;
use ballast_interfaces::vault::{Path, SecondSource, Step, VaultState};
use ballast_snapshot::{core_auction, open_auction, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Bytes, Env};

use crate::sources::Sources;
use crate::views;

/// Quotes the cheapest step on `path`, or returns the error that the call would give.
pub fn quote(
    env: &Env,
    vault: &Address,
    path: CorePath,
    adapter: Address,
    route: Bytes,
) -> Result<StepQuote, VaultError> {
    let state = views::state(env, vault);
    if !state.automation {
        return Err(VaultError::AutomationOff);
    }
    let mut snapshot = views::load(env, vault, &state)?;
    let rules = snapshot.policy_in_force(env, &state.links, &state.policy);
    let stored = &state.window;
    let standing = Standing {
        policy: &rules,
        position: &snapshot.position,
        window: Window {
            start_ledger: stored.start_ledger,
            budget_value: stored.budget_value,
            sold_value: stored.sold_value,
        },
        ledger: env.ledger().sequence(),
    };
    let mut ledger = Ledger {
        env,
        vault,
        state: &state,
        snapshot: &snapshot,
        adapter_forbidden: path != CorePath::Fill
            && is_forbidden(&adapter, vault, &state, &snapshot),
        pool: Client::new(env, &state.links.pool),
        sources: Sources::new(env, &state, &snapshot),
    };
    let quoted = ballast_core::quote::quote(&standing, path, &mut ledger)?;
    Ok(StepQuote {
        step: Step {
            path: match path {
                CorePath::Flash => Path::Flash,
                CorePath::Fill | CorePath::Plain => Path::Plain,
            },
            collateral: snapshot.assets[quoted.collateral].clone(),
            debt: snapshot.assets[quoted.debt].clone(),
            sell: quoted.sell,
            min_proceeds: quoted.repay,
            adapter,
            route,
        },
        floor: quoted.floor,
        largest_reward: quoted.largest_reward,
        reserve_spent: quoted.reserve_spent,
        budget_left: quoted.budget_left,
        risk_after_e7: quoted.risk_after_e7,
        rescue: quoted.rescue,
    })
}

/// What a quote reads of the ledger.
struct Ledger<'a> {
    env: &'a Env,
    vault: &'a Address,
    state: &'a VaultState,
    snapshot: &'a Snapshot,
    adapter_forbidden: bool,
    pool: Client<'a>,
    sources: Sources<'a>,
}

impl Reads for Ledger<'_> {
    type Error = VaultError;

    fn auction(&mut self) -> Option<Auction> {
        open_auction(self.env, &self.state.links.pool, self.vault)
            .map(|data| core_auction(&data, self.snapshot))
    }

    fn pool(&mut self) -> PoolTerms {
        let config = self.pool.get_config();
        PoolTerms {
            status: config.status,
            min_collateral: config.min_collateral,
        }
    }

    fn idle(&mut self, leg: usize) -> i128 {
        TokenClient::new(self.env, &self.snapshot.assets[leg]).balance(self.vault)
    }

    fn floor(
        &mut self,
        collateral: usize,
        debt: usize,
        latest_only: bool,
    ) -> Result<Floor, VaultError> {
        if self.adapter_forbidden {
            return Err(VaultError::AdapterForbidden);
        }
        self.sources.floor(collateral, debt, latest_only)
    }

    fn reserve(&mut self, leg: usize) -> PoolReserve {
        let reserve = self.pool.get_reserve(&self.snapshot.assets[leg]);
        PoolReserve {
            enabled: reserve.config.enabled,
            max_utilization_e7: reserve.config.max_util,
            b_rate_e12: reserve.data.b_rate,
            d_rate_e12: reserve.data.d_rate,
            b_supply: reserve.data.b_supply,
            d_supply: reserve.data.d_supply,
        }
    }
}

/// Whether the vault refuses the adapter, except where an asset is netted against itself.
fn is_forbidden(
    adapter: &Address,
    vault: &Address,
    state: &VaultState,
    snapshot: &Snapshot,
) -> bool {
    let links = &state.links;
    let second = match &state.policy.second_oracle {
        SecondSource::Feed(second) => Some(&second.oracle),
        SecondSource::None => None,
    };
    adapter == vault
        || [&links.pool, &links.oracle, &links.receiver, &links.factory].contains(&adapter)
        || second == Some(adapter)
        || snapshot.assets.contains(adapter)
}
