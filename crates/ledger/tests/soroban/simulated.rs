//! What simulation answers.

use crate::bench::*;
use ballast_ledger::{simulate, Limits, Read, RecordAuth, Request, Simulation, SimulationOptions};
use ballast_transaction::*;
use stellar_xdr::curr::*;

const KEY: ScVal = ScVal::U32(1);

struct Stage {
    bench: Bench,
    ann: KeyPair,
    bob: KeyPair,
    contract: ScAddress,
    native: ScAddress,
}

impl Stage {
    fn new() -> Self {
        let mut bench = Bench::new(Limits::Mainnet);
        let ann = bench.account("ann", 1_000_0000000);
        let bob = bench.account("bob", 1_000_0000000);
        let native = bench.asset(&ann, Asset::Native);
        let contract = bench.deploy(&ann);
        bench.done(&ann, invocation(&contract, "put", &[KEY, bytes(&[9; 100])]));
        Self {
            bench,
            ann,
            bob,
            contract,
            native,
        }
    }

    fn simulate(
        &self,
        body: OperationBody,
        data: SorobanTransactionData,
        mode: Option<&str>,
    ) -> Simulation {
        let envelope = Builder::new(self.ann.muxed(), 1)
            .operation(body)
            .soroban(data)
            .sign(&self.bench.network, &[]);
        self.simulate_envelope(&envelope, mode)
    }

    fn simulate_envelope(&self, envelope: &TransactionEnvelope, mode: Option<&str>) -> Simulation {
        let options = SimulationOptions {
            auth_mode: mode.map(str::to_string),
            seed: [5; 32],
            ..SimulationOptions::default()
        };
        let info = self.bench.info();
        simulate(
            &self.bench.state,
            &self.bench.config,
            &info,
            envelope,
            &options,
        )
    }

    fn call(&self, function: HostFunction, mode: Option<&str>) -> Simulation {
        self.simulate(
            invoke(function, Vec::new()),
            SorobanTransactionData::default(),
            mode,
        )
    }

    fn transfer(&self, from: &KeyPair) -> HostFunction {
        let to = match from.public() == self.ann.public() {
            true => &self.bob,
            false => &self.ann,
        };
        let addresses = [from, to].map(|key| ScVal::Address(key.sc_address()));
        let [from, to] = addresses;
        invocation(&self.native, "transfer", &[from, to, i128_value(5)])
    }

    fn expire(&mut self, key: &LedgerKey) {
        let entry = self.bench.state.get(key).unwrap();
        let mut ttl = entry.ttl.unwrap();
        ttl.live_until = START - 1;
        self.bench.state.put(entry.with_ttl(ttl));
    }
}

fn invoke(host_function: HostFunction, auth: Vec<SorobanAuthorizationEntry>) -> OperationBody {
    OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
        host_function,
        auth: auth.try_into().unwrap(),
    })
}

fn keys(read_only: &[LedgerKey], read_write: &[LedgerKey]) -> SorobanTransactionData {
    let mut data = SorobanTransactionData::default();
    data.resources.footprint = LedgerFootprint {
        read_only: read_only.to_vec().try_into().unwrap(),
        read_write: read_write.to_vec().try_into().unwrap(),
    };
    data
}

#[test]
fn what_is_simulated_can_be_applied() {
    let mut stage = Stage::new();
    let calls = [
        stage.transfer(&stage.ann),
        invocation(&stage.contract, "put", &[ScVal::U32(2), bytes(&[1; 50])]),
        invocation(&stage.contract, "get", &[KEY]),
        invocation(&stage.contract, "emit", &[vector([KEY]), KEY]),
    ];
    for call in calls {
        let found = stage.call(call.clone(), None);
        assert_eq!(found.error, None);
        let data = found.transaction_data.unwrap();
        assert_eq!(data.resource_fee, found.min_resource_fee);
        let body = invoke(call, found.auth);
        let frame = stage.bench.frame(&stage.ann, body, data.clone());
        let executed = stage.bench.apply(&frame);
        assert!(
            matches!(code(&executed), InvokeHostFunctionResult::Success(_)),
            "{:?}",
            executed.diagnostics
        );
        assert_eq!(executed.return_value, found.result);
        // The margin of the real server: four hundredths, at least 50,000.
        let used = executed.cost.instructions;
        let margin = u64::from(data.resources.instructions) - used;
        assert!((30_000..80_000).contains(&margin), "{margin}");
        assert_eq!(data.resources.write_bytes, executed.cost.write_bytes);
        // Every entry that would be written is told as it is and as it becomes.
        for change in found.changes {
            let after = stage
                .bench
                .state
                .get(&change.key)
                .map(|entry| entry.entry.data.clone());
            assert_eq!(after, change.after.map(|entry| entry.data));
        }
    }
}

