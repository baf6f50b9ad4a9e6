//! Nobody but the owner takes anything out: a thief, as an account and as a contract, calls every
//! entry point in every state; keepers farm, split, donate, replay and sandwich. What the owner can
//! lose is the policy's cap, and what a thief can gain is no more than that.

use crate::attack::{deploy_hostile, hostile_call, hostile_nested, route, run, Dice};
use crate::support::{assert_unauthorized, assert_vault_error, Scene, DEBT, WEALTH};
use ballast_chain::blend::request;
use ballast_chain::market::{ONE, USD};
use ballast_chain::system::NO_DEADLINE;
use ballast_chain::{CallError, Invocation};
use ballast_core::fixed::ONE_E7;
use ballast_hostile::{Call, Trick};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::factory::Version;
use ballast_interfaces::receiver::ArmedSwap;
use ballast_interfaces::vault::{Path, Step, StepReport};
use soroban_sdk::xdr::ScAddress;
use soroban_sdk::{vec as host_vec, Address, Bytes, BytesN, IntoVal, Val, Vec as HostVec};

/// Comet's approvals end at a multiple of this many ledgers.
const APPROVAL_LEDGERS: u32 = 100_000;

/// The thief's account and contract beside the standard scene.
struct Heist {
    scene: Scene,
    contract: Address,
}

impl Heist {
    fn new() -> Self {
        let scene = Scene::with_policy(|policy| policy.use_previous_round = false);
        let contract = deploy_hostile(scene.chain(), &scene.thief, "thief's contract");
        let market = &scene.system.market;
        market.usdc.mint(&contract, WEALTH);
        market.xlm.mint(&contract, WEALTH);
        Self { scene, contract }
    }

    /// The oracle's price of XLM.
    fn price(&self) -> i128 {
        let oracle = &self.scene.system.market.oracle;
        oracle.last_price(self.scene.xlm()).unwrap().unwrap().price
    }

    /// What the thief has, account and contract, at the oracle's prices: units of USDC.
    fn loot(&self) -> i128 {
        let of = |holder: &Address| {
            let (xlm, usdc) = self.scene.balances(holder);
            xlm * self.price() / USD + usdc
        };
        of(self.scene.thief.address()) + of(&self.contract)
    }

    /// What the owner has in the vault, position and idle, at the oracle's prices: units of USDC.
    fn equity(&self) -> i128 {
        let (xlm, usdc) = self.scene.balances(&self.scene.vault.address);
        let held = self.scene.collateral() + xlm;
        held * self.price() / USD + usdc - self.scene.debt()
    }

    /// A step to the thief's contract, which pays the bid.
    fn step(&self, path: Path, sell: i128, bid: i128) -> Step {
        Step {
            adapter: self.contract.clone(),
            route: route(self.scene.chain(), &Trick::Pay(bid, bid)),
            ..self.scene.system.step(path, sell, bid)
        }
    }
}

/// The states that a vault can be in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Healthy,
    AtRisk,
    Deep,
    AuctionOpen,
    WithReserve,
    AutomationOff,
    Closed,
}

const STATES: [State; 7] = [
    State::Healthy,
    State::AtRisk,
    State::Deep,
    State::AuctionOpen,
    State::WithReserve,
    State::AutomationOff,
    State::Closed,
];

fn enter(heist: &Heist, state: State) {
    let scene = &heist.scene;
    let market = &scene.system.market;
    match state {
        State::Healthy => scene.hold_price(3_600),
        State::AtRisk => scene.hold_price(2_720),
        State::Deep => scene.hold_price(2_500),
        State::AuctionOpen => {
            scene.hold_price(2_550);
            scene.open_auction();
            scene.chain().advance_ledgers(190);
            market.set_price(USD * 2_550 / 10_000);
        }
        State::WithReserve => {
            market.usdc.mint(&scene.vault.address, 300 * ONE);
            market.xlm.mint(&scene.vault.address, 2_000 * ONE);
            scene.hold_price(2_720);
        }
        State::AutomationOff => {
            scene.vault.as_owner("set_automation", (false,)).unwrap();
            market.usdc.mint(&scene.vault.address, 2_000 * ONE);
            scene.hold_price(2_500);
        }
        State::Closed => {
            let env = scene.chain().env();
            market.usdc.mint(&scene.vault.address, DEBT + 100 * ONE);
            let args = (HostVec::<Step>::new(env), scene.owner());
            scene.vault.as_owner("close", args).unwrap();
        }
    }
}

