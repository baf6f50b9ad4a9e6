//! `ballast vault health|quote|list`.

use super::{
    arguments::{List, Quote, View, Way},
    assets::{self, Asset},
    close::route,
    report,
    run::print_json,
    session::{self, Session},
    standing::{self, percent, ratio},
};
use crate::{output, report::new_table, Failure};
use ballast_client::{
    amount, factory, lens,
    value::{Address, Path, StepQuote},
    vault, Error,
};
use comfy_table::CellAlignment;
use serde_json::{json, Value as Json};

/// Shows how a vault stands.
pub async fn health(arguments: &View) -> Result<(), Failure> {
    let (session, vault) = session::look(arguments).await?;
    let standing = standing::read(&session, &vault).await?;
    if session.json {
        return print_json(&standing.document());
    }
    Ok(output::print(&report::standing(&standing, None))?)
}

/// Shows a step that a keeper could make now.
pub async fn quote(arguments: &Quote) -> Result<(), Failure> {
    let (session, vault) = session::look(&arguments.view).await?;
    let lens = session.lens()?;
    let path = match arguments.path {
        Way::Fill => None,
        Way::Plain => Some(Path::Plain),
        Way::Flash => Some(Path::Flash),
    };
    let call = match path {
        None => lens::quote_fill(lens, &vault),
        Some(path) => {
            let standing = standing::read(&session, &vault).await?;
            let held = |side: fn(&ballast_client::value::PositionLeg) -> i128| {
                let leg = standing.legs.iter().find(|leg| side(leg) > 0);
                leg.map(|leg| standing.assets[&leg.asset].code.as_str())
            };
            let pair = held(|leg| leg.collateral).zip(held(|leg| leg.debt));
            let (adapter, route) = route(&session, &arguments.venue, pair)?;
            lens::quote_rebalance(lens, &vault, path, &adapter, &route)
        }
    };
    let quote = session.client.view(&call).await?;
    let collateral = assets::of(&session, &quote.step.collateral).await?;
    let debt = assets::of(&session, &quote.step.debt).await?;
    if session.json {
        return print_json(&quote_document(
            &vault,
            arguments.path,
            &quote,
            &collateral,
            &debt,
        ));
    }
    let way = match arguments.path {
        Way::Fill => "fill: a keeper brings the debt and takes the collateral",
        Way::Plain => "rebalance: withdraw, sell, repay",
        Way::Flash => "rebalance: flash loan, sell, repay",
    };
    let mut table = new_table();
    table.set_header([if quote.rescue { "rescue" } else { "step" }, way]);
    table.add_row(["sells".to_owned(), collateral.words(quote.step.sell)]);
    table.add_row([
        "repays at least".to_owned(),
        debt.words(quote.step.min_proceeds),
    ]);
    table.add_row([
        "most for the keeper".to_owned(),
        debt.words(quote.largest_reward),
    ]);
    if quote.reserve_spent > 0 {
        table.add_row([
            "spends of the reserve".to_owned(),
            debt.words(quote.reserve_spent),
        ]);
    }
    table.add_row([
        "risk ratio after it".to_owned(),
        percent(quote.risk_after_e7),
    ]);
    Ok(output::print(&format!("vault {vault}\n{table}\n"))?)
}

fn quote_document(
    vault: &Address,
    way: Way,
    quote: &StepQuote,
    collateral: &Asset,
    debt: &Asset,
) -> Json {
    json!({
        "vault": vault.to_string(),
        "path": match way { Way::Fill => "fill", Way::Plain => "plain", Way::Flash => "flash" },
        "rescue": quote.rescue,
        "collateral": collateral.code,
        "debt": debt.code,
        "sell": collateral.format(quote.step.sell),
        "minProceeds": debt.format(quote.step.min_proceeds),
        "floor": debt.format(quote.floor),
        "largestReward": debt.format(quote.largest_reward),
        "reserveSpent": debt.format(quote.reserve_spent),
        "riskRatioAfter": ratio(quote.risk_after_e7),
    })
}

/// Lists the vaults of the factory.
pub async fn list(arguments: &List) -> Result<(), Failure> {
    let session = Session::open(&arguments.network, None).await?;
    let vaults = factory::all_vaults(&session.client, session.factory()?).await?;
    let lens = session.lens()?;
    let mut rows = Vec::new();
    for vault in &vaults {
        let state = session.client.view(&vault::state(vault)).await?;
        if arguments
            .owner
            .as_ref()
            .is_some_and(|owner| *owner != state.owner)
        {
            continue;
        }
        let health = match session.client.view(&lens::health(lens, vault)).await {
            Ok(health) => Some(health),
            Err(Error::WouldFail(_)) => None,
            Err(error) => return Err(error.into()),
        };
        rows.push((vault, state, health));
    }
    if session.json {
        let document = |(vault, state, health): &(
            &Address,
            _,
            Option<ballast_client::value::Health>,
        )| {
            let state: &ballast_client::value::VaultState = state;
            let base = state.links.price_scalar.checked_ilog10().unwrap_or(0);
            json!({
                "vault": vault.to_string(),
                "owner": state.owner.to_string(),
                "pool": state.links.pool.to_string(),
                "automation": state.automation,
                "riskRatio": health.as_ref().and_then(|health| ratio(health.risk_ratio_e7)),
                "debtValue": health.as_ref().map(|health| amount::format(health.debt_value, base)),
                "auction": health.as_ref().is_some_and(|health| health.auction_start_ledger.is_some()),
            })
        };
        let documents: Vec<_> = rows.iter().map(document).collect();
        return print_json(&documents);
    }
    let mut table = new_table();
    table.set_header(["vault", "owner", "automation", "risk ratio", "auction"]);
    for (vault, state, health) in &rows {
        table.add_row([
            vault.to_string(),
            state.owner.to_string(),
            if state.automation { "on" } else { "off" }.to_owned(),
            health
                .as_ref()
                .map_or("unknown".into(), |health| percent(health.risk_ratio_e7)),
            match health
                .as_ref()
                .and_then(|health| health.auction_start_ledger)
            {
                Some(ledger) => format!("from ledger {ledger}"),
                None => "-".into(),
            },
        ]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let text = match rows.len() {
        0 => "no vaults\n".to_owned(),
        _ => format!("{table}\n"),
    };
    Ok(output::print(&text)?)
}
