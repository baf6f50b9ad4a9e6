//! What anybody may do: propose a step. One load, one check, three ways to execute, one
//! verification.

use ballast_core::auction::rescue_terms;
use ballast_core::check::{
    check_step, project, require_at_risk, Approved, Path as CorePath, Proposal, Situation,
};
use ballast_core::fixed::{mul_div_ceil, ONE_E12};
use ballast_core::health::{Position, Totals};
use ballast_core::policy::Policy;
use ballast_core::price::{floor_ratio, Ratio};
use ballast_core::reserve::reserve_to_spend;
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

/// Executes an order under `terms`.
pub fn execute(env: &Env, order: &Order, terms: Terms) -> Result<StepReport, VaultError> {
    let links = storage::links(env);
    let policy = storage::policy(env);
    let rules = policy.to_core();
    let vault = env.current_contract_address();

    // Load.
    let mut snapshot = Snapshot::load(env, &vault, &links, &policy, &storage::assets(env))?;
    let collateral = snapshot.leg_of(&order.collateral)?;
    let debt = snapshot.leg_of(&order.debt)?;
    require_foreign_adapter(env, &links, &policy, &snapshot, order)?;
    let mut totals = snapshot.position.totals()?;
    let risk_at_start_e7 = totals.risk_ratio_e7_ceil();
    let mut auction = open_auction(env, &links.pool, &vault);

    // Reserve first.
    let mut reserve_spent = 0;
    if terms == Terms::Policy {
        require_at_risk(&rules, &totals)?;
        reserve_spent = spend_reserve(env, &links, &rules, &snapshot, &totals, debt, &auction)?;
        if reserve_spent > 0 {
            snapshot.position.legs[debt].repay(reserve_spent)?;
            totals = snapshot.position.totals()?;
            let risk_after_e7 = totals.risk_ratio_e7_ceil();
            ReserveSpent {
                caller: order.caller.clone(),
                debt: order.debt.clone(),
                amount: reserve_spent,
                risk_before_e7: risk_at_start_e7,
                risk_after_e7,
                rescue: auction.take().is_some(),
            }
            .publish(env);
            if risk_after_e7 < i128::from(rules.soft_e7) {
                return Ok(StepReport {
                    sold: 0,
                    repaid: 0,
                    proceeds: 0,
                    reward: 0,
                    reserve_spent,
                    risk_before_e7: risk_at_start_e7,
                    risk_after_e7,
                });
            }
        }
    }

    // Check.
    let proposal = Proposal {
        path: order.core_path(),
        collateral,
        debt,
        sell: order.sell,
        repay: order.bid,
    };
    let approved = match terms {
        Terms::Policy => {
            approve(env, &links, &policy, &rules, &snapshot, &totals, &auction, &proposal)?
        }
        Terms::Owner | Terms::Close => approve_owners(&snapshot.position, &totals, &proposal, terms)?,
    };

    // Execute, verify.
    let done = run(env, &links, &snapshot, order, &approved, auction.is_some(), debt)?;
    let flash_collateral = match order.way {
        Way::Venue { path: Path::Flash, .. } if collateral != debt => Some(collateral),
        _ => None,
    };
    let after = snapshot.with_shares(&done.positions);
    require_position(&after, &approved.after, flash_collateral)?;
    let risk_after_e7 = after.totals()?.risk_ratio_e7_ceil();
    let reward = (done.proceeds - order.bid).clamp(0, approved.largest_reward);
    if reward > 0 {
        TokenClient::new(env, &order.debt).transfer(
            &env.current_contract_address(),
            &order.caller,
            &reward,
        );
    }

    StepExecuted {
        caller: order.caller.clone(),
        collateral: order.collateral.clone(),
        debt: order.debt.clone(),
        path: order.event_path(),
        rescue: auction.is_some(),
        sold: order.sell,
        bid: order.bid,
        floor: approved.floor_repay,
        discount_e7: approved.discount_e7,
        proceeds: done.proceeds,
        repaid: approved.repaid,
        reward,
        collateral_price: snapshot.position.legs[collateral].price,
        debt_price: snapshot.position.legs[debt].price,
        risk_before_e7: approved.risk_before_e7,
        risk_after_e7,
    }
    .publish(env);
    Ok(StepReport {
        sold: order.sell,
        repaid: approved.repaid,
        proceeds: done.proceeds,
        reward,
        reserve_spent,
        risk_before_e7: risk_at_start_e7,
        risk_after_e7,
    })
}

