//! The keeper as its operator runs it: a configuration, an RPC, a database.

use crate::town::{Info, Town};
use ballast_keeper::{
    config::{Config, Secrets},
    run::{Keeper, RunOptions},
    store::{Store, TransactionStatus},
};
use ballast_sandbox::{serve, Sandbox};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// How long the keeper may take for the transactions of a ledger. A ledger takes five seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// A keeper of a town.
pub struct Runner {
    keeper: Keeper,
    store: Store,
    _directory: TempDir,
    /// The longest that the keeper took from seeing a ledger to having sent what it asks for.
    pub longest: Duration,
}

impl Runner {
    /// Starts it.
    pub async fn start(town: &Town) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = listen(town.sandbox.clone()).await;
        let file = directory.path().join("keeper.toml");
        let config = Config::parse(&file, &configuration(&town.info, &url, directory.path()));
        let config = config.unwrap_or_else(|error| panic!("{error}"));
        let secrets = Secrets {
            keeper: town.info.keeper.clone(),
            channels: town.info.channels.clone(),
        };
        let options = RunOptions::default();
        let keeper = Keeper::open(&config, secrets, options, &mut |_| {}).await;
        let keeper = keeper.unwrap_or_else(|error| panic!("{error}"));
        let store = Store::open_read_only(&config.database.path).await;
        Runner {
            keeper,
            store: store.expect("the keeper made it"),
            _directory: directory,
            longest: Duration::ZERO,
        }
    }

    /// Lets the keeper see the ledger that has just closed, and waits until everything that it asks for was
    /// sent: the test's ledgers wait, the network's do not, so the time that it took is told.
    pub async fn turn(&mut self, ledger: u32) {
        let begun = Instant::now();
        loop {
            let tick = self.keeper.turn().await;
            let tick = tick.unwrap_or_else(|error| panic!("the keeper cannot read: {error}"));
            if tick.ledger >= ledger {
                break;
            }
        }
        let mut quiet = 0;
        while quiet < 3 {
            quiet = match self.has_sent().await {
                true => quiet + 1,
                false => 0,
            };
            assert!(
                begun.elapsed() < PATIENCE,
                "ledger {ledger}: nothing is sent"
            );
            if quiet > 0 {
                self.longest = self.longest.max(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Whether everything that is under way was handed in.
    async fn has_sent(&self) -> bool {
        let flying = self.keeper.executor().in_flight();
        if flying.is_empty() {
            return true;
        }
        let unfinished = self.store.unfinished().await.expect("the database is read");
        let sent: BTreeSet<_> = unfinished
            .into_iter()
            .filter(|row| row.status == TransactionStatus::Sent)
            .filter_map(|row| row.vault)
            .collect();
        flying.is_subset(&sent)
    }

    /// Ends it.
    pub async fn stop(self) {
        self.keeper.stop().await;
    }
}

fn configuration(info: &Info, url: &str, directory: &Path) -> String {
    let mut text = format!(
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
poll_ms = 10

[strategy]
sponsor = "all"
"#,
        info.factory,
        directory.join("keeper.db").display()
    );
    for (asset, amount) in info.assets.iter().zip(info.means) {
        if amount == 0 {
            continue;
        }
        text += &format!(
            "\n[[inventory]]\nasset = \"{asset}\"\nexposure = \"{amount}\"\ndecimals = 7\n"
        );
    }
    for venue in &info.venues {
        text += &format!(
            "\n[[venue]]\nadapter = \"{}\"\ncomet = \"{venue}\"\n",
            info.adapter
        );
    }
    text
}

async fn listen(sandbox: Arc<Sandbox>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        let _ = serve(sandbox, listener, std::future::pending()).await;
    });
    url
}
