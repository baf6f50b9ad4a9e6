//! What keepers do while a price moves, as far as the vault's own rules decide.
//!
//! Assumed, each time the way that costs the owner most or that is simplest:
//! * One price moves, by at most 1% a round of the oracle, or at once (`jump`); before a gradual move what
//!   is due now is done. The others stay, and stay fresh; the second oracle moves as the pool's does.
//! * A keeper makes every step that `fill` accepts, at the bid that is quoted. The price has stood for a
//!   round when it does: the round before would only make the floor dearer for keepers.
//! * A round takes the oracle's resolution, a ledger five seconds. Steps of a round are made at its first
//!   ledger. Where the window's budget is spent, the plan goes on in the next round, at the end in the
//!   next window.
//! * Interest on the way is not counted.
//! * At 100% or more the auction's clock decides and the plan ends. With an auction open, and while
//!   automation is off, there are no steps.

use arrayvec::ArrayVec;
use ballast_core::check::Path;
use ballast_core::fixed::{add, mul_div_ceil, mul_div_floor, sub_floor_zero, ONE_E12, ONE_E7};
use ballast_core::health::MAX_LEGS;
use ballast_core::quote::Quote;
use ballast_core::volatility::{Round, VOLATILITY_ROUNDS};
use ballast_core::Refusal;

use crate::answer::Health;
use crate::code::Code;
use crate::view::View;
use crate::words::Writer;

/// Most steps of a plan. One that has as many ends as it stands.
pub const MOST_STEPS: usize = 64;
/// Most rounds that a price takes; the last one goes all the way. 0.99 to the power of it is 2e-9.
pub const MOST_ROUNDS: u32 = 2_000;
/// Time between two ledgers.
const LEDGER_SECONDS: u64 = 5;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Number of the reserve sold, in the question.
    pub collateral: usize,
    /// Number of the reserve repaid.
    pub debt: usize,
    /// Price of the collateral.
    pub price: i128,
    /// Price of the asset that moves.
    pub moved_price: i128,
    /// Collateral sold.
    pub sell: i128,
    /// Debt that this repaid.
    pub repaid: i128,
    /// Reserve spent before.
    pub reserve_spent: i128,
    /// Most that it costs: value sold less the floor, rounded up.
    pub cost_value: i128,
    /// Risk ratio before.
    pub risk_before_e7: i128,
    /// Risk ratio after.
    pub risk_after_e7: i128,
}

/// How a plan ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    /// Below soft.
    Safe = 0,
    /// At soft or above, and no step is possible.
    Waiting = 1,
    /// At 100% or above, or an auction is open.
    Liquidatable = 2,
}

/// All of it.
pub struct Plan {
    /// The steps.
    pub steps: ArrayVec<Step, MOST_STEPS>,
    /// Value sold, at the prices of the steps, rounded up.
    pub sold_value: i128,
    /// Sum of the steps' costs.
    pub cost_value: i128,
    /// Share of the collateral's value at the prices before that is sold, 7 decimals, rounded up.
    pub sold_share_e7: i128,
    /// Value of the reserve spent, rounded up.
    pub reserve_spent_value: i128,
    /// How it ends.
    pub end: End,
    /// Why no step is possible, where it is waiting.
    pub refusal: Option<Code>,
    /// How the vault stands then.
    pub after: Health,
    /// The vault then.
    pub view: View,
}

impl Plan {
    /// Writes it.
    pub fn write(&self, writer: &mut Writer<'_>) {
        writer.wide(self.sold_value);
        writer.wide(self.cost_value);
        writer.wide(self.sold_share_e7);
        writer.wide(self.reserve_spent_value);
        writer.number(self.end as u64);
        writer.maybe_small(self.refusal.map(|code| code.0));
        self.after.write(writer);
        writer.number(self.steps.len() as u64);
        for step in &self.steps {
            writer.number(step.collateral as u64);
            writer.number(step.debt as u64);
            writer.wide(step.price);
            writer.wide(step.moved_price);
            writer.wide(step.sell);
            writer.wide(step.repaid);
            writer.wide(step.reserve_spent);
            writer.wide(step.cost_value);
            writer.wide(step.risk_before_e7);
            writer.wide(step.risk_after_e7);
        }
    }
}

/// Plans for the price of a reserve going to `price`.
///
/// # Errors
/// * [`Refusal::InvalidPrice`], and what the lens says of a vault that cannot be valued.
pub fn plan(view: View, reserve: usize, price: i128, jump: bool) -> Result<Plan, Code> {
    if price <= 0 {
        return Err(Refusal::InvalidPrice.into());
    }
    let mut walk = Walk::new(view, reserve)?;
    let acts = walk.view.automation && walk.view.auction_start.is_none();
    if acts {
        walk.go(price, jump)?;
    }
    if walk.price() != Some(price) {
        walk.next_round(price)?;
    }
    walk.finish(acts)
}

