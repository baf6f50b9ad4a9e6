"""The walk with the Stellar Python SDK. Steps build on one another and run in the order of their names."""

import os
import unittest

from sandbox import (
    CONTRACTS,
    ONE,
    PASSPHRASE,
    account,
    asset,
    builder,
    client,
    control,
    follow,
    friendbot,
    funded,
    policy,
    prepared,
    price_text,
    server,
    submit,
    wasm,
)
from stellar_sdk import Asset, Keypair, SorobanDataBuilder, scval, xdr
from stellar_sdk.auth import authorize_entry
from stellar_sdk.contract.exceptions import NeedsMoreSignaturesError, SimulationFailedError
from stellar_sdk.exceptions import AccountNotFoundException, PrepareTransactionException
from stellar_sdk.soroban_rpc import (
    EventFilter,
    EventFilterType,
    GetTransactionStatus,
    SendTransactionStatus,
)

XLM = asset("XLM")["contract"]
USDC = Asset("USDC", asset("USDC")["issuer"])
USDC_CONTRACT = asset("USDC")["contract"]


def value_of(answer):
    """What a contract returned, from the meta of its transaction."""
    meta = xdr.TransactionMeta.from_xdr(answer.result_meta_xdr).v4
    return scval.to_native(meta.soroban_meta.return_value)


def code_of(result):
    """The code of a transaction's result."""
    return xdr.TransactionResult.from_xdr(result).result.code


