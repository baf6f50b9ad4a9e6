//! Classic operations.
