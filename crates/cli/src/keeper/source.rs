//! Where what is shown comes from: the keeper that runs, or its database.

use crate::Failure;
use ballast_keeper::{
    config::Config,
    store::Store,
    tell::{ask, AskError},
};
use clap::Args;
use serde::de::DeserializeOwned;
use std::path::PathBuf;

/// Which keeper, and how it is shown.
#[derive(Args)]
pub struct Which {
    /// The keeper's configuration
    #[arg(long, value_name = "FILE", default_value = "keeper.toml")]
    pub config: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Somewhere a keeper may be.
pub struct Source {
    pub config: Config,
}

impl Source {
    /// As the configuration says.
    pub fn open(which: &Which) -> Result<Self, Failure> {
        let config = Config::read(&which.config)?;
        Ok(Self { config })
    }

    /// What the running keeper says, or why none does.
    pub async fn running<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let bind = self.config.http.ok_or("[http] bind is not set")?;
        let text = ask(bind, path).await.map_err(|error| match error {
            AskError::Refused(why) => format!("the keeper at http://{bind} refuses: {why}"),
            error => error.to_string(),
        })?;
        serde_json::from_str(&text)
            .map_err(|error| format!("the keeper at http://{bind} is of another version: {error}"))
    }

    /// The database, read only, after it was said that no keeper answers.
    pub async fn database(&self, why: &str) -> Result<Store, Failure> {
        let path = &self.config.database.path;
        eprintln!(
            "no keeper answers ({why}); this is what {} tells",
            path.display()
        );
        Ok(Store::open_read_only(path).await?)
    }
}
