//! The model that the proofs speak of (`scripts/proofs/model.py`) and the code give the same numbers.
//!
//! `scripts/proofs/vectors.py` writes `tests/vectors.txt`: a function, its arguments, `=` and what the
//! model makes of them.

use std::collections::BTreeMap;

use ballast_core::auction::{rescue_terms, Auction, AuctionLeg, RescueTerms};
use ballast_core::check::{check_step, floor_repay_ceil, Path, Proposal, Situation};
use ballast_core::fixed::{interpolate_floor, mul_div_ceil, mul_div_floor};
use ballast_core::health::{Leg, Position, Totals};
use ballast_core::policy::Policy;
use ballast_core::price::{Floor, Ratio};
use ballast_core::volatility::{round_volatility_e7, shift_e7};
use ballast_core::window::Window;
use ballast_core::Refusal;

const VECTORS: &str = include_str!("../vectors.txt");

/// The arguments of one line, taken in order.
struct Arguments<'a>(std::str::SplitWhitespace<'a>);

impl Arguments<'_> {
    fn number(&mut self) -> i128 {
        self.0.next().expect("an argument").parse().unwrap()
    }

    fn numbers<const COUNT: usize>(&mut self) -> [i128; COUNT] {
        std::array::from_fn(|_| self.number())
    }

    fn share(&mut self) -> u32 {
        self.number().try_into().unwrap()
    }

    fn is_empty(&self) -> bool {
        self.0.clone().next().is_none()
    }

    fn policy(&mut self) -> Policy {
        Policy {
            soft_e7: self.share(),
            target_e7: self.share(),
            hard_e7: self.share(),
            step_min_e7: self.share(),
            step_max_e7: self.share(),
            discount_min_e7: self.share(),
            discount_max_e7: self.share(),
            max_cost_of_equity_e7: self.share(),
            rescue_target_e7: self.share(),
            ..Policy::BALANCED
        }
    }

    fn totals(&mut self) -> Totals {
        Totals {
            collateral_base: self.number(),
            liability_base: self.number(),
            collateral_value: self.number(),
            debt_value: self.number(),
        }
    }

    fn leg(&mut self) -> Leg {
        Leg {
            price: self.number(),
            asset_scalar: self.number(),
            collateral_factor_e7: self.number(),
            liability_factor_e7: self.number(),
            b_rate_e12: self.number(),
            d_rate_e12: self.number(),
            b_tokens: self.number(),
            d_tokens: self.number(),
        }
    }

    /// A ratio from the prices and scalars of collateral and debt.
    fn ratio(&mut self) -> Ratio {
        let [price, asset_scalar, debt_price, debt_scalar] = self.numbers();
        let leg = |asset_scalar| Leg {
            asset_scalar,
            ..empty_leg()
        };
        Ratio::new(&leg(asset_scalar), price, &leg(debt_scalar), debt_price).unwrap()
    }

    /// A position of two legs with an auction of the first's collateral for the second's debt.
    fn auction(&mut self) -> (Position, Auction, u32) {
        let legs = [self.leg(), self.leg()];
        let [lot_b_tokens, bid_d_tokens] = self.numbers();
        let offered = AuctionLeg {
            lot_b_tokens,
            bid_d_tokens: 0,
        };
        let asked = AuctionLeg {
            lot_b_tokens: 0,
            bid_d_tokens,
        };
        let auction = Auction {
            start_ledger: 0,
            legs: [offered, asked].into_iter().collect(),
        };
        (position(legs, 1), auction, self.share())
    }
}

fn empty_leg() -> Leg {
    Leg {
        price: 1,
        asset_scalar: 1,
        collateral_factor_e7: 0,
        liability_factor_e7: 1,
        b_rate_e12: 1,
        d_rate_e12: 1,
        b_tokens: 0,
        d_tokens: 0,
    }
}

