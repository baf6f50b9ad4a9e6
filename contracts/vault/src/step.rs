//! What anybody may do: propose a step. One load, one check, three ways to execute, one
//! verification.

use ballast_core::auction::{rescue_terms, RescueTerms};
use ballast_core::check::{
    check_step, flash_dust, project, require_at_risk, require_clock, Approved, Path as CorePath,
    Proposal, Situation,
};
use ballast_core::fixed::{add, mul_div_ceil, ONE_E12};
use ballast_core::health::{Leg, Position, Totals};
use ballast_core::policy::{Policy, POOL_MAX_PRICE_AGE_SECONDS};
use ballast_core::price::{floor_ratio, Floor};
use ballast_core::reserve::{reserve_may_leave_auction, reserve_to_spend};
use ballast_core::Refusal;
use ballast_interfaces::adapter::SwapAdapterClient;
use ballast_interfaces::blend::{PoolClient, Positions};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::receiver::{ArmedSwap, ReceiverClient};
use ballast_interfaces::vault::{Links, Path, SecondSource, Step, StepReport, VaultPolicy};
use ballast_snapshot::{core_auction, open_auction, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Env};

use crate::events::{ReserveSpent, StepExecuted};
use crate::pool::Batch;
use crate::storage;

/// Who decides what a step must satisfy.
#[derive(Clone, Copy, PartialEq)]
pub enum Terms {
    /// Anybody calls: the policy, the floor and the clock.
    Policy,
    /// The owner calls `owner_rescue`: health must improve.
    Owner,
    /// The owner calls `close`: what the pool accepts.
    Close,
}

/// A proposed step, whichever entry point it came through.
pub struct Order {
    pub caller: Address,
    /// What is sold and repaid. A fill has no use for `path`, `adapter` and `route`.
    pub step: Step,
    pub path: CorePath,
}

impl Order {
    pub fn from_step(caller: Address, step: Step) -> Self {
        Order {
            caller,
            path: match step.path {
                Path::Plain => CorePath::Plain,
                Path::Flash => CorePath::Flash,
            },
            step,
        }
    }
}

/// Checks that a keeper may act at all.
///
/// # Errors
/// * [`VaultError::AutomationOff`], [`VaultError::DeadlinePassed`].
pub fn require_automation(env: &Env, deadline: u64) -> Result<(), VaultError> {
    if !storage::automation(env) {
        return Err(VaultError::AutomationOff);
    }
    if env.ledger().timestamp() > deadline {
        return Err(VaultError::DeadlinePassed);
    }
    Ok(())
}

/// What one call works with.
struct Call<'a> {
    env: &'a Env,
    vault: Address,
    links: Links,
    policy: VaultPolicy,
    /// The policy's numbers, with the thresholds in force.
    rules: Policy,
    caller: &'a Address,
    step: &'a Step,
    path: CorePath,
    terms: Terms,
    /// The position as it is now, and its totals.
    snapshot: Snapshot,
    totals: Totals,
    /// Whether an auction is open, which the next call to the pool must delete.
    auction_open: bool,
    /// The clock's terms, where they bind the caller.
    rescue: Option<RescueTerms>,
    /// Leg of the collateral sold.
    collateral: usize,
    /// Leg of the debt repaid.
    debt: usize,
    /// Idle balance of the debt asset, less what of it was spent.
    idle: i128,
}

/// What a sale did; see [`StepReport`].
struct Sale {
    sold: i128,
    repaid: i128,
    proceeds: i128,
    reward: i128,
    risk_after_e7: i128,
}

/// Executes an order under `terms`: the reserve first, then the sale.
pub fn execute(env: &Env, order: &Order, terms: Terms) -> Result<StepReport, VaultError> {
    let (vault, links, policy) = (
        env.current_contract_address(),
        storage::links(env),
        storage::policy(env),
    );
    let max_age_seconds = match terms {
        Terms::Policy => policy.max_price_age_seconds,
        Terms::Owner | Terms::Close => POOL_MAX_PRICE_AGE_SECONDS,
    };
    let mut snapshot = Snapshot::load(env, &vault, &links, &storage::assets(env), max_age_seconds)?;
    let mut call = Call {
        rules: match terms {
            Terms::Policy => snapshot.policy_in_force(env, &links, &policy),
            Terms::Owner | Terms::Close => policy.to_core(),
        },
        collateral: snapshot.leg_of(&order.step.collateral)?,
        debt: snapshot.leg_of(&order.step.debt)?,
        totals: snapshot.position.totals()?,
        idle: TokenClient::new(env, &order.step.debt).balance(&vault),
        auction_open: false,
        rescue: None,
        env,
        vault,
        links,
        policy,
        caller: &order.caller,
        step: &order.step,
        path: order.path,
        terms,
        snapshot,
    };
    call.require_foreign_adapter()?;
    let risk_before_e7 = call.totals.risk_ratio_e7_ceil();
    let mut reserve_spent = 0;
    if terms == Terms::Policy {
        require_at_risk(&call.rules, &call.totals)?;
    }
    call.read_auction()?;
    if terms == Terms::Policy {
        reserve_spent = call.spend_reserve()?;
    }
    let risk_after_e7 = call.totals.risk_ratio_e7_ceil();
    let sale = if reserve_spent == 0 || risk_after_e7 >= i128::from(call.rules.soft_e7) {
        call.sell()?
    } else {
        Sale {
            sold: 0,
            repaid: 0,
            proceeds: 0,
            reward: 0,
            risk_after_e7,
        }
    };
    Ok(StepReport {
        sold: sale.sold,
        repaid: sale.repaid,
        proceeds: sale.proceeds,
        reward: sale.reward,
        reserve_spent,
        risk_before_e7,
        risk_after_e7: sale.risk_after_e7,
    })
}

