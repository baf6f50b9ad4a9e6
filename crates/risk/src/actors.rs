//! Who acts besides the borrowers, who do nothing: arbitrageur, liquidator and keeper.
//!
//! All of them know the market's price. None of them knows the future.

use crate::{
    outcome::{Sale, Twin, Way, What},
    settings::{KeeperSells, Settings},
    world::{oracle_price, tokens, World, USDC, XLM},
};
use ballast_chain::{amm, blend::request, CallError};
use ballast_core::{
    auction::{rescue_terms, STALE_LEDGERS},
    check::Path as CorePath,
    fixed::{mul_div_ceil, ONE_E12, ONE_E7},
    plan::{plan_step, Outlook},
    reserve::reserve_to_spend,
};
use ballast_interfaces::{
    error::VaultError,
    lens::StepQuote,
    vault::{Path, Step},
};

/// What a swap costs the arbitrageur in network fees, USD: 0.02 XLM at 0.40. In dollars, because the
/// bars may be those of another asset.
const ARBITRAGE_FEE_USD: f64 = 0.008;
/// What a step costs the keeper in network fees, USD: 0.25 XLM at 0.40, which covers a step that extends
/// the lives of the entries that it writes.
const STEP_FEE_USD: f64 = 0.10;
/// What the keeper loses on a sale at the market instead of at the AMM, share of its value: a
/// centralised exchange's fee for takers.
const MARKET_SALE_COST: f64 = 0.0010;
/// Health factor that the liquidator's percent aims at: that of a widely run bot.
const HEALTH_AFTER_LIQUIDATION: f64 = 1.06;
/// Errors of the pool: the percent is too large, or too small.
const LIQUIDATION_TOO_LARGE: u32 = 1213;
const LIQUIDATION_TOO_SMALL: u32 = 1214;
/// The filler repays this much more than it took over (the pool refunds the rest), 7 decimals.
const REPAY_HEADROOM_E7: i128 = 10_000;
/// More than any position holds: the pool pays out what there is.
const EVERYTHING: i128 = i64::MAX as i128;
/// Steps decided and executed within one ledger, at most (with a delay of zero).
const MOST_STEPS_A_LEDGER: u32 = 20;

/// Trades on the AMM while it is off the market's price by more than its fee and the trade pays for
/// itself.
pub fn arbitrage(world: &mut World) -> Result<(), CallError> {
    let fee = world.market().amm.fee();
    while let Some((token, amount)) = amm::arbitrage(world.amm, world.market_usd, fee) {
        let (paid, got) = (tokens(amount), {
            let reserves = [world.amm[token], world.amm[1 - token]];
            tokens(amm::quote(reserves, amount, fee))
        });
        let price = world.market_usd;
        let gain = if token == XLM {
            got - paid * price
        } else {
            got * price - paid
        };
        if gain <= ARBITRAGE_FEE_USD {
            break;
        }
        swap(world, token, amount, Trader::Arbitrageur)?;
    }
    Ok(())
}

enum Trader {
    Arbitrageur,
    Keeper,
}

fn swap(world: &mut World, token: usize, amount: i128, trader: Trader) -> Result<i128, CallError> {
    let market = world.market();
    let account = match trader {
        Trader::Arbitrageur => &world.arbitrageur,
        Trader::Keeper => &world.keeper,
    };
    let address = if token == XLM {
        market.xlm.address()
    } else {
        market.usdc.address()
    };
    let got = market.amm.swap(account, address, amount, 0)?;
    world.amm[token] += amount;
    world.amm[1 - token] -= got;
    Ok(got)
}

