//! A file that says what is where: `sandbox.json`, or the same of another network.

use crate::value::Address;
use serde::{de::Error as _, Deserialize, Deserializer};
use std::{collections::BTreeMap, fs, path::Path};

/// What is deployed on a network. Fields that it does not name are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The RPC.
    pub rpc_url: Option<String>,
    /// The network.
    pub network_passphrase: Option<String>,
    /// Contracts by what they are: factory, lens, adapter, pool, oracle.
    #[serde(default, deserialize_with = "addresses")]
    pub contracts: BTreeMap<String, Address>,
    /// Assets by their codes.
    #[serde(default)]
    pub assets: Vec<AssetInfo>,
    /// Comet pools.
    #[serde(default)]
    pub comet: Vec<CometInfo>,
    /// Accounts with their keys, on sandboxes.
    #[serde(default)]
    pub accounts: Vec<NamedAccount>,
}

/// An asset.
#[derive(Clone, Debug, Deserialize)]
pub struct AssetInfo {
    /// Its code: XLM, USDC.
    pub code: String,
    /// Its issuer; none of lumens.
    pub issuer: Option<String>,
    /// Its contract.
    #[serde(deserialize_with = "address")]
    pub contract: Address,
}

/// A Comet pool.
#[derive(Clone, Debug, Deserialize)]
pub struct CometInfo {
    /// Its contract.
    #[serde(deserialize_with = "address")]
    pub contract: Address,
    /// The codes of its assets.
    pub assets: Vec<String>,
}

/// An account of a sandbox.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedAccount {
    /// What it is called.
    pub name: String,
    /// `G...`
    pub public_key: String,
    /// `S...`
    pub secret_key: Option<String>,
}

impl std::fmt::Debug for NamedAccount {
    /// Without the secret.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "NamedAccount({}, {})",
            self.name, self.public_key
        )
    }
}

/// A file that does not say it.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// It cannot be read.
    #[error("{file}: {cause}")]
    File {
        /// The file.
        file: String,
        /// Why.
        cause: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{file}: {cause}")]
    Content {
        /// The file.
        file: String,
        /// Why.
        cause: serde_json::Error,
    },
}

impl Deployment {
    /// Reads a file.
    ///
    /// # Errors
    /// [`DeploymentError`].
    pub fn read(file: &Path) -> Result<Self, DeploymentError> {
        let name = || file.display().to_string();
        let text = fs::read_to_string(file).map_err(|cause| DeploymentError::File {
            file: name(),
            cause,
        })?;
        serde_json::from_str(&text).map_err(|cause| DeploymentError::Content {
            file: name(),
            cause,
        })
    }

    /// A contract by what it is.
    pub fn contract(&self, name: &str) -> Option<&Address> {
        self.contracts.get(name)
    }

    /// An asset by its code, in any case.
    pub fn asset(&self, code: &str) -> Option<&AssetInfo> {
        let is = |asset: &&AssetInfo| asset.code.eq_ignore_ascii_case(code);
        self.assets.iter().find(is)
    }

    /// The code of an asset's contract.
    pub fn code_of(&self, contract: &Address) -> Option<&str> {
        let is = |asset: &&AssetInfo| asset.contract == *contract;
        self.assets.iter().find(is).map(|asset| asset.code.as_str())
    }

    /// An account by its name.
    pub fn account(&self, name: &str) -> Option<&NamedAccount> {
        self.accounts.iter().find(|account| account.name == name)
    }
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
    let text = String::deserialize(from)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("{text:?} is not an address")))
}

fn addresses<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Address>, D::Error> {
    let texts = BTreeMap::<String, Option<String>>::deserialize(from)?;
    let pairs = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)));
    let parse = |(name, text): (String, String)| match text.parse() {
        Ok(address) => Ok((name, address)),
        Err(_) => Err(D::Error::custom(format!(
            "{name}: {text:?} is not an address"
        ))),
    };
    pairs.map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "CCEBVDYM32YNYCVNRXQKDFFPISJJCV557CDZEIRBEE4NCV4KHPQ44HGF";

    fn read(text: &str) -> Result<Deployment, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn unknown_fields_are_ignored_and_wrong_addresses_are_not() {
        let text = format!(
            r#"{{"rpcUrl": "http://localhost:8000", "more": 1, "contracts": {{"pool": "{POOL}", "lens": null}},
                "assets": [{{"code": "XLM", "issuer": null, "contract": "{POOL}", "decimals": 7}}],
                "accounts": [{{"name": "alice", "publicKey": "G", "secretKey": "S"}}]}}"#
        );
        let deployment = read(&text).unwrap();
        assert_eq!(deployment.contract("pool").unwrap().to_string(), POOL);
        assert_eq!(deployment.contract("lens"), None);
        let asset = deployment.asset("xlm").unwrap();
        assert_eq!(deployment.code_of(&asset.contract), Some("XLM"));
        assert!(!format!("{deployment:?}").contains("\"S\""));
        let error = read(r#"{"contracts": {"pool": "CAFE"}}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("pool: \"CAFE\" is not an address"),
            "{error}"
        );
    }
}
