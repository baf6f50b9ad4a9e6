#!/usr/bin/env python3
"""Mutation tests of the vault's contract code, on wasm.

cargo-mutants runs what it changes natively; here contracts are only ever tested as wasm. So this takes its list of
mutants, and for each one builds the contracts again and runs the tests of the system (tests/) on them, until one
fails. The test program is compiled once: it embeds the contracts, each padded to a fixed length by a custom section,
and a mutant's bytes are put in their place.

    scripts/mutants-vault.py [--file contracts/vault/src/step.rs ..] [--re REGEX] [--skip REGEX] [--limit N] [--quick] [--again]

Without --file: the vault's checks and what it reads. Results: target/mutants/vault/outcomes.json, which a later run
continues. A mutant is `caught`, `missed`, `unviable` (does not compile) or a `timeout` (caught by it).
Needs `make contracts` to have been run, and cargo-mutants as scripts/mutants.sh installs it.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "target/mutants/vault"
SOURCE = HOME / "source"
OUTCOMES = HOME / "outcomes.json"
PROGRAM = HOME / "tests"
UNCHANGED = HOME / "tests-unchanged"
TOOL = ROOT / "target/tools/bin/cargo-mutants"
FILES = [
    "contracts/vault/src/step.rs",
    "contracts/vault/src/owner.rs",
    "contracts/vault/src/pool.rs",
    "contracts/vault/src/assets.rs",
    "contracts/snapshot/src/*.rs",
]
# Every contract that a mutant may change, and the length that it is padded to.
CONTRACTS = {"ballast_vault": 81_920, "ballast_lens": 81_920}
TIMEOUT_SECONDS = 900
# Tests of many states, which take longer than all others together: only for mutants that those miss.
SLOW = ["rescue::rescue_", "quotes::", "health_against_pool::"]


def run(command, cwd=ROOT, **settings):
    return subprocess.run(command, cwd=cwd, text=True, **settings)


def leb128(value):
    """An unsigned number in five bytes, whatever its size, so that the padding's length is easy."""
    encoded = [(value >> shift) & 0x7F for shift in (0, 7, 14, 21, 28)]
    return bytes([part | 0x80 for part in encoded[:4]] + [encoded[4]])


def padded(wasm, length):
    """The module with a custom section at its end that fills it up."""
    name = b"padding"
    head = 1 + 5 + 1 + len(name)
    content = length - len(wasm) - head
    if content < 0:
        raise SystemExit(f"a contract of {len(wasm)} bytes does not fit {length}")
    return wasm + b"\0" + leb128(1 + len(name) + content) + bytes([len(name)]) + name + bytes(content)


def contract(directory, name):
    return padded((directory / f"{name}.wasm").read_bytes(), CONTRACTS[name])


def embed(program, places, code):
    for place in places:
        program[place:place + len(code)] = code


def prepare():
    """The test program on padded contracts, and a copy of the source to change."""
    wasm = HOME / "wasm"
    shutil.rmtree(wasm, ignore_errors=True)
    shutil.copytree(ROOT / "target/contracts", wasm)
    for name in CONTRACTS:
        (wasm / f"{name}.wasm").write_bytes(contract(ROOT / "target/contracts", name))
    environment = {**os.environ, "BALLAST_WASM_DIR": str(wasm), "CARGO_INCREMENTAL": "0"}
    built = run(
        ["cargo", "test", "--release", "--workspace", "--test", "ballast", "--no-run", "--message-format", "json"],
        env=environment, stdout=subprocess.PIPE, check=True,
    )
    programs = [
        json.loads(line).get("executable")
        for line in built.stdout.splitlines()
        if line.startswith("{") and '"name":"ballast"' in line and '"kind":["test"]' in line
    ]
    shutil.copy2([path for path in programs if path][-1], UNCHANGED)
    shutil.rmtree(SOURCE, ignore_errors=True)
    listed = run(["git", "ls-files"], stdout=subprocess.PIPE, check=True).stdout.split("\n")
    for path in filter(None, listed):
        (SOURCE / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, SOURCE / path)
    # Dependencies that are already built.
    run(["cp", "-a", str(ROOT / "target/wasm"), str(HOME / "built")], check=True) if not (HOME / "built").exists() else None
    (SOURCE / "target").mkdir()
    (SOURCE / "target/wasm").symlink_to(HOME / "built")


def load():
    """The prepared test program, and where it has the contracts."""
    program = bytearray(UNCHANGED.read_bytes())
    places = {}
    for name in CONTRACTS:
        original = (HOME / "wasm" / f"{name}.wasm").read_bytes()
        # A constant may be embedded several times.
        places[name] = [found.start() for found in re.finditer(re.escape(original), program)]
        if not places[name]:
            raise SystemExit(f"{name} is not embedded")
    return program, places


