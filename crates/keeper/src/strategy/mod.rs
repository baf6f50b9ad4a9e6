//! From what was read to actions, without I/O.
