#!/usr/bin/env bash
# Mutation tests of contracts/core: cargo-mutants changes the code in one place, and the crate's own tests
# must notice. Arguments are handed on to cargo-mutants (--file, --re, --shard ..).
#
# Two passes, because one of the tests takes ten times as long as all others: first every mutant without
# it, then the mutants that were missed, with every test. The results are in target/mutants/core.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/mutants-tool.sh"
cd "$root"

out=$root/target/mutants/core
rm -rf "$out"
mkdir -p "$out"

# Compiling costs more than testing here. Failing property tests need not be made small.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1
export CARGO_INCREMENTAL=1
export PROPTEST_MAX_SHRINK_ITERS=0
unset CARGO_TARGET_DIR

run() {
    "$cargo_mutants" mutants --package ballast-core --profile release --jobs 1 --no-shuffle \
        --build-timeout 300 --output "$out" --colors never --no-times "$@"
}

# Missed mutants are 2 for cargo-mutants, timeouts 3: neither is the end here.
passed() {
    local status=0
    "$@" || status=$?
    case "$status" in
        0 | 2 | 3) ;;
        *) exit "$status" ;;
    esac
}

passed run --timeout 20 "$@" -- -- --skip completeness
passed run --timeout 120 --iterate "$@" -- -- completeness
printf 'missed:\n'
cat "$out/mutants.out/missed.txt"
