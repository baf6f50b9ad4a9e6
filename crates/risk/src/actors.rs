//! Who acts besides the borrowers, who do nothing: arbitrageur, liquidator and keeper. On either
//! engine they are these.
//!
//! All of them know the market's price. None of them knows the future.

use crate::{
    ledger::{Ledger, Quote, Trader, USDC, XLM},
    outcome::{Sale, Twin, Way, What},
    pool::code,
    settings::{KeeperSells, Settings},
    start::{oracle_price, tokens},
    world::World,
};
use ballast_chain::{amm, CallError};
use ballast_core::{
    auction::{rescue_terms, RescueTerms, STALE_LEDGERS},
    check::Path as CorePath,
    fixed::{mul_div_ceil, ONE_E12, ONE_E7},
    health::{Position, Totals},
    plan::{plan_step, Outlook},
    policy::Policy,
    reserve::reserve_to_spend,
    Refusal,
};
use ballast_interfaces::error::VaultError;

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
/// The filler repays this much more than it took over (the pool refunds the rest), 7 decimals.
const REPAY_HEADROOM_E7: i128 = 10_000;
/// Steps decided and executed within one ledger, at most (with a delay of zero).
const MOST_STEPS_A_LEDGER: u32 = 20;

/// Trades on the AMM while it is off the market's price by more than its fee and the trade pays for
/// itself.
pub fn arbitrage<L: Ledger>(world: &mut World<'_, L>) -> Result<(), CallError> {
    let price = world.market_usd;
    loop {
        let (low, high) = world.amm_rests();
        if (low..=high).contains(&price) {
            return Ok(());
        }
        let Some((token, amount)) = amm::arbitrage(world.amm, price, world.amm_fee) else {
            return Ok(());
        };
        let reserves = [world.amm[token], world.amm[1 - token]];
        let (paid, got) = (
            tokens(amount),
            tokens(amm::quote(reserves, amount, world.amm_fee)),
        );
        let gain = if token == XLM {
            got - paid * price
        } else {
            got * price - paid
        };
        if gain <= ARBITRAGE_FEE_USD {
            return Ok(());
        }
        world.swap(Trader::Arbitrageur, token, amount)?;
    }
}

/// Prices of XLM between which no trade on an AMM with these reserves pays for itself.
///
/// With the AMM's price `p = y / x`, `k = 1 - fee` and the best trade, which brings the price less
/// the fee to the market's `m`: selling XLM gains `y * (1 - 1/s)^2` with `s^2 = p * k / m`, buying it
/// gains `y * (s - 1)^2 / k` with `s^2 = m * k / p`. Solved for `m` at a gain a little below the
/// network's fee; what is rounded off a trade only lowers its gain.
pub fn arbitrage_rests([first, second]: [i128; 2], fee: i128) -> (f64, f64) {
    let (first, second) = (tokens(first), tokens(second));
    let kept = 1.0 - fee as f64 / 1e7;
    let price = second / first;
    let gain = (0.99 * ARBITRAGE_FEE_USD - 1e-15 * second).max(0.0);
    let sells = 1.0 - (gain / second).sqrt().min(1.0);
    let buys = 1.0 + (gain * kept / second).sqrt();
    (price * kept * sells * sells, price / kept * buys * buys)
}

