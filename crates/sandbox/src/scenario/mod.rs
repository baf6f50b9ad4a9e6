//! What a sandbox begins with.

mod bare;
mod default;

use crate::Directory;
use ballast_ledger::{Ledger, Limits};
use serde::{Deserialize, Serialize};

/// What a sandbox begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scenario {
    /// Assets, Blend, Comet, the oracle, Ballast and funded accounts.
    #[default]
    Default,
    /// The root account and nothing else.
    Bare,
}

/// How a scenario is set up.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whose limits and fees.
    pub limits: Limits,
    /// Keys, and with them every address, follow from it.
    pub seed: u64,
    /// How many closed ledgers are kept.
    pub history_ledgers: u32,
    /// The time now, unix seconds: no ledger closes later.
    pub now: u64,
}

impl Scenario {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Bare => "bare",
        }
    }

    /// Sets it up, on the standalone network.
    ///
    /// # Errors
    /// If something does not deploy.
    pub fn build(self, options: Options) -> anyhow::Result<(Ledger, Directory)> {
        match self {
            Self::Bare => Ok(bare::build(options)),
            Self::Default => default::build(options),
        }
    }
}
