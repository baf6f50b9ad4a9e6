//! Ledgers that close when told to, and jumps.

use super::{prices::refresh, refused, told};
use crate::{CloseError, RpcError, Sandbox};
use ballast_ledger::ClosedLedger;
use serde::Deserialize;
use serde_json::Value;
use std::{io, sync::Arc};

/// Most ledgers that close at one call.
const MOST_CLOSES: u32 = 1_000;
/// Longest jump: ten years. Ledgers are those of five seconds.
const MOST_SECONDS: u64 = 10 * 365 * 86_400;
const MOST_LEDGERS: u32 = (MOST_SECONDS / 5) as u32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

pub(super) fn close(sandbox: &Arc<Sandbox>, params: &Close) -> Result<Value, RpcError> {
    if params.count == 0 || params.count > MOST_CLOSES {
        return Err(RpcError::invalid_params(format_args!(
            "count: {} is not from 1 to {MOST_CLOSES}",
            params.count
        )));
    }
    let mut last = due(sandbox).map_err(refused)?;
    for _ in 1..params.count {
        last = due(sandbox).map_err(refused)?;
    }
    Ok(told(&last))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Warp {
    #[serde(default)]
    ledgers: u32,
    #[serde(default)]
    seconds: u64,
}

/// Ledgers move the sequence number, seconds the clock. The ledger arrived at closes at once.
pub(super) fn warp(sandbox: &Arc<Sandbox>, params: &Warp) -> Result<Value, RpcError> {
    let Warp { ledgers, seconds } = *params;
    if (ledgers, seconds) == (0, 0) {
        return Err(RpcError::invalid_params("ledgers or seconds must be given"));
    }
    if ledgers > MOST_LEDGERS || seconds > MOST_SECONDS {
        return Err(RpcError::invalid_params(format_args!(
            "at most {MOST_LEDGERS} ledgers and {MOST_SECONDS} seconds (ten years)"
        )));
    }
    jump(sandbox, ledgers.max(1), seconds)?;
    let closed = due(sandbox).map_err(refused)?;
    Ok(told(&closed))
}

/// Closes a ledger whose time has come, with a round of the oracle if one is due.
pub(crate) fn due(sandbox: &Arc<Sandbox>) -> Result<Arc<ClosedLedger>, CloseError> {
    refresh(sandbox);
    sandbox.close()
}

/// Makes the ledger that is `ledgers` after the last closed one the next to be built, `seconds` later than
/// the clock says now.
pub(super) fn jump(sandbox: &Sandbox, ledgers: u32, seconds: u64) -> Result<(), RpcError> {
    sandbox.change(|ledger| {
        let sequence = ledger.header().ledger_seq.checked_add(ledgers);
        let sequence = sequence.ok_or_else(|| refused("no ledger has a number so high"))?;
        let mut kept = sandbox.controls().kept();
        if seconds > 0 {
            let offset = kept.clock.saturating_add_unsigned(seconds);
            kept.set_clock(sandbox, offset).map_err(not_written)?;
        }
        let time = sandbox.now().max(ledger.header().scp_value.close_time.0);
        ledger.jump(sequence, time);
        Ok(())
    })
}

pub(super) fn not_written(error: io::Error) -> RpcError {
    RpcError::internal(format_args!("the state file cannot be written: {error}"))
}
