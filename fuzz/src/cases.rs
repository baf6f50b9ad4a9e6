//! Positions, policies, prices, auctions and proposals out of arbitrary bytes.
//!
//! A case is *near* (a position around the thresholds of its policy and a bid around the floor, so
//! that a good part of the proposals is accepted) or *wild* (any numbers that a pool and an oracle
//! could report, up to 128 bits).

use arbitrary::{Arbitrary, Error, Result, Unstructured};
use ballast_core::auction::{rescue_terms, Auction, AuctionLeg, RescueTerms};
use ballast_core::check::{Path, Proposal};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E7};
use ballast_core::health::{Leg, Position};
use ballast_core::policy::Policy;
use ballast_core::price::SourcePrices;
use ballast_core::volatility::{Round, VOLATILITY_ROUNDS};
use ballast_core::Refusal;

use crate::scene::{Scene, PAR_RATE, POLICY};

/// The ways to execute a step.
pub const PATHS: [Path; 3] = [Path::Fill, Path::Plain, Path::Flash];
/// Most legs of a case: more than any rule distinguishes, few enough to be fast.
const MOST_LEGS: usize = 4;
/// Most decimals of a token or an oracle.
const MOST_DECIMALS: u32 = 18;

/// Everything that a check reads, and a proposal.
#[derive(Debug)]
pub struct Case {
    /// Policy, position, prices, budget, minimum and auction.
    pub scene: Scene,
    /// What is proposed.
    pub proposal: Proposal,
    /// An idle balance, for the reserve.
    pub idle: i128,
    /// Past rounds of each leg's asset.
    pub histories: Vec<Vec<Round>>,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let wild = bytes.ratio(1, 4)?;
        let scene = if wild {
            wild_scene(bytes)?
        } else {
            near_scene(bytes)?
        };
        let proposal = if bytes.ratio(1, 4)? {
            wild_proposal(bytes)?
        } else {
            near_proposal(bytes, &scene)?
        };
        let idle = magnitude(bytes)?;
        let histories = any_histories(bytes, &scene.position)?;
        Ok(Self {
            scene,
            proposal,
            idle,
            histories,
        })
    }
}

/// A number out of the core; where it has none the case is none either.
fn computed<T>(result: std::result::Result<T, Refusal>) -> Result<T> {
    result.map_err(|_| Error::IncorrectFormat)
}

fn between(bytes: &mut Unstructured<'_>, low: i128, high: i128) -> Result<i128> {
    bytes.int_in_range(low..=high)
}

fn between_u32(bytes: &mut Unstructured<'_>, low: u32, high: u32) -> Result<u32> {
    bytes.int_in_range(low..=high)
}

/// A number from 0 to the largest, every length in bits alike.
fn magnitude(bytes: &mut Unstructured<'_>) -> Result<i128> {
    let bits = between_u32(bytes, 0, 127)?;
    let number = u128::arbitrary(bytes)? & (i128::MAX as u128);
    Ok((number >> (127 - bits)) as i128)
}

/// A policy within its bounds.
pub fn any_policy(bytes: &mut Unstructured<'_>) -> Result<Policy> {
    if bytes.ratio(1, 3)? {
        return Ok(POLICY);
    }
    let target_e7 = between_u32(bytes, 1_000_000, 9_800_000)?;
    let soft_e7 = between_u32(bytes, target_e7 + 100_000, 9_999_999)?;
    let step_max_e7 = between_u32(bytes, 100_000, 10_000_000)?;
    let discount_max_e7 = between_u32(bytes, 1, 1_000_000)?;
    let policy = Policy {
        target_e7,
        soft_e7,
        hard_e7: between_u32(bytes, soft_e7 + 1, 10_000_000)?,
        step_min_e7: between_u32(bytes, 100_000, step_max_e7)?,
        step_max_e7,
        discount_min_e7: between_u32(bytes, 1, discount_max_e7)?,
        discount_max_e7,
        sold_budget_e7: between_u32(bytes, 100_000, 100_000_000)?,
        window_ledgers: between_u32(bytes, 1, 17_280)?,
        max_cost_of_equity_e7: between_u32(bytes, 1, 10_000_000)?,
        max_price_deviation_e7: between_u32(bytes, 1, 5_000_000)?,
        use_previous_round: bool::arbitrary(bytes)?,
        reserve_first: bool::arbitrary(bytes)?,
        dust_reserve_e7: between_u32(bytes, 0, 1_000_000)?,
        rescue_target_e7: between_u32(bytes, target_e7 + 1, 9_950_000)?,
        rescue_window_ledgers: between_u32(bytes, 0, 200)?,
        volatility_z_e2: between_u32(bytes, 0, 1_000)?,
        volatility_shift_max_e7: between_u32(bytes, 0, target_e7 - 1_000_000)?,
        ..POLICY
    };
    assert_eq!(policy.validate(300), Ok(()), "{policy:?}");
    Ok(policy)
}