/// The core's check, with the floor computed from every source, and the window's budget charged.
#[allow(clippy::too_many_arguments)]
fn approve(
    env: &Env,
    links: &Links,
    policy: &VaultPolicy,
    rules: &Policy,
    snapshot: &Snapshot,
    totals: &Totals,
    auction: &Option<AuctionData>,
    proposal: &Proposal,
) -> Result<Approved, VaultError> {
    let position = &snapshot.position;
    let ledger = env.ledger().sequence();
    let rescue = match auction {
        Some(data) => Some(rescue_terms(
            rules,
            position,
            &core_auction(data, snapshot),
            ledger,
        )?),
        None => None,
    };
    let floor = if proposal.collateral == proposal.debt {
        Ratio::PAR
    } else {
        let of = |leg| snapshot.sources_of(env, links, policy, leg);
        floor_ratio(
            (&position.legs[proposal.collateral], &of(proposal.collateral)?),
            (&position.legs[proposal.debt], &of(proposal.debt)?),
            i128::from(rules.max_price_deviation_e7),
            rescue.is_some(),
        )?
    };
    let window = storage::window(env).at(ledger, rules, totals)?;
    let min_collateral = if clears_all_debt(position, proposal)? {
        Client::new(env, &links.pool).get_config().min_collateral
    } else {
        // The pool itself refuses a stub that a step would leave.
        0
    };
    let approved = check_step(
        &Situation {
            policy: rules,
            position,
            totals,
            floor,
            budget_left_value: window.left_value(),
            min_collateral,
            rescue,
        },
        proposal,
    )?;
    storage::set_window(env, &window.after_sale(approved.sold_value));
    Ok(approved)
}

