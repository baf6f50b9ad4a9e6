//! How a vault stands: what it stores, its position, its health.

use super::{
    assets::{self, Asset},
    session::Session,
};
use crate::Failure;
use ballast_client::{
    amount, lens,
    value::{Address, Health, PositionLeg, VaultState},
    vault, Error,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a vault stands.
pub struct Standing {
    pub vault: Address,
    pub state: VaultState,
    pub legs: Vec<PositionLeg>,
    /// Health, or why there is none.
    pub health: Result<Health, String>,
    pub assets: BTreeMap<Address, Asset>,
}

/// Reads it.
pub async fn read(session: &Session, vault: &Address) -> Result<Standing, Failure> {
    let client = &session.client;
    let lens = session.lens()?;
    let state = client.view(&vault::state(vault)).await?;
    let legs = client.view(&lens::position(lens, vault)).await?;
    let health = match client.view(&lens::health(lens, vault)).await {
        Ok(health) => Ok(health),
        // Without a price there is a position all the same.
        Err(Error::WouldFail(fault)) => Err(fault.to_string()),
        Err(error) => return Err(error.into()),
    };
    let assets = assets::all(session, legs.iter().map(|leg| &leg.asset)).await?;
    Ok(Standing {
        vault: vault.clone(),
        state,
        legs,
        health,
        assets,
    })
}

impl Standing {
    /// Decimals of values in the oracle's base.
    pub fn base_decimals(&self) -> u32 {
        self.state.links.price_scalar.checked_ilog10().unwrap_or(0)
    }

    /// A value in the oracle's base.
    pub fn value(&self, value: i128) -> String {
        amount::format(value, self.base_decimals())
    }

    /// For programs: amounts and shares as decimal texts, exact.
    pub fn document(&self) -> Document {
        let leg = |leg: &PositionLeg| {
            let asset = &self.assets[&leg.asset];
            LegDocument {
                asset: asset.code.clone(),
                contract: leg.asset.to_string(),
                collateral: asset.format(leg.collateral),
                debt: asset.format(leg.debt),
                reserve: asset.format(leg.reserve),
            }
        };
        Document {
            vault: self.vault.to_string(),
            owner: self.state.owner.to_string(),
            pool: self.state.links.pool.to_string(),
            automation: self.state.automation,
            position: self.legs.iter().map(leg).collect(),
            health: self
                .health
                .as_ref()
                .ok()
                .map(|health| self.health_document(health)),
            health_error: self.health.as_ref().err().cloned(),
        }
    }

    fn health_document(&self, health: &Health) -> HealthDocument {
        HealthDocument {
            risk_ratio: ratio(health.risk_ratio_e7),
            nominal_ltv: ratio(health.nominal_ltv_e7),
            liquidation_ltv: ratio(health.liquidation_ltv_e7),
            soft: ratio(health.soft_e7.into()),
            target: ratio(health.target_e7.into()),
            collateral_value: self.value(health.collateral_value),
            debt_value: self.value(health.debt_value),
            liquidation_price: health.liquidation_price.map(|price| self.value(price)),
            auction_start_ledger: health.auction_start_ledger,
            changed_factors: health
                .changed_factors
                .iter()
                .map(|change| FactorDocument {
                    contract: change.asset.to_string(),
                    accepted_collateral: ratio(change.accepted_collateral_e7.into()),
                    collateral: ratio(change.collateral_e7.into()),
                    accepted_liability: ratio(change.accepted_liability_e7.into()),
                    liability: ratio(change.liability_e7.into()),
                })
                .collect(),
        }
    }
}

/// A vault for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    pub vault: String,
    pub owner: String,
    pub pool: String,
    pub automation: bool,
    pub position: Vec<LegDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_error: Option<String>,
}

/// An asset of the position.
#[derive(Serialize)]
pub struct LegDocument {
    pub asset: String,
    pub contract: String,
    pub collateral: String,
    pub debt: String,
    pub reserve: String,
}

/// Health: shares of one, values in the oracle's base.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthDocument {
    pub risk_ratio: Option<String>,
    pub nominal_ltv: Option<String>,
    pub liquidation_ltv: Option<String>,
    pub soft: Option<String>,
    pub target: Option<String>,
    pub collateral_value: String,
    pub debt_value: String,
    pub liquidation_price: Option<String>,
    pub auction_start_ledger: Option<u32>,
    pub changed_factors: Vec<FactorDocument>,
}

/// Factors that are not the accepted ones.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FactorDocument {
    pub contract: String,
    pub accepted_collateral: Option<String>,
    pub collateral: Option<String>,
    pub accepted_liability: Option<String>,
    pub liability: Option<String>,
}

/// A share of one, exact; none where it is beyond all numbers (debt without collateral).
pub fn ratio(share_e7: i128) -> Option<String> {
    (share_e7 != i128::MAX).then(|| amount::format(share_e7, 7))
}

/// A share as percent, two decimals.
pub fn percent(share_e7: i128) -> String {
    if share_e7 == i128::MAX {
        return "infinite".into();
    }
    let hundredths = share_e7 / 1_000;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