fn wild_scene(bytes: &mut Unstructured<'_>) -> Result<Scene> {
    let mut position = Position {
        legs: Default::default(),
        price_scalar: 10i128.pow(between_u32(bytes, 0, MOST_DECIMALS)?),
    };
    let mut sources = Vec::new();
    for _ in 0..between(bytes, 0, MOST_LEGS as i128)? {
        let price = if bytes.ratio(1, 50)? {
            i128::arbitrary(bytes)?
        } else {
            magnitude(bytes)?
        };
        position.legs.push(Leg {
            price,
            asset_scalar: 10i128.pow(between_u32(bytes, 0, MOST_DECIMALS)?),
            collateral_factor_e7: between(bytes, 0, ONE_E7)?,
            liability_factor_e7: between(bytes, 1, ONE_E7)?,
            b_rate_e12: magnitude(bytes)?.max(1),
            d_rate_e12: magnitude(bytes)?.max(1),
            b_tokens: magnitude(bytes)?,
            d_tokens: magnitude(bytes)?,
        });
        sources.push(SourcePrices {
            previous: Option::arbitrary(bytes)?,
            second: Option::arbitrary(bytes)?,
        });
    }
    let rescue = bytes.ratio(1, 3)?;
    Ok(Scene {
        policy: any_policy(bytes)?,
        position,
        sources,
        budget_left_value: magnitude(bytes)?,
        min_collateral: magnitude(bytes)?,
        rescue: if rescue {
            Some(RescueTerms {
                discount_cap_e7: between(bytes, -10 * ONE_E7, 1_000_000)?,
                fill_cost_value: magnitude(bytes)?,
            })
        } else {
            None
        },
    })
}

fn near_leg(bytes: &mut Unstructured<'_>, oracle_decimals: u32) -> Result<Leg> {
    let digits = between(bytes, 1, 9_999)?;
    // From a millionth of a unit to a hundred million units.
    let exponent = between_u32(bytes, 0, 14)? + oracle_decimals;
    let usual = bytes.ratio(3, 4)?;
    let decimals = if usual {
        *bytes.choose(&[6, 7, 18])?
    } else {
        between_u32(bytes, 0, MOST_DECIMALS)?
    };
    Ok(Leg {
        price: computed(mul_div_floor(digits, 10i128.pow(exponent), 10i128.pow(10)))?.max(1),
        asset_scalar: 10i128.pow(decimals),
        collateral_factor_e7: between(bytes, if usual { 5_000_000 } else { 0 }, ONE_E7)?,
        liability_factor_e7: between(bytes, 1_000_000, ONE_E7)?,
        b_rate_e12: between(bytes, PAR_RATE / 2, 3 * PAR_RATE)?,
        d_rate_e12: between(bytes, PAR_RATE, 3 * PAR_RATE)?,
        b_tokens: 0,
        d_tokens: 0,
    })
}

