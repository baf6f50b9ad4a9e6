//! `fill`.

use crate::support::{
    assert_code, assert_unauthorized, floor_at, Scene, Trio, COLLATERAL, DEBT, WEALTH,
};
use ballast_chain::blend::status;
use ballast_chain::market::{ONE, USD};
use ballast_chain::system::{NO_DEADLINE, POLICY};
use ballast_chain::{CallError, Invocation, Oracle, Override, PriceData};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::oracle::Asset;
use ballast_interfaces::vault::{Path, SecondOracle, SecondSource, StepReport};
use soroban_sdk::{Address, Map};

/// XLM that a fill takes at 0.2780: 12.8% of the debt's value, landing above the target.
const SELL: i128 = 12_000 * ONE;

/// The discount of the standard policy at the vault's present risk ratio.
fn discount_e7(s: &Scene) -> i128 {
    POLICY.discount_at_e7(POLICY.ramp_e7(s.risk_e7()))
}

/// The standard scene at 0.2780: risk ratio 94%.
fn at_risk() -> Scene {
    let s = Scene::new();
    s.hold_price(2_780);
    s
}

fn fill_pair(
    s: &Scene,
    collateral: &Address,
    debt: &Address,
    repay: i128,
    sell: i128,
) -> Result<StepReport, CallError> {
    s.vault.fill(&s.keeper, collateral, debt, repay, sell)
}

#[test]
fn fill_succeeds_at_the_floor() {
    let s = at_risk();
    let (risk_e7, discount_e7) = (s.risk_e7(), discount_e7(&s));
    let (b_tokens, d_tokens) = s.shares();
    let pool = &s.system.market.pool;
    let (xlm, usdc) = (pool.reserve(s.xlm()), pool.reserve(s.usdc()));
    let health = s.vault.health().unwrap();
    let keeper = s.keeper.address();
    let bid = s.floor(SELL, discount_e7);
    let report = s.fill(bid, SELL).unwrap();

    let transfer = Invocation::transfer(s.usdc(), keeper, &s.vault.address, bid);
    let args = (keeper, s.xlm(), s.usdc(), bid, SELL, NO_DEADLINE);
    let tree = Invocation::new(&s.vault.address, "fill", args).with(transfer);
    s.assert_authorized(&[(keeper, tree)]);

    let event = s.event("step_executed");
    assert_eq!(&event.topic::<Address>(1), keeper);
    assert_eq!(&event.topic::<Address>(2), s.xlm());
    assert_eq!(&event.topic::<Address>(3), s.usdc());
    assert_eq!(event.field::<Option<Path>>("path"), None);
    assert!(!event.field::<bool>("rescue"));
    let risk_after_e7 = s.risk_e7();
    for (field, expected) in [
        ("sold", SELL),
        ("bid", bid),
        ("floor", bid),
        ("discount_e7", discount_e7),
        ("proceeds", bid),
        ("repaid", bid),
        ("reward", 0),
        ("collateral_price", USD * 2_780 / 10_000),
        ("debt_price", USD),
        ("risk_before_e7", risk_e7),
        ("risk_after_e7", risk_after_e7),
    ] {
        assert_eq!(event.field::<i128>(field), expected, "{field}");
    }
    let expected = StepReport {
        sold: SELL,
        repaid: bid,
        proceeds: bid,
        reward: 0,
        reserve_spent: 0,
        risk_before_e7: risk_e7,
        risk_after_e7,
    };
    assert_eq!(report, expected);
    assert!(risk_after_e7 < risk_e7);

    let burned_b = mul_div_ceil(SELL, ONE_E12, xlm.data.b_rate).unwrap();
    let burned_d = mul_div_floor(bid, ONE_E12, usdc.data.d_rate).unwrap();
    assert_eq!(s.shares(), (b_tokens - burned_b, d_tokens - burned_d));
    assert_eq!(s.balances(keeper), (WEALTH + SELL, WEALTH - bid));
    assert_eq!(s.balances(&s.vault.address), (0, 0));
    assert_eq!(s.balances(s.owner()).1, DEBT);

    // The sale counts against a window that begins now.
    let window = s.vault.state().window;
    assert_eq!(window.start_ledger, s.chain().sequence());
    assert_eq!(window.sold_value, SELL * 2_780 / 10_000 * USD / ONE);
    let cap_e7 = POLICY.step_cap_e7(risk_e7);
    assert_eq!(window.budget_value, health.debt_value * cap_e7 / ONE_E7);
}

