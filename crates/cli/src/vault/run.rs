//! One call of the owner: simulated or made, and told.

use super::{
    forecast::{self, Change},
    report,
    session::Actor,
    standing::{self, ratio, Document},
};
use crate::{output, Failure};
use ballast_client::{
    amount,
    value::{Address, Value},
    Call, Done, Error, Prepared,
};
use serde::Serialize;

/// Decimals of lumens.
const LUMENS: u32 = 7;

/// What is done, for whoever reads it.
pub struct Act {
    /// `deposit`.
    pub action: &'static str,
    /// `deposit 1000 XLM`.
    pub words: String,
    /// What it does to the position; none where that is not to be said beforehand.
    pub changes: Option<Vec<Change>>,
}

/// What a call costs.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Cost {
    #[serde(rename_all = "camelCase")]
    Charged {
        hash: String,
        ledger: u32,
        fee: String,
    },
    #[serde(rename_all = "camelCase")]
    Expected {
        inclusion: String,
        resources: String,
        total: String,
        last_ledger: u32,
        restores_first: bool,
    },
}

impl Cost {
    /// Of what was done.
    pub fn charged<T>(done: &Done<T>) -> Self {
        Cost::Charged {
            hash: hex(&done.hash),
            ledger: done.ledger,
            fee: lumens(done.fee_charged),
        }
    }

    /// Of what would be done.
    pub fn expected<T>(prepared: &Prepared<T>) -> Self {
        let inclusion = i64::from(prepared.inclusion_fee);
        Cost::Expected {
            inclusion: lumens(inclusion),
            resources: lumens(prepared.resource_fee),
            total: lumens(inclusion.saturating_add(prepared.resource_fee)),
            last_ledger: prepared.last_ledger,
            restores_first: prepared.restore.is_some(),
        }
    }
}

/// For programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    action: &'a str,
    description: &'a str,
    dry_run: bool,
    transaction: &'a Cost,
    /// After it; before it where it is only simulated.
    standing: Document,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_ratio_after: Option<String>,
}

/// Makes a call on a vault, or simulates it, and tells how the vault stands.
pub async fn act<T: Value>(
    actor: &Actor,
    act: Act,
    vault: &Address,
    call: &Call<T>,
) -> Result<(), Failure> {
    let cost = if actor.dry_run {
        let prepared = actor.session.client.prepare(actor.keys(), call).await;
        Cost::expected(&prepared.map_err(failure)?)
    } else {
        let done = actor.session.client.invoke(actor.keys(), call).await;
        Cost::charged(&done.map_err(failure)?)
    };
    let standing = standing::read(&actor.session, vault).await?;
    let expected = match &act.changes {
        Some(changes) if actor.dry_run => {
            forecast::risk_ratio(&actor.session, &standing, changes).await?
        }
        _ => None,
    };
    if actor.session.json {
        let told = Told {
            action: act.action,
            description: &act.words,
            dry_run: actor.dry_run,
            transaction: &cost,
            standing: standing.document(),
            risk_ratio_after: expected.and_then(ratio),
        };
        return print_json(&told);
    }
    let text = format!(
        "{}: {}\n{}",
        act.words,
        report::cost(&cost),
        report::standing(&standing, expected)
    );
    Ok(output::print(&text)?)
}

/// What ends the program when a call ends so.
pub fn failure(error: Error) -> Failure {
    match error.is_unsettled() {
        true => Failure::Unsettled(error.into()),
        false => Failure::Failed(error.into()),
    }
}

/// Prints a document.
pub fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document)?;
    Ok(output::print(&format!("{text}\n"))?)
}

fn lumens(stroops: i64) -> String {
    amount::format(stroops.into(), LUMENS)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
