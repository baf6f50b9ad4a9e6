//! Embeds Ballast's contracts, so that programs need no files beside them.

use std::{env, fs, path::PathBuf};

/// Built by `make contracts`, embedded as constants of these names.
const CONTRACTS: [(&str, &str); 6] = [
    ("ORACLE", "ballast_oracle.wasm"),
    ("VAULT", "ballast_vault.wasm"),
    ("FACTORY", "ballast_factory.wasm"),
    ("RECEIVER", "ballast_receiver.wasm"),
    ("LENS", "ballast_lens.wasm"),
    ("ADAPTER_COMET", "ballast_adapter_comet.wasm"),
];

fn main() {
    println!("cargo::rerun-if-env-changed=BALLAST_WASM_DIR");
    let variable = |name: &str| env::var_os(name).map(PathBuf::from);
    let manifest_dir = variable("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let out_dir = variable("OUT_DIR").expect("cargo sets it");
    let wasm_dir =
        variable("BALLAST_WASM_DIR").unwrap_or_else(|| manifest_dir.join("../../target/contracts"));

    let mut source = String::new();
    for (name, file) in CONTRACTS {
        let path = wasm_dir.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        let wasm = fs::read(&path).unwrap_or_else(|error| {
            println!("cargo::error={file}: {error}; run `make contracts` first");
            Vec::new()
        });
        fs::write(out_dir.join(file), wasm).expect("the build directory is writable");
        source += &format!(
            "/// Code of `{file}`.\n\
             pub const {name}: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"));\n"
        );
    }
    fs::write(out_dir.join("contracts.rs"), source).expect("the build directory is writable");
}
