//! Where the contracts and the keys are.

use crate::config::{
    section::{contract, text, At, Section},
    Channels, Keeper, KeysConfig,
};
use ballast_client::{value::Address, Deployment};
use std::{env, path::Path};
use toml::de::DeValue;

/// As [`NetworkConfig`], before it is known whether there is a factory.
pub(super) struct Network {
    pub(super) rpc: Vec<String>,
    pub(super) passphrase: Option<String>,
    pub(super) factory: Option<Address>,
    pub(super) lens: Option<Address>,
    pub(super) deployment: Option<Deployment>,
}

pub(super) fn network(section: &Section<'_>, folder: &Path) -> Network {
    let deployment = section.read("deployment", |value| {
        let file = folder.join(text(value)?);
        Deployment::read(&file).map_err(|error| error.to_string())
    });
    let named = |name: &str| {
        deployment
            .as_ref()
            .and_then(|found| found.contract(name))
            .cloned()
    };
    let rpc = match section.list("rpc", url) {
        Some(given) => {
            let at = section.get("rpc");
            let empty = |at: &At<'_>| at.value.as_array().is_some_and(|items| items.is_empty());
            if at.as_ref().is_some_and(empty) {
                section.wrong("rpc", at.as_ref(), "names no server");
            }
            given
        }
        None => {
            let found = deployment.as_ref().and_then(|found| found.rpc_url.clone());
            let nothing_else = section.get("rpc").is_none() && section.get("deployment").is_none();
            if found.is_none() && nothing_else {
                section.wrong(
                    "rpc",
                    None,
                    "is missing: name at least one RPC server, or a deployment",
                );
            }
            found.into_iter().collect()
        }
    };
    let given = section.read("passphrase", text);
    let theirs = deployment
        .as_ref()
        .and_then(|found| found.network_passphrase.clone());
    if let (Some(given), Some(theirs)) = (&given, &theirs) {
        if given != theirs {
            let message = format!("the deployment is of another network: {theirs:?}");
            section.wrong("passphrase", section.get("passphrase").as_ref(), message);
        }
    }
    let factory = section
        .read("factory", contract)
        .or_else(|| named("factory"));
    if factory.is_none() && section.get("factory").is_none() {
        section.wrong("factory", None, "is missing, and no deployment names it");
    }
    let network = Network {
        rpc,
        passphrase: given.or(theirs),
        factory,
        lens: section.read("lens", contract).or_else(|| named("lens")),
        deployment,
    };
    section.finish();
    network
}

/// An address of a server, or the variable that holds it: some carry a key of their own.
fn url(value: &DeValue<'_>) -> Result<String, String> {
    let given = text(value)?;
    let (url, shown) = match given.strip_prefix("env:") {
        None => (given.clone(), format!("{given:?}")),
        Some(name) => match env::var(name) {
            Ok(url) => (url, name.to_owned()),
            Err(_) => return Err(format!("the environment has no {name}")),
        },
    };
    let host = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !url.contains(char::is_whitespace) => Ok(url),
        _ => Err(format!(
            "{shown} is not an address http://... or https://..."
        )),
    }
}

pub(super) fn keys(
    section: &Section<'_>,
    folder: &Path,
    deployment: Option<&Deployment>,
) -> Option<KeysConfig> {
    let file = |value: &DeValue<'_>| text(value).map(|name| folder.join(name));
    let account = |value: &DeValue<'_>| {
        let name = text(value)?;
        match deployment.and_then(|deployment| deployment.account(&name)) {
            Some(_) => Ok(name),
            None => Err(format!("[network] deployment has no account {name:?}")),
        }
    };
    let keeper = [
        section.read("keeper_env", text).map(Keeper::Environment),
        section.read("keeper_file", file).map(Keeper::File),
        section.read("keeper_account", account).map(Keeper::Account),
    ];
    let channels = [
        section.read("channels_file", file).map(Channels::File),
        section
            .read("channels_env", text)
            .map(Channels::Environment),
    ];
    let keeper = one_of(
        section,
        ["keeper_env", "keeper_file", "keeper_account"],
        keeper,
    );
    let channels = one_of(section, ["channels_file", "channels_env"], channels);
    section.finish();
    Some(KeysConfig {
        keeper: keeper?,
        channels: channels?,
    })
}

/// Exactly one of several keys.
fn one_of<T, const N: usize>(
    section: &Section<'_>,
    keys: [&'static str; N],
    values: [Option<T>; N],
) -> Option<T> {
    let given: Vec<_> = keys
        .into_iter()
        .filter(|key| section.get(key).is_some())
        .collect();
    match given.as_slice() {
        [] => {
            let message = format!("is missing: one of {}", keys.join(", "));
            section.wrong(keys[0], None, message);
        }
        [_] => {}
        [_, second, ..] => {
            let message = format!("only one of {} may be given", keys.join(", "));
            section.wrong(second, section.get(second).as_ref(), message);
        }
    }
    values.into_iter().flatten().next()
}
