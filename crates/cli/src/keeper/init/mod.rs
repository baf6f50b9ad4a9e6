//! `ballast keeper init`: a configuration, channel accounts with lumens, and what else a keeper needs.

mod accounts;
mod assets;
mod keys;
mod told;

use crate::{output, Failure};
use accounts::Plan;
use anyhow::{anyhow, Context};
use ballast_client::{
    amount, factory,
    rpc::{Rpc, RpcOptions},
    value::Address,
    Client, Deployment, Error, Fee, Options,
};
use ballast_keeper::config::{Config, Keeper, Place, Template};
use clap::Args;
use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};
use told::Told;

/// The most that is bid for an operation, stroops.
const MOST_FEE: u32 = 100_000;
/// Decimals of lumens.
const LUMENS: u32 = 7;
/// The variable that the keeper's key is taken from where nothing else is said.
const VARIABLE: &str = "BALLAST_SECRET_KEY";

/// What it does, for `--help`.
pub const LONG_ABOUT: &str = "\
Write a commented configuration; generate channel accounts, create them on the network and give them lumens.

The keeper's account pays. The channels' keys are written before anything is sent, so that a run that was
interrupted can be repeated: accounts that exist are topped up where they have less than half of --lumens, or
left as they are.";

/// Arguments of the command.
#[derive(Args)]
pub struct Arguments {
    /// The configuration to write
    #[arg(long, value_name = "FILE", default_value = "keeper.toml")]
    pub config: PathBuf,
    /// Overwrite the configuration
    #[arg(long)]
    pub force: bool,
    /// Leave the configuration as it is: only accounts and trustlines
    #[arg(long, conflicts_with = "force")]
    pub keep_config: bool,
    /// Channel accounts: as many steps are on their way at once
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub channels: u32,
    /// The channels' secret keys, which nobody else may read; those that it has are used
    #[arg(long, value_name = "FILE", default_value = "channels.keys")]
    pub channels_file: PathBuf,
    /// What each channel shall have
    #[arg(long, value_name = "XLM", default_value = "20")]
    pub lumens: String,
    /// Make the trustlines that the keeper lacks
    #[arg(long)]
    pub trust: bool,
    /// What is deployed where: the sandbox.json of a sandbox, or the same of another network
    #[arg(long, value_name = "FILE", visible_alias = "network")]
    pub sandbox: Option<PathBuf>,
    /// The Stellar RPC [default: that of --sandbox]
    #[arg(long, value_name = "URL")]
    pub rpc_url: Option<String>,
    /// Refuse any other network than this [default: that of --sandbox, else whatever the RPC serves]
    #[arg(long, value_name = "TEXT")]
    pub network_passphrase: Option<String>,
    /// Ballast's factory [default: that of --sandbox]
    #[arg(long, value_name = "ADDRESS", value_parser = crate::vault::parse_contract)]
    pub factory: Option<Address>,
    /// A Blend pool, whose assets the keeper must be able to hold [default: that of --sandbox]
    #[arg(long, value_name = "ADDRESS", value_parser = crate::vault::parse_contract)]
    pub pool: Option<Address>,
    /// The keeper's account: one of the sandbox, by its name
    #[arg(long, value_name = "NAME", requires = "sandbox")]
    pub account: Option<String>,
    /// File with the keeper's secret key (S...), which nobody else may read [default: the environment's BALLAST_SECRET_KEY]
    #[arg(long, value_name = "FILE", conflicts_with = "account")]
    pub key_file: Option<PathBuf>,
    /// Bid for an operation [default: what nine of ten paid lately, at most 100000]
    #[arg(long, value_name = "STROOPS", value_parser = clap::value_parser!(u32).range(100..))]
    pub fee: Option<u32>,
    /// How long to wait for a transaction's end
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    pub wait: u64,
    /// Say what would be done and what it costs: nothing is written, nothing sent
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(prepare(arguments))
}

async fn prepare(arguments: &Arguments) -> Result<(), Failure> {
    let lumens = lumens(&arguments.lumens)?;
    let deployment = match &arguments.sandbox {
        Some(file) => Some(Deployment::read(file)?),
        None => None,
    };
    let client = connect(arguments, deployment.as_ref()).await?;
    let pool = arguments.pool.clone().or_else(|| {
        let pool = deployment.as_ref()?.contract("pool");
        pool.cloned()
    });
    let assets = match &pool {
        Some(pool) => assets::of_pool(&client, pool, deployment.as_ref()).await?,
        None => Vec::new(),
    };
    let names = assets.iter().map(|asset| asset.name().to_owned()).collect();
    let text = template(arguments, deployment.as_ref(), &client, names)?.render();
    // Read as the keeper will: what is written is right, or not written.
    let config =
        Config::parse(&arguments.config, &text).map_err(|error| misuse(error.to_string()))?;
    overwritable(arguments, &text)?;
    let keeper = config
        .keeper()
        .map_err(|error| misuse(without_file(&error)))?;
    known(&client, &config).await?;

    let keys = keys::find(&arguments.channels_file, arguments.channels, &keeper)?;
    let plan = Plan::make(
        &client,
        &keeper,
        &keys.all,
        lumens,
        &assets,
        arguments.trust,
    )
    .await?;
    plan.check()?;
    let mut told = Told::new(
        arguments,
        &client,
        &keeper,
        &keys,
        &plan,
        deployment.as_ref(),
    );
    if arguments.dry_run {
        return Ok(output::print(&told.would())?);
    }
    keys.write()?;
    let done = plan.run(&client, &keeper).await;
    told.spent = done.spent;
    if let Err(error) = done.result {
        let words = format!(
            "{}the keys are in {}: run this again to go on",
            told.progress(done.accounts),
            arguments.channels_file.display()
        );
        let unsettled = error.is_unsettled();
        let error = anyhow::Error::new(error).context(words);
        return Err(match unsettled {
            true => Failure::Unsettled(error),
            false => Failure::Failed(error),
        });
    }
    if !arguments.keep_config {
        write(&arguments.config, &text, arguments.force)?;
    }
    Ok(output::print(&told.did())?)
}

