//! What is done, with what, and where things are sold.

use super::DECIMALS;
use crate::{
    config::{
        section::{contract, decimal, integer, text, Section},
        Exposure, VenueConfig,
    },
    strategy::{Incoming, Settings, Sponsor, Way},
};
use ballast_client::{value::Address, Deployment};
use std::collections::BTreeSet;
use stellar_xdr::curr::ScAddress;
use toml::de::DeValue;

/// Decimals that a token can have and its amounts still fit.
const MOST_DECIMALS: u32 = 18;

pub(super) fn strategy(
    section: &Section<'_>,
    inventory: &[Exposure],
    venues: &[VenueConfig],
) -> Settings {
    let defaults = Settings::default();
    let way = |value: &DeValue<'_>| {
        let name = text(value)?;
        let names = || Way::ALL.map(Way::name).join(", ");
        Way::from_name(&name).ok_or_else(|| format!("{name:?} is none of {}", names()))
    };
    let ways: Option<BTreeSet<_>> = section
        .list("ways", way)
        .map(|ways| ways.into_iter().collect());
    if let Some(ways) = &ways {
        let at = section.get("ways");
        let sells = ways.contains(&Way::Plain) || ways.contains(&Way::Flash);
        if sells && venues.is_empty() {
            section.wrong("ways", at.as_ref(), "plain and flash need a [[venue]]");
        }
        if ways.contains(&Way::Fill) && inventory.iter().all(|row| row.most == 0) {
            section.wrong(
                "ways",
                at.as_ref(),
                "fill needs an [[inventory]] with an exposure",
            );
        }
    }
    let price = |value: &DeValue<'_>| match decimal(DECIMALS)(value)? {
        0 => Err("is zero".to_owned()),
        price => Ok(price),
    };
    let settings = Settings {
        ways: ways.unwrap_or(defaults.ways),
        min_profit_e7: section
            .read("min_profit", decimal(DECIMALS))
            .unwrap_or(defaults.min_profit_e7),
        sponsor: sponsor(section).unwrap_or(defaults.sponsor),
        steps_per_ledger: section
            .read("steps_per_ledger", integer(1, 1000))
            .unwrap_or(defaults.steps_per_ledger),
        max_inclusion_fee: defaults.max_inclusion_fee,
        lumen_price_e7: section.read("lumen_price", price),
        incoming: defaults.incoming,
    };
    section.finish();
    settings
}

fn sponsor(section: &Section<'_>) -> Option<Sponsor> {
    let at = section.get("sponsor")?;
    match at.value {
        DeValue::Array(_) => {
            let vaults = section.list("sponsor", contract)?;
            Some(Sponsor::Vaults(vaults.into_iter().collect()))
        }
        DeValue::String(word) if word == "none" => Some(Sponsor::None),
        DeValue::String(word) if word == "all" => Some(Sponsor::All),
        _ => {
            let message = "is \"none\", \"all\", or a list of vaults [\"C...\"]";
            section.wrong("sponsor", Some(&at), message);
            None
        }
    }
}

/// A token's contract, or its code in the deployment.
fn asset(deployment: Option<&Deployment>, value: &DeValue<'_>) -> Result<Address, String> {
    let name = text(value)?;
    if let Ok(address @ ScAddress::Contract(_)) = name.parse() {
        return Ok(address);
    }
    let known = deployment.and_then(|deployment| deployment.asset(&name));
    known.map(|asset| asset.contract.clone()).ok_or_else(|| {
        format!(
            "{name:?} is neither a token's contract (C...) nor an asset of [network] deployment"
        )
    })
}

pub(super) fn inventory(root: &Section<'_>, deployment: Option<&Deployment>) -> Vec<Exposure> {
    let mut rows: Vec<Exposure> = Vec::new();
    for section in root.sections("inventory") {
        let decimals = section
            .read("decimals", integer(0, MOST_DECIMALS))
            .unwrap_or(DECIMALS);
        let most = section.required("exposure", decimal(decimals));
        let incoming = section.read("incoming", |value| match text(value)?.as_str() {
            "keep" => Ok(Incoming::Keep),
            "sell" => Ok(Incoming::Sell),
            other => Err(format!("{other:?} is neither keep nor sell")),
        });
        let asset = section.required("asset", |value| {
            let asset = asset(deployment, value)?;
            match rows.iter().any(|row| row.asset == asset) {
                true => Err(format!("there is one [[inventory]] of {asset} already")),
                false => Ok(asset),
            }
        });
        section.finish();
        if let (Some(asset), Some(most)) = (asset, most) {
            rows.push(Exposure {
                asset,
                most,
                incoming: incoming.unwrap_or_default(),
            });
        }
    }
    rows
}

/// The venues of the file; where it names none those of the deployment.
pub(super) fn venues(root: &Section<'_>, deployment: Option<&Deployment>) -> Vec<VenueConfig> {
    let usual = deployment.and_then(|deployment| deployment.contract("adapter"));
    let sections = root.sections("venue");
    if sections.is_empty() {
        let pools = deployment.map_or(&[][..], |deployment| &deployment.comet);
        let venue = |adapter: &Address| {
            let each = pools.iter().map(|pool| VenueConfig {
                adapter: adapter.clone(),
                contract: pool.contract.clone(),
            });
            each.collect()
        };
        return usual.map(venue).unwrap_or_default();
    }
    let mut venues: Vec<VenueConfig> = Vec::new();
    for section in sections {
        let adapter = match usual {
            Some(usual) => section.read("adapter", contract).or(Some(usual.clone())),
            None => section.required("adapter", contract),
        };
        let pool = section.required("comet", |value| {
            let pool = contract(value)?;
            match venues.iter().any(|venue| venue.contract == pool) {
                true => Err(format!("there is one [[venue]] of {pool} already")),
                false => Ok(pool),
            }
        });
        section.finish();
        if let (Some(adapter), Some(contract)) = (adapter, pool) {
            venues.push(VenueConfig { adapter, contract });
        }
    }
    venues
}
