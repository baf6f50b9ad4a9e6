//! What a transaction declares, before it is queued.

use crate::bench::*;
use ballast_ledger::{check_resources, diagnose_resources, disk_read_entries, Limits};
use ballast_transaction::*;
use stellar_xdr::curr::*;

type Change = fn(&mut SorobanTransactionData, &KeyPair);

fn contract_key(key: ScVal) -> LedgerKey {
    Bench::data_key(&ScAddress::Contract(ContractId(Hash([3; 32]))), key)
}

fn keys(count: u32) -> VecM<LedgerKey> {
    let keys: Vec<_> = (0..count)
        .map(|number| contract_key(ScVal::U32(number)))
        .collect();
    keys.try_into().unwrap()
}

fn accounts(count: u8) -> VecM<LedgerKey> {
    let account = |number| {
        LedgerKey::Account(LedgerKeyAccount {
            account_id: account_id([number; 32]),
        })
    };
    (0..count)
        .map(account)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap()
}

fn line(code: &[u8; 4], holder: AccountId, issuer: AccountId) -> LedgerKey {
    LedgerKey::Trustline(LedgerKeyTrustLine {
        account_id: holder,
        asset: TrustLineAsset::CreditAlphanum4(AlphaNum4 {
            asset_code: AssetCode4(*code),
            issuer,
        }),
    })
}

fn archived(data: &mut SorobanTransactionData, indices: &[u32]) {
    data.ext = SorobanTransactionDataExt::V1(SorobanResourcesExtV0 {
        archived_soroban_entries: indices.to_vec().try_into().unwrap(),
    });
}

#[test]
fn what_is_declared_is_checked_against_the_limits() {
    let rows: [(Change, &str); 21] = [
        (|_, _| {}, ""),
        (|d, _| d.resources.instructions = 400_000_000, ""),
        (
            |d, _| d.resources.instructions = 400_000_001,
            "transaction instructions resources exceed network config limit",
        ),
        (
            |d, _| d.resources.disk_read_bytes = 200_001,
            "transaction byte-read resources exceed network config limit",
        ),
        (
            |d, _| d.resources.write_bytes = 132_097,
            "transaction byte-write resources exceed network config limit",
        ),
        (|d, _| d.resources.footprint.read_only = keys(400), ""),
        (
            |d, _| d.resources.footprint.read_only = keys(401),
            "the number of entries in transaction footprint exceeds the network config limit",
        ),
        (|d, _| d.resources.footprint.read_only = accounts(200), ""),
        (
            |d, _| d.resources.footprint.read_only = accounts(201),
            "transaction entry-disk-read resources exceed network config limit",
        ),
        (
            |d, _| d.resources.footprint.read_write = keys(201),
            "transaction entry-write resources exceed network config limit",
        ),
        (
            |d, ann| {
                let ttl = LedgerKey::Ttl(LedgerKeyTtl {
                    key_hash: Hash([0; 32]),
                });
                let _ = ann;
                d.resources.footprint.read_only = vec![ttl].try_into().unwrap();
            },
            "transaction footprint contains unsupported ledger key type",
        ),
        (
            |d, ann| {
                let line = line(
                    b"USD\0",
                    ann.account_id(),
                    KeyPair::from_name("bob").account_id(),
                );
                d.resources.footprint.read_only = vec![line].try_into().unwrap();
            },
            "",
        ),
        (
            |d, ann| {
                let line = line(b"USD\0", ann.account_id(), ann.account_id());
                d.resources.footprint.read_only = vec![line].try_into().unwrap();
            },
            "transaction footprint contains invalid trustline asset",
        ),
        (
            |d, ann| {
                let line = line(
                    b"\0USD",
                    ann.account_id(),
                    KeyPair::from_name("bob").account_id(),
                );
                d.resources.footprint.read_only = vec![line].try_into().unwrap();
            },
            "transaction footprint contains invalid trustline asset",
        ),
        // 52 bytes of the key are its frame.
        (
            |d, _| {
                let key = contract_key(bytes(&[1; 196]));
                d.resources.footprint.read_only = vec![key].try_into().unwrap();
            },
            "",
        ),
        (
            |d, _| {
                let key = contract_key(bytes(&[1; 204]));
                d.resources.footprint.read_only = vec![key].try_into().unwrap();
            },
            "transaction footprint key exceeds network config limit",
        ),
        (
            |d, _| {
                d.resources.footprint.read_write = keys(3);
                archived(d, &[0, 2]);
            },
            "",
        ),
        (
            |d, _| {
                d.resources.footprint.read_write = keys(3);
                archived(d, &[2, 0]);
            },
            "archivedSorobanEntries must be sorted in ascending order",
        ),
        (
            |d, _| {
                d.resources.footprint.read_write = keys(3);
                archived(d, &[1, 1]);
            },
            "archivedSorobanEntries must be sorted in ascending order",
        ),
        (
            |d, _| {
                d.resources.footprint.read_write = keys(3);
                archived(d, &[3]);
            },
            "archivedSorobanEntries index is out of bounds",
        ),
        (
            |d, _| {
                d.resources.footprint.read_write = accounts(1);
                archived(d, &[0]);
            },
            "archivedSorobanEntries index points to a non-persistent entry",
        ),
    ];
    let bench = Bench::new(Limits::Mainnet);
    let unlimited = Bench::new(Limits::Unlimited);
    let ann = KeyPair::from_name("ann");
    for (change, message) in rows {
        let mut data = SorobanTransactionData::default();
        change(&mut data, &ann);
        let restore = OperationBody::InvokeHostFunction(InvokeHostFunctionOp::default());
        let frame = bench.frame(&ann, restore, data);
        let checked = check_resources(&bench.config, &frame);
        assert_eq!(checked.err().unwrap_or_default(), message);
        let told = diagnose_resources(&bench.config, &frame);
        assert_eq!(told.is_some(), !message.is_empty());
        if message.contains("network config limit") {
            assert_eq!(check_resources(&unlimited.config, &frame), Ok(()));
        }
    }
}

