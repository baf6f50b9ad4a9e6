//! Ballast's own contracts: their code and their deployment.

use crate::{Account, CallError, Chain};
use soroban_sdk::{Address, Env, IntoVal, Val, Vec};

include!(concat!(env!("OUT_DIR"), "/contracts.rs"));

/// Code of others that their crates ship beside their source.
pub mod shipped {
    include!(concat!(env!("OUT_DIR"), "/shipped.rs"));
}

/// The vault's code under another hash: with an empty section of this name.
///
/// # Panics
/// If the name is longer than a section's length of one byte tells.
pub fn vault_named(name: &str) -> std::vec::Vec<u8> {
    let length = u8::try_from(name.len()).expect("a short name");
    assert!(length < 127, "a short name");
    let section = [&[0, length + 1, length], name.as_bytes()].concat();
    [VAULT, &section].concat()
}

/// Uploads `wasm` and deploys it as `deployer`, at an address that depends on deployer and name only.
pub fn deploy(
    chain: &Chain,
    deployer: &Account,
    wasm: &[u8],
    name: &str,
    args: impl IntoVal<Env, Vec<Val>>,
) -> Result<Address, CallError> {
    assert!(
        !wasm.is_empty(),
        "{name}: no wasm embedded; run `make contracts` and build again"
    );
    let hash = chain.upload(wasm)?;
    chain.deploy(deployer, hash, salt(name), args, &[])
}

/// The salt that [`deploy`] derives from a name.
pub fn salt(name: &str) -> [u8; 32] {
    ballast_transaction::sha256(name.as_bytes())
}
