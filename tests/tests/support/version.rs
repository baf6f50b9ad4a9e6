//! Versions of the vault that a factory can list.

use ballast_chain::System;
use ballast_interfaces::factory::Version;
use soroban_sdk::{Address, BytesN};
use std::path::PathBuf;

/// The vault and one function more, `count_calls`.
pub fn successor() -> Vec<u8> {
    let directory = std::env::var_os("BALLAST_WASM_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/contracts"),
        PathBuf::from,
    );
    let file = directory.join("ballast_successor.wasm");
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make contracts`", file.display()))
}

/// Uploads code and lists it with a receiver; its hash.
pub fn list_version(system: &System, wasm: &[u8], receiver: &Address) -> BytesN<32> {
    let chain = system.chain();
    let hash = chain.upload(wasm).expect("the code is valid");
    let version = Version {
        wasm_hash: BytesN::from_array(chain.env(), &hash),
        receiver: receiver.clone(),
    };
    let args = (version.clone(),);
    chain
        .call_as(&system.admin, &system.factory, "list_version", args, &[])
        .expect("the admin lists it");
    version.wasm_hash
}