fn misuse(words: impl Into<String>) -> Failure {
    Failure::Usage(anyhow::Error::msg(words.into()))
}

/// Of the file that is not written yet the name says nothing.
fn without_file(error: &ballast_keeper::config::ConfigError) -> String {
    let each = error.mistakes.iter().map(|mistake| mistake.message.clone());
    each.collect::<Vec<_>>().join("; ")
}

fn lumens(text: &str) -> Result<i64, Failure> {
    let stroops =
        amount::parse(text, LUMENS).map_err(|error| misuse(format!("--lumens: {error}")))?;
    // Of one lumen half is the account's reserve twice.
    match i64::try_from(stroops) {
        Ok(stroops) if stroops >= 2_0000000 => Ok(stroops),
        _ => Err(misuse(
            "--lumens: at least 2: one of them is the account's reserve",
        )),
    }
}

async fn connect(
    arguments: &Arguments,
    deployment: Option<&Deployment>,
) -> Result<Client, Failure> {
    let given = arguments.rpc_url.as_deref();
    let url = given
        .or_else(|| deployment?.rpc_url.as_deref())
        .ok_or_else(|| misuse("no RPC: name one with --rpc-url, or a file with --sandbox"))?;
    let passphrase = arguments.network_passphrase.as_deref();
    let passphrase = passphrase.or_else(|| deployment?.network_passphrase.as_deref());
    let options = Options {
        fee: match arguments.fee {
            Some(stroops) => Fee::Fixed(stroops),
            None => Fee::Usual { at_most: MOST_FEE },
        },
        patience: Duration::from_secs(arguments.wait),
        ..Options::default()
    };
    let rpc = Rpc::new(url, RpcOptions::default()).map_err(|error| misuse(error.to_string()))?;
    Ok(Client::connect(rpc, passphrase, options).await?)
}

/// What the file will say.
fn template(
    arguments: &Arguments,
    deployment: Option<&Deployment>,
    client: &Client,
    assets: Vec<String>,
) -> Result<Template, Failure> {
    let folder = arguments.config.parent().unwrap_or(Path::new(""));
    let differs = arguments.rpc_url.is_some() || arguments.factory.is_some();
    let place = match (&arguments.sandbox, deployment) {
        (Some(file), Some(_)) if !differs => Place::Deployment(relative(file, folder)?),
        _ => {
            let factory = arguments.factory.clone();
            let factory = factory.or_else(|| deployment?.contract("factory").cloned());
            let factory = factory.ok_or_else(|| {
                misuse("where is the factory? Name it with --factory, or a file with --sandbox")
            })?;
            Place::Contracts {
                rpc: client.rpc().url().to_owned(),
                passphrase: client.network().passphrase().to_owned(),
                factory: factory.to_string(),
                deployment: match &arguments.sandbox {
                    Some(file) => Some(relative(file, folder)?),
                    None => None,
                },
            }
        }
    };
    Ok(Template {
        place,
        keeper: match (&arguments.account, &arguments.key_file) {
            (Some(name), _) => Keeper::Account(name.clone()),
            (None, Some(file)) => Keeper::File(relative(file, folder)?),
            (None, None) => Keeper::Environment(VARIABLE.into()),
        },
        channels: relative(&arguments.channels_file, folder)?,
        assets,
    })
}

/// A path as the configuration's folder sees it: the bare name beside it, else from the root.
fn relative(file: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let beside = file.parent().unwrap_or(Path::new(""));
    if let (true, Some(name)) = (beside == folder, file.file_name()) {
        return Ok(PathBuf::from(name));
    }
    std::path::absolute(file).with_context(|| file.display().to_string())
}

/// Refuses to overwrite what may have been changed by hand; the same text is no matter.
fn overwritable(arguments: &Arguments, text: &str) -> Result<(), Failure> {
    let file = &arguments.config;
    if arguments.force || arguments.keep_config {
        return Ok(());
    }
    match fs::read(file) {
        Ok(found) if found == text.as_bytes() => Ok(()),
        Ok(_) => Err(anyhow!(
            "{} exists: --force overwrites it, --keep-config leaves it; nothing was done",
            file.display()
        )
        .into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(anyhow::Error::new(error)
            .context(file.display().to_string())
            .into()),
    }
}

fn write(file: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    if force || fs::read(file).is_ok_and(|found| found == text.as_bytes()) {
        return output::publish(file, text);
    }
    let name = || file.display().to_string();
    let mut new = fs::File::create_new(file).with_context(name)?;
    new.write_all(text.as_bytes()).with_context(name)
}

/// That the factory is there, and is one.
async fn known(client: &Client, config: &Config) -> Result<(), Failure> {
    let factory = &config.network.factory;
    // Whatever it answers, it answers.
    let call = factory::is_vault(factory, factory);
    match client.view(&call).await {
        Ok(_) => Ok(()),
        Err(Error::Rpc(error)) => Err(error.into()),
        Err(error) => Err(anyhow!(
            "{factory} is no factory of Ballast on {:?}: {error}",
            client.network().passphrase()
        )
        .into()),
    }
}

/// `12.5 XLM`.
fn xlm(stroops: i64) -> String {
    format!("{} XLM", amount::format(stroops.into(), LUMENS))
}
