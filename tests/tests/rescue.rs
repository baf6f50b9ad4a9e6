//! Leaving an open auction, over ages 0 to 400 and health factors 1.2 to 0.7: what happens in each
//! cell is computed from the core on what pool and oracle say, and then compared with the call.

use crate::attack::{view_of, Target, View};
use crate::support::{Scene, WEALTH};
use ballast_chain::blend::{request, usdc_reserve, xlm_reserve, ReserveConfig};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{CallError, Market, Oracle, PoolSetup, System, Token};
use ballast_core::auction::{rescue_terms, Auction, RescueTerms, FILLER_MARGIN_E7};
use ballast_core::check::{
    check_step, floor_repay_ceil, project, require_at_risk, Approved, Path as CorePath, Proposal,
    Situation,
};
use ballast_core::fixed::ONE_E7;
use ballast_core::plan::{plan_step, Outlook};
use ballast_core::policy::{Policy, LANDING_TOLERANCE_E7};
use ballast_core::price::{floor_ratio, Floor, Ratio, SourcePrices};
use ballast_core::Refusal;
use ballast_interfaces::vault::{Path, StepReport, VaultPolicy};
use soroban_sdk::Address;
use std::collections::BTreeMap;

const PATHS: [CorePath; 3] = [CorePath::Fill, CorePath::Flash, CorePath::Plain];
/// Health factors of the cells, 4 decimals; above one the price has come back.
const HEALTHS_E4: [i128; 10] = [
    12_000, 10_800, 10_600, 10_300, 10_050, 9_950, 9_500, 8_800, 8_000, 7_000,
];

/// Every 20 ledgers, and the edges.
fn ages() -> Vec<u32> {
    let mut ages: Vec<u32> = (0..=400).step_by(20).chain([199, 201, 399]).collect();
    ages.sort_unstable();
    ages
}

/// A vault on a field that tests move over: prices, auctions, ages.
pub struct Field {
    pub target: Target,
    pub policy: Policy,
    /// Prices of the pool's assets but for the first, oracle's decimals.
    pub other_prices: Vec<i128>,
}

impl Field {
    /// XLM against USDC, in the last ledger before an auction of the least that the pool takes.
    fn single(change: impl FnOnce(&mut VaultPolicy)) -> Self {
        let field = Self::single_calm(change);
        field.set_price_for(9_980);
        assert!(field.open_auction(1), "the pool takes no auction");
        field
    }

    /// XLM and EURC against USDC and GBPC, the same.
    fn double() -> Self {
        let field = Self::double_calm();
        field.set_price_for(9_980);
        assert!(field.open_auction(1), "the pool takes no auction");
        field
    }

    /// XLM against USDC at health 1.37.
    pub fn single_calm(change: impl FnOnce(&mut VaultPolicy)) -> Self {
        let scene = Scene::with_policy(change);
        let market = &scene.system.market;
        let tokens = [&market.xlm, &market.usdc];
        Self {
            policy: scene.vault.state().policy.to_core(),
            target: Target::new(&scene.system, &scene.vault, &scene.keeper, &tokens, WEALTH),
            other_prices: vec![USD],
        }
    }

    /// XLM and EURC against USDC and GBPC at health 1.19.
    pub fn double_calm() -> Self {
        let mut market = Market::standard();
        let chain = market.chain.clone();
        let (eurc, gbpc) = (Token::issue(&chain, "EURC"), Token::issue(&chain, "GBPC"));
        let (xlm, usdc) = (market.xlm.clone(), market.usdc.clone());
        let tokens = [&xlm, &usdc, &eurc, &gbpc];
        let assets = tokens.map(|token| token.address());
        let other_prices = vec![USD, USD * 11 / 10, USD * 13 / 10];
        let oracle = Oracle::deploy(&chain, "oracle of four", &assets);
        oracle.set_prices(&[&[USD * 36 / 100], &other_prices[..]].concat());
        let ninety = ReserveConfig {
            c_factor: 0_9000000,
            l_factor: 0_9000000,
            ..usdc_reserve()
        };
        let configs = [xlm_reserve(), usdc_reserve(), ninety.clone(), ninety];
        let reserves = assets.into_iter().cloned().zip(configs).collect();
        let setup = PoolSetup::new(reserves);
        market.pool = market
            .blend
            .create_pool("pool of four", oracle.address(), &setup);
        market.oracle = oracle;
        for token in tokens {
            token.fund(&market.lender, WEALTH);
            let lent = market.pool.supply(&market.lender, token.address(), WEALTH);
            lent.expect("the pool takes the supply");
        }
        let system = System::new(market);
        let vault =
            system.vault_with_position("alice", &system.policy(), 100_000 * ONE, 20_000 * ONE);
        let (owner, keeper) = (vault.owner.clone(), chain.account("keeper"));
        for account in [&owner, &keeper] {
            tokens.iter().for_each(|token| token.fund(account, WEALTH));
        }
        vault
            .deposit(eurc.address(), 12_000 * ONE)
            .expect("deposit");
        vault
            .borrow(gbpc.address(), 8_000 * ONE, owner.address())
            .expect("borrow");
        Self {
            policy: vault.state().policy.to_core(),
            target: Target::new(&system, &vault, &keeper, &tokens, WEALTH),
            other_prices,
        }
    }

