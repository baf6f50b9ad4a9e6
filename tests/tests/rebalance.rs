//! `rebalance`, plain and flash.

use crate::support::{
    assert_unauthorized, deploy_code, reward_cap_at, swap, Call, Instruction, Scene, Trio, WEALTH,
};
use ballast_chain::blend::status;
use ballast_chain::market::{ONE, USD};
use ballast_chain::system::{NO_DEADLINE, POLICY};
use ballast_chain::{CallError, Oracle};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::oracle::Asset;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, Step, StepReport};
use soroban_sdk::{Address, Bytes, Map};

/// What each path sells at 0.2780: a flash a step of full size, a plain most of the slack.
const SELLS: [(Path, i128); 2] = [(Path::Plain, 6_000 * ONE), (Path::Flash, 12_000 * ONE)];
const PRICE: i128 = USD * 2_780 / 10_000;

/// What a case changes about a good step.
type Change<'a> = &'a dyn Fn(&mut Step);

/// The oracle at 0.2780 (risk ratio 94%), the AMM at another price.
fn scene(amm_e4: i128) -> Scene {
    let s = Scene::new();
    s.hold_price(2_780);
    s.move_amm(amm_e4);
    s
}

fn discount_e7(s: &Scene) -> i128 {
    POLICY.discount_at_e7(POLICY.ramp_e7(s.risk_e7()))
}

fn step_with(s: &Scene, path: Path, sell: i128, bid: i128, change: impl FnOnce(&mut Step)) -> Step {
    let mut step = s.system.step(path, sell, bid);
    change(&mut step);
    step
}

#[test]
fn rebalance_pays_the_keeper_up_to_the_cap_and_keeps_the_rest_as_reserve() {
    for (path, sell) in SELLS {
        // 2.5% above the oracle.
        let s = scene(2_850);
        let (risk_e7, discount_e7) = (s.risk_e7(), discount_e7(&s));
        let (held, owed) = (s.collateral(), s.debt());
        let amm = s.system.market.amm.reserves();
        let bid = s.floor(sell, discount_e7);
        let report = s.rebalance(path, sell, bid).unwrap();

        let step = s.system.step(path, sell, bid);
        let keeper = s.keeper.address();
        s.assert_authorized_by(keeper, "rebalance", (keeper, step, NO_DEADLINE));
        let event = s.event("step_executed");
        let amm_after = s.system.market.amm.reserves();
        let proceeds = amm[1] - amm_after[1];
        assert_eq!(amm_after[0] - amm[0], sell);
        let reward = reward_cap_at(PRICE, sell, discount_e7);
        assert!(proceeds > bid + reward, "{proceeds} {bid} {reward}");

        assert_eq!(&event.topic::<Address>(1), keeper);
        assert_eq!(event.field::<Option<Path>>("path"), Some(path));
        assert!(!event.field::<bool>("rescue"));
        for (field, expected) in [
            ("sold", sell),
            ("bid", bid),
            ("floor", bid),
            ("discount_e7", discount_e7),
            ("proceeds", proceeds),
            ("repaid", bid),
            ("reward", reward),
            ("collateral_price", PRICE),
            ("debt_price", USD),
            ("risk_before_e7", risk_e7),
            ("risk_after_e7", report.risk_after_e7),
        ] {
            assert_eq!(event.field::<i128>(field), expected, "{path:?} {field}");
        }
        assert_eq!((report.sold, report.repaid), (sell, bid));
        assert_eq!(
            (report.proceeds, report.reward, report.reserve_spent),
            (proceeds, reward, 0)
        );
        assert_eq!(report.risk_before_e7, risk_e7);
        assert_eq!(s.risk_e7(), report.risk_after_e7);

        assert_eq!(s.balances(keeper), (WEALTH, WEALTH + reward));
        // A flash returns a few stroops more than it sold, and gets them back.
        let (vault_xlm, vault_usdc) = s.balances(&s.vault.address);
        assert_eq!(vault_usdc, proceeds - bid - reward);
        assert!((0..=3).contains(&vault_xlm), "{vault_xlm}");
        assert!((held - sell - 4..=held - sell).contains(&s.collateral()));
        assert!((owed - bid..=owed - bid + 1).contains(&s.debt()));
        assert_eq!(s.system.market.pool.debt(&s.vault.address, s.xlm()), 0);
        for token in [s.xlm(), s.usdc()] {
            for holder in [&s.system.adapter, &s.system.receiver] {
                let balance: i128 = s.chain().view(token, "balance", (holder,)).unwrap();
                assert_eq!(balance, 0);
            }
            let args = (&s.vault.address, s.system.market.pool.address());
            let allowance: i128 = s.chain().view(token, "allowance", args).unwrap();
            assert_eq!(allowance, 0);
        }
    }
}

