"""What the walk needs besides its steps: addresses and keys of the sandbox, its controls, the policy."""

import json
import os
import pathlib

import requests
from stellar_sdk import Keypair, SorobanServer, TransactionBuilder, scval
from stellar_sdk.contract import ContractClient
from stellar_sdk.soroban_rpc import GetTransactionStatus, SendTransactionStatus

DIRECTORY = json.loads(pathlib.Path(os.environ["BALLAST_SANDBOX"]).read_text())
RPC_URL = DIRECTORY["rpcUrl"]
PASSPHRASE = DIRECTORY["networkPassphrase"]
CONTRACTS = DIRECTORY["contracts"]
ONE = 10_000_000

server = SorobanServer(RPC_URL)


def wasm(name):
    """The bytes of one of our contracts."""
    return (pathlib.Path(os.environ["BALLAST_CONTRACTS"]) / f"ballast_{name}.wasm").read_bytes()


def asset(code):
    """One of the sandbox's assets."""
    return next(each for each in DIRECTORY["assets"] if each["code"] == code)


def account(name):
    """The key pair of one of the sandbox's accounts."""
    found = next(each for each in DIRECTORY["accounts"] if each["name"] == name)
    return Keypair.from_secret(found["secretKey"])


def control(method, **parameters):
    """A control of the sandbox: not part of any network, so no SDK knows it."""
    request = {"jsonrpc": "2.0", "id": 1, "method": f"ballast_{method}", "params": parameters}
    answer = requests.post(RPC_URL, json=request, timeout=60).json()
    if "error" in answer:
        raise RuntimeError(f"{method}: {answer['error']}")
    return answer["result"]


def price_text(price):
    """A price as the oracle has it, as decimal text."""
    decimals = DIRECTORY["oracle"]["decimals"]
    return f"{price // 10**decimals}.{price % 10**decimals:0{decimals}d}"


def friendbot(address):
    """The answer of friendbot, found where the network says."""
    return requests.get(server.get_network().friendbot_url, params={"addr": address}, timeout=60)


def funded():
    """A new key pair with an account that friendbot made."""
    keys = Keypair.random()
    friendbot(keys.public_key).raise_for_status()
    return keys


def builder(source):
    """A transaction of `source` to which operations are added."""
    loaded = server.load_account(source.public_key)
    return TransactionBuilder(loaded, PASSPHRASE, base_fee=10_000).set_timeout(60)


def follow(envelope):
    """Sends a signed transaction and follows it until it is in a ledger."""
    sent = server.send_transaction(envelope)
    assert sent.status == SendTransactionStatus.PENDING, sent
    # The SDK waits whole seconds; its argument takes fractions too.
    return server.poll_transaction(sent.hash, max_attempts=200, sleep_strategy=lambda _: 0.05)


def submit(envelope, *signers):
    """Signs, sends and expects success."""
    for keys in signers:
        envelope.sign(keys)
    applied = follow(envelope)
    assert applied.status == GetTransactionStatus.SUCCESS, applied
    return applied


def prepared(transaction, source):
    """The same for an operation of Soroban: simulated first."""
    return submit(server.prepare_transaction(transaction), source)


def client(contract, source):
    """The SDK's client of a contract, for one signer."""
    contract_client = ContractClient(contract, RPC_URL, PASSPHRASE)

    def call(function, *values, **options):
        return contract_client.invoke(
            function,
            list(values),
            source=source.public_key,
            signer=source,
            parse_result_xdr_fn=scval.to_native,
            **options,
        )

    return call


def policy():
    """The default policy as a value of the contract."""
    shares = {
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
        "max_price_deviation_e7": 1_000_000,
        "dust_reserve_e7": 10_000,
        "rescue_target_e7": 9_550_000,
        "rescue_window_ledgers": 20,
        "volatility_z_e2": 0,
        "volatility_shift_max_e7": 0,
    }
    return scval.to_struct(
        {name: scval.to_uint32(value) for name, value in shares.items()}
        | {
            "max_price_age_seconds": scval.to_uint64(900),
            "use_previous_round": scval.to_bool(True),
            "reserve_first": scval.to_bool(True),
            "second_oracle": scval.to_enum("None", None),
        }
    )
