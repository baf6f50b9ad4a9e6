//! A harness with what the tests have in common.

use ballast_ledger::{Entry, Genesis, Harness, Limits, Read, SubmitStatus};
use ballast_transaction::{i128_value, KeyPair};
use stellar_xdr::curr::{
    Asset, ConfigSettingEntry, FeeBumpTransaction, FeeBumpTransactionEnvelope,
    FeeBumpTransactionExt, FeeBumpTransactionInnerTx, LedgerEntryData, MuxedAccount, OperationBody,
    PaymentOp, ScAddress, ScVal, TransactionEnvelope, TransactionResult, TransactionResultResult,
};

pub const XLM: i64 = 1_0000000;
pub const START: u64 = 1_700_000_000;

pub fn harness(limits: Limits) -> Harness {
    Harness::new(Genesis {
        limits,
        close_time: START,
        ..Genesis::default()
    })
}

/// So many accounts with 10,000 XLM each, in a closed ledger.
pub fn accounts(harness: &mut Harness, count: usize) -> Vec<KeyPair> {
    let keys = (0..count)
        .map(|number| harness.account(&format!("account {number}"), 10_000 * XLM))
        .collect::<Result<_, _>>()
        .unwrap();
    harness.close_ledger();
    keys
}

pub fn native(harness: &mut Harness) -> ScAddress {
    let root = harness.root();
    let contract = harness.asset_contract(&root, Asset::Native).unwrap();
    harness.close_ledger();
    contract
}

pub fn payment(to: &KeyPair, stroops: i64) -> OperationBody {
    OperationBody::Payment(PaymentOp {
        destination: to.muxed(),
        asset: Asset::Native,
        amount: stroops,
    })
}

/// A signed transfer through the native asset's contract that bids so much.
pub fn transfer(
    harness: &mut Harness,
    contract: &ScAddress,
    from: &KeyPair,
    to: ScAddress,
    bid: u32,
) -> TransactionEnvelope {
    let args = vec![
        ScVal::Address(from.sc_address()),
        ScVal::Address(to),
        i128_value(XLM.into()),
    ];
    harness.bid = bid;
    let function = call(contract, "transfer", args);
    let envelope = harness.host_function(from, function, &[]).unwrap();
    harness.bid = 100;
    envelope
}

pub fn call(contract: &ScAddress, name: &str, args: Vec<ScVal>) -> stellar_xdr::curr::HostFunction {
    stellar_xdr::curr::HostFunction::InvokeContract(stellar_xdr::curr::InvokeContractArgs {
        contract_address: contract.clone(),
        function_name: ballast_transaction::symbol(name),
        args: args.try_into().unwrap(),
    })
}

/// A fee bump that pays so much in all.
pub fn fee_bump(
    harness: &Harness,
    payer: &KeyPair,
    inner: TransactionEnvelope,
    fee: i64,
) -> TransactionEnvelope {
    let TransactionEnvelope::Tx(inner) = inner else {
        panic!("a fee bump of a fee bump");
    };
    let tx = FeeBumpTransaction {
        fee_source: MuxedAccount::Ed25519(stellar_xdr::curr::Uint256(payer.public())),
        fee,
        inner_tx: FeeBumpTransactionInnerTx::Tx(inner),
        ext: FeeBumpTransactionExt::V0,
    };
    let signature = payer.sign_hash(&harness.ledger.network().fee_bump_hash(&tx));
    TransactionEnvelope::TxFeeBump(FeeBumpTransactionEnvelope {
        tx,
        signatures: vec![signature].try_into().unwrap(),
    })
}

/// Changes one of the network's settings.
pub fn setting(harness: &mut Harness, change: impl Fn(&mut ConfigSettingEntry)) {
    let entries: Vec<_> = harness
        .ledger
        .state()
        .iter()
        .map(|(_, entry)| entry.entry.as_ref().clone())
        .collect();
    for mut entry in entries {
        if let LedgerEntryData::ConfigSetting(setting) = &mut entry.data {
            let before = setting.clone();
            change(setting);
            if *setting != before {
                harness.ledger.edit(Entry::new(entry, None));
            }
        }
    }
}

/// At most so many transactions of contracts in a ledger.
pub fn limit_count(harness: &mut Harness, count: u32) {
    setting(harness, |setting| {
        if let ConfigSettingEntry::ContractExecutionLanes(lanes) = setting {
            lanes.ledger_max_tx_count = count;
        }
    });
}

/// So many instructions in a cluster.
pub fn limit_instructions(harness: &mut Harness, instructions: i64) {
    setting(harness, |setting| {
        if let ConfigSettingEntry::ContractComputeV0(compute) = setting {
            compute.ledger_max_instructions = instructions;
        }
    });
}

pub fn error(status: SubmitStatus) -> TransactionResult {
    match status {
        SubmitStatus::Error { result, .. } => *result,
        other => panic!("{other:?}"),
    }
}

pub fn succeeded(result: &TransactionResult) -> bool {
    matches!(
        result.result,
        TransactionResultResult::TxSuccess(_) | TransactionResultResult::TxFeeBumpInnerSuccess(_)
    )
}

/// Accounts' and contracts' lumens and the fee pool.
pub fn all_lumens(harness: &Harness) -> i128 {
    let network = harness.ledger.network();
    let held: i128 = harness
        .ledger
        .state()
        .iter()
        .map(|(_, entry)| ballast_ledger::lumens(network, &entry.entry))
        .sum();
    held + i128::from(harness.ledger.building().fee_pool)
}

pub fn has(harness: &Harness, key: &stellar_xdr::curr::LedgerKey) -> bool {
    harness.ledger.state().get(key).is_some()
}