/// A call of an entry point that is not the thief's to make.
struct Entry {
    contract: Address,
    function: &'static str,
    args: HostVec<Val>,
    below: Vec<Invocation>,
}

/// Everything that is the owner's, the admin's or another contract's, with the thief as the one who
/// would gain.
fn forbidden(heist: &Heist) -> Vec<Entry> {
    let scene = &heist.scene;
    let (system, env) = (&scene.system, scene.chain().env());
    let (vault, thief) = (&scene.vault.address, scene.thief.address());
    let (xlm, usdc) = (scene.xlm(), scene.usdc());
    let (owner, pool) = (scene.owner(), system.market.pool.address());
    let entry = |contract: &Address, function, args: HostVec<Val>| Entry {
        contract: contract.clone(),
        function,
        args,
        below: vec![],
    };
    let mut entries = vec![];
    let mut of = |contract: &Address, function, args: HostVec<Val>| {
        entries.push(entry(contract, function, args));
    };
    let step = heist.step(Path::Flash, 10_000 * ONE, 1);
    let mut policy = scene.vault.state().policy;
    policy.discount_max_e7 = 0_1000000;
    let amount = 100 * ONE;
    of(vault, "deposit", (xlm, amount).into_val(env));
    of(vault, "withdraw", (xlm, amount, thief).into_val(env));
    of(vault, "borrow", (usdc, amount, thief).into_val(env));
    of(
        vault,
        "withdraw_reserve",
        (usdc, amount, thief).into_val(env),
    );
    of(vault, "set_policy", (policy.clone(),).into_val(env));
    of(vault, "set_automation", (true,).into_val(env));
    of(vault, "set_automation", (false,).into_val(env));
    of(vault, "claim", (host_vec![env, 1u32], thief).into_val(env));
    of(
        vault,
        "close",
        (host_vec![env, step.clone()], thief).into_val(env),
    );
    of(
        vault,
        "close",
        (HostVec::<Step>::new(env), thief).into_val(env),
    );
    of(vault, "owner_rescue", (step.clone(),).into_val(env));
    let hash = BytesN::from_array(env, &[1; 32]);
    of(vault, "upgrade", (hash,).into_val(env));
    let lent = request(request::BORROW, usdc, ONE);
    let requests = HostVec::from_array(env, [lent]);
    of(vault, "owner_submit", (requests,).into_val(env));
    of(vault, "sweep", (usdc, thief).into_val(env));
    of(vault, "sweep", (xlm, thief).into_val(env));
    of(vault, "propose_owner", (thief,).into_val(env));
    of(vault, "accept_owner", ().into_val(env));
    // Out of the pockets of others.
    for payer in [owner, vault, pool, scene.keeper.address()] {
        of(vault, "repay", (payer, usdc, amount).into_val(env));
        of(vault, "fund_reserve", (payer, usdc, amount).into_val(env));
        let fill = (payer, xlm, usdc, 3_000 * ONE, 10_000 * ONE, NO_DEADLINE);
        of(vault, "fill", fill.into_val(env));
        let rebalance = (payer, step.clone(), NO_DEADLINE);
        of(vault, "rebalance", rebalance.into_val(env));
    }
    // Amounts that turn a payment around.
    for amount in [0, -1, i128::MIN, -1_000 * ONE] {
        of(vault, "repay", (thief, usdc, amount).into_val(env));
        of(vault, "fund_reserve", (thief, usdc, amount).into_val(env));
        for (repay, out) in [(amount, 100 * ONE), (100 * ONE, amount), (amount, amount)] {
            let fill = (thief, xlm, usdc, repay, out, NO_DEADLINE);
            of(vault, "fill", fill.into_val(env));
            for path in [Path::Plain, Path::Flash] {
                let step = heist.step(path, out, repay);
                of(vault, "rebalance", (thief, step, NO_DEADLINE).into_val(env));
            }
        }
    }
    // The receiver, the adapter, the factory.
    let swap = ArmedSwap {
        pool: pool.clone(),
        token_in: xlm.clone(),
        token_out: usdc.clone(),
        amount_in: amount,
        min_out: 0,
        adapter: heist.contract.clone(),
        route: Bytes::new(env),
    };
    let receiver = &system.receiver;
    of(receiver, "arm", (vault, swap).into_val(env));
    of(
        receiver,
        "exec_op",
        (vault, xlm, amount, 0i128).into_val(env),
    );
    let swap = (
        xlm,
        usdc,
        amount,
        0i128,
        thief,
        system.route(system.market.amm.address()),
    );
    of(&system.adapter, "swap", swap.into_val(env));
    let version = Version {
        wasm_hash: BytesN::from_array(env, &[1; 32]),
        receiver: heist.contract.clone(),
    };
    let factory = &system.factory;
    of(factory, "list_version", (version,).into_val(env));
    of(factory, "set_creation_paused", (true,).into_val(env));
    of(factory, "propose_admin", (thief,).into_val(env));
    of(factory, "accept_admin", ().into_val(env));
    of(
        factory,
        "create",
        (owner, pool, 0u32, policy, 1u32).into_val(env),
    );
    for function in ["__constructor", "initialize", "upgrade"] {
        for contract in [vault, receiver, factory, &system.adapter] {
            of(contract, function, (thief, thief).into_val(env));
        }
    }
    // Where a payment goes below, the thief even signs it.
    for entry in &mut entries {
        let pays = ["deposit", "repay", "fund_reserve", "fill"];
        if pays.contains(&entry.function) {
            let transfer = Invocation::transfer(usdc, thief, vault, amount);
            entry.below.push(transfer);
        }
    }
    entries
}

