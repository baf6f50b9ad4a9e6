//! Views: how the vault stands.

use ballast_core::fixed::{mul_div_ceil, mul_div_floor, ONE_E12};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::lens::{FactorChange, Health, PositionLeg};
use ballast_interfaces::pool::Client;
use ballast_interfaces::vault::{VaultClient, VaultState};
use ballast_snapshot::{open_auction, shares, Snapshot};
use soroban_sdk::token::TokenClient;
use soroban_sdk::{Address, Env, Vec};

pub fn state(env: &Env, vault: &Address) -> VaultState {
    VaultClient::new(env, vault).state()
}

pub fn load(env: &Env, vault: &Address, state: &VaultState) -> Result<Snapshot, VaultError> {
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
    let mut snapshot = load(env, vault, &state)?;
    let rules = snapshot.policy_in_force(env, &state.links, &state.policy);
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
        if (
            accepted.accepted_collateral_e7,
            accepted.accepted_liability_e7,
        ) != (collateral_e7, liability_e7)
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
        liquidation_ltv_e7: totals.liquidation_ltv_e7_floor()?,
        soft_e7: rules.soft_e7,
        target_e7: rules.target_e7,
        collateral_value: totals.collateral_value,
        debt_value: totals.debt_value,
        liquidation_price: snapshot.position.liquidation_price_ceil(&totals)?,
        auction_start_ledger: open_auction(env, &state.links.pool, vault)
            .map(|auction| auction.block),
        changed_factors,
    })
}
