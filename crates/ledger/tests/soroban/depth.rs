//! Contracts that call each other as deeply as the host allows: no stack overflows, whatever thread it is on.

use crate::bench::*;
use ballast_ledger::{simulate, Limits, RecordAuth, SimulationOptions};
use ballast_transaction::*;
use stellar_xdr::curr::*;

/// Each contract relays to the next; the last echoes.
fn nested(contracts: &[ScAddress]) -> HostFunction {
    let mut function = "echo";
    let mut args = vec![ScVal::U32(7)];
    let mut contracts = contracts.iter().rev();
    let mut outermost = contracts.next().unwrap();
    for contract in contracts {
        args = vec![
            ScVal::Address(outermost.clone()),
            ScVal::Symbol(symbol(function)),
            vector(args),
        ];
        function = "relay";
        outermost = contract;
    }
    invocation(outermost, function, &args)
}

#[test]
fn deep_calls_end_without_overflow() {
    let mut bench = Bench::new(Limits::Unlimited);
    let ann = bench.account("ann", i64::MAX / 2);
    let code = bench.upload(&ann, crate::wasm::contract());
    let contracts: Vec<_> = (0..120)
        .map(|number| bench.create(&ann, code.clone(), [number; 32], Vec::new()))
        .collect();
    let mut deepest = 0;
    for depth in [2, 20, 60, 90, 99, 120] {
        let call = nested(&contracts[..depth]);
        let recorded = bench.record(&ann, &call, RecordAuth::Record);
        let envelope = Builder::new(ann.muxed(), 1)
            .host_function(call.clone(), Vec::new())
            .sign(&bench.network, &[]);
        let (info, options) = (bench.info(), SimulationOptions::default());
        let found = simulate(&bench.state, &bench.config, &info, &envelope, &options);
        assert_eq!(recorded.result.is_ok(), found.error.is_none(), "{depth}");
        if recorded.result.is_ok() {
            let executed = bench.done(&ann, call);
            assert_eq!(executed.return_value, Some(ScVal::U32(7)));
            deepest = depth;
        }
    }
    println!("deepest {deepest}");
    assert!(deepest >= 20, "{deepest}");
    assert!(deepest < 120, "the host has no limit");
}
