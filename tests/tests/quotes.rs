//! At one ledger state, what the lens quotes is accepted by the call that it quotes, or the quote
//! gives the call's error; and the core's plan on what pool and oracle say is the quote, as is the
//! keeper's on what it would have read.

use crate::attack::{Dice, View};
use crate::keeper_plans::{planned_alike, KeepersView};
use crate::rescue::Field;
use crate::support::{assert_vault_error, Scene, WEALTH};
use ballast_chain::blend::request;
use ballast_chain::market::{ONE, USD};
use ballast_chain::oracle::RESOLUTION_SECONDS;
use ballast_chain::system::POLICY;
use ballast_chain::{Asset, CallError, Oracle, Override, PriceData};
use ballast_core::auction::rescue_terms;
use ballast_core::check::{Path as CorePath, Proposal};
use ballast_core::fixed::ONE_E7;
use ballast_core::health::Position;
use ballast_core::plan::{plan_step_repaying, Outlook};
use ballast_core::policy::Policy;
use ballast_core::price::{floor_ratio, Floor, SourcePrices};
use ballast_core::reserve::reserve_to_spend;
use ballast_core::volatility::{policy_in_force, Round, VOLATILITY_ROUNDS};
use ballast_core::window::Window;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, StepReport, VaultPolicy};
use soroban_sdk::{Address, Map};
use std::collections::BTreeMap;

const PATHS: [CorePath; 3] = [CorePath::Fill, CorePath::Plain, CorePath::Flash];
/// Errors that do not depend on the proposal.
const OF_THE_STATE: [VaultError; 7] = [
    VaultError::AutomationOff,
    VaultError::PriceMissing,
    VaultError::PriceStale,
    VaultError::InvalidPrice,
    VaultError::NotAtRisk,
    VaultError::NoDebt,
    VaultError::RescueTooEarly,
];
/// Errors that depend on the pair alone.
const OF_THE_PAIR: [VaultError; 2] = [
    VaultError::SecondOracleUnavailable,
    VaultError::PriceDiverges,
];
/// Errors of the pool, which a proposal that passes the check meets.
const OF_THE_POOL: [VaultError; 2] = [VaultError::PoolStatusForbids, VaultError::NoPoolLiquidity];

/// A field with a second oracle, which policies may name.
pub struct Lab {
    pub field: Field,
    pub second: Oracle,
    /// Whether policies move their thresholds with volatility.
    volatile: bool,
}

impl Lab {
    pub fn new(field: Field) -> Self {
        let assets = field.target.system.market.pool.reserve_list();
        let assets: Vec<_> = assets.iter().collect();
        let second = Oracle::deploy(field.target.chain(), "second oracle", &assets);
        Self {
            field,
            second,
            volatile: false,
        }
    }

    /// A policy's own thresholds move, and the price has moved before.
    fn volatile(field: Field) -> Self {
        Self {
            volatile: true,
            ..Self::new(field)
        }
    }

