//! Commands for a sandbox that runs.

use super::{
    fail::{self, Fail},
    misuse,
    prices::{self, Column},
};
use crate::{
    output::print,
    progress::{Bar, Shown},
    Failure,
};
use anyhow::Context;
use ballast_client::rpc::{Rpc, RpcOptions};
use ballast_risk::time;
use clap::{Args, Subcommand};
use serde_json::{json, Value};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// How long a control may take: a thousand full ledgers, or a ledger whose requests wait.
const TIMEOUT: Duration = Duration::from_secs(300);
/// How often a replay is asked how far it is.
const POLL: Duration = Duration::from_millis(250);

/// What to do with a sandbox that runs.
#[derive(Subcommand)]
pub enum Control {
    /// Set prices of the oracle, or print them
    Price(Price),
    /// Replay prices of a file through the oracle
    Replay(Replay),
    /// Close ledgers
    Close(Close),
    /// Jump ledgers or time ahead
    Warp(Warp),
    /// Keep the ledger as it stands under a name
    Snapshot(Snapshot),
    /// Go back to a snapshot
    Revert(Revert),
    /// Let the RPC fail
    Fail(Fail),
    /// Print where everything stands, as JSON
    Status(Target),
}

/// Which sandbox.
#[derive(Args)]
pub struct Target {
    /// Where it serves
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000")]
    url: String,
}

#[derive(Args)]
pub struct Price {
    /// Assets and their prices in USD; none: print what the oracle says
    #[arg(value_name = "ASSET=PRICE", value_parser = parse_price)]
    prices: Vec<(String, String)>,
    /// Publish no rounds but those that are set, so that prices go stale
    #[arg(long, conflicts_with = "prices")]
    pause: bool,
    /// Publish the last prices again in every round, as at the start
    #[arg(long, conflicts_with_all = ["prices", "pause"])]
    resume: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub struct Replay {
    /// Bars: CSV, gzipped or not, with a header that names ts and the column, as `ballast replay` reads
    #[arg(long, value_name = "FILE.csv[.gz]", required_unless_present = "stop")]
    prices: Option<PathBuf>,
    /// What the prices are of
    #[arg(long, value_name = "ASSET", default_value = "XLM")]
    asset: String,
    /// Which price of a bar a round carries
    #[arg(long, value_enum, default_value_t = Column::Close)]
    column: Column,
    /// First bar
    #[arg(long, value_name = "T", value_parser = time::parse)]
    #[arg(help = "First bar: RFC 3339, \"YYYY-MM-DD[ HH:MM]\" (UTC) or unix seconds")]
    from: Option<u64>,
    /// End: bars that start before it
    #[arg(long, value_name = "T", value_parser = time::parse)]
    to: Option<u64>,
    /// Seconds of the file in a second, a decimal, or max. The ledger's time follows the file's
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    speed: String,
    /// Seconds of the file for which the sequence number of the ledger moves by one; 0: it does not
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    ledger_seconds: u64,
    /// Do not wait for its end
    #[arg(long)]
    detach: bool,
    /// Stop the replay that runs
    #[arg(long, conflicts_with_all = ["prices", "from", "to", "detach"])]
    stop: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub struct Close {
    /// How many
    #[arg(value_name = "N", default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
#[group(id = "distance", required = true, multiple = true)]
pub struct Warp {
    /// Move the sequence number by so many; the clock stays
    #[arg(long, value_name = "N", group = "distance")]
    ledgers: Option<u32>,
    /// Move the clock: 30s, 90m, 1h, 7d, 2w; the sequence number moves by one
    #[arg(long, value_name = "LENGTH", value_parser = parse_time, group = "distance")]
    time: Option<u64>,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub struct Snapshot {
    /// Its name; one of that name is replaced
    #[arg(value_name = "NAME")]
    name: String,
    /// Drop it instead
    #[arg(long)]
    drop: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Args)]
pub struct Revert {
    /// Name of the snapshot
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    target: Target,
}

/// `XLM=0.30`. The sandbox judges the number: it knows the oracle's decimals.
fn parse_price(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((asset, price)) if !asset.is_empty() && !price.is_empty() => {
            ballast_sandbox::prices::parse_decimal_cut(price, 0)?;
            Ok((asset.into(), price.into()))
        }
        _ => Err("write ASSET=PRICE, as XLM=0.30".into()),
    }
}

/// As `ballast replay` reads lengths, and seconds and minutes.
fn parse_time(text: &str) -> Result<u64, String> {
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        _ => return time::parse_length(text).map_err(|error| error.to_string()),
    };
    text[..text.len() - 1]
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| format!("{text:?}: write a length of time as 30s, 90m, 12h, 1d or 2w"))
}