class Walk(unittest.TestCase):
    """What one step leaves to the next is kept on the class."""

    @classmethod
    def view(cls, contract, function, *values):
        return client(contract, cls.owner)(function, *values).result()

    @classmethod
    def health(cls):
        return cls.view(cls.lens, "health", scval.to_address(cls.vault))

    def test_01_the_network_introduces_itself(self):
        self.assertEqual(server.get_health().status, "healthy")
        network = server.get_network()
        self.assertEqual((network.passphrase, network.protocol_version), (PASSPHRASE, 25))
        self.assertTrue(server.get_version_info().version)
        latest = server.get_latest_ledger()
        header = xdr.LedgerHeader.from_xdr(latest.header_xdr)
        self.assertEqual(header.ledger_seq.uint32, latest.sequence)
        xdr.LedgerCloseMeta.from_xdr(latest.metadata_xdr)
        ledger = server.get_ledgers(start_ledger=latest.sequence, limit=2).ledgers[0]
        self.assertEqual((ledger.sequence, ledger.hash), (latest.sequence, latest.id))
        xdr.LedgerHeaderHistoryEntry.from_xdr(ledger.header_xdr)
        self.assertGreaterEqual(server.get_fee_stats().soroban_inclusion_fee.p50, 0)

    def test_02_friendbot(self):
        Walk.owner = funded()
        Walk.keeper = funded()
        again = friendbot(self.owner.public_key)
        self.assertEqual(again.status_code, 400)
        self.assertIn("already funded", again.json()["detail"])
        self.assertEqual(friendbot("nobody").status_code, 400)
        with self.assertRaises(AccountNotFoundException):
            server.load_account(Keypair.random().public_key)

    def test_03_trustline_and_usdc_from_the_faucet(self):
        for who in (self.owner, self.keeper):
            submit(builder(who).append_change_trust_op(USDC).build(), who)
        faucet = account("faucet")
        payment = builder(faucet).append_payment_op(self.keeper.public_key, USDC, "3000")
        paid = submit(payment.build(), faucet)
        self.assertEqual(xdr.TransactionResult.from_xdr(paid.result_xdr).fee_charged.int64, 100)
        balance = self.view(USDC_CONTRACT, "balance", scval.to_address(self.keeper.public_key))
        self.assertEqual(balance, 3_000 * ONE)

    def test_04_a_contract_deployed_from_wasm(self):
        # A custom section makes the code new to the ledger.
        code = wasm("lens") + bytes([0, 21, 4]) + b"walk" + os.urandom(16)
        uploaded = prepared(builder(self.owner).append_upload_contract_wasm_op(code).build(), self.owner)
        Walk.code_hash = value_of(uploaded)
        self.assertEqual(server.get_contract_wasm_by_hash(self.code_hash), code)
        create = builder(self.owner).append_create_contract_op(
            self.code_hash, self.owner.public_key, None, os.urandom(32)
        )
        Walk.lens = value_of(prepared(create.build(), self.owner)).address
        functions = {each.name.sc_symbol.decode() for each in server.get_contract_spec(self.lens).functions}
        self.assertEqual(functions, {"position", "health", "quote_rebalance", "quote_fill"})
        enums = [each.name for each in server.get_contract_spec(CONTRACTS["factory"]).error_enums]
        self.assertIn(b"FactoryError", enums)

    def test_05_a_vault_is_created_deposits_and_borrows(self):
        owner = scval.to_address(self.owner.public_key)
        pool = scval.to_address(CONTRACTS["pool"])
        zero = scval.to_uint32(0)
        create = client(CONTRACTS["factory"], self.owner)("create", owner, pool, zero, policy(), zero)
        Walk.vault = create.sign_and_submit().address
        Walk.first_ledger = create.get_transaction_response.ledger
        vault = client(self.vault, self.owner)
        self.assertIsNone(vault("deposit", scval.to_address(XLM), scval.to_int128(5_000 * ONE)).sign_and_submit())

        # The risk ratio is proportional to the debt: a first loan tells how large the second may be.
        def borrow(amount):
            vault("borrow", scval.to_address(USDC_CONTRACT), scval.to_int128(amount), owner).sign_and_submit()

        first = 100 * ONE
        borrow(first)
        risk = self.health()["risk_ratio_e7"]
        Walk.per_risk = staticmethod(lambda target, now: first * (target - now) // risk)
        borrow(self.per_risk(9_300_000, risk))
        self.assertTrue(9_290_000 < self.health()["risk_ratio_e7"] <= 9_301_000)

    def test_06_a_quote_and_a_fill_by_a_signed_entry(self):
        with self.assertRaisesRegex(SimulationFailedError, r"Error\(Contract, #134\)"):
            self.view(CONTRACTS["lens"], "quote_fill", scval.to_address(self.vault))
        feed = scval.to_enum("Stellar", scval.to_address(XLM))
        price = self.view(CONTRACTS["oracle"], "lastprice", feed)["price"] * 96 // 100
        control("setPrice", asset="XLM", price=price_text(price))
        step = self.view(CONTRACTS["lens"], "quote_fill", scval.to_address(self.vault))["step"]
        values = [
            scval.to_address(self.keeper.public_key),
            scval.to_address(step["collateral"]),
            scval.to_address(step["debt"]),
            scval.to_int128(step["min_proceeds"]),
            scval.to_int128(step["sell"]),
            scval.to_uint64(server.get_latest_ledger().close_time + 600),
        ]
        # The owner pays for the transaction; the keeper signs nothing but the entry.
        fill = client(self.vault, self.owner)("fill", *values)
        self.assertEqual(fill.needs_non_invoker_signing_by(), {self.keeper.public_key})
        with self.assertRaises(NeedsMoreSignaturesError):
            fill.sign_and_submit()
        entry = fill.built_transaction.transaction.operations[0].auth[0]

        # A signature for another network is refused, by the simulation already.
        until = server.get_latest_ledger().sequence + 200
        forged = authorize_entry(entry, self.keeper, until, "Another Network")
        wrong = builder(self.owner).append_invoke_contract_function_op(self.vault, "fill", values, [forged])
        with self.assertRaises(PrepareTransactionException):
            server.prepare_transaction(wrong.build())

        fill.authorize(self.keeper, valid_until_ledger_sequence=until)
        report = fill.sign_and_submit()
        self.assertEqual((report["sold"], report["repaid"]), (step["sell"], step["min_proceeds"]))
        self.assertLess(report["risk_after_e7"], report["risk_before_e7"])

    def test_07_events_page_by_page(self):
        filters = [EventFilter(event_type=EventFilterType.CONTRACT, contract_ids=[self.vault])]
        whole = server.get_events(start_ledger=self.first_ledger, filters=filters, limit=100).events
        names = [scval.from_symbol(event.topic[0]) for event in whole]
        self.assertEqual(names, ["deposited", "borrowed", "borrowed", "step_executed"])
        paged, page = [], server.get_events(start_ledger=self.first_ledger, filters=filters, limit=1)
        while page.events:
            paged += page.events
            page = server.get_events(filters=filters, cursor=page.cursor, limit=1)
        self.assertEqual([event.id for event in paged], [event.id for event in whole])
        topics = [[scval.to_symbol("borrowed").to_xdr(), "*", "*"], [scval.to_symbol("deposited").to_xdr(), "**"]]
        narrow = [EventFilter(event_type=EventFilterType.CONTRACT, contract_ids=[self.vault], topics=topics)]
        found = server.get_events(start_ledger=self.first_ledger, filters=narrow).events
        self.assertTrue({scval.from_symbol(event.topic[0]) for event in found} <= {"borrowed", "deposited"})
        self.assertIn(whole[0].id, [event.id for event in found])
        hashes = [each.transaction_hash for each in server.get_transactions(self.first_ledger, limit=100).transactions]
        self.assertIn(whole[0].transaction_hash, hashes)

    def test_08_calls_that_fail_and_what_they_say(self):
        owner = scval.to_address(self.owner.public_key)
        names = {
            case.value.uint32: case.name.decode()
            for enum in server.get_contract_spec(self.vault).error_enums
            for case in enum.cases
        }
        self.assertEqual(names[102], "WouldTriggerNow")
        # The pool would lend as much, the vault does not: it would be beyond its own soft threshold.
        too_much = self.per_risk(9_800_000, self.health()["risk_ratio_e7"])
        vault = client(self.vault, self.owner)
        with self.assertRaisesRegex(SimulationFailedError, r"Error\(Contract, #102\)") as refused:
            vault("borrow", scval.to_address(USDC_CONTRACT), scval.to_int128(too_much), owner)
        self.assertTrue(refused.exception.assembled_transaction.simulation.events)

        # In the ledger: two of a kind, prepared before either is applied.
        create = client(CONTRACTS["factory"], self.owner)
        arguments = ["create", owner, scval.to_address(CONTRACTS["pool"]), scval.to_uint32(0), policy(), scval.to_uint32(7)]
        first, second = create(*arguments), create(*arguments)
        second.built_transaction.transaction.sequence += 1
        first.sign_and_submit()
        second.built_transaction.sign(self.owner)
        failed = follow(second.built_transaction)
        self.assertEqual(failed.status, GetTransactionStatus.FAILED)
        result = xdr.TransactionResult.from_xdr(failed.result_xdr).result
        inner = result.results[0].tr.invoke_host_function_result
        self.assertEqual(inner.code, xdr.InvokeHostFunctionResultCode.INVOKE_HOST_FUNCTION_TRAPPED)
        errors = [
            topic.error.contract_code.uint32
            for event in map(xdr.DiagnosticEvent.from_xdr, failed.diagnostic_events_xdr)
            for topic in event.event.body.v0.topics
            if topic.type == xdr.SCValType.SCV_ERROR and topic.error.type == xdr.SCErrorType.SCE_CONTRACT
        ]
        self.assertIn(203, errors)

        # Before the ledger: refused at the door, with the network's code.
        unsigned = builder(self.owner).append_change_trust_op(USDC).build()
        refused = server.send_transaction(unsigned)
        self.assertEqual(refused.status, SendTransactionStatus.ERROR)
        self.assertEqual(code_of(refused.error_result_xdr), xdr.TransactionResultCode.txBAD_AUTH)
        stale = builder(self.owner).append_change_trust_op(USDC).build()
        stale.transaction.sequence -= 1
        stale.sign(self.owner)
        refused = server.send_transaction(stale)
        self.assertEqual(code_of(refused.error_result_xdr), xdr.TransactionResultCode.txBAD_SEQ)

    def test_09_archived_entries_are_restored(self):
        """Last, since a warp archives everything else too."""
        code_key = xdr.LedgerKey(
            xdr.LedgerEntryType.CONTRACT_CODE,
            contract_code=xdr.LedgerKeyContractCode(xdr.Hash(self.code_hash)),
        )
        before = server.get_ledger_entries([code_key]).entries[0].live_until_ledger
        control("warp", ledgers=2_100_000)
        sequence = server.get_latest_ledger().sequence
        self.assertGreater(sequence, before)
        data = SorobanDataBuilder().set_read_write([code_key]).build()
        restore = builder(self.owner).append_restore_footprint_op().set_soroban_data(data).build()
        applied = prepared(restore, self.owner)
        changes = xdr.TransactionMeta.from_xdr(applied.result_meta_xdr).v4.operations[0].changes.ledger_entry_changes
        restored = [each for each in changes if each.type == xdr.LedgerEntryChangeType.LEDGER_ENTRY_RESTORED]
        self.assertTrue(restored)
        after = server.get_ledger_entries([code_key]).entries[0].live_until_ledger
        self.assertGreater(after, sequence + 2_000_000)
        # Archived too, and restored by the transaction that needs it, since the simulation lists it.
        vault = client(self.vault, self.owner)
        vault("set_automation", scval.to_bool(False)).sign_and_submit()
        self.assertFalse(vault("automation").result())


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
