//! One row for each way in which an operation ends.

use crate::bench::*;
use ballast_ledger::{check_operation, Executed, Limits, Read, RecordAuth};
use ballast_transaction::*;
use stellar_xdr::curr::*;

use InvokeHostFunctionResult as Code;

/// A contract with one entry, its deployer, and a classic account.
struct Stage {
    bench: Bench,
    ann: KeyPair,
    bob: KeyPair,
    contract: ScAddress,
    native: ScAddress,
}

const KEY: ScVal = ScVal::U32(1);

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

    fn of(&self, function: &str, args: &[ScVal]) -> HostFunction {
        invocation(&self.contract, function, args)
    }

    fn transfer(&self) -> HostFunction {
        let (from, to) = (self.ann.sc_address(), self.bob.sc_address());
        let args = [ScVal::Address(from), ScVal::Address(to), i128_value(5)];
        invocation(&self.native, "transfer", &args)
    }

    /// What a call of the contract reads at least: nothing that a recording of a failing call tells.
    fn reads(&self) -> LedgerFootprint {
        let code = LedgerKey::ContractCode(LedgerKeyContractCode {
            hash: Hash(sha256(&crate::wasm::contract())),
        });
        LedgerFootprint {
            read_only: vec![Bench::instance_key(&self.contract), code]
                .try_into()
                .unwrap(),
            read_write: VecM::default(),
        }
    }

    /// Declares what a recording of a failing call does not tell.
    fn by_hand(&self, data: &mut SorobanTransactionData) {
        data.resources.footprint = self.reads();
        data.resources.instructions = 5_000_000;
    }

    fn data_key(&self) -> LedgerKey {
        Bench::data_key(&self.contract, KEY)
    }
}

/// Name, call, what is declared otherwise than recorded, result code, what core says of it.
type Row = (
    &'static str,
    fn(&Stage) -> HostFunction,
    fn(&Stage, &mut SorobanTransactionData),
    Code,
    &'static str,
);

#[test]
fn invocations_end_as_the_network_ends_them() {
    let rows: [Row; 17] = [
        (
            "a trap",
            |s| s.of("trap", &[]),
            |s, d| s.by_hand(d),
            Code::Trapped,
            "",
        ),
        (
            "an entry outside of the footprint",
            |s| s.of("get", &[KEY]),
            |s, d| s.by_hand(d),
            Code::Trapped,
            "",
        ),
        (
            "a write of an entry that is only read",
            |s| s.of("put", &[KEY, bytes(&[1])]),
            |s, d| {
                let mut keys = s.reads().read_only.to_vec();
                keys.push(s.data_key());
                d.resources.footprint = LedgerFootprint {
                    read_only: keys.try_into().unwrap(),
                    read_write: VecM::default(),
                };
            },
            Code::Trapped,
            "",
        ),
        (
            "no such function",
            |s| s.of("nothing", &[]),
            |s, d| s.by_hand(d),
            Code::Trapped,
            "",
        ),
        (
            "too few instructions",
            |s| s.of("put", &[KEY, bytes(&[1])]),
            |_, d| d.resources.instructions /= 2,
            Code::ResourceLimitExceeded,
            "operation instructions exceeds amount specified",
        ),
        // The host stops it before more is used than is allowed: core takes that for a trap. So with memory.
        (
            "a loop without end",
            |s| s.of("spin", &[]),
            |s, d| {
                s.by_hand(d);
            },
            Code::Trapped,
            "",
        ),
        (
            "memory without end",
            |s| s.of("grow", &[]),
            |s, d| {
                s.by_hand(d);
                d.resources.instructions = 400_000_000;
            },
            Code::Trapped,
            "",
        ),
        (
            "more bytes read from disk",
            |s| s.transfer(),
            |_, d| d.resources.disk_read_bytes -= 1,
            Code::ResourceLimitExceeded,
            "operation byte-read resources exceeds amount specified",
        ),
        (
            "more bytes written",
            |s| s.of("put", &[KEY, bytes(&[1; 50])]),
            |_, d| d.resources.write_bytes -= 1,
            Code::ResourceLimitExceeded,
            "operation byte-write resources exceeds amount specified",
        ),
        (
            "an entry that is too large",
            |s| s.of("put", &[KEY, bytes(&[1; 65_500])]),
            |_, _| {},
            Code::ResourceLimitExceeded,
            "ContractData size exceeds network config maximum size",
        ),
        (
            "code that is too large as an entry",
            |_| HostFunction::UploadContractWasm(padded(131_072).try_into().unwrap()),
            |_, _| {},
            Code::ResourceLimitExceeded,
            "Wasm size exceeds network config maximum contract size",
        ),
        (
            "events that are too large",
            |s| s.of("emit", &[vector([KEY]), bytes(&[1; 16_384])]),
            |_, _| {},
            Code::ResourceLimitExceeded,
            "total events size exceeds network config maximum",
        ),
        (
            "a return value that is too large",
            |s| s.of("echo", &[bytes(&[1; 16_380])]),
            |_, _| {},
            Code::ResourceLimitExceeded,
            "return value pushes events size above network config maximum",
        ),
        (
            "rent that is not paid",
            |s| s.of("put", &[ScVal::U32(2), bytes(&[1; 50])]),
            |_, d| d.resource_fee /= 2,
            Code::InsufficientRefundableFee,
            "refundable resource fee was not sufficient to cover the ledger storage rent: {} > {}",
        ),
        (
            "an event that is not paid",
            |s| s.of("emit", &[vector([KEY]), bytes(&[1; 500])]),
            |_, d| d.resource_fee -= 1,
            Code::InsufficientRefundableFee,
            "refundable resource fee was not sufficient to cover the events fee after paying for \
             ledger storage rent: {} > {}",
        ),
        (
            "an upload",
            |_| HostFunction::UploadContractWasm(padded(2_000).try_into().unwrap()),
            |_, _| {},
            Code::Success(Hash::default()),
            "",
        ),
        (
            "a transfer",
            |s| s.transfer(),
            |_, _| {},
            Code::Success(Hash::default()),
            "",
        ),
    ];
    for (name, call, change, expected, message) in rows {
        let mut stage = Stage::new();
        let call = call(&stage);
        let before = stage.bench.state.get(&stage.data_key());
        let recorded = stage.bench.record(&stage.ann, &call, RecordAuth::Record);
        let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function: call,
            auth: recorded.auth.clone().try_into().unwrap(),
        });
        let mut data = stage.bench.data(&stage.ann, &body, &recorded);
        change(&stage, &mut data);
        let frame = stage.bench.frame(&stage.ann, body, data);
        let executed = stage.bench.apply(&frame);
        let code = match code(&executed) {
            Code::Success(_) => Code::Success(Hash::default()),
            other => other,
        };
        assert_eq!(code, expected, "{name}: {:?}", executed.diagnostics);
        let messages = told(&executed);
        assert!(
            message.is_empty() || messages.iter().any(|told| told == message),
            "{name}: {messages:?}"
        );
        if !matches!(code, Code::Success(_)) {
            nothing_done(name, &executed);
            assert_eq!(stage.bench.state.get(&stage.data_key()), before, "{name}");
        }
    }
}