/// Whether the walk goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// With the next round.
    Round,
    /// Not at all.
    Stop,
}

/// A vault on its way.
struct Walk {
    view: View,
    /// Leg of the asset that moves.
    leg: Option<usize>,
    /// Prices and collateral value before.
    first_prices: ArrayVec<i128, MAX_LEGS>,
    first_second: Option<i128>,
    first_value: i128,
    steps: ArrayVec<Step, MOST_STEPS>,
    sold_value: i128,
    cost_value: i128,
    sold_first_value: i128,
    reserve_spent_value: i128,
    refusal: Option<Code>,
}

impl Walk {
    fn new(view: View, reserve: usize) -> Result<Walk, Code> {
        let leg = view.leg_of(reserve);
        Ok(Walk {
            first_prices: view.position.legs.iter().map(|leg| leg.price).collect(),
            first_second: leg.and_then(|leg| view.held[leg].second.ok().flatten()),
            first_value: view.totals()?.collateral_value,
            leg,
            view,
            steps: ArrayVec::new(),
            sold_value: 0,
            cost_value: 0,
            sold_first_value: 0,
            reserve_spent_value: 0,
            refusal: None,
        })
    }

    /// Price of the asset that moves; none where the vault has nothing of it.
    fn price(&self) -> Option<i128> {
        self.leg.map(|leg| self.view.position.legs[leg].price)
    }

