//! `ballast keeper history`.

use super::{
    source::{Source, Which},
    text::{brief, percent},
};
use crate::{output, report::new_table, vault::print_json, Failure};
use ballast_client::value::Address;
use ballast_keeper::{
    store::HistoryFilter,
    tell::{history, DecisionDocument, HistoryDocument},
};
use clap::Args;
use comfy_table::CellAlignment;

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Decisions, the last first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    limit: u32,
    /// Only of this vault
    #[arg(long, value_name = "C...")]
    vault: Option<Address>,
    /// Only those before this number
    #[arg(long, value_name = "N")]
    before: Option<i64>,
    /// Only those that something was sent for
    #[arg(long)]
    sent: bool,
}

/// Shows what was decided, and what became of it.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.which)?;
    let mut path = format!(
        "/history.json?limit={}&sent={}",
        arguments.limit, arguments.sent
    );
    if let Some(vault) = &arguments.vault {
        path += &format!("&vault={vault}");
    }
    if let Some(before) = arguments.before {
        path += &format!("&before={before}");
    }
    let decisions = match source.running::<HistoryDocument>(&path).await {
        Ok(document) => document.decisions,
        Err(why) => {
            let filter = HistoryFilter {
                vault: arguments.vault.clone(),
                sent_only: arguments.sent,
                limit: arguments.limit,
                before_id: arguments.before,
            };
            history(&source.database(&why).await?, &filter).await?
        }
    };
    if arguments.which.json {
        return print_json(&HistoryDocument { decisions });
    }
    if decisions.is_empty() {
        return Ok(output::print("nothing was decided yet\n")?);
    }
    let mut table = new_table();
    table.set_header([
        "no.",
        "time",
        "ledger",
        "vault",
        "way",
        "risk",
        "planned\nafter",
        "outcome",
        "fee, XLM",
        "transaction",
    ]);
    for decision in &decisions {
        table.add_row(row(decision));
    }
    for column in [0, 2, 5, 6, 8] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Ok(output::print(&format!("{table}\n"))?)
}

fn row(decision: &DecisionDocument) -> [String; 10] {
    let last = decision.transactions.first();
    let none = || "-".to_owned();
    let outcome = match (&decision.way, &decision.outcome) {
        _ if decision.verdict != "act" => format!("held: {}", decision.verdict.replace('_', " ")),
        (_, Some(outcome)) => outcome.replace('_', " "),
        (_, None) => "under way".to_owned(),
    };
    let rescue = if decision.rescue { ", rescue" } else { "" };
    [
        decision.id.to_string(),
        decision.at.clone(),
        decision.ledger.to_string(),
        brief(&decision.vault),
        decision
            .way
            .as_ref()
            .map_or_else(none, |way| format!("{way}{rescue}")),
        percent(decision.risk_ratio.as_deref()),
        decision
            .risk_ratio_after
            .as_deref()
            .map_or_else(none, |after| percent(Some(after))),
        outcome,
        last.and_then(|last| last.fee.clone()).unwrap_or_else(none),
        last.map_or_else(none, |last| brief(&last.hash)),
    ]
}
