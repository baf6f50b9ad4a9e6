//! What is on a sandbox: addresses and keys, for people and programs.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a scenario put on the ledger. With the addresses of the server it is `sandbox.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Directory {
    /// Contracts by name: `factory`, `lens`, `receiver`, `adapter`, `pool`, `poolFactory`, `oracle`,
    /// `backstop` and more.
    pub contracts: BTreeMap<String, String>,
    /// Assets.
    pub assets: Vec<DirectoryAsset>,
    /// Comet pools.
    pub comet: Vec<DirectoryComet>,
    /// The oracle that is scripted, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oracle: Option<DirectoryOracle>,
    /// Accounts whose keys everybody may know.
    pub accounts: Vec<DirectoryAccount>,
}

/// An asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryAsset {
    /// Its code.
    pub code: String,
    /// Its issuer; nothing for lumens.
    pub issuer: Option<String>,
    /// Its contract.
    pub contract: String,
    /// Decimals of its amounts.
    pub decimals: u32,
}

/// A Comet pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryComet {
    /// Its contract.
    pub contract: String,
    /// The codes of its assets.
    pub assets: Vec<String>,
}

/// A scripted oracle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryOracle {
    /// Its contract.
    pub contract: String,
    /// Who publishes its rounds.
    pub admin: DirectoryAccount,
    /// The codes of its assets, in the order of the prices of a round.
    pub assets: Vec<String>,
    /// Decimals of its prices.
    pub decimals: u32,
    /// Seconds from one round to the next.
    pub resolution_seconds: u32,
}

/// An account with its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryAccount {
    /// What it is called here.
    pub name: String,
    /// `G...`.
    pub public_key: String,
    /// `S...`.
    pub secret_key: String,
}

impl DirectoryAccount {
    /// The account of a key pair.
    pub fn new(name: impl Into<String>, key: &ballast_transaction::KeyPair) -> Self {
        Self {
            name: name.into(),
            public_key: key.address(),
            secret_key: key.secret(),
        }
    }
}