    fn random_policy(&self, dice: &mut Dice) -> VaultPolicy {
        let target = dice.between(7_500_000, 9_000_000) as u32;
        let soft = target + dice.between(100_000, 500_000) as u32;
        let hard = soft + dice.between(50_000, 500_000) as u32;
        let [low, high] = [(); 2].map(|()| dice.between(100_000, 10_000_000) as u32);
        let [least, most] = [(); 2].map(|()| dice.magnitude(10_000, 1_000_000) as u32);
        let rescue = dice.between(i128::from(target) + 1, 9_900_000);
        let core = Policy {
            target_e7: target,
            soft_e7: soft,
            hard_e7: hard.min(10_000_000),
            step_min_e7: low.min(high),
            step_max_e7: low.max(high),
            discount_min_e7: least.min(most),
            discount_max_e7: least.max(most),
            sold_budget_e7: dice.magnitude(500_000, 30_000_000) as u32,
            window_ledgers: dice.between(1, 400) as u32,
            max_cost_of_equity_e7: dice.magnitude(100_000, 10_000_000) as u32,
            use_previous_round: dice.percent(50),
            reserve_first: dice.percent(70),
            dust_reserve_e7: dice.magnitude(1, 1_000_000) as u32,
            rescue_target_e7: rescue as u32,
            rescue_window_ledgers: dice.between(0, 200) as u32,
            ..POLICY
        };
        let mut core = if dice.percent(35) { POLICY } else { core };
        if self.volatile {
            core.volatility_z_e2 = dice.magnitude(50, 1_000) as u32;
            core.volatility_shift_max_e7 = dice.magnitude(10_000, 1_500_000) as u32;
        }
        let mut policy = VaultPolicy::from_core(&core);
        if dice.percent(25) {
            let env = self.field.target.chain().env();
            let mut assets = Map::new(env);
            for asset in self.field.target.system.market.pool.reserve_list() {
                if dice.percent(85) {
                    assets.set(asset.clone(), Asset::Stellar(asset));
                }
            }
            policy.second_oracle = SecondSource::Feed(SecondOracle {
                oracle: self.second.address().clone(),
                assets,
                required: dice.percent(40),
            });
        }
        policy
    }

    /// Brings the vault into a random state; `None` if that fails on the way.
    pub fn randomize(&self, dice: &mut Dice) -> Option<VaultPolicy> {
        let target = &self.field.target;
        let (chain, market) = (target.chain(), &target.system.market);
        let policy = self.random_policy(dice);
        target
            .vault
            .as_owner("set_policy", (policy.clone(),))
            .ok()?;
        if dice.percent(60) {
            // Both pools: USDC is at index 1; the second pool's other debt at index 3.
            let debts: Vec<_> = market.pool.reserve_list();
            for (index, asset) in debts.iter().enumerate().filter(|(index, _)| index % 2 == 1) {
                let amount = dice.magnitude(ONE / 100, 15_000 * ONE);
                if dice.percent(if index == 1 { 90 } else { 40 }) {
                    let fund = target.vault.fund_reserve(&target.keeper, asset, amount);
                    fund.expect("the keeper is rich");
                }
            }
        }
        let soft_e4 = 100_000_000_000 / i128::from(policy.soft_e7);
        if dice.percent(40) {
            // A step before, so that the window is running.
            chain.advance_ledgers(dice.between(1, 80) as u32);
            self.field
                .set_price_for(soft_e4 * dice.between(960, 1_000) / 1_000);
            self.second_prices(dice, 1_000);
            if let Ok(quote) = target.vault.quote_fill() {
                if quote.step.sell > 0 {
                    let (step, keeper) = (&quote.step, &target.keeper);
                    let share = dice.between(500, 1_000);
                    let filled = target.vault.fill(
                        keeper,
                        &step.collateral,
                        &step.debt,
                        step.min_proceeds * share / 1_000 + 1,
                        step.sell * share / 1_000,
                    );
                    let _ = filled;
                }
            }
        }
        if dice.percent(40) {
            self.field.set_price_for(dice.between(9_700, 9_999));
            self.field.open_auction(dice.between(1, 60) as u32);
            chain.advance_ledgers(1 + dice.between(0, 420) as u32);
        }
        if dice.percent(50) {
            self.field.set_price_for(dice.between(9_000, 11_000));
        }
        if self.volatile {
            for _ in 0..dice.between(0, 14) {
                chain.advance_ledgers(*dice.pick(&[60, 60, 60, 120]));
                self.field
                    .set_price_for(soft_e4 * dice.between(900, 1_100) / 1_000);
            }
        }
        chain.advance_ledgers(dice.between(1, 90) as u32);
        let health_e4 = if dice.percent(80) {
            soft_e4 * dice.between(880, 1_010) / 1_000
        } else {
            dice.between(7_500, 12_000)
        };
        self.field.set_price_for(health_e4);
        let deviation = *dice.pick(&[1_000, 1_000, 1_000, 995, 1_010, 1_080, 1_150]);
        self.second_prices(dice, deviation);
        self.disturb(dice);
        Some(policy)
    }

