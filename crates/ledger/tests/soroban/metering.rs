//! What recording finds is what applying counts; the installed cost parameters are the host's own.

use crate::bench::*;
use ballast_ledger::{Limits, RecordAuth};
use ballast_transaction::*;
use soroban_env_host::budget::Budget;
use stellar_xdr::curr::*;

fn transfer(asset: &ScAddress, from: &KeyPair, to: &KeyPair, stroops: i128) -> HostFunction {
    invocation(
        asset,
        "transfer",
        &[
            ScVal::Address(from.sc_address()),
            ScVal::Address(to.sc_address()),
            i128_value(stroops),
        ],
    )
}

#[test]
fn recorded_resources_are_enough_and_hardly_more() {
    let mut bench = Bench::new(Limits::Mainnet);
    let ann = bench.account("ann", 1_000_0000000);
    let bob = bench.account("bob", 1_000_0000000);
    let native = bench.asset(&ann, Asset::Native);
    let contract = bench.deploy(&ann);
    let calls = [
        transfer(&native, &ann, &bob, 5),
        invocation(&contract, "put", &[ScVal::U32(1), bytes(&[9; 300])]),
        invocation(&contract, "get", &[ScVal::U32(1)]),
        invocation(
            &contract,
            "emit",
            &[vector([ScVal::U32(1)]), bytes(&[1; 99])],
        ),
        invocation(&contract, "extend", &[ScVal::U32(1), ScVal::U32(3_000_000)]),
        HostFunction::UploadContractWasm(
            [crate::wasm::contract(), vec![0, 2, 1, b'x']]
                .concat()
                .try_into()
                .unwrap(),
        ),
    ];
    for call in calls {
        let recorded = bench.record(&ann, &call, RecordAuth::Record);
        let executed = bench.done(&ann, call);
        let (found, used) = (
            u64::from(recorded.resources.instructions),
            executed.cost.instructions,
        );
        println!(
            "found {found}, used {used}: {:.2}%",
            found as f64 / used as f64 * 100.0 - 100.0
        );
        assert!(found >= used && found <= used + used / 50, "{found} {used}");
        let declared = (
            recorded.resources.disk_read_bytes,
            recorded.resources.write_bytes,
        );
        println!("{declared:?} {:?}", executed.cost);
        assert_eq!(declared.1, executed.cost.write_bytes);
        assert_eq!(recorded.rent_fee, executed.cost.rent_fee);
        assert_eq!(recorded.event_bytes, executed.cost.event_bytes);
        assert_eq!(recorded.return_bytes, executed.cost.return_bytes);
    }
}

/// Every kind of work, of every amount, costs what the host's own parameters say.
#[test]
fn installed_cost_parameters_are_the_hosts_own() {
    let bench = Bench::new(Limits::Mainnet);
    for kind in ContractCostType::VARIANTS {
        for amount in [None, Some(0), Some(1), Some(127), Some(5_000)] {
            let installed = bench.config.budget(100_000_000).unwrap();
            let own = Budget::default();
            let charged = (installed.charge(kind, amount), own.charge(kind, amount));
            assert_eq!(charged.0.is_ok(), charged.1.is_ok(), "{kind:?} {amount:?}");
            assert_eq!(counted(&installed), counted(&own), "{kind:?} {amount:?}");
        }
    }
}

fn counted(budget: &Budget) -> (u64, u64) {
    (
        budget.get_cpu_insns_consumed().unwrap(),
        budget.get_mem_bytes_consumed().unwrap(),
    )
}