/// Opens an auction as soon as the pool lets it, and fills it at the first ledger at which the lot is
/// worth the bid and the margin at the market's price.
pub fn liquidate(world: &mut World, settings: &Settings, twin: Twin) -> Result<(), CallError> {
    loop {
        if let Some(auction) = world.twins[twin as usize].auction.clone() {
            let ledger = world.chain().sequence();
            if ledger < auction.start_ledger {
                return Ok(());
            }
            let age = auction.age(ledger);
            let at_market = world.twin_position(twin, oracle_price(world.market_usd));
            let terms = auction
                .fill_terms(&at_market, age)
                .expect("amounts of a pool");
            let asked = terms.bid_value as f64 * (1.0 + settings.filler_margin());
            if terms.lot_value > 0 && terms.lot_value as f64 >= asked {
                fill(world, twin, age)?;
                continue;
            }
            if age < STALE_LEDGERS {
                return Ok(());
            }
            let user = world.twins[twin as usize].user.clone();
            world.market().pool.delete_stale_auction(&user)?;
            world.read_twin(twin);
            world.note(twin, What::Deleted);
            continue;
        }
        if world.twins[twin as usize].looked {
            return Ok(());
        }
        world.twins[twin as usize].looked = true;
        if world.risk_e7(twin) <= ONE_E7 || !open(world, twin)? {
            return Ok(());
        }
    }
}

