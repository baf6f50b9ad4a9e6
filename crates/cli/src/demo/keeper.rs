//! The keeper of the demonstration: the real one, from a configuration file as anybody's.

use super::stage::{say, Stage};
use anyhow::Context;
use ballast_client::{value::Address, Deployment};
use ballast_keeper::{
    config::Config,
    run::{Keeper, RunOptions},
    tell::{ask, DecisionDocument, HistoryDocument, Metrics, PoolState, View},
};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};

/// Whose account keeps the inventory and signs.
const KEEPER: &str = "bob";
/// Whose accounts are the channels.
const CHANNELS: [&str; 2] = ["grace", "heidi"];
/// USDC that fills may have in use.
const EXPOSURE: u32 = 15_000;
/// How long the keeper may take for a ledger before time goes on without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// A keeper that runs.
pub struct Running {
    /// What it shows.
    pub view: View,
    metrics: Metrics,
    page: SocketAddr,
    directory: PathBuf,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    /// Successful steps that were told of.
    told: u64,
    last: i64,
}

impl Running {
    /// Writes its files, and starts it.
    pub async fn start(deployment: &Deployment, url: &str) -> anyhow::Result<Self> {
        let directory = std::env::temp_dir().join(format!("ballast-demo-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let file = write(&directory, deployment, url)?;
        let config = Config::read(&file)?;
        let secrets = config.secrets()?;
        let mut keeper = Keeper::open(&config, secrets, RunOptions::default(), &mut |_| {}).await?;
        let page = keeper.listening().context("the keeper does not serve")?;
        let (view, metrics) = (keeper.view().clone(), keeper.metrics().clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            keeper
                .run(async {
                    // Told to, or forgotten: both are an end.
                    let _ = stopped.await;
                })
                .await;
            keeper.stop().await;
        });
        Ok(Self {
            view,
            metrics,
            page,
            directory,
            stop,
            task,
            told: 0,
            last: 0,
        })
    }

    /// Waits until it has looked at the ledger, as it would have in five seconds.
    pub async fn seen(&self, ledger: u32) {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if self
                .view
                .state()
                .is_some_and(|state| state.ledger >= ledger)
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Whether a transaction of its is under way.
    pub fn is_busy(&self) -> bool {
        let state = self.view.state();
        state.is_some_and(|state| state.accounts.iter().any(|account| !account.free))
    }

    /// The risk ratio of somebody, 7 decimals.
    pub fn risk_e7(&self, who: &Address) -> Option<i128> {
        let state = self.view.state()?;
        let mut queue = state.pools.iter().flat_map(|pool| &pool.queue);
        queue.find(|one| one.address == *who).map(|one| one.risk_e7)
    }

    /// Steps that were done since it was asked last, as `ballast keeper history` has them.
    pub async fn steps(&mut self) -> anyhow::Result<Vec<DecisionDocument>> {
        let steps = self.metrics.steps();
        let done = steps.iter().filter(|((_, outcome), _)| *outcome == "done");
        let done: u64 = done.map(|(_, count)| count).sum();
        if done == self.told {
            return Ok(Vec::new());
        }
        let text = ask(self.page, "/history.json?sent=true&limit=50").await?;
        let history: HistoryDocument = serde_json::from_str(&text)?;
        let mut new: Vec<_> = history.decisions;
        new.retain(|one| one.id > self.last && one.outcome.as_deref() == Some("done"));
        new.reverse();
        self.told += new.len() as u64;
        if let Some(last) = new.last() {
            self.last = last.id;
        }
        Ok(new)
    }

    /// Stops it and takes its files away.
    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(());
        self.task.await?;
        fs::remove_dir_all(&self.directory)?;
        Ok(())
    }
}

/// Its files: what is deployed where, the channels' keys, the configuration.
fn write(directory: &Path, deployment: &Deployment, url: &str) -> anyhow::Result<PathBuf> {
    let secret = |name: &str| {
        let account = deployment.account(name);
        let secret = account.and_then(|account| account.secret_key.clone());
        secret.with_context(|| format!("the sandbox has no {name}"))
    };
    let contract = |name: &str| {
        let found = deployment.contract(name).map(ToString::to_string);
        found.with_context(|| format!("the sandbox has no {name}"))
    };
    let keeper = deployment
        .account(KEEPER)
        .context("the sandbox has no bob")?;
    let assets = deployment.assets.iter().map(|asset| {
        json!({
            "code": asset.code,
            "issuer": asset.issuer,
            "contract": asset.contract.to_string(),
        })
    });
    let document = json!({
        "rpcUrl": url,
        "contracts": { "factory": contract("factory")?, "pool": contract("pool")? },
        "assets": assets.collect::<Vec<_>>(),
        "accounts": [{
            "name": KEEPER,
            "publicKey": keeper.public_key,
            "secretKey": secret(KEEPER)?,
        }],
    });
    fs::write(directory.join("deployment.json"), document.to_string())?;
    let channels = CHANNELS
        .map(secret)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    private(&directory.join("channels"), &(channels.join("\n") + "\n"))?;
    // Ledgers are short: a transaction must be good for more of them.
    let config = format!(
        "[network]\ndeployment = \"deployment.json\"\n\n\
         [keys]\nkeeper_account = \"{KEEPER}\"\nchannels_file = \"channels\"\n\n\
         [database]\npath = \"keeper.db\"\n\n[http]\nbind = \"127.0.0.1:0\"\n\n\
         [watch]\npoll_ms = 10\n\n[transactions]\nvalid_ledgers = 20\n\n\
         [strategy]\nways = [\"fill\", \"clear\"]\n\n\
         [[inventory]]\nasset = \"USDC\"\nexposure = \"{EXPOSURE}\"\n"
    );
    let file = directory.join("keeper.toml");
    fs::write(&file, config)?;
    Ok(file)
}

/// A file that nobody else may read.
fn private(file: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())?;
    Ok(())
}

/// Who it is.
pub fn introduce(keeper: &Running) -> anyhow::Result<()> {
    let state = keeper.view.state().context("the keeper saw no ledger")?;
    let sum = |of: fn(&PoolState) -> usize| state.pools.iter().map(of).sum::<usize>();
    say(format!(
        "   it watches {} vault and {} borrowers; up to {EXPOSURE} USDC of its own go into fills\n   \
         page, metrics and JSON at http://{} while it runs",
        sum(|pool| pool.vaults),
        sum(|pool| pool.borrowers),
        keeper.page,
    ))
}

/// The stage's time, watched by the keeper.
pub async fn pass(stage: &Stage, keeper: &Running, ledgers: u64) -> anyhow::Result<u64> {
    stage.pass(ledgers).await?;
    let (ledger, time) = stage.now().await?;
    keeper.seen(ledger).await;
    Ok(time)
}
