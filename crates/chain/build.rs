//! Embeds contracts, so that programs need no files beside them: Ballast's own, and those that crates of
//! others ship in folders beside their source.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Built by `make contracts`, embedded as constants of these names.
const CONTRACTS: [(&str, &str); 6] = [
    ("ORACLE", "ballast_oracle.wasm"),
    ("VAULT", "ballast_vault.wasm"),
    ("FACTORY", "ballast_factory.wasm"),
    ("RECEIVER", "ballast_receiver.wasm"),
    ("LENS", "ballast_lens.wasm"),
    ("ADAPTER_COMET", "ballast_adapter_comet.wasm"),
];

/// In the source of crates that export them for tests only: constant, crate, file in it.
const SHIPPED: [(&str, &str, &str); 2] = [
    ("COMET", "blend-contract-sdk", "wasm/comet.wasm"),
    (
        "SEP_41_TOKEN",
        "sep-41-token",
        "src/testutils/mock_sep_41_token.wasm",
    ),
];

fn main() {
    println!("cargo::rerun-if-env-changed=BALLAST_WASM_DIR");
    let manifest_dir = path("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let out_dir = path("OUT_DIR").expect("cargo sets it");
    let wasm_dir =
        path("BALLAST_WASM_DIR").unwrap_or_else(|| manifest_dir.join("../../target/contracts"));

    let own = CONTRACTS.map(|(name, file)| {
        let path = wasm_dir.join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        (name, path, "run `make contracts` first")
    });
    embed(&own, &out_dir, "contracts.rs");

    println!("cargo::rerun-if-changed=build.rs");
    println!(
        "cargo::rerun-if-changed={}",
        manifest_dir.join("Cargo.toml").display()
    );
    let packages = packages(&manifest_dir);
    let shipped = SHIPPED.map(|(name, package, file)| {
        let folder = packages.iter().find(|(found, _)| found == package);
        let folder = folder.map(|(_, folder)| folder.clone()).unwrap_or_default();
        (name, folder.join(file), "does the crate still ship it?")
    });
    embed(&shipped, &out_dir, "shipped.rs");
}

/// Copies files and writes a module of constants with their bytes.
fn embed(files: &[(&str, PathBuf, &str)], out_dir: &Path, module: &str) {
    let mut source = String::new();
    for (name, path, advice) in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let wasm = fs::read(path).unwrap_or_else(|error| {
            println!("cargo::error={}: {error}; {advice}", path.display());
            Vec::new()
        });
        fs::write(out_dir.join(&*file), wasm).expect("the build directory is writable");
        source += &format!(
            "/// Code of `{file}`.\n\
             pub const {name}: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"));\n"
        );
    }
    fs::write(out_dir.join(module), source).expect("the build directory is writable");
}

/// Name and folder of every package that this one is built with, wherever cargo keeps them.
fn packages(manifest_dir: &Path) -> Vec<(String, PathBuf)> {
    // What is being built has been downloaded, so it mostly works offline; what other members of the
    // workspace need besides may not be there yet.
    let metadata = metadata(manifest_dir, true).or_else(|_| metadata(manifest_dir, false));
    let metadata = metadata.unwrap_or_else(|error| {
        println!("cargo::error=cargo metadata: {error}");
        serde_json::Value::Null
    });
    let package = |package: &serde_json::Value| {
        let name = package["name"].as_str()?.to_string();
        let manifest = Path::new(package["manifest_path"].as_str()?);
        Some((name, manifest.parent()?.to_path_buf()))
    };
    let packages = metadata["packages"].as_array();
    packages.map_or_else(Vec::new, |packages| {
        packages.iter().filter_map(package).collect()
    })
}

fn metadata(manifest_dir: &Path, offline: bool) -> Result<serde_json::Value, String> {
    let mut cargo = Command::new(path("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .arg("metadata")
        .args(["--format-version", "1", "--filter-platform"])
        .arg(env::var_os("TARGET").unwrap_or_default())
        .arg("--manifest-path")
        .arg(manifest_dir.join("Cargo.toml"));
    if offline {
        cargo.arg("--offline");
    }
    let output = cargo.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).replace('\n', " "));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn path(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from)
}
