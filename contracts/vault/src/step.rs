//! What anybody may do: propose a step. One load, one check, three ways to execute, one
//! verification.

use ballast_core::auction::{rescue_terms, RescueTerms};
use ballast_core::check::{
    check_step, project, require_at_risk, Approved, Path as CorePath, Proposal, Situation,
};
use ballast_core::fixed::{mul_div_ceil, ONE_E12};
use ballast_core::health::{Position, Totals};
use ballast_core::policy::{Policy, POOL_MAX_PRICE_AGE_SECONDS};
use ballast_core::price::{floor_ratio, Ratio};
use ballast_core::reserve::reserve_to_spend;
use ballast_core::window::Window;
use ballast_core::Refusal;
use ballast_interfaces::adapter::SwapAdapterClient;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::pool::{AuctionData, Client, Positions};
use ballast_interfaces::receiver::{ArmedSwap, ReceiverClient};
use ballast_interfaces::vault::{Links, Path, SecondSource, Step, StepReport, VaultPolicy};
use ballast_snapshot::{core_auction, open_auction, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Bytes, Env};

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

/// How the other side of the sale is found.
pub enum Way {
    /// The caller is the other side.
    Fill,
    /// A venue behind an adapter.
    Venue {
        path: Path,
        adapter: Address,
        route: Bytes,
    },
}

/// A proposed step, whichever entry point it came through.
pub struct Order {
    pub caller: Address,
    pub collateral: Address,
    pub debt: Address,
    pub sell: i128,
    pub bid: i128,
    pub way: Way,
}

impl Order {
    pub fn from_step(caller: Address, step: Step) -> Self {
        Order {
            caller,
            collateral: step.collateral,
            debt: step.debt,
            sell: step.sell,
            bid: step.min_proceeds,
            way: Way::Venue {
                path: step.path,
                adapter: step.adapter,
                route: step.route,
            },
        }
    }

    fn core_path(&self) -> CorePath {
        match &self.way {
            Way::Fill => CorePath::Fill,
            Way::Venue {
                path: Path::Plain, ..
            } => CorePath::Plain,
            Way::Venue {
                path: Path::Flash, ..
            } => CorePath::Flash,
        }
    }

    fn event_path(&self) -> Option<Path> {
        match &self.way {
            Way::Fill => None,
            Way::Venue { path, .. } => Some(*path),
        }
    }
}

/// What the pool and the venue did.
struct Executed {
    positions: Positions,
    proceeds: i128,
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
    rules: Policy,
    order: &'a Order,
    terms: Terms,
    /// Leg of the collateral sold.
    collateral: usize,
    /// Leg of the debt repaid.
    debt: usize,
    /// Idle balance of the debt asset before anything moved.
    idle_debt_asset: i128,
}

/// Executes an order under `terms`.
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
    let snapshot = Snapshot::load(env, &vault, &links, &storage::assets(env), max_age_seconds)?;
    let totals = snapshot.position.totals()?;
    let call = Call {
        rules: policy.to_core(),
        collateral: snapshot.leg_of(&order.collateral)?,
        debt: snapshot.leg_of(&order.debt)?,
        idle_debt_asset: TokenClient::new(env, &order.debt).balance(&vault),
        env,
        vault,
        links,
        policy,
        order,
        terms,
    };
    call.require_foreign_adapter(&snapshot)?;
    if terms == Terms::Policy {
        require_at_risk(&call.rules, &totals)?;
    }
    let auction = open_auction(env, &call.links.pool, &call.vault);
    call.unwind(&snapshot, &totals, auction)
}