#[test]
fn fill_keeps_every_stroop_that_the_keeper_bids_above_the_floor() {
    let s = at_risk();
    let bid = s.floor(SELL, 0);
    let debt = s.debt();
    let report = s.fill(bid, SELL).unwrap();
    assert_eq!(
        (report.repaid, report.proceeds, report.reward),
        (bid, bid, 0)
    );
    assert_eq!(s.balances(s.keeper.address()).1, WEALTH - bid);
    assert!((debt - bid..=debt - bid + 1).contains(&s.debt()));
}

#[test]
fn fill_fails_below_the_floor() {
    let s = at_risk();
    let floor = s.floor(SELL, discount_e7(&s));
    s.assert_refuses(VaultError::BelowFloor, || s.fill(floor - 1, SELL));
    s.fill(floor, SELL).unwrap();
}

#[test]
fn fill_fails_when_the_deadline_has_passed() {
    let s = at_risk();
    let keeper = s.keeper.address();
    let bid = s.floor(SELL, 0);
    let call = |deadline: u64| {
        let (xlm, usdc) = (s.xlm(), s.usdc());
        let tree = s
            .vault
            .fill_invocation(keeper, xlm, usdc, bid, SELL, deadline);
        let signed = s.keeper.sign(s.chain(), &tree, 1);
        s.vault
            .fill_signed(&signed, keeper, xlm, usdc, bid, SELL, deadline)
    };
    let now = s.chain().timestamp();
    s.assert_refuses(VaultError::DeadlinePassed, || call(now - 1));
    call(now).unwrap();
}

#[test]
fn fill_fails_when_the_keeper_does_not_sign() {
    let s = at_risk();
    let bid = s.floor(SELL, 0);
    let keeper = s.keeper.address();
    let args = (keeper, s.xlm(), s.usdc(), bid, SELL, NO_DEADLINE);
    assert_unauthorized(s.call_unsigned("fill", args));
    let tree = s
        .vault
        .fill_invocation(keeper, s.xlm(), s.usdc(), bid, SELL, NO_DEADLINE);
    let forged = s.thief.sign(s.chain(), &tree, 1);
    let call = s
        .vault
        .fill_signed(&forged, keeper, s.xlm(), s.usdc(), bid, SELL, NO_DEADLINE);
    assert_unauthorized(call);
}

#[test]
fn fill_fails_when_an_asset_is_not_part_of_the_position() {
    let s = at_risk();
    let blnd = s.system.market.blend.blnd().address().clone();
    let fair = s.floor(SELL, 0);
    for (collateral, debt) in [(&blnd, s.usdc()), (s.xlm(), &blnd)] {
        s.assert_refuses(VaultError::UnknownAsset, || {
            fill_pair(&s, collateral, debt, fair, SELL)
        });
    }
}

#[test]
fn fill_fails_when_nothing_is_owed_or_held() {
    let s = at_risk();
    s.assert_refuses(VaultError::NoCollateral, || {
        fill_pair(&s, s.usdc(), s.usdc(), SELL, SELL)
    });
    s.assert_refuses(VaultError::NoDebt, || {
        fill_pair(&s, s.xlm(), s.xlm(), SELL, SELL)
    });
    let s = Scene::with_position(COLLATERAL, 0);
    s.assert_refuses(VaultError::NoDebt, || {
        fill_pair(&s, s.xlm(), s.xlm(), SELL, SELL)
    });
}

#[test]
fn fill_fails_when_an_amount_is_not_positive() {
    let s = at_risk();
    for (repay, sell) in [(0, SELL), (-1, SELL), (SELL, 0), (SELL, -1)] {
        s.assert_refuses(VaultError::InvalidAmount, || s.fill(repay, sell));
    }
}