#[test]
fn a_large_transaction_is_refused() {
    let bench = Bench::new(Limits::Mainnet);
    let ann = KeyPair::from_name("ann");
    let upload = |bytes| {
        let host_function = HostFunction::UploadContractWasm(vec![0; bytes].try_into().unwrap());
        let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function,
            auth: VecM::default(),
        });
        bench.frame(&ann, body, SorobanTransactionData::default())
    };
    assert_eq!(check_resources(&bench.config, &upload(131_072)), Ok(()));
    let message = "total transaction size exceeds network config limit";
    assert_eq!(
        check_resources(&bench.config, &upload(132_096)),
        Err(message)
    );
}

/// The published figures, by hand.
#[test]
fn fees_are_the_published_ones() {
    let bench = Bench::new(Limits::Mainnet);
    let ann = KeyPair::from_name("ann");
    let mut data = SorobanTransactionData {
        resources: SorobanResources {
            footprint: LedgerFootprint {
                read_only: accounts(2),
                read_write: keys(3),
            },
            instructions: 1_000_001,
            disk_read_bytes: 1024,
            write_bytes: 1025,
        },
        ..SorobanTransactionData::default()
    };
    archived(&mut data, &[1]);
    let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp::default());
    let frame = bench.frame(&ann, body, data);
    assert_eq!(disk_read_entries(&frame), 3);
    let up = |amount: i64, unit: i64| (amount + unit - 1) / unit;
    let size = i64::from(frame.bytes());
    let fee = up(1_000_001 * 7, 10_000)
        + 3 * 1_563
        + 3 * 2_500
        + 447
        + up(1025 * 875, 1024)
        + up((size + 300) * 4_059, 1024)
        + up(size * 406, 1024);
    assert_eq!(
        ballast_ledger::non_refundable_fee(&bench.config, &frame),
        fee
    );
}
