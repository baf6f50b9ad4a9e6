"""The walk with the `stellar` command-line tool. Steps build on one another and run in the order of their names.

Needs nothing but Python's standard library. BALLAST_STELLAR is the tool, BALLAST_SANDBOX the file that the
sandbox wrote, BALLAST_CONTRACTS the folder of our wasm; the tool's configuration goes to BALLAST_STELLAR_HOME.
"""

import json
import os
import pathlib
import re
import subprocess
import unittest
import urllib.request

STELLAR = os.environ["BALLAST_STELLAR"]
HOME = pathlib.Path(os.environ["BALLAST_STELLAR_HOME"])
SANDBOX = json.loads(pathlib.Path(os.environ["BALLAST_SANDBOX"]).read_text())
CONTRACTS = pathlib.Path(os.environ["BALLAST_CONTRACTS"])
ASSETS = {each["code"]: each for each in SANDBOX["assets"]}
KEYS = {each["name"]: each for each in SANDBOX["accounts"]}
FACTORY, LENS, POOL, ORACLE = (SANDBOX["contracts"][name] for name in ("factory", "lens", "pool", "oracle"))
XLM, USDC = ASSETS["XLM"]["contract"], ASSETS["USDC"]["contract"]
USDC_LINE = f"USDC:{ASSETS['USDC']['issuer']}"
ONE = 10_000_000

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": str(HOME),
    "XDG_CONFIG_HOME": str(HOME / "config"),
    "XDG_DATA_HOME": str(HOME / "data"),
    "STELLAR_RPC_URL": SANDBOX["rpcUrl"],
    "STELLAR_NETWORK_PASSPHRASE": SANDBOX["networkPassphrase"],
    "STELLAR_NO_UPDATE_CHECK": "true",
}

POLICY = {
    "soft_e7": 9_600_000,
    "target_e7": 9_400_000,
    "hard_e7": 9_900_000,
    "step_min_e7": 2_500_000,
    "step_max_e7": 10_000_000,
    "discount_min_e7": 60_000,
    "discount_max_e7": 300_000,
    "sold_budget_e7": 10_000_000,
    "window_ledgers": 60,
    "max_cost_of_equity_e7": 2_000_000,
    "max_price_age_seconds": 900,
    "max_price_deviation_e7": 1_000_000,
    "use_previous_round": True,
    "reserve_first": True,
    "dust_reserve_e7": 10_000,
    "rescue_target_e7": 9_550_000,
    "rescue_window_ledgers": 20,
    "volatility_z_e2": 0,
    "volatility_shift_max_e7": 0,
    "second_oracle": "None",
}


class Refused(Exception):
    """The tool failed; the text is what it said."""


