# Every target works from a fresh clone: it sets up what it needs and builds what it runs.
#
# The host has one profile (release) and one target directory, and is always selected with
# --workspace: the same features everywhere, so the Soroban host is compiled once for the program, the
# tests and the bench. (`cargo run -p ballast-bench` would compile it again.)
#
# CARGO_HOME is honoured. CARGO_TARGET_DIR is not: the contracts are looked for in target/contracts.
# BALLAST_WASM_TOOLCHAIN=installed|debian chooses the contracts' compiler (see scripts/wasm-toolchain.sh).

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup contracts page build demo test clients web-test test-long attacks policy-study bench bench-check bench-sandbox bench-crowd bench-keeper keeper-soak sandbox goldens goldens-check fuzz fuzz-check prove mutants fmt fmt-check lint doc sizes clean

override CARGO_TARGET_DIR := $(CURDIR)/target
export CARGO_TARGET_DIR
export CARGO_INCREMENTAL := 0
# A default target would move the programs out of target/release.
unexport CARGO_BUILD_TARGET

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Make the wasm toolchain available (nothing to do when it is)
	@bash scripts/setup-wasm.sh

contracts: ## Build the contracts to target/contracts/*.wasm
	@bash scripts/build-contracts.sh

# CONFIG is only heeded on the command line: an environment may have one for something else.
page: contracts ## Build the wallet page (target/web/page); CONFIG=config.json: for that network and static hosts (target/web/site)
	@BALLAST_PAGE_CONFIG="$(if $(filter command,$(origin CONFIG)),$(CONFIG))" bash scripts/web.sh build

# The page comes before everything that cargo compiles, which embeds it.
build: contracts page ## Build the contracts and the programs (target/release/ballast)
	cargo build --release --workspace --bins

demo: build ## Play a borrower, a keeper and a liquidator through the crash of 2025-10-10 on a sandbox; replay and draw it
	target/release/ballast demo --picture target/demo-keeper.svg
	@echo
	@echo "The same crash, replayed: a vault beside an identical borrower without one"
	target/release/ballast replay --picture target/demo.svg --json target/demo.json
	@echo
	@echo "pictures: target/demo-keeper.svg, target/demo.svg"
	@echo "figures: target/demo.json"

test: contracts page ## Run every test, on the built contracts
	cargo test --release --workspace
	@$(MAKE) --no-print-directory clients
	@$(MAKE) --no-print-directory web-test

sandbox: build ## Start a Stellar network with the default scenario and the wallet page on port 8000 (target/sandbox.json)
	target/release/ballast sandbox --output target/sandbox.json $(SANDBOX_FLAGS)

clients: build ## Walk through the sandbox with the JavaScript and Python SDKs and the stellar tool
	@bash scripts/clients.sh

web-test: build ## Test the wallet page: its pure parts, and in Chromium on a sandbox
	@bash scripts/web.sh test
	@bash scripts/web.sh e2e

test-long: export BALLAST_SEQUENCES ?= 25000
test-long: contracts ## Play a million random actions against the promises (make test plays 2,560)
	cargo test --release --workspace --test machine -- --nocapture

attacks: build ## Search for the most that an attacker gains when a price feed lies (half an hour at 300 trials a cell)
	target/release/ballast-attacks --json target/attacks.json --markdown target/attacks.md

policy-study: build ## Make every figure of docs/policy.md from the prices in BALLAST_DATA (half an hour)
	bash scripts/policy-study/run.sh

bench: build ## Measure the cost of every call (bench/costs.json), then the sandbox (target/bench-sandbox.json)
	target/release/ballast-bench
	@$(MAKE) --no-print-directory bench-sandbox

bench-check: build ## Measure again and fail when a figure grew by more than 2% over bench/costs.json
	target/release/ballast-bench --check bench/costs.json

bench-sandbox: build ## Measure the sandbox: start, applied per second, simulation, memory; write target/bench-sandbox.json
	target/release/ballast-bench-sandbox

bench-crowd: build ## Race a keeper of 2,000 vaults in a crash against a liquidator, by order of service (target/bench-crowd.json, .md)
	target/release/ballast-bench-crowd

bench-keeper: build ## Measure the keeper: the book of a million vaults; from a price to the first transaction with 1,000 vaults
	target/release/ballast keeper bench --vaults 1000000
	BALLAST_VAULTS=1000 cargo test --release --workspace --test latency -- --ignored --nocapture

keeper-soak: contracts ## Run a keeper for a simulated day (BALLAST_SOAK_HOURS): memory, files and channels must not grow
	cargo test --release --workspace --test keeper_soak -- --ignored --nocapture

goldens: contracts ## Rewrite tests/goldens (errors, events, storage schema)
	BALLAST_UPDATE_GOLDENS=1 cargo test --release --workspace --test ballast goldens

goldens-check: goldens ## Rewrite tests/goldens and fail when that differs from what is committed
	@bash scripts/check-goldens.sh

fuzz: contracts ## Fuzz every target for FUZZ_SECONDS (30); see scripts/fuzz.sh
	@bash scripts/fuzz.sh

fuzz-check: contracts ## Check that the fuzz targets compile; warnings are errors
	@cp Cargo.lock fuzz/Cargo.lock
	cargo clippy --release --manifest-path fuzz/Cargo.toml --lib --bins -- -D warnings

prove: ## Prove the arithmetic's promises for all values (z3); check that the proofs' formulas are the code's
	@bash scripts/proofs/run.sh

mutants: ## Mutation tests of contracts/core (half an hour on one core)
	@bash scripts/mutants.sh

fmt: ## Format the source
	cargo fmt --all
	cargo fmt --manifest-path fuzz/Cargo.toml

fmt-check: ## Fail when the source is not formatted
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check

lint: ## Run clippy; warnings are errors
	cargo clippy --release --workspace --all-targets -- -D warnings

doc: ## Build the documentation; warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

sizes: contracts ## Build the contracts, print their sizes and fail when one is above its limit

clean: ## Remove everything that was built
	rm -rf target web/generated web/node_modules
