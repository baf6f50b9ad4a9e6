//! `ballast keeper queue`.

use super::{
    source::{Source, Which},
    text::{amount, percent},
};
use crate::{output, report::new_table, vault::print_json, Failure};
use ballast_keeper::tell::{PoolQueueDocument, QueueDocument, QueuedDocument};
use clap::Args;
use comfy_table::CellAlignment;

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    which: Which,
    /// Borrowers of each pool
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    limit: u32,
    /// Only vaults
    #[arg(long)]
    vaults: bool,
}

/// Shows who is next.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = Source::open(&arguments.which)?;
    // Those who are no vaults are taken out here.
    let asked = if arguments.vaults {
        2_000
    } else {
        arguments.limit
    };
    let path = format!("/queue.json?limit={asked}");
    let answer = source.running::<QueueDocument>(&path).await;
    let mut queue = answer.map_err(|why| {
        anyhow::anyhow!("the queue is a running keeper's, and none answers: {why}")
    })?;
    for pool in &mut queue.pools {
        pool.queue
            .retain(|queued| queued.vault || !arguments.vaults);
        pool.queue.truncate(arguments.limit as usize);
    }
    if arguments.which.json {
        return print_json(&queue);
    }
    let mut text = match &queue.ledger {
        None => "the keeper has not seen a ledger yet\n".to_owned(),
        Some(ledger) => format!("ledger {} of {}\n", ledger.sequence, ledger.closed_at),
    };
    for pool in &queue.pools {
        text += &table(pool);
    }
    Ok(output::print(&text)?)
}

fn table(pool: &PoolQueueDocument) -> String {
    let head = format!("pool {}: {} borrowers\n", pool.name, pool.borrowers);
    if pool.queue.is_empty() {
        return head;
    }
    let mut table = new_table();
    table.set_header([
        "borrower",
        "",
        "risk ratio",
        "distance",
        "steps\nfrom",
        "collateral",
        "debt",
        "auction\nage",
        "filler\ngains",
    ]);
    for queued in &pool.queue {
        table.add_row(row(queued));
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{head}{table}\n")
}

fn row(queued: &QueuedDocument) -> [String; 9] {
    let auction = queued.auction.as_ref();
    let none = || "-".to_owned();
    [
        queued.borrower.clone(),
        if queued.vault { "vault" } else { "" }.to_owned(),
        percent(queued.risk_ratio.as_deref()),
        queued
            .distance
            .as_deref()
            .map_or_else(none, |distance| percent(Some(distance))),
        queued
            .soft_threshold
            .as_deref()
            .map_or_else(none, |soft| percent(Some(soft))),
        amount(&queued.collateral_value),
        amount(&queued.debt_value),
        auction.map_or_else(none, |auction| auction.age_ledgers.to_string()),
        auction
            .and_then(|auction| auction.filler_gain.as_deref())
            .map_or_else(none, amount),
    ]
}