impl Call<'_> {
    /// The reserve first, then the sale.
    fn unwind(
        &self,
        snapshot: &Snapshot,
        totals: &Totals,
        auction: Option<AuctionData>,
    ) -> Result<StepReport, VaultError> {
        let (env, order) = (self.env, self.order);
        let mut report = StepReport {
            sold: 0,
            repaid: 0,
            proceeds: 0,
            reward: 0,
            reserve_spent: 0,
            risk_before_e7: totals.risk_ratio_e7_ceil(),
            risk_after_e7: 0,
        };
        let rescue = match &auction {
            Some(data) if self.terms == Terms::Policy => Some(rescue_terms(
                &self.rules,
                &snapshot.position,
                &core_auction(data, snapshot),
                env.ledger().sequence(),
            )?),
            _ => None,
        };
        if self.terms == Terms::Policy {
            report.reserve_spent = self.spend_reserve(snapshot, totals, rescue.is_some())?;
        }
        if report.reserve_spent == 0 {
            return self.sell(snapshot, totals, rescue, auction.is_some(), report);
        }
        // The reserve has repaid, and left the auction if one was open.
        let mut snapshot = snapshot.clone();
        snapshot.position.legs[self.debt].repay(report.reserve_spent)?;
        let totals = snapshot.position.totals()?;
        report.risk_after_e7 = totals.risk_ratio_e7_ceil();
        ReserveSpent {
            caller: order.caller.clone(),
            debt: order.debt.clone(),
            amount: report.reserve_spent,
            risk_before_e7: report.risk_before_e7,
            risk_after_e7: report.risk_after_e7,
            rescue: auction.is_some(),
        }
        .publish(env);
        if report.risk_after_e7 < i128::from(self.rules.soft_e7) {
            return Ok(report);
        }
        self.sell(&snapshot, &totals, None, false, report)
    }

    /// The sale: one check, three ways to execute, one verification.
    fn sell(
        &self,
        snapshot: &Snapshot,
        totals: &Totals,
        rescue: Option<RescueTerms>,
        auction_open: bool,
        mut report: StepReport,
    ) -> Result<StepReport, VaultError> {
        let (env, order) = (self.env, self.order);
        let proposal = Proposal {
            path: order.core_path(),
            collateral: self.collateral,
            debt: self.debt,
            sell: order.sell,
            repay: order.bid,
        };
        let (approved, window) = match self.terms {
            Terms::Policy => {
                let (approved, window) = self.approve(snapshot, totals, rescue, &proposal)?;
                (approved, Some(window))
            }
            Terms::Owner | Terms::Close => {
                let approved = approve_owners(&snapshot.position, totals, &proposal, self.terms)?;
                (approved, None)
            }
        };
        let done = self.run(snapshot, &approved, auction_open, report.reserve_spent)?;
        if let Some(window) = window {
            storage::set_window(env, &window);
        }

        let after = snapshot.with_shares(&done.positions);
        self.require_position(&after, &approved.after)?;
        report.sold = order.sell;
        report.repaid = approved.repaid;
        report.proceeds = done.proceeds;
        report.reward = (done.proceeds - order.bid).clamp(0, approved.largest_reward);
        report.risk_after_e7 = after.totals()?.risk_ratio_e7_ceil();
        if report.reward > 0 {
            TokenClient::new(env, &order.debt).transfer(
                &self.vault,
                &order.caller,
                &report.reward,
            );
        }
        StepExecuted {
            caller: order.caller.clone(),
            collateral: order.collateral.clone(),
            debt: order.debt.clone(),
            path: order.event_path(),
            rescue: auction_open,
            sold: order.sell,
            bid: order.bid,
            floor: approved.floor_repay,
            discount_e7: approved.discount_e7,
            proceeds: report.proceeds,
            repaid: report.repaid,
            reward: report.reward,
            collateral_price: snapshot.position.legs[self.collateral].price,
            debt_price: snapshot.position.legs[self.debt].price,
            risk_before_e7: approved.risk_before_e7,
            risk_after_e7: report.risk_after_e7,
        }
        .publish(env);
        Ok(report)
    }

    /// The core's check, with the floor computed from every source; also the budget's window with
    /// the sale charged.
    fn approve(
        &self,
        snapshot: &Snapshot,
        totals: &Totals,
        rescue: Option<RescueTerms>,
        proposal: &Proposal,
    ) -> Result<(Approved, Window), VaultError> {
        let (env, position) = (self.env, &snapshot.position);
        let floor = if proposal.is_netting() {
            Ratio::PAR
        } else {
            let of = |leg| snapshot.sources_of(env, &self.links, &self.policy, leg);
            floor_ratio(
                (&position.legs[self.collateral], &of(self.collateral)?),
                (&position.legs[self.debt], &of(self.debt)?),
                i128::from(self.rules.max_price_deviation_e7),
                rescue.is_some(),
            )?
        };
        let window = storage::window(env).at(env.ledger().sequence(), &self.rules, totals)?;
        let min_collateral = if clears_all_debt(position, proposal)? {
            Client::new(env, &self.links.pool)
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
                totals,
                floor,
                budget_left_value: window.left_value(),
                min_collateral,
                rescue,
            },
            proposal,
        )?;
        let charged = window.after_sale(approved.sold_value);
        Ok((approved, charged))
    }

    /// Repays from the reserve what [`reserve_to_spend`] says, by a call of its own.
    fn spend_reserve(
        &self,
        snapshot: &Snapshot,
        totals: &Totals,
        rescue: bool,
    ) -> Result<i128, VaultError> {
        let amount = reserve_to_spend(
            &self.rules,
            &snapshot.position,
            totals,
            self.debt,
            self.idle_debt_asset,
            rescue,
        )?;
        if amount > 0 {
            let (pool, asset) = (&self.links.pool, &self.order.debt);
            Batch::new(self.env, rescue)
                .repay(asset, amount)
                .submit_paying(pool, asset, amount, &self.vault)?;
        }
        Ok(amount)
    }

    /// Executes an approved step and measures what arrived. `spent` of the debt asset has left the
    /// vault already.
    fn run(
        &self,
        snapshot: &Snapshot,
        approved: &Approved,
        auction_open: bool,
        spent: i128,
    ) -> Result<Executed, VaultError> {
        let (order, pool) = (self.order, &self.links.pool);
        let batch = Batch::new(self.env, auction_open);
        let idle = self.idle_debt_asset - spent;
        match &order.way {
            Way::Fill => self.run_fill(batch, idle),
            Way::Venue { .. } if self.collateral == self.debt => Ok(Executed {
                positions: batch
                    .withdraw_collateral(&order.collateral, order.sell)
                    .repay(&order.debt, order.bid)
                    .submit_netting(pool)?,
                proceeds: order.bid,
            }),
            Way::Venue {
                path: Path::Plain,
                adapter,
                route,
            } => self.run_plain(batch, idle, adapter, route),
            Way::Venue {
                path: Path::Flash,
                adapter,
                route,
            } => {
                let legs = &snapshot.position.legs;
                let dust = flash_dust(legs[self.collateral].d_rate_e12)?;
                let closes = order.bid > legs[self.debt].debt_ceil()?;
                self.run_flash(batch, idle, adapter, route, dust, approved.repaid, closes)
            }
        }
    }

    /// One pool call: the keeper's debt asset in, the collateral out to the keeper.
    fn run_fill(&self, batch: Batch<'_>, idle: i128) -> Result<Executed, VaultError> {
        let order = self.order;
        let token = TokenClient::new(self.env, &order.debt);
        // The only call under the keeper's signature; its arguments are the entry point's.
        token.transfer(&order.caller, &self.vault, &order.bid);
        let positions = batch
            .repay(&order.debt, order.bid)
            .withdraw_collateral(&order.collateral, order.sell)
            .submit_paying(&self.links.pool, &order.debt, order.bid, &order.caller)?;
        // Without a reserve, a token that delivered less could not have paid the pool.
        if idle > 0 && token.balance(&self.vault) < idle {
            return Err(VaultError::BalanceDropped);
        }
        Ok(Executed {
            positions,
            proceeds: order.bid,
        })
    }

    /// Withdraw to the adapter, swap, repay: three calls, each healthy by itself.
    fn run_plain(
        &self,
        batch: Batch<'_>,
        idle: i128,
        adapter: &Address,
        route: &Bytes,
    ) -> Result<Executed, VaultError> {
        let (env, order, pool) = (self.env, self.order, &self.links.pool);
        batch
            .withdraw_collateral(&order.collateral, order.sell)
            .submit(pool, adapter)?;
        let swapped = SwapAdapterClient::new(env, adapter).try_swap(
            &order.collateral,
            &order.debt,
            &order.sell,
            &order.bid,
            &self.vault,
            route,
        );
        if !matches!(swapped, Ok(Ok(_))) {
            return Err(VaultError::VenueFailed);
        }
        let proceeds = TokenClient::new(env, &order.debt).balance(&self.vault) - idle;
        if proceeds < order.bid {
            return Err(VaultError::ProceedsTooLow);
        }
        let positions = Batch::new(env, false)
            .repay(&order.debt, order.bid)
            .submit_paying(pool, &order.debt, order.bid, &self.vault)?;
        Ok(Executed {
            positions,
            proceeds,
        })
    }

    /// Flash loan of the collateral: the receiver swaps it, the batch returns it out of the
    /// position.
    #[allow(clippy::too_many_arguments)]
    fn run_flash(
        &self,
        batch: Batch<'_>,
        idle: i128,
        adapter: &Address,
        route: &Bytes,
        dust: i128,
        repaid: i128,
        closes: bool,
    ) -> Result<Executed, VaultError> {
        let (env, order, pool, vault) = (self.env, self.order, &self.links.pool, &self.vault);
        let debt = TokenClient::new(env, &order.debt);
        let collateral = TokenClient::new(env, &order.collateral);
        let idle_collateral = collateral.balance(vault);
        let this_ledger = env.ledger().sequence();
        debt.approve(vault, pool, &order.bid, &this_ledger);
        ReceiverClient::new(env, &self.links.receiver).arm(
            vault,
            &ArmedSwap {
                pool: pool.clone(),
                token_in: order.collateral.clone(),
                token_out: order.debt.clone(),
                amount_in: order.sell,
                min_out: order.bid,
                adapter: adapter.clone(),
                route: route.clone(),
            },
        );
        let returned = order.sell.checked_add(dust).ok_or(VaultError::Overflow)?;
        let positions = batch
            .repay(&order.collateral, returned)
            .repay(&order.debt, order.bid)
            .withdraw_collateral(&order.collateral, returned)
            .flash_loan(pool, &self.links.receiver, &order.collateral, order.sell)?;
        if closes {
            // The pool took less than the allowance.
            debt.approve(vault, pool, &0, &this_ledger);
        }
        // A receiver or venue that returned nothing would otherwise be paid out of the reserve.
        let proceeds = debt.balance(vault) - idle + repaid;
        if proceeds < order.bid {
            return Err(VaultError::ProceedsTooLow);
        }
        if collateral.balance(vault) < idle_collateral {
            return Err(VaultError::BalanceDropped);
        }
        Ok(Executed {
            positions,
            proceeds,
        })
    }

    /// The pool must report the checked position or a better one. A flash returns a little more
    /// collateral than it sold; the pool refunds the difference.
    fn require_position(&self, actual: &Position, checked: &Position) -> Result<(), VaultError> {
        let flash = matches!(
            self.order.way,
            Way::Venue {
                path: Path::Flash,
                ..
            }
        );
        for (index, (have, want)) in actual.legs.iter().zip(&checked.legs).enumerate() {
            let allowance = if flash && index == self.collateral {
                mul_div_ceil(flash_dust(have.d_rate_e12)?, ONE_E12, have.b_rate_e12)? + 1
            } else {
                0
            };
            if have.b_tokens < want.b_tokens - allowance || have.d_tokens > want.d_tokens {
                return Err(VaultError::PositionMismatch);
            }
        }
        Ok(())
    }

    /// An adapter is called with the vault as its direct caller, so it must be nothing that the
    /// vault holds or trusts.
    fn require_foreign_adapter(&self, snapshot: &Snapshot) -> Result<(), VaultError> {
        let Way::Venue { adapter, .. } = &self.order.way else {
            return Ok(());
        };
        let links = &self.links;
        let second = match &self.policy.second_oracle {
            SecondSource::Feed(second) => Some(&second.oracle),
            SecondSource::None => None,
        };
        let trusted = [&links.pool, &links.oracle, &links.receiver, &links.factory];
        let forbidden = *adapter == self.vault
            || trusted.contains(&adapter)
            || second == Some(adapter)
            || snapshot.assets.contains(adapter);
        if forbidden && self.collateral != self.debt {
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

/// What must be repaid beyond a flash loan so that no liability is left: minting d-tokens rounds
/// up, burning rounds down, so one d-token's worth and one unit more.
fn flash_dust(d_rate_e12: i128) -> Result<i128, Refusal> {
    Ok(mul_div_ceil(d_rate_e12, 1, ONE_E12)? + 1)
}

/// The owner's own terms: no floor, no size, no clock. The pool's health check still stands.
fn approve_owners(
    position: &Position,
    totals: &Totals,
    proposal: &Proposal,
    terms: Terms,
) -> Result<Approved, VaultError> {
    let projected = project(position, proposal)?;
    let after_totals = projected.after.totals()?;
    let risk_before_e7 = totals.risk_ratio_e7_ceil();
    let risk_after_e7 = after_totals.risk_ratio_e7_ceil();
    if !projected.after.pool_accepts(&after_totals)? {
        return Err(VaultError::UnhealthyAfter);
    }
    if terms == Terms::Owner && risk_after_e7 >= risk_before_e7 {
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