    /// Opens an auction of everything that is held and owed, of the least share from `percent` on
    /// that the pool takes; whether it took one.
    pub fn open_auction(&self, percent: u32) -> bool {
        let view = self.view();
        let of = |owes: bool| -> Vec<&Address> {
            let legs = view.position.legs.iter().zip(&view.assets);
            let shares =
                |leg: &ballast_core::health::Leg| if owes { leg.d_tokens } else { leg.b_tokens };
            legs.filter(|(leg, _)| shares(leg) > 0)
                .map(|(_, asset)| asset)
                .collect()
        };
        let pool = &self.target.system.market.pool;
        let vault = &self.target.vault.address;
        (percent..=100).any(|percent| {
            pool.new_auction(vault, &of(true), &of(false), percent)
                .is_ok()
        })
    }

    /// Publishes the price of XLM at which the vault has this health factor (4 decimals).
    pub fn set_price_for(&self, health_e4: i128) {
        // The last round may be too old to be served; this one is replaced below.
        let oracle = &self.target.system.market.oracle;
        oracle.set_prices(&[&[USD * 36 / 100], &self.other_prices[..]].concat());
        let view = self.view();
        let (mut moving, mut fixed) = (0, 0);
        for index in 0..view.assets.len() {
            let mut alone = view.position.clone();
            alone.legs.iter_mut().enumerate().for_each(|(other, leg)| {
                leg.d_tokens = 0;
                if other != index {
                    leg.b_tokens = 0;
                }
            });
            let base = alone.totals().expect("valued").collateral_base;
            let is_xlm = view.assets[index] == *self.target.system.market.xlm.address();
            *(if is_xlm { &mut moving } else { &mut fixed }) += base;
        }
        let wanted = view.totals.liability_base * health_e4 / 10_000 - fixed;
        let xlm = view.position.legs[view.leg_of(self.target.system.market.xlm.address())];
        let price = xlm.price * wanted / moving;
        let prices = [&[price], &self.other_prices[..]].concat();
        oracle.set_prices(&prices);
    }

    pub fn view(&self) -> View {
        view_of(&self.target.system, &self.target.vault)
    }

    fn ledger(&self) -> u32 {
        self.target.chain().sequence()
    }

    fn in_auction(&self) -> bool {
        let pool = &self.target.system.market.pool;
        pool.auction(&self.target.vault.address).is_some()
    }
}

/// One cell: the vault at one age and one health factor.
struct Cell<'a> {
    field: &'a Field,
    view: View,
    auction: Auction,
}

impl<'a> Cell<'a> {
    fn new(field: &'a Field) -> Self {
        let view = field.view();
        let auction = view.auction(&field.target.system, &field.target.vault.address);
        Self {
            field,
            view,
            auction: auction.expect("an auction is open"),
        }
    }

    fn terms(&self) -> Result<RescueTerms, Refusal> {
        require_at_risk(&self.field.policy, &self.view.totals)?;
        let (policy, position) = (&self.field.policy, &self.view.position);
        rescue_terms(policy, position, &self.auction, self.field.ledger())
    }

    /// What the round before the last says of each leg.
    fn sources(&self) -> Vec<SourcePrices> {
        let oracle = &self.field.target.system.market.oracle;
        let of = |asset: &Address| {
            let last = oracle.last_price(asset).expect("served").expect("a price");
            let rounds = oracle.prices(asset, 2).expect("served");
            let previous = rounds.iter().find(|round| round.timestamp < last.timestamp);
            SourcePrices {
                previous: previous.map(|round| round.price),
                second: None,
            }
        };
        self.view.assets.iter().map(of).collect()
    }

