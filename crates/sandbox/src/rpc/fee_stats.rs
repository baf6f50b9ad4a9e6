use super::{NoParams, RpcError, View};
use ballast_ledger::FeeDistribution;
use serde_json::{json, Value};

/// getFeeStats.
pub(crate) fn get(view: &View, _: NoParams) -> Result<Value, RpcError> {
    let stats = view.fee_stats();
    Ok(json!({
        "sorobanInclusionFee": tell(&stats.soroban),
        "inclusionFee": tell(&stats.classic),
        "latestLedger": view.latest()?.sequence(),
    }))
}

fn tell(fees: &FeeDistribution) -> Value {
    let mut told = json!({
        "max": fees.max.to_string(),
        "min": fees.min.to_string(),
        "mode": fees.mode.to_string(),
        "transactionCount": fees.transactions.to_string(),
        "ledgerCount": fees.ledgers,
    });
    let names = [
        "p10", "p20", "p30", "p40", "p50", "p60", "p70", "p80", "p90", "p95", "p99",
    ];
    for (name, fee) in names.into_iter().zip(fees.percentiles) {
        told[name] = Value::from(fee.to_string());
    }
    told
}
