//! The rules of the road: each was an exploit or a failure when it was missing, and each test here
//! fails without its rule. Hostile adapters, receivers and tokens come from `ballast-hostile`.

use crate::attack::{deploy_hostile, hostile_call, hostile_nested, route, run, tried};
use crate::support::{assert_code, assert_vault_error, Scene, DEBT, WEALTH};
use ballast_chain::blend::{usdc_reserve, xlm_reserve, ReserveConfig};
use ballast_chain::market::{ONE, USD};
use ballast_chain::system::NO_DEADLINE;
use ballast_chain::{
    ballast, Account, Asset, CallError, Market, MarketSetup, Oracle, PoolSetup, System, Token,
    Vault,
};
use ballast_hostile::{Call, Trick};
use ballast_interfaces::error::{FactoryError, ReceiverError, VaultError};
use ballast_interfaces::factory::Version;
use ballast_interfaces::receiver::ArmedSwap;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, Step, StepReport};
use soroban_sdk::{vec as host_vec, Address, Bytes, BytesN, Map};

/// The vault's idle USDC in most scenes.
const RESERVE: i128 = 8_000 * ONE;
/// What the scenes' steps sell.
const SELL: i128 = 16_000 * ONE;

/// Alice's vault at risk, with a reserve that steps leave alone, and a hostile contract that holds
/// both tokens.
struct Road {
    scene: Scene,
    hostile: Address,
}

impl Road {
    fn new() -> Self {
        let scene = Scene::with_policy(|policy| {
            policy.reserve_first = false;
            policy.use_previous_round = false;
        });
        let market = &scene.system.market;
        market.usdc.mint(&scene.vault.address, RESERVE);
        market.xlm.mint(&scene.vault.address, RESERVE);
        let hostile = deploy_hostile(scene.chain(), &scene.thief, "hostile");
        market.usdc.mint(&hostile, WEALTH);
        market.xlm.mint(&hostile, WEALTH);
        scene.hold_price(2_720);
        Self { scene, hostile }
    }

    /// Just above the floor.
    fn bid(&self) -> i128 {
        self.scene.floor(SELL, 0)
    }

    /// A step through the hostile adapter, which plays a trick.
    fn step(&self, path: Path, sell: i128, bid: i128, trick: &Trick) -> Step {
        Step {
            adapter: self.hostile.clone(),
            route: route(self.scene.chain(), trick),
            ..self.scene.system.step(path, sell, bid)
        }
    }

    fn rebalance(&self, path: Path, trick: &Trick) -> Result<StepReport, CallError> {
        let sell = self.sell(path);
        let step = self.step(path, sell, self.scene.floor(sell, 0), trick);
        self.scene.vault.rebalance(&self.scene.thief, &step)
    }

    /// The plain path frees slack only.
    fn sell(&self, path: Path) -> i128 {
        match path {
            Path::Plain => 3_000 * ONE,
            Path::Flash => SELL,
        }
    }

    /// Asserts that a call is refused and that nothing changed.
    #[track_caller]
    fn refuses<T: std::fmt::Debug>(
        &self,
        result: impl FnOnce() -> Result<T, CallError>,
    ) -> CallError {
        let before = self.scene.chain().state_hash();
        let error = result().expect_err("a hostile call");
        assert_eq!(before, self.scene.chain().state_hash(), "{error}");
        error
    }

    /// The vault's idle balances.
    fn idle(&self) -> (i128, i128) {
        self.scene.balances(&self.scene.vault.address)
    }

    /// Asserts that the vault's idle balances are what they were; a flash adds a unit or two of the
    /// collateral, which the pool gives back.
    #[track_caller]
    fn assert_idle(&self, vault: &Address, before: (i128, i128), name: &str) {
        let now = self.scene.balances(vault);
        assert!(
            (before.0..=before.0 + 3).contains(&now.0),
            "{name}: {now:?}"
        );
        assert_eq!(now.1, before.1, "{name}");
    }

    /// What the vault allows others to take of its tokens.
    fn allowances(&self, spender: &Address) -> (i128, i128) {
        let of = |token: &Address| -> i128 {
            let args = (&self.scene.vault.address, spender);
            let allowed = self.scene.chain().view(token, "allowance", args);
            allowed.expect("tokens tell allowances")
        };
        (of(self.scene.xlm()), of(self.scene.usdc()))
    }
}

const PATHS: [Path; 2] = [Path::Plain, Path::Flash];

// Proceeds are what arrived.

#[test]
fn rebalance_fails_when_the_adapter_returns_too_little() {
    let road = Road::new();
    for path in PATHS {
        let bid = road.scene.floor(road.sell(path), 0);
        for (sends, claims) in [
            (0, 0),
            (0, bid),
            (bid - 1, bid),
            (bid - 1, i128::MAX),
            (1, -1),
        ] {
            let error = road.refuses(|| road.rebalance(path, &Trick::Pay(sends, claims)));
            let expected = VaultError::ProceedsTooLow as u32;
            assert_eq!(error.code(), Some(expected), "{path:?} {sends}: {error}");
        }
        let idle = road.idle();
        let report = road.rebalance(path, &Trick::Pay(bid, -1)).unwrap();
        assert_eq!((report.proceeds, report.reward), (bid, 0));
        road.assert_idle(&road.scene.vault.address, idle, "paid in full");
        road.scene.set_price(2_710);
    }
}

