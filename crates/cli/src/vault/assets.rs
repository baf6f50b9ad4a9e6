//! Assets by code or address, amounts with their decimals.

use super::{misuse, session::Session};
use crate::Failure;
use ballast_client::{amount, token, value::Address};
use std::collections::BTreeMap;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    pub contract: Address,
    pub code: String,
    pub decimals: u32,
}

impl Asset {
    /// An amount in the smallest unit; it must be positive.
    pub fn parse(&self, text: &str) -> Result<i128, Failure> {
        let parsed = amount::parse(text, self.decimals);
        match parsed {
            Ok(0) => Err(misuse("the amount must not be zero")),
            Ok(amount) => Ok(amount),
            Err(error) => Err(misuse(format!("{}: {error}", self.code))),
        }
    }

    /// An amount for people and programs.
    pub fn format(&self, amount: i128) -> String {
        amount::format(amount, self.decimals)
    }

    /// An amount with its code.
    pub fn words(&self, amount: i128) -> String {
        format!("{} {}", self.format(amount), self.code)
    }
}

/// The asset that a code or an address names.
pub async fn named(session: &Session, name: &str) -> Result<Asset, Failure> {
    let contract = match name.parse() {
        Ok(contract @ Address::Contract(_)) => contract,
        _ => match session.deployment.asset(name) {
            Some(info) => info.contract.clone(),
            None => return Err(unknown(session, name)),
        },
    };
    of(session, &contract).await
}

/// The asset of a contract. Its decimals are the token's own answer.
pub async fn of(session: &Session, contract: &Address) -> Result<Asset, Failure> {
    let decimals = session.client.view(&token::decimals(contract)).await?;
    let code = match session.deployment.code_of(contract) {
        Some(code) => code.to_owned(),
        None => match session
            .client
            .view(&token::symbol(contract))
            .await?
            .as_str()
        {
            "native" => "XLM".to_owned(),
            // A token calls itself what it likes: nothing that a terminal would take for a command.
            symbol => symbol
                .chars()
                .filter(char::is_ascii_graphic)
                .take(12)
                .collect(),
        },
    };
    Ok(Asset {
        contract: contract.clone(),
        code,
        decimals,
    })
}

/// The assets of these contracts.
pub async fn all<'a>(
    session: &Session,
    contracts: impl Iterator<Item = &'a Address>,
) -> Result<BTreeMap<Address, Asset>, Failure> {
    let mut assets = BTreeMap::new();
    for contract in contracts {
        if !assets.contains_key(contract) {
            assets.insert(contract.clone(), of(session, contract).await?);
        }
    }
    Ok(assets)
}

fn unknown(session: &Session, name: &str) -> Failure {
    let codes: Vec<_> = session
        .deployment
        .assets
        .iter()
        .map(|asset| asset.code.as_str())
        .collect();
    match codes.as_slice() {
        [] => misuse(format!(
            "{name}: write the token's address (C...), or name a file with --sandbox"
        )),
        codes => misuse(format!(
            "{name}: no such asset; there are {}",
            codes.join(", ")
        )),
    }
}
