//! How many token transfers a second one core applies, in closed ledgers with history.
//!
//! `cargo run --release -p ballast-ledger --example transfers [TRANSFERS]`. Prints one line of JSON.
//! Signing and recording are not counted, they are a client's; handing in, choosing, applying and closing
//! are.

use ballast_ledger::{Frame, Genesis, Harness, HarnessError, Limits, SubmitStatus};
use ballast_transaction::{i128_value, symbol, Builder, KeyPair};
use std::time::{Duration, Instant};
use stellar_xdr::curr::{
    Asset, HostFunction, InvokeContractArgs, ScAddress, ScVal, SorobanTransactionData,
    TransactionEnvelope,
};

/// Senders, one transfer each in a ledger.
const SENDERS: usize = 500;

fn main() -> Result<(), HarnessError> {
    let wanted = std::env::args()
        .nth(1)
        .and_then(|number| number.parse().ok());
    let wanted: usize = wanted.unwrap_or(10_000);
    let mut harness = Harness::new(Genesis {
        limits: Limits::Unlimited,
        close_time: 1_700_000_000,
        ..Genesis::default()
    });
    let root = harness.root();
    let contract = harness.asset_contract(&root, Asset::Native)?;
    let mut senders = Vec::with_capacity(SENDERS);
    for number in 0..SENDERS {
        senders.push(harness.account(&format!("sender {number}"), 1_000_0000000)?);
    }
    harness.close_ledger();

    let (mut applied, mut ledgers) = (0, 0);
    let (mut submitting, mut closing) = (Duration::ZERO, Duration::ZERO);
    while applied < wanted {
        let mut envelopes = Vec::with_capacity(SENDERS);
        for (number, sender) in senders.iter().enumerate() {
            let to = &senders[(number + 1) % SENDERS];
            envelopes.push(transfer(&mut harness, &contract, sender, to)?);
        }
        let start = Instant::now();
        for envelope in envelopes {
            if harness.submit(envelope).status != SubmitStatus::Pending {
                eprintln!("a transfer was not taken");
            }
        }
        submitting += start.elapsed();
        let start = Instant::now();
        let closed = harness.close_ledger();
        closing += start.elapsed();
        let failed = closed.transactions.iter().filter(|tx| {
            !matches!(
                tx.result.result,
                stellar_xdr::curr::TransactionResultResult::TxSuccess(_)
            )
        });
        let failed = failed.count();
        if failed > 0 {
            eprintln!("{failed} transfers failed");
        }
        applied += closed.transactions.len() - failed;
        ledgers += 1;
    }
    let seconds = (submitting + closing).as_secs_f64();
    println!(
        "{{\"transfers\": {applied}, \"ledgers\": {ledgers}, \"seconds\": {seconds:.3}, \
         \"submitting_seconds\": {:.3}, \"transfers_per_second\": {:.0}}}",
        submitting.as_secs_f64(),
        applied as f64 / seconds
    );
    Ok(())
}

/// A transfer with resources to spare, so that it need not be recorded each time.
fn transfer(
    harness: &mut Harness,
    contract: &ScAddress,
    from: &KeyPair,
    to: &KeyPair,
) -> Result<TransactionEnvelope, HarnessError> {
    let function = HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: contract.clone(),
        function_name: symbol("transfer"),
        args: vec![
            ScVal::Address(from.sc_address()),
            ScVal::Address(to.sc_address()),
            i128_value(1),
        ]
        .try_into()
        .unwrap_or_default(),
    });
    let recorded = harness.host_function(from, function, &[])?;
    let network = harness.ledger.network().clone();
    let Ok(frame) = Frame::new(&network, recorded) else {
        return Err(HarnessError::NoAccount(from.address()));
    };
    let mut data: SorobanTransactionData = frame.soroban_data().cloned().unwrap_or_default();
    data.resources.instructions += 200_000;
    data.resources.write_bytes += 500;
    data.resources.disk_read_bytes += 500;
    data.resource_fee += 10_000;
    let operation = frame.operations()[0].body.clone();
    Ok(Builder::new(from.muxed(), frame.sequence())
        .operation(operation)
        .soroban(data)
        .sign(&network, &[from]))
}
