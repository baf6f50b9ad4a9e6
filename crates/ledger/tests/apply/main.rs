//! One transaction at a time, on a state without a ledger around it: every result code, one row each.

mod bench;
mod change_trust;
mod clawback;
mod conservation;
mod contracts;
mod create_account;
mod entries;
mod fee_bump;
mod fees;
mod meta;
mod payment;
mod preconditions;
mod set_options;
mod set_trust_line_flags;
mod signers;
mod validity;