#[test]
fn owner_rescue_and_close_fail_when_the_adapter_returns_too_little() {
    let road = Road::new();
    let env = road.scene.chain().env();
    for path in PATHS {
        let (sell, bid) = (road.sell(path), road.scene.floor(road.sell(path), 0));
        let step = road.step(path, sell, bid, &Trick::Pay(bid - 1, bid));
        let rescue = || road.scene.vault.as_owner("owner_rescue", (step.clone(),));
        assert_code(
            Err::<(), _>(road.refuses(rescue)),
            VaultError::ProceedsTooLow as u32,
        );
        let args = (host_vec![env, step.clone()], road.scene.owner());
        let close = || road.scene.vault.as_owner("close", args.clone());
        assert_code(
            Err::<(), _>(road.refuses(close)),
            VaultError::ProceedsTooLow as u32,
        );
    }
}

#[test]
fn rebalance_fails_when_the_adapter_traps() {
    let road = Road::new();
    let error = road.refuses(|| road.rebalance(Path::Plain, &Trick::Trap));
    assert_eq!(error.code(), Some(VaultError::VenueFailed as u32));
    road.refuses(|| road.rebalance(Path::Flash, &Trick::Trap));
}

// The receiver is trusted with nothing: a version may name any.

/// A vault of a version whose receiver is the hostile contract, at risk and with a reserve.
fn hostile_version(road: &Road) -> Vault {
    let system = &road.scene.system;
    let chain = system.chain();
    // The vault's own hash is listed with the honest receiver.
    let hash = chain.upload(&ballast::vault_named("hostile")).unwrap();
    let version = Version {
        wasm_hash: BytesN::from_array(chain.env(), &hash),
        receiver: road.hostile.clone(),
    };
    let index = chain
        .call_as(
            &system.admin,
            &system.factory,
            "list_version",
            (version,),
            &[],
        )
        .unwrap();
    let index: u32 = chain.from_val(index);
    let owner = chain.account("bob");
    system.market.xlm.fund(&owner, WEALTH);
    system.market.usdc.trust(&owner);
    let policy = road.scene.vault.state().policy;
    let pool = system.market.pool.address();
    let args = (owner.address(), pool, index, policy, 0u32);
    let vault = chain
        .call_as(&owner, &system.factory, "create", args, &[])
        .unwrap();
    let vault = system.vault(&chain.from_val::<Address>(vault), &owner);
    system.market.set_price(USD * 36 / 100);
    vault.deposit(road.scene.xlm(), 139_000 * ONE).unwrap();
    vault
        .borrow(road.scene.usdc(), DEBT, owner.address())
        .unwrap();
    system.market.usdc.mint(&vault.address, RESERVE);
    system.market.xlm.mint(&vault.address, RESERVE);
    road.scene.hold_price(2_720);
    vault
}

fn prepare(road: &Road, trick: &Trick) {
    let args = (trick.clone(),);
    let told = road.scene.chain().call(&road.hostile, "prepare", args, &[]);
    told.expect("it listens to anybody");
}

#[test]
fn rebalance_fails_when_the_receiver_returns_too_little() {
    let road = Road::new();
    let vault = hostile_version(&road);
    let bid = road.bid();
    let step = road.scene.system.step(Path::Flash, SELL, bid);
    for sends in [0, 1, bid - 1] {
        prepare(&road, &Trick::Pay(sends, 0));
        let error = road.refuses(|| vault.rebalance(&road.scene.thief, &step));
        assert_eq!(
            error.code(),
            Some(VaultError::ProceedsTooLow as u32),
            "{sends}"
        );
    }
    let before = road.scene.balances(&vault.address);
    prepare(&road, &Trick::Pay(bid, 0));
    vault.rebalance(&road.scene.thief, &step).unwrap();
    road.assert_idle(&vault.address, before, "paid in full");
}

#[test]
fn rebalance_gives_a_hostile_receiver_nothing_but_the_loan() {
    let road = Road::new();
    let vault = hostile_version(&road);
    let step = road.scene.system.step(Path::Flash, SELL, road.bid());
    for call in grabs(&road, &vault) {
        let state = road.scene.chain().snapshot();
        prepare(&road, &Trick::TryThenPay(call.clone()));
        let before = road.scene.balances(&vault.address);
        vault.rebalance(&road.scene.thief, &step).unwrap();
        let name = format!("{:?}", call.function);
        assert_eq!(tried(road.scene.chain()), [false], "{name}");
        road.assert_idle(&vault.address, before, &name);
        road.scene.chain().restore(&state);
    }
}

// Authorisations: the vault's hold for one pool call, and never while foreign code runs.