    fn floor_of_pair(&self, (collateral, debt): (usize, usize)) -> Floor {
        if collateral == debt {
            return Floor::PAR;
        }
        let (legs, sources) = (&self.view.position.legs, self.sources());
        floor_ratio(
            (&legs[collateral], &sources[collateral]),
            (&legs[debt], &sources[debt]),
            i128::from(self.field.policy.max_price_deviation_e7),
            true,
        )
        .expect("prices")
    }

    fn floor(&self, pair: (usize, usize)) -> Ratio {
        self.floor_of_pair(pair).least
    }

    fn situation(&self, pair: (usize, usize), terms: RescueTerms) -> Situation<'_> {
        Situation {
            policy: &self.field.policy,
            position: &self.view.position,
            totals: &self.view.totals,
            floor: self.floor_of_pair(pair),
            budget_left_value: 0,
            min_collateral: 0,
            rescue: Some(terms),
        }
    }

    /// What the call must do with a proposal.
    fn expected(&self, proposal: &Proposal) -> Result<Approved, Refusal> {
        let pair = (proposal.collateral, proposal.debt);
        check_step(&self.situation(pair, self.terms()?), proposal)
    }

    /// What the lens must quote.
    fn planned(&self, path: CorePath) -> Result<Proposal, Refusal> {
        let outlook = Outlook {
            policy: &self.field.policy,
            position: &self.view.position,
            sources: &self.sources(),
            budget_left_value: 0,
            min_collateral: 0,
            rescue: Some(self.terms()?),
        };
        plan_step(&outlook, path).map(|plan| plan.proposal)
    }

    /// The sale of a pair that lands at a risk ratio, at a discount, by the formula of the maths;
    /// nearly all of the collateral where there is none.
    fn landing_at(&self, pair: (usize, usize), target_e7: i128, discount_e7: i128) -> (i128, i128) {
        let (sold, repaid) = (
            &self.view.position.legs[pair.0],
            &self.view.position.legs[pair.1],
        );
        let share = |value: i128| value as f64 / ONE_E7 as f64;
        let (totals, target) = (&self.view.totals, share(target_e7));
        let above = totals.liability_base as f64 - target * totals.collateral_base as f64;
        let slope = share(ONE_E7 - discount_e7) / share(repaid.liability_factor_e7)
            - target * share(sold.collateral_factor_e7);
        let held = sold.collateral_floor().expect("held");
        let value = above / slope;
        let amount = value * sold.asset_scalar as f64 / sold.price as f64;
        let sell = if slope > 0.0 && amount > 0.0 && amount < held as f64 {
            amount as i128
        } else {
            held * 9 / 10
        };
        let repay = floor_repay_ceil(&self.floor(pair), sell, discount_e7).expect("small");
        (sell, repay)
    }

    /// Proposals that a keeper would make, and some that none should.
    fn proposals(&self, pair: (usize, usize)) -> Vec<(i128, i128)> {
        let risk_e7 = self.view.totals.risk_ratio_e7_ceil();
        let (granted_e7, target_e7) = match self.terms() {
            Ok(terms) => {
                let situation = self.situation(pair, terms);
                let granted = situation.discount_e7(risk_e7, pair.0 == pair.1);
                (
                    granted.expect("small"),
                    situation.landing_target_e7(risk_e7),
                )
            }
            Err(_) => (0, i128::from(self.field.policy.rescue_target_e7)),
        };
        let middle_e7 = target_e7 - LANDING_TOLERANCE_E7 / 2;
        let at_floor = self.landing_at(pair, middle_e7, granted_e7);
        let halved = self.landing_at(pair, (risk_e7 + target_e7) / 2, granted_e7);
        let beyond = self.landing_at(pair, target_e7 - 3 * LANDING_TOLERANCE_E7, granted_e7);
        let mut all = vec![
            at_floor,
            self.landing_at(pair, middle_e7, 0),
            (at_floor.0, at_floor.1 - 1),
            halved,
            beyond,
        ];
        all.dedup();
        all
    }

    /// What being filled costs the owner: when a filler who asks for 10% comes, or now if that
    /// ledger is over.
    fn cost_of_being_filled(&self) -> i128 {
        let position = &self.view.position;
        let now = self.auction.age(self.field.ledger());
        let first = self
            .auction
            .first_profitable_age(position, FILLER_MARGIN_E7)
            .expect("small");
        let age = first.map_or(now, |age| age.max(now));
        self.auction
            .fill_terms(position, age)
            .expect("small")
            .profit()
    }

    fn assert_rescued(&self, proposal: &Proposal, approved: &Approved, report: &StepReport) {
        let policy = &self.field.policy;
        let rescue_target_e7 = i128::from(policy.rescue_target_e7);
        assert!(!self.field.in_auction(), "the auction is still open");
        let risk_e7 = self.field.view().totals.risk_ratio_e7_ceil();
        assert_eq!(report.risk_after_e7, risk_e7);
        // A flash leaves a unit or two of the collateral with the pool.
        let mut least = approved.after.clone();
        if proposal.path == CorePath::Flash && proposal.collateral != proposal.debt {
            least.legs[proposal.collateral].b_tokens -= 3;
        }
        let worst_e7 = least.totals().unwrap().risk_ratio_e7_ceil();
        let checked_e7 = approved.risk_after_e7;
        assert!(
            (checked_e7..=worst_e7).contains(&risk_e7),
            "landed at {risk_e7}, checked {checked_e7}"
        );
        let target_e7 = if approved.risk_before_e7 > rescue_target_e7 {
            rescue_target_e7
        } else {
            i128::from(policy.target_e7)
        };
        let band = target_e7 - LANDING_TOLERANCE_E7..=rescue_target_e7 + worst_e7 - checked_e7;
        assert!(band.contains(&risk_e7), "landed at {risk_e7}");
        let legs = &self.view.position.legs;
        let cost = legs[proposal.collateral].value_ceil(report.sold).unwrap()
            - legs[proposal.debt].value_floor(report.repaid).unwrap();
        let filled = self.cost_of_being_filled();
        assert!(cost < filled, "cost {cost}, being filled costs {filled}");
    }
}

