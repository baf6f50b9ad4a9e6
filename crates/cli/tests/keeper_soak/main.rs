//! A simulated day of the keeper, as a process of its own: memory, files and channels do not grow.
//!
//! Outside `make test`: `make keeper-soak`. BALLAST_SOAK_HOURS (24) says how long.

mod process;
#[path = "../../../keeper/tests/support/mod.rs"]
mod support;

use ballast_client::{value::Address, vault, Error};
use ballast_keeper::store::{HistoryFilter, Store};
use process::{free_port, Keeper, Sample};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};
use support::{units, World};
use tempfile::TempDir;

/// Ledgers of a simulated hour.
const HOUR_LEDGERS: u32 = 720;
/// Seconds from one ledger to the next.
const LEDGER_SECONDS: u64 = 5;
/// Ledgers from one price to the next.
const PRICE_LEDGERS: u32 = 60;
/// Owners and their vaults, and those that borrow again each hour.
const OWNERS: [&str; 6] = ["alice", "bob", "carol", "erin", "frank", "grace"];
const VAULTS_EACH: usize = 6;
const BORROW_AGAIN: usize = 9;
/// Where a vault goes back to, 7 decimals.
const BORROW_TO_E7: i128 = 0_9400000;
/// What a transaction needs of real time between two ledgers when something is to be done.
const BREATH: Duration = Duration::from_millis(80);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a simulated day takes a quarter of an hour: make keeper-soak"]
async fn a_day_of_the_keeper_leaves_no_growth() {
    let hours: u32 = std::env::var("BALLAST_SOAK_HOURS")
        .map_or(24, |hours| hours.parse().expect("BALLAST_SOAK_HOURS"));
    let world = World::start().await;
    let mut vaults = Vec::new();
    for number in 0..OWNERS.len() * VAULTS_EACH {
        let risk = 0_8000000 + 0_0030000 * i128::try_from(number).unwrap();
        let owner = OWNERS[number % OWNERS.len()];
        let vault = world.vault_at(owner, units("3000"), risk).await;
        vaults.push((owner, vault));
    }
    let folder = TempDir::new().unwrap();
    let keeper = begin(&world, &folder).await;
    let begun = Instant::now();
    let mut samples = vec![sample(&keeper, &folder, 0).await];
    println!("{}", Sample::HEADING);
    println!("{}", samples[0]);
    let mut path = Path(7);
    for ledger in 1..=hours * HOUR_LEDGERS {
        world.pass(LEDGER_SECONDS).await;
        if ledger % PRICE_LEDGERS == 0 {
            world.set_prices(&[("XLM", &path.price(ledger))]).await;
        }
        let at_risk = keeper.reach(world.ledger()).await;
        if at_risk {
            tokio::time::sleep(BREATH).await;
        }
        if ledger % HOUR_LEDGERS == 0 {
            let hour = ledger / HOUR_LEDGERS;
            borrow_again(&world, &vaults, hour as usize).await;
            keeper.reach(world.ledger()).await;
            samples.push(sample(&keeper, &folder, hour).await);
            println!("{}", samples[samples.len() - 1]);
        }
    }
    let pace = begun.elapsed().as_secs_f64() / f64::from(hours * HOUR_LEDGERS) * 1e3;
    println!(
        "{hours} simulated hours in {:.0?}, {pace:.1} ms a ledger",
        begun.elapsed()
    );

    // Without a vault at risk everything comes to rest.
    world.set_prices(&[("XLM", "0.5")]).await;
    for _ in 0..60 {
        world.pass(LEDGER_SECONDS).await;
        keeper.reach(world.ledger()).await;
    }
    let (free, channels) = keeper.channels();
    assert_eq!(free, channels, "channels that are not free");
    assert!(keeper.is_healthy(), "{}", keeper.log());
    let store = Store::open_read_only(&folder.path().join("keeper.db"))
        .await
        .unwrap();
    assert!(store.unfinished().await.unwrap().is_empty());
    store.close().await;
    keeper.stop();
    judge(&samples);
}

/// What grows, grows with what happened, not with time.
fn judge(samples: &[Sample]) {
    let quarter = (samples.len() / 4).max(1);
    let (early, late) = (
        &samples[1..=quarter.max(2)],
        &samples[samples.len() - quarter..],
    );
    let most = |of: &[Sample], what: fn(&Sample) -> u64| of.iter().map(what).max().unwrap_or(0);
    let mut wrong = String::new();
    let mut limit = |what: &str, found: u64, most: u64| {
        if found > most {
            writeln!(
                wrong,
                "{what}: {found} at the end, at most {most} by the beginning"
            )
            .unwrap();
        }
    };
    let resident = |sample: &Sample| sample.resident;
    // Caches fill, allocators keep: a tenth and four megabytes.
    let allowed = most(early, resident) * 11 / 10 + (4 << 20);
    limit("resident bytes", most(late, resident), allowed);
    // Idle connections come and go, so the number of open files swings by a few: a leak raises the least of them.
    let least_open = late.iter().map(|sample| sample.open_files).min();
    limit(
        "open files",
        least_open.unwrap_or(0),
        most(early, |sample| sample.open_files) + 2,
    );
    for (what, of) in [
        (
            "threads",
            (|sample: &Sample| sample.threads) as fn(&Sample) -> u64,
        ),
        ("files in the folder", |sample| sample.files),
    ] {
        limit(what, most(late, of), most(early, of) + 2);
    }
    let log = |sample: &Sample| sample.log_of_changes;
    limit(
        "bytes of the database's log of changes",
        most(samples, log),
        20 << 20,
    );
    let (first, last) = (&samples[1], &samples[samples.len() - 1]);
    let rows = last.decisions - first.decisions
        + u64::from(last.hour - first.hour) * u64::from(HOUR_LEDGERS);
    limit(
        "bytes of the database",
        last.database,
        first.database + rows * 2_000,
    );
    limit("channels", last.channels, first.channels);
    assert!(
        last.steps >= u64::from(last.hour),
        "too little happened: {} steps",
        last.steps
    );
    assert!(wrong.is_empty(), "{wrong}");
}