#[test]
fn rebalance_pays_the_keeper_what_came_above_the_bid_when_that_is_less_than_the_cap() {
    for (path, sell) in SELLS {
        let s = scene(2_850);
        let state = s.chain().snapshot();
        let floor = s.floor(sell, discount_e7(&s));
        let proceeds = s.rebalance(path, sell, floor).unwrap().proceeds;
        s.chain().restore(&state);
        // Keepers compete: a bid close to the proceeds leaves a reward of 7 stroops.
        let report = s.rebalance(path, sell, proceeds - 7).unwrap();
        assert_eq!((report.proceeds, report.reward), (proceeds, 7));
        assert_eq!(s.balances(s.keeper.address()).1, WEALTH + 7);
        assert_eq!(s.balances(&s.vault.address).1, 0);
    }
}

#[test]
fn rebalance_spends_the_reserve_that_the_last_step_left() {
    let s = scene(2_870);
    let sell = 12_000 * ONE;
    let bid = s.floor(sell, discount_e7(&s));
    s.rebalance(Path::Flash, sell, bid).unwrap();
    let left = s.balances(&s.vault.address).1;
    assert!(left > 26 * ONE, "not dust: {left}");
    s.hold_price(2_650);
    s.move_amm(2_720);
    let bid = s.floor(sell, 0);
    let report = s.rebalance(Path::Flash, sell, bid).unwrap();
    assert_eq!(report.reserve_spent, left);
    let event = s.event("reserve_spent");
    assert_eq!(&event.topic::<Address>(1), s.keeper.address());
    assert_eq!(event.field::<i128>("amount"), left);
}

#[test]
fn rebalance_fails_below_the_floor() {
    for (path, sell) in SELLS {
        let s = scene(2_850);
        let floor = s.floor(sell, discount_e7(&s));
        s.assert_refuses(VaultError::BelowFloor, || {
            s.rebalance(path, sell, floor - 1)
        });
    }
}

#[test]
fn rebalance_fails_when_the_deadline_has_passed_or_the_keeper_does_not_sign() {
    let s = scene(2_850);
    let (path, sell) = SELLS[1];
    let step = s.system.step(path, sell, s.floor(sell, 0));
    let keeper = s.keeper.address();
    let call = |deadline: u64| {
        let args = (keeper, step.clone(), deadline);
        s.chain()
            .call_as(&s.keeper, &s.vault.address, "rebalance", args, &[])
    };
    let now = s.chain().timestamp();
    s.assert_refuses(VaultError::DeadlinePassed, || call(now - 1));
    assert_unauthorized(s.call_unsigned("rebalance", (keeper, step.clone(), now)));
    call(now).unwrap();
}

#[test]
fn rebalance_fails_when_the_adapter_is_what_the_vault_holds_or_trusts() {
    let s = Scene::new();
    let oracle = Oracle::deploy(s.chain(), "second oracle", &[s.xlm(), s.usdc()]);
    let mut policy = s.system.policy();
    policy.second_oracle = SecondSource::Feed(SecondOracle {
        oracle: oracle.address().clone(),
        assets: Map::<Address, Asset>::new(s.chain().env()),
        required: false,
    });
    s.vault.as_owner("set_policy", (policy,)).unwrap();
    s.hold_price(2_780);
    let market = &s.system.market;
    let forbidden = [
        &s.vault.address,
        market.pool.address(),
        market.oracle.address(),
        oracle.address(),
        s.xlm(),
        s.usdc(),
        &s.system.receiver,
        &s.system.factory,
    ];
    for adapter in forbidden {
        for (path, sell) in SELLS {
            let step = step_with(&s, path, sell, s.floor(sell, 0), |step| {
                step.adapter = adapter.clone();
            });
            s.assert_refuses(VaultError::AdapterForbidden, || {
                s.vault.rebalance(&s.keeper, &step)
            });
            let step = step.clone();
            s.assert_refuses(VaultError::AdapterForbidden, || {
                s.vault.as_owner("owner_rescue", (step,))
            });
        }
    }
}

