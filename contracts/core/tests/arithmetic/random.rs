//! Random positions, policies and situations.

use ballast_core::auction::RescueTerms;
use ballast_core::check::{Path, Proposal};
use ballast_core::fixed::mul_div_floor;
use ballast_core::health::{Leg, Position};
use ballast_core::policy::Policy;
use ballast_core::price::SourcePrices;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::scene::{Scene, PAR_RATE, POLICY};

prop_compose! {
    fn any_leg(price_exponent: std::ops::RangeInclusive<u32>)(
        price_digits in 1i128..1_000, price_exponent in price_exponent,
        decimals in prop_oneof![Just(6u32), Just(7), Just(18), 0u32..=18],
        collateral_factor_e7 in prop_oneof![9 => 5_000_000i128..=9_800_000, 1 => 0i128..=10_000_000],
        liability_factor_e7 in 5_000_000i128..=10_000_000,
        b_rate_e12 in prop_oneof![Just(PAR_RATE), 500_000_000_000..2 * PAR_RATE],
        d_rate_e12 in prop_oneof![Just(PAR_RATE), PAR_RATE..2 * PAR_RATE],
        b_shift in 0u32..127, d_shift in 0u32..127, b in 0..=i128::MAX, d in 0..=i128::MAX,
    ) -> Leg {
        Leg {
            price: price_digits * 10i128.pow(price_exponent),
            asset_scalar: 10i128.pow(decimals),
            collateral_factor_e7,
            liability_factor_e7,
            b_rate_e12,
            d_rate_e12,
            b_tokens: b >> b_shift,
            d_tokens: d >> d_shift,
        }
    }
}

/// Any position: every magnitude of balances, up to beyond what 128 bits can value.
pub fn any_position() -> impl Strategy<Value = Position> {
    vec(any_leg(0..=16), 0..5).prop_map(|legs| Position {
        legs: legs.into_iter().collect(),
        price_scalar: 10i128.pow(14),
    })
}

prop_compose! {
    /// A valid policy, that of scenes half of the time.
    pub fn any_policy()(
        target_e7 in 5_000_000u32..=9_200_000, soft in 100_000u32..=400_000,
        hard in 1u32..=400_000, rescue in 1u32..=9_950_000,
        step_min_e7 in 100_000u32..=10_000_000, step_max_e7 in 100_000u32..=10_000_000,
        discount_min_e7 in 1u32..=300_000, discount_max_e7 in 1u32..=1_000_000,
        max_cost_of_equity_e7 in prop_oneof![1u32..=10_000_000, Just(2_000_000)],
        balanced in any::<bool>(),
    ) -> Policy {
        if balanced {
            return POLICY;
        }
        let policy = Policy {
            target_e7,
            soft_e7: target_e7 + soft,
            hard_e7: target_e7 + soft + hard,
            rescue_target_e7: (target_e7 + 1).max(rescue),
            step_min_e7: step_min_e7.min(step_max_e7),
            step_max_e7: step_min_e7.max(step_max_e7),
            discount_min_e7: discount_min_e7.min(discount_max_e7),
            discount_max_e7: discount_min_e7.max(discount_max_e7),
            max_cost_of_equity_e7,
            ..POLICY
        };
        assert_eq!(policy.validate(300), Ok(()));
        policy
    }
}

prop_compose! {
    /// What the other sources say of an asset, as parts per thousand of the pool's price.
    fn any_sources()(
        previous in option::of(900i128..=1_100), second in option::of(940i128..=1_060),
    ) -> (Option<i128>, Option<i128>) {
        (previous, second)
    }
}