/// What a hostile contract tries while the vault is at work.
fn grabs(road: &Road, vault: &Vault) -> Vec<Call> {
    let (own, vault) = (&road.hostile, &vault.address);
    let system = &road.scene.system;
    let (pool, receiver) = (system.market.pool.address(), &system.receiver);
    let env = road.scene.chain().env();
    let ledger = road.scene.chain().sequence();
    let (xlm, usdc) = (road.scene.xlm(), road.scene.usdc());
    let all = ballast_chain::blend::request;
    let withdraw = host_vec![env, all(3, xlm, 1_000 * ONE)];
    let borrow = host_vec![env, all(4, usdc, ONE)];
    let step = system.step(Path::Flash, SELL, road.bid());
    let swap = ArmedSwap {
        pool: pool.clone(),
        token_in: xlm.clone(),
        token_out: usdc.clone(),
        amount_in: SELL,
        min_out: 1,
        adapter: own.clone(),
        route: Bytes::new(env),
    };
    let steps = host_vec![env, step.clone()];
    vec![
        // The vault's tokens.
        hostile_call(usdc, "transfer", (vault, own, ONE), &[]),
        hostile_call(xlm, "transfer", (vault, own, ONE), &[]),
        hostile_call(usdc, "approve", (vault, own, ONE, ledger), &[]),
        hostile_call(usdc, "transfer_from", (own, vault, own, ONE), &[]),
        hostile_call(xlm, "transfer_from", (own, vault, own, ONE), &[]),
        hostile_call(usdc, "transfer_from", (pool, vault, own, ONE), &[]),
        hostile_call(usdc, "burn", (vault, ONE), &[]),
        // The vault's position.
        hostile_call(pool, "submit", (vault, vault, own, withdraw.clone()), &[]),
        hostile_call(pool, "submit", (vault, own, own, borrow.clone()), &[]),
        hostile_call(
            pool,
            "submit_with_allowance",
            (vault, vault, own, withdraw),
            &[],
        ),
        hostile_call(pool, "claim", (vault, host_vec![env, 0u32], own), &[]),
        // The vault itself.
        hostile_call(vault, "rebalance", (own, step.clone(), NO_DEADLINE), &[]),
        hostile_call(
            vault,
            "fill",
            (own, xlm, usdc, road.bid(), SELL, NO_DEADLINE),
            &[hostile_nested(usdc, "transfer", (own, vault, road.bid()))],
        ),
        hostile_call(vault, "withdraw", (xlm, ONE, own), &[]),
        hostile_call(vault, "borrow", (usdc, ONE, own), &[]),
        hostile_call(vault, "sweep", (usdc, own), &[]),
        hostile_call(vault, "close", (steps, own), &[]),
        hostile_call(vault, "set_automation", (false,), &[]),
        hostile_call(
            vault,
            "repay",
            (own, usdc, ONE),
            &[hostile_nested(usdc, "transfer", (own, vault, ONE))],
        ),
        // The receiver.
        hostile_call(receiver, "arm", (vault, swap), &[]),
        hostile_call(receiver, "exec_op", (vault, xlm, SELL, 0i128), &[]),
    ]
}

#[test]
fn rebalance_gives_a_hostile_adapter_nothing_but_what_is_sold() {
    let road = Road::new();
    for path in PATHS {
        for call in grabs(&road, &road.scene.vault) {
            let state = road.scene.chain().snapshot();
            let idle = road.idle();
            let shares = road.scene.shares();
            let held = road.scene.balances(&road.hostile);
            let report = road
                .rebalance(path, &Trick::TryThenPay(call.clone()))
                .unwrap_or_else(|error| panic!("{path:?} {:?}: {error}", call.function));
            let name = format!("{path:?} {:?}", call.function);
            assert_eq!(tried(road.scene.chain()), [false], "{name}");
            road.assert_idle(&road.scene.vault.address, idle, &name);
            let now = road.scene.balances(&road.hostile);
            assert_eq!(now.0 - held.0, report.sold);
            assert_eq!(held.1 - now.1, report.proceeds);
            assert!(road.scene.shares().0 < shares.0 && road.scene.shares().1 < shares.1);
            road.scene.chain().restore(&state);
        }
    }
}

#[test]
fn rebalance_fails_when_the_adapter_seizes_an_allowance() {
    let road = Road::new();
    for path in PATHS {
        for (token, from) in [
            (road.scene.usdc(), &road.scene.vault.address),
            (road.scene.xlm(), &road.scene.vault.address),
            (road.scene.usdc(), &road.scene.system.receiver),
        ] {
            let trick = Trick::Seize(token.clone(), from.clone(), 1);
            road.refuses(|| road.rebalance(path, &trick));
        }
    }
}

