#!/usr/bin/env bash
# Fails when a program would be built with the SDK's or the host's `testutils`: they switch off what a
# network enforces, and the chain must hold without them. Features of a workspace add up, so it is looked
# at as a whole, the way it is built, and at each program alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check() {
    local tree
    tree=$(cargo tree --locked --edges features,normal,build "$@")
    if grep -n 'testutils' <<<"$tree" >&2; then
        printf 'testutils is in the features of: cargo tree %s\n' "$*" >&2
        exit 1
    fi
}

check --workspace
for program in ballast-cli ballast-bench ballast-attacks; do
    check --package "$program"
done
printf 'no testutils in any program\n'
