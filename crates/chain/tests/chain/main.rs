//! The chain itself, before anything of Ballast's stands on it.

mod amm;
mod authorization;
mod blend;
mod limits;
mod network;
mod oracle;
mod token;