def stellar(*words, stdin=None):
    """Runs the tool and returns what it printed."""
    done = subprocess.run(
        [STELLAR, *map(str, words)], input=stdin, env=ENVIRONMENT, capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        raise Refused(f"stellar {' '.join(map(str, words))}\n{done.stderr}{done.stdout}")
    return done.stdout.strip()


def invoke(source, contract, function, *, send="default", **values):
    """A contract call with its arguments by name."""
    words = ["contract", "invoke", "--id", contract, "--source", source, "--send", send, "--", function]
    for name, value in values.items():
        words += [f"--{name}", json.dumps(value) if isinstance(value, dict) else value]
    printed = stellar(*words)
    return json.loads(printed) if printed else None


def transaction(source, operation, *words):
    """A classic transaction of one operation, applied."""
    stellar("tx", "new", operation, "--source-account", source, *words)


def control(method, **parameters):
    """A control of the sandbox."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": f"ballast_{method}", "params": parameters})
    request = urllib.request.Request(
        SANDBOX["rpcUrl"], body.encode(), {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


def latest():
    """The last closed ledger."""
    return int(json.loads(stellar("ledger", "latest", "--output", "json"))["sequence"])


class Walk(unittest.TestCase):
    """What one step leaves to the next is kept on the class."""

    def health(self):
        return invoke("alice", self.lens, "health", vault=self.vault)

    def test_01_the_network_introduces_itself(self):
        self.assertIn("healthy", stellar("network", "health", "--output", "json").lower())
        information = json.loads(stellar("network", "info", "--output", "json"))
        self.assertEqual(information["passphrase"], SANDBOX["networkPassphrase"])
        self.assertIn("sorobanInclusionFee", json.loads(stellar("fees", "stats", "--output", "json")))
        settings = stellar("network", "settings", "--output", "json")
        self.assertIn("contract_compute_v0", settings)
        stellar("ledger", "fetch", latest())

    def test_02_keys_with_accounts(self):
        for name in ("alice", "keeper", "issuer"):
            stellar("keys", "generate", "--fund", name)
        Walk.keeper = stellar("keys", "address", "keeper")
        # Funded already: the tool takes that as done.
        stellar("keys", "fund", "alice")
        entry = stellar("ledger", "entry", "fetch", "account", "--account", "alice")
        self.assertIn(str(10_000 * ONE), entry)

    def test_03_classic_transactions(self):
        for name in ("alice", "keeper"):
            transaction(name, "change-trust", "--line", USDC_LINE)
        faucet = KEYS["faucet"]["secretKey"]
        transaction(faucet, "payment", "--destination", self.keeper, "--asset", USDC_LINE, "--amount", 3_000 * ONE)
        balance = stellar("token", "balance", "--id", USDC, "--account", self.keeper)
        self.assertIn("3000", balance.replace("_", ""))
        transaction("alice", "set-options", "--home-domain", "ballast.example")
        self.assertIn("ballast.example", stellar("ledger", "entry", "fetch", "account", "--account", "alice"))
        stellar("keys", "generate", "bob")
        bob = stellar("keys", "address", "bob")
        transaction("alice", "create-account", "--destination", bob, "--starting-balance", 20 * ONE)
        # An asset that its issuer can take back.
        line = f"TEST:{stellar('keys', 'address', 'issuer')}"
        transaction("issuer", "set-options", "--set-revocable", "--set-clawback-enabled")
        transaction("bob", "change-trust", "--line", line)
        transaction("issuer", "payment", "--destination", bob, "--asset", line, "--amount", 50 * ONE)
        transaction("issuer", "clawback", "--from", bob, "--asset", line, "--amount", 20 * ONE)
        transaction("issuer", "set-trustline-flags", "--trustor", bob, "--asset", line, "--clear-authorize")
        entry = stellar("ledger", "entry", "fetch", "trustline", "--account", "bob", "--asset", line)
        self.assertIn(str(30 * ONE), entry)
        # An unauthorised trustline receives nothing.
        with self.assertRaisesRegex(Refused, "(?i)not.?authorized"):
            transaction("issuer", "payment", "--destination", bob, "--asset", line, "--amount", ONE)
        # What the network does not do is refused, not ignored.
        with self.assertRaisesRegex(Refused, "(?i)not.?supported"):
            transaction("alice", "manage-data", "--data-name", "key", "--data-value", "00")

    def test_04_built_signed_and_sent_one_by_one(self):
        built = stellar(
            "tx", "new", "payment", "--source-account", "alice", "--destination", self.keeper, "--amount", ONE,
            "--build-only",
        )
        signed = stellar("tx", "sign", "--sign-with-key", "alice", stdin=built)
        with self.assertRaisesRegex(Refused, "(?i)bad.?auth"):
            stellar("tx", "send", stdin=built)
        digest = stellar("tx", "hash", stdin=signed)
        self.assertEqual(json.loads(stellar("tx", "send", stdin=signed))["status"], "SUCCESS")
        self.assertIn(self.keeper, stellar("tx", "fetch", "--hash", digest, "--output", "json"))

    def test_05_a_contract_deployed_from_wasm(self):
        wasm = CONTRACTS / "ballast_lens.wasm"
        # A custom section makes the code new to the ledger.
        marked = HOME / "lens.wasm"
        marked.write_bytes(wasm.read_bytes() + bytes([0, 21, 4]) + b"walk" + os.urandom(16))
        Walk.lens_wasm = marked
        Walk.lens = stellar(
            "contract", "deploy", "--source", "alice", "--wasm", marked, "--alias", "lens", "--optimize=false"
        )
        fetched = HOME / "fetched.wasm"
        stellar("contract", "fetch", "--id", "lens", "--out-file", fetched)
        self.assertEqual(fetched.read_bytes(), marked.read_bytes())
        interface = stellar("contract", "info", "interface", "--id", "lens")
        self.assertIn("fn quote_fill", interface)
        self.assertIn("WouldTriggerNow", interface)
        self.assertIn("fn create", stellar("contract", "info", "interface", "--id", FACTORY))

    def test_06_a_vault_is_created_deposits_and_borrows(self):
        Walk.first_ledger = latest()
        owner = stellar("keys", "address", "alice")
        Walk.vault = invoke("alice", FACTORY, "create", owner="alice", pool=POOL, version=0, policy=POLICY, nonce=0)
        self.assertEqual(self.vault, invoke("alice", FACTORY, "vault_address", owner=owner, pool=POOL, nonce=0))
        invoke("alice", self.vault, "deposit", asset=XLM, amount=5_000 * ONE)
        # The risk ratio is proportional to the debt: a first loan tells how large the second may be.
        first = 100 * ONE
        invoke("alice", self.vault, "borrow", asset=USDC, amount=first, to="alice")
        risk = int(self.health()["risk_ratio_e7"])
        Walk.per_risk = staticmethod(lambda target, now: first * (target - now) // risk)
        invoke("alice", self.vault, "borrow", asset=USDC, amount=self.per_risk(9_300_000, risk), to="alice")
        self.assertTrue(9_290_000 < int(self.health()["risk_ratio_e7"]) <= 9_301_000)

    def test_07_a_quote_and_a_fill_for_which_the_keeper_signs(self):
        with self.assertRaisesRegex(Refused, r"Error\(Contract, #134\)"):
            invoke("alice", LENS, "quote_fill", vault=self.vault)
        price = int(invoke("alice", ORACLE, "lastprice", asset={"Stellar": XLM})["price"]) * 96 // 100
        whole = 10 ** SANDBOX["oracle"]["decimals"]
        control("setPrice", asset="XLM", price=f"{price // whole}.{price % whole:0{len(str(whole)) - 1}d}")
        step = invoke("alice", LENS, "quote_fill", vault=self.vault)["step"]
        deadline = int(control("status")["closeTime"]) + 600
        # Alice pays for the transaction; the tool signs the keeper's entry, whose key it has.
        report = invoke(
            "alice", self.vault, "fill", keeper="keeper", collateral=step["collateral"], debt=step["debt"],
            repay=step["min_proceeds"], collateral_out=step["sell"], deadline=deadline,
        )
        self.assertEqual(report["sold"], step["sell"])
        self.assertLess(int(report["risk_after_e7"]), int(report["risk_before_e7"]))

    def test_08_simulated_signed_and_sent_one_by_one(self):
        built = stellar(
            "contract", "invoke", "--id", self.vault, "--source", "alice", "--build-only", "--", "set_automation",
            "--enabled", "true",
        )
        simulated = stellar("tx", "simulate", "--source-account", "alice", stdin=built)
        signed = stellar("tx", "sign", "--sign-with-key", "alice", stdin=simulated)
        self.assertEqual(json.loads(stellar("tx", "send", stdin=signed))["status"], "SUCCESS")

    def test_09_events_page_by_page(self):
        def page(count, *start):
            printed = stellar("events", "--id", self.vault, "--output", "raw", "--count", count, *start)
            return printed

        def json_page(count, *start):
            printed = stellar("events", "--id", self.vault, "--output", "json", "--count", count, *start)
            return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]

        whole = json_page(100, "--start-ledger", self.first_ledger)
        self.assertEqual(len(whole), 5, whole)
        paged, start = [], ("--start-ledger", self.first_ledger)
        while events := json_page(1, *start):
            paged += events
            start = ("--cursor", events[-1]["id"])
        self.assertEqual([each["id"] for each in paged], [each["id"] for each in whole])
        self.assertIn("step_executed", page(100, "--start-ledger", self.first_ledger))

    def test_10_a_call_that_fails(self):
        # The pool would lend as much, the vault does not: it would be beyond its own soft threshold.
        too_much = self.per_risk(9_800_000, int(self.health()["risk_ratio_e7"]))
        with self.assertRaisesRegex(Refused, r"Error\(Contract, #\d+\)") as refused:
            invoke("alice", self.vault, "borrow", asset=USDC, amount=too_much, to="alice")
        number = re.search(r"#(\d+)", str(refused.exception)).group(1)
        interface = stellar("contract", "info", "interface", "--id", self.vault)
        self.assertRegex(interface, rf"WouldTriggerNow = {number}\b")

    def test_11_extended_archived_and_restored(self):
        before = latest()
        extended = stellar(
            "contract", "extend", "--id", self.lens, "--ledgers-to-extend", 2_500_000, "--source", "alice",
            "--ttl-ledger-only",
        )
        self.assertGreaterEqual(int(extended), before + 2_500_000)
        # Last, since a warp archives everything else too: the lens' code, but not its instance.
        control("warp", ledgers=2_100_000)
        stellar("contract", "restore", "--wasm", self.lens_wasm, "--source", "alice")
        control("warp", ledgers=500_000)
        stellar("contract", "restore", "--id", self.lens, "--source", "alice")
        # The vault's entries are restored by the transaction that needs them.
        invoke("alice", self.vault, "set_automation", enabled="false")
        self.assertEqual(invoke("alice", self.vault, "automation"), False)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
