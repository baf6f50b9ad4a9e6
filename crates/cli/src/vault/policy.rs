//! `ballast vault policy`, and policies on the command line.

use super::{
    arguments::{ChangePolicy, PolicyChoice, Preset, Switch, View},
    misuse,
    run::{act, print_json, Act},
    session::{self, Actor},
};
use crate::{output, report::new_table, Failure};
use anyhow::Context;
use ballast_client::{
    amount,
    value::{PolicyField, SecondSource, VaultPolicy},
    vault,
};
use ballast_core::policy::Policy;
use comfy_table::CellAlignment;
use serde_json::{json, Map, Value as Json};
use std::fs;

/// Shows the policy, or changes it.
pub async fn run(arguments: &ChangePolicy) -> Result<(), Failure> {
    let changes = arguments.choice.changes();
    if arguments.automation.is_none() && !changes {
        return show(arguments).await;
    }
    // Before anything is asked: a field that does not exist is a wrong argument.
    arguments.choice.apply(Policy::BALANCED.into())?;
    let actor = Actor::open(&arguments.network, &arguments.signing).await?;
    let vault = actor.vault(&arguments.which).await?;
    if let Some(switch) = arguments.automation {
        let on = switch == Switch::On;
        let what = Act {
            action: "setAutomation",
            words: format!("switch automation {}", if on { "on" } else { "off" }),
            changes: Some(Vec::new()),
        };
        return act(&actor, what, &vault, &vault::set_automation(&vault, on)).await;
    }
    let present = actor.session.client.view(&vault::policy(&vault)).await?;
    let policy = arguments.choice.apply(present)?;
    let what = Act {
        action: "setPolicy",
        words: "set the policy".into(),
        changes: Some(Vec::new()),
    };
    act(&actor, what, &vault, &vault::set_policy(&vault, &policy)).await
}

async fn show(arguments: &ChangePolicy) -> Result<(), Failure> {
    let ChangePolicy {
        which,
        signing,
        network,
        ..
    } = arguments;
    let view = View {
        vault: which.vault.clone(),
        owner: None,
        nonce: which.nonce,
        key_file: signing.key_file.clone(),
        account: signing.account.clone(),
        network: network.clone(),
    };
    let (session, vault) = session::look(&view).await?;
    let policy = session.client.view(&vault::policy(&vault)).await?;
    if session.json {
        return print_json(&json!({ "vault": vault.to_string(), "policy": document(&policy) }));
    }
    let mut table = new_table();
    table.set_header(["policy", ""]);
    for (name, field) in policy.fields() {
        table.add_row([bare(name).to_owned(), written(name, field)]);
    }
    let second = match &policy.second_oracle {
        SecondSource::None => "none".to_owned(),
        SecondSource::Feed(feed) if feed.required => format!("{} (required)", feed.oracle),
        SecondSource::Feed(feed) => feed.oracle.to_string(),
    };
    table.add_row(["second_oracle".to_owned(), second]);
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Ok(output::print(&format!("vault {vault}\n{table}\n"))?)
}

/// A policy for programs: the fields' own numbers.
fn document(policy: &VaultPolicy) -> Json {
    let mut fields = Map::new();
    for (name, field) in policy.fields() {
        let value = match field {
            PolicyField::Share(share) => json!(share),
            PolicyField::Count(count) => json!(count),
            PolicyField::Flag(flag) => json!(flag),
        };
        fields.insert(name.into(), value);
    }
    if let SecondSource::Feed(feed) = &policy.second_oracle {
        let second = json!({ "oracle": feed.oracle.to_string(), "required": feed.required });
        fields.insert("second_oracle".into(), second);
    }
    fields.into()
}

impl PolicyChoice {
    /// Whether it says anything.
    fn changes(&self) -> bool {
        self.preset.is_some() || self.policy.is_some() || !self.set.is_empty()
    }

    /// The policy that it makes of another. Preset and file replace all numbers, `--set` one.
    pub fn apply(&self, mut policy: VaultPolicy) -> Result<VaultPolicy, Failure> {
        if let Some(preset) = self.preset {
            policy.core = match preset {
                Preset::Early => Policy::EARLY,
                Preset::Balanced => Policy::BALANCED,
                Preset::Late => Policy::LATE,
            };
        }
        if let Some(file) = &self.policy {
            let name = || file.display().to_string();
            let text = fs::read_to_string(file).with_context(name)?;
            // The pool's oracle may have any resolution: the chain checks it.
            policy.core = ballast_risk::policy::parse(&text, 0).with_context(name)?;
        }
        for assignment in &self.set {
            set(&mut policy, assignment)
                .map_err(|words| misuse(format!("--set {assignment}: {words}")))?;
        }
        Ok(policy)
    }
}