    /// The second oracle quotes as the pool's does, the first asset off by some thousandths.
    fn second_prices(&self, dice: &mut Dice, thousandths: i128) {
        let market = &self.field.target.system.market;
        let mut prices: Vec<Option<i128>> = vec![];
        for asset in market.pool.reserve_list() {
            let price = market
                .oracle
                .last_price(&asset)
                .expect("served")
                .expect("quoted");
            prices.push(Some(price.price));
        }
        prices[0] = prices[0].map(|price| price * thousandths / 1_000);
        if dice.percent(10) {
            prices[1] = None;
        }
        let now = self.field.target.chain().timestamp();
        self.second.set_round(now, &prices);
    }

    /// What else can be wrong.
    fn disturb(&self, dice: &mut Dice) {
        let target = &self.field.target;
        let (chain, market) = (target.chain(), &target.system.market);
        let xlm = market.xlm.address();
        if dice.percent(10) {
            let now = chain.timestamp();
            match dice.between(0, 3) {
                0 => market.oracle.set_dead(true),
                1 => market.oracle.set_override(xlm, Override::Absent),
                2 => {
                    let price = market.oracle.last_price(xlm).unwrap().unwrap().price;
                    let data = PriceData {
                        price,
                        timestamp: now - dice.between(890, 920) as u64,
                    };
                    market.oracle.set_override(xlm, Override::Fixed(data));
                }
                _ => {
                    let data = PriceData {
                        price: dice.between(-1, 0),
                        timestamp: now,
                    };
                    market.oracle.set_override(xlm, Override::Fixed(data));
                }
            }
        }
        if dice.percent(15) {
            market.pool.set_status(*dice.pick(&[0, 2, 4]));
        }
        if dice.percent(15) {
            let free = dice.magnitude(10 * ONE, 100_000 * ONE);
            self.drain(free);
        }
        if dice.percent(5) {
            let off = target.vault.as_owner("set_automation", (false,));
            off.expect("always possible");
        }
    }

    /// Leaves this much XLM in the pool, if it can be brought about.
    fn drain(&self, free: i128) {
        let target = &self.field.target;
        let market = &target.system.market;
        let (pool, xlm) = (&market.pool, market.xlm.address());
        let whale = market.trader("whale", 0, 2 * WEALTH);
        if pool
            .deposit(&whale, market.usdc.address(), 2 * WEALTH)
            .is_err()
        {
            return;
        }
        let reserve = pool.reserve(xlm);
        let supply = reserve.data.b_supply * reserve.data.b_rate / 10i128.pow(12);
        let most = supply * i128::from(reserve.config.max_util) / ONE_E7 - ONE;
        if pool.borrow(&whale, xlm, most).is_err() {
            return;
        }
        let reserve = pool.reserve(xlm);
        let supply = reserve.data.b_supply * reserve.data.b_rate / 10i128.pow(12);
        let owed = reserve.data.d_supply * reserve.data.d_rate / 10i128.pow(12);
        let lent = ballast_chain::blend::request(request::WITHDRAW, xlm, supply - owed - free);
        let _ = pool.submit(&market.lender, &[lent]);
    }

    fn quote(&self, path: CorePath) -> Result<StepQuote, CallError> {
        let target = &self.field.target;
        match path {
            CorePath::Fill => target.vault.quote_fill(),
            CorePath::Plain => target.system.quote_rebalance(&target.vault, Path::Plain),
            CorePath::Flash => target.system.quote_rebalance(&target.vault, Path::Flash),
        }
    }
}

