//! The promises of the design as invariants of random histories of the whole system on wasm:
//! enforced authorisation, real signatures, the main network's limits.
//!
//! A history starts from one saved state and consists of actions of owners, market, pool, issuers,
//! keepers and thieves ([`action`]). After each of them [`effect`] and [`step`] check what must hold,
//! by arithmetic of their own ([`book`]) on the ledger's entries ([`entries`]). A history is drawn from
//! its number, so a failure is repeated by the number that it prints; it is shrunk by proptest first.
//!
//! `BALLAST_SEQUENCES` (64), `BALLAST_ACTIONS` in each (40), `BALLAST_THREADS` (the machine's),
//! `BALLAST_FIRST` (number of the first history, 0).

mod action;
mod ask;
#[allow(dead_code)]
#[path = "../support/attack.rs"]
mod attack;
mod book;
mod draw;
mod effect;
mod entries;
mod fixture;
mod keeper;
mod market;
mod owner;
mod play;
mod reading;
mod rules;
mod run;
mod signed;
mod step;
mod tally;
mod thief;
mod world;

#[test]
fn promises_hold_in_every_history() {
    let settings = run::Settings::from_environment();
    let tally = run::run(&settings);
    run::assert_busy(&settings, &tally);
}