#[test]
fn fund_reserve_and_repay_give_a_hostile_token_nothing() {
    let road = Road::new();
    let thief = &road.scene.thief;
    road.scene
        .chain()
        .call(&road.hostile, "mint", (thief.address(), 100 * ONE), &[])
        .unwrap();
    for call in grabs(&road, &road.scene.vault) {
        let state = road.scene.chain().snapshot();
        prepare(&road, &Trick::TryThenPay(call.clone()));
        let (idle, shares) = (road.idle(), road.scene.shares());
        road.scene
            .vault
            .fund_reserve(thief, &road.hostile, ONE)
            .unwrap();
        assert_eq!(tried(road.scene.chain()), [false], "{:?}", call.function);
        assert_eq!((road.idle(), road.scene.shares()), (idle, shares));
        let args = (&road.hostile, thief.address());
        road.scene.vault.as_owner("sweep", args).unwrap();
        assert_eq!(tried(road.scene.chain()), [false], "{:?}", call.function);
        assert_eq!((road.idle(), road.scene.shares()), (idle, shares));
        road.refuses(|| road.scene.vault.repay(thief, &road.hostile, ONE));
        road.refuses(|| road.scene.vault.deposit(&road.hostile, ONE));
        road.scene.chain().restore(&state);
    }
}

#[test]
fn approvals_are_zero_after_every_step() {
    let road = Road::new();
    let scene = &road.scene;
    let env = scene.chain().env();
    let state = scene.chain().snapshot();
    let pool = scene.system.market.pool.address();
    let spenders = [
        pool,
        &scene.system.receiver,
        &scene.system.adapter,
        &road.hostile,
    ];
    let none = |name: &str| {
        for spender in spenders {
            assert_eq!(road.allowances(spender), (0, 0), "{name}");
        }
        scene.chain().restore(&state);
    };
    for path in PATHS {
        let sell = road.sell(path);
        let bid = scene.floor(sell, 0);
        road.rebalance(path, &Trick::Pay(bid, bid)).unwrap();
        none("rebalance");
        // More than is asked for.
        road.rebalance(path, &Trick::Pay(2 * bid, bid)).unwrap();
        none("rebalance with a surplus");
        let step = road.step(path, sell, bid, &Trick::Pay(bid, bid));
        scene.vault.as_owner("owner_rescue", (step,)).unwrap();
        none("owner_rescue");
    }
    // More than the debt: the pool leaves a part of the allowance.
    for surplus in [0, 1, 2, ONE, 5_000 * ONE] {
        let bid = scene.debt() + surplus;
        let step = road.step(Path::Flash, 100_000 * ONE, bid, &Trick::Pay(bid, bid));
        scene
            .vault
            .as_owner("owner_rescue", (step.clone(),))
            .unwrap();
        none("owner_rescue of the whole debt");
        let args = (host_vec![env, step], scene.owner());
        scene.vault.as_owner("close", args).unwrap();
        none("close");
    }
    scene.fill(scene.floor(SELL, 0), SELL).unwrap();
    none("fill");
    scene
        .vault
        .repay(&scene.keeper, scene.usdc(), 2 * DEBT)
        .unwrap();
    none("repay");
}

// Nothing that the vault trusts or holds is called as an adapter.

#[test]
fn rebalance_fails_when_the_adapter_is_what_the_vault_trusts_or_holds() {
    let road = Road::new();
    let scene = &road.scene;
    let system = &scene.system;
    let market = &system.market;
    let second = Oracle::deploy(scene.chain(), "second oracle", &[scene.xlm(), scene.usdc()]);
    second.set_prices(&[USD * 272 / 1_000, USD]);
    let mut policy = scene.vault.state().policy;
    let mut assets = Map::new(scene.chain().env());
    for asset in [scene.xlm(), scene.usdc()] {
        assets.set(asset.clone(), Asset::Stellar(asset.clone()));
    }
    policy.second_oracle = SecondSource::Feed(SecondOracle {
        oracle: second.address().clone(),
        assets,
        required: true,
    });
    market.set_price(USD * 36 / 100);
    scene.vault.as_owner("set_policy", (policy,)).unwrap();
    second.set_prices(&[USD * 272 / 1_000, USD]);
    scene.system.market.set_price(USD * 272 / 1_000);
    let env = scene.chain().env();
    for (name, adapter) in [
        ("vault", &scene.vault.address),
        ("pool", market.pool.address()),
        ("collateral", scene.xlm()),
        ("debt", scene.usdc()),
        ("oracle", market.oracle.address()),
        ("second oracle", second.address()),
        ("receiver", &system.receiver),
        ("factory", &system.factory),
    ] {
        for path in PATHS {
            let sell = road.sell(path);
            let step = Step {
                adapter: adapter.clone(),
                ..system.step(path, sell, scene.floor(sell, 0))
            };
            let forbidden = VaultError::AdapterForbidden as u32;
            let error = road.refuses(|| scene.vault.rebalance(&scene.thief, &step));
            assert_eq!(error.code(), Some(forbidden), "{name} {path:?}");
            let error = road.refuses(|| scene.vault.as_owner("owner_rescue", (step.clone(),)));
            assert_eq!(error.code(), Some(forbidden), "{name} {path:?}");
            let args = (host_vec![env, step], scene.owner());
            let error = road.refuses(|| scene.vault.as_owner("close", args));
            assert_eq!(error.code(), Some(forbidden), "{name} {path:?}");
        }
    }
}