/// What a call will see, read without lens and vault.
struct Outside {
    view: View,
    rules: Policy,
    /// Leg by leg: a source that is missing concerns the pairs of its leg only.
    sources: Vec<Result<SourcePrices, VaultError>>,
    window: Window,
    min_collateral: i128,
}

impl Outside {
    /// `None` where there is no price to see.
    fn read(lab: &Lab, policy: &VaultPolicy) -> Option<Self> {
        let target = &lab.field.target;
        let (system, oracle) = (&target.system, &target.system.market.oracle);
        let assets = system.market.pool.reserve_list();
        let now = target.chain().timestamp();
        for asset in &assets {
            let price = oracle.last_price(asset).ok()??;
            if price.price <= 0 || now - price.timestamp > policy.max_price_age_seconds {
                return None;
            }
        }
        let view = lab.field.view();
        let rules = policy.to_core();
        let looks_back = rules.volatility_z_e2 > 0;
        let records = if looks_back { VOLATILITY_ROUNDS } else { 2 };
        let past = |asset: &Address| oracle.prices(asset, records as u32).expect("served");
        let sources = view.assets.iter().map(|asset| {
            let last = oracle.last_price(asset).expect("served").expect("quoted");
            let previous = past(asset)
                .into_iter()
                .filter(|round| round.timestamp < last.timestamp && round.price > 0)
                .max_by_key(|round| round.timestamp)
                .filter(|_| policy.use_previous_round)
                .map(|round| round.price);
            let second = match &policy.second_oracle {
                SecondSource::Feed(feed) => {
                    let price = feed.assets.get(asset.clone()).and_then(|_| {
                        let price = lab.second.last_price(asset).expect("served")?;
                        Some(price.price)
                    });
                    if price.is_none() && feed.required {
                        return Err(VaultError::SecondOracleUnavailable);
                    }
                    price
                }
                SecondSource::None => None,
            };
            Ok(SourcePrices { previous, second })
        });
        let window = target.vault.state().window;
        let histories = view.assets.iter().map(|asset| {
            let rounds = past(asset).into_iter().map(|round| Round {
                number: round.timestamp / u64::from(RESOLUTION_SECONDS),
                price: round.price,
            });
            rounds.collect()
        });
        Some(Self {
            sources: sources.collect(),
            rules: if looks_back {
                policy_in_force(&rules, &view.position, &histories.collect::<Vec<_>>())
            } else {
                rules
            },
            window: Window {
                start_ledger: window.start_ledger,
                budget_value: window.budget_value,
                sold_value: window.sold_value,
            },
            min_collateral: system.market.pool.config().min_collateral,
            view,
        })
    }

    /// The proposal that the core plans after the reserve of `debt` is spent, with the reserve;
    /// no proposal where the reserve alone leads below soft.
    fn plan(
        &self,
        lab: &Lab,
        path: CorePath,
        debt: usize,
    ) -> Result<(Option<Proposal>, i128), VaultError> {
        let target = &lab.field.target;
        let (system, ledger) = (&target.system, target.chain().sequence());
        let (rules, view) = (&self.rules, &self.view);
        ballast_core::check::require_at_risk(rules, &view.totals)?;
        let auction = view.auction(system, &target.vault.address);
        let mut rescue = match &auction {
            Some(auction) => Some(rescue_terms(rules, &view.position, auction, ledger)?),
            None => None,
        };
        let balance = self.balance(lab, debt);
        let (position, totals) = (&view.position, &view.totals);
        let spent = reserve_to_spend(rules, position, totals, debt, balance, rescue.is_some())?;
        let mut position: Position = position.clone();
        let mut totals = *totals;
        if spent > 0 {
            position.legs[debt].repay(spent)?;
            totals = position.totals()?;
            rescue = None;
            if totals.risk_ratio_e7_ceil() < i128::from(rules.soft_e7) {
                return Ok((None, spent));
            }
        }
        let window = self.window.at(ledger, rules, &totals)?;
        let outlook = Outlook {
            policy: rules,
            position: &position,
            // Read below, when a pair's turn comes.
            sources: &[],
            budget_left_value: window.left_value(),
            min_collateral: self.min_collateral,
            rescue,
        };
        let legs = &position.legs;
        let floor = |collateral: usize, debt: usize| -> Result<Floor, VaultError> {
            Ok(floor_ratio(
                (&legs[collateral], &self.sources[collateral]?),
                (&legs[debt], &self.sources[debt]?),
                i128::from(rules.max_price_deviation_e7),
                rescue.is_some(),
            )?)
        };
        let plan = plan_step_repaying(&outlook, path, |_| true, floor)?;
        Ok((Some(plan.proposal), spent))
    }