fn position(legs: impl IntoIterator<Item = Leg>, price_scalar: i128) -> Position {
    Position {
        legs: legs.into_iter().collect(),
        price_scalar,
    }
}

fn granted(policy: &Policy, totals: &Totals, rescue: Option<RescueTerms>) -> i128 {
    let situation = Situation {
        policy,
        position: &position([], 1),
        totals,
        floor: Floor::PAR,
        budget_left_value: 0,
        min_collateral: 0,
        rescue,
    };
    situation
        .discount_e7(totals.risk_ratio_e7_ceil(), false)
        .unwrap()
}

fn rescue_at(arguments: &mut Arguments<'_>) -> Result<RescueTerms, Refusal> {
    let policy = arguments.policy();
    let (position, auction, age) = arguments.auction();
    let policy = Policy {
        rescue_window_ledgers: arguments.share(),
        ..policy
    };
    rescue_terms(&policy, &position, &auction, age)
}

/// Zero and the approval, or the refusal's code.
fn checked(arguments: &mut Arguments<'_>) -> Vec<i128> {
    let policy = arguments.policy();
    let [price_scalar, floor_price, floor_debt_price, budget_left_value, min_collateral] =
        arguments.numbers();
    let [in_rescue, discount_cap_e7, fill_cost_value] = arguments.numbers();
    let [path, collateral, debt, sell, repay] = arguments.numbers();
    let mut legs = Vec::new();
    while !arguments.is_empty() {
        legs.push(arguments.leg());
    }
    let position = position(legs, price_scalar);
    let proposal = Proposal {
        path: [Path::Fill, Path::Plain, Path::Flash][usize::try_from(path).unwrap()],
        collateral: collateral.try_into().unwrap(),
        debt: debt.try_into().unwrap(),
        sell,
        repay,
    };
    let (sold, repaid) = (
        &position.legs[proposal.collateral],
        &position.legs[proposal.debt],
    );
    let ratio = if proposal.is_netting() {
        Ratio::PAR
    } else {
        Ratio::new(sold, floor_price, repaid, floor_debt_price).unwrap()
    };
    let floor = Floor {
        least: ratio,
        highest: ratio,
    };
    let situation = Situation {
        policy: &policy,
        position: &position,
        totals: &position.totals().unwrap(),
        floor,
        budget_left_value,
        min_collateral,
        rescue: (in_rescue == 1).then_some(RescueTerms {
            discount_cap_e7,
            fill_cost_value,
        }),
    };
    match check_step(&situation, &proposal) {
        Ok(step) => vec![
            0,
            step.repaid,
            step.floor_repay,
            step.largest_reward,
            step.discount_e7,
            step.sold_value,
            step.risk_before_e7,
            step.risk_after_e7,
        ],
        Err(refusal) => vec![refusal as i128],
    }
}

