//! The cheapest step of a vault at one ledger state, or the refusal that the call would give: what the
//! lens quotes, and what a keeper plans without asking it.
//!
//! A call spends the reserve of the debt that it repays before the sale, so what the sale finds differs
//! from debt to debt. The debts are tried from the cheapest on; those without a reserve find the same
//! and are planned together.

use arrayvec::ArrayVec;

use crate::auction::{rescue_terms, Auction, RescueTerms};
use crate::check::{flash_dust, require_at_risk, Path};
use crate::fixed::{add, mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7};
use crate::health::{Position, Totals, MAX_LEGS};
use crate::plan::{cheapest_debt, plan_step_repaying, Outlook};
use crate::policy::Policy;
use crate::price::Floor;
use crate::reserve::{reserve_may_leave_auction, reserve_to_spend};
use crate::window::Window;
use crate::Refusal;

/// The pool's highest status in which it lends and deletes auctions; beyond it is on ice or frozen.
pub const ACTIVE_STATUS: u32 = 1;

/// The vault as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The policy in force.
    pub policy: &'a Policy,
    /// The position, with rates and prices of now.
    pub position: &'a Position,
    /// The budget's window as it is stored.
    pub window: Window,
    /// The ledger of the call.
    pub ledger: u32,
}

/// What the pool says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolTerms {
    /// Blend's status: 0 and 1 are active, 2 and 3 on ice, 4 and 5 frozen.
    pub status: u32,
    /// Least collateral base of a position with debt.
    pub min_collateral: i128,
}

/// What the pool says of a reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolReserve {
    /// Whether it lends.
    pub enabled: bool,
    /// Utilization up to which it lends, 7 decimals.
    pub max_utilization_e7: u32,
    /// Underlying per b-token, 12 decimals.
    pub b_rate_e12: i128,
    /// Underlying per d-token, 12 decimals.
    pub d_rate_e12: i128,
    /// All b-tokens.
    pub b_supply: i128,
    /// All d-tokens.
    pub d_supply: i128,
}

/// What the pool itself would refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolRefusal {
    /// It is on ice or frozen.
    Status,
    /// The reserve is disabled.
    ReserveDisabled,
    /// Utilization leaves nothing to withdraw or to lend.
    Liquidity,
}

/// What a quote reads beside the position, when its turn comes: on a ledger a read costs. Legs are
/// those of the position.
pub trait Reads {
    /// Why a step is refused.
    type Error: From<Refusal> + From<PoolRefusal> + PartialEq;

    /// The open liquidation auction.
    fn auction(&mut self) -> Option<Auction>;

    /// The pool's own terms.
    fn pool(&mut self) -> PoolTerms;

    /// The vault's idle balance of a leg's asset.
    fn idle(&mut self, leg: usize) -> i128;

    /// The ratio under which the collateral of one leg is not sold for the debt of another, of the
    /// last round alone if `latest_only`.
    fn floor(
        &mut self,
        collateral: usize,
        debt: usize,
        latest_only: bool,
    ) -> Result<Floor, Self::Error>;

    /// The reserve of a leg's asset.
    fn reserve(&mut self, leg: usize) -> PoolReserve;
}

/// A step that the call accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Leg of what is sold; that of the debt where nothing is.
    pub collateral: usize,
    /// Leg of what is repaid.
    pub debt: usize,
    /// Collateral sold. Zero where the reserve alone leads below soft: the call stops there.
    pub sell: i128,
    /// The bid.
    pub repay: i128,
    /// Least bid for `sell`.
    pub floor: i128,
    /// Most that the keeper can be paid.
    pub largest_reward: i128,
    /// Reserve that the call spends before the sale.
    pub reserve_spent: i128,
    /// Base value that the window may still sell.
    pub budget_left: i128,
    /// Risk ratio after the step, 7 decimals, rounded up.
    pub risk_after_e7: i128,
    /// Whether an auction is open that the sale leaves.
    pub rescue: bool,
}

