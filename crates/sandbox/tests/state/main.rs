//! The state file.

mod damage;
mod killed;
mod restart;
mod support;
