//! `ballast keeper`: the keeper itself.

use crate::{logging, output::print, progress::Stages, Failure};
use anyhow::Context;
use ballast_keeper::{
    collect::SyncProgress,
    config::Config,
    run::{Keeper, RunOptions},
};
use clap::Args;
use std::path::PathBuf;

/// Arguments of the keeper itself.
#[derive(Args)]
pub struct Run {
    /// The keeper's configuration
    #[arg(long, value_name = "FILE", default_value = "keeper.toml")]
    pub config: PathBuf,
    /// Do everything but send transactions
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs until it is told to stop.
pub fn run(arguments: &Run) -> Result<(), Failure> {
    let config = Config::read(&arguments.config).map_err(|error| Failure::Usage(error.into()))?;
    let secrets = config
        .secrets()
        .map_err(|error| Failure::Usage(error.into()))?;
    logging::init(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let options = RunOptions {
            dry_run: arguments.dry_run,
        };
        let mut stages = Stages::default();
        let mut progress = |progress: SyncProgress| {
            stages.reached(progress.stage.name(), progress.done, progress.total);
        };
        let opened = tokio::select! {
            opened = Keeper::open(&config, secrets, options, &mut progress) => opened,
            () = crate::signal::stop() => return Ok(()),
        };
        stages.finish();
        let mut keeper = opened.context("the keeper does not start")?;
        let watch = keeper.collector().watch();
        print(&format!(
            "watching {} vaults of {} pools{}{}\n",
            watch.vaults.len(),
            watch.pools.len(),
            match keeper.listening() {
                Some(address) => format!("; page and metrics at http://{address}"),
                None => String::new(),
            },
            match arguments.dry_run {
                true => "; nothing is sent (--dry-run)",
                false => "",
            }
        ))?;
        keeper.run(crate::signal::stop()).await;
        tracing::info!("stopping");
        keeper.stop().await;
        Ok(())
    })
}
