//! The sandbox of the demonstration.

use anyhow::Context;
use ballast_client::Deployment;
use ballast_sandbox::{
    scenario::{self, Scenario},
    serve, Closing, Limits, Options, Sandbox,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// Ledgers that the sandbox remembers: more than the demonstration closes.
const HISTORY_LEDGERS: u32 = 20_000;

/// A sandbox that serves.
pub struct Server {
    pub url: String,
    /// What is deployed.
    pub deployment: Deployment,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

/// Starts one on a free port of this machine.
pub async fn start(ledger: Duration) -> anyhow::Result<Server> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no free port")?;
    let url = format!("http://{}", listener.local_addr()?);
    let built = tokio::task::spawn_blocking(|| {
        Scenario::Default.build(scenario::Options {
            limits: Limits::Mainnet,
            seed: 1,
            history_ledgers: HISTORY_LEDGERS,
            now: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        })
    });
    let (ledger_state, directory) = built.await??;
    // The demonstration reads what a file would tell it.
    let deployment = serde_json::from_value(serde_json::to_value(&directory)?)?;
    let options = Options {
        closing: Closing::Every(ledger),
        ..Options::default()
    };
    let sandbox = Sandbox::new(ledger_state, options);
    sandbox.controls().set_directory(directory);
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        // Told to, or forgotten: both are an end.
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(sandbox, listener, stopped));
    Ok(Server {
        url,
        deployment,
        stop,
        task,
    })
}

impl Server {
    /// Stops it and waits for its end.
    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(());
        self.task.await?
    }
}