    fn balance(&self, lab: &Lab, leg: usize) -> i128 {
        let target = &lab.field.target;
        let args = (&target.vault.address,);
        let balance = target.chain().view(&self.view.assets[leg], "balance", args);
        balance.expect("tokens tell balances")
    }

    /// Whether the lens chooses which debt's reserve is spent.
    fn has_choice(&self, lab: &Lab) -> bool {
        let debts = self.debts();
        let reserves = debts.iter().any(|debt| self.balance(lab, *debt) > 0);
        debts.len() > 1 && reserves && self.rules.reserve_first
    }

    fn debts(&self) -> Vec<usize> {
        let legs = self.view.position.legs.iter().enumerate();
        legs.filter(|(_, leg)| leg.d_tokens > 0)
            .map(|(index, _)| index)
            .collect()
    }
}

/// Any proposal of the pair, small and fair.
fn any_proposal(view: &View, path: CorePath, debt: usize) -> Proposal {
    let legs = &view.position.legs;
    let collateral = (0..legs.len()).find(|leg| legs[*leg].b_tokens > 0);
    let collateral = collateral.expect("a position has collateral");
    let sell = legs[collateral].collateral_floor().expect("small") / 50;
    let repay = sell * legs[collateral].price / legs[debt].price;
    Proposal {
        path,
        collateral,
        debt,
        sell,
        repay,
    }
}

fn error_of<T>(result: &Result<T, CallError>) -> Option<u32> {
    result.as_ref().err().and_then(CallError::code)
}

/// Compares quote, plan and call at `states` random states; what was seen, and how often.
fn compare(lab: &Lab, seed: u64, states: u32) -> BTreeMap<String, u32> {
    let chain = lab.field.target.chain();
    let start = chain.snapshot();
    let calm = lab.field.view();
    let mut dice = Dice(seed);
    let mut seen = BTreeMap::new();
    let mut wrong = vec![];
    let mut done = 0;
    while done < states {
        chain.restore(&start);
        let Some(policy) = lab.randomize(&mut dice) else {
            continue;
        };
        done += 1;
        let state = chain.snapshot();
        let outside = Outside::read(lab, &policy);
        let keepers = KeepersView::read(&lab.field.target, Some(&lab.second));
        for path in PATHS {
            chain.restore(&state);
            let quote = lab.quote(path);
            let keeper = planned_alike(&keepers, path, &quote);
            let name = match &quote {
                Ok(quote) if quote.step.sell == 0 => "reserve alone".into(),
                Ok(quote) if quote.reserve_spent > 0 => "reserve and step".into(),
                Ok(quote) if quote.rescue => "rescue".into(),
                Ok(_) => "step".into(),
                Err(error) => format!("{error}"),
            };
            *seen.entry(format!("{path:?}: {name}")).or_insert(0) += 1;
            let plan = outside
                .as_ref()
                .map_or(Ok(()), |outside| planned(lab, outside, path, &quote));
            let call = match &quote {
                Ok(quote) => accepted(lab, outside.as_ref(), path, quote),
                Err(error) => refused(lab, outside.as_ref(), &calm, path, error),
            };
            let said = match &quote {
                Ok(quote) => format!(
                    "sell {} for {}, {} of the reserve, rescue {}",
                    quote.step.sell, quote.step.min_proceeds, quote.reserve_spent, quote.rescue
                ),
                Err(error) => format!("{error}"),
            };
            for difference in [plan, call, keeper].into_iter().filter_map(Result::err) {
                wrong.push(format!("state {done}, {path:?}: {said}, but {difference}"));
            }
        }
    }
    chain.restore(&start);
    assert!(
        wrong.is_empty(),
        "{} of {} quotes:\n{}",
        wrong.len(),
        3 * states,
        wrong.join("\n")
    );
    seen
}

