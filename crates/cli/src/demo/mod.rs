//! `ballast demo`: a sandbox, and what a borrower, a keeper and a liquidator do there over its RPC.

mod keeper;
mod liquidator;
mod server;
mod stage;
mod story;

use crate::{output, Failure};
use anyhow::Context;
use ballast_client::Deployment;
use ballast_risk::bars::{Bars, Range};
use clap::Args;
use stage::say;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// What borrowers and keeper need before the prices begin, seconds of the sandbox.
const PREPARATION_SECONDS: u64 = 300;

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    /// Milliseconds that the keeper has for a ledger of five seconds
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u64).range(5..=5_000))]
    pub ledger_ms: u64,
    /// Play on a sandbox that runs, by its sandbox.json, in place of one that ends with the command
    #[arg(long, value_name = "FILE")]
    pub sandbox: Option<PathBuf>,
    /// Draw what happened, as SVG
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
}

/// What it is, for `--help`.
pub const LONG_ABOUT: &str = "\
Open a sandbox on a free port and use it as anybody would: every step goes through its RPC.

A borrower opens a vault, deposits XLM and borrows USDC; a twin does the same at the pool without a vault. The
keeper starts, the one that `ballast keeper` runs. Then XLM crashes as it did on 2025-10-10, in accelerated time; a
liquidator auctions whoever can be liquidated, and the keeper steps and rescues the vault. The sandbox ends with
the command.";

/// Plays it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(file) = &arguments.picture {
        output::check_writable(file)?;
    }
    let began = Instant::now();
    let bars = Bars::built_in(Range::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let pace = Duration::from_millis(arguments.ledger_ms);
    let picture = runtime.block_on(async {
        if let Some(file) = &arguments.sandbox {
            let deployment = Deployment::read(file)?;
            let url = deployment
                .rpc_url
                .clone()
                .context("the file names no RPC")?;
            return play(&url, &deployment, &bars, pace).await;
        }
        let server = server::start(bars.start().saturating_sub(PREPARATION_SECONDS)).await?;
        say(format!(
            "sandbox at {} after {:.1} s: Blend v2, Comet, an oracle and Ballast",
            server.url,
            began.elapsed().as_secs_f64(),
        ))?;
        let played = play(&server.url, &server.deployment, &bars, pace).await;
        let stopped = server.stop().await;
        played.and_then(|picture| stopped.map(|()| picture))
    })?;
    if let (Some(file), Some(picture)) = (&arguments.picture, picture) {
        output::write(file, &picture)?;
        say(format!("\npicture: {}", file.display()))?;
    }
    say(format!("\n{:.1} s in all", began.elapsed().as_secs_f64()))?;
    Ok(())
}

async fn play(
    url: &str,
    deployment: &Deployment,
    bars: &Bars,
    pace: Duration,
) -> anyhow::Result<Option<String>> {
    let stage = stage::Stage::open(url, deployment, pace).await?;
    let mut story = story::borrow(&stage).await?;
    say("\n2. The keeper starts\n")?;
    let mut keeper = keeper::Running::start(deployment, url).await?;
    let played = async {
        keeper::pass(&stage, &keeper, 1).await?;
        keeper::introduce(&keeper)?;
        story.crash(&stage, &mut keeper, bars).await?;
        story.ending(&stage, &keeper).await?;
        story.picture()
    };
    let played = played.await;
    let stopped = keeper.stop().await;
    played.and_then(|picture| stopped.map(|()| picture))
}