/// What happened in the cells of a grid, by outcome.
#[derive(Default, Debug)]
struct Tally(BTreeMap<String, u32>);

impl Tally {
    fn add(&mut self, path: CorePath, outcome: Result<&Approved, &Refusal>) {
        let outcome = outcome.map_or_else(|refusal| format!("{refusal:?}"), |_| "rescued".into());
        *self.0.entry(format!("{path:?} {outcome}")).or_default() += 1;
    }

    #[track_caller]
    fn assert_seen(&self, outcomes: &[&str]) {
        for outcome in outcomes {
            assert!(self.0.contains_key(*outcome), "never {outcome}: {self:?}");
        }
    }
}

fn code<T>(result: &Result<T, CallError>) -> Option<u32> {
    result.as_ref().err().and_then(CallError::code)
}

/// Tries every proposal of the pairs in every cell, and the quotes.
fn sweep(field: &Field, pairs: &[(&Address, &Address)], ages: &[u32], healths: &[i128]) -> Tally {
    let chain = field.target.chain();
    let start = chain.snapshot();
    let mut tally = Tally::default();
    for (&age, &health_e4) in ages
        .iter()
        .flat_map(|age| healths.iter().map(move |health| (age, health)))
    {
        chain.restore(&start);
        chain.advance_ledgers(1 + age);
        field.set_price_for(health_e4);
        let cell = Cell::new(field);
        assert_eq!(cell.auction.age(chain.sequence()), age);
        let state = chain.snapshot();
        let at = format!("age {age}, health {health_e4}");

        for path in PATHS {
            let planned = cell.planned(path);
            let quote = match path {
                CorePath::Fill => field.target.vault.quote_fill(),
                CorePath::Plain | CorePath::Flash => {
                    let path = if path == CorePath::Plain {
                        Path::Plain
                    } else {
                        Path::Flash
                    };
                    field
                        .target
                        .system
                        .quote_rebalance(&field.target.vault, path)
                }
            };
            match (&planned, &quote) {
                (Ok(proposal), Ok(quote)) => {
                    let view = &cell.view;
                    assert_eq!(
                        quote.step.collateral, view.assets[proposal.collateral],
                        "{at}"
                    );
                    assert_eq!(quote.step.debt, view.assets[proposal.debt], "{at}");
                    assert_eq!(quote.step.sell, proposal.sell, "{at}");
                    assert_eq!(quote.step.min_proceeds, proposal.repay, "{at}");
                    assert!(quote.rescue);
                    let approved = cell.expected(proposal).expect("a plan passes the check");
                    tally.add(path, Ok(&approved));
                    let report = field.target.propose(&cell.view, proposal);
                    let report = report.unwrap_or_else(|error| panic!("{at} {path:?}: {error}"));
                    cell.assert_rescued(proposal, &approved, &report);
                    chain.restore(&state);
                }
                (Err(refusal), quote) => {
                    assert_eq!(
                        code(quote),
                        Some(*refusal as u32),
                        "{at} {path:?}: {quote:?}"
                    );
                }
                (planned, quote) => panic!("{at} {path:?}: {planned:?}, but {quote:?}"),
            }
            for (collateral, debt) in pairs {
                let pair = (cell.view.leg_of(collateral), cell.view.leg_of(debt));
                // The rules are the same on every path: all proposals on one, the first on all.
                let tries = if path == CorePath::Fill { 5 } else { 2 };
                for (sell, repay) in cell.proposals(pair).into_iter().take(tries) {
                    let proposal = Proposal {
                        path,
                        collateral: pair.0,
                        debt: pair.1,
                        sell,
                        repay,
                    };
                    let expected = cell.expected(&proposal);
                    let done = field.target.propose(&cell.view, &proposal);
                    tally.add(path, expected.as_ref());
                    match (expected, done) {
                        (Ok(approved), Ok(report)) => {
                            cell.assert_rescued(&proposal, &approved, &report);
                            chain.restore(&state);
                        }
                        (Err(refusal), done @ Err(_)) => {
                            assert_eq!(
                                code(&done),
                                Some(refusal as u32),
                                "{at} {proposal:?}: {done:?}, not {refusal:?}"
                            );
                            assert!(field.in_auction());
                        }
                        (expected, done) => {
                            panic!("{at} {proposal:?}: {expected:?}, but {done:?}")
                        }
                    }
                }
            }
        }
    }
    tally
}