impl Call<'_> {
    /// Looks for an open auction, and for the terms that its clock sets to a keeper.
    fn read_auction(&mut self) -> Result<(), VaultError> {
        let Some(data) = open_auction(self.env, &self.links.pool, &self.vault) else {
            return Ok(());
        };
        self.auction_open = true;
        if self.terms == Terms::Policy {
            self.rescue = Some(rescue_terms(
                &self.rules,
                &self.snapshot.position,
                &core_auction(&data, &self.snapshot),
                self.env.ledger().sequence(),
            )?);
        }
        Ok(())
    }

    /// Repays from the reserve what [`reserve_to_spend`] says, by a call of its own, which leaves
    /// the auction if one is open. Returns the amount.
    fn spend_reserve(&mut self) -> Result<i128, VaultError> {
        let (env, asset, pool) = (self.env, &self.step.debt, &self.links.pool);
        let amount = reserve_to_spend(
            &self.rules,
            &self.snapshot.position,
            &self.totals,
            self.debt,
            self.idle,
            self.auction_open,
        )?;
        if amount == 0 || !self.reserve_may_be_spent(amount)? {
            return Ok(0);
        }
        Batch::new(env, self.auction_open)
            .repay(asset, amount)
            .submit_paying(pool, asset, amount, &self.vault)?;
        let risk_before_e7 = self.totals.risk_ratio_e7_ceil();
        self.idle -= amount;
        self.snapshot.position.legs[self.debt].repay(amount)?;
        self.totals = self.snapshot.position.totals()?;
        ReserveSpent {
            caller: self.caller.clone(),
            debt: asset.clone(),
            amount,
            risk_before_e7,
            risk_after_e7: self.totals.risk_ratio_e7_ceil(),
            rescue: self.auction_open,
        }
        .publish(env);
        self.auction_open = false;
        self.rescue = None;
        Ok(amount)
    }

    /// In a rescue: whether the pool's minimum collateral lets the reserve alone leave the auction.
    fn reserve_may_be_spent(&self, amount: i128) -> Result<bool, VaultError> {
        if !self.auction_open {
            return Ok(true);
        }
        let config = PoolClient::new(self.env, &self.links.pool).get_config();
        Ok(reserve_may_leave_auction(
            &self.snapshot.position,
            &self.totals,
            self.debt,
            amount,
            config.min_collateral,
        )?)
    }

    /// The sale: one check, three ways to execute, one verification.
    fn sell(&mut self) -> Result<Sale, VaultError> {
        let (env, step) = (self.env, self.step);
        let proposal = Proposal {
            path: self.path,
            collateral: self.collateral,
            debt: self.debt,
            sell: step.sell,
            repay: step.min_proceeds,
        };
        let mut approved = match self.terms {
            Terms::Policy => self.approve(&proposal)?,
            Terms::Owner | Terms::Close => self.approve_owners(&proposal)?,
        };
        let (positions, proceeds) = self.run(&proposal, &approved)?;

        // The pool must report the checked position or a better one.
        if self.path == CorePath::Flash && !proposal.is_netting() {
            // More collateral was returned than sold, and the pool refunded the difference.
            let leg = &mut approved.after.legs[self.collateral];
            let dust = flash_dust(leg.d_rate_e12)?;
            leg.b_tokens -= mul_div_ceil(dust, ONE_E12, leg.b_rate_e12)? + 1;
        }
        self.snapshot.set_shares(&positions);
        let after = &self.snapshot.position;
        let held = |(have, want): (&Leg, &Leg)| {
            have.b_tokens >= want.b_tokens && have.d_tokens <= want.d_tokens
        };
        if !after.legs.iter().zip(&approved.after.legs).all(held) {
            return Err(VaultError::PositionMismatch);
        }

        let sale = Sale {
            sold: step.sell,
            repaid: approved.repaid,
            proceeds,
            reward: (proceeds - step.min_proceeds).clamp(0, approved.largest_reward),
            risk_after_e7: after.totals()?.risk_ratio_e7_ceil(),
        };
        if sale.reward > 0 {
            let token = TokenClient::new(env, &step.debt);
            token.transfer(&self.vault, self.caller, &sale.reward);
        }
        StepExecuted {
            caller: self.caller.clone(),
            collateral: step.collateral.clone(),
            debt: step.debt.clone(),
            path: match self.path {
                CorePath::Fill => None,
                CorePath::Plain | CorePath::Flash => Some(step.path),
            },
            rescue: self.auction_open,
            sold: step.sell,
            bid: step.min_proceeds,
            floor: approved.floor_repay,
            discount_e7: approved.discount_e7,
            proceeds,
            repaid: sale.repaid,
            reward: sale.reward,
            collateral_price: after.legs[self.collateral].price,
            debt_price: after.legs[self.debt].price,
            risk_before_e7: approved.risk_before_e7,
            risk_after_e7: sale.risk_after_e7,
        }
        .publish(env);
        Ok(sale)
    }

    /// The core's check, with the floor computed from every source. Charges the sale to the
    /// budget's window.
    fn approve(&self, proposal: &Proposal) -> Result<Approved, VaultError> {
        let (env, position) = (self.env, &self.snapshot.position);
        require_clock(self.rescue.is_some(), self.totals.risk_ratio_e7_ceil())?;
        let floor = if proposal.is_netting() {
            Floor::PAR
        } else {
            let of = |leg| {
                self.snapshot
                    .sources_of(env, &self.links, &self.policy, leg)
            };
            floor_ratio(
                (&position.legs[self.collateral], &of(self.collateral)?),
                (&position.legs[self.debt], &of(self.debt)?),
                i128::from(self.rules.max_price_deviation_e7),
                self.rescue.is_some(),
            )?
        };
        let window = storage::window(env).at(env.ledger().sequence(), &self.rules, &self.totals)?;
        let min_collateral = if clears_all_debt(position, proposal)? {
            PoolClient::new(env, &self.links.pool)
                .get_config()
                .min_collateral
        } else {
            // The pool itself refuses a stub that a step would leave.
            0
        };
        let approved = check_step(
            &Situation {
                policy: &self.rules,
                position,
                totals: &self.totals,
                floor,
                budget_left_value: window.left_value(),
                min_collateral,
                rescue: self.rescue,
            },
            proposal,
        )?;
        storage::set_window(env, &window.after_sale(approved.sold_value));
        Ok(approved)
    }

    /// The owner's own terms: no floor, no size, no clock. The pool's health check still stands.
    fn approve_owners(&self, proposal: &Proposal) -> Result<Approved, VaultError> {
        let projected = project(&self.snapshot.position, proposal)?;
        let after_totals = projected.after.totals()?;
        let risk_before_e7 = self.totals.risk_ratio_e7_ceil();
        let risk_after_e7 = after_totals.risk_ratio_e7_ceil();
        if !projected.after.pool_accepts(&after_totals)? {
            return Err(VaultError::UnhealthyAfter);
        }
        if self.terms == Terms::Owner && risk_after_e7 >= risk_before_e7 {
            return Err(VaultError::DoesNotImprove);
        }
        Ok(Approved {
            after: projected.after,
            repaid: projected.repaid,
            floor_repay: 0,
            largest_reward: 0,
            discount_e7: 0,
            sold_value: 0,
            risk_before_e7,
            risk_after_e7,
        })
    }

    /// Executes an approved step. Returns what the pool reports and what arrived.
    fn run(
        &self,
        proposal: &Proposal,
        approved: &Approved,
    ) -> Result<(Positions, i128), VaultError> {
        let batch = Batch::new(self.env, self.auction_open);
        if self.path == CorePath::Fill {
            return self.run_fill(batch);
        }
        if proposal.is_netting() {
            let positions = batch
                .withdraw_collateral(&self.step.collateral, proposal.sell)
                .repay(&self.step.debt, proposal.repay)
                .submit_netting(&self.links.pool)?;
            return Ok((positions, proposal.repay));
        }
        if self.path == CorePath::Plain {
            return self.run_plain(batch);
        }
        self.run_flash(batch, approved.repaid)
    }

    /// One pool call: the keeper's debt asset in, the collateral out to the keeper.
    fn run_fill(&self, batch: Batch<'_>) -> Result<(Positions, i128), VaultError> {
        let (step, bid) = (self.step, self.step.min_proceeds);
        let token = TokenClient::new(self.env, &step.debt);
        // The only call under the keeper's signature; its arguments are the entry point's.
        token.transfer(self.caller, &self.vault, &bid);
        let positions = batch
            .repay(&step.debt, bid)
            .withdraw_collateral(&step.collateral, step.sell)
            .submit_paying(&self.links.pool, &step.debt, bid, self.caller)?;
        // Without a reserve, a token that delivered less could not have paid the pool.
        if self.idle > 0 && token.balance(&self.vault) < self.idle {
            return Err(VaultError::BalanceDropped);
        }
        Ok((positions, bid))
    }

    /// Withdraw to the adapter, swap, repay: three calls, each healthy by itself.
    fn run_plain(&self, batch: Batch<'_>) -> Result<(Positions, i128), VaultError> {
        let (env, step, pool) = (self.env, self.step, &self.links.pool);
        batch
            .withdraw_collateral(&step.collateral, step.sell)
            .submit(pool, &step.adapter)?;
        let swapped = SwapAdapterClient::new(env, &step.adapter).try_swap(
            &step.collateral,
            &step.debt,
            &step.sell,
            &step.min_proceeds,
            &self.vault,
            &step.route,
        );
        if !matches!(swapped, Ok(Ok(_))) {
            return Err(VaultError::VenueFailed);
        }
        let proceeds = self.arrived(self.idle)?;
        let positions = Batch::new(env, false)
            .repay(&step.debt, step.min_proceeds)
            .submit_paying(pool, &step.debt, step.min_proceeds, &self.vault)?;
        Ok((positions, proceeds))
    }

    /// Flash loan of the collateral: the receiver swaps it, the batch returns it out of the
    /// position.
    fn run_flash(&self, batch: Batch<'_>, repaid: i128) -> Result<(Positions, i128), VaultError> {
        let (env, step, pool, vault) = (self.env, self.step, &self.links.pool, &self.vault);
        let legs = &self.snapshot.position.legs;
        let debt = TokenClient::new(env, &step.debt);
        let collateral = TokenClient::new(env, &step.collateral);
        let idle_collateral = collateral.balance(vault);
        let this_ledger = env.ledger().sequence();
        debt.approve(vault, pool, &step.min_proceeds, &this_ledger);
        ReceiverClient::new(env, &self.links.receiver).arm(
            vault,
            &ArmedSwap {
                pool: pool.clone(),
                token_in: step.collateral.clone(),
                token_out: step.debt.clone(),
                amount_in: step.sell,
                min_out: step.min_proceeds,
                adapter: step.adapter.clone(),
                route: step.route.clone(),
            },
        );
        let dust = flash_dust(legs[self.collateral].d_rate_e12)?;
        let returned = add(step.sell, dust)?;
        let positions = batch
            .repay(&step.collateral, returned)
            .repay(&step.debt, step.min_proceeds)
            .withdraw_collateral(&step.collateral, returned)
            .flash_loan(pool, &self.links.receiver, &step.collateral, step.sell)?;
        if step.min_proceeds > legs[self.debt].debt_ceil()? {
            // The pool took less than the allowance.
            debt.approve(vault, pool, &0, &this_ledger);
        }
        // A receiver or venue that returned nothing would otherwise be paid out of the reserve.
        let proceeds = self.arrived(self.idle - repaid)?;
        if collateral.balance(vault) < idle_collateral {
            return Err(VaultError::BalanceDropped);
        }
        Ok((positions, proceeds))
    }

    /// What of the debt asset the vault holds above `idle`: the venue's proceeds, at least the bid.
    fn arrived(&self, idle: i128) -> Result<i128, VaultError> {
        let balance = TokenClient::new(self.env, &self.step.debt).balance(&self.vault);
        let proceeds = balance - idle;
        if proceeds < self.step.min_proceeds {
            return Err(VaultError::ProceedsTooLow);
        }
        Ok(proceeds)
    }

    /// An adapter is called with the vault as its direct caller, so it must be nothing that the
    /// vault holds or trusts.
    fn require_foreign_adapter(&self) -> Result<(), VaultError> {
        if self.path == CorePath::Fill || self.collateral == self.debt {
            return Ok(());
        }
        let (links, adapter) = (&self.links, &self.step.adapter);
        let second = match &self.policy.second_oracle {
            SecondSource::Feed(second) => &second.oracle,
            SecondSource::None => &links.oracle,
        };
        let trusted = [
            &self.vault,
            &links.pool,
            &links.oracle,
            &links.receiver,
            &links.factory,
            second,
        ];
        if trusted.contains(&adapter) || self.snapshot.assets.contains(adapter) {
            return Err(VaultError::AdapterForbidden);
        }
        Ok(())
    }
}

fn clears_all_debt(position: &Position, proposal: &Proposal) -> Result<bool, Refusal> {
    let others = position
        .legs
        .iter()
        .enumerate()
        .any(|(index, leg)| index != proposal.debt && leg.d_tokens > 0);
    Ok(!others && proposal.repay >= position.legs[proposal.debt].debt_ceil()?)
}