#[test]
fn thief_gains_nothing_from_calls_that_are_not_his() {
    let heist = Heist::new();
    let scene = &heist.scene;
    let chain = scene.chain();
    let start = chain.snapshot();
    for state in STATES {
        chain.restore(&start);
        enter(&heist, state);
        let (before, here) = (chain.state_hash(), chain.snapshot());
        let (loot, equity) = (heist.loot(), heist.equity());
        for entry in forbidden(&heist) {
            let at = format!("{state:?} {}", entry.function);
            let args = entry.args.clone();
            // As himself, in the owner's name, unsigned, and as a contract.
            let (contract, function) = (&entry.contract, entry.function);
            let own = chain.call_as(&scene.thief, contract, function, args.clone(), &entry.below);
            let tree =
                Invocation::new(contract, function, args.clone()).with_all(entry.below.clone());
            let owner = ScAddress::from(scene.owner());
            let forged = scene.thief.sign_for(chain, owner, &tree, 10, 77);
            let forged = chain.call(contract, function, args.clone(), &[forged]);
            let unsigned = chain.call(contract, function, args.clone(), &[]);
            let source = chain.call_from(&scene.thief, contract, function, args.clone(), &[]);
            let call = hostile_call(contract, function, args, &[]);
            let by_contract = run(chain, &heist.contract, &[call]);
            let results = [own, forged, unsigned, source, by_contract];
            // Anybody may make the vault spend its reserve on its debt, whatever else he says.
            let steps = ["fill", "rebalance"].contains(&function);
            if steps && state == State::WithReserve && results.iter().any(Result::is_ok) {
                assert!(heist.loot() <= loot && heist.equity() >= equity - 2, "{at}");
                chain.restore(&here);
                continue;
            }
            for result in results {
                assert!(result.is_err(), "{at}: {result:?}");
            }
            assert_eq!(before, chain.state_hash(), "{at}");
        }
    }
}