#[test]
fn fill_fails_below_the_soft_threshold() {
    let s = Scene::new();
    // At 0.2822 the risk ratio is 93.03%, at 0.2824 it is 92.96%.
    s.hold_price(2_824);
    s.assert_refuses(VaultError::NotAtRisk, || s.fill(s.floor(SELL, 0), SELL));
    s.hold_price(2_822);
    s.fill(s.floor(SELL, 0), SELL).unwrap();
}

#[test]
fn fill_fails_when_it_takes_more_than_the_collateral() {
    let s = at_risk();
    let all = s.collateral() + 1;
    s.assert_refuses(VaultError::ExceedsCollateral, || {
        s.fill(s.floor(all, 0), all)
    });
    s.assert_refuses(VaultError::ExceedsCollateral, || s.fill(SELL, i128::MAX));
}

#[test]
fn fill_fails_when_the_step_is_too_small_or_lands_below_the_target() {
    let s = at_risk();
    let small = SELL / 2;
    s.assert_refuses(VaultError::StepTooSmall, || {
        s.fill(s.floor(small, 0), small)
    });
    let large = SELL * 2;
    s.assert_refuses(VaultError::LandsBelowTarget, || {
        s.fill(s.floor(large, 0), large)
    });
    // Bidding more than the collateral is worth lands as far.
    s.assert_refuses(VaultError::LandsBelowTarget, || {
        s.fill(s.floor(large, 0), SELL)
    });
}

#[test]
fn fill_fails_when_the_step_is_larger_than_the_cap() {
    let s = Scene::with_policy(|policy| {
        policy.step_min_e7 = 1_300_000;
        policy.step_max_e7 = 1_300_000;
    });
    s.hold_price(2_780);
    // 13% of the debt's 26,000 dollars and its interest: 12,158 XLM.
    let large = 12_200 * ONE;
    s.assert_refuses(VaultError::StepTooLarge, || {
        s.fill(s.floor(large, 0), large)
    });
    s.fill(s.floor(SELL, 0), SELL).unwrap();
}

