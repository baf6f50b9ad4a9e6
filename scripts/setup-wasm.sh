#!/usr/bin/env bash
# Makes a toolchain available that builds contracts for wasm32v1-none. Does nothing when there is one.
#
# Tried in this order: the active rustc's own target, Debian's packages if they are already installed,
# `rustup target add`, and, where rustup's server cannot be reached, apt on Debian.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wasm-toolchain.sh"

announce() {
    local rustc=/usr/bin/rustc
    [ "$1" = debian ] || rustc=$(active_rustc)
    say "wasm toolchain: $(rustc_name "$rustc") ($1)"
}

if kind=$(find_wasm_toolchain); then
    announce "$kind"
    exit
fi

wanted=${BALLAST_WASM_TOOLCHAIN:-any}

# Runs a command for at most the given number of seconds, where `timeout` exists (macOS has none).
limited() {
    local seconds=$1
    shift
    if command -v timeout >/dev/null 2>&1; then
        timeout "$seconds" "$@"
    else
        "$@"
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

add_with_rustup() {
    command -v rustup >/dev/null 2>&1 || return 1
    say "adding $wasm_target with rustup"
    limited 120 rustup target add "$wasm_target" >&2 && installed_ready
}

add_with_apt() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" -ne 0 ] && ! sudo -n true 2>/dev/null; then
        say "apt-get is here, but neither root nor sudo without a password"
        return 1
    fi
    local packages=(rustc-web cargo-web rust-web-src)
    debian_linker >/dev/null || packages+=(lld)
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    say "installing ${packages[*]} with apt"
    # Old package lists name files that the archive no longer has: refresh them first.
    as_root "${apt[@]}" update >&2 || say "apt-get update failed; going on with the package lists that are here"
    as_root "${apt[@]}" install -y --no-install-recommends "${packages[@]}" >&2 || return 1
    debian_ready
}

if [ "$wanted" != debian ] && add_with_rustup; then
    announce installed
elif [ "$wanted" != installed ] && add_with_apt; then
    announce debian
else
    say "error: no toolchain that builds for $wasm_target. One of these is needed (rustc $(minimum_rustc) or newer):"
    say "  rustup:       rustup update && rustup target add $wasm_target"
    say "  Debian, root: apt-get update && apt-get install rustc-web cargo-web rust-web-src lld"
    say "                (rustc-web of $(minimum_rustc) or newer comes from the distribution's security archive)"
    exit 1
fi
