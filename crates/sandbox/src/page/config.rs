//! What the page knows of the network: `sandbox.json` with addresses beside the page's own.

use crate::{Directory, Sandbox};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    name: &'static str,
    /// Relative to the page, so that it is right by whatever name the page was reached.
    rpc_url: &'static str,
    friendbot_url: &'static str,
    network_passphrase: &'a str,
    /// A wallet whose keys everybody may know makes sense here alone.
    test_wallet: bool,
    #[serde(flatten)]
    directory: &'a Directory,
}

pub(super) fn json(sandbox: &Sandbox) -> Vec<u8> {
    let ledger = sandbox.view();
    let config = Config {
        name: "Sandbox",
        rpc_url: "./rpc",
        friendbot_url: "./friendbot",
        network_passphrase: ledger.network().passphrase(),
        test_wallet: true,
        directory: &sandbox.controls().directory(),
    };
    let mut json = serde_json::to_vec_pretty(&config).unwrap_or_default();
    json.push(b'\n');
    json
}