def build(contracts):
    """Builds these contracts of the copy. Returns whether they compile."""
    limits = SOURCE / "scripts/contracts.txt"
    limits.write_text("".join(f"{name.replace('_', '-')} 131072\n" for name in contracts))
    built = run(["bash", "scripts/build-contracts.sh"], cwd=SOURCE, capture_output=True)
    return built.returncode == 0


def test(program, places, contracts, quick=False):
    """Runs the tests on the copy's contracts: `caught`, `missed` or `timeout`, and the test that failed."""
    for name in contracts:
        embed(program, places[name], contract(SOURCE / "target/contracts", name))
    PROGRAM.write_bytes(program)
    PROGRAM.chmod(0o755)
    environment = {
        **os.environ,
        "PROPTEST_MAX_SHRINK_ITERS": "0",
        # Stops at the first failure: an option of the test harness that is not stable yet.
        "RUSTC_BOOTSTRAP": "1",
    }
    slow = [part for name in SLOW for part in ("--skip", name)]
    for chosen in (slow,) if quick else (slow, SLOW):
        command = [str(PROGRAM), "-Z", "unstable-options", "--fail-fast", "--test-threads", "1", *chosen]
        try:
            tested = run(command, cwd=ROOT / "tests", env=environment, capture_output=True, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            return "timeout", None
        if tested.returncode != 0:
            failed = re.findall(r"^test (\S+) \.\.\. FAILED$", tested.stdout, re.MULTILINE)
            return "caught", failed[0] if failed else f"exit code {tested.returncode}"
    return "missed", None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", action="append")
    parser.add_argument("--re", default="")
    parser.add_argument("--skip", default="$^")
    parser.add_argument("--limit", type=int, default=10**6)
    parser.add_argument("--quick", action="store_true", help="leave out the slow tests; run again for what is missed")
    parser.add_argument("--again", action="store_true", help="use what the last run prepared")
    chosen = parser.parse_args()

    HOME.mkdir(parents=True, exist_ok=True)
    outcomes = json.loads(OUTCOMES.read_text()) if OUTCOMES.exists() else {}
    if not chosen.again:
        prepare()
    program, places = load()
    if not chosen.again:
        if not build(CONTRACTS):
            raise SystemExit("the unchanged contracts do not build")
        started = time.monotonic()
        verdict, detail = test(program, places, CONTRACTS)
        print(f"unchanged: {verdict} {detail or ''} ({time.monotonic() - started:.0f} s)", flush=True)
        if verdict != "missed":
            raise SystemExit("the unchanged contracts do not pass")

    listing = [str(TOOL), "mutants", "--list", "--json", "--diff"]
    for file in chosen.file or FILES:
        listing += ["--file", file]
    # Of the copy: the tree may have moved on since.
    mutants = json.loads(run(listing, cwd=SOURCE, stdout=subprocess.PIPE, check=True).stdout)
    mutants = [m for m in mutants if re.search(chosen.re, m["name"]) and not re.search(chosen.skip, m["name"])]

    left = [m for m in mutants if outcomes.get(m["name"], {}).get("verdict") not in ("caught", "unviable", "timeout")]
    for mutant in left[: chosen.limit]:
        started = time.monotonic()
        file = SOURCE / mutant["file"]
        original = file.read_text()
        run(["patch", "--quiet", "-p0", mutant["file"]], cwd=SOURCE, input=mutant["diff"], check=True)
        # The lens reads by the same code as the vault.
        contracts = list(CONTRACTS) if "snapshot" in mutant["file"] else ["ballast_vault"]
        try:
            verdict, detail = ("unviable", None)
            if build(contracts):
                verdict, detail = test(program, places, contracts, chosen.quick)
        finally:
            file.write_text(original)
        if contracts != ["ballast_vault"]:
            embed(program, places["ballast_lens"], (HOME / "wasm/ballast_lens.wasm").read_bytes())
        outcomes[mutant["name"]] = {"verdict": verdict, "by": detail}
        OUTCOMES.write_text(json.dumps(outcomes, indent=1))
        print(f"{verdict:<8} {mutant['name']} [{detail or ''}] ({time.monotonic() - started:.0f} s)", flush=True)

    counts = {}
    for mutant in mutants:
        verdict = outcomes.get(mutant["name"], {}).get("verdict", "not run")
        counts[verdict] = counts.get(verdict, 0) + 1
    print(f"{len(mutants)} mutants: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
