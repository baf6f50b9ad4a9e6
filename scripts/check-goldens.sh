#!/usr/bin/env bash
# Fails when tests/goldens differs from the commit: a changed, new or missing file.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wasm-toolchain.sh"

[ -n "$(git ls-files -- tests/goldens)" ] || die "no goldens are committed in tests/goldens"
changes=$(git status --porcelain --untracked-files=all -- tests/goldens)
if [ -n "$changes" ]; then
    git --no-pager diff -- tests/goldens
    say "$changes"
    die "tests/goldens differs from the commit: run 'make goldens', read the difference and commit it if it is meant"
fi
