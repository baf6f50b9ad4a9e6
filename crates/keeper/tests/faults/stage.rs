//! A whole keeper in this process, over servers that fail when told to.

use crate::support::{Node, World};
use ballast_client::value::Address;
use ballast_keeper::{
    config::{Config, Secrets},
    run::{Keeper, RunOptions},
    tell::AlertKind,
};
use ballast_transaction::KeyPair;
use std::{
    fs,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Lumens of a channel, stroops.
const CHANNEL_LUMENS: i64 = 500_0000000;
/// Longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Stage {
    pub world: World,
    pub node: Node,
    pub keeper: Keeper,
    channels: Vec<KeyPair>,
    config: Config,
    _directory: TempDir,
}

impl Stage {
    /// A keeper with two servers, of which the first one fails when told to: at the node's `fail`, reads; sends go to
    /// both.
    pub async fn set(world: World) -> Self {
        let node = world.node().await;
        let urls = [node.url.clone(), world.url.clone()];
        Self::with(world, node, &urls).await
    }

    /// With these servers.
    pub async fn with(world: World, node: Node, urls: &[String]) -> Self {
        let channels = world.new_accounts("fault channel", 3, CHANNEL_LUMENS).await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("keeper.toml");
        let sandbox = serde_json::to_string(&world.directory).unwrap();
        fs::write(directory.path().join("sandbox.json"), sandbox).unwrap();
        let urls: Vec<_> = urls.iter().map(|url| format!("\"{url}\"")).collect();
        let text = format!(
            "[network]\nrpc = [{}]\ndeployment = \"sandbox.json\"\n\
             [keys]\nkeeper_account = \"bob\"\nchannels_file = \"channels\"\n\
             [watch]\npoll_ms = 10\n\
             [strategy]\nsponsor = \"all\"\nlumen_price = \"0.36\"\n\
             [transactions]\nvalid_ledgers = 20\ndeadline_seconds = 3600\n",
            urls.join(", "),
        );
        let config = Config::parse(&file, &text).unwrap();
        let keeper = open(&world, &config, &channels).await;
        Self {
            world,
            node,
            keeper,
            channels,
            config,
            _directory: directory,
        }
    }

    /// The keeper stops, something happens, and another one starts on its database.
    pub async fn restart_after(self, meanwhile: impl AsyncFnOnce(&World)) -> Self {
        self.keeper.stop().await;
        meanwhile(&self.world).await;
        let keeper = open(&self.world, &self.config, &self.channels).await;
        Self { keeper, ..self }
    }

    /// Lets the keeper run, closing ledgers, until something holds; whether it came to that.
    pub async fn until(&mut self, mut holds: impl AsyncFnMut(&World) -> bool) -> bool {
        let begun = Instant::now();
        let (world, keeper) = (&self.world, &mut self.keeper);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let runs = keeper.run(async {
            let _ = stopped.await;
        });
        let closes = async {
            loop {
                world.close(1).await;
                tokio::time::sleep(Duration::from_millis(80)).await;
                if holds(world).await {
                    break true;
                }
                if begun.elapsed() > PATIENCE {
                    break false;
                }
            }
        };
        let ((), held) = tokio::join!(runs, async {
            let held = closes.await;
            let _ = stop.send(());
            held
        });
        held
    }

    /// Lets the keeper run for so many ledgers.
    pub async fn run(&mut self, ledgers: u32) {
        let mut left = ledgers;
        self.until(async |_| {
            left = left.saturating_sub(1);
            left == 0
        })
        .await;
    }

    /// Whether the vault is stepped within the time that everything here may take.
    pub async fn is_stepped(&mut self, vault: &Address, steps: usize) -> bool {
        self.until(async |world| world.events(vault, "step_executed").await >= steps)
            .await
    }

    /// Whether an alert stands.
    pub fn alerts(&self, kind: AlertKind) -> bool {
        self.keeper.alerts().find(kind).is_some()
    }

    /// XLM falls, over two rounds: the floor takes the higher one of both.
    pub async fn crash(&self, price: &str) {
        for _ in 0..2 {
            self.world.pass(300).await;
            self.world.set_prices(&[("XLM", price)]).await;
        }
    }
}

async fn open(world: &World, config: &Config, channels: &[KeyPair]) -> Keeper {
    let secrets = Secrets {
        keeper: world.keys("bob"),
        channels: channels.to_vec(),
    };
    let opened = Keeper::open(config, secrets, RunOptions::default(), &mut |_| ()).await;
    opened.unwrap_or_else(|error| panic!("{error}"))
}
