//! The state file.

mod damage;
mod figures;
mod killed;
mod restart;
mod support;