#[test]
fn thief_gains_no_more_than_the_cap_from_steps_that_are_anybodys() {
    let heist = Heist::new();
    let scene = &heist.scene;
    let chain = scene.chain();
    let start = chain.snapshot();
    for state in STATES {
        chain.restore(&start);
        enter(&heist, state);
        let here = chain.snapshot();
        let (loot, equity) = (heist.loot(), heist.equity());
        // Every size and every bid from nothing to fair, the best of the quotes among them.
        let mut offers = vec![];
        if let Ok(quote) = scene.vault.quote_fill() {
            offers.push((quote.step.sell.max(1), quote.step.min_proceeds.max(1)));
        }
        for sell in [
            1,
            100 * ONE,
            4_000 * ONE,
            16_000 * ONE,
            60_000 * ONE,
            139_000 * ONE,
        ] {
            for discount_e7 in [0, 0_0030000, 0_0100000, 0_0300000, 0_0500000, 0_5000000] {
                offers.push((sell, scene.floor(sell, discount_e7).max(1)));
            }
        }
        let mut most = 0;
        for (sell, bid) in offers {
            for way in 0..3 {
                chain.restore(&here);
                let done = match way {
                    0 => scene
                        .vault
                        .fill(&scene.thief, scene.xlm(), scene.usdc(), bid, sell),
                    1 => scene
                        .vault
                        .rebalance(&scene.thief, &heist.step(Path::Flash, sell, bid)),
                    _ => scene
                        .vault
                        .rebalance(&scene.thief, &heist.step(Path::Plain, sell, bid)),
                };
                let (gained, lost) = (heist.loot() - loot, equity - heist.equity());
                let at = format!("{state:?} {sell} for {bid}, way {way}: {done:?}");
                match done {
                    Ok(report) => {
                        let sold = report.sold * heist.price() / USD;
                        let cap = sold * 300_000 / ONE_E7 + 5;
                        assert!(gained <= cap && lost <= cap, "{at}: {gained}, {lost}");
                        assert!(
                            lost * ONE_E7 <= equity.max(0) * 2_000_000 + 5 * ONE_E7,
                            "{at}"
                        );
                        most = most.max(gained);
                    }
                    Err(_) => assert!(gained <= 0 && lost <= 0, "{at}: {gained}, {lost}"),
                }
            }
        }
        // At 100% and beyond, the auction's clock decides, and there is no auction yet.
        let calm = [
            State::Healthy,
            State::Deep,
            State::AutomationOff,
            State::Closed,
        ];
        assert_eq!(most == 0, calm.contains(&state), "{state:?}: {most}");
    }
}

#[test]
fn thief_loses_what_he_gives() {
    let heist = Heist::new();
    let scene = &heist.scene;
    let chain = scene.chain();
    let start = chain.snapshot();
    for state in STATES {
        chain.restore(&start);
        enter(&heist, state);
        let here = chain.snapshot();
        let (loot, equity) = (heist.loot(), heist.equity());
        for amount in [1, 2, ONE, 1_000 * ONE, 2 * DEBT] {
            for give in ["repay", "fund_reserve"] {
                chain.restore(&here);
                let done = match give {
                    "repay" => scene.vault.repay(&scene.thief, scene.usdc(), amount),
                    _ => scene.vault.fund_reserve(&scene.thief, scene.usdc(), amount),
                };
                let at = format!("{state:?} {give} {amount}: {done:?}");
                assert!(heist.loot() <= loot, "{at}");
                // A payment of less than one share is the pool's.
                assert!(heist.equity() >= equity - 2, "{at}");
            }
        }
        for free in ["extend_ttl", "clear_stale_auction"] {
            chain.restore(&here);
            let done = chain.call(&scene.vault.address, free, (), &[]);
            // The auctions of these states are deserved.
            assert_eq!(done.is_ok(), free == "extend_ttl", "{state:?}: {done:?}");
            assert_eq!((heist.loot(), heist.equity()), (loot, equity));
        }
    }
}

/// Sums over a farm of steps.
#[derive(Default, Debug)]
struct Farm {
    sold: i128,
    sold_value: i128,
    steps: u32,
}

impl Farm {
    fn add(&mut self, heist: &Heist, report: &StepReport) {
        self.sold += report.sold;
        self.sold_value += report.sold * heist.price() / USD;
        self.steps += u32::from(report.sold > 0);
    }
}