prop_compose! {
    /// A position with collateral and debt at a risk ratio around the thresholds, and all that a
    /// check reads. `value_exponent` is that of the collateral in whole base units.
    pub fn any_scene(value_exponent: std::ops::Range<u32>)(
        mut legs in vec((any_leg(7..=18), 0i128..=10, 0i128..=10, any_sources()), 1..=4),
        value_digits in 1i128..100, value_exponent in value_exponent,
        above_soft_e7 in prop_oneof![4 => -100_000i128..=600_000, 1 => 0i128..=6_000_000],
        policy in any_policy(), oracle_decimals in prop_oneof![Just(7u32), Just(14)],
        with_sources in any::<bool>(),
        minimum_percent in prop_oneof![3 => Just(0i128), 1 => 0i128..120],
        budget_percent in prop_oneof![2 => Just(10_000i128), 1 => 0i128..200],
        rescue in option::weighted(0.3, (0i128..=1_000, 1i128..=1_000)),
    ) -> Scene {
        let price_scalar = 10i128.pow(oracle_decimals);
        let last = legs.len() - 1;
        legs[0].1 = legs[0].1.max(1);
        legs[last].2 = legs[last].2.max(1);
        let collateral_weights: i128 = legs.iter().map(|leg| leg.1).sum();
        let debt_weights: i128 = legs.iter().map(|leg| leg.2).sum();
        let value = value_digits * 10i128.pow(value_exponent) * price_scalar;

        let mut position = Position { legs: Default::default(), price_scalar };
        let mut sources = Vec::new();
        for (mut leg, weight, _, (previous, second)) in legs.iter().copied() {
            if oracle_decimals == 7 {
                leg.price = (leg.price / 10_000_000).max(1);
            }
            let amount = leg.amount_floor(value * weight / collateral_weights).unwrap();
            leg.b_tokens = mul_div_floor(amount, PAR_RATE, leg.b_rate_e12).unwrap();
            leg.d_tokens = 0;
            position.legs.push(leg);
            let of_price = |thousandths: i128| (leg.price * thousandths / 1_000).max(1);
            sources.push(if with_sources {
                SourcePrices {
                    previous: previous.map(of_price),
                    second: second.map(of_price),
                }
            } else {
                SourcePrices::default()
            });
        }
        let risk_e7 = i128::from(policy.soft_e7) + above_soft_e7;
        let base = position.totals().unwrap().collateral_base;
        for (leg, (_, _, weight, _)) in position.legs.iter_mut().zip(&legs) {
            let liability = base / debt_weights * weight / 10_000_000 * risk_e7;
            let amount = leg
                .amount_floor(liability / 10_000_000 * leg.liability_factor_e7)
                .unwrap();
            leg.d_tokens = mul_div_floor(amount, PAR_RATE, leg.d_rate_e12).unwrap();
        }
        let debt_value = position.totals().unwrap().debt_value;
        Scene {
            position,
            sources,
            budget_left_value: debt_value / 100 * budget_percent,
            min_collateral: base / 100 * minimum_percent,
            rescue: rescue.map(|(discount, cost)| RescueTerms {
                discount_cap_e7: policy.discount_at_e7(discount * 10_000),
                fill_cost_value: debt_value / 10_000 * cost,
            }),
            policy,
        }
    }
}

/// Any path.
pub fn any_path() -> impl Strategy<Value = Path> {
    prop_oneof![Just(Path::Fill), Just(Path::Plain), Just(Path::Flash)]
}

prop_compose! {
    /// A proposal for a scene of which a good part is acceptable: a share of the collateral, or
    /// near what a plan sells; a repayment near the floor at some discount, or the whole debt.
    pub fn any_bid()(
        path in any_path(), pair in (0usize..4, 0usize..4),
        planned in any::<bool>(), sell_millionths in prop_oneof![1i128..=1_100_000, 800_000i128..=1_010_000],
        discount_e7 in prop_oneof![3 => Just(0i128), 1 => -100_000i128..=1_100_000],
        closes in prop_oneof![9 => Just(false), 1 => Just(true)],
        unit in -1i128..=1,
    ) -> Bid {
        Bid { path, pair, planned, sell_millionths, discount_e7, closes, unit }
    }
}

/// The seed of a proposal, to be applied to a scene.
#[derive(Clone, Debug)]
pub struct Bid {
    pub path: Path,
    pub pair: (usize, usize),
    pub planned: bool,
    pub sell_millionths: i128,
    pub discount_e7: i128,
    pub closes: bool,
    pub unit: i128,
}

impl Bid {
    /// The proposal, or `None` if the scene has no such pair.
    pub fn on(&self, scene: &Scene) -> Option<Proposal> {
        let count = scene.position.legs.len();
        let (collateral, debt) = (self.pair.0 % count, self.pair.1 % count);
        let floor = scene.floor(collateral, debt).ok()?;
        let mut base = scene.position.legs[collateral].collateral_floor().ok()?;
        if self.planned {
            if let Ok(plan) = scene.plan_pair(self.path, collateral, debt) {
                base = plan.proposal.sell;
            }
        }
        let sell = base.checked_mul(self.sell_millionths)? / 1_000_000;
        let fair = floor.convert_ceil(sell).ok()?;
        let repay = if self.closes {
            scene.position.legs[debt].debt_ceil().ok()?
        } else {
            // Exactly at the granted discount, one unit beside it, or anywhere.
            let granted_e7 = scene.granted_discount_e7(collateral == debt);
            let discount_e7 = if self.discount_e7 == 0 {
                granted_e7
            } else {
                self.discount_e7
            };
            (fair.checked_mul(10_000_000 - discount_e7)? + 9_999_999) / 10_000_000 + self.unit
        };
        Some(Proposal {
            path: self.path,
            collateral,
            debt,
            sell,
            repay,
        })
    }
}