fn nothing_done(name: &str, executed: &Executed) {
    assert!(executed.writes.is_empty(), "{name}");
    assert!(executed.events.is_empty(), "{name}");
    assert!(executed.restored.is_empty(), "{name}");
    assert_eq!(executed.return_value, None, "{name}");
    assert_eq!(executed.refundable_used, 0, "{name}");
    assert_eq!(
        (executed.cost.rent_fee, executed.cost.refundable_fee),
        (0, 0),
        "{name}"
    );
    assert!(!executed.diagnostics.is_empty(), "{name}: nobody knows why");
}

/// The contract with a section of no meaning, so many bytes in all.
fn padded(bytes: usize) -> Vec<u8> {
    let mut code = crate::wasm::contract();
    let content = bytes - code.len() - 4;
    code.push(0);
    // Three bytes of length, padded.
    code.extend([
        (content & 0x7f) as u8 | 0x80,
        (content >> 7 & 0x7f) as u8 | 0x80,
        (content >> 14) as u8,
    ]);
    code.push(1);
    code.resize(bytes, b'x');
    code
}

#[test]
fn memory_is_limited() {
    let mut stage = Stage::new();
    stage.bench.config.tx_max_memory_bytes = 50_000;
    let call = stage.of("get", &[KEY]);
    let reads = stage.reads();
    let executed = stage.bench.call(&stage.ann, call, |data| {
        data.resources.footprint = reads;
        data.resources.instructions = 5_000_000;
    });
    assert_eq!(code(&executed), Code::ResourceLimitExceeded);
    let message = "operation memory usage exceeds network config limit";
    assert!(told(&executed).iter().any(|told| told == message));
}

/// Name, function called, archived entry, is it to be restored, what core says of it.
type Archived = (
    &'static str,
    &'static str,
    fn(&Stage) -> LedgerKey,
    bool,
    &'static str,
);

