//! Views: how the vault stands, and quotes that the calls they quote accept.

use arrayvec::ArrayVec;
use ballast_core::auction::rescue_terms;
use ballast_core::check::{require_at_risk, Path as CorePath};
use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7};
use ballast_core::health::{Position, Totals, MAX_LEGS};
use ballast_core::plan::{plan_step, Outlook};
use ballast_core::price::SourcePrices;
use ballast_core::window::Window;
use ballast_core::reserve::reserve_to_spend;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::pool::{Client, PoolConfig};
use ballast_interfaces::lens::{FactorChange, Health, PositionLeg, StepQuote};
use ballast_interfaces::vault::{Path, Step, VaultClient, VaultState};
use ballast_snapshot::{core_auction, open_auction, shares, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Bytes, Env, Vec};

fn state(env: &Env, vault: &Address) -> VaultState {
    VaultClient::new(env, vault).state()
}

fn load(env: &Env, vault: &Address, state: &VaultState) -> Result<Snapshot, VaultError> {
    let max_age_seconds = state.policy.max_price_age_seconds;
    Snapshot::load(env, vault, &state.links, &state.assets, max_age_seconds)
}

pub fn position(env: &Env, vault: &Address) -> Result<Vec<PositionLeg>, VaultError> {
    let state = state(env, vault);
    let pool = Client::new(env, &state.links.pool);
    let positions = pool.get_positions(vault);
    let mut legs = Vec::new(env);
    for (index, entry) in state.assets.iter() {
        let (b_tokens, d_tokens) = shares(&positions, index);
        let data = pool.get_reserve(&entry.asset).data;
        legs.push_back(PositionLeg {
            reserve: TokenClient::new(env, &entry.asset).balance(vault),
            asset: entry.asset,
            collateral: mul_div_floor(b_tokens, data.b_rate, ONE_E12)?,
            debt: mul_div_ceil(d_tokens, data.d_rate, ONE_E12)?,
        });
    }
    Ok(legs)
}

pub fn health(env: &Env, vault: &Address) -> Result<Health, VaultError> {
    let state = state(env, vault);
    let snapshot = load(env, vault, &state)?;
    let totals = snapshot.position.totals()?;
    let mut changed_factors = Vec::new(env);
    for (leg, index) in snapshot.position.legs.iter().zip(&snapshot.indices) {
        let Some(accepted) = state.assets.get(*index) else {
            continue;
        };
        let (collateral_e7, liability_e7) = (
            leg.collateral_factor_e7 as u32,
            leg.liability_factor_e7 as u32,
        );
        if (accepted.accepted_collateral_e7, accepted.accepted_liability_e7)
            != (collateral_e7, liability_e7)
        {
            changed_factors.push_back(FactorChange {
                asset: accepted.asset,
                accepted_collateral_e7: accepted.accepted_collateral_e7,
                collateral_e7,
                accepted_liability_e7: accepted.accepted_liability_e7,
                liability_e7,
            });
        }
    }
    Ok(Health {
        risk_ratio_e7: totals.risk_ratio_e7_ceil(),
        nominal_ltv_e7: totals.nominal_ltv_e7_ceil(),
        liquidation_ltv_e7: liquidation_ltv_e7(&totals)?,
        soft_e7: state.policy.soft_e7,
        target_e7: state.policy.target_e7,
        collateral_value: totals.collateral_value,
        debt_value: totals.debt_value,
        liquidation_price: liquidation_price(&snapshot.position, &totals)?,
        auction_start_ledger: open_auction(env, &state.links.pool, vault)
            .map(|auction| auction.block),
        changed_factors,
    })
}

fn stored_window(state: &VaultState) -> Window {
    Window {
        start_ledger: state.window.start_ledger,
        budget_value: state.window.budget_value,
        sold_value: state.window.sold_value,
    }
}

/// Nominal LTV over risk ratio: `c * l` for one pair.
fn liquidation_ltv_e7(totals: &Totals) -> Result<i128, VaultError> {
    if totals.liability_base == 0 || totals.collateral_value == 0 {
        return Ok(0);
    }
    let average_factor_e7 = mul_div_floor(totals.collateral_base, ONE_E7, totals.collateral_value)?;
    Ok(mul_div_floor(
        average_factor_e7,
        totals.debt_value,
        totals.liability_base,
    )?)
}

/// Price times risk ratio, for one collateral and one debt in different assets.
fn liquidation_price(position: &Position, totals: &Totals) -> Result<Option<i128>, VaultError> {
    let mut held = position.legs.iter().filter(|leg| leg.b_tokens > 0);
    let mut owed = position.legs.iter().filter(|leg| leg.d_tokens > 0);
    match (held.next(), held.next(), owed.next(), owed.next()) {
        (Some(collateral), None, Some(debt), None)
            if debt.b_tokens == 0 && totals.collateral_base > 0 =>
        {
            Ok(Some(mul_div_ceil(
                collateral.price,
                totals.liability_base,
                totals.collateral_base,
            )?))
        }
        _ => Ok(None),
    }
}