fn set(policy: &mut VaultPolicy, assignment: &str) -> Result<(), String> {
    let (name, text) = assignment.split_once('=').ok_or("write FIELD=VALUE")?;
    let fields = policy.fields();
    let (field, kind) = fields
        .iter()
        .find(|(field, _)| *field == name || bare(field) == name)
        .ok_or_else(|| {
            let names: Vec<_> = fields.iter().map(|(field, _)| bare(field)).collect();
            format!("there is no such field; there are {}", names.join(", "))
        })?;
    let raw = *field == name && bare(field) != name;
    let value = match kind {
        PolicyField::Flag(_) => PolicyField::Flag(match text {
            "true" | "yes" | "on" => true,
            "false" | "no" | "off" => false,
            _ => return Err("write true or false".into()),
        }),
        PolicyField::Share(_) if raw => PolicyField::Share(number(text)?),
        PolicyField::Share(_) => PolicyField::Share(
            u32::try_from(share(text)?).map_err(|_| "that is too much".to_owned())?,
        ),
        PolicyField::Count(_) if field.ends_with("_e2") && !raw => {
            let hundredths = amount::parse(text, 2).map_err(|error| error.to_string())?;
            PolicyField::Count(
                u64::try_from(hundredths).map_err(|_| "that is too much".to_owned())?,
            )
        }
        PolicyField::Count(_) => PolicyField::Count(number(text)?),
    };
    match policy.set(field, value) {
        true => Ok(()),
        false => Err("that is too much".into()),
    }
}

/// A share, 7 decimals: `94.5%` or `0.945`.
pub fn share(text: &str) -> Result<i128, String> {
    let parsed = match text.strip_suffix('%') {
        Some(percent) => amount::parse(percent, 5),
        None if text.contains('.') => amount::parse(text, 7),
        None => return Err("write a share as 94.5% or 0.945".into()),
    };
    parsed.map_err(|error| error.to_string())
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is not a whole number"))
}

/// A field without its scale.
fn bare(name: &str) -> &str {
    name.trim_end_matches("_e7").trim_end_matches("_e2")
}

fn written(name: &str, field: PolicyField) -> String {
    match field {
        PolicyField::Share(share) => format!("{}%", amount::format(share.into(), 5)),
        PolicyField::Count(count) if name.ends_with("_e2") => amount::format(count.into(), 2),
        PolicyField::Count(count) => count.to_string(),
        PolicyField::Flag(flag) => flag.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(assignment: &str) -> Result<Policy, String> {
        let mut policy = Policy::BALANCED.into();
        set(&mut policy, assignment)?;
        Ok(policy.core)
    }

    #[test]
    fn fields_are_set_by_name_in_their_own_unit() {
        assert_eq!(after("soft=94.5%").unwrap().soft_e7, 9_450_000);
        assert_eq!(after("soft=0.945").unwrap().soft_e7, 9_450_000);
        assert_eq!(after("soft_e7=9450000").unwrap().soft_e7, 9_450_000);
        assert_eq!(after("window_ledgers=120").unwrap().window_ledgers, 120);
        assert_eq!(after("volatility_z=1.5").unwrap().volatility_z_e2, 150);
        assert_eq!(after("volatility_z_e2=150").unwrap().volatility_z_e2, 150);
        assert!(!after("reserve_first=no").unwrap().reserve_first);
        assert_eq!(
            after("max_price_age_seconds=1200")
                .unwrap()
                .max_price_age_seconds,
            1_200
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (assignment, words) in [
            ("soft", "FIELD=VALUE"),
            ("sof=94%", "no such field; there are soft, target"),
            ("soft=94", "94.5% or 0.945"),
            ("soft=94,5%", "not an amount"),
            ("soft=94.000001%", "6 decimals"),
            ("soft=99999999%", "too much"),
            ("soft_e7=94%", "not a whole number"),
            ("window_ledgers=-1", "not a whole number"),
            ("window_ledgers=4294967296", "too much"),
            ("reserve_first=1", "true or false"),
            ("second_oracle=none", "no such field"),
        ] {
            let error = after(assignment).unwrap_err();
            assert!(error.contains(words), "{assignment}: {error}");
        }
    }
}