/// Whether the quote's call does what the quote says, and the core plans the same.
fn accepted(
    lab: &Lab,
    outside: Option<&Outside>,
    path: CorePath,
    quote: &StepQuote,
) -> Result<(), String> {
    let outside = outside.ok_or("a quote without prices")?;
    let view = &outside.view;
    let debt = view.leg_of(&quote.step.debt);
    let proposal = if quote.step.sell == 0 {
        any_proposal(view, path, debt)
    } else {
        Proposal {
            path,
            collateral: view.leg_of(&quote.step.collateral),
            debt,
            sell: quote.step.sell,
            repay: quote.step.min_proceeds,
        }
    };
    let done = lab.field.target.propose(view, &proposal);
    let report = done.map_err(|error| format!("the call gives {error}"))?;
    if report.sold != quote.step.sell || report.reserve_spent != quote.reserve_spent {
        return Err(format!("the call did {report:?}"));
    }
    if report.reward > quote.largest_reward {
        return Err(format!("the reward is {}", report.reward));
    }
    // A flash leaves a unit or two of the collateral with the pool.
    if (report.risk_after_e7 - quote.risk_after_e7).abs() > 1 {
        return Err(format!("the call lands at {}", report.risk_after_e7));
    }
    Ok(())
}

/// Whether the core plans what the lens quotes: the same step, the same reserve, the same refusal.
/// Where several debts have reserves, which of them is repaid is the lens's choice.
fn planned(
    lab: &Lab,
    outside: &Outside,
    path: CorePath,
    quote: &Result<StepQuote, CallError>,
) -> Result<(), String> {
    let debts = outside.debts();
    let code = error_of(quote);
    let off = code == Some(VaultError::AutomationOff as u32);
    if off || outside.has_choice(lab) {
        return Ok(());
    }
    let plan = outside.plan(lab, path, debts[0]);
    let same = match (quote, &plan) {
        (Ok(quote), Ok((Some(plan), spent))) => {
            let view = &outside.view;
            *spent == quote.reserve_spent
                && plan.sell == quote.step.sell
                && plan.repay == quote.step.min_proceeds
                && view.assets[plan.collateral] == quote.step.collateral
                && view.assets[plan.debt] == quote.step.debt
        }
        (Ok(quote), Ok((None, spent))) => *spent == quote.reserve_spent && quote.step.sell == 0,
        (Err(_), Err(refusal)) => code == Some(*refusal as u32),
        // The pool refuses what the core plans.
        (Err(_), Ok(_)) => OF_THE_POOL.iter().any(|error| code == Some(*error as u32)),
        (Ok(_), Err(_)) => false,
    };
    if same {
        Ok(())
    } else {
        Err(format!("the plan is {plan:?}"))
    }
}

