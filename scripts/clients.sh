#!/usr/bin/env bash
# Walks through the sandbox with clients that others wrote: the JavaScript and the Python SDK and the `stellar`
# command-line tool. With names as arguments only those: `bash scripts/clients.sh python`.
#
# Each walk has a sandbox of its own, on a free port, so that the three run side by side. What they need is
# installed into target/clients, pinned by clients/*. A client that cannot run here (no Node, no Python venv) is
# skipped with a message, and is an error where CI=true; the `stellar` tool, which nobody can install in
# reasonable time, is skipped everywhere where it is absent. BALLAST_STELLAR names it, BALLAST_PROGRAM another
# `ballast` than target/release/ballast.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=$root/target/clients
program=${BALLAST_PROGRAM:-$root/target/release/ballast}
export BALLAST_CONTRACTS=$root/target/contracts
export PYTHONDONTWRITEBYTECODE=1

die() {
    printf 'clients: %s\n' "$*" >&2
    exit 1
}

# A client that cannot run on this machine.
absent() {
    [ "${CI:-}" != true ] || die "$*"
    skip "$*"
}

skip() {
    printf 'clients: ******** SKIPPED: %s\n' "$*" >&2
    exit 0
}

[ -x "$program" ] || die "target/release/ballast is not built (make build)"

# ---- What each client needs ----------------------------------------------------------------------

setup_javascript() {
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || absent "JavaScript: Node and npm are not installed"
    [ "$(node -p 'process.versions.node.split(".")[0] >= 20')" = true ] || absent "JavaScript: Node $(node --version) is older than 20"
    local into=$home/javascript source=$root/clients/javascript name
    mkdir -p "$into"
    rm -rf "$into/walk"
    cp -R "$source/walk" "$source/package.json" "$source/package-lock.json" "$source/.npmrc" "$into/"
    cd "$into"
    if ! cmp -s package-lock.json installed-lock.json; then
        npm ci || die "npm ci failed"
        cp package-lock.json installed-lock.json
    fi
    # Bindings are made from the wasm that was just built. SDK 17.2.0 writes the names of error enums where
    # types belong, so its output is transpiled without checking types.
    if [ ! -e bindings/made ] || [ -n "$(find "$BALLAST_CONTRACTS" -name '*.wasm' -newer bindings/made)" ]; then
        for name in factory lens vault; do
            node node_modules/@stellar/stellar-sdk/bin/stellar-js generate --overwrite --contract-name "$name" \
                --wasm "$BALLAST_CONTRACTS/ballast_$name.wasm" --output-dir "bindings/$name" >"bindings-$name.log" 2>&1 ||
                { cat "bindings-$name.log" >&2; die "no bindings for $name"; }
            node node_modules/typescript/bin/tsc --noCheck --project "bindings/$name"
        done
        touch bindings/made
    fi
}

walk_javascript() {
    cd "$home/javascript"
    node --test --test-reporter=spec walk/all.test.mjs
}

setup_python() {
    local python=${PYTHON:-python3} into=$home/python
    command -v "$python" >/dev/null 2>&1 || absent "Python: $python is not installed"
    cmp -s "$root/clients/python/requirements.txt" "$into/installed.txt" && return
    rm -rf "$into"
    mkdir -p "$into"
    if "$python" -c 'import ensurepip, venv' 2>/dev/null && "$python" -m venv "$into/venv"; then
        "$into/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/clients/python/requirements.txt" ||
            die "pip failed"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --target "$into/packages" \
            -r "$root/clients/python/requirements.txt" || die "pip failed"
    else
        absent "Python: neither venv nor pip is installed (on Debian: apt-get install python3-venv)"
    fi
    cp "$root/clients/python/requirements.txt" "$into/installed.txt"
}

walk_python() {
    local python=$home/python/venv/bin/python
    if [ ! -x "$python" ]; then
        python=${PYTHON:-python3}
        export PYTHONPATH=$home/python/packages
    fi
    "$python" "$root/clients/python/walk.py"
}

