//! Operations that run or keep contracts.
