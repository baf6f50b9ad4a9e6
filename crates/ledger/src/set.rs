//! Which transactions go into a ledger, what they pay to be in it, and in which order they apply.

use crate::ClosedTransaction;
use stellar_xdr::curr::{GeneralizedTransactionSet, Hash};

/// How a set orders the transactions of a closed ledger; they are told by their place in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {}

impl Layout {
    pub(crate) fn set(
        &self,
        _previous: Hash,
        _transactions: &[ClosedTransaction],
    ) -> GeneralizedTransactionSet {
        todo!()
    }
}
