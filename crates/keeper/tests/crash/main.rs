//! The crash of 2025-10-10 with 200 vaults of the real distribution, their bare twins, and the keeper.

mod borrowers;
mod bots;
mod chances;
mod town;

use town::Town;

#[tokio::test(flavor = "multi_thread")]
async fn town_liquidates_bare_borrowers() {
    let borrowers = match borrowers::draw(20, town::FIRST_PRICES) {
        Ok(borrowers) => borrowers,
        Err(why) => {
            eprintln!("SKIPPED: {why}");
            return;
        }
    };
    let begun = std::time::Instant::now();
    let town = Town::start(borrowers).await;
    println!("built in {:?}", begun.elapsed());
    for n in 0..840 {
        let moment = town.next().await;
        if !moment.sales.is_empty() || !moment.missed.is_empty() || n % 60 == 0 {
            println!(
                "{:?} {} {} {:.4} {:.4} {:?} missed {:?} failed {}",
                begun.elapsed(),
                moment.ledger,
                moment.time,
                moment.market_usd,
                moment.oracle_usd,
                moment.sales,
                moment.missed.len(),
                moment.failed
            );
        }
    }
}