#[test]
fn keeper_sells_no_more_than_the_budget_in_a_window_however_he_cuts_it() {
    for seed in 0..6 {
        let heist = Heist::new();
        let scene = &heist.scene;
        let mut dice = Dice(seed);
        scene.hold_price(2_760);
        let equity = heist.equity();
        let mut farm = Farm::default();
        let first = scene.chain().sequence();
        let mut budget = None;
        // Greedy, to the window's last ledger, with gifts in between.
        while scene.chain().sequence() < first + 59 {
            let gift = match seed {
                1 => scene.vault.repay(&scene.thief, scene.usdc(), ONE),
                2 => scene.vault.fund_reserve(&scene.thief, scene.usdc(), ONE),
                _ => Ok(()),
            };
            gift.unwrap();
            if let Ok(quote) = scene.vault.quote_fill() {
                budget.get_or_insert(quote.budget_left);
                let share = if seed == 0 {
                    1_000
                } else {
                    dice.between(1, 1_000)
                };
                let (sell, bid) = (quote.step.sell, quote.step.min_proceeds);
                let done = scene.vault.fill(
                    &scene.thief,
                    scene.xlm(),
                    scene.usdc(),
                    bid * share / 1_000 + 1,
                    sell * share / 1_000,
                );
                if let Ok(report) = done {
                    farm.add(&heist, &report);
                }
            }
            scene.chain().advance_ledgers(1);
        }
        let budget = budget.expect("the vault was at risk") / 10_000_000;
        assert!(farm.steps > 0, "{farm:?}");
        assert!(farm.sold_value <= budget, "{farm:?}, {budget}");
        // What it cost is within the largest discount of what was sold, and within the equity's
        // share; interest of five minutes aside.
        let lost = equity - heist.equity();
        let interest = DEBT / 10_000;
        assert!(
            lost <= farm.sold_value * 300_000 / ONE_E7 + interest,
            "{lost}, {farm:?}"
        );
    }
}

#[test]
fn keeper_gains_nothing_from_dust_steps() {
    let heist = Heist::new();
    let scene = &heist.scene;
    scene.hold_price(2_720);
    let least = scene.debt() * 1_250_000 / ONE_E7;
    let state = scene.chain().state_hash();
    for sell in [1, 2, 10, 1_000] {
        // Less than what rounds.
        let fill = scene
            .vault
            .fill(&scene.thief, scene.xlm(), scene.usdc(), sell, sell);
        assert!(fill.is_err(), "{sell}: {fill:?}");
        assert_eq!(state, scene.chain().state_hash());
    }
    for sell in [ONE, 100 * ONE, 1_000 * ONE, 5_000 * ONE] {
        assert!(sell * heist.price() / USD < least);
        let bid = scene.floor(sell, 0) + 2;
        let fill = || {
            scene
                .vault
                .fill(&scene.thief, scene.xlm(), scene.usdc(), bid, sell)
        };
        scene.assert_refuses(VaultError::StepTooSmall, fill);
        let step = heist.step(Path::Flash, sell, bid);
        let flash = || scene.vault.rebalance(&scene.thief, &step);
        scene.assert_refuses(VaultError::StepTooSmall, flash);
    }
}

#[test]
fn keeper_takes_no_more_than_the_share_of_equity_by_pieces_beyond_hard() {
    // Beyond hard the budget does not bind: pieces of the smallest size, one after the other.
    for pieces in [1, 2, 4, 7] {
        let heist = Heist::new();
        let scene = &heist.scene;
        scene.hold_price(2_640);
        let equity = heist.equity();
        let mut farm = Farm::default();
        for _ in 0..20 {
            let Ok(quote) = scene.vault.quote_fill() else {
                break;
            };
            let sell = (quote.step.sell / pieces).max(scene.debt() * USD / heist.price() / 8 + ONE);
            let sell = sell.min(quote.step.sell);
            let bid = quote.step.min_proceeds * sell / quote.step.sell + 1;
            let done = scene
                .vault
                .fill(&scene.thief, scene.xlm(), scene.usdc(), bid, sell);
            match done {
                Ok(report) => farm.add(&heist, &report),
                Err(_) => break,
            }
        }
        let lost = equity - heist.equity();
        assert!(farm.steps > 0);
        assert!(lost * 5 <= equity, "{pieces}: {lost} of {equity}, {farm:?}");
        assert!(
            lost <= farm.sold_value * 300_000 / ONE_E7 + 10,
            "{pieces}: {lost}, {farm:?}"
        );
    }
}