fn near_scene(bytes: &mut Unstructured<'_>) -> Result<Scene> {
    let policy = any_policy(bytes)?;
    let shift_e7 = between_u32(bytes, 0, policy.volatility_shift_max_e7)?;
    let policy = Policy {
        volatility_shift_max_e7: policy.volatility_shift_max_e7 - shift_e7,
        ..policy.lowered_by(shift_e7)
    };
    let oracle_decimals = *bytes.choose(&[14, 7, 18, 0])?;
    let price_scalar = 10i128.pow(oracle_decimals);
    let mut position = Position {
        legs: Default::default(),
        price_scalar,
    };
    let count = between(bytes, 1, MOST_LEGS as i128)?;
    let mut sources = Vec::new();
    for _ in 0..count {
        let leg = near_leg(bytes, oracle_decimals)?;
        let of_price = |thousandths: i128| (leg.price * thousandths / 1_000).max(1);
        let (with_previous, with_second) = (bytes.ratio(1, 3)?, bytes.ratio(1, 3)?);
        let (previous, second) = (between(bytes, 800, 1_200)?, between(bytes, 900, 1_100)?);
        sources.push(SourcePrices {
            previous: with_previous.then(|| of_price(previous)),
            second: with_second.then(|| of_price(second)),
        });
        position.legs.push(leg);
    }

    // Collateral of a value from dust to a billion, spread over the legs.
    let value = between(bytes, 1, 999)?;
    let value = computed(mul_div_floor(
        value * price_scalar,
        10i128.pow(between_u32(bytes, 0, 12)?),
        1_000_000,
    ))?;
    for index in 0..position.legs.len() {
        let weight = between(bytes, 0, 10)?;
        let weight = if index == 0 { weight.max(1) } else { weight };
        let leg = &mut position.legs[index];
        let amount = computed(leg.amount_floor(computed(mul_div_floor(value, weight, 10))?))?;
        leg.b_tokens = computed(mul_div_floor(amount, PAR_RATE, leg.b_rate_e12))?;
    }
    let base = computed(position.totals())?.collateral_base;

    // Debt up to a risk ratio around soft, or anywhere.
    let around = bytes.ratio(4, 5)?;
    let above_soft_e7 = if around {
        between(bytes, -50_000, 700_000)?
    } else {
        between(bytes, -1_000_000, 20_000_000)?
    };
    let risk_e7 = (i128::from(policy.soft_e7) + above_soft_e7).max(0);
    let last = position.legs.len() - 1;
    let split_e7 = if bytes.ratio(1, 2)? {
        ONE_E7
    } else {
        between(bytes, 0, ONE_E7)?
    };
    for (index, share_e7) in [(last, split_e7), (last / 2, ONE_E7 - split_e7)] {
        let leg = &mut position.legs[index];
        let liability = computed(mul_div_floor(base, risk_e7, ONE_E7))?;
        let liability = computed(mul_div_floor(liability, share_e7, ONE_E7))?;
        let value = computed(mul_div_floor(liability, leg.liability_factor_e7, ONE_E7))?;
        let amount = computed(leg.amount_floor(value))?;
        leg.d_tokens += computed(mul_div_floor(amount, PAR_RATE, leg.d_rate_e12))?;
    }

    let totals = computed(position.totals())?;
    let with_minimum = bytes.ratio(1, 4)?;
    let minimum_e7 = between(bytes, 0, 12_000_000)?;
    let tight = bytes.ratio(1, 4)?;
    let budget_e7 = between(bytes, 0, 20_000_000)?;
    Ok(Scene {
        rescue: any_rescue(bytes, &policy, &position)?,
        policy,
        sources,
        budget_left_value: if tight {
            computed(mul_div_floor(totals.debt_value, budget_e7, ONE_E7))?
        } else {
            i128::MAX
        },
        min_collateral: if with_minimum {
            computed(mul_div_floor(base, minimum_e7, ONE_E7))?
        } else {
            0
        },
        position,
    })
}

