//! Quotes: steps that the calls they quote accept, or the errors that the calls would give.

use arrayvec::ArrayVec;
use ballast_core::auction::{rescue_terms, RescueTerms};
use ballast_core::check::{flash_dust, require_at_risk, Path as CorePath};
use ballast_core::fixed::{add, mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7};
use ballast_core::health::{Totals, MAX_LEGS};
use ballast_core::plan::{cheapest_debt, plan_step_repaying, Outlook};
use ballast_core::policy::Policy;
use ballast_core::reserve::{reserve_may_leave_auction, reserve_to_spend};
use ballast_core::window::Window;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::pool::{Client, PoolConfig};
use ballast_interfaces::vault::{Path, SecondSource, Step, VaultState};
use ballast_snapshot::{core_auction, open_auction, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Bytes, Env};

use crate::sources::Sources;
use crate::views;

/// What every debt's quote is made from.
struct Terms<'a> {
    env: &'a Env,
    state: &'a VaultState,
    rules: Policy,
    path: CorePath,
    adapter: Address,
    route: Bytes,
    adapter_forbidden: bool,
    pool: Client<'a>,
    config: PoolConfig,
    /// The pool's minimum collateral as a step must keep it.
    min_collateral: i128,
    snapshot: &'a Snapshot,
    totals: Totals,
    rescue: Option<RescueTerms>,
}

/// Quotes the cheapest step on `path`, or returns the error that the call would give.
///
/// The call spends the reserve of the debt that it repays before the sale, so what the sale finds
/// differs from debt to debt. The debts are tried from the cheapest on; those without a reserve
/// find the same and are planned together.
pub fn quote(
    env: &Env,
    vault: &Address,
    path: CorePath,
    adapter: Address,
    route: Bytes,
) -> Result<StepQuote, VaultError> {
    let state = views::state(env, vault);
    if !state.automation {
        return Err(VaultError::AutomationOff);
    }
    let mut snapshot = views::load(env, vault, &state)?;
    let rules = snapshot.policy_in_force(env, &state.links, &state.policy);
    let totals = snapshot.position.totals()?;
    require_at_risk(&rules, &totals)?;
    let rescue = match open_auction(env, &state.links.pool, vault) {
        Some(data) => Some(rescue_terms(
            &rules,
            &snapshot.position,
            &core_auction(&data, &snapshot),
            env.ledger().sequence(),
        )?),
        None => None,
    };
    let pool = Client::new(env, &state.links.pool);
    let config = pool.get_config();
    let terms = Terms {
        env,
        adapter_forbidden: path != CorePath::Fill
            && is_forbidden(&adapter, vault, &state, &snapshot),
        rules,
        path,
        adapter,
        route,
        min_collateral: min_collateral(&config, path, &snapshot)?,
        config,
        pool,
        snapshot: &snapshot,
        totals,
        rescue,
        state: &state,
    };

    let mut reserves: ArrayVec<i128, MAX_LEGS> = ArrayVec::new();
    for debt in 0..snapshot.assets.len() {
        reserves.push(terms.reserve_spent(vault, debt)?);
    }
    let mut sources = Sources::new(env, &state, &snapshot);
    let mut tried = [false; MAX_LEGS];
    let mut refusal = None;
    while let Some(debt) = terms.next_debt(&tried)? {
        let mut together = [false; MAX_LEGS];
        for (leg, spent) in reserves.iter().enumerate() {
            let without = reserves[debt] == 0 && *spent == 0 && !tried[leg];
            together[leg] = leg == debt || without;
        }
        match terms.quote_repaying(debt, reserves[debt], |leg| together[leg], &mut sources) {
            Ok(quoted) => return Ok(quoted),
            // The cheapest debt's, and the clock's only where no reserve leads out of its reach.
            Err(error) if matches!(refusal, None | Some(VaultError::RescueTooEarly)) => {
                refusal = Some(error);
            }
            Err(_) => {}
        }
        for (tried, together) in tried.iter_mut().zip(together) {
            *tried |= together;
        }
    }
    Err(refusal.unwrap_or(VaultError::NoDebt))
}

