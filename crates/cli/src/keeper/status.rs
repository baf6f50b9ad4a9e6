//! `ballast keeper status`.

use super::{
    source::{Source, Which},
    text::{amount, grouped, percent},
};
use crate::{output, report::new_table, vault::print_json, Failure};
use ballast_keeper::tell::{remembered, AlertDocument, RememberedDocument, StatusDocument};
use clap::Args;
use comfy_table::CellAlignment;
use serde::Serialize;

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
}

/// For programs.
#[derive(Serialize)]
struct Document<T> {
    running: bool,
    #[serde(flatten)]
    status: T,
}

/// Shows how the keeper stands.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.which)?;
    match source.running::<StatusDocument>("/status.json").await {
        Ok(status) => {
            if arguments.which.json {
                let running = true;
                return print_json(&Document { running, status });
            }
            Ok(output::print(&running(&status))?)
        }
        Err(why) => {
            let store = source.database(&why).await?;
            let status = remembered(&store).await?;
            if arguments.which.json {
                let running = false;
                return print_json(&Document { running, status });
            }
            Ok(output::print(&stopped(&status))?)
        }
    }
}

fn running(status: &StatusDocument) -> String {
    let ledger = match &status.ledger {
        None => "before its first ledger".to_owned(),
        Some(ledger) => format!(
            "at ledger {} ({:.1} s ago, {} behind)",
            ledger.sequence, ledger.seconds_ago, ledger.behind
        ),
    };
    let health = match status.reasons.as_slice() {
        [] => "all is well".to_owned(),
        reasons => format!("not well: {}", reasons.join("; ")),
    };
    let dry = if status.dry_run { ", a dry run" } else { "" };
    let mut text = format!("keeper {ledger}{dry}: {health}\n");
    text += &alerts(&status.alerts);
    if !status.pools.is_empty() {
        let mut table = new_table();
        table.set_header([
            "pool",
            "borrowers",
            "vaults",
            "at risk",
            "unpriced",
            "highest\nrisk",
            "auctions\nof vaults",
            "auctions",
        ]);
        for pool in &status.pools {
            table.add_row([
                pool.name.clone(),
                grouped(pool.borrowers),
                grouped(pool.vaults),
                pool.vaults_at_risk.to_string(),
                pool.vaults_unpriced.to_string(),
                percent(pool.highest_vault_risk.as_deref()),
                pool.vault_auctions.to_string(),
                pool.auctions.to_string(),
            ]);
        }
        text += &right(table, 1..8);
    }
    if !status.accounts.is_empty() {
        let mut table = new_table();
        table.set_header(["account", "role", "XLM", ""]);
        for account in &status.accounts {
            table.add_row([
                account.account.clone(),
                account.role.clone(),
                amount(&account.lumens),
                if account.free { "" } else { "in use" }.to_owned(),
            ]);
        }
        text += &right(table, 2..3);
    }
    if !status.inventory.is_empty() {
        let mut table = new_table();
        table.set_header(["inventory", "held", "at most in use"]);
        for holding in &status.inventory {
            let row = [
                holding.name.clone(),
                amount(&holding.balance),
                amount(&holding.exposure),
            ];
            table.add_row(row);
        }
        text += &right(table, 1..3);
    }
    let mut table = new_table();
    table.set_header(["endpoint", "", "ledger", "last answer", "failures"]);
    for endpoint in &status.endpoints {
        table.add_row([
            endpoint.endpoint.clone(),
            if endpoint.healthy {
                "answers"
            } else {
                "does not serve"
            }
            .to_owned(),
            endpoint.latest_ledger.to_string(),
            endpoint
                .latency_seconds
                .map_or("-".to_owned(), |seconds| format!("{:.0} ms", seconds * 1e3)),
            endpoint.failures.to_string(),
        ]);
    }
    if !status.endpoints.is_empty() {
        text += &right(table, 2..5);
    }
    if !status.steps.is_empty() {
        let mut table = new_table();
        table.set_header(["steps since the start", "ended", ""]);
        for steps in &status.steps {
            table.add_row([
                steps.way.clone(),
                steps.outcome.replace('_', " "),
                steps.count.to_string(),
            ]);
        }
        text += &right(table, 2..3);
    }
    text
}

fn stopped(status: &RememberedDocument) -> String {
    let ledger = match status.ledger {
        None => "nothing was read yet".to_owned(),
        Some(ledger) => format!("everything up to ledger {ledger} was read"),
    };
    let unfinished = match status.unfinished_transactions {
        0 => String::new(),
        unfinished => {
            format!("; {unfinished} transactions of unknown end, which the next start follows")
        }
    };
    let mut text = format!("{ledger}, {} vaults{unfinished}\n", grouped(status.vaults));
    text += &alerts(&status.alerts);
    if !status.pools.is_empty() {
        let mut table = new_table();
        table.set_header([
            "pool",
            "borrowers",
            "auctions",
            "last noted at",
            "vaults\nat risk",
            "highest\nrisk",
        ]);
        for pool in &status.pools {
            table.add_row([
                pool.pool.clone(),
                grouped(pool.borrowers),
                pool.auctions.to_string(),
                pool.at.clone().unwrap_or("-".into()),
                pool.vaults_at_risk
                    .map_or("-".into(), |at_risk| at_risk.to_string()),
                match pool.ledger {
                    None => "-".into(),
                    Some(_) => percent(pool.highest_vault_risk.as_deref()),
                },
            ]);
        }
        text += &right(table, 1..6);
    }
    text
}

fn alerts(alerts: &[AlertDocument]) -> String {
    let line = |alert: &AlertDocument| {
        let kind = alert.kind.replace('_', " ");
        let subject = match alert.subject.as_str() {
            "" => String::new(),
            subject => format!(" {subject}"),
        };
        format!(
            "alert, {kind}{subject}: {} (since {})\n",
            alert.detail, alert.since
        )
    };
    alerts.iter().map(line).collect()
}

/// A table with these columns to the right.
fn right(mut table: comfy_table::Table, columns: std::ops::Range<usize>) -> String {
    for column in table
        .column_iter_mut()
        .skip(columns.start)
        .take(columns.len())
    {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}