// The receiver is armed by the vault, consumed, and empty.

fn armed_for(road: &Road, pool: &Address) -> ArmedSwap {
    ArmedSwap {
        pool: pool.clone(),
        token_in: road.scene.xlm().clone(),
        token_out: road.scene.usdc().clone(),
        amount_in: SELL,
        min_out: 0,
        adapter: road.hostile.clone(),
        route: route(road.scene.chain(), &Trick::Pay(0, 0)),
    }
}

#[test]
fn receiver_is_armed_by_the_vault_alone() {
    let road = Road::new();
    let scene = &road.scene;
    let (chain, receiver, vault) = (scene.chain(), &scene.system.receiver, &scene.vault.address);
    let pool = scene.system.market.pool.address();
    let swap = armed_for(&road, pool);
    // In the vault's name: by its owner, by a thief, by a contract.
    let args = (vault, swap.clone());
    for account in [&scene.vault.owner, &scene.thief] {
        let error = road.refuses(|| chain.call_as(account, receiver, "arm", args.clone(), &[]));
        assert!(error.is_auth(), "{error}");
    }
    let call = hostile_call(receiver, "arm", args, &[]);
    road.refuses(|| run(chain, &road.hostile, &[call]));
    // In one's own name, with oneself as the pool: there is nothing to take.
    let own = armed_for(&road, &road.hostile);
    let calls = [
        hostile_call(receiver, "arm", (&road.hostile, own), &[]),
        hostile_call(
            receiver,
            "exec_op",
            (&road.hostile, scene.xlm(), SELL, 0i128),
            &[],
        ),
    ];
    road.refuses(|| run(chain, &road.hostile, &calls));
}

#[test]
fn receiver_is_empty_after_every_step() {
    let road = Road::new();
    let scene = &road.scene;
    let (chain, receiver, vault) = (scene.chain(), &scene.system.receiver, &scene.vault.address);
    let disarmed = || {
        let args = (vault, scene.xlm(), SELL, 0i128);
        let error = road.refuses(|| chain.call(receiver, "exec_op", args, &[]));
        assert_eq!(error.code(), Some(ReceiverError::NotArmed as u32));
        assert_eq!(scene.balances(receiver), (0, 0));
    };
    disarmed();
    let bid = road.bid();
    road.rebalance(Path::Flash, &Trick::Pay(bid, bid)).unwrap();
    disarmed();
    scene.set_price(2_700);
    // A flash that fails leaves nothing behind either.
    road.refuses(|| road.rebalance(Path::Flash, &Trick::Pay(0, 0)));
    disarmed();
    let sell = 20_000 * ONE;
    let step = scene
        .system
        .step(Path::Flash, sell, scene.floor(sell, 0_0250000));
    scene.vault.as_owner("owner_rescue", (step,)).unwrap();
    disarmed();
    // The adapter too holds nothing.
    assert_eq!(scene.balances(&scene.system.adapter), (0, 0));
}

#[test]
fn receiver_serves_only_the_armed_loan_of_the_armed_pool() {
    let road = Road::new();
    let scene = &road.scene;
    let (chain, receiver) = (scene.chain(), &scene.system.receiver);
    // A contract arms for itself and names itself as the pool: other loans are refused.
    let own = armed_for(&road, &road.hostile);
    for (token, amount) in [
        (scene.usdc(), SELL),
        (scene.xlm(), SELL - 1),
        (scene.xlm(), SELL + 1),
    ] {
        let calls = [
            hostile_call(receiver, "arm", (&road.hostile, own.clone()), &[]),
            hostile_call(
                receiver,
                "exec_op",
                (&road.hostile, token, amount, 0i128),
                &[],
            ),
        ];
        let error = road.refuses(|| run(chain, &road.hostile, &calls));
        assert_eq!(error.code(), Some(ReceiverError::WrongLoan as u32));
    }
    // The pool named is the only caller.
    let pool = scene.system.market.pool.address();
    let swap = armed_for(&road, pool);
    let calls = [
        hostile_call(receiver, "arm", (&road.hostile, swap), &[]),
        hostile_call(
            receiver,
            "exec_op",
            (&road.hostile, scene.xlm(), SELL, 0i128),
            &[],
        ),
    ];
    road.refuses(|| run(chain, &road.hostile, &calls));
}

// A flash loan is repaid to the last unit.

