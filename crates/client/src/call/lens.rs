//! The lens: views of a vault.

use super::{args, Call};
use crate::value::{Address, Bytes, Health, Path, PositionLeg, StepQuote};

/// The position, leg by leg.
pub fn position(lens: &Address, vault: &Address) -> Call<Vec<PositionLeg>> {
    Call::new(lens, "position", args![vault])
}

/// How the vault stands.
pub fn health(lens: &Address, vault: &Address) -> Call<Health> {
    Call::new(lens, "health", args![vault])
}

/// A step that `rebalance` accepts now, sold through `adapter` on `route`.
pub fn quote_rebalance(
    lens: &Address,
    vault: &Address,
    path: Path,
    adapter: &Address,
    route: &Bytes,
) -> Call<StepQuote> {
    let args = args![vault, &path, adapter, route];
    Call::new(lens, "quote_rebalance", args)
}

/// A step that `fill` accepts now: pass `step.min_proceeds` as `repay`, `step.sell` as `collateral_out`.
pub fn quote_fill(lens: &Address, vault: &Address) -> Call<StepQuote> {
    Call::new(lens, "quote_fill", args![vault])
}
