//! Is a transaction valid: before it is queued, and again when it is applied?
