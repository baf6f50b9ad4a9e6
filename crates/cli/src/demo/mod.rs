//! `ballast demo`: a sandbox, and what a borrower, a keeper and a liquidator do there over its RPC.

mod acts;
mod server;
mod stage;

use crate::{output::print, Failure};
use anyhow::Context;
use ballast_client::Deployment;
use clap::Args;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    /// Milliseconds from one ledger to the next
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(10..=5_000))]
    pub ledger_ms: u64,
    /// Play on a sandbox that runs, by its sandbox.json, in place of one that ends with the command
    #[arg(long, value_name = "FILE", conflicts_with = "ledger_ms")]
    pub sandbox: Option<PathBuf>,
}

/// What it is, for `--help`.
pub const LONG_ABOUT: &str = "\
Open a sandbox on a free port and use it as anybody would: every step goes through its RPC.

A borrower opens a vault, deposits XLM and borrows USDC. XLM falls; when the risk ratio crosses the policy's
soft threshold a keeper makes a step, authorised by its signature and sent by another account. Then the price
falls in one leap, a liquidator opens an auction, and the keeper rescues the vault from it. The sandbox ends
with the command.";

/// Plays it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let began = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if let Some(file) = &arguments.sandbox {
            let deployment = Deployment::read(file)?;
            let url = deployment.rpc_url.clone().context("the file names no RPC")?;
            return play(&url, &deployment).await;
        }
        let server = server::start(Duration::from_millis(arguments.ledger_ms)).await?;
        print(&format!(
            "sandbox at {} after {:.1} s: Blend v2, Comet, an oracle and Ballast; a ledger every {} ms\n",
            server.url,
            began.elapsed().as_secs_f64(),
            arguments.ledger_ms,
        ))?;
        let played = play(&server.url, &server.deployment).await;
        let stopped = server.stop().await;
        played.and(stopped)
    })?;
    print(&format!(
        "\n{:.1} s in all\n",
        began.elapsed().as_secs_f64()
    ))?;
    Ok(())
}

async fn play(url: &str, deployment: &Deployment) -> anyhow::Result<()> {
    let mut stage = stage::Stage::open(url, deployment).await?;
    acts::borrow(&mut stage).await?;
    acts::fall(&stage).await?;
    acts::leap(&stage).await?;
    acts::balance(&stage).await
}
