//! What the keeper plans from what it reads is what the lens quotes at the same ledger, to the last digit,
//! or the same refusal by its name.

use crate::attack::Target;
use ballast_chain::{CallError, Oracle};
use ballast_client::value::{self, PriceData, Value};
use ballast_core::check::Path;
use ballast_core::volatility::VOLATILITY_ROUNDS;
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::vault::VaultState;
use ballast_keeper::model::{
    Feed, Market, OpenAuction, PriceRound, Reserve, SecondPrices, Shares, Vault,
};
use ballast_keeper::strategy::{Hold, Seen};
use soroban_sdk::{Address, Env, IntoVal, Map, TryFromVal, Val};
use std::collections::BTreeMap;
use stellar_xdr::curr::{ScAddress, ScVal};

/// A pool and a vault as the keeper knows them.
pub struct KeepersView {
    pub market: Market,
    pub vault: Vault,
    pub second: SecondPrices,
}

impl KeepersView {
    /// Reads them at the present ledger.
    pub fn read(target: &Target, second: Option<&Oracle>) -> Self {
        let (chain, market) = (target.chain(), &target.system.market);
        let (pool, vault) = (&market.pool, &target.vault);
        let positions = pool.positions(&vault.address);
        let config = pool.config();
        let (mut reserves, mut shares) = (vec![], vec![]);
        let (mut idle, mut second_prices) = (BTreeMap::new(), BTreeMap::new());
        for (index, asset) in (0u32..).zip(pool.reserve_list()) {
            let reserve = pool.reserve(&asset);
            let last = market.oracle.last_price(&asset).ok().flatten();
            let rounds = market.oracle.prices(&asset, VOLATILITY_ROUNDS as u32);
            let round = |price: ballast_chain::Price| PriceRound {
                price: price.price,
                timestamp: price.timestamp,
            };
            reserves.push(Reserve {
                asset: ScAddress::from(&asset),
                index,
                asset_scalar: reserve.scalar,
                collateral_factor_e7: reserve.config.c_factor,
                liability_factor_e7: reserve.config.l_factor,
                max_utilization_e7: reserve.config.max_util,
                enabled: reserve.config.enabled,
                b_rate_e12: reserve.data.b_rate,
                d_rate_e12: reserve.data.d_rate,
                b_supply: reserve.data.b_supply,
                d_supply: reserve.data.d_supply,
                feed: Feed {
                    last: last.map(round),
                    rounds: rounds.unwrap_or_default().into_iter().map(round).collect(),
                },
            });
            shares.push(Shares {
                index,
                b_tokens: positions.collateral.get(index).unwrap_or(0),
                d_tokens: positions.liabilities.get(index).unwrap_or(0),
            });
            let balance = chain.view(&asset, "balance", (&vault.address,));
            idle.insert(ScAddress::from(&asset), balance.expect("tokens tell"));
            if let Some(second) = second {
                let told = second.last_price(&asset).ok().flatten();
                let name = value::Asset::Stellar(ScAddress::from(&asset));
                let told = told.map(|price| PriceData {
                    price: price.price,
                    timestamp: price.timestamp,
                });
                second_prices.insert((ScAddress::from(second.address()), name), told);
            }
        }
        let state = client_state(chain.env(), vault.state());
        let of = |map: Map<Address, i128>| {
            let pairs = map.iter();
            pairs
                .map(|(asset, amount)| (ScAddress::from(&asset), amount))
                .collect()
        };
        KeepersView {
            market: Market {
                pool: ScAddress::from(pool.address()),
                oracle: ScAddress::from(market.oracle.address()),
                ledger: chain.sequence(),
                closed_at: chain.timestamp(),
                price_scalar: 10i128.pow(market.oracle.decimals()),
                resolution_seconds: state.links.resolution_seconds,
                status: config.status,
                min_collateral: config.min_collateral,
                reserves,
                venues: vec![],
            },
            vault: Vault {
                address: ScAddress::from(&vault.address),
                state,
                shares,
                idle,
                auction: pool.auction(&vault.address).map(|open| OpenAuction {
                    start_ledger: open.block,
                    lot: of(open.lot),
                    bid: of(open.bid),
                }),
                ledger: chain.sequence(),
            },
            second: second_prices,
        }
    }
}

/// The contract's own struct as the client has it.
fn client_state(env: &Env, state: VaultState) -> value::VaultState {
    let val: Val = state.into_val(env);
    let written = ScVal::try_from_val(env, &val).expect("a struct is a value");
    value::VaultState::from_value(&written).expect("the client knows the struct")
}

/// Whether the keeper plans what the lens quotes.
pub fn planned_alike(
    keepers: &KeepersView,
    path: Path,
    quote: &Result<StepQuote, CallError>,
) -> Result<(), String> {
    let seen = Seen::read(&keepers.market, &keepers.vault, &keepers.second);
    let planned = match &seen {
        Ok(seen) => seen.quote(path, |_, _| Ok(())),
        Err(refused) => Err(Hold::from(*refused)),
    };
    let same = match (&planned, quote, &seen) {
        (Ok(plan), Ok(quote), Ok(seen)) => {
            let asset = |leg: usize| &seen.reserves[leg].asset;
            let step = &quote.step;
            *asset(plan.collateral) == ScAddress::from(&step.collateral)
                && *asset(plan.debt) == ScAddress::from(&step.debt)
                && plan.sell == step.sell
                && plan.repay == step.min_proceeds
                && plan.floor == quote.floor
                && plan.largest_reward == quote.largest_reward
                && plan.reserve_spent == quote.reserve_spent
                && plan.budget_left == quote.budget_left
                && plan.risk_after_e7 == quote.risk_after_e7
                && plan.rescue == quote.rescue
        }
        (Err(hold), Err(error), _) => {
            let named = error.code().map(ballast_client::ContractError::vault);
            named.and_then(|error| error.name()) == Some(hold.name())
        }
        _ => false,
    };
    match same {
        true => Ok(()),
        false => Err(format!("the keeper plans {planned:?}")),
    }
}