impl Terms<'_> {
    fn outlook<'a>(&'a self, snapshot: &'a Snapshot) -> Outlook<'a> {
        Outlook {
            policy: &self.rules,
            position: &snapshot.position,
            // Read when a pair is considered.
            sources: &[],
            budget_left_value: 0,
            min_collateral: self.min_collateral,
            rescue: self.rescue,
        }
    }

    /// The next debt to try: the cheapest to repay, or any where there is no collateral to sell.
    fn next_debt(&self, tried: &[bool; MAX_LEGS]) -> Result<Option<usize>, VaultError> {
        let outlook = self.outlook(self.snapshot);
        let cheapest = cheapest_debt(&outlook, &self.totals, |leg| !tried[leg])?;
        Ok(cheapest.or_else(|| {
            let legs = &self.snapshot.position.legs;
            (0..legs.len()).find(|leg| legs[*leg].d_tokens > 0 && !tried[*leg])
        }))
    }

    /// Reserve that a call which repays `debt` spends before the sale.
    fn reserve_spent(&self, vault: &Address, debt: usize) -> Result<i128, VaultError> {
        let position = &self.snapshot.position;
        if !self.rules.reserve_first || position.legs[debt].d_tokens == 0 {
            return Ok(0);
        }
        let balance = TokenClient::new(self.env, &self.snapshot.assets[debt]).balance(vault);
        let (totals, rescues) = (&self.totals, self.rescue.is_some());
        let amount = reserve_to_spend(&self.rules, position, totals, debt, balance, rescues)?;
        let least = self.config.min_collateral;
        if rescues
            && amount > 0
            && !reserve_may_leave_auction(position, totals, debt, amount, least)?
        {
            return Ok(0);
        }
        Ok(amount)
    }

    /// The quote among the debts that `repays` names, of which `debt` has `reserve_spent`.
    fn quote_repaying(
        &self,
        debt: usize,
        reserve_spent: i128,
        repays: impl Fn(usize) -> bool,
        sources: &mut Sources<'_>,
    ) -> Result<StepQuote, VaultError> {
        let (rules, assets) = (&self.rules, &self.snapshot.assets);
        let mut position = self.snapshot.position.clone();
        let mut totals = self.totals;
        let mut rescue = self.rescue;
        if reserve_spent > 0 {
            // The repayment leaves the auction, if one is open; the sale is an ordinary step.
            if rescue.take().is_some() && self.config.status > ACTIVE_STATUS {
                return Err(VaultError::PoolStatusForbids);
            }
            position.legs[debt].repay(reserve_spent)?;
            totals = position.totals()?;
        }
        let stored = &self.state.window;
        let window = Window {
            start_ledger: stored.start_ledger,
            budget_value: stored.budget_value,
            sold_value: stored.sold_value,
        }
        .at(self.env.ledger().sequence(), rules, &totals)?;
        let mut quoted = StepQuote {
            step: Step {
                path: match self.path {
                    CorePath::Flash => Path::Flash,
                    CorePath::Fill | CorePath::Plain => Path::Plain,
                },
                collateral: assets[debt].clone(),
                debt: assets[debt].clone(),
                sell: 0,
                min_proceeds: 0,
                adapter: self.adapter.clone(),
                route: self.route.clone(),
            },
            floor: 0,
            largest_reward: 0,
            reserve_spent,
            budget_left: window.left_value(),
            risk_after_e7: totals.risk_ratio_e7_ceil(),
            rescue: self.rescue.is_some(),
        };
        if quoted.risk_after_e7 < i128::from(rules.soft_e7) {
            return Ok(quoted);
        }
        let outlook = Outlook {
            position: &position,
            budget_left_value: window.left_value(),
            rescue,
            ..self.outlook(self.snapshot)
        };
        let planned = plan_step_repaying(&outlook, self.path, repays, |collateral, debt| {
            if self.adapter_forbidden {
                return Err(VaultError::AdapterForbidden);
            }
            sources.floor(collateral, debt, rescue.is_some())
        })?;
        let proposal = planned.proposal;
        quoted.step.collateral = assets[proposal.collateral].clone();
        quoted.step.debt = assets[proposal.debt].clone();
        quoted.step.sell = proposal.sell;
        quoted.step.min_proceeds = proposal.repay;
        quoted.floor = planned.approved.floor_repay;
        quoted.largest_reward = planned.approved.largest_reward;
        quoted.risk_after_e7 = planned.approved.risk_after_e7;
        let flash = self.path == CorePath::Flash && !proposal.is_netting();
        self.require_pool_can(&quoted.step, flash, rescue.is_some())?;
        Ok(quoted)
    }

    /// What the pool itself would refuse: its status, its liquidity, its limit on utilization.
    fn require_pool_can(&self, step: &Step, flash: bool, rescue: bool) -> Result<(), VaultError> {
        if self.config.status > ACTIVE_STATUS && (rescue || flash) {
            return Err(VaultError::PoolStatusForbids);
        }
        let reserve = self.pool.get_reserve(&step.collateral);
        if flash && !reserve.config.enabled {
            return Err(VaultError::PoolReserveDisabled);
        }
        let supply = mul_div_floor(reserve.data.b_supply, reserve.data.b_rate, ONE_E12)?;
        let owed = mul_div_ceil(reserve.data.d_supply, reserve.data.d_rate, ONE_E12)?;
        let left = supply - step.sell;
        let most = if flash {
            mul_div_floor(left.max(0), i128::from(reserve.config.max_util), ONE_E7)?
        } else {
            left - 1
        };
        if owed > most || (flash && owed + step.sell >= supply) {
            return Err(VaultError::NoPoolLiquidity);
        }
        Ok(())
    }
}

/// The pool's minimum collateral. A flash gives back a little more of the collateral than it sells,
/// and what comes back of that is idle: it must not be planned to the last unit of the minimum.
fn min_collateral(
    config: &PoolConfig,
    path: CorePath,
    snapshot: &Snapshot,
) -> Result<i128, VaultError> {
    let mut least = config.min_collateral;
    if path == CorePath::Flash && least > 0 {
        for leg in &snapshot.position.legs {
            // The dust, and the share and the unit by which shares are rounded.
            let more = add(
                flash_dust(leg.d_rate_e12)?,
                mul_div_ceil(leg.b_rate_e12, 2, ONE_E12)?,
            )?;
            least = least.max(add(config.min_collateral, add(leg.value_ceil(more)?, 1)?)?);
        }
    }
    Ok(least)
}

/// The pool's highest status in which it lends and deletes auctions; beyond it is on ice or frozen.
const ACTIVE_STATUS: u32 = 1;

/// Whether the vault refuses the adapter, except where an asset is netted against itself.
fn is_forbidden(
    adapter: &Address,
    vault: &Address,
    state: &VaultState,
    snapshot: &Snapshot,
) -> bool {
    let links = &state.links;
    let second = match &state.policy.second_oracle {
        SecondSource::Feed(second) => Some(&second.oracle),
        SecondSource::None => None,
    };
    adapter == vault
        || [&links.pool, &links.oracle, &links.receiver, &links.factory].contains(&adapter)
        || second == Some(adapter)
        || snapshot.assets.contains(adapter)
}
