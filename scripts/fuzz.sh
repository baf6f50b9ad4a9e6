#!/usr/bin/env bash
# Builds the fuzz targets and runs each for a while; fails when one finds something.
#
#   FUZZ_TARGETS    targets to run (default: all)
#   FUZZ_SECONDS    how long each runs (default: 30)
#   FUZZ_SANITIZER  address or none (default: address where the compiler has its runtime; it is what
#                   the host's own unsafe code is watched with, Ballast has none)
#
# cargo-fuzz is installed under target/. No nightly toolchain is needed: what instrumentation needs of
# the compiler's unstable options, RUSTC_BOOTSTRAP opens in a stable one.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

version=0.13.2
tools=$root/target/tools
seconds=${FUZZ_SECONDS:-30}

say() {
    printf 'fuzz: %s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

command -v cargo >/dev/null 2>&1 || die "cargo is not installed"
command -v c++ >/dev/null 2>&1 || die "no C++ compiler: libFuzzer is built from source (Debian: apt-get install g++)"

export PATH=$tools/bin:$PATH
unset CARGO_TARGET_DIR CARGO_BUILD_TARGET
if [ "$(cargo-fuzz --version 2>/dev/null)" != "cargo-fuzz $version" ]; then
    say "installing cargo-fuzz $version to target/tools"
    cargo install cargo-fuzz --version "$version" --locked --root "$tools" --target-dir "$tools/build" ||
        die "cargo-fuzz $version cannot be installed: is the registry reachable?"
    rm -rf "$tools/build"
fi

sysroot=$(rustc --print sysroot)
sanitizer=${FUZZ_SANITIZER:-}
if [ -z "$sanitizer" ]; then
    sanitizer=none
    if compgen -G "$sysroot/lib/rustlib/*/lib/librustc*rt.asan.a" >/dev/null; then
        sanitizer=address
    else
        say "this compiler has no runtime of the address sanitizer: running without"
    fi
fi
case "$(rustc --version)" in
    *nightly* | *dev*) ;;
    *) export RUSTC_BOOTSTRAP=1 ;;
esac
say "$(rustc --version), sanitizer: $sanitizer"

if [ -n "${FUZZ_TARGETS:-}" ]; then
    read -ra targets <<<"$FUZZ_TARGETS"
else
    mapfile -t targets < <(cargo-fuzz list)
fi
# The same versions of everything as the rest of the repository; cargo adds what is fuzzing's alone.
cp Cargo.lock fuzz/Cargo.lock

found=()
for target in "${targets[@]}"; do
    options=(--target-dir "$root/target/fuzz" --sanitizer "$sanitizer")
    case "$target" in
        # The arithmetic alone: no need to build the Soroban host with instrumentation.
        check_step | plan_step) options+=(--no-default-features) ;;
        # What is served, without the harness of the other tests.
        rpc | envelope) options+=(--no-default-features --features sandbox) ;;
    esac
    cargo-fuzz build "${options[@]}" "$target" ||
        die "$target does not build (the compiler's messages are above)"
    say "$target for $seconds s"
    mkdir -p "fuzz/corpus/$target"
    # Lengths are not held back: a case is read from hundreds of bytes.
    cargo-fuzz run "${options[@]}" "$target" -- -max_total_time="$seconds" -timeout=20 \
        -max_len=2048 -len_control=0 -print_final_stats=1 || found+=("$target")
done
[ "${#found[@]}" -eq 0 ] || die "failed: ${found[*]} (inputs in fuzz/artifacts)"
say "nothing found in ${#targets[@]} targets, $seconds s each"