/// Whether the call gives the error of the quote, with proposals that fit it.
fn refused(
    lab: &Lab,
    outside: Option<&Outside>,
    calm: &View,
    path: CorePath,
    error: &CallError,
) -> Result<(), String> {
    let code = error.code();
    let of = |errors: &[VaultError]| errors.iter().any(|known| Some(*known as u32) == code);
    let target = &lab.field.target;
    let same = |done: &Result<StepReport, CallError>| {
        if error_of(done) == code {
            Ok(())
        } else {
            Err(format!("the call gives {done:?}"))
        }
    };
    let Some(outside) = outside else {
        // Without prices the calm position's proposals serve.
        let debt = calm.leg_of(target.system.market.usdc.address());
        return same(&target.propose(calm, &any_proposal(calm, path, debt)));
    };
    let debts = outside.debts();
    let mut met = vec![];
    for &debt in &debts {
        let proposal = any_proposal(&outside.view, path, debt);
        if of(&OF_THE_POOL) {
            // The check passes: the pool refuses. A smaller step it might do.
            if let Ok((plan, _)) = outside.plan(lab, path, debt) {
                let done = target.propose(&outside.view, &plan.unwrap_or(proposal));
                met.push(same(&done));
            }
            continue;
        }
        let done = target.propose(&outside.view, &proposal);
        if done.is_ok() {
            return Err(format!("the call does {done:?}"));
        }
        if of(&OF_THE_STATE) || (debts.len() == 1 && of(&OF_THE_PAIR)) {
            same(&done)?;
        }
    }
    if of(&OF_THE_POOL) && !met.iter().any(Result::is_ok) && !outside.has_choice(lab) {
        return Err(format!("no call meets the pool's refusal: {met:?}"));
    }
    Ok(())
}

fn assert_seen(seen: &BTreeMap<String, u32>, wanted: &[&str]) {
    println!("{seen:#?}");
    for name in wanted {
        assert!(seen.contains_key(*name), "never {name}: {seen:#?}");
    }
}

#[test]
fn quotes_equal_plans_and_calls_in_random_states() {
    let lab = Lab::new(Field::single_calm(|_| {}));
    let seen = compare(&lab, 1, 300);
    let mut wanted = vec![];
    for path in PATHS {
        for name in ["step", "rescue", "reserve alone", "reserve and step"] {
            wanted.push(format!("{path:?}: {name}"));
        }
        for error in [
            VaultError::AutomationOff,
            VaultError::PriceMissing,
            VaultError::PriceStale,
            VaultError::InvalidPrice,
            VaultError::SecondOracleUnavailable,
            VaultError::PriceDiverges,
            VaultError::NotAtRisk,
            VaultError::RescueTooEarly,
            VaultError::NoPoolLiquidity,
        ] {
            wanted.push(format!("{path:?}: contract error {}", error as u32));
        }
    }
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    assert_seen(&seen, &wanted);
}

#[test]
fn quotes_equal_plans_and_calls_in_random_states_with_two_collaterals_and_two_debts() {
    let lab = Lab::new(Field::double_calm());
    let seen = compare(&lab, 2, 150);
    assert_seen(&seen, &["Fill: step", "Flash: step", "Fill: rescue"]);
}

#[test]
fn quotes_equal_plans_and_calls_when_thresholds_move_with_volatility() {
    let lab = Lab::volatile(Field::single_calm(|_| {}));
    let seen = compare(&lab, 3, 150);
    let wanted = ["Fill: step", "Plain: step", "Flash: step", "Fill: rescue"];
    assert_seen(&seen, &wanted);
    let lab = Lab::volatile(Field::double_calm());
    let seen = compare(&lab, 4, 50);
    assert_seen(&seen, &["Fill: step", "Flash: step"]);
}

#[test]
fn quote_rebalance_fails_when_the_adapter_is_forbidden() {
    let scene = Scene::new();
    scene.hold_price(2_720);
    let (system, chain) = (&scene.system, scene.chain());
    let route = system.route(system.market.amm.address());
    for adapter in [
        &scene.vault.address,
        system.market.pool.address(),
        scene.xlm(),
        scene.usdc(),
        system.market.oracle.address(),
        &system.receiver,
        &system.factory,
    ] {
        for path in [Path::Plain, Path::Flash] {
            let args = (&scene.vault.address, path, adapter, route.clone());
            let quote = chain.view::<StepQuote>(&system.lens, "quote_rebalance", args);
            assert_vault_error(quote, VaultError::AdapterForbidden);
        }
    }
}

