#!/usr/bin/env bash
# Builds and tests the wallet page, web/.
#
#   bash scripts/web.sh build   type-checks and builds it to target/web/page, from where cargo embeds it into the
#                               program. With BALLAST_PAGE_CONFIG=config.json it is built for that network and any
#                               static host, to target/web/site
#   bash scripts/web.sh test    type-checks, and tests everything that needs no browser, some of it on a sandbox
#   bash scripts/web.sh e2e     tests the page in Chromium against target/release/ballast; what follows is for
#                               Playwright
#   bash scripts/web.sh node    prints the path of the Node that all this runs on
#
# Nothing is done that is done already, and no file is written anew whose content is the same. Node before 22.12
# only installs a newer one to target/node (scripts/node has its version). Where Node or npm is absent this says so
# and does nothing; where CI=true it fails. CHROMIUM names the browser, BALLAST_PROGRAM another `ballast`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
web=$root/web
built=$root/target/web

say() { printf 'web: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# Something that this machine does not have.
absent() {
    [ "${CI:-}" != true ] || die "$*"
    say "******** SKIPPED: $*"
    exit 0
}

# ---- What it needs -------------------------------------------------------------------------------

# Is the given Node at least this version?
is_at_least() {
    "$1" -e 'const [major, minor] = process.versions.node.split(".").map(Number);
        const [wantedMajor, wantedMinor] = process.argv[1].split(".").map(Number);
        process.exit(major > wantedMajor || (major === wantedMajor && minor >= wantedMinor) ? 0 : 1)' "$2" 2>/dev/null
}

# Sets `node`, and puts it first on PATH for npm.
setup_node() {
    local into=$root/target/node version
    command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 ||
        absent "the wallet page: Node (20 or newer) and npm are not installed"
    node=$(command -v node)
    if ! is_at_least "$node" 22.12; then
        version=$("$node" --version)
        is_at_least "$node" 20.0 || absent "the wallet page: Node $version is older than 20"
        mkdir -p "$into"
        if ! cmp -s "$root/scripts/node/package-lock.json" "$into/installed-lock.json"; then
            say "Node $version is older than 22.12: installing a newer one to target/node"
            cp "$root/scripts/node/package.json" "$root/scripts/node/package-lock.json" "$root/scripts/node/.npmrc" "$into/"
            (cd "$into" && npm ci --ignore-scripts) >&2 || die "npm ci failed"
            cp "$into/package-lock.json" "$into/installed-lock.json"
        fi
        node=$into/node_modules/.bin/node
        is_at_least "$node" 22.12 || absent "the wallet page: Node $version is older than 22.12, and there is no package of a newer one for this machine"
    fi
    PATH=$(dirname "$node"):$PATH
    export PATH
}

setup_packages() {
    local lock=$web/node_modules/.installed-lock.json
    # Who links to packages elsewhere looks after them.
    [ ! -L "$web/node_modules" ] || return 0
    if ! cmp -s "$web/package-lock.json" "$lock"; then
        say "installing packages to web/node_modules"
        # No package here needs a script of its own to be installed.
        (cd "$web" && npm ci --ignore-scripts) >&2 || die "npm ci failed"
        cp "$web/package-lock.json" "$lock"
    fi
}

# Names and contents of files and folders, as one number.
content() {
    "$node" "$web/scripts/content.mjs" "$@"
}

# Types of the contracts, their words and the core, from the wasm that was just built.
generate() {
    local made
    [ -f "$root/target/contracts/RUSTC" ] || die "no contracts in target/contracts: run 'make contracts' first"
    made=$(content "$root/target/contracts" "$root/tests/goldens" "$web/scripts/generate.mjs" "$web/package-lock.json")
    if [ "$(cat "$web/generated/.made" 2>/dev/null)" != "$made" ]; then
        (cd "$web" && "$node" scripts/generate.mjs) >&2 || die "no bindings of the contracts"
        printf '%s\n' "$made" >"$web/generated/.made"
    fi
}

setup() {
    setup_node
    setup_packages
    generate
}

check_types() {
    (cd "$web" && "$node" node_modules/typescript/bin/tsc --noEmit) || die "the types are wrong"
}

# Sets CHROMIUM.
setup_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium google-chrome google-chrome-stable chromium-browser; do
        if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
            CHROMIUM=$(command -v "$name")
            export CHROMIUM
            return
        fi
    done
    [ -z "${CHROMIUM:-}" ] || die "CHROMIUM is $CHROMIUM, which is no program"
    install_chromium || absent "tests of the wallet page in a browser: Chromium is not installed and cannot be (on Debian: apt-get install chromium; CHROMIUM=/path/to/it names another one)"
    CHROMIUM=$(command -v chromium)
    export CHROMIUM
}

install_chromium() {
    command -v apt-get >/dev/null 2>&1 || return 1
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        as_root=(sudo -n)
    fi
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    say "installing chromium with apt"
    # Old package lists name files that the archive no longer has: refresh them first.
    "${apt[@]}" update >&2 || say "apt-get update failed; going on with the package lists that are here"
    # Chromium does not depend on a font, and a page without one has no layout to test.
    "${apt[@]}" install -y --no-install-recommends chromium fonts-liberation >&2 || return 1
    command -v chromium >/dev/null 2>&1
}

# ---- The page ------------------------------------------------------------------------------------

build() {
    local out=$built/page config=${BALLAST_PAGE_CONFIG:-} made
    if [ -n "$config" ]; then
        [ -f "$config" ] || die "BALLAST_PAGE_CONFIG is $config, which is no file"
        config=$(cd "$(dirname "$config")" && pwd -P)/$(basename "$config")
        export BALLAST_PAGE_CONFIG=$config
        out=$built/site
    else
        unset BALLAST_PAGE_CONFIG
    fi
    setup
    made=$(content "$web" ${config:+"$config"} "$web/generated/.made")
    if [ -f "$out/index.html" ] && [ "$(cat "$out.made" 2>/dev/null)" = "$made" ]; then
        say "target/web/$(basename "$out") is built"
        return
    fi
    check_types
    (cd "$web" && "$node" node_modules/vite/bin/vite.js build --logLevel warn) || die "the page is not built"
    "$node" "$web/scripts/sizes.mjs" "$built/build"
    "$node" "$web/scripts/publish.mjs" "$built/build" "$out"
    printf '%s\n' "$made" >"$out.made"
    say "built target/web/$(basename "$out")"
}

# Tests start sandboxes.
need_program() {
    export BALLAST_PROGRAM=${BALLAST_PROGRAM:-$root/target/release/ballast}
    [ -x "$BALLAST_PROGRAM" ] || die "target/release/ballast is not built (make build)"
    export BALLAST_CONTRACTS=$root/target/contracts
}

unit_tests() {
    need_program
    setup
    check_types
    (cd "$web" && "$node" node_modules/vitest/vitest.mjs run --dir test "$@")
}

browser_tests() {
    need_program
    setup
    setup_chromium
    (cd "$web" && "$node" node_modules/@playwright/test/cli.js test "$@")
}

command=${1:-}
shift || true
case "$command" in
    build) build ;;
    test) unit_tests "$@" ;;
    e2e) browser_tests "$@" ;;
    node)
        setup_node
        printf '%s\n' "$node"
        ;;
    *) die "say what: build, test, e2e or node" ;;
esac