/// Configures a keeper as an operator does, and starts it.
async fn begin(world: &World, folder: &TempDir) -> Keeper {
    let port = free_port();
    let key = world.keys("judy").secret();
    process::write_private(&folder.path().join("keeper.key"), &key);
    let arguments: Vec<String> = [
        "--rpc-url",
        &world.url,
        "--factory",
        &world.contract("factory").to_string(),
        "--pool",
        &world.pool().to_string(),
        "--key-file",
        "keeper.key",
        "--channels",
        "8",
    ]
    .map(str::to_owned)
    .into();
    let place = folder.path().to_owned();
    let mut made = tokio::task::spawn_blocking(move || process::init(&place, &arguments));
    loop {
        tokio::select! {
            made = &mut made => break made.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(50)) => {
                world.close(1).await;
            }
        }
    }
    let file = folder.path().join("keeper.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text
        .replace(
            "bind = \"127.0.0.1:9464\"",
            &format!("bind = \"127.0.0.1:{port}\""),
        )
        .replace("# poll_ms = 500", "poll_ms = 10")
        .replace("# full_check_hours = 24", "full_check_hours = 1")
        // Ledgers come in milliseconds here.
        .replace("# valid_ledgers = 2", "valid_ledgers = 60")
        .replace("# sponsor = \"none\"", "sponsor = \"all\"")
        .replace("# level = \"info\"", "level = \"warn\"");
    let venues = world.deployment.comet.iter().map(|pool| {
        let adapter = world.contract("adapter");
        format!(
            "\n[[venue]]\nadapter = \"{adapter}\"\ncomet = \"{}\"\n",
            pool.contract
        )
    });
    let text = text + &venues.collect::<String>();
    std::fs::write(&file, text).unwrap();
    let keeper = Keeper::start(folder.path(), port);
    // It shows its first ledger once one has come.
    let mut tries = 0;
    while !keeper.shows_a_ledger() {
        assert!(tries < 300, "{}", keeper.log());
        tries += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.pass(LEDGER_SECONDS).await;
    }
    keeper
}

async fn sample(keeper: &Keeper, folder: &TempDir, hour: u32) -> Sample {
    let store = Store::open_read_only(&folder.path().join("keeper.db"))
        .await
        .unwrap();
    let filter = HistoryFilter {
        limit: 1,
        ..HistoryFilter::default()
    };
    let last = store.history(&filter).await.unwrap();
    store.close().await;
    let decisions = last.first().map_or(0, |row| row.decision.id.unsigned_abs());
    keeper.sample(folder.path(), hour, decisions)
}

/// Some owners borrow again what the keeper repaid: else there is nothing to do after the first crash.
async fn borrow_again(world: &World, vaults: &[(&str, Address)], hour: usize) {
    for place in 0..BORROW_AGAIN {
        let (owner, vault) = &vaults[(hour * BORROW_AGAIN + place) % vaults.len()];
        let health = world.health(vault).await;
        let room = BORROW_TO_E7 - health.risk_ratio_e7;
        if room <= 0 || health.risk_ratio_e7 <= 0 {
            continue;
        }
        // A dollar has 14 decimals at the oracle and 7 as USDC.
        let amount = health.debt_value * room / health.risk_ratio_e7 / 1_0000000;
        let owner = world.keys(owner);
        let call = vault::borrow(vault, &world.asset("USDC"), amount, &owner.sc_address());
        match world.try_invoke(&owner, &call).await {
            Ok(_) | Err(Error::WouldFail(_) | Error::Failed { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// A price that swings by a tenth in three hours, and trembles.
struct Path(u64);

impl Path {
    fn price(&mut self, ledger: u32) -> String {
        // Knuth's.
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        let noise = (self.0 >> 40) as f64 / f64::from(1 << 24) - 0.5;
        let hours = f64::from(ledger) / f64::from(HOUR_LEDGERS);
        let swing = (hours * std::f64::consts::TAU / 3.0).sin();
        format!("{:.7}", 0.36 * (1.0 + 0.05 * swing + 0.01 * noise))
    }
}