#[test]
fn rescue_succeeds_exactly_when_the_core_says_so_over_ages_and_health() {
    let field = Field::single(|_| {});
    let market = &field.target.system.market;
    let pair = (market.xlm.address(), market.usdc.address());
    let tally = sweep(&field, &[pair], &ages(), &HEALTHS_E4);
    tally.assert_seen(&[
        "Fill rescued",
        "Flash rescued",
        "Plain rescued",
        "Fill NotAtRisk",
        "Fill RescueTooEarly",
        "Flash RescueTooEarly",
        "Plain RescueTooEarly",
        "Plain PlainExceedsSlack",
        "Fill BelowFloor",
        "Fill LandsAboveRescueTarget",
        "Fill LandsBelowTarget",
    ]);
}

#[test]
fn rescue_fails_too_deep_where_the_policy_would_pay_more_than_a_filler() {
    let field = Field::single(|policy| {
        policy.discount_min_e7 = 0_0900000;
        policy.discount_max_e7 = 0_1000000;
        policy.max_cost_of_equity_e7 = 1_0000000;
    });
    let market = &field.target.system.market;
    let pair = (market.xlm.address(), market.usdc.address());
    let ages = [
        0, 100, 150, 160, 170, 180, 199, 200, 201, 220, 240, 300, 400,
    ];
    let tally = sweep(&field, &[pair], &ages, &HEALTHS_E4);
    tally.assert_seen(&[
        "Fill rescued",
        "Fill TooDeep",
        "Flash rescued",
        "Flash TooDeep",
    ]);
}

#[test]
fn rescue_succeeds_exactly_when_the_core_says_so_with_two_collaterals_and_two_debts() {
    let field = Field::double();
    let pool = &field.target.system.market.pool;
    let [xlm, usdc, eurc, gbpc] = &pool.reserve_list()[..] else {
        panic!("four reserves")
    };
    let pairs = [(xlm, usdc), (xlm, gbpc), (eurc, usdc), (eurc, gbpc)];
    let ages = [0, 100, 150, 160, 180, 199, 200, 201, 240, 300, 400];
    let healths = [11_000, 10_400, 10_000, 9_700, 9_000, 8_000, 7_000];
    let tally = sweep(&field, &pairs, &ages, &healths);
    tally.assert_seen(&[
        "Fill rescued",
        "Flash rescued",
        "Fill RescueTooEarly",
        "Flash RescueTooEarly",
    ]);
}

