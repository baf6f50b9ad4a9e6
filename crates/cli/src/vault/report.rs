//! What `ballast vault` prints for people.

use super::{
    run::Cost,
    standing::{percent, Standing},
};
use crate::report::new_table;
use ballast_client::value::Health;
use comfy_table::CellAlignment;

/// The vault, its position, its health. `expected` is the risk ratio after a call that is only simulated.
pub fn standing(standing: &Standing, expected: Option<i128>) -> String {
    let mut text = format!(
        "vault {}\nowner {}, automation {}\n",
        standing.vault,
        standing.state.owner,
        if standing.state.automation {
            "on"
        } else {
            "off"
        },
    );
    if standing.legs.is_empty() {
        text += "no position yet\n";
    } else {
        let mut table = new_table();
        table.set_header(["", "collateral", "debt", "reserve"]);
        for leg in &standing.legs {
            let asset = &standing.assets[&leg.asset];
            table.add_row([
                asset.code.clone(),
                asset.format(leg.collateral),
                asset.format(leg.debt),
                asset.format(leg.reserve),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text += &format!("{table}\n");
    }
    match &standing.health {
        Ok(health) => text += &health_lines(standing, health),
        Err(words) => text += &format!("health unknown: {words}\n"),
    }
    if let Some(risk) = expected {
        text += &format!("risk ratio after it: {}\n", percent(risk));
    }
    text
}

fn health_lines(standing: &Standing, health: &Health) -> String {
    let mut text = format!(
        "risk ratio {} (unwinding from {} down to {}; the pool liquidates at 100%)\n",
        percent(health.risk_ratio_e7),
        percent(health.soft_e7.into()),
        percent(health.target_e7.into()),
    );
    if health.debt_value > 0 {
        text += &format!(
            "LTV {} of {}; collateral worth {}, debt {}\n",
            percent(health.nominal_ltv_e7),
            percent(health.liquidation_ltv_e7),
            short(&standing.value(health.collateral_value)),
            short(&standing.value(health.debt_value)),
        );
    }
    if let Some(price) = health.liquidation_price {
        text += &format!("liquidation at a price of {}\n", standing.value(price));
    }
    if let Some(ledger) = health.auction_start_ledger {
        text += &format!("A LIQUIDATION AUCTION IS OPEN, from ledger {ledger}\n");
    }
    for change in &health.changed_factors {
        text += &format!(
            "the pool has changed the factors of {}: collateral {} (accepted {}), liability {} (accepted {})\n",
            standing.assets.get(&change.asset).map_or("an asset", |asset| asset.code.as_str()),
            percent(change.collateral_e7.into()),
            percent(change.accepted_collateral_e7.into()),
            percent(change.liability_e7.into()),
            percent(change.accepted_liability_e7.into()),
        );
    }
    text
}

/// What a call costs, before or after it.
pub fn cost(cost: &Cost) -> String {
    match cost {
        Cost::Charged { hash, ledger, fee } => {
            format!("done in ledger {ledger}, fee {fee} XLM\ntransaction {hash}\n")
        }
        Cost::Expected { inclusion, resources, total, last_ledger, restores_first } => format!(
            "would be done; fee at most {total} XLM ({inclusion} for the inclusion, {resources} for resources), good \
             up to ledger {last_ledger}{}\n",
            if *restores_first { "; archived entries would be restored first, by a transaction of its own" } else { "" },
        ),
    }
}

/// A value with two decimals, cut.
fn short(value: &str) -> String {
    match value.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{:0<2.2}", fraction),
        None => value.to_owned(),
    }
}