#[test]
fn rebalance_fails_when_the_adapter_fails() {
    let s = scene(2_850);
    for (path, sell) in SELLS {
        // Within a flash loan all failures are the pool's.
        let expected = match path {
            Path::Plain => VaultError::VenueFailed,
            Path::Flash => VaultError::PoolRefused,
        };
        let floor = s.floor(sell, discount_e7(&s));
        let refused = |change: &dyn Fn(&mut Step)| {
            let step = step_with(&s, path, sell, floor, change);
            s.assert_refuses(expected, || s.vault.rebalance(&s.keeper, &step));
        };
        // No adapter, no contract, a route to nowhere, a route to what is no Comet pool.
        refused(&|step| step.adapter = s.system.lens.clone());
        refused(&|step| step.adapter = s.system.market.blend.backstop().clone());
        refused(&|step| step.route = Bytes::new(s.chain().env()));
        refused(&|step| step.route = s.system.route(s.xlm()));
        // The AMM pays less than the bid.
        let bid = s.floor(sell, 0) * 103 / 100;
        s.assert_refuses(expected, || s.rebalance(path, sell, bid));
    }
}

#[test]
fn rebalance_fails_when_the_adapter_keeps_what_it_gets() {
    let s = scene(2_850);
    let adapter = deploy_code(s.chain(), &s.thief, "keeps all", &[swap(vec![])]);
    for (path, sell) in SELLS {
        let step = step_with(&s, path, sell, s.floor(sell, 0), |step| {
            step.adapter = adapter.clone();
        });
        // A flash loan that nobody returns fails at the pool.
        let expected = match path {
            Path::Plain => VaultError::ProceedsTooLow,
            Path::Flash => VaultError::PoolRefused,
        };
        s.assert_refuses(expected, || s.vault.rebalance(&s.keeper, &step));
        // A reserve that would pay for it is not touched.
        let state = s.chain().snapshot();
        let mut policy = s.vault.state().policy;
        policy.reserve_first = false;
        s.hold_price(3_600);
        s.vault.as_owner("set_policy", (policy,)).unwrap();
        s.vault
            .fund_reserve(&s.keeper, s.usdc(), 20_000 * ONE)
            .unwrap();
        s.hold_price(2_780);
        s.assert_refuses(VaultError::ProceedsTooLow, || {
            s.vault.rebalance(&s.keeper, &step)
        });
        s.chain().restore(&state);
    }
}

/// An adapter that pays `min_out` from its own pocket.
fn pays_least() -> Call {
    Call {
        contract: 1,
        function: "transfer",
        arguments: vec![
            Instruction::Own,
            Instruction::Parameter(4),
            Instruction::Parameter(3),
        ],
    }
}

#[test]
fn rebalance_accepts_any_adapter_that_delivers() {
    let s = scene(2_780);
    let adapter = deploy_code(s.chain(), &s.thief, "pays", &[swap(vec![pays_least()])]);
    s.system.market.usdc.mint(&adapter, 10_000 * ONE);
    for (path, sell) in SELLS {
        let state = s.chain().snapshot();
        let bid = s.floor(sell, discount_e7(&s));
        let step = step_with(&s, path, sell, bid, |step| step.adapter = adapter.clone());
        let report = s.vault.rebalance(&s.keeper, &step).unwrap();
        assert_eq!((report.proceeds, report.reward), (bid, 0));
        assert_eq!(s.balances(&adapter), (sell, 10_000 * ONE - bid));
        s.chain().restore(&state);
    }
}

#[test]
fn rebalance_fails_when_a_balance_of_the_vault_drops_meanwhile() {
    // Collateral whose issuer is the adapter: it pays, and claws back a bit of the reserve.
    let t = Trio::new(|_| {}, 100_000 * ONE, 20_000 * ONE);
    let s = &t.scene;
    s.vault.deposit(t.eurc(), 10_000 * ONE).unwrap();
    s.vault.borrow(s.usdc(), 6_000 * ONE, s.owner()).unwrap();
    s.vault.fund_reserve(&s.keeper, t.eurc(), 5 * ONE).unwrap();
    let claws_back = Call {
        contract: 0,
        function: "clawback",
        arguments: vec![Instruction::Parameter(4), Instruction::Amount(100)],
    };
    let functions = [swap(vec![pays_least(), claws_back])];
    let adapter = deploy_code(s.chain(), &s.thief, "issuer", &functions);
    let issuer = t.eurc.issuer().unwrap();
    s.chain()
        .call_from(issuer, t.eurc(), "set_admin", (adapter.clone(),), &[])
        .unwrap();
    s.system.market.usdc.mint(&adapter, 10_000 * ONE);
    t.hold_prices(2_400, 11_000);
    let step = Step {
        path: Path::Flash,
        collateral: t.eurc().clone(),
        debt: s.usdc().clone(),
        sell: 4_000 * ONE,
        min_proceeds: 4_400 * ONE,
        adapter,
        route: Bytes::new(s.chain().env()),
    };
    s.assert_refuses(VaultError::BalanceDropped, || {
        s.vault.rebalance(&s.keeper, &step)
    });
}