#[test]
fn keeper_takes_no_more_than_the_share_of_equity_by_repeated_rescues() {
    let heist = Heist::new();
    let scene = &heist.scene;
    let market = &scene.system.market;
    scene.hold_price(2_600);
    let mut farm = Farm::default();
    let (mut rescues, mut lost) = (0, 0);
    let mut dollars_e4 = 2_600;
    let start = heist.equity();
    for _ in 0..6 {
        market.set_price(USD * dollars_e4 / 10_000);
        let opened = (1..=100).any(|percent| {
            let pool = &market.pool;
            let (bid, lot) = ([scene.usdc()], [scene.xlm()]);
            pool.new_auction(&scene.vault.address, &bid, &lot, percent)
                .is_ok()
        });
        if !opened {
            dollars_e4 -= 20;
            continue;
        }
        scene.chain().advance_ledgers(240);
        market.set_price(USD * dollars_e4 / 10_000);
        let equity = heist.equity();
        if let Ok(quote) = scene.vault.quote_fill() {
            let (sell, bid) = (quote.step.sell, quote.step.min_proceeds);
            let done = scene
                .vault
                .fill(&scene.thief, scene.xlm(), scene.usdc(), bid, sell);
            let report = done.expect("quoted");
            let now = equity - heist.equity();
            let sold = report.sold * heist.price() / USD;
            assert!(now <= sold * 300_000 / ONE_E7 + 10, "{now} of {sold}");
            assert!(now * 5 <= equity, "{now} of {equity}");
            lost += now;
            farm.add(&heist, &report);
            rescues += 1;
        }
        // The next one needs another fall of the price.
        assert!(!scene.in_auction());
        let again =
            market
                .pool
                .new_auction(&scene.vault.address, &[scene.usdc()], &[scene.xlm()], 50);
        assert!(again.is_err(), "{again:?}");
        dollars_e4 = dollars_e4 * 94 / 100;
    }
    assert!(rescues >= 3, "{rescues}");
    assert!(
        lost <= farm.sold_value * 300_000 / ONE_E7 + 60,
        "{lost}, {farm:?}"
    );
    assert!(lost < start, "{lost} of {start}");
}

#[test]
fn rebalance_fails_with_a_stale_step() {
    let heist = Heist::new();
    let scene = &heist.scene;
    scene.hold_price(2_640);
    let deep = scene.vault.quote_fill().unwrap().step;
    let fill = |step: &Step| {
        let (bid, sell) = (step.min_proceeds, step.sell);
        scene
            .vault
            .fill(&scene.thief, scene.xlm(), scene.usdc(), bid, sell)
    };
    // The price is back: not at risk, or the bid is under the floor.
    let state = scene.chain().snapshot();
    scene.set_price(3_600);
    scene.assert_refuses(VaultError::NotAtRisk, || fill(&deep));
    scene.chain().restore(&state);
    scene.set_price(2_750);
    scene.assert_refuses(VaultError::BelowFloor, || fill(&deep));
    scene.chain().restore(&state);
    // Twice: the first left nothing to do.
    fill(&deep).unwrap();
    scene.assert_refuses(VaultError::NotAtRisk, || fill(&deep));
    // After the owner stopped automation.
    scene.chain().restore(&state);
    scene.vault.as_owner("set_automation", (false,)).unwrap();
    scene.assert_refuses(VaultError::AutomationOff, || fill(&deep));
}

/// Comet's swap in the hostile contract's name.
fn comet_swap(heist: &Heist, token_in: &Address, token_out: &Address, amount: i128) -> Call {
    let (contract, comet) = (&heist.contract, heist.scene.system.market.amm.address());
    let live_until = (heist.scene.chain().sequence() / APPROVAL_LEDGERS + 1) * APPROVAL_LEDGERS;
    hostile_call(
        comet,
        "swap_exact_amount_in",
        (token_in, amount, token_out, 0i128, i128::MAX, contract),
        &[hostile_nested(
            token_in,
            "approve",
            (contract, comet, amount, live_until),
        )],
    )
}

