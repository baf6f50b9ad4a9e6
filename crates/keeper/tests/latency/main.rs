//! How long it takes from a price to the first transaction, with the keeper as its operator runs it and a thousand
//! vaults: `BALLAST_VAULTS=1000 cargo test --release -p ballast-keeper --test latency -- --ignored --nocapture`.

mod town;

use ballast_keeper::{
    config::{Config, Secrets},
    run::{Keeper, RunOptions},
};
use ballast_sandbox::{
    faults::{Fault, Kind},
    serve, Sandbox,
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use town::{Info, Next, Town};

/// How long a round may take altogether.
const PATIENCE: Duration = Duration::from_secs(20);

/// Times of many rounds.
struct Times(Vec<Duration>);

impl Times {
    fn percentile(&mut self, percent: usize) -> Duration {
        self.0.sort_unstable();
        let place = (self.0.len() * percent).div_ceil(100).max(1) - 1;
        self.0[place]
    }

    fn line(&mut self) -> String {
        let [p50, p90, p99, most] =
            [50, 90, 99, 100].map(|percent| self.percentile(percent).as_secs_f64() * 1_000.0);
        format!("p50 {p50:.0} ms, p90 {p90:.0} ms, p99 {p99:.0} ms, longest {most:.0} ms")
    }
}

/// What was measured.
struct Measured {
    /// From the first response that carries the price's ledger to the first transaction at the server's door.
    seen: Times,
    /// From the ledger's close, with the wait for the next poll.
    closed: Times,
    transactions: u64,
}

/// So many rounds in which the price falls and some vaults need a step.
async fn measure(vaults: u32, rounds: usize, poll_ms: u32) -> Measured {
    let town = Town::start(vaults).await;
    let directory = tempfile::tempdir().unwrap();
    let url = listen(town.sandbox.clone()).await;
    let file = directory.path().join("keeper.toml");
    let text = configuration(&town.info, &url, directory.path(), poll_ms);
    let config = Config::parse(&file, &text).unwrap_or_else(|error| panic!("{error}"));
    let secrets = Secrets {
        keeper: town.info.keeper.clone(),
        channels: town.info.channels.clone(),
    };
    let keeper = Keeper::open(&config, secrets, RunOptions::default(), &mut |_| {}).await;
    let mut keeper = keeper.unwrap_or_else(|error| panic!("{error}"));

    // A fault of no delay at all counts what is handed in.
    let counter = Fault {
        kind: Kind::Latency {
            ms: 0,
            jitter_ms: 0,
        },
        method: Some("sendTransaction".into()),
        requests: None,
        rate: None,
    };
    let faults = town.sandbox.faults();
    faults.add(counter, &town.sandbox.view()).unwrap();
    let mut measured = Measured {
        seen: Times(Vec::new()),
        closed: Times(Vec::new()),
        transactions: 0,
    };
    // The channels of a new database rest until what an earlier one might have sent is over.
    for _ in 0..4 {
        pass(&mut keeper, &town, Next::Quiet).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for _ in 0..rounds {
        let before = handed_in(&town.sandbox);
        let watcher = {
            let sandbox = town.sandbox.clone();
            std::thread::spawn(move || first_after(&sandbox, before))
        };
        let (seen, closed_at) = pass(&mut keeper, &town, Next::Fall).await;
        // Until all are sent, and then until all are applied.
        let begun = Instant::now();
        while !keeper.executor().in_flight().is_empty() {
            assert!(begun.elapsed() < PATIENCE, "something hangs");
            tokio::time::sleep(Duration::from_millis(300)).await;
            pass(&mut keeper, &town, Next::Quiet).await;
        }
        let sent = tokio::task::spawn_blocking(move || watcher.join().unwrap());
        if let Some(sent) = sent.await.unwrap() {
            measured.seen.0.push(sent.saturating_duration_since(seen));
            let closed = sent.saturating_duration_since(closed_at);
            measured.closed.0.push(closed);
        }
        measured.transactions += handed_in(&town.sandbox) - before;
    }
    keeper.stop().await;
    measured
}

/// Closes a ledger while the keeper polls; when it saw it first, and when it closed.
async fn pass(keeper: &mut Keeper, town: &Town, next: Next) -> (Instant, Instant) {
    let ledger = town.sandbox.view().header().ledger_seq + 1;
    let seen = async {
        loop {
            let tick = keeper.turn().await.unwrap();
            if tick.ledger >= ledger {
                return tick.seen;
            }
        }
    };
    // Not at the keeper's beat.
    let closed = async {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..100))).await;
        town.next(next).await
    };
    let (seen, (_, closed_at)) = tokio::join!(seen, closed);
    (seen, closed_at)
}

fn handed_in(sandbox: &Sandbox) -> u64 {
    sandbox.faults().standing()[0].hits
}

/// When the next transaction is handed in; none if there is none for two seconds.
fn first_after(sandbox: &Sandbox, before: u64) -> Option<Instant> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        if handed_in(sandbox) > before {
            return Some(Instant::now());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    None
}

fn configuration(info: &Info, url: &str, directory: &Path, poll_ms: u32) -> String {
    format!(
        r#"
[network]
rpc = ["{url}"]
factory = "{}"

[keys]
keeper_env = "UNUSED"
channels_env = "UNUSED"

[database]
path = "{}"

[watch]
poll_ms = {poll_ms}

[transactions]
valid_ledgers = 2
deadline_seconds = 600

[strategy]
sponsor = "all"

[[inventory]]
asset = "{}"
exposure = "1000000"
decimals = 7

[[venue]]
adapter = "{}"
comet = "{}"
"#,
        info.factory,
        directory.join("keeper.db").display(),
        info.usdc,
        info.adapter,
        info.venue,
    )
}

async fn listen(sandbox: Arc<Sandbox>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let _ = serve(sandbox, listener, std::future::pending()).await;
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_transaction_follows_the_price_at_once() {
    let mut measured = measure(60, 12, 20).await;
    assert!(measured.transactions >= 2, "{}", measured.transactions);
    // Other tests take the machine as well; the figure is measured alone.
    let longest = measured.seen.percentile(100);
    assert!(longest < Duration::from_secs(2), "{longest:?}");
}

/// The figure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "minutes, and a machine of its own"]
async fn from_the_price_to_the_first_transaction() {
    let number = |name: &str, default: u32| {
        let value = std::env::var(name).ok();
        value.map_or(default, |value| value.parse().unwrap())
    };
    let (vaults, poll_ms) = (
        number("BALLAST_VAULTS", 1_000),
        number("BALLAST_POLL_MS", 50),
    );
    let rounds = number("BALLAST_ROUNDS", 120) as usize;
    let mut measured = measure(vaults, rounds, poll_ms).await;
    println!(
        "{vaults} vaults, {} rounds with steps, {} transactions, polled every {poll_ms} ms",
        measured.seen.0.len(),
        measured.transactions
    );
    println!(
        "from the first response with the price's ledger: {}",
        measured.seen.line()
    );
    println!(
        "from the ledger's close, polling included: {}",
        measured.closed.line()
    );
}
