//! One plain position in numbers that can be checked by hand.

use ballast_core::auction::RescueTerms;
use ballast_core::check::{check_step, Approved, Path, Proposal, Situation};
use ballast_core::health::{Leg, Position, Totals};
use ballast_core::plan::{plan_pair, plan_step, Outlook, Plan};
use ballast_core::policy::Policy;
use ballast_core::price::{floor_ratio, Floor, Ratio, SourcePrices};
use ballast_core::Refusal;

/// The policy of scenes: what tests expect must not move when the default does.
pub const POLICY: Policy = Policy {
    soft_e7: 9_300_000,
    target_e7: 8_800_000,
    hard_e7: 9_900_000,
    step_min_e7: 2_500_000,
    step_max_e7: 10_000_000,
    discount_min_e7: 60_000,
    discount_max_e7: 300_000,
    sold_budget_e7: 10_000_000,
    window_ledgers: 60,
    max_cost_of_equity_e7: 2_000_000,
    rescue_target_e7: 9_500_000,
    rescue_window_ledgers: 20,
    ..Policy::BALANCED
};

/// One unit of a token with 7 decimals.
pub const TOKEN: i128 = 1_0000000;
/// One unit of base value: the oracle has 14 decimals.
pub const BASE: i128 = 100_000_000_000_000;
/// Rate of one underlying a share.
pub const PAR_RATE: i128 = 1_000_000_000_000;

/// Index of the collateral leg.
pub const XLM: usize = 0;
/// Index of the debt leg.
pub const USDC: usize = 1;

/// 250,000 XLM at 0.40 (collateral factor 75%: collateral base 75,000) against USDC at 1.00
/// (liability factor 95%), and everything else that a check reads.
#[derive(Clone, Debug)]
pub struct Scene {
    pub policy: Policy,
    pub position: Position,
    pub sources: Vec<SourcePrices>,
    pub budget_left_value: i128,
    pub min_collateral: i128,
    pub rescue: Option<RescueTerms>,
}

impl Scene {
    /// The position at a risk ratio: the debt is `75,000 * 0.95 * risk` USDC.
    pub fn at_risk(risk_e7: i128) -> Scene {
        let xlm = Leg {
            price: 40 * BASE / 100,
            asset_scalar: TOKEN,
            collateral_factor_e7: 7_500_000,
            liability_factor_e7: 7_500_000,
            b_rate_e12: PAR_RATE,
            d_rate_e12: PAR_RATE,
            b_tokens: 250_000 * TOKEN,
            d_tokens: 0,
        };
        let usdc = Leg {
            price: BASE,
            collateral_factor_e7: 9_500_000,
            liability_factor_e7: 9_500_000,
            b_tokens: 0,
            d_tokens: 71_250 * risk_e7,
            ..xlm
        };
        Scene {
            policy: POLICY,
            position: Position {
                legs: [xlm, usdc].into_iter().collect(),
                price_scalar: BASE,
            },
            sources: vec![SourcePrices::default(); 2],
            budget_left_value: i128::MAX,
            min_collateral: 0,
            rescue: None,
        }
    }

    /// The same with an auction open.
    pub fn in_rescue(risk_e7: i128, discount_cap_e7: i128, fill_cost_value: i128) -> Scene {
        Scene {
            rescue: Some(RescueTerms {
                discount_cap_e7,
                fill_cost_value,
            }),
            ..Scene::at_risk(risk_e7)
        }
    }

    /// Another leg like an existing one.
    pub fn with_leg(mut self, leg: Leg) -> Scene {
        self.position.legs.push(leg);
        self.sources.push(SourcePrices::default());
        self
    }

    pub fn totals(&self) -> Totals {
        self.position.totals().unwrap()
    }

    /// The ratio under which nothing of a pair is sold.
    pub fn floor(&self, collateral: usize, debt: usize) -> Result<Ratio, Refusal> {
        self.floor_of_pair(collateral, debt)
            .map(|floor| floor.least)
    }

    /// What a step of a pair is judged by.
    pub fn floor_of_pair(&self, collateral: usize, debt: usize) -> Result<Floor, Refusal> {
        let count = self.position.legs.len();
        if collateral == debt || collateral >= count || debt >= count {
            return Ok(Floor::PAR);
        }
        floor_ratio(
            (&self.position.legs[collateral], &self.sources[collateral]),
            (&self.position.legs[debt], &self.sources[debt]),
            i128::from(self.policy.max_price_deviation_e7),
            self.rescue.is_some(),
        )
    }

    fn situation<'a>(&'a self, totals: &'a Totals, floor: Floor) -> Situation<'a> {
        Situation {
            policy: &self.policy,
            position: &self.position,
            totals,
            floor,
            budget_left_value: self.budget_left_value,
            min_collateral: self.min_collateral,
            rescue: self.rescue,
        }
    }

    /// The discount that the floor grants now.
    pub fn granted_discount_e7(&self, netting: bool) -> i128 {
        self.try_granted_discount_e7(netting).unwrap()
    }

    /// The same, where numbers may not fit.
    pub fn try_granted_discount_e7(&self, netting: bool) -> Result<i128, Refusal> {
        let totals = self.position.totals()?;
        self.situation(&totals, Floor::PAR)
            .discount_e7(totals.risk_ratio_e7_ceil(), netting)
    }

    pub fn check(&self, proposal: Proposal) -> Result<Approved, Refusal> {
        let floor = self.floor_of_pair(proposal.collateral, proposal.debt)?;
        check_step(&self.situation(&self.position.totals()?, floor), &proposal)
    }

    pub fn plan_pair(&self, path: Path, collateral: usize, debt: usize) -> Result<Plan, Refusal> {
        let floor = self.floor_of_pair(collateral, debt)?;
        let pair = (collateral, debt);
        plan_pair(&self.outlook(), &self.position.totals()?, path, pair, floor)
    }

    pub fn outlook(&self) -> Outlook<'_> {
        Outlook {
            policy: &self.policy,
            position: &self.position,
            sources: &self.sources,
            budget_left_value: self.budget_left_value,
            min_collateral: self.min_collateral,
            rescue: self.rescue,
        }
    }

    pub fn plan(&self, path: Path) -> Result<Plan, Refusal> {
        plan_step(&self.outlook(), path)
    }
}

/// A fill that sells XLM worth `value` whole units for USDC, at `discount_e7` under the price.
pub fn fill(value: i128, discount_e7: i128) -> Proposal {
    Proposal {
        path: Path::Fill,
        collateral: XLM,
        debt: USDC,
        sell: value * TOKEN * 100 / 40,
        repay: value * (TOKEN - discount_e7),
    }
}