#[test]
fn fill_fails_when_the_budget_is_exhausted_until_the_window_ends() {
    let s = Scene::with_policy(|policy| {
        policy.sold_budget_e7 = 4_000_000;
        policy.window_ledgers = 17_280;
        policy.use_previous_round = false;
    });
    s.hold_price(2_780);
    s.fill(s.floor(SELL, 0), SELL).unwrap();
    let window = s.vault.state().window;
    // 40% of the cap of 43% of 26,000 dollars is a good fill of 3,336 dollars, and no second one.
    let left = window.budget_value - window.sold_value;
    assert!((0..2_000 * USD).contains(&left), "{left}");
    s.hold_price(2_650);
    s.assert_refuses(VaultError::BudgetExhausted, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
    assert_eq!(s.vault.state().window, window);
    // A deposit or a donation of debt does not reopen it.
    s.vault.fund_reserve(&s.keeper, s.usdc(), ONE).unwrap();
    s.assert_refuses(VaultError::BudgetExhausted, || {
        s.fill(s.floor(SELL, 0), SELL)
    });

    let last = window.start_ledger + 17_280 - 1;
    s.chain().advance_ledgers(last - s.chain().sequence());
    s.system.market.set_price(USD * 2_650 / 10_000);
    s.assert_refuses(VaultError::BudgetExhausted, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
    s.chain().advance_ledgers(1);
    s.fill(s.floor(SELL, 0), SELL).unwrap();
    assert_eq!(s.vault.state().window.start_ledger, last + 1);
}

#[test]
fn fill_is_not_held_by_cap_and_budget_beyond_hard() {
    let s = Scene::with_policy(|policy| {
        policy.sold_budget_e7 = 100_000;
        policy.step_max_e7 = policy.step_min_e7;
    });
    // Risk ratio 99.6%: a third of the debt and a hundredfold of the budget bring it to the target.
    s.hold_price(2_635);
    assert!(s.risk_e7() > 9_900_000);
    let sell = 30_500 * ONE;
    let report = s.fill(s.floor(sell, 0), sell).unwrap();
    assert!(
        (8_750_000..9_000_000).contains(&report.risk_after_e7),
        "{report:?}"
    );
}

#[test]
fn fill_fails_when_the_position_is_unhealthy_and_no_auction_is_open() {
    let s = Scene::new();
    s.hold_price(2_600);
    assert!(s.risk_e7() > 10_000_000);
    s.assert_refuses(VaultError::RescueTooEarly, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
}

#[test]
fn fill_closes_the_debt_when_a_stub_would_remain() {
    let s = Scene::new();
    // The collateral base is 28,981 dollars; at the target it would be under 26,000.
    s.change_limits(8, 26_000 * USD);
    s.hold_price(2_780);
    let owed = s.debt();
    let sell = 94_000 * ONE;
    // Short of the whole debt it is a step beyond the target like any other.
    s.assert_refuses(VaultError::LandsBelowTarget, || s.fill(owed - ONE, sell));
    let report = s.fill(2 * DEBT, sell).unwrap();
    assert_eq!((report.repaid, report.risk_after_e7), (owed, 0));
    // What exceeds the debt comes back to the keeper.
    assert_eq!(
        s.balances(s.keeper.address()),
        (WEALTH + sell, WEALTH - owed)
    );
    assert_eq!(s.shares().1, 0);
    assert_eq!(s.balances(&s.vault.address), (0, 0));
}

#[test]
fn fill_fails_when_the_pool_finds_the_collateral_too_small() {
    let s = Scene::new();
    // 28,981 dollars before, 26,480 after.
    s.change_limits(8, 27_000 * USD);
    s.hold_price(2_780);
    s.assert_refuses(VaultError::PoolMinCollateral, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
}

#[test]
fn fill_fails_when_the_price_is_missing_stale_invalid_or_too_large() {
    let s = at_risk();
    let oracle = &s.system.market.oracle;
    let fair = s.floor(SELL, 0);
    let fixed = |price, age_seconds| {
        let timestamp = s.chain().timestamp() - age_seconds;
        Override::Fixed(PriceData { price, timestamp })
    };
    let price = USD * 2_780 / 10_000;
    for (value, expected) in [
        (Override::Absent, VaultError::PriceMissing),
        (fixed(price, 901), VaultError::PriceStale),
        (fixed(0, 0), VaultError::InvalidPrice),
        (fixed(-1, 0), VaultError::InvalidPrice),
        (fixed(i128::MAX, 0), VaultError::Overflow),
    ] {
        oracle.set_override(s.xlm(), value);
        s.assert_refuses(expected, || s.fill(fair, SELL));
    }
    oracle.set_override(s.xlm(), Override::Off);
    s.kill_oracle();
    s.assert_refuses(VaultError::PriceMissing, || s.fill(fair, SELL));
    oracle.set_dead(false);
    oracle.set_override(s.xlm(), fixed(price, 900));
    s.fill(fair, SELL).unwrap();
}

#[test]
fn fill_takes_the_previous_round_into_the_floor() {
    let s = Scene::new();
    // One round: the one before says 0.36.
    s.set_price(2_780);
    let sell = 10_000 * ONE;
    let floor = floor_at(USD * 36 / 100, sell, discount_e7(&s));
    s.assert_refuses(VaultError::BelowFloor, || s.fill(s.floor(sell, 0), sell));
    s.assert_refuses(VaultError::BelowFloor, || s.fill(floor - 1, sell));
    s.fill(floor, sell).unwrap();
    assert_eq!(s.event("step_executed").field::<i128>("floor"), floor);

    let s = Scene::with_policy(|policy| policy.use_previous_round = false);
    s.set_price(2_780);
    s.fill(s.floor(SELL, discount_e7(&s)), SELL).unwrap();
}

/// A second oracle with 8 decimals that quotes XLM and USDC, and a policy that names it.
fn with_second_oracle(required: bool) -> (Scene, Oracle) {
    let s = Scene::new();
    let assets = [s.xlm(), s.usdc()];
    let oracle = Oracle::deploy_with(s.chain(), "second oracle", &assets, 8, 300);
    let mut names = Map::new(s.chain().env());
    for asset in assets {
        names.set(asset.clone(), Asset::Stellar(asset.clone()));
    }
    let mut policy = s.system.policy();
    policy.second_oracle = SecondSource::Feed(SecondOracle {
        oracle: oracle.address().clone(),
        assets: names,
        required,
    });
    s.vault.as_owner("set_policy", (policy,)).unwrap();
    s.hold_price(2_780);
    (s, oracle)
}

/// A dollar price with 4 decimals in the second oracle's decimals.
fn second(dollars_e4: i128) -> i128 {
    dollars_e4 * 10_000
}

#[test]
fn fill_fails_when_the_second_oracle_is_required_and_unavailable() {
    let (s, oracle) = with_second_oracle(true);
    let fair = s.floor(SELL, 0);
    let refused = || {
        s.assert_refuses(VaultError::SecondOracleUnavailable, || s.fill(fair, SELL));
    };
    refused();
    // One of the two prices is not enough.
    oracle.set_round(s.chain().timestamp(), &[Some(second(2_780)), None]);
    refused();
    oracle.set_round(s.chain().timestamp(), &[Some(second(2_780)), Some(0)]);
    refused();
    let timestamp = s.chain().timestamp() - 901;
    oracle.set_prices(&[second(2_780), second(10_000)]);
    let price = second(2_780);
    oracle.set_override(s.xlm(), Override::Fixed(PriceData { price, timestamp }));
    refused();
    oracle.set_override(s.xlm(), Override::Off);
    oracle.set_dead(true);
    refused();
    oracle.set_dead(false);
    s.fill(fair, SELL).unwrap();
}

#[test]
fn fill_does_without_the_second_oracle_when_it_is_not_required() {
    let (s, oracle) = with_second_oracle(false);
    oracle.set_dead(true);
    let floor = s.floor(SELL, discount_e7(&s));
    s.assert_refuses(VaultError::BelowFloor, || s.fill(floor - 1, SELL));
    s.fill(floor, SELL).unwrap();
}

#[test]
fn fill_fails_when_the_second_oracle_diverges() {
    let (s, oracle) = with_second_oracle(true);
    let fair = s.floor(SELL, 0);
    // 10% of 0.2780 on each side are allowed.
    for (price, accepted) in [(3_059, false), (2_501, false), (2_502, true)] {
        oracle.set_prices(&[second(price), second(10_000)]);
        if accepted {
            s.fill(fair, SELL).unwrap();
        } else {
            s.assert_refuses(VaultError::PriceDiverges, || s.fill(fair, SELL));
        }
    }
}

#[test]
fn fill_takes_the_second_oracle_into_the_floor_when_it_is_higher() {
    let (s, oracle) = with_second_oracle(false);
    let discount_e7 = discount_e7(&s);
    oracle.set_prices(&[second(2_850), second(10_000)]);
    let floor = floor_at(USD * 2_850 / 10_000, SELL, discount_e7);
    s.assert_refuses(VaultError::BelowFloor, || s.fill(floor - 1, SELL));
    // What counts is the ratio of both prices.
    oracle.set_prices(&[second(2_780), second(9_754)]);
    s.assert_refuses(VaultError::BelowFloor, || s.fill(floor - 1, SELL));
    oracle.set_prices(&[second(2_850), second(10_000)]);
    s.fill(floor, SELL).unwrap();
}

#[test]
fn fill_fails_when_the_pool_has_no_liquidity() {
    let s = at_risk();
    s.drain_pool();
    s.assert_refuses(VaultError::NoPoolLiquidity, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
}

#[test]
fn fill_succeeds_when_the_pool_is_on_ice_or_frozen() {
    for status in [status::ADMIN_ON_ICE, status::ADMIN_FROZEN] {
        let s = at_risk();
        s.system.market.pool.set_status(status);
        s.fill(s.floor(SELL, 0), SELL).unwrap();
    }
}

#[test]
fn fill_succeeds_when_the_owner_is_frozen_and_the_reserve_clawed_back() {
    let s = at_risk();
    s.vault
        .fund_reserve(&s.keeper, s.usdc(), 2_000 * ONE)
        .unwrap();
    s.system.market.usdc.freeze(s.owner());
    s.system
        .market
        .usdc
        .claw_back(&s.vault.address, 2_000 * ONE);
    let report = s.fill(s.floor(SELL, 0), SELL).unwrap();
    assert_eq!((report.sold, report.reserve_spent), (SELL, 0));
}

#[test]
fn fill_fails_when_the_issuer_freezes_the_vault_itself() {
    // The debt asset passes through the vault: its issuer can stop every repayment.
    const BALANCE_DEAUTHORIZED: u32 = 11;
    let s = at_risk();
    let fair = s.floor(SELL, 0);
    s.vault.fund_reserve(&s.keeper, s.usdc(), ONE).unwrap();
    s.system.market.usdc.freeze(&s.vault.address);
    assert_code(s.fill(fair, SELL), BALANCE_DEAUTHORIZED);
    assert_code(
        s.vault.repay(&s.keeper, s.usdc(), ONE),
        BALANCE_DEAUTHORIZED,
    );
    // Nothing is lost: once it is authorised again, everything goes on.
    s.system.market.usdc.unfreeze(&s.vault.address);
    s.fill(fair, SELL).unwrap();
}

#[test]
fn fill_fails_and_changes_nothing_when_the_keeper_is_short_or_frozen() {
    let s = at_risk();
    let fair = s.floor(SELL, 0);
    let before = s.chain().state_hash();
    let poor = s.stranger("poor");
    let after = s.chain().state_hash();
    assert!(before != after);
    assert!(s.vault.fill(&poor, s.xlm(), s.usdc(), fair, SELL).is_err());
    assert!(after == s.chain().state_hash());
    s.system.market.usdc.freeze(s.keeper.address());
    assert!(s.fill(fair, SELL).is_err());
}

// Rescue: only what tells its errors apart; the module `rescue` has the rest.

/// Brings the risk ratio from 101% at 0.26 to the rescue target.
const RESCUE: i128 = 18_600 * ONE;

/// An auction `age` ledgers old at 0.26, with a fresh price.
fn in_auction(s: &Scene, age: u32) {
    s.hold_price(2_600);
    s.open_auction();
    let start = s
        .system
        .market
        .pool
        .auction(&s.vault.address)
        .unwrap()
        .block;
    s.chain()
        .advance_ledgers(start + age - s.chain().sequence());
    s.system.market.set_price(USD * 26 / 100);
}

#[test]
fn fill_fails_when_a_rescue_is_too_early_or_lands_too_high() {
    let s = Scene::new();
    in_auction(&s, 10);
    s.assert_refuses(VaultError::RescueTooEarly, || {
        s.fill(s.floor(RESCUE, 0), RESCUE)
    });
    let s = Scene::new();
    in_auction(&s, 195);
    s.assert_refuses(VaultError::LandsAboveRescueTarget, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
    s.fill(s.floor(RESCUE, 0), RESCUE).unwrap();
    assert!(s.event("step_executed").field::<bool>("rescue"));
    assert!(!s.in_auction());
}

#[test]
fn fill_fails_when_a_rescue_does_not_help() {
    let s = Scene::new();
    in_auction(&s, 195);
    let small = 2_000 * ONE;
    s.assert_refuses(VaultError::UnhealthyAfter, || {
        s.fill(s.floor(small, 0), small)
    });
    // At 0.18 the collateral is worth less than the debt: selling at par makes it worse.
    s.hold_price(1_800);
    s.assert_refuses(VaultError::DoesNotImprove, || {
        s.fill(s.floor(SELL, 0), SELL)
    });
}

#[test]
fn fill_fails_when_a_rescue_costs_more_than_being_filled() {
    let s = Scene::with_policy(|policy| {
        policy.discount_max_e7 = 1_000_000;
        policy.max_cost_of_equity_e7 = 10_000_000;
    });
    in_auction(&s, 195);
    // At 10% the cost of what reaches the rescue target is 10% of 27,000 * 0.26 dollars; a filler
    // asks for 10% of less than 5,000.
    let sell = 27_000 * ONE;
    s.assert_refuses(VaultError::TooDeep, || {
        s.fill(s.floor(sell, 1_000_000), sell)
    });
    let less = 20_000 * ONE;
    s.fill(s.floor(less, 200_000), less).unwrap();
}

#[test]
fn fill_fails_when_a_rescue_meets_a_pool_on_ice() {
    let s = Scene::new();
    in_auction(&s, 195);
    s.system.market.pool.set_status(status::ADMIN_ON_ICE);
    s.assert_refuses(VaultError::PoolStatusForbids, || {
        s.fill(s.floor(RESCUE, 0), RESCUE)
    });
}

// Several assets.

/// Collateral in XLM and EURC, debt in USDC and XLM, risk ratio 94% after the price fell.
fn two_by_two() -> Trio {
    let t = Trio::new(|_| {}, 100_000 * ONE, 20_000 * ONE);
    let s = &t.scene;
    s.vault.deposit(t.eurc(), 12_000 * ONE).unwrap();
    s.vault.borrow(s.xlm(), 10_000 * ONE, s.owner()).unwrap();
    t.hold_prices(1_712, 11_000);
    assert!(
        (9_350_000..9_500_000).contains(&s.risk_e7()),
        "{}",
        s.risk_e7()
    );
    t
}

#[test]
fn fill_succeeds_for_every_pair_of_a_vault_with_two_collaterals_and_two_debts() {
    let t = two_by_two();
    let s = &t.scene;
    let risk_e7 = s.risk_e7();
    let state = s.chain().snapshot();
    let (xlm, usdc, eurc) = (s.xlm(), s.usdc(), t.eurc());
    let pool = &s.system.market.pool;
    // XLM costs 0.1712, EURC 1.10. Debts in USDC are repaid in part, those in XLM entirely.
    for (collateral, debt, sell, repay) in [
        (xlm, usdc, 16_355 * ONE, 2_800 * ONE),
        (eurc, usdc, 2_545 * ONE, 2_800 * ONE),
        (eurc, xlm, 1_550 * ONE, 10_100 * ONE),
        (xlm, xlm, 9_999 * ONE, 10_100 * ONE),
    ] {
        s.chain().restore(&state);
        let held = pool.collateral(&s.vault.address, collateral);
        let owed = pool.debt(&s.vault.address, debt);
        let report = fill_pair(s, collateral, debt, repay, sell).unwrap();
        assert_eq!((report.sold, report.repaid), (sell, repay.min(owed)));
        assert!(report.risk_after_e7 < risk_e7);
        assert_eq!(s.risk_e7(), report.risk_after_e7);
        let left = pool.collateral(&s.vault.address, collateral);
        assert!((held - sell - 2..=held - sell).contains(&left), "{left}");
        let owed_after = owed - report.repaid;
        let left = pool.debt(&s.vault.address, debt);
        assert!((owed_after..=owed_after + 2).contains(&left), "{left}");
    }
}

#[test]
fn fill_rescues_by_the_auctions_rules_when_the_price_came_back_a_little() {
    let s = Scene::new();
    in_auction(&s, 200);
    // 97%: below the pool's limit, above the rescue target, and the auction is still open.
    s.set_price(2_700);
    let quote = s.vault.quote_fill().unwrap();
    assert!(quote.rescue);
    let (repay, sell) = (quote.step.min_proceeds, quote.step.sell);
    let report = s.fill(repay, sell).unwrap();
    assert!(s.event("step_executed").field::<bool>("rescue"));
    assert_eq!((report.sold, report.repaid), (sell, repay));
    assert!(!s.in_auction());
}

#[test]
fn fill_rescues_when_the_pools_minimum_forbids_to_leave_by_the_reserve_alone() {
    let s = Scene::new();
    s.fall_into_auction();
    // Enough to leave the auction by itself, and a gift.
    s.vault
        .fund_reserve(&s.thief, s.usdc(), 5_000 * ONE)
        .unwrap();
    s.change_limits(8, 100_000 * USD);
    s.chain().advance_ledgers(240);
    s.system.market.set_price(USD * 26 / 100);
    let quote = s.vault.quote_fill().unwrap();
    assert_eq!(quote.reserve_spent, 0);
    let report = s.fill(quote.step.min_proceeds, quote.step.sell).unwrap();
    assert_eq!(report.risk_after_e7, 0);
    assert!(!s.in_auction() && s.debt() == 0);
}
