//! Every borrower of a pool in columns.
