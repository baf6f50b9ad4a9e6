//! The sandbox of the demonstration.

use anyhow::Context;
use ballast_client::Deployment;
use ballast_sandbox::{
    control::Controls,
    scenario::{self, Scenario},
    serve, Closing, Limits, Options, Sandbox,
};
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

/// Starts one on a free port of this machine, at a time of its own. Its ledgers close when they are told to.
pub async fn start(at: u64) -> anyhow::Result<Server> {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("no free port")?;
    let url = format!("http://{}", listener.local_addr()?);
    let built = tokio::task::spawn_blocking(move || {
        Scenario::Default.build(scenario::Options {
            limits: Limits::Mainnet,
            seed: 1,
            history_ledgers: HISTORY_LEDGERS,
            now: at,
        })
    });
    let (ledger, directory) = built.await??;
    // The demonstration reads what a file would tell it.
    let mut deployment: Deployment = serde_json::from_value(serde_json::to_value(&directory)?)?;
    deployment.rpc_url = Some(url.clone());
    deployment.network_passphrase = Some(ledger.network().passphrase().to_owned());
    let options = Options {
        closing: Closing::Manual,
        ..Options::default()
    };
    let sandbox = Sandbox::new(ledger, options);
    Controls::set_time(&sandbox, at)?;
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