/// A scene whose XLM is lent at dear rates, so that they move a percent in a day, and an adapter
/// that pays what its route says.
fn dear_scene() -> (Scene, Address) {
    let mut setup = MarketSetup::default();
    setup.xlm_reserve.r_base = 0_9000000;
    setup.xlm_reserve.r_one = 4_0000000;
    setup.xlm_reserve.r_two = 5_0000000;
    setup.xlm_reserve.r_three = 10_0000000;
    setup.xlm_reserve.reactivity = 0;
    let scene = Scene::on(
        System::new(Market::new(&setup)),
        |policy| {
            policy.use_previous_round = false;
            policy.step_min_e7 = 0_0100000;
        },
        139_000 * ONE,
        DEBT,
    );
    let market = &scene.system.market;
    let payer = deploy_hostile(scene.chain(), &scene.thief, "payer");
    market.usdc.mint(&payer, WEALTH);
    let whale = market.trader("whale", 0, WEALTH);
    market.pool.deposit(&whale, scene.usdc(), WEALTH).unwrap();
    market
        .pool
        .borrow(&whale, scene.xlm(), 3_000_000 * ONE)
        .unwrap();
    (scene, payer)
}

#[test]
fn flash_leaves_no_liability_at_40_rates() {
    let (scene, payer) = dear_scene();
    let market = &scene.system.market;
    let mut rates = vec![];
    let mut done = 0;
    while done < 40 {
        // A percent, and an odd number of seconds.
        scene.chain().advance_seconds(90_000 + 919 * done);
        market.set_price(USD * 36 / 100);
        let reserve = market.pool.reserve(scene.xlm());
        let rate = reserve.data.d_rate;
        rates.push(rate);
        done += 1;
        let price = {
            let (owed, held) = (scene.debt(), scene.collateral());
            // A health factor of 1.03 to 1.05.
            let health = 103 + i128::from(done as u32 % 3);
            owed * 100 / 95 * health * USD / (held * 75)
        };
        market.set_price(price);
        let state = scene.chain().snapshot();
        for sell in [
            5_000 * ONE + 1,
            7_777_7777777 + i128::from(done as u32) * 13,
        ] {
            let bid = scene.floor(sell, 0);
            let step = Step {
                adapter: payer.clone(),
                route: route(scene.chain(), &Trick::Pay(bid, bid)),
                ..scene.system.step(Path::Flash, sell, bid)
            };
            let before = scene.shares();
            scene
                .vault
                .rebalance(&scene.keeper, &step)
                .unwrap_or_else(|error| panic!("rate {rate}, {sell}: {error}"));
            let positions = market.pool.positions(&scene.vault.address);
            assert_eq!(positions.liabilities.len(), 1, "rate {rate}");
            assert_eq!(positions.liabilities.get(0), None, "rate {rate}");
            // What is given back beyond the loan is no more than a few units.
            let b_rate = reserve.data.b_rate;
            let sold = (before.0 - scene.shares().0) * b_rate / 1_000_000_000_000;
            assert!(
                (sell..sell + 6).contains(&sold),
                "rate {rate}: {sold} for {sell}"
            );
            scene.chain().restore(&state);
        }
    }
    let (first, last) = (rates[0], rates[39]);
    assert!(
        first < 1_030_000_000_000 && last > 1_400_000_000_000,
        "{first} {last}"
    );
}

/// What a flash gives back beyond the loan must be there: it can sell all but a few units of a
/// collateral, and says so where it is asked for more.
#[test]
fn flash_sells_all_but_the_dust_of_a_collateral() {
    let (scene, payer) = dear_scene();
    let market = &scene.system.market;
    // USDC as a second collateral: enough to stand alone after XLM is gone.
    market.usdc.fund(&scene.vault.owner, WEALTH);
    scene.vault.deposit(scene.usdc(), 40_000 * ONE).unwrap();
    let args = (scene.xlm(), 135_000 * ONE, scene.owner());
    scene.vault.as_owner("withdraw", args).unwrap();
    for day in 0..10 {
        scene.chain().advance_seconds(90_000 + 919 * day);
        market.set_price(USD * 36 / 100);
        let (held, state) = (scene.collateral(), scene.chain().snapshot());
        let sell = |path: Path, sell: i128| {
            let bid = scene.floor(sell, 0);
            let step = Step {
                adapter: payer.clone(),
                route: route(scene.chain(), &Trick::Pay(bid, bid)),
                ..scene.system.step(path, sell, bid)
            };
            let rescue = scene.vault.as_owner("owner_rescue", (step,));
            let left = scene.collateral();
            scene.chain().restore(&state);
            rescue.map(|_| left)
        };
        assert!(sell(Path::Plain, held).unwrap() <= 1, "day {day}");
        assert!(sell(Path::Flash, held - 4).unwrap() <= 4, "day {day}");
        let whole = sell(Path::Flash, held);
        let code = whole.as_ref().err().and_then(CallError::code);
        let refused = code == Some(VaultError::ExceedsCollateral as u32);
        assert!(whole.is_ok() || refused, "day {day}: {whole:?}");
    }
}

// Creation.

fn create(
    scene: &Scene,
    signer: &Account,
    owner: &Account,
    nonce: u32,
) -> Result<Address, CallError> {
    let system = &scene.system;
    let pool = system.market.pool.address();
    let args = (owner.address(), pool, 0u32, system.policy(), nonce);
    let created = system
        .chain()
        .call_as(signer, &system.factory, "create", args, &[]);
    created.map(|vault| system.chain().from_val(vault))
}