fn clears_all_debt(position: &Position, proposal: &Proposal) -> Result<bool, Refusal> {
    let others = position
        .legs
        .iter()
        .enumerate()
        .any(|(index, leg)| index != proposal.debt && leg.d_tokens > 0);
    Ok(!others && proposal.repay >= position.legs[proposal.debt].debt_ceil()?)
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

/// Repays from the reserve what [`reserve_to_spend`] says, by a call of its own.
fn spend_reserve(
    env: &Env,
    links: &Links,
    rules: &Policy,
    snapshot: &Snapshot,
    totals: &Totals,
    debt: usize,
    auction: &Option<AuctionData>,
) -> Result<i128, VaultError> {
    if !rules.reserve_first {
        return Ok(0);
    }
    let ledger = env.ledger().sequence();
    if let Some(data) = auction {
        // Leaving is on the auction's clock, whoever pays for it.
        rescue_terms(rules, &snapshot.position, &core_auction(data, snapshot), ledger)?;
    }
    let (vault, asset) = (env.current_contract_address(), &snapshot.assets[debt]);
    let balance = TokenClient::new(env, asset).balance(&vault);
    let rescue = auction.is_some();
    let amount = reserve_to_spend(rules, &snapshot.position, totals, debt, balance, rescue)?;
    if amount > 0 {
        Batch::new(env, rescue)
            .repay(asset, amount)
            .submit_paying(&links.pool, asset, amount, &vault)?;
    }
    Ok(amount)
}

/// Executes an approved step and measures what arrived.
fn run(
    env: &Env,
    links: &Links,
    snapshot: &Snapshot,
    order: &Order,
    approved: &Approved,
    auction_open: bool,
    debt: usize,
) -> Result<Executed, VaultError> {
    let batch = Batch::new(env, auction_open);
    match &order.way {
        Way::Fill => run_fill(env, links, order, batch),
        Way::Venue { .. } if order.collateral == order.debt => {
            let positions = batch
                .withdraw_collateral(&order.collateral, order.sell)
                .repay(&order.debt, order.bid)
                .submit_netting(&links.pool)?;
            Ok(Executed {
                positions,
                proceeds: order.bid,
            })
        }
        Way::Venue {
            path: Path::Plain,
            adapter,
            route,
        } => run_plain(env, links, order, batch, adapter, route),
        Way::Venue {
            path: Path::Flash,
            adapter,
            route,
        } => {
            let leg = snapshot.leg_of(&order.collateral)?;
            let dust = flash_dust(snapshot.position.legs[leg].d_rate_e12)?;
            let owed = snapshot.position.legs[debt].debt_ceil()?;
            run_flash(env, links, order, batch, adapter, route, dust, approved.repaid, owed)
        }
    }
}

/// One pool call: the keeper's debt asset in, the collateral out to the keeper.
fn run_fill(
    env: &Env,
    links: &Links,
    order: &Order,
    batch: Batch<'_>,
) -> Result<Executed, VaultError> {
    let token = TokenClient::new(env, &order.debt);
    let vault = env.current_contract_address();
    let before = token.balance(&vault);
    // The only call under the keeper's signature; its arguments are the entry point's.
    token.transfer(&order.caller, &vault, &order.bid);
    let positions = batch
        .repay(&order.debt, order.bid)
        .withdraw_collateral(&order.collateral, order.sell)
        .submit_paying(&links.pool, &order.debt, order.bid, &order.caller)?;
    // Without a reserve, a token that delivered less could not have paid the pool.
    if before > 0 && token.balance(&vault) < before {
        return Err(VaultError::BalanceDropped);
    }
    Ok(Executed {
        positions,
        proceeds: order.bid,
    })
}

/// Withdraw to the adapter, swap, repay: three calls, each healthy by itself.
fn run_plain(
    env: &Env,
    links: &Links,
    order: &Order,
    batch: Batch<'_>,
    adapter: &Address,
    route: &Bytes,
) -> Result<Executed, VaultError> {
    let token = TokenClient::new(env, &order.debt);
    let vault = env.current_contract_address();
    let before = token.balance(&vault);
    batch
        .withdraw_collateral(&order.collateral, order.sell)
        .submit(&links.pool, adapter)?;
    SwapAdapterClient::new(env, adapter)
        .try_swap(
            &order.collateral,
            &order.debt,
            &order.sell,
            &order.bid,
            &vault,
            route,
        )
        .map_err(|_| VaultError::VenueFailed)?
        .map_err(|_| VaultError::VenueFailed)?;
    let proceeds = token.balance(&vault) - before;
    if proceeds < order.bid {
        return Err(VaultError::ProceedsTooLow);
    }
    let positions = Batch::new(env, false)
        .repay(&order.debt, order.bid)
        .submit_paying(&links.pool, &order.debt, order.bid, &vault)?;
    Ok(Executed {
        positions,
        proceeds,
    })
}

/// What must be repaid beyond a flash loan so that no liability is left: minting d-tokens rounds
/// up, burning rounds down, so one d-token's worth and one unit more.
fn flash_dust(d_rate_e12: i128) -> Result<i128, Refusal> {
    Ok(mul_div_ceil(d_rate_e12, 1, ONE_E12)? + 1)
}

/// Flash loan of the collateral: the receiver swaps it, the batch returns it out of the position.
#[allow(clippy::too_many_arguments)]
fn run_flash(
    env: &Env,
    links: &Links,
    order: &Order,
    batch: Batch<'_>,
    adapter: &Address,
    route: &Bytes,
    dust: i128,
    repaid: i128,
    owed: i128,
) -> Result<Executed, VaultError> {
    let vault = env.current_contract_address();
    let debt = TokenClient::new(env, &order.debt);
    let collateral = TokenClient::new(env, &order.collateral);
    let (debt_before, collateral_before) = (debt.balance(&vault), collateral.balance(&vault));
    let this_ledger = env.ledger().sequence();
    debt.approve(&vault, &links.pool, &order.bid, &this_ledger);
    ReceiverClient::new(env, &links.receiver).arm(
        &vault,
        &ArmedSwap {
            pool: links.pool.clone(),
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
        .flash_loan(&links.pool, &links.receiver, &order.collateral, order.sell)?;
    if order.bid > owed {
        // The pool took less than the allowance: the debt is closed.
        debt.approve(&vault, &links.pool, &0, &this_ledger);
    }
    // A receiver or venue that returned nothing would otherwise be paid out of the reserve.
    let proceeds = debt.balance(&vault) - debt_before + repaid;
    if proceeds < order.bid {
        return Err(VaultError::ProceedsTooLow);
    }
    if collateral.balance(&vault) < collateral_before {
        return Err(VaultError::BalanceDropped);
    }
    Ok(Executed {
        positions,
        proceeds,
    })
}

/// The pool must report the checked position or a better one. A flash returns a little more
/// collateral than it sold; the pool refunds the difference.
fn require_position(
    actual: &Position,
    checked: &Position,
    flash_collateral: Option<usize>,
) -> Result<(), VaultError> {
    for (index, (have, want)) in actual.legs.iter().zip(&checked.legs).enumerate() {
        let allowance = if flash_collateral == Some(index) {
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

/// An adapter is called with the vault as its direct caller, so it must be nothing that the vault
/// holds or trusts.
fn require_foreign_adapter(
    env: &Env,
    links: &Links,
    policy: &VaultPolicy,
    snapshot: &Snapshot,
    order: &Order,
) -> Result<(), VaultError> {
    let Way::Venue { adapter, .. } = &order.way else {
        return Ok(());
    };
    let second = match &policy.second_oracle {
        SecondSource::Feed(second) => Some(&second.oracle),
        SecondSource::None => None,
    };
    let trusted = [&links.pool, &links.oracle, &links.receiver, &links.factory];
    let forbidden = *adapter == env.current_contract_address()
        || trusted.contains(&adapter)
        || second == Some(adapter)
        || snapshot.assets.contains(adapter);
    if forbidden && order.collateral != order.debt {
        return Err(VaultError::AdapterForbidden);
    }
    Ok(())
}
