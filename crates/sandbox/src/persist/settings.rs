//! What a state file was begun with.

use crate::{scenario::Scenario, Directory};
use ballast_ledger::Limits;
use serde::{Deserialize, Serialize};

/// What a sandbox was begun with. A restart keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What was deployed.
    pub scenario: Scenario,
    /// Whose limits and fees.
    #[serde(with = "limits_by_name")]
    pub limits: Limits,
    /// Where keys and addresses come from.
    pub seed: u64,
}

/// Settings that were asked for; nothing where any will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What is deployed.
    pub scenario: Option<Scenario>,
    /// Whose limits and fees.
    pub limits: Option<Limits>,
    /// Where keys and addresses come from.
    pub seed: Option<u64>,
}

impl Settings {
    /// Are these the settings asked for? If not: which one differs, as the command line names it.
    ///
    /// # Errors
    /// The first that differs.
    pub fn agree(&self, wanted: &Wanted) -> Result<(), String> {
        let differs = |flag: &str, wanted: String, have: String| {
            Err(format!(
                "it was begun with {flag} {have}, not {wanted}: leave the option away, or begin another file"
            ))
        };
        if let Some(scenario) = wanted.scenario.filter(|wanted| *wanted != self.scenario) {
            return differs(
                "--scenario",
                scenario.name().into(),
                self.scenario.name().into(),
            );
        }
        if let Some(limits) = wanted.limits.filter(|wanted| *wanted != self.limits) {
            return differs(
                "--limits",
                limits_name(limits).into(),
                limits_name(self.limits).into(),
            );
        }
        if let Some(seed) = wanted.seed.filter(|wanted| *wanted != self.seed) {
            return differs("--seed", seed.to_string(), self.seed.to_string());
        }
        Ok(())
    }
}

/// The first record of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// What it was begun with.
    pub settings: Settings,
    /// What was deployed where.
    pub directory: Directory,
}

/// Limits by their name.
pub fn limits_name(limits: Limits) -> &'static str {
    match limits {
        Limits::Mainnet => "mainnet",
        Limits::Testnet => "testnet",
        Limits::Unlimited => "unlimited",
    }
}

mod limits_by_name {
    use super::{limits_name, Limits};
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(limits: &Limits, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(limits_name(*limits))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Limits, D::Error> {
        let name = String::deserialize(from)?;
        [Limits::Mainnet, Limits::Testnet, Limits::Unlimited]
            .into_iter()
            .find(|limits| limits_name(*limits) == name)
            .ok_or_else(|| D::Error::custom(format!("no limits are called {name:?}")))
    }
}
