# Sourced: finds cargo-mutants, the pinned version, and installs it into target/tools where it is missing.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cargo_mutants_version=27.1.0
cargo_mutants=$root/target/tools/bin/cargo-mutants

if ! "$cargo_mutants" mutants --version 2>/dev/null | grep -qF " $cargo_mutants_version"; then
    cargo install cargo-mutants --version "$cargo_mutants_version" --locked --quiet \
        --root "$root/target/tools" --target-dir "$root/target/tools/build"
    rm -rf "$root/target/tools/build"
fi