/// Quotes the cheapest step on `path`.
///
/// # Errors
/// The error that the call would give.
pub fn quote<R: Reads>(
    standing: &Standing<'_>,
    path: Path,
    reads: &mut R,
) -> Result<Quote, R::Error> {
    let (policy, position) = (standing.policy, standing.position);
    let totals = position.totals()?;
    require_at_risk(policy, &totals)?;
    let rescue = match reads.auction() {
        Some(auction) => Some(rescue_terms(policy, position, &auction, standing.ledger)?),
        None => None,
    };
    let pool = reads.pool();
    let terms = Terms {
        standing,
        path,
        pool,
        min_collateral: min_collateral(pool.min_collateral, path, position)?,
        totals,
        rescue,
    };
    let mut reserves: ArrayVec<i128, MAX_LEGS> = ArrayVec::new();
    for debt in 0..position.legs.len() {
        reserves.push(terms.reserve_spent(debt, reads)?);
    }
    let mut tried = [false; MAX_LEGS];
    let mut refusal = None;
    while let Some(debt) = terms.next_debt(&tried)? {
        let mut together = [false; MAX_LEGS];
        for (leg, spent) in reserves.iter().enumerate() {
            let without = reserves[debt] == 0 && *spent == 0 && !tried[leg];
            together[leg] = leg == debt || without;
        }
        match terms.quote_repaying(debt, reserves[debt], |leg| together[leg], reads) {
            Ok(quoted) => return Ok(quoted),
            // The cheapest debt's, and the clock's only where no reserve leads out of its reach.
            Err(error) if refusal.is_none() || refusal == Some(Refusal::RescueTooEarly.into()) => {
                refusal = Some(error);
            }
            Err(_) => {}
        }
        for (tried, together) in tried.iter_mut().zip(together) {
            *tried |= together;
        }
    }
    Err(refusal.unwrap_or(Refusal::NoDebt.into()))
}

/// What every debt's quote is made from.
struct Terms<'a> {
    standing: &'a Standing<'a>,
    path: Path,
    pool: PoolTerms,
    /// The pool's minimum collateral as a step must keep it.
    min_collateral: i128,
    totals: Totals,
    rescue: Option<RescueTerms>,
}