/// Whether the pool let an auction be opened. The percent is searched for as bots do: first the one
/// that aims at [`HEALTH_AFTER_LIQUIDATION`], then by what the pool says is too large or too small.
fn open(world: &mut World, twin: Twin) -> Result<bool, CallError> {
    world.read_rates();
    let totals = world.totals(&world.pool_position(twin));
    let (assets, debt) = (totals.collateral_base as f64, totals.liability_base as f64);
    let factor = assets / totals.collateral_value as f64;
    let inverse = debt / totals.debt_value as f64;
    let incentive = 1.0 + (1.0 - factor / inverse) / 2.0;
    let repaid = (debt * HEALTH_AFTER_LIQUIDATION - assets)
        / (inverse * HEALTH_AFTER_LIQUIDATION - factor * incentive);
    let share = (repaid / totals.debt_value as f64 * 100.0).round();

    let user = world.twins[twin as usize].user.clone();
    let risk_e7 = totals.risk_ratio_e7_ceil();
    let (mut low, mut high) = (1, 100);
    let mut percent = if share.is_finite() {
        share.clamp(1.0, 100.0) as u32
    } else {
        100
    };
    while low <= high {
        let market = world.market();
        let (bid, lot) = ([market.usdc.address()], [market.xlm.address()]);
        match market.pool.new_auction(&user, &bid, &lot, percent) {
            Ok(_) => {
                world.read_twin(twin);
                world.note(twin, What::Opened { percent, risk_e7 });
                return Ok(true);
            }
            Err(CallError::Contract(LIQUIDATION_TOO_LARGE)) => high = percent - 1,
            Err(CallError::Contract(LIQUIDATION_TOO_SMALL)) => low = percent + 1,
            // No longer liquidatable to the last digit.
            Err(CallError::Contract(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
        percent = (low + high) / 2;
    }
    Ok(false)
}

/// Fills the whole auction, repays the debt taken over and withdraws the collateral, in one call.
fn fill(world: &mut World, twin: Twin, age: u32) -> Result<(), CallError> {
    world.read_rates();
    let before = world.twin_position(twin, world.round);
    let market = world.market();
    let auction = world.twins[twin as usize]
        .auction
        .as_ref()
        .expect("there is one to fill");
    let bid_d_tokens = mul_div_ceil(
        auction.legs[USDC].bid_d_tokens,
        ballast_core::auction::bid_modifier_e7(age),
        ONE_E7,
    );
    let d_rate = before.legs[USDC].d_rate_e12;
    let owed = bid_d_tokens
        .and_then(|shares| mul_div_ceil(shares, d_rate, ONE_E12))
        .and_then(|owed| mul_div_ceil(owed, ONE_E7 + REPAY_HEADROOM_E7, ONE_E7))
        .expect("amounts of a pool");
    let mut then = Vec::new();
    if owed > 0 {
        then.push(request(request::REPAY, market.usdc.address(), owed));
    }
    then.push(request(
        request::WITHDRAW_COLLATERAL,
        market.xlm.address(),
        EVERYTHING,
    ));
    let user = &world.twins[twin as usize].user;
    market
        .pool
        .fill_auction(&world.liquidator, user, 100, &then)?;
    world.read_twin(twin);
    let after = &world.twins[twin as usize];
    let lot = before.legs[XLM].b_tokens - after.b_tokens;
    let bid = before.legs[USDC].d_tokens - after.d_tokens;
    let sale = Sale {
        sold_xlm: tokens(lot) * before.legs[XLM].b_rate_e12 as f64 / ONE_E12 as f64,
        for_usdc: tokens(bid) * d_rate as f64 / ONE_E12 as f64,
        price_usd: world.market_usd,
    };
    let state = &mut world.twins[twin as usize];
    state.fills += 1;
    state.sales.push(sale);
    let risk_after_e7 = world.risk_e7(twin);
    world.note(
        twin,
        What::Filled {
            age,
            sale,
            risk_after_e7,
        },
    );
    Ok(())
}

/// A step that the keeper has signed.
pub struct Pending {
    due_ledger: u32,
    way: Way,
    step: Step,
}

/// The keeper: decides on the state of one ledger and executes some ledgers later what it decided. It
/// decides anew when that is done.
#[derive(Default)]
pub struct Keeper {
    pending: Option<Pending>,
}

impl Keeper {
    /// What the keeper does in this ledger.
    pub fn act(&mut self, world: &mut World, settings: &Settings) -> Result<(), CallError> {
        for _ in 0..MOST_STEPS_A_LEDGER {
            let ledger = world.chain().sequence();
            match self.pending.take() {
                Some(pending) if ledger < pending.due_ledger => {
                    self.pending = Some(pending);
                    return Ok(());
                }
                Some(pending) => execute(world, settings, &pending)?,
                None => {}
            }
            let Some((way, step)) = decide(world, settings) else {
                return Ok(());
            };
            let due_ledger = ledger + settings.keeper_delay_ledgers;
            self.pending = Some(Pending {
                due_ledger,
                way,
                step,
            });
        }
        Ok(())
    }
}

/// The step that pays best now, if one does. The contracts are asked only if the core, on what is
/// known here, says that a step would be granted and would pay.
fn decide(world: &World, settings: &Settings) -> Option<(Way, Step)> {
    let position = world.pool_position(Twin::Vault);
    let totals = world.totals(&position);
    let policy = &settings.policy;
    if totals.liability_base == 0 || totals.risk_ratio_e7_ceil() < i128::from(policy.soft_e7) {
        return None;
    }
    let state = &world.twins[Twin::Vault as usize];
    let ledger = world.chain().sequence();
    let rescue = match &state.auction {
        Some(auction) => Some(rescue_terms(policy, &position, auction, ledger).ok()?),
        None => None,
    };
    let reserve = reserve_to_spend(
        policy,
        &position,
        &totals,
        USDC,
        state.idle[USDC],
        rescue.is_some(),
    );
    let sources = world.sources(policy.use_previous_round);
    let window = world.window.at(ledger, policy, &totals).ok()?;
    let outlook = Outlook {
        policy,
        position: &position,
        sources: &sources,
        budget_left_value: window.left_value(),
        min_collateral: 0,
        rescue,
    };
    let mut best: Option<(f64, Way, Step)> = None;
    for way in [Way::Fill, Way::Plain, Way::Flash] {
        let (core_path, path) = match way {
            Way::Fill => (CorePath::Fill, None),
            Way::Plain => (CorePath::Plain, Some(Path::Plain)),
            Way::Flash => (CorePath::Flash, Some(Path::Flash)),
        };
        // With a reserve to spend first, only the contract knows.
        if reserve == Ok(0) {
            let Ok(plan) = plan_step(&outlook, core_path) else {
                continue;
            };
            let (sell, repay) = (plan.proposal.sell, plan.proposal.repay);
            let profit = profit_usd(
                world,
                settings,
                way,
                sell,
                repay,
                plan.approved.largest_reward,
            );
            if profit.is_none_or(|profit| profit <= 0.0) {
                continue;
            }
        }
        let quote: Result<StepQuote, CallError> = match path {
            None => world.vault.quote_fill(),
            Some(path) => world.system.quote_rebalance(&world.vault, path),
        };
        let Ok(quote) = quote else { continue };
        let (sell, repay) = (quote.step.sell, quote.step.min_proceeds);
        let profit = profit_usd(world, settings, way, sell, repay, quote.largest_reward);
        let Some(profit) = profit.filter(|profit| *profit > 0.0) else {
            continue;
        };
        if best.as_ref().is_none_or(|(held, ..)| profit > *held) {
            best = Some((profit, way, quote.step));
        }
    }
    best.map(|(_, way, step)| (way, step))
}

/// What a step brings the keeper after all costs at present prices, USD, if it can be executed.
fn profit_usd(
    world: &World,
    settings: &Settings,
    way: Way,
    sell: i128,
    repay: i128,
    largest_reward: i128,
) -> Option<f64> {
    match way {
        Way::Fill => Some(resale(world, settings, sell)?.usd() - tokens(repay) - STEP_FEE_USD),
        Way::Plain | Way::Flash => {
            let proceeds = world.amm_pays(sell)?;
            let reward = (proceeds - repay).min(largest_reward);
            (proceeds >= repay).then(|| tokens(reward) - STEP_FEE_USD)
        }
    }
}

/// How the keeper sells what a fill brought.
enum Resale {
    Amm(f64),
    Market(f64),
}

impl Resale {
    fn usd(&self) -> f64 {
        match self {
            Resale::Amm(usd) | Resale::Market(usd) => *usd,
        }
    }
}

fn resale(world: &World, settings: &Settings, xlm: i128) -> Option<Resale> {
    let amm = world.amm_pays(xlm).map(|usdc| Resale::Amm(tokens(usdc)));
    let market = match settings.keeper_sells {
        KeeperSells::Amm => None,
        KeeperSells::Best => Some(Resale::Market(
            tokens(xlm) * world.market_usd * (1.0 - MARKET_SALE_COST),
        )),
    };
    match (amm, market) {
        (Some(amm), Some(market)) if amm.usd() < market.usd() => Some(market),
        (None, market) => market,
        (amm, _) => amm,
    }
}

/// A refusal by its name.
fn vaults_words(error: &CallError) -> String {
    let named = error
        .code()
        .and_then(|code| VaultError::try_from(soroban_sdk::Error::from_contract_error(code)).ok());
    named.map_or_else(|| error.to_string(), |named| format!("{named:?}"))
}

fn execute(world: &mut World, settings: &Settings, pending: &Pending) -> Result<(), CallError> {
    let Pending { way, step, .. } = pending;
    let way = *way;
    let state = &world.twins[Twin::Vault as usize];
    let ledger = world.chain().sequence();
    let rescue = state.auction.as_ref().map(|auction| auction.age(ledger));
    let keeper = &world.keeper;
    let done = match way {
        Way::Fill => {
            let (collateral, debt) = (&step.collateral, &step.debt);
            world
                .vault
                .fill(keeper, collateral, debt, step.min_proceeds, step.sell)
        }
        Way::Plain | Way::Flash => world.vault.rebalance(keeper, step),
    };
    let report = match done {
        Ok(report) => report,
        Err(error) => {
            world.note(
                Twin::Vault,
                What::Refused {
                    way,
                    why: vaults_words(&error),
                },
            );
            return Ok(());
        }
    };
    let (owners, keeper_profit_usd) = match way {
        Way::Fill => {
            let resale = resale(world, settings, report.sold);
            if let Some(Resale::Amm(_)) = resale {
                swap(world, XLM, report.sold, Trader::Keeper)?;
            }
            let sold = resale.map_or(0.0, |resale| resale.usd());
            (report.repaid, sold - tokens(report.repaid) - STEP_FEE_USD)
        }
        Way::Plain | Way::Flash => {
            world.amm[XLM] += report.sold;
            world.amm[USDC] -= report.proceeds;
            (
                report.proceeds - report.reward,
                tokens(report.reward) - STEP_FEE_USD,
            )
        }
    };
    world.read_twin(Twin::Vault);
    let price_usd = world.market_usd;
    let sale = Sale {
        sold_xlm: tokens(report.sold),
        for_usdc: tokens(owners),
        price_usd,
    };
    let state = &mut world.twins[Twin::Vault as usize];
    state.steps += 1;
    state.rescues += u32::from(rescue.is_some());
    state.sales.push(sale);
    world.note(
        Twin::Vault,
        What::Stepped {
            way,
            rescue,
            sale,
            keeper_profit_usd,
            risk_before_e7: report.risk_before_e7,
            risk_after_e7: report.risk_after_e7,
        },
    );
    Ok(())
}