#[test]
fn sandwich_around_a_rebalance_costs_the_owner_no_more_than_the_discount() {
    let heist = Heist::new();
    let scene = &heist.scene;
    scene.hold_price(2_650);
    let here = scene.chain().snapshot();
    let quote = scene
        .system
        .quote_rebalance(&scene.vault, Path::Flash)
        .unwrap();
    let (mut worked, mut refused, mut best) = (0, 0, i128::MIN);
    for front in [
        0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 60_000, 200_000, 600_000,
    ] {
        for above_floor in [0, 20, 100, 250] {
            for path in [Path::Flash, Path::Plain] {
                scene.chain().restore(&here);
                let sell = match path {
                    Path::Flash => quote.step.sell,
                    Path::Plain => 2_000 * ONE,
                };
                let floor = quote.step.min_proceeds * sell / quote.step.sell + 1;
                let bid = floor + floor * above_floor / 10_000;
                let step = scene.system.step(path, sell, bid);
                let (loot, equity) = (heist.loot(), heist.equity());
                let (xlm, usdc) = (scene.xlm(), scene.usdc());
                let mut calls = vec![];
                if front > 0 {
                    calls.push(comet_swap(&heist, xlm, usdc, front * ONE));
                }
                let args = (&heist.contract, step, NO_DEADLINE);
                calls.push(hostile_call(&scene.vault.address, "rebalance", args, &[]));
                if front > 0 {
                    // About what the first swap brought.
                    let back = scene.system.market.amm.quote(xlm, front * ONE);
                    calls.push(comet_swap(&heist, usdc, xlm, back));
                }
                let done = run(scene.chain(), &heist.contract, &calls);
                if done.is_err() {
                    refused += 1;
                    continue;
                }
                worked += 1;
                let (gained, lost) = (heist.loot() - loot, equity - heist.equity());
                best = best.max(gained);
                let cap = sell * heist.price() / USD * 300_000 / ONE_E7 + 10;
                assert!(
                    lost <= cap,
                    "{front} {above_floor} {path:?}: {lost} > {cap}"
                );
                assert!(lost * 5 <= equity, "{front}: {lost} of {equity}");
                // What the venue lost to the thief it lost at its own price.
                assert!(gained <= cap + front * ONE / 50, "{front}: {gained}");
            }
        }
    }
    assert!(worked > 0 && refused > 0, "{worked} {refused}");
    println!("sandwiches: {worked} worked, {refused} refused, the best gained {best}");
}

#[test]
fn a_hostile_caller_runs_many_steps_in_one_transaction_within_the_caps() {
    let heist = Heist::new();
    let scene = &heist.scene;
    scene.hold_price(2_660);
    let quote = scene.vault.quote_fill().unwrap();
    let (loot, equity) = (heist.loot(), heist.equity());
    let (vault, contract) = (&scene.vault.address, &heist.contract);
    let fill = |sell: i128, bid: i128| {
        let args = (contract, scene.xlm(), scene.usdc(), bid, sell, NO_DEADLINE);
        let transfer = hostile_nested(scene.usdc(), "transfer", (contract, vault, bid));
        hostile_call(vault, "fill", args, &[transfer])
    };
    // Two of half the size, then as many as it takes to be refused.
    let (half, bid) = (quote.step.sell / 2, quote.step.min_proceeds / 2 + 1);
    // The first lowered the risk ratio, and with it the discount.
    let rest = half * 9 / 10;
    let fair = scene.floor(rest, 0) + 2;
    run(
        scene.chain(),
        contract,
        &[fill(half, bid), fill(rest, fair)],
    )
    .unwrap();
    let sold = (half + rest) * heist.price() / USD;
    let cap = sold * 300_000 / ONE_E7 + 10;
    assert!(heist.loot() - loot <= cap && equity - heist.equity() <= cap);
    let before = scene.chain().state_hash();
    let more: Vec<Call> = (0..8).map(|_| fill(half, bid)).collect();
    assert!(run(scene.chain(), contract, &more).is_err());
    assert_eq!(before, scene.chain().state_hash());
}

#[test]
fn accept_owner_fails_for_anybody_but_the_proposed() {
    let heist = Heist::new();
    let scene = &heist.scene;
    let chain = scene.chain();
    let accept = |account| chain.call_as(account, &scene.vault.address, "accept_owner", (), &[]);
    assert_vault_error(accept(&scene.thief), VaultError::NoProposal);
    let heir = chain.account("heir");
    scene
        .vault
        .as_owner("propose_owner", (heir.address(),))
        .unwrap();
    assert_unauthorized(accept(&scene.thief));
    assert_unauthorized(accept(&scene.vault.owner));
    // Replaced before it is accepted.
    let other = chain.account("other heir");
    scene
        .vault
        .as_owner("propose_owner", (other.address(),))
        .unwrap();
    assert_unauthorized(accept(&heir));
    accept(&other).unwrap();
    // The old owner is a stranger now.
    let args = (scene.usdc(), scene.owner());
    let old: Result<Val, CallError> = scene.vault.as_owner("sweep", args);
    assert_unauthorized(old);
    assert_vault_error(accept(&other), VaultError::NoProposal);
}