impl Terms<'_> {
    fn outlook<'a>(&'a self, position: &'a Position) -> Outlook<'a> {
        Outlook {
            policy: self.standing.policy,
            position,
            // Read when a pair is considered.
            sources: &[],
            budget_left_value: 0,
            min_collateral: self.min_collateral,
            rescue: self.rescue,
        }
    }

    /// The next debt to try: the cheapest to repay, or any where there is no collateral to sell.
    fn next_debt(&self, tried: &[bool; MAX_LEGS]) -> Result<Option<usize>, Refusal> {
        let position = self.standing.position;
        let outlook = self.outlook(position);
        let cheapest = cheapest_debt(&outlook, &self.totals, |leg| !tried[leg])?;
        let legs = &position.legs;
        Ok(
            cheapest
                .or_else(|| (0..legs.len()).find(|leg| legs[*leg].d_tokens > 0 && !tried[*leg])),
        )
    }

    /// Reserve that a call which repays `debt` spends before the sale.
    fn reserve_spent(&self, debt: usize, reads: &mut impl Reads) -> Result<i128, Refusal> {
        let (policy, position) = (self.standing.policy, self.standing.position);
        if !policy.reserve_first || position.legs[debt].d_tokens == 0 {
            return Ok(0);
        }
        let (totals, rescues) = (&self.totals, self.rescue.is_some());
        let amount = reserve_to_spend(policy, position, totals, debt, reads.idle(debt), rescues)?;
        let least = self.pool.min_collateral;
        if rescues
            && amount > 0
            && !reserve_may_leave_auction(position, totals, debt, amount, least)?
        {
            return Ok(0);
        }
        Ok(amount)
    }

    /// The quote among the debts that `repays` names, of which `debt` has `reserve_spent`.
    fn quote_repaying<R: Reads>(
        &self,
        debt: usize,
        reserve_spent: i128,
        repays: impl Fn(usize) -> bool,
        reads: &mut R,
    ) -> Result<Quote, R::Error> {
        let (policy, ledger) = (self.standing.policy, self.standing.ledger);
        let mut position = self.standing.position.clone();
        let mut totals = self.totals;
        let mut rescue = self.rescue;
        if reserve_spent > 0 {
            // The repayment leaves the auction, if one is open; the sale is an ordinary step.
            if rescue.take().is_some() && self.pool.status > ACTIVE_STATUS {
                return Err(PoolRefusal::Status.into());
            }
            position.legs[debt].repay(reserve_spent)?;
            totals = position.totals()?;
        }
        let window = self.standing.window.at(ledger, policy, &totals)?;
        let mut quoted = Quote {
            collateral: debt,
            debt,
            sell: 0,
            repay: 0,
            floor: 0,
            largest_reward: 0,
            reserve_spent,
            budget_left: window.left_value(),
            risk_after_e7: totals.risk_ratio_e7_ceil(),
            rescue: self.rescue.is_some(),
        };
        if quoted.risk_after_e7 < i128::from(policy.soft_e7) {
            return Ok(quoted);
        }
        let outlook = Outlook {
            budget_left_value: quoted.budget_left,
            rescue,
            ..self.outlook(&position)
        };
        let planned = plan_step_repaying(&outlook, self.path, repays, |collateral, debt| {
            reads.floor(collateral, debt, rescue.is_some())
        })?;
        let proposal = planned.proposal;
        quoted.collateral = proposal.collateral;
        quoted.debt = proposal.debt;
        quoted.sell = proposal.sell;
        quoted.repay = proposal.repay;
        quoted.floor = planned.approved.floor_repay;
        quoted.largest_reward = planned.approved.largest_reward;
        quoted.risk_after_e7 = planned.approved.risk_after_e7;
        let flash = self.path == Path::Flash && !proposal.is_netting();
        self.require_pool_can(&quoted, flash, rescue.is_some(), reads)?;
        Ok(quoted)
    }

    /// What the pool itself would refuse: its status, its liquidity, its limit on utilization.
    fn require_pool_can<R: Reads>(
        &self,
        quoted: &Quote,
        flash: bool,
        rescue: bool,
        reads: &mut R,
    ) -> Result<(), R::Error> {
        if self.pool.status > ACTIVE_STATUS && (rescue || flash) {
            return Err(PoolRefusal::Status.into());
        }
        let reserve = reads.reserve(quoted.collateral);
        if flash && !reserve.enabled {
            return Err(PoolRefusal::ReserveDisabled.into());
        }
        let supply = mul_div_floor(reserve.b_supply, reserve.b_rate_e12, ONE_E12)?;
        let owed = mul_div_ceil(reserve.d_supply, reserve.d_rate_e12, ONE_E12)?;
        let left = supply - quoted.sell;
        let most = if flash {
            let most_e7 = i128::from(reserve.max_utilization_e7);
            mul_div_floor(left.max(0), most_e7, ONE_E7)?
        } else {
            left - 1
        };
        if owed > most || (flash && owed + quoted.sell >= supply) {
            return Err(PoolRefusal::Liquidity.into());
        }
        Ok(())
    }
}

/// The pool's minimum collateral. A flash gives back a little more of the collateral than it sells,
/// and what comes back of that is idle: it must not be planned to the last unit of the minimum.
fn min_collateral(of_pool: i128, path: Path, position: &Position) -> Result<i128, Refusal> {
    let mut least = of_pool;
    if path == Path::Flash && least > 0 {
        for leg in &position.legs {
            // The dust, and the share and the unit by which shares are rounded.
            let more = add(
                flash_dust(leg.d_rate_e12)?,
                mul_div_ceil(leg.b_rate_e12, 2, ONE_E12)?,
            )?;
            least = least.max(add(of_pool, add(leg.value_ceil(more)?, 1)?)?);
        }
    }
    Ok(least)
}