/// Opens an auction as soon as the pool lets it, and fills it at the first ledger at which the lot is
/// worth the bid and the margin at the market's price.
pub fn liquidate<L: Ledger>(
    world: &mut World<'_, L>,
    settings: &Settings,
    twin: Twin,
) -> Result<(), CallError> {
    loop {
        if let Some(auction) = &world.twins[twin as usize].holdings.auction {
            let ledger = world.ledger.sequence();
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
            world.ledger.delete_auction(twin)?;
            world.read_twin(twin);
            world.note(twin, |_| What::Deleted);
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
fn open<L: Ledger>(world: &mut World<'_, L>, twin: Twin) -> Result<bool, CallError> {
    world.read_rates();
    let totals = world.totals(&world.pool_position(twin));
    let (assets, debt) = (totals.collateral_base as f64, totals.liability_base as f64);
    let factor = assets / totals.collateral_value as f64;
    let inverse = debt / totals.debt_value as f64;
    let incentive = 1.0 + (1.0 - factor / inverse) / 2.0;
    let repaid = (debt * HEALTH_AFTER_LIQUIDATION - assets)
        / (inverse * HEALTH_AFTER_LIQUIDATION - factor * incentive);
    let share = (repaid / totals.debt_value as f64 * 100.0).round();

    let risk_e7 = totals.risk_ratio_e7_ceil();
    let (mut low, mut high) = (1, 100);
    let mut percent = if share.is_finite() {
        share.clamp(1.0, 100.0) as u32
    } else {
        100
    };
    while low <= high {
        match world.ledger.open_auction(twin, percent) {
            Ok(()) => {
                world.read_twin(twin);
                world.twins[twin as usize].opened += 1;
                world.note(twin, |_| What::Opened { percent, risk_e7 });
                return Ok(true);
            }
            Err(CallError::Contract(code::LIQUIDATION_TOO_LARGE)) => high = percent - 1,
            Err(CallError::Contract(code::LIQUIDATION_TOO_SMALL)) => low = percent + 1,
            // No longer liquidatable to the last digit.
            Err(CallError::Contract(_)) => return Ok(false),
            Err(error) => return Err(error),
        }
        percent = (low + high) / 2;
    }
    Ok(false)
}

/// Fills the whole auction, repays the debt taken over and withdraws the collateral, in one call.
fn fill<L: Ledger>(world: &mut World<'_, L>, twin: Twin, age: u32) -> Result<(), CallError> {
    world.read_rates();
    let before = world.pool_position(twin);
    let auction = world.twins[twin as usize].holdings.auction.as_ref();
    let bid_d_tokens = mul_div_ceil(
        auction.expect("there is one to fill").legs[USDC].bid_d_tokens,
        ballast_core::auction::bid_modifier_e7(age),
        ONE_E7,
    );
    let d_rate = before.legs[USDC].d_rate_e12;
    let owed = bid_d_tokens
        .and_then(|shares| mul_div_ceil(shares, d_rate, ONE_E12))
        .and_then(|owed| mul_div_ceil(owed, ONE_E7 + REPAY_HEADROOM_E7, ONE_E7))
        .expect("amounts of a pool");
    world.ledger.fill_auction(twin, owed)?;
    world.read_twin(twin);
    let after = &world.twins[twin as usize].holdings;
    let lot = before.legs[XLM].b_tokens - after.b_tokens;
    let bid = before.legs[USDC].d_tokens - after.d_tokens;
    let sale = Sale {
        sold_xlm: tokens(lot) * before.legs[XLM].b_rate_e12 as f64 / ONE_E12 as f64,
        for_usdc: tokens(bid) * d_rate as f64 / ONE_E12 as f64,
        price_usd: world.market_usd,
    };
    world.twins[twin as usize].fills += 1;
    world.sold(twin, &sale);
    world.note(twin, |world| What::Filled {
        age,
        sale,
        risk_after_e7: world.risk_e7(twin),
    });
    Ok(())
}

/// A step that the keeper has signed.
struct Pending {
    due_ledger: u32,
    way: Way,
    quote: Quote,
}

/// The keeper: decides on the state of one ledger and executes some ledgers later what it decided. It
/// decides anew when that is done.
#[derive(Default)]
pub struct Keeper {
    pending: Option<Pending>,
    prospect: Option<Prospect>,
}

/// What the core says of steps, however the market stands: kept until something changes that it
/// depends on.
struct Prospect {
    version: u64,
    /// The policy in force.
    policy: Policy,
    position: Position,
    totals: Totals,
    /// Whether the position is at its soft threshold or beyond.
    at_risk: bool,
    /// Steps for each way that would be granted.
    plans: Option<Plans>,
}

/// Steps that would be granted at these terms, for each way.
struct Plans {
    rescue: Option<RescueTerms>,
    /// First ledger at which the window of sales is another one.
    until_ledger: u32,
    quotes: [Option<Quote>; 3],
}

impl Keeper {
    /// Whether a step waits for its ledger.
    pub fn waits(&self) -> bool {
        self.pending.is_some()
    }

    /// What the keeper does in this ledger.
    pub fn act<L: Ledger>(
        &mut self,
        world: &mut World<'_, L>,
        settings: &Settings,
    ) -> Result<(), CallError> {
        for _ in 0..MOST_STEPS_A_LEDGER {
            let ledger = world.ledger.sequence();
            match self.pending.take() {
                Some(pending) if ledger < pending.due_ledger => {
                    self.pending = Some(pending);
                    return Ok(());
                }
                Some(pending) => execute(world, settings, &pending)?,
                None => {}
            }
            let Some((way, quote)) = self.decide(world, settings) else {
                return Ok(());
            };
            let due_ledger = ledger + settings.keeper_delay_ledgers;
            self.pending = Some(Pending {
                due_ledger,
                way,
                quote,
            });
        }
        Ok(())
    }

    /// The step that pays best now, if one does. The contracts are asked only if the core, on what
    /// is known here, says that a step would be granted and would pay.
    fn decide<L: Ledger>(
        &mut self,
        world: &World<'_, L>,
        settings: &Settings,
    ) -> Option<(Way, Quote)> {
        let plans = self.plans(world, settings)?;
        let mut best: Option<(f64, Way, Quote)> = None;
        for way in Way::ALL {
            let planned = plans[way as usize]
                .and_then(|plan| profit_usd(world, settings, way, &plan))
                .is_some_and(|usd| usd > 0.0);
            if !planned {
                continue;
            }
            let Ok(quote) = world.ledger.quote(way) else {
                continue;
            };
            let Some(profit) = profit_usd(world, settings, way, &quote).filter(|usd| *usd > 0.0)
            else {
                continue;
            };
            if best.as_ref().is_none_or(|(held, ..)| profit > *held) {
                best = Some((profit, way, quote));
            }
        }
        best.map(|(_, way, quote)| (way, quote))
    }

    /// The steps that the core says would be granted now; `None` where it says that none would.
    fn plans<L: Ledger>(
        &mut self,
        world: &World<'_, L>,
        settings: &Settings,
    ) -> Option<[Option<Quote>; 3]> {
        if self
            .prospect
            .as_ref()
            .is_none_or(|known| known.version != world.version)
        {
            self.prospect = Some(Prospect::new(world, settings));
        }
        self.prospect.as_mut()?.plans_now(world)
    }
}

impl Prospect {
    fn new<L: Ledger>(world: &World<'_, L>, settings: &Settings) -> Self {
        let position = world.pool_position(Twin::Vault);
        let totals = world.totals(&position);
        let policy = world
            .rounds
            .policy_in_force(&settings.policy, &position, world.now);
        Self {
            version: world.version,
            at_risk: totals.liability_base > 0
                && totals.risk_ratio_e7_ceil() >= i128::from(policy.soft_e7),
            policy,
            totals,
            position,
            plans: None,
        }
    }

    /// See [`Keeper::plans`]. The ledger's number decides on the terms of a rescue and on the window.
    fn plans_now<L: Ledger>(&mut self, world: &World<'_, L>) -> Option<[Option<Quote>; 3]> {
        if !self.at_risk {
            return None;
        }
        let (policy, ledger) = (&self.policy, world.ledger.sequence());
        let auction = &world.twins[Twin::Vault as usize].holdings.auction;
        let rescue = match auction {
            Some(auction) => Some(rescue_terms(policy, &self.position, auction, ledger).ok()?),
            None => None,
        };
        if let Some(known) = &self.plans {
            if known.rescue == rescue && ledger < known.until_ledger {
                return Some(known.quotes);
            }
        }
        let quotes = self.plan(world, rescue).unwrap_or_default();
        // Without a running window a new one would begin in any ledger, and be the same in all.
        let end = world
            .window
            .start_ledger
            .saturating_add(policy.window_ledgers);
        let running = world.window.budget_value > 0 && ledger < end;
        self.plans = Some(Plans {
            rescue,
            until_ledger: if running { end } else { u32::MAX },
            quotes,
        });
        Some(quotes)
    }

    /// Plans as the lens does: the reserve first, whose repayment leaves the auction, then the sale.
    fn plan<L: Ledger>(
        &self,
        world: &World<'_, L>,
        mut rescue: Option<RescueTerms>,
    ) -> Result<[Option<Quote>; 3], Refusal> {
        let (policy, ledger) = (&self.policy, world.ledger.sequence());
        let idle = world.twins[Twin::Vault as usize].holdings.idle[USDC];
        let (mut position, mut totals) = (self.position.clone(), self.totals);
        let reserve = reserve_to_spend(policy, &position, &totals, USDC, idle, rescue.is_some())?;
        if reserve > 0 {
            rescue = None;
            position.legs[USDC].repay(reserve)?;
            totals = position.totals()?;
            if totals.risk_ratio_e7_ceil() < i128::from(policy.soft_e7) {
                // Nothing is left to sell for, and nobody is paid for spending the reserve.
                return Ok([None; 3]);
            }
        }
        let outlook = Outlook {
            policy,
            position: &position,
            sources: &world.rounds.sources(policy, world.now),
            budget_left_value: world.window.at(ledger, policy, &totals)?.left_value(),
            min_collateral: 0,
            rescue,
        };
        Ok(Way::ALL.map(|way| {
            let path = match way {
                Way::Fill => CorePath::Fill,
                Way::Plain => CorePath::Plain,
                Way::Flash => CorePath::Flash,
            };
            let plan = plan_step(&outlook, path).ok()?;
            Some(Quote {
                sell: plan.proposal.sell,
                repay: plan.proposal.repay,
                largest_reward: plan.approved.largest_reward,
            })
        }))
    }
}

/// What a step brings the keeper after all costs at present prices, USD, if it can be executed.
fn profit_usd<L: Ledger>(
    world: &World<'_, L>,
    settings: &Settings,
    way: Way,
    quote: &Quote,
) -> Option<f64> {
    match way {
        Way::Fill => {
            let sold = resale(world, settings, quote.sell)?.usd();
            Some(sold - tokens(quote.repay) - STEP_FEE_USD)
        }
        Way::Plain | Way::Flash => {
            let proceeds = world.amm_pays(quote.sell)?;
            let reward = (proceeds - quote.repay).min(quote.largest_reward);
            (proceeds >= quote.repay).then(|| tokens(reward) - STEP_FEE_USD)
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

fn resale<L: Ledger>(world: &World<'_, L>, settings: &Settings, xlm: i128) -> Option<Resale> {
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

fn execute<L: Ledger>(
    world: &mut World<'_, L>,
    settings: &Settings,
    pending: &Pending,
) -> Result<(), CallError> {
    let Pending { way, quote, .. } = pending;
    let way = *way;
    let ledger = world.ledger.sequence();
    let auction = &world.twins[Twin::Vault as usize].holdings.auction;
    let rescue = auction.as_ref().map(|auction| auction.age(ledger));
    let done = match world.ledger.step(way, quote.sell, quote.repay) {
        Ok(done) => done,
        Err(error) => {
            world.twins[Twin::Vault as usize].refused += 1;
            world.note(Twin::Vault, |_| What::Refused {
                way,
                why: vaults_words(&error),
            });
            return Ok(());
        }
    };
    let (owners, keeper_profit_usd) = match way {
        Way::Fill => {
            let resale = resale(world, settings, done.sold);
            if let Some(Resale::Amm(_)) = resale {
                world.swap(Trader::Keeper, XLM, done.sold)?;
            }
            let sold = resale.map_or(0.0, |resale| resale.usd());
            (done.repaid, sold - tokens(done.repaid) - STEP_FEE_USD)
        }
        Way::Plain | Way::Flash => {
            world.swapped(XLM, done.sold, done.proceeds);
            (
                done.proceeds - done.reward,
                tokens(done.reward) - STEP_FEE_USD,
            )
        }
    };
    world.read_twin(Twin::Vault);
    let sale = Sale {
        sold_xlm: tokens(done.sold),
        for_usdc: tokens(owners),
        price_usd: world.market_usd,
    };
    let state = &mut world.twins[Twin::Vault as usize];
    state.steps += 1;
    state.rescues += u32::from(rescue.is_some());
    world.sold(Twin::Vault, &sale);
    world.note(Twin::Vault, |_| What::Stepped {
        way,
        rescue,
        sale,
        keeper_profit_usd,
        risk_before_e7: done.risk_before_e7,
        risk_after_e7: done.risk_after_e7,
    });
    Ok(())
}