/// Archived: contract data that is only read, that is written but not said to be archived, code.
#[test]
fn archived_entries_are_refused_unless_they_are_to_be_restored() {
    let rows: [Archived; 4] = [
        (
            "read",
            "get",
            Stage::data_key,
            false,
            "trying to access an archived contract data entry",
        ),
        (
            "written",
            "put",
            Stage::data_key,
            false,
            "trying to access an archived contract data entry",
        ),
        (
            "code",
            "get",
            |s| s.reads().read_only[1].clone(),
            false,
            "trying to access an archived contract code entry",
        ),
        ("to be restored", "put", Stage::data_key, true, ""),
    ];
    for (name, function, key, restore, message) in rows {
        let mut stage = Stage::new();
        let args = match function {
            "put" => vec![KEY, bytes(&[5; 20])],
            _ => vec![KEY],
        };
        let call = stage.of(function, &args);
        // Recorded while it lives.
        let recorded = stage.bench.record(&stage.ann, &call, RecordAuth::Record);
        let key = key(&stage);
        let entry = stage.bench.state.get(&key).unwrap();
        let mut ttl = entry.ttl.unwrap();
        ttl.live_until = START - 1;
        stage.bench.state.put(entry.with_ttl(ttl));
        let recorded = match restore {
            true => stage.bench.record(&stage.ann, &call, RecordAuth::Record),
            false => recorded,
        };
        let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function: call,
            auth: VecM::default(),
        });
        let data = stage.bench.data(&stage.ann, &body, &recorded);
        let frame = stage.bench.frame(&stage.ann, body, data);
        let executed = stage.bench.apply(&frame);
        if restore {
            assert!(
                matches!(code(&executed), Code::Success(_)),
                "{:?}",
                executed.diagnostics
            );
            assert_eq!(executed.restored, std::slice::from_ref(&key), "{name}");
            assert_eq!(executed.cost.disk_read_entries, 1);
            assert_eq!(executed.cost.disk_read_bytes, entry.xdr.len() as u32);
            let restored = stage.bench.state.get(&key).unwrap().ttl.unwrap();
            let lives = stage.bench.config.min_persistent_ttl;
            assert_eq!(restored.live_until, START + lives - 1);
            assert_eq!(executed.cost.rent_fee, recorded.rent_fee);
        } else {
            assert_eq!(code(&executed), Code::EntryArchived, "{name}");
            assert!(told(&executed).iter().any(|told| told == message), "{name}");
            nothing_done(name, &executed);
        }
    }
}

#[test]
fn malformed_operations_have_their_codes() {
    let stage = Stage::new();
    let invalid = Asset::CreditAlphanum4(AlphaNum4 {
        asset_code: AssetCode4(*b"a-b\0"),
        issuer: stage.ann.account_id(),
    });
    let invoke = |host_function| {
        OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function,
            auth: VecM::default(),
        })
    };
    let extend = |extend_to| {
        OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
            ext: ExtensionPoint::V0,
            extend_to,
        })
    };
    let restore = OperationBody::RestoreFootprint(RestoreFootprintOp {
        ext: ExtensionPoint::V0,
    });
    let account = LedgerKey::Account(LedgerKeyAccount {
        account_id: stage.ann.account_id(),
    });
    let temporary = LedgerKey::ContractData(LedgerKeyContractData {
        contract: stage.contract.clone(),
        key: KEY,
        durability: ContractDataDurability::Temporary,
    });
    let (key, max) = (stage.data_key(), stage.bench.config.max_ttl);
    let rows = [
        (
            invoke(HostFunction::UploadContractWasm(
                vec![0; 131_073].try_into().unwrap(),
            )),
            vec![],
            vec![],
            false,
        ),
        (
            invoke(HostFunction::CreateContract(CreateContractArgs {
                contract_id_preimage: ContractIdPreimage::Asset(invalid),
                executable: ContractExecutable::StellarAsset,
            })),
            vec![],
            vec![],
            false,
        ),
        (
            extend(max - 1),
            vec![key.clone(), temporary.clone()],
            vec![],
            true,
        ),
        (extend(max), vec![key.clone()], vec![], false),
        (extend(1), vec![key.clone()], vec![key.clone()], false),
        (extend(1), vec![account.clone()], vec![], false),
        (restore.clone(), vec![], vec![key.clone()], true),
        (restore.clone(), vec![key.clone()], vec![], false),
        (restore.clone(), vec![], vec![temporary], false),
        (restore, vec![], vec![account], false),
    ];
    for (body, read_only, read_write, sound) in rows {
        let malformed = match &body {
            OperationBody::InvokeHostFunction(_) => {
                OperationResultTr::InvokeHostFunction(Code::Malformed)
            }
            OperationBody::ExtendFootprintTtl(_) => {
                OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Malformed)
            }
            _ => OperationResultTr::RestoreFootprint(RestoreFootprintResult::Malformed),
        };
        let mut data = SorobanTransactionData::default();
        data.resources.footprint = LedgerFootprint {
            read_only: read_only.try_into().unwrap(),
            read_write: read_write.try_into().unwrap(),
        };
        let frame = stage.bench.frame(&stage.ann, body, data);
        let checked = check_operation(&stage.bench.config, &frame, &frame.operations()[0]);
        match sound {
            true => assert_eq!(checked, Ok(())),
            false => assert_eq!(checked, Err(OperationResult::OpInner(malformed))),
        }
    }
}