#[test]
fn create_takes_no_address_that_is_another_owners() {
    let scene = Scene::new();
    let (chain, factory) = (scene.chain(), &scene.system.factory);
    let (victim, thief) = (chain.account("victim"), &scene.thief);
    let at = |owner: &Account, nonce: u32| -> Address {
        let args = (owner.address(), scene.system.market.pool.address(), nonce);
        chain.view(factory, "vault_address", args).unwrap()
    };
    // Not in the victim's name, and not at the victim's address in one's own.
    assert!(create(&scene, thief, &victim, 0).unwrap_err().is_auth());
    for nonce in 0..5 {
        let taken = create(&scene, thief, thief, nonce).unwrap();
        assert_eq!(taken, at(thief, nonce));
        assert_ne!(taken, at(&victim, nonce));
    }
    assert_eq!(create(&scene, &victim, &victim, 0).unwrap(), at(&victim, 0));
    let again = create(&scene, &victim, &victim, 0);
    assert_code(again, FactoryError::VaultExists as u32);
}

#[test]
fn create_costs_the_same_with_many_vaults() {
    let scene = Scene::new();
    let chain = scene.chain();
    let owner = chain.account("bob");
    let mut costs = vec![];
    for nonce in 0..110 {
        create(&scene, &owner, &owner, nonce).unwrap();
        let cost = chain.last_cost();
        costs.push((cost.write_bytes, cost.write_entries));
    }
    assert_eq!(costs[1], costs[109]);
    let page: soroban_sdk::Vec<Address> = chain
        .view(&scene.system.factory, "vaults", (5u32, 100u32))
        .unwrap();
    assert_eq!(page.len(), 100);
}

#[test]
fn versions_are_append_only_and_nothing_upgrades() {
    let scene = Scene::new();
    let (chain, system) = (scene.chain(), &scene.system);
    let version =
        |index: u32| -> Version { chain.view(&system.factory, "version", (index,)).unwrap() };
    let first = version(0);
    let other = Version {
        wasm_hash: BytesN::from_array(chain.env(), &[7; 32]),
        receiver: system.adapter.clone(),
    };
    let args = (other.clone(),);
    let index = chain
        .call_as(
            &system.admin,
            &system.factory,
            "list_version",
            args.clone(),
            &[],
        )
        .unwrap();
    assert_eq!(chain.from_val::<u32>(index), 1);
    assert_eq!((version(0), version(1)), (first.clone(), other));
    for (contract, signer) in [
        (&system.factory, &system.admin),
        (&system.receiver, &system.admin),
        (&scene.vault.address, &system.admin),
        (&scene.vault.address, &scene.vault.owner),
    ] {
        for function in ["upgrade", "update", "migrate", "set_admin", "set_version"] {
            // A vault's owner alone may upgrade it: see the tests of `upgrade`.
            if function == "upgrade" && signer.address() == scene.owner() {
                continue;
            }
            let args = (first.wasm_hash.clone(),);
            let result = chain.call_as(signer, contract, function, args, &[]);
            assert!(result.is_err(), "{function}");
        }
    }
    // A deployed vault keeps its receiver.
    assert_eq!(scene.vault.state().links.receiver, system.receiver);
}

// Nothing that safety needs expires.

#[test]
fn settings_and_windows_outlive_temporary_storage() {
    let scene = Scene::with_policy(|policy| {
        policy.use_previous_round = false;
        policy.window_ledgers = 17_280;
        policy.step_min_e7 = 0_0500000;
        policy.step_max_e7 = 0_0500000;
    });
    let chain = scene.chain();
    let heir = chain.account("heir");
    scene
        .vault
        .as_owner("propose_owner", (heir.address(),))
        .unwrap();
    scene.hold_price(2_720);
    while let Ok(quote) = scene.vault.quote_fill() {
        scene
            .fill(quote.step.min_proceeds, quote.step.sell)
            .unwrap();
    }
    assert_vault_error(scene.vault.quote_fill(), VaultError::BudgetExhausted);
    let window = scene.vault.state().window;
    // To the window's last ledger, past what temporary entries live at least.
    chain.advance_ledgers(17_279 - (chain.sequence() - window.start_ledger));
    scene.system.market.set_price(USD * 272 / 1_000);
    assert_vault_error(scene.vault.quote_fill(), VaultError::BudgetExhausted);
    chain.advance_ledgers(1);
    scene.system.market.set_price(USD * 272 / 1_000);
    scene.vault.quote_fill().unwrap();
    scene.vault.as_owner("set_automation", (false,)).unwrap();
    chain.advance_ledgers(50_000);
    scene.system.market.set_price(USD * 272 / 1_000);
    assert_vault_error(scene.vault.quote_fill(), VaultError::AutomationOff);
    chain
        .call_as(&heir, &scene.vault.address, "accept_owner", (), &[])
        .unwrap();
    assert_eq!(scene.vault.state().owner, *heir.address());
}

// Tokens that misbehave.

