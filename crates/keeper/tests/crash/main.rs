//! The crash of 2025-10-10 with 200 vaults of the real distribution, their bare twins, and the keeper: no vault
//! is filled in an auction that could have been saved under the network's limits.
//!
//! What that means is said and checked in [`chances`]: by what the contracts accept, not by what the keeper
//! thinks.

mod borrowers;
mod bots;
mod chances;
mod keeper;
mod report;
mod town;

use borrowers::Borrower;
use keeper::Runner;
use report::{Fate, Record};
use std::time::Duration;
use town::Town;

/// Ledgers that are played: 20:50 to 21:55 UTC, the fall and the auctions that it opens.
const LEDGERS: u32 = 780;
/// What a keeper with an inventory has of XLM, USDC and EURC, tokens.
const PLENTY: [i128; 3] = [5_000_000, 2_000_000, 1_000_000];

fn drawn(count: usize) -> Option<Vec<Borrower>> {
    match borrowers::draw(count, town::FIRST_PRICES) {
        Ok(borrowers) => Some(borrowers),
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            None
        }
    }
}

/// Plays the crash with the keeper; what happened, and how long the keeper took for a ledger at most.
async fn play(town: &Town) -> (Record, Duration) {
    let mut runner = Runner::start(town).await;
    let mut record = Record::default();
    for _ in 0..LEDGERS {
        let moment = town.next().await;
        record.take(&town.info, &moment);
        runner.turn(moment.ledger).await;
    }
    let longest = runner.longest;
    runner.stop().await;
    println!("{}", record.table(&town.info));
    let of = |fate| record.count(&town.info, fate);
    println!(
        "{} vaults: {} saved, {} lost, {} missed; {} of their twins filled; at most {} steps in a ledger, \
         {} transactions of the keeper failed, it took {longest:?} for a ledger at most",
        town.info.pairs.len(),
        of(Fate::Saved),
        of(Fate::Lost),
        of(Fate::Missed),
        record.twins_filled(&town.info),
        record.most_steps,
        record.failed,
    );
    (record, longest)
}

fn assert_none_missed(town: &Town, record: &Record) {
    for pair in &town.info.pairs {
        let missed = record.chances_before_fill(&pair.vault);
        assert!(missed.is_empty(), "{} was filled: {missed:?}", pair.vault);
    }
}

/// Each vault's steps, their cost, and what its bare twin lost are written to `target/crash-keeper.json`.
#[tokio::test(flavor = "multi_thread")]
async fn no_vault_is_filled_that_could_have_been_saved() {
    let Some(borrowers) = drawn(200) else { return };
    let town = Town::start(borrowers, PLENTY).await;
    let (record, _) = play(&town).await;
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/crash-keeper.json"
    );
    let json = serde_json::to_string_pretty(&record.json(&town.info)).expect("it is JSON");
    std::fs::write(file, json).expect("the report is written");
    assert_none_missed(&town, &record);
    // Something is at stake, and the keeper helps.
    let twins = record.twins_filled(&town.info);
    assert!(twins > 20, "{twins} twins were filled");
    assert!(record.count(&town.info, Fate::Saved) >= twins * 9 / 10);
}

/// A keeper that owns nothing sells through venues, which pay the market's price and not the oracle's: what
/// falls through cannot be saved so, and everything else is.
#[tokio::test(flavor = "multi_thread")]
async fn no_vault_is_filled_that_a_keeper_without_an_inventory_could_have_saved() {
    let Some(borrowers) = drawn(60) else { return };
    let town = Town::start(borrowers, [0; 3]).await;
    let (record, _) = play(&town).await;
    assert_none_missed(&town, &record);
    assert!(record.count(&town.info, Fate::Saved) > 0);
}

/// The check finds what nobody does: without a keeper vaults are filled like their twins, and most of them
/// could have been saved.
#[tokio::test(flavor = "multi_thread")]
async fn chances_are_missed_when_no_keeper_runs() {
    let Some(borrowers) = drawn(40) else { return };
    let town = Town::start(borrowers, PLENTY).await;
    let mut record = Record::default();
    for _ in 0..LEDGERS {
        record.take(&town.info, &town.next().await);
    }
    println!("{}", record.table(&town.info));
    let missed = record.count(&town.info, Fate::Missed);
    let lost = record.count(&town.info, Fate::Lost);
    assert_eq!(record.count(&town.info, Fate::Saved), 0);
    assert_eq!(missed + lost, record.twins_filled(&town.info));
    assert!(missed > lost, "{missed} missed, {lost} lost");
}
