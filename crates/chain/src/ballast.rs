//! Ballast's own contracts: their code and their deployment.

use crate::{Account, CallError, Chain};
use soroban_sdk::{Address, Env, IntoVal, Val, Vec};

include!(concat!(env!("OUT_DIR"), "/contracts.rs"));

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
    crate::execute::sha256(name.as_bytes())
}
