//! From what was read to actions, without I/O.
//!
//! [`Seen`] computes what a vault's contract would, on `contracts/core`: the same position, policy in
//! force, floor, step and refusal as the lens at the same ledger. [`decide`] makes a ledger's decisions
//! of it: which vaults are acted on, in which order, by which way. [`judge`] looks once more after the
//! simulation, at the amounts and the fee that it tells.
//!
//! Amounts, floors and refusals are exact. What a venue will pay, what a crowd will sell and what a ledger
//! of delay costs are estimates, and are only ever used to choose and to order: whatever is chosen, the
//! vault verifies.

mod choose;
mod decide;
mod fees;
mod judge;
mod refused;
mod seen;
mod types;
mod urgency;
mod venue;

pub use decide::decide;
pub use fees::{inclusion_fee, lumen_price, TYPICAL_RESOURCE_FEE};
pub use judge::judge;
pub use refused::Refused;
pub use seen::Seen;
pub use types::{
    Action, Decision, Fees, Hold, Incoming, Input, Inventory, Settings, Sponsor, Verdict, Way,
};
pub use urgency::{urgency, Urgency};