setup_cli() {
    local python=${PYTHON:-python3} packed
    command -v "$python" >/dev/null 2>&1 || absent "stellar: $python, which runs the walk, is not installed"
    mkdir -p "$home/cli"
    if [ -z "${BALLAST_STELLAR:-}" ]; then
        for packed in "$root"/../shared/tools/stellar-*-"$(uname -m)"-linux.xz; do
            [ -e "$packed" ] || break
            [ "$home/cli/stellar" -nt "$packed" ] || { xz -dc "$packed" >"$home/cli/stellar" && chmod +x "$home/cli/stellar"; }
            BALLAST_STELLAR=$home/cli/stellar
        done
        [ -n "${BALLAST_STELLAR:-}" ] || BALLAST_STELLAR=$(command -v stellar) ||
            skip "stellar: the command-line tool is not here; BALLAST_STELLAR=/path/to/stellar names it"
    fi
    "$BALLAST_STELLAR" --version >/dev/null 2>&1 || skip "stellar: $BALLAST_STELLAR does not run (it needs libdbus-1)"
    printf '%s\n' "$BALLAST_STELLAR" >"$home/cli/tool"
}

walk_cli() {
    BALLAST_STELLAR=$(cat "$home/cli/tool")
    export BALLAST_STELLAR BALLAST_STELLAR_HOME=$home/cli/home
    rm -rf "$BALLAST_STELLAR_HOME"
    mkdir -p "$BALLAST_STELLAR_HOME"
    "${PYTHON:-python3}" "$root/clients/cli/walk.py"
}

# ---- A walk: a sandbox, and the client ---------------------------------------------------------------

# Waits until the sandbox has written its file, which it does when it serves.
await_sandbox() {
    local file=$1 process=$2 attempts=300
    while [ ! -s "$file" ]; do
        kill -0 "$process" 2>/dev/null || return 1
        [ $((attempts -= 1)) -gt 0 ] || return 1
        sleep 0.1
    done
}

run() {
    local name=$1 folder=$home/sandbox-$1 status=0
    (setup_"$name" && touch "$folder/ready") || return 1
    [ -e "$folder/ready" ] || return 0
    export BALLAST_SANDBOX=$folder/sandbox.json
    (cd "$folder" && exec "$program" sandbox --port 0 --ledger-ms 100 --scenario default) >"$folder/sandbox.log" 2>&1 &
    process=$!
    # In a shell of its own, so that the trap is this sandbox's alone.
    trap 'kill "$process" 2>/dev/null || true' EXIT
    if await_sandbox "$BALLAST_SANDBOX" "$process"; then
        (walk_"$name") || status=1
        kill -0 "$process" 2>/dev/null || { printf 'clients: the sandbox of %s died\n' "$name" >&2; status=1; }
    else
        printf 'clients: the sandbox of %s did not start\n' "$name" >&2
        status=1
    fi
    [ "$status" -eq 0 ] || tail -n 5 "$folder/sandbox.log" >&2
    return "$status"
}

clients=("$@")
[ "${#clients[@]}" -gt 0 ] || clients=(javascript python cli)
processes=()
for name in "${clients[@]}"; do
    declare -F "walk_$name" >/dev/null || die "there is no client $name (javascript, python, cli)"
    rm -rf "$home/sandbox-$name"
    mkdir -p "$home/sandbox-$name"
    (run "$name") >"$home/sandbox-$name/walk.log" 2>&1 &
    processes+=($!)
done
failed=()
for index in "${!clients[@]}"; do
    name=${clients[$index]}
    wait "${processes[$index]}" || failed+=("$name")
    printf '\n--- %s\n' "$name"
    cat "$home/sandbox-$name/walk.log"
done
[ "${#failed[@]}" -eq 0 ] || die "failed: ${failed[*]}"
printf '\nclients: done (%d s)\n' "$SECONDS"