#[test]
fn rebalance_plain_fails_when_it_takes_more_than_the_slack() {
    let s = scene(2_850);
    // 28,981 less 27,368 dollars of base, at a factor of 0.75: 7,737 XLM and the interest less.
    for (sell, refused) in [(7_800 * ONE, true), (7_600 * ONE, false)] {
        let bid = s.floor(sell, discount_e7(&s));
        if refused {
            s.assert_refuses(VaultError::PlainExceedsSlack, || {
                s.rebalance(Path::Plain, sell, bid)
            });
        } else {
            s.rebalance(Path::Plain, sell, bid).unwrap();
        }
    }
    let s = scene(2_850);
    let small = 3_500 * ONE;
    s.assert_refuses(VaultError::StepTooSmall, || {
        s.rebalance(Path::Plain, small, s.floor(small, 0))
    });
}

#[test]
fn rebalance_flash_fails_when_the_pool_is_on_ice_and_plain_succeeds() {
    let s = scene(2_850);
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    let [(_, plain), (_, flash)] = SELLS;
    let bid = |sell| s.floor(sell, discount_e7(&s));
    s.assert_refuses(VaultError::PoolStatusForbids, || {
        s.rebalance(Path::Flash, flash, bid(flash))
    });
    s.rebalance(Path::Plain, plain, bid(plain)).unwrap();
}

#[test]
fn rebalance_fails_when_the_pool_has_no_liquidity() {
    let s = scene(2_850);
    s.drain_pool();
    for (path, sell) in SELLS {
        let bid = s.floor(sell, discount_e7(&s));
        s.assert_refuses(VaultError::NoPoolLiquidity, || s.rebalance(path, sell, bid));
    }
}

#[test]
fn rebalance_flash_fails_when_the_reserve_is_disabled() {
    let s = Scene::new();
    s.change_reserve(s.xlm(), |config| config.enabled = false);
    s.hold_price(2_780);
    s.move_amm(2_850);
    let (path, sell) = SELLS[1];
    let bid = s.floor(sell, discount_e7(&s));
    s.assert_refuses(VaultError::PoolReserveDisabled, || {
        s.rebalance(path, sell, bid)
    });
}

#[test]
fn rebalance_checks_what_a_fill_checks() {
    let s = scene(2_850);
    let call = |change: &dyn Fn(&mut Step)| -> Result<StepReport, CallError> {
        let sell = 12_000 * ONE;
        let step = step_with(&s, Path::Flash, sell, s.floor(sell, 0), change);
        s.vault.rebalance(&s.keeper, &step)
    };
    let blnd = s.system.market.blend.blnd().address().clone();
    let cases: [(VaultError, Change<'_>); 8] = [
        (VaultError::UnknownAsset, &|step| {
            step.collateral = blnd.clone()
        }),
        (VaultError::UnknownAsset, &|step| step.debt = blnd.clone()),
        (VaultError::InvalidAmount, &|step| step.sell = 0),
        (VaultError::InvalidAmount, &|step| step.min_proceeds = -1),
        (VaultError::NoCollateral, &|step| {
            step.collateral = step.debt.clone()
        }),
        (VaultError::NoDebt, &|step| {
            step.debt = step.collateral.clone()
        }),
        (VaultError::ExceedsCollateral, &|step| step.sell = i128::MAX),
        (VaultError::LandsBelowTarget, &|step| step.min_proceeds *= 2),
    ];
    for (expected, change) in cases {
        s.assert_refuses(expected, || call(change));
    }
    s.hold_price(2_900);
    s.assert_refuses(VaultError::NotAtRisk, || call(&|_| {}));
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || {
        s.rebalance(Path::Flash, 12_000 * ONE, 4_000 * ONE)
    });
}