impl Control {
    /// Does it.
    pub fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Price(arguments) => price(arguments),
            Self::Replay(arguments) => replay(arguments),
            Self::Close(Close { count, target }) => {
                let closed = target.call("ballast_close", json!({ "count": count }))?;
                arrived("closed", &closed)
            }
            Self::Warp(arguments) => {
                let params = json!({
                    "ledgers": arguments.ledgers.unwrap_or(0),
                    "seconds": arguments.time.unwrap_or(0),
                });
                arrived("at", &arguments.target.call("ballast_warp", params)?)
            }
            Self::Snapshot(arguments) => {
                let name = json!({ "name": arguments.name });
                if arguments.drop {
                    arguments.target.call("ballast_dropSnapshot", name)?;
                    return Ok(print(&format!("dropped {:?}\n", arguments.name))?);
                }
                let kept = arguments.target.call("ballast_snapshot", name)?;
                arrived(&format!("{:?} is", arguments.name), &kept)
            }
            Self::Revert(Revert { name, target }) => {
                let back = target.call("ballast_revert", json!({ "name": name }))?;
                arrived("back at", &back)
            }
            Self::Fail(arguments) => fail::run(arguments),
            Self::Status(target) => {
                let status = target.call("ballast_status", Value::Null)?;
                Ok(print(&format!(
                    "{}\n",
                    serde_json::to_string_pretty(&status)?
                ))?)
            }
        }
    }
}

impl Target {
    /// Calls a control.
    pub fn call(&self, method: &'static str, params: Value) -> Result<Value, Failure> {
        Connection::new(self)?.call(method, params)
    }
}

/// A sandbox that is asked more than once.
struct Connection {
    runtime: tokio::runtime::Runtime,
    rpc: Rpc,
}

impl Connection {
    fn new(target: &Target) -> Result<Self, Failure> {
        let options = RpcOptions {
            timeout: TIMEOUT,
            ..RpcOptions::default()
        };
        let rpc =
            Rpc::new(&target.url, options).map_err(|error| misuse(format!("--url {error}")))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("no runtime")?;
        Ok(Self { runtime, rpc })
    }

    fn call(&self, method: &'static str, params: Value) -> Result<Value, Failure> {
        Ok(self.runtime.block_on(self.rpc.call(method, params))?)
    }
}

fn price(arguments: &Price) -> Result<(), Failure> {
    if arguments.pause || arguments.resume {
        let paused = json!({ "paused": arguments.pause });
        arguments.target.call("ballast_oracle", paused)?;
        let told = match arguments.pause {
            true => "only prices that are set are published: the last ones go stale",
            false => "the last prices are published again in every round",
        };
        return Ok(print(&format!("{told}\n"))?);
    }
    if arguments.prices.is_empty() {
        let told = arguments.target.call("ballast_prices", Value::Null)?;
        let mut text = String::new();
        for (asset, served) in told["prices"].as_object().into_iter().flatten() {
            text += &match (served["price"].as_str(), served["timestamp"].as_str()) {
                (Some(price), Some(at)) => {
                    let at = at.parse().map_or_else(|_| at.to_string(), time::rfc3339);
                    format!("{asset} {price} of {at}\n")
                }
                _ => format!("{asset} has no price\n"),
            };
        }
        return Ok(print(&text)?);
    }
    let prices: BTreeMap<_, _> = arguments.prices.iter().cloned().collect();
    let closed = arguments
        .target
        .call("ballast_setPrice", json!({ "prices": prices }))?;
    arrived("set in", &closed)
}

fn replay(arguments: &Replay) -> Result<(), Failure> {
    let connection = Connection::new(&arguments.target)?;
    if arguments.stop {
        let told = connection.call("ballast_stopReplay", Value::Null)?;
        return Ok(print(&format!("stopped after {}\n", progress(&told)))?);
    }
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        if from >= to {
            return Err(misuse(format!(
                "--from {} is not before --to {}",
                time::rfc3339(from),
                time::rfc3339(to)
            )));
        }
    }
    ballast_sandbox::prices::Speed::parse(&arguments.speed)
        .map_err(|why| misuse(format!("--speed {why}")))?;
    let file = arguments
        .prices
        .as_deref()
        .unwrap_or(std::path::Path::new(""));
    let rounds = prices::read(file, arguments.column, arguments.from, arguments.to)?;
    let count = rounds.len() as u64;
    let params = json!({
        "assets": [arguments.asset],
        "rounds": rounds,
        "speed": arguments.speed,
        "ledgerSeconds": arguments.ledger_seconds,
    });
    connection.call("ballast_replayPrices", params)?;
    if arguments.detach {
        return Ok(print(&format!("{count} rounds are replayed\n"))?);
    }
    let bar = Bar::new(Shown::Rounds, count);
    loop {
        let status = connection.call("ballast_status", Value::Null)?;
        let told = &status["replay"];
        bar.reached(told["done"].as_u64().unwrap_or(0), &time_of(told));
        if told["running"] != true {
            bar.finish();
            return match told["error"].as_str() {
                Some(error) => Err(anyhow::anyhow!("after {}: {error}", progress(told)).into()),
                None => arrived(&format!("{}; at", progress(told)), &status),
            };
        }
        std::thread::sleep(POLL);
    }
}

fn time_of(replay: &Value) -> String {
    let at = replay["time"].as_str().and_then(|at| at.parse().ok());
    at.filter(|at| *at > 0)
        .map(time::readable)
        .unwrap_or_default()
}

fn progress(replay: &Value) -> String {
    format!("{} of {} rounds", replay["done"], replay["rounds"])
}

/// What was done and the ledger after that.
fn arrived(what: &str, ledger: &Value) -> Result<(), Failure> {
    let at = ledger["closeTime"].as_str().unwrap_or_default();
    let at = at.parse().map_or_else(|_| at.to_string(), time::rfc3339);
    Ok(print(&format!(
        "{what} ledger {}, {at}\n",
        ledger["sequence"]
    ))?)
}