#[test]
fn changes_tell_before_and_after() {
    let stage = Stage::new();
    let put = invocation(&stage.contract, "put", &[ScVal::U32(2), ScVal::U32(7)]);
    let created = stage.call(put, None).changes;
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].before, None);
    assert!(created[0].after.is_some());
    let remove = invocation(&stage.contract, "remove", &[KEY]);
    let removed = stage.call(remove, None).changes;
    assert_eq!(removed.len(), 1);
    assert!(removed[0].before.is_some());
    assert_eq!(removed[0].after, None);
    assert_eq!(removed[0].key, Bench::data_key(&stage.contract, KEY));
}

#[test]
fn authorisation_is_recorded_or_enforced() {
    let stage = Stage::new();
    // Somebody else's: an entry with a nonce, to be signed.
    let call = stage.transfer(&stage.bob);
    let found = stage.call(call.clone(), None);
    assert_eq!(found.error, None);
    let [entry] = found.auth.as_slice() else {
        panic!("{:?}", found.auth);
    };
    let SorobanCredentials::Address(credentials) = &entry.credentials else {
        panic!("{entry:?}");
    };
    assert_eq!(credentials.address, stage.bob.sc_address());
    assert_eq!(credentials.signature, ScVal::Void);
    // Enforced without any it fails; with the signed one it goes through.
    let refused = stage.call(call.clone(), Some("enforce"));
    assert!(refused
        .error
        .unwrap()
        .contains("Error(Auth, InvalidAction)"));
    assert!(!refused.events.is_empty());
    assert_eq!(refused.transaction_data, None);
    let preimage = AuthorizationPreimage {
        nonce: credentials.nonce,
        expiration_ledger: START + 100,
    };
    let address = stage.bob.sc_address();
    let signed = sign_entry(
        &stage.bench.network,
        &stage.bob,
        address,
        &entry.root_invocation,
        preimage,
    );
    let body = invoke(call, vec![signed.clone()]);
    let found = stage.simulate(body.clone(), SorobanTransactionData::default(), None);
    assert_eq!(found.error, None);
    assert_eq!(found.auth, [signed]);
    // As the server refuses modes.
    let data = SorobanTransactionData::default;
    let refused = stage.simulate(body.clone(), data(), Some("record"));
    assert_eq!(
        refused.error.unwrap(),
        "cannot set authMode to 'record' with an auth footprint"
    );
    let refused = stage.simulate(body, data(), Some("maybe"));
    assert_eq!(
        refused.error.unwrap(),
        "optional 'authMode' must be one of enforce,record,record_allow_nonroot when included"
    );
    let restore = OperationBody::RestoreFootprint(RestoreFootprintOp {
        ext: ExtensionPoint::V0,
    });
    let refused = stage.simulate(restore, data(), Some("enforce"));
    assert_eq!(
        refused.error.unwrap(),
        "cannot set authMode with non-InvokeHostFunction operations"
    );
}

