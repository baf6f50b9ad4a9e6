# Sourced by the other scripts: finds a toolchain that builds for wasm32v1-none and says how to call it.
#
# Two kinds are known:
#   installed  the active rustc has the target (rustup target add, or a distribution that ships it);
#   debian     Debian's rustc-web, cargo-web and rust-web-src under /usr: the target's core and alloc
#              are compiled from source by cargo's build-std.
# BALLAST_WASM_TOOLCHAIN=installed|debian chooses one; otherwise the first that works is taken.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
wasm_target=wasm32v1-none
# rustup chooses the toolchain by the directory.
cd "$root"

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}

case "${BALLAST_WASM_TOOLCHAIN:-}" in
    "" | installed | debian) ;;
    *) die "BALLAST_WASM_TOOLCHAIN is '$BALLAST_WASM_TOOLCHAIN'; it may be 'installed' or 'debian'" ;;
esac

# "1.91" of the workspace's rust-version.
minimum_rustc() {
    sed -n 's/^rust-version *= *"\([0-9]*\.[0-9]*\).*/\1/p' "$root/Cargo.toml" | head -n 1
}

# "rustc 1.96.0" of the given compiler.
rustc_name() {
    "$1" --version | cut -d ' ' -f 1,2
}

# Is the given compiler at least as new as the workspace asks for?
recent_enough() {
    local minimum version
    minimum=$(minimum_rustc)
    # A rustup without a default toolchain answers with an error.
    version=$(rustc_name "$1" 2>/dev/null | sed -n 's/^rustc \([0-9]*\.[0-9]*\).*/\1/p')
    [ -n "$version" ] || return 1
    [ "${version%%.*}" -gt "${minimum%%.*}" ] ||
        { [ "${version%%.*}" -eq "${minimum%%.*}" ] && [ "${version#*.}" -ge "${minimum#*.}" ]; }
}

active_rustc() {
    command -v "${RUSTC:-rustc}" 2>/dev/null
}

# The linker for build-std's way: Debian's, or the one that rustup's toolchain carries.
debian_linker() {
    local name sysroot host
    for name in wasm-ld wasm-ld-22 wasm-ld-21 wasm-ld-20 wasm-ld-19 wasm-ld-18 wasm-ld-17 wasm-ld-16 wasm-ld-15 wasm-ld-14; do
        if [ -x "/usr/bin/$name" ]; then
            printf '%s\n' "/usr/bin/$name"
            return
        fi
    done
    active_rustc >/dev/null || return 1
    sysroot=$("$(active_rustc)" --print sysroot 2>/dev/null) || return 1
    host=$("$(active_rustc)" -vV | sed -n 's/^host: //p')
    [ -x "$sysroot/lib/rustlib/$host/bin/rust-lld" ] || return 1
    printf '%s\n' "$sysroot/lib/rustlib/$host/bin/rust-lld"
}

installed_ready() {
    local rustc
    command -v cargo >/dev/null 2>&1 || return 1
    rustc=$(active_rustc) || return 1
    recent_enough "$rustc" || return 1
    [ -d "$("$rustc" --print sysroot)/lib/rustlib/$wasm_target/lib" ]
}

debian_ready() {
    [ -x /usr/bin/cargo ] && [ -x /usr/bin/rustc ] || return 1
    recent_enough /usr/bin/rustc || return 1
    [ -f "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/core/src/lib.rs" ] || return 1
    debian_linker >/dev/null
}

# Prints the kind that will be used; fails when there is none.
find_wasm_toolchain() {
    case "${BALLAST_WASM_TOOLCHAIN:-}" in
        "")
            if installed_ready; then
                echo installed
            elif debian_ready; then
                echo debian
            else
                return 1
            fi
            ;;
        installed) installed_ready && echo installed ;;
        debian) debian_ready && echo debian ;;
    esac
}

# The packages of contracts.txt, one a line.
contract_packages() {
    sed -e 's/#.*//' "$root/scripts/contracts.txt" | awk 'NF { print $1 }'
}

# The file name that cargo gives a package's wasm.
wasm_file() {
    printf '%s.wasm\n' "${1//-/_}"
}