#[test]
fn owner_rescue_succeeds_at_any_age() {
    let field = Field::single(|_| {});
    let target = &field.target;
    let chain = target.chain();
    let market = &target.system.market;
    let pair = (market.xlm.address(), market.usdc.address());
    let start = chain.snapshot();
    let mut rescued = BTreeMap::<i128, u32>::new();
    for age in ages() {
        for health_e4 in HEALTHS_E4 {
            chain.restore(&start);
            chain.advance_ledgers(1 + age);
            field.set_price_for(health_e4);
            let cell = Cell::new(&field);
            let pair = (cell.view.leg_of(pair.0), cell.view.leg_of(pair.1));
            let state = chain.snapshot();
            let (sell, repay) = cell.landing_at(pair, 9_475_000, 0);
            for path in [CorePath::Flash, CorePath::Plain] {
                chain.restore(&state);
                let proposal = Proposal {
                    path,
                    collateral: pair.0,
                    debt: pair.1,
                    sell,
                    repay,
                };
                let projected = project(&cell.view.position, &proposal).expect("positive");
                let after = projected.after.totals().expect("small");
                let accepted = projected.after.pool_accepts(&after).expect("small");
                let improves = after.risk_ratio_e7_ceil() < cell.view.totals.risk_ratio_e7_ceil();
                let step = target.step(&cell.view, &proposal);
                let done = target.vault.as_owner("owner_rescue", (step,));
                let at = format!("age {age}, health {health_e4}, {path:?}: {done:?}");
                if path == CorePath::Flash {
                    assert_eq!(done.is_ok(), accepted && improves, "{at}");
                }
                if done.is_ok() {
                    assert!(!field.in_auction(), "{at}");
                    *rescued.entry(health_e4).or_default() += 1;
                } else {
                    assert!(field.in_auction(), "{at}");
                }
            }
        }
    }
    for health_e4 in [10_600, 10_050, 9_950, 9_500, 8_800] {
        let times = rescued.get(&health_e4).copied().unwrap_or(0);
        assert!(times >= ages().len() as u32, "{health_e4}: {rescued:?}");
    }
}

#[test]
fn rescue_succeeds_through_comet_and_pays_the_keeper() {
    let scene = Scene::with_policy(|policy| policy.discount_max_e7 = 0_0500000);
    scene.hold_price(2_600);
    scene.open_auction();
    // The whole lot is due, and a part of the bid is gone: the clock grants the whole discount.
    scene.chain().advance_ledgers(1 + 230);
    scene.system.market.set_price(USD * 2_580 / 10_000);
    scene.move_amm(2_580);
    let quote = scene.system.quote_rebalance(&scene.vault, Path::Flash);
    let quote = quote.expect("the rescue is open");
    let before = scene.balances(scene.keeper.address()).1;
    let report = scene.vault.rebalance(&scene.keeper, &quote.step).unwrap();
    assert!(!scene.in_auction());
    assert!(report.reward > 0 && report.reward <= quote.largest_reward);
    let paid = scene.balances(scene.keeper.address()).1 - before;
    assert_eq!(paid, report.reward);
    assert!((9_450_000..=9_500_000).contains(&report.risk_after_e7));
}

/// The core's account of a fill is the pool's own.
#[test]
fn fill_terms_equal_what_the_pool_takes_and_gives() {
    let field = Field::single(|_| {});
    let target = &field.target;
    let (chain, market) = (target.chain(), &target.system.market);
    let liquidator = market.trader("filler", WEALTH, WEALTH);
    let start = chain.snapshot();
    for age in [1, 60, 150, 199, 200, 201, 260, 350, 400] {
        chain.restore(&start);
        chain.advance_ledgers(1 + age);
        field.set_price_for(9_900);
        let cell = Cell::new(&field);
        let terms = cell.auction.fill_terms(&cell.view.position, age).unwrap();
        let deposit = ballast_chain::blend::request(
            request::SUPPLY_COLLATERAL,
            market.usdc.address(),
            100_000 * ONE,
        );
        let address = &target.vault.address;
        // The deposit comes first: the pool counts the filler's health at the end of the batch.
        market
            .pool
            .fill_auction(&liquidator, address, 100, &[deposit])
            .unwrap_or_else(|error| panic!("age {age}: {error}"));
        let after = field.view();
        let change = |value: fn(&ballast_core::health::Totals) -> i128| {
            value(&cell.view.totals) - value(&after.totals)
        };
        let (lot, bid) = (
            change(|totals| totals.collateral_value),
            change(|totals| totals.debt_value),
        );
        let close = |left: i128, right: i128| (left - right).abs() <= USD / 1_000_000;
        assert!(close(lot, terms.lot_value), "age {age}: {lot}, {terms:?}");
        assert!(close(bid, terms.bid_value), "age {age}: {bid}, {terms:?}");
    }
}
