//! The ledger as a whole: queue, sets, closing, history.

mod basics;
