//! Simulates, signs, sends and follows.