/// Rounds around the legs' prices, or any; most of them of the same numbers.
fn any_histories(bytes: &mut Unstructured<'_>, position: &Position) -> Result<Vec<Vec<Round>>> {
    let mut histories = Vec::new();
    for leg in &position.legs {
        let mut history = Vec::new();
        for number in 0..bytes.int_in_range(0..=VOLATILITY_ROUNDS)? {
            let thousandths = between(bytes, 900, 1_100)?;
            let near = mul_div_floor(leg.price, thousandths, 1_000);
            let (odd_number, odd_price) = (bytes.ratio(1, 20)?, bytes.ratio(1, 20)?);
            history.push(Round {
                number: if odd_number {
                    u64::arbitrary(bytes)?
                } else {
                    number as u64
                },
                price: if odd_price {
                    i128::arbitrary(bytes)?
                } else {
                    near.unwrap_or(0)
                },
            });
        }
        histories.push(history);
    }
    Ok(histories)
}

/// The terms of a rescue from an auction of a share of the position, at any age.
fn any_rescue(
    bytes: &mut Unstructured<'_>,
    policy: &Policy,
    position: &Position,
) -> Result<Option<RescueTerms>> {
    if bytes.ratio(2, 3)? {
        return Ok(None);
    }
    let (lot_e7, bid_e7) = (between(bytes, 0, ONE_E7)?, between(bytes, 0, ONE_E7)?);
    let mut auction = Auction {
        start_ledger: between_u32(bytes, 0, 10)?,
        legs: Default::default(),
    };
    for leg in &position.legs {
        auction.legs.push(AuctionLeg {
            lot_b_tokens: computed(mul_div_floor(leg.b_tokens, lot_e7, ONE_E7))?,
            bid_d_tokens: computed(mul_div_floor(leg.d_tokens, bid_e7, ONE_E7))?,
        });
    }
    let ledger = between_u32(bytes, 0, 600)?;
    Ok(rescue_terms(policy, position, &auction, ledger).ok())
}

fn wild_proposal(bytes: &mut Unstructured<'_>) -> Result<Proposal> {
    Ok(Proposal {
        path: *bytes.choose(&PATHS)?,
        collateral: bytes.int_in_range(0..=MOST_LEGS)?,
        debt: bytes.int_in_range(0..=MOST_LEGS)?,
        sell: i128::arbitrary(bytes)?,
        repay: i128::arbitrary(bytes)?,
    })
}

/// A share of the collateral or of what a plan sells, at the granted discount, beside it or at
/// another one; or a repayment of the whole debt.
fn near_proposal(bytes: &mut Unstructured<'_>, scene: &Scene) -> Result<Proposal> {
    let legs = &scene.position.legs;
    let last = legs.len().checked_sub(1).ok_or(Error::IncorrectFormat)?;
    computed(scene.position.totals())?;
    let path = *bytes.choose(&PATHS)?;
    let collateral = bytes.int_in_range(0..=last)?;
    let debt = if bytes.ratio(2, 3)? {
        last
    } else {
        bytes.int_in_range(0..=last)?
    };
    let floor = computed(scene.floor(collateral, debt))?;
    let planned = bytes.ratio(1, 2)?;
    let mut base = computed(legs[collateral].collateral_floor())?;
    if planned {
        if let Ok(plan) = scene.plan_pair(path, collateral, debt) {
            base = plan.proposal.sell;
        }
    }
    let share = between(bytes, if planned { 900_000 } else { 0 }, 1_100_000)?;
    let sell = computed(mul_div_floor(base, share, 1_000_000))?;
    let repay = if bytes.ratio(1, 10)? {
        computed(legs[debt].debt_ceil())?
    } else {
        let discount_e7 = if bytes.ratio(2, 3)? {
            scene.try_granted_discount_e7(collateral == debt)
        } else {
            Ok(between(bytes, -1_000_000, 1_100_000)?)
        };
        let kept_e7 = ONE_E7 - computed(discount_e7)?;
        let fair = computed(floor.convert_ceil(sell))?;
        computed(mul_div_ceil(fair, kept_e7, ONE_E7))?.saturating_add(between(bytes, -2, 2)?)
    };
    Ok(Proposal {
        path,
        collateral,
        debt,
        sell: sell.saturating_add(between(bytes, -2, 2)?),
        repay,
    })
}
