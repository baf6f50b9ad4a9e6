//! What the keeper plans from what it reads is what the lens quotes at the same ledger, to the last digit,
//! or the same refusal by its name.

use crate::attack::{Dice, Target};
use crate::quotes::Lab;
use crate::rescue::Field;
use crate::support::WEALTH;
use ballast_chain::{CallError, Oracle};
use ballast_client::value::{self, PriceData, Value};
use ballast_core::check::Path;
use ballast_core::volatility::VOLATILITY_ROUNDS;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::vault::{Path as StepPath, StepReport, VaultState};
use ballast_keeper::model::{
    Feed, Market, OpenAuction, PriceRound, Reserve, SecondPrices, Shares, Vault, Venue, VenueToken,
};
use ballast_keeper::strategy::{
    decide, judge, Action, Fees, Hold, Input, Inventory, Seen, Settings, Sponsor, Verdict, Way,
};
use soroban_sdk::{Address, Env, IntoVal, Map, TryFromVal, Val};
use std::collections::{BTreeMap, BTreeSet};
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
                venues: vec![comet(target)],
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
        // The lens says no more than that; a smaller step may find enough. That it does is tried below.
        (Ok(_), Err(error), _) => error.code() == Some(VaultError::NoPoolLiquidity as u32),
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

/// The market's Comet pool. Both tokens have the same weight.
fn comet(target: &Target) -> Venue {
    let (system, market) = (&target.system, &target.system.market);
    let token = |asset: &Address| VenueToken {
        asset: ScAddress::from(asset),
        balance: market.amm.reserve(asset),
        weight_e7: 5_000_000,
    };
    Venue {
        adapter: ScAddress::from(&system.adapter),
        route: value::Bytes(system.route(market.amm.address()).iter().collect()),
        contract: ScAddress::from(market.amm.address()),
        tokens: vec![token(market.xlm.address()), token(market.usdc.address())],
        fee_e7: market.amm.fee(),
    }
}

impl KeepersView {
    /// What the keeper would do for this vault, as a sponsor or for its own profit.
    fn choices(&self, settings: &Settings, available: i128) -> Result<Vec<Action>, Hold> {
        let reserves = self.market.reserves.iter();
        let vaults = std::slice::from_ref(&self.vault);
        let decisions = decide(
            settings,
            &Input {
                market: &self.market,
                vaults,
                second: &self.second,
                crowd: &BTreeMap::new(),
                inventory: &Inventory {
                    available: reserves
                        .map(|reserve| (reserve.asset.clone(), available))
                        .collect(),
                },
                fees: &Fees::default(),
                native: &self.market.reserves[0].asset,
                in_flight: &BTreeSet::new(),
                capacity: 1,
            },
        );
        match &decisions[0].verdict {
            Verdict::Act { choices, .. } => Ok(choices.clone()),
            Verdict::Hold(hold) => Err(*hold),
        }
    }
}

/// Sends an action as the executor would; what `clear_stale_auction` gives is a report of nothing.
fn act(target: &Target, action: &Action) -> Result<StepReport, CallError> {
    let (vault, keeper) = (&target.vault, &target.keeper);
    let address = |of: &ScAddress| target.chain().address(of);
    let (collateral, debt) = (address(&action.collateral), address(&action.debt));
    let path = match action.way {
        Way::Fill => {
            return vault.fill(keeper, &collateral, &debt, action.repay, action.sell);
        }
        Way::Clear => {
            let call = target
                .chain()
                .call(&vault.address, "clear_stale_auction", (), &[]);
            return call.map(|_| StepReport {
                sold: 0,
                repaid: 0,
                proceeds: 0,
                reward: 0,
                reserve_spent: 0,
                risk_before_e7: 0,
                risk_after_e7: 0,
            });
        }
        Way::Plain => StepPath::Plain,
        Way::Flash => StepPath::Flash,
    };
    let mut step = target.system.step(path, action.sell, action.repay);
    (step.collateral, step.debt) = (collateral, debt);
    vault.rebalance(keeper, &step)
}

fn client_report(report: &StepReport) -> value::StepReport {
    value::StepReport {
        sold: report.sold,
        repaid: report.repaid,
        proceeds: report.proceeds,
        reward: report.reward,
        reserve_spent: report.reserve_spent,
        risk_before_e7: report.risk_before_e7,
        risk_after_e7: report.risk_after_e7,
    }
}

/// Every choice of the keeper is accepted by the contracts at the same ledger and leaves it what was
/// estimated: of fills to the last digit, of swaps but for the venue's own rounding.
#[test]
fn decide_chooses_what_the_contracts_accept_in_random_states() {
    for (seed, field) in [(5, Field::single_calm(|_| {})), (6, Field::double_calm())] {
        let lab = Lab::new(field);
        let target = &lab.field.target;
        let (chain, market) = (target.chain(), &target.system.market);
        let trader = market.trader("arbitrageur", WEALTH, WEALTH);
        let start = chain.snapshot();
        let mut dice = Dice(seed);
        let (mut wrong, mut seen) = (vec![], BTreeMap::new());
        for state in 0..120 {
            chain.restore(&start);
            if lab.randomize(&mut dice).is_none() {
                continue;
            }
            let price = market
                .oracle
                .last_price(market.xlm.address())
                .ok()
                .flatten();
            let price = price.map_or(0.3, |price| price.price.max(1) as f64 / 1e14);
            let off = dice.between(960, 1_010) as f64 / 1_000.0;
            market
                .amm
                .move_price(&trader, (price * off).max(0.05))
                .expect("it trades");
            let sponsor = match dice.percent(50) {
                true => Sponsor::All,
                false => Sponsor::None,
            };
            let settings = Settings {
                sponsor,
                ..Settings::default()
            };
            let available = dice.magnitude(100_0000000, 100_000_0000000);
            let keepers = KeepersView::read(target, Some(&lab.second));
            let before = chain.snapshot();
            let actions = match keepers.choices(&settings, available) {
                Ok(actions) => actions,
                Err(hold) => {
                    *seen.entry(hold.name()).or_insert(0) += 1;
                    continue;
                }
            };
            for action in actions {
                chain.restore(&before);
                *seen.entry(action.way.name()).or_insert(0) += 1;
                let judged = act(target, &action).map(|report| {
                    let fee = ballast_keeper::strategy::TYPICAL_RESOURCE_FEE
                        + i64::from(action.inclusion_fee);
                    judge(
                        &settings,
                        &keepers.market,
                        &action,
                        &client_report(&report),
                        fee,
                    )
                });
                let near = match &judged {
                    Ok(Ok(profit)) => {
                        let off = (profit - action.profit_value).abs();
                        off <= profit.abs() / 1_000 + 10i128.pow(11)
                    }
                    _ => false,
                };
                if !near {
                    wrong.push(format!("state {state}: {action:?}: {judged:?}"));
                }
            }
        }
        println!("{seen:#?}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for way in ["fill", "plain", "flash", "clear"] {
            assert!(
                seed == 6 || seen.contains_key(way),
                "never {way}: {seen:#?}"
            );
        }
    }
}
