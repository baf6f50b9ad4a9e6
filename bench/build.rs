//! Tells the bench which compiler made the contracts: figures of different compilers differ.

use std::{env, fs, path::PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=BALLAST_WASM_DIR");
    let wasm_dir = env::var_os("BALLAST_WASM_DIR").map_or_else(
        || {
            let manifest_dir = env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it");
            PathBuf::from(manifest_dir).join("../target/contracts")
        },
        PathBuf::from,
    );
    let file = wasm_dir.join("RUSTC");
    println!("cargo::rerun-if-changed={}", file.display());
    let rustc = fs::read_to_string(&file).unwrap_or_else(|_| "unknown".into());
    println!("cargo::rustc-env=BALLAST_CONTRACTS_RUSTC={}", rustc.trim());
}