#[test]
fn failures_are_told_in_the_servers_words() {
    let stage = Stage::new();
    let trap = stage.call(invocation(&stage.contract, "trap", &[]), None);
    let error = trap.error.unwrap();
    assert!(
        error.starts_with("HostError: Error(WasmVm, InvalidAction)"),
        "{error}"
    );
    assert!(error.contains("Event log (newest first):"), "{error}");
    assert!(trap.events.len() >= 2);
    assert_eq!((trap.result, trap.min_resource_fee), (None, 0));
    let network = &stage.bench.network;
    let payment = || {
        OperationBody::Payment(PaymentOp {
            destination: stage.bob.muxed(),
            asset: Asset::Native,
            amount: 1,
        })
    };
    let builder = || Builder::new(stage.ann.muxed(), 1);
    let echo = || invoke(invocation(&stage.contract, "echo", &[KEY]), Vec::new());
    let memo = Memo::Id(1);
    let rows = [
        (
            builder().operation(payment()),
            "transaction contains unsupported operation type: OperationTypePayment",
        ),
        (
            builder().operation(echo()).operation(echo()),
            "Transaction contains more than one operation",
        ),
        (builder(), "Transaction contains more than one operation"),
        (
            builder().operation(echo()).memo(memo),
            "Transaction contains a memo. Soroban transactions do not support memos.",
        ),
        (
            builder().operation(OperationBody::RestoreFootprint(RestoreFootprintOp {
                ext: ExtensionPoint::V0,
            })),
            "To perform a SimulateTransaction for ExtendFootprintTtl or RestoreFootprint \
             operations, SorobanTransactionData must be provided",
        ),
    ];
    for (builder, error) in rows {
        let found = stage.simulate_envelope(&builder.sign(network, &[]), None);
        assert_eq!(found.error.unwrap(), error);
    }
}

#[test]
fn archived_entries_are_restored_by_the_call_or_before_it() {
    let mut stage = Stage::new();
    let key = Bench::data_key(&stage.contract, KEY);
    stage.expire(&key);
    // A call restores what it reads.
    let get = invocation(&stage.contract, "get", &[KEY]);
    let found = stage.call(get, None);
    assert_eq!((&found.error, &found.restore_preamble), (&None, &None));
    let data = found.transaction_data.unwrap();
    let SorobanTransactionDataExt::V1(ext) = &data.ext else {
        panic!("{data:?}");
    };
    assert_eq!(ext.archived_soroban_entries.as_slice(), [0]);
    // Extending needs it restored before.
    let extend = |extend_to| {
        OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
            ext: ExtensionPoint::V0,
            extend_to,
        })
    };
    let found = stage.simulate(
        extend(3_000_000),
        keys(std::slice::from_ref(&key), &[]),
        None,
    );
    assert_eq!(found.error, None);
    let preamble = found.restore_preamble.unwrap();
    assert_eq!(
        preamble.resources.footprint.read_write.as_slice(),
        std::slice::from_ref(&key)
    );
    let restore = OperationBody::RestoreFootprint(RestoreFootprintOp {
        ext: ExtensionPoint::V0,
    });
    let frame = stage
        .bench
        .frame(&stage.ann, restore.clone(), preamble.clone());
    let executed = stage.bench.apply(&frame);
    assert_eq!(executed.restored, std::slice::from_ref(&key));
    let frame = stage.bench.frame(
        &stage.ann,
        extend(3_000_000),
        found.transaction_data.unwrap(),
    );
    let executed = stage.bench.apply(&frame);
    assert_eq!(executed.writes.len(), 1);
    // What lives needs neither.
    let found = stage.simulate(restore.clone(), keys(&[], &[key]), None);
    assert_eq!(found.error, None);
    assert!(found
        .transaction_data
        .unwrap()
        .resources
        .footprint
        .read_write
        .is_empty());
    let absent = Bench::data_key(&stage.contract, ScVal::U32(99));
    let found = stage.simulate(restore, keys(&[], &[absent]), None);
    assert!(found
        .error
        .unwrap()
        .starts_with("Missing entry to restore for key"));
    let found = stage.simulate(extend(u32::MAX), keys(&[], &[]), None);
    assert!(found.error.is_some());
}

#[test]
fn a_profile_names_the_calls() {
    let stage = Stage::new();
    let recorded = stage.bench.record_with(Request {
        source: stage.ann.account_id(),
        function: invocation(&stage.contract, "put", &[KEY, ScVal::U32(3)]),
        auth: RecordAuth::Record,
        seed: [7; 32],
        instructions: 100_000_000,
        diagnostics: true,
        profile: true,
    });
    let profile = recorded.profile.unwrap();
    assert_eq!(ScAddress::Contract(profile.contract), stage.contract);
    assert_eq!(profile.function, "put");
    assert!(profile.instructions > 50_000, "{}", profile.instructions);
    assert!(profile.instructions < u64::from(recorded.resources.instructions));
    assert!(profile.calls.is_empty());
    assert!(recorded.diagnostics.len() >= 2);
}
