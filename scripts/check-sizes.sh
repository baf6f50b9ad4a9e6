#!/usr/bin/env bash
# Prints the size of each built contract beside its limit in contracts.txt; fails when one is larger.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wasm-toolchain.sh"

out=$root/target/contracts
[ -f "$out/RUSTC" ] || die "no contracts in target/contracts: run 'make contracts' first"

printf '%-24s %8s %8s   %s\n' contract bytes limit "$(cat "$out/RUSTC")"
too_large=()
while read -r package limit; do
    file=$out/$(wasm_file "$package")
    [ -f "$file" ] || die "$(wasm_file "$package") is missing: run 'make contracts' first"
    bytes=$(wc -c <"$file" | tr -d ' ')
    printf '%-24s %8d %8d\n' "$package" "$bytes" "$limit"
    [ "$bytes" -le "$limit" ] || too_large+=("$package")
done < <(sed -e 's/#.*//' "$root/scripts/contracts.txt" | awk 'NF')
[ "${#too_large[@]}" -eq 0 ] || die "larger than the limit in scripts/contracts.txt: ${too_large[*]}"