/// What the code makes of one line.
fn evaluate(name: &str, of: &mut Arguments<'_>) -> Result<Vec<i128>, Refusal> {
    let one = |value: i128| Ok(vec![value]);
    match name {
        "mul_div_floor" => one(mul_div_floor(of.number(), of.number(), of.number())?),
        "mul_div_ceil" => one(mul_div_ceil(of.number(), of.number(), of.number())?),
        "interpolate_floor" => one(interpolate_floor(of.share(), of.share(), of.number())),
        "convert_ceil" => one(of.ratio().convert_ceil(of.number())?),
        "convert_floor" => one(of.ratio().convert_floor(of.number())?),
        "floor_repay_ceil" => one(floor_repay_ceil(&of.ratio(), of.number(), of.number())?),
        "ramp_e7" => one(of.policy().ramp_e7(of.number())),
        "step_cap_e7" => one(of.policy().step_cap_e7(of.number())),
        "risk_ratio_e7_ceil" => one(of.totals().risk_ratio_e7_ceil()),
        "equity" => one(of.totals().equity()),
        "discount_e7" => one(granted(&of.policy(), &of.totals(), None)),
        "rescue_discount_e7" => {
            let (policy, totals) = (of.policy(), of.totals());
            let terms = RescueTerms {
                discount_cap_e7: of.number(),
                fill_cost_value: 0,
            };
            one(granted(&policy, &totals, Some(terms)))
        }
        "budget_value" => {
            let (policy, totals) = (of.policy(), of.totals());
            let policy = Policy {
                sold_budget_e7: of.share(),
                ..policy
            };
            one(Window::default().at(1, &policy, &totals)?.budget_value)
        }
        "left_value" => {
            let window = Window {
                start_ledger: 1,
                budget_value: of.number(),
                sold_value: of.number(),
            };
            one(window.left_value())
        }
        "collateral_floor" => one(of.leg().collateral_floor()?),
        "debt_ceil" => one(of.leg().debt_ceil()?),
        "value_floor" => one(of.leg().value_floor(of.number())?),
        "value_ceil" => one(of.leg().value_ceil(of.number())?),
        "collateral_base_floor" => one(of.leg().collateral_base_floor(of.number())?),
        "liability_base_ceil" => one(of.leg().liability_base_ceil(of.number())?),
        "withdrawal_keeping_floor" => one(of.leg().withdrawal_keeping_floor(of.number())?),
        "withdraw" => {
            let mut leg = of.leg();
            leg.withdraw(of.number())?;
            one(leg.b_tokens)
        }
        "repay" => {
            let mut leg = of.leg();
            let kept = leg.repay(of.number())?;
            Ok(vec![leg.d_tokens, kept])
        }
        "fill_terms" => {
            let (position, auction, age) = of.auction();
            let terms = auction.fill_terms(&position, age)?;
            Ok(vec![terms.lot_value, terms.bid_value])
        }
        "rescue_cap_e7" => one(rescue_at(of)?.discount_cap_e7),
        "rescue_too_early" => one(rescue_at(of).unwrap_err() as i128),
        "shift_e7" => {
            let policy = Policy {
                volatility_z_e2: of.share(),
                volatility_shift_max_e7: of.share(),
                ..Policy::BALANCED
            };
            one(shift_e7(&policy, of.number()).into())
        }
        "round_volatility_e7" => {
            let mut ratios_e7 = Vec::new();
            while !of.is_empty() {
                ratios_e7.push(of.number());
            }
            one(round_volatility_e7(&ratios_e7)?)
        }
        "check_step" => Ok(checked(of)),
        unknown => panic!("unknown function {unknown}"),
    }
}

#[test]
fn the_proofs_model_gives_the_codes_numbers() {
    let mut counts = BTreeMap::new();
    let mut outcomes = BTreeMap::new();
    for line in VECTORS.lines() {
        let (call, results) = line.split_once(" = ").expect("a result");
        let (name, arguments) = call.split_once(' ').expect("arguments");
        let expected: Vec<i128> = results
            .split_whitespace()
            .map(|result| result.parse().unwrap())
            .collect();
        let mut arguments = Arguments(arguments.split_whitespace());
        let found = evaluate(name, &mut arguments);
        assert_eq!(found, Ok(expected.clone()), "{line}");
        assert!(arguments.is_empty(), "arguments left: {line}");
        *counts.entry(name).or_insert(0) += 1;
        if name == "check_step" {
            *outcomes.entry(expected[0]).or_insert(0) += 1;
        }
    }
    // Every function, and an approval and every refusal of the check but those of broken numbers.
    assert_eq!(counts.len(), 29);
    assert!(counts.values().all(|count| *count >= 5), "{counts:?}");
    let codes: Vec<i128> = outcomes.keys().copied().collect();
    let refusals: Vec<i128> = (131..=147).collect();
    assert_eq!(codes, [vec![0], refusals].concat());
    assert!(outcomes[&0] >= 100, "{outcomes:?}");
}