/// Quotes the cheapest step on `path`, or returns the error that the call would give.
pub fn quote(
    env: &Env,
    vault: &Address,
    path: CorePath,
    adapter: Address,
    route: Bytes,
) -> Result<StepQuote, VaultError> {
    let state = state(env, vault);
    if !state.automation {
        return Err(VaultError::AutomationOff);
    }
    let rules = state.policy.to_core();
    let links = &state.links;
    let mut snapshot = load(env, vault, &state)?;
    let mut totals = snapshot.position.totals()?;
    require_at_risk(&rules, &totals)?;
    let ledger = env.ledger().sequence();
    let pool = Client::new(env, &links.pool);
    let config = pool.get_config();
    let mut rescue = match open_auction(env, &links.pool, vault) {
        Some(data) => {
            let auction = core_auction(&data, &snapshot);
            Some(rescue_terms(&rules, &snapshot.position, &auction, ledger)?)
        }
        None => None,
    };
    let rescues = rescue.is_some();
    let mut sources: ArrayVec<SourcePrices, MAX_LEGS> = ArrayVec::new();
    for leg in 0..snapshot.assets.len() {
        sources.push(snapshot.sources_of(env, links, &state.policy, leg)?);
    }
    let plan = |snapshot: &Snapshot, window: &Window, rescue| {
        plan_step(
            &Outlook {
                policy: &rules,
                position: &snapshot.position,
                sources: &sources,
                budget_left_value: window.left_value(),
                min_collateral: config.min_collateral,
                rescue,
            },
            path,
        )
    };

    // The call spends the reserve of the debt it repays first; the pair is chosen without it.
    let mut window = stored_window(&state).at(ledger, &rules, &totals)?;
    let debt = match plan(&snapshot, &window, rescue) {
        Ok(plan) => plan.proposal.debt,
        Err(_) => snapshot
            .position
            .legs
            .iter()
            .position(|leg| leg.d_tokens > 0)
            .ok_or(VaultError::NoDebt)?,
    };
    let balance = TokenClient::new(env, &snapshot.assets[debt])
        .balance(vault);
    let reserve_spent =
        reserve_to_spend(&rules, &snapshot.position, &totals, debt, balance, rescues)?;
    if reserve_spent > 0 {
        snapshot.position.legs[debt].repay(reserve_spent)?;
        totals = snapshot.position.totals()?;
        window = stored_window(&state).at(ledger, &rules, &totals)?;
        rescue = None;
    }
    let mut quoted = StepQuote {
        step: Step {
            path: match path {
                CorePath::Flash => Path::Flash,
                CorePath::Fill | CorePath::Plain => Path::Plain,
            },
            collateral: snapshot.assets[debt].clone(),
            debt: snapshot.assets[debt].clone(),
            sell: 0,
            min_proceeds: 0,
            adapter,
            route,
        },
        floor: 0,
        largest_reward: 0,
        reserve_spent,
        budget_left: window.left_value(),
        risk_after_e7: totals.risk_ratio_e7_ceil(),
        rescue: rescues,
    };
    if quoted.risk_after_e7 < i128::from(rules.soft_e7) {
        return Ok(quoted);
    }
    let planned = plan(&snapshot, &window, rescue)?;
    let proposal = planned.proposal;
    let collateral = &snapshot.assets[proposal.collateral];
    let netting = proposal.collateral == proposal.debt;
    require_pool_can(&pool, &config, path, collateral, proposal.sell, rescue.is_some(), netting)?;
    quoted.step.collateral = collateral.clone();
    quoted.step.debt = snapshot.assets[proposal.debt].clone();
    quoted.step.sell = proposal.sell;
    quoted.step.min_proceeds = proposal.repay;
    quoted.floor = planned.approved.floor_repay;
    quoted.largest_reward = planned.approved.largest_reward;
    quoted.risk_after_e7 = planned.approved.risk_after_e7;
    Ok(quoted)
}

/// What the pool itself would refuse: its status, its liquidity, its limit on utilization.
fn require_pool_can(
    pool: &Client<'_>,
    config: &PoolConfig,
    path: CorePath,
    collateral: &Address,
    sell: i128,
    rescue: bool,
    netting: bool,
) -> Result<(), VaultError> {
    let flash = path == CorePath::Flash && !netting;
    if config.status > 1 && (rescue || flash) {
        return Err(VaultError::PoolStatusForbids);
    }
    let reserve = pool.get_reserve(collateral);
    if flash && !reserve.config.enabled {
        return Err(VaultError::PoolReserveDisabled);
    }
    let supply = mul_div_floor(reserve.data.b_supply, reserve.data.b_rate, ONE_E12)?;
    let owed = mul_div_ceil(reserve.data.d_supply, reserve.data.d_rate, ONE_E12)?;
    let left = supply - sell;
    let most = if flash {
        mul_div_floor(left.max(0), i128::from(reserve.config.max_util), ONE_E7)?
    } else {
        left - 1
    };
    if owed > most || (flash && owed + sell >= supply) {
        return Err(VaultError::NoPoolLiquidity);
    }
    Ok(())
}