    /// All of the way, until there is nothing left to do.
    fn go(&mut self, price: i128, jump: bool) -> Result<(), Code> {
        let mut rounds = 0;
        if jump {
            self.next_round(price)?;
        }
        loop {
            if self.act()? == Next::Stop {
                return Ok(());
            }
            match self.price() {
                Some(now) if now != price => {
                    rounds += 1;
                    self.next_round(if rounds == MOST_ROUNDS {
                        price
                    } else {
                        toward(now, price)?
                    })?;
                }
                _ => break,
            }
        }
        // The price stays, and windows pass.
        while self.refusal == Some(Refusal::BudgetExhausted.into()) {
            let made = self.steps.len();
            self.wait_for_window()?;
            if self.act()? == Next::Stop || self.steps.len() == made {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Makes every step of a round.
    fn act(&mut self) -> Result<Next, Code> {
        loop {
            let totals = self.view.totals()?;
            match self.view.quote(Path::Fill) {
                Ok(_) if self.steps.is_full() => {
                    self.refusal = None;
                    return Ok(Next::Stop);
                }
                Ok(quoted) => self.take(&quoted, totals.risk_ratio_e7_ceil())?,
                Err(code) => {
                    self.refusal = Some(code);
                    let liquidatable = totals.risk_ratio_e7_ceil() >= ONE_E7;
                    return Ok(if liquidatable {
                        Next::Stop
                    } else {
                        Next::Round
                    });
                }
            }
        }
    }

    /// Applies a step and notes it.
    fn take(&mut self, quoted: &Quote, risk_before_e7: i128) -> Result<(), Code> {
        let repaid = self.view.apply(quoted)?;
        let legs = &self.view.position.legs;
        let (sold, debt) = (&legs[quoted.collateral], &legs[quoted.debt]);
        let sold_value = sold.value_ceil(quoted.sell)?;
        // Whoever brings the floor alone is let in too.
        let least_value = debt.value_floor(repaid.min(quoted.floor))?;
        let cost_value = sub_floor_zero(sold_value, least_value);
        let first = self.first_prices[quoted.collateral];
        let first_value = mul_div_ceil(first, quoted.sell, sold.asset_scalar)?;
        let spent_value = debt.value_ceil(quoted.reserve_spent)?;
        self.sold_value = add(self.sold_value, sold_value)?;
        self.cost_value = add(self.cost_value, cost_value)?;
        self.sold_first_value = add(self.sold_first_value, first_value)?;
        self.reserve_spent_value = add(self.reserve_spent_value, spent_value)?;
        self.steps.push(Step {
            collateral: self.view.held[quoted.collateral].number,
            debt: self.view.held[quoted.debt].number,
            price: sold.price,
            moved_price: self.price().unwrap_or(0),
            sell: quoted.sell,
            repaid,
            reserve_spent: quoted.reserve_spent,
            cost_value,
            risk_before_e7,
            risk_after_e7: self.view.totals()?.risk_ratio_e7_ceil(),
        });
        Ok(())
    }

    /// The oracle's next round.
    fn next_round(&mut self, price: i128) -> Result<(), Code> {
        let seconds = u64::from(self.view.resolution_seconds.max(1));
        self.view.at += seconds;
        let ledgers = u32::try_from(seconds / LEDGER_SECONDS).unwrap_or(u32::MAX);
        self.view.ledger = self.view.ledger.saturating_add(ledgers.max(1));
        if let Some(leg) = self.leg {
            let first = self.first_prices[leg];
            self.view.position.legs[leg].price = price;
            if let Some(second) = self.first_second {
                let second = mul_div_floor(second, price, first)?;
                self.view.held[leg].second = Ok(Some(second));
            }
        }
        let number = self.view.at / seconds;
        for (leg, held) in self.view.position.legs.iter().zip(&mut self.view.held) {
            held.previous = None;
            // In the place of the oldest, since their order says nothing.
            let round = Round {
                number,
                price: leg.price,
            };
            if !held.history.is_full() {
                held.history.push(round);
            } else if let Some(oldest) = held.history.iter_mut().min_by_key(|round| round.number) {
                *oldest = round;
            }
        }
        Ok(())
    }

    /// Rounds at the same price until the budget's window is over.
    fn wait_for_window(&mut self) -> Result<(), Code> {
        let (window, policy) = (self.view.window, self.view.policy);
        let over = window.start_ledger.saturating_add(policy.window_ledgers);
        let mut rounds = 0;
        loop {
            // Of a longer wait volatility sees no more than this.
            if rounds == VOLATILITY_ROUNDS {
                self.view.ledger = self.view.ledger.max(over);
            }
            self.next_round(self.price().unwrap_or(0))?;
            rounds += 1;
            if self.view.ledger >= over {
                return Ok(());
            }
        }
    }

    fn finish(self, acts: bool) -> Result<Plan, Code> {
        let view = self.view;
        let after = Health::of(&view)?;
        let end = if after.risk_e7() >= ONE_E7 || view.auction_start.is_some() {
            End::Liquidatable
        } else if after.risk_e7() >= after.soft_e7() {
            End::Waiting
        } else {
            End::Safe
        };
        let sold_share_e7 = match self.first_value {
            0 => 0,
            value => mul_div_ceil(self.sold_first_value, ONE_E7, value)?,
        };
        let refusal = match (acts, end) {
            (_, End::Safe) => None,
            (true, _) => self.refusal,
            (false, _) if view.automation => Some(Code::AUCTION_OPEN),
            (false, _) => Some(Code::AUTOMATION_OFF),
        };
        Ok(Plan {
            steps: self.steps,
            sold_value: self.sold_value,
            cost_value: self.cost_value,
            sold_share_e7,
            reserve_spent_value: self.reserve_spent_value,
            end,
            refusal,
            after,
            view,
        })
    }
}

/// The price one round later on its way: at most 1% away, at least one unit.
fn toward(now: i128, price: i128) -> Result<i128, Refusal> {
    let most = mul_div_floor(now, 1, 100)?.max(1);
    Ok(now + (price - now).clamp(-most, most))
}

impl View {
    /// Applies a quoted fill, and returns the debt that the sale repaid.
    ///
    /// # Errors
    /// None for a quote of this view.
    pub fn apply(&mut self, quoted: &Quote) -> Result<i128, Code> {
        let policy = self.in_force();
        let (collateral, debt) = (quoted.collateral, quoted.debt);
        if quoted.reserve_spent > 0 {
            self.position.legs[debt].repay(quoted.reserve_spent)?;
            self.held[debt].idle -= quoted.reserve_spent;
        }
        self.auction_start = None;
        let mut repaid = 0;
        if quoted.sell > 0 {
            let totals = self.totals()?;
            let value = self.position.legs[collateral].value_ceil(quoted.sell)?;
            let window = self.window.at(self.ledger, &policy, &totals)?;
            self.window = window.after_sale(value);
            self.position.legs[collateral].withdraw(quoted.sell)?;
            repaid = self.position.legs[debt].repay(quoted.repay)?;
        }
        // What the pool is left with, for what later steps ask of its liquidity.
        let paid = add(quoted.reserve_spent, repaid)?;
        let taken = &mut self.held[collateral].pool;
        let burned = mul_div_ceil(quoted.sell, ONE_E12, taken.b_rate_e12)?;
        taken.b_supply = sub_floor_zero(taken.b_supply, burned);
        let given = &mut self.held[debt].pool;
        let burned = mul_div_floor(paid, ONE_E12, given.d_rate_e12)?;
        given.d_supply = sub_floor_zero(given.d_supply, burned);
        Ok(repaid)
    }
}