/// Where the pool's minimum would be undercut, plan and call close the debt or say the same.
#[test]
fn quotes_equal_calls_when_a_stub_would_be_left() {
    let lab = Lab::new(Field::single_calm(|policy| {
        policy.use_previous_round = false
    }));
    let target = &lab.field.target;
    let (chain, market) = (target.chain(), &target.system.market);
    let policy = target.vault.state().policy;
    let start = chain.snapshot();
    let calm = lab.field.view();
    let mut wrong = vec![];
    for health_e4 in [10_600, 10_300, 10_050, 9_700, 9_000, 8_300] {
        for share in [300, 700, 850, 950, 999, 1_050] {
            chain.restore(&start);
            chain.advance_ledgers(60);
            lab.field.set_price_for(health_e4);
            let base = lab.field.view().totals.collateral_base;
            market.pool.update(0_1000000, 8, base * share / 1_000);
            let state = chain.snapshot();
            let outside = Outside::read(&lab, &policy);
            let keepers = KeepersView::read(target, Some(&lab.second));
            for path in PATHS {
                chain.restore(&state);
                let quote = lab.quote(path);
                let keeper = planned_alike(&keepers, path, &quote);
                let call = match &quote {
                    Ok(quote) => accepted(&lab, outside.as_ref(), path, quote),
                    Err(error) => refused(&lab, outside.as_ref(), &calm, path, error),
                };
                let plan = planned(&lab, outside.as_ref().expect("prices"), path, &quote);
                for difference in [plan, call, keeper].into_iter().filter_map(Result::err) {
                    let error = quote.as_ref().err();
                    wrong.push(format!(
                        "health {health_e4}, minimum {share}, {path:?}: {error:?}, but {difference}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A collateral that a step sells entirely: the flash too must find its dust.
#[test]
fn quote_rebalance_is_accepted_when_the_whole_of_a_collateral_is_sold() {
    let lab = Lab::new(Field::double_calm());
    let target = &lab.field.target;
    let (chain, market) = (target.chain(), &target.system.market);
    // Most of the XLM goes, EURC comes: XLM is the cheaper to sell, and less than a whole step.
    let assets = market.pool.reserve_list();
    let (xlm, eurc) = (&assets[0], &assets[2]);
    target.vault.deposit(eurc, 30_000 * ONE).unwrap();
    let owner = target.vault.owner.address();
    target.vault.withdraw(xlm, 84_000 * ONE, owner).unwrap();
    // XLM is borrowed, and its rates are odd.
    let whale = market.trader("whale", 0, WEALTH);
    market.pool.deposit(&whale, &assets[1], WEALTH).unwrap();
    market.pool.borrow(&whale, xlm, 3_000_000 * ONE).unwrap();
    chain.advance_seconds(5 * 86_400 + 7);
    let policy = target.vault.state().policy;
    // EURC falls until the vault is at risk.
    let mut eurc_price = USD * 11 / 10;
    let risk_e7 = || lab.field.view().totals.risk_ratio_e7_ceil();
    let publish = |eurc_price: i128| {
        let prices = [USD * 36 / 100, USD, eurc_price, USD * 13 / 10];
        market.oracle.set_prices(&prices);
    };
    publish(eurc_price);
    while risk_e7() < 9_750_000 {
        eurc_price -= USD / 200;
        publish(eurc_price);
    }
    let state = chain.snapshot();
    let outside = Outside::read(&lab, &policy);
    let keepers = KeepersView::read(target, Some(&lab.second));
    for path in PATHS {
        chain.restore(&state);
        let quote = lab.quote(path).unwrap();
        planned_alike(&keepers, path, &Ok(quote.clone())).unwrap();

        accepted(&lab, outside.as_ref(), path, &quote)
            .unwrap_or_else(|difference| panic!("{path:?}: {quote:?}, but {difference}"));
    }
}