/// A vault that owes a token which keeps a fee of every transfer, and holds XLM.
fn fee_scene(reserve: i128) -> (Scene, Token) {
    let mut market = Market::standard();
    let chain = market.chain.clone();
    let minter = chain.account("minter");
    let address = deploy_hostile(&chain, &minter, "fee token");
    let fee = Token::contract(&chain, "FEE", &address, &minter);
    let assets = [market.xlm.address(), market.usdc.address(), &address];
    let oracle = Oracle::deploy(&chain, "oracle of three", &assets);
    oracle.set_prices(&[USD * 36 / 100, USD, USD]);
    let third = ReserveConfig {
        c_factor: 0_9000000,
        ..usdc_reserve()
    };
    let setup = PoolSetup::new(vec![
        (assets[0].clone(), xlm_reserve()),
        (assets[1].clone(), usdc_reserve()),
        (address.clone(), third),
    ]);
    market.pool = market
        .blend
        .create_pool("pool of three", oracle.address(), &setup);
    market.oracle = oracle;
    for token in [&market.xlm, &market.usdc, &fee] {
        token.fund(&market.lender, WEALTH);
        let lent = market
            .pool
            .supply(&market.lender, token.address(), WEALTH / 2);
        lent.expect("the pool takes the supply");
    }
    let scene = Scene::on(
        System::new(market),
        |policy| policy.reserve_first = false,
        139_000 * ONE,
        0,
    );
    fee.mint(scene.keeper.address(), WEALTH);
    scene
        .vault
        .borrow(fee.address(), DEBT, scene.owner())
        .unwrap();
    if reserve > 0 {
        fee.mint(&scene.vault.address, reserve);
    }
    for _ in 0..2 {
        scene.chain().advance_ledgers(60);
        let oracle = &scene.system.market.oracle;
        oracle.set_prices(&[USD * 272 / 1_000, USD, USD]);
    }
    (scene, fee)
}

#[test]
fn fill_fails_with_a_token_that_keeps_a_fee() {
    for (reserve, expected) in [
        (0, VaultError::PoolRefused),
        (1_000 * ONE, VaultError::BalanceDropped),
    ] {
        let (scene, fee) = fee_scene(reserve);
        let (sell, bid) = (SELL, SELL * 272 / 1_000);
        let before = scene.chain().state_hash();
        let filled = scene
            .vault
            .fill(&scene.keeper, scene.xlm(), fee.address(), bid, sell);
        assert_vault_error(filled, expected);
        assert_eq!(before, scene.chain().state_hash());
        let hostile = deploy_hostile(scene.chain(), &scene.thief, "payer");
        fee.mint(&hostile, WEALTH);
        for path in PATHS {
            let sell = if path == Path::Plain {
                3_000 * ONE
            } else {
                sell
            };
            let bid = sell * 272 / 1_000;
            let step = Step {
                debt: fee.address().clone(),
                adapter: hostile.clone(),
                route: route(scene.chain(), &Trick::Pay(bid, bid)),
                ..scene.system.step(path, sell, bid)
            };
            let before = scene.chain().state_hash();
            let done = scene.vault.rebalance(&scene.keeper, &step);
            assert!(done.is_err(), "{path:?}: {done:?}");
            assert_eq!(before, scene.chain().state_hash());
        }
    }
}

#[test]
fn fill_survives_a_frozen_venue_and_exits_survive_a_frozen_owner() {
    let scene = Scene::with_policy(|policy| policy.reserve_first = false);
    let market = &scene.system.market;
    market.usdc.mint(&scene.vault.address, RESERVE);
    scene.hold_price(2_720);
    // The venue's USDC is frozen: nobody swaps, a keeper fills.
    market.usdc.freeze(market.amm.address());
    let step = scene
        .system
        .step(Path::Flash, SELL, scene.floor(SELL, 0_0100000));
    assert!(scene.vault.rebalance(&scene.keeper, &step).is_err());
    scene.fill(scene.floor(SELL, 0), SELL).unwrap();
    // The owner's trustline is frozen: every exit goes elsewhere.
    market.usdc.freeze(scene.owner());
    let heir = scene.stranger("heir");
    market.set_price(USD * 40 / 100);
    let reserve = |to: &Address| (scene.usdc().clone(), ONE, to.clone());
    assert!(scene
        .vault
        .as_owner("withdraw_reserve", reserve(scene.owner()))
        .is_err());
    scene
        .vault
        .as_owner("withdraw_reserve", reserve(heir.address()))
        .unwrap();
    assert!(scene
        .vault
        .borrow(scene.usdc(), ONE, scene.owner())
        .is_err());
    scene
        .vault
        .borrow(scene.usdc(), ONE, heir.address())
        .unwrap();
    // A part of the reserve is clawed back: what is left is swept.
    market.usdc.claw_back(&scene.vault.address, RESERVE / 2);
    let left = market.usdc.balance(&scene.vault.address);
    let swept = scene
        .vault
        .as_owner("sweep", (scene.usdc(), heir.address()))
        .unwrap();
    assert_eq!(scene.chain().from_val::<i128>(swept), left);
}
