#!/usr/bin/env bash
# Builds the contracts of contracts.txt for wasm32v1-none into target/contracts, prints their sizes and
# writes the compiler's version to target/contracts/RUSTC.
#
# The settings are given here and not in Cargo.toml, because one release profile cannot serve both
# contracts (size) and the host (speed). The build has a target directory of its own, target/wasm, so
# that it never invalidates the host's.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wasm-toolchain.sh"

bash "$root/scripts/setup-wasm.sh"
kind=$(find_wasm_toolchain)
out=$root/target/contracts
built=$root/target/wasm/$wasm_target/release

# What the caller's environment says about the host's builds must not reach the contracts: the same
# source and compiler give the same bytes.
while IFS= read -r name; do
    case "$name" in
        CARGO_PROFILE_* | CARGO_UNSTABLE_* | CARGO_TARGET_WASM32V1_NONE_* | RUSTC_BOOTSTRAP) unset "$name" ;;
        CARGO_BUILD_TARGET | CARGO_BUILD_TARGET_DIR | CARGO_BUILD_BUILD_DIR) unset "$name" ;;
        RUSTFLAGS | CARGO_ENCODED_RUSTFLAGS | CARGO_BUILD_RUSTFLAGS) unset "$name" ;;
    esac
done < <(compgen -e)

export CARGO_TARGET_DIR=$root/target/wasm
export CARGO_INCREMENTAL=0
export CARGO_PROFILE_RELEASE_OPT_LEVEL=z
export CARGO_PROFILE_RELEASE_LTO=true
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
export CARGO_PROFILE_RELEASE_PANIC=abort
export CARGO_PROFILE_RELEASE_STRIP=symbols
export CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true
export CARGO_PROFILE_RELEASE_DEBUG=0
export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=false

if [ "$kind" = debian ]; then
    # Before RUSTC changes: the linker may be the active toolchain's.
    CARGO_TARGET_WASM32V1_NONE_LINKER=$(debian_linker)
    export CARGO_TARGET_WASM32V1_NONE_LINKER
    # RUSTC_BOOTSTRAP opens the unstable build-std of a stable toolchain. PATH comes first for the
    # tools that cargo looks up by name.
    export PATH=/usr/bin:$PATH
    export RUSTC=/usr/bin/rustc
    export RUSTC_BOOTSTRAP=1
    export CARGO_UNSTABLE_BUILD_STD=core,alloc
    cargo=/usr/bin/cargo
    rustc=/usr/bin/rustc
else
    cargo=cargo
    rustc=$(active_rustc)
fi

# Panic messages carry source paths: replace the machine's by fixed names. The separator of the encoded
# flags allows spaces in paths.
sysroot=$("$rustc" --print sysroot)
cargo_home=${CARGO_HOME:-$HOME/.cargo}
# The linker leaves five bytes for every reference, unless it is told to compress them: 4.6 KB of the
# vault.
flags="-Clink-arg=--compress-relocations"$'\x1f'"--remap-path-prefix=$root=/ballast"$'\x1f'"--remap-path-prefix=$cargo_home=/cargo"$'\x1f'"--remap-path-prefix=$sysroot=/rustc"

# A megabyte of stack, the default, is a megabyte of memory to pay for at every instantiation. The page's
# core, which is no contract and pays for nothing, holds plans of many steps.
stack_bytes() {
    case "$1" in
        ballast-core-wasm) echo 262144 ;;
        *) echo 65536 ;;
    esac
}

packages=()
while IFS= read -r package; do
    packages+=("$package")
done < <(contract_packages)
mkdir -p "$out"

failed=()
for package in "${packages[@]}"; do
    file=$(wasm_file "$package")
    export CARGO_ENCODED_RUSTFLAGS="-Clink-arg=-zstack-size=$(stack_bytes "$package")"$'\x1f'"$flags"
    # One package at a time, as a cdylib only: cargo does no link-time optimisation for a library that
    # is built as an rlib too, which makes contracts up to three times as large.
    if ! "$cargo" rustc --release --lib --crate-type cdylib --target "$wasm_target" --package "$package"; then
        failed+=("$package")
    elif ! cmp -s "$built/$file" "$out/$file"; then
        # A new file only where the bytes differ, and in one step: whoever reads or embeds it is
        # neither rebuilt for nothing nor shown half a file.
        cp "$built/$file" "$out/.$file.new"
        mv -f "$out/.$file.new" "$out/$file"
    fi
done
[ "${#failed[@]}" -eq 0 ] || die "not built: ${failed[*]} (the compiler's messages are above)"

rustc_name "$rustc" >"$out/RUSTC"
bash "$root/scripts/check-sizes.sh"
