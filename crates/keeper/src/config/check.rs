//! From the text to the configuration, with all that is wrong on the way.

mod acting;
mod network;

use super::{
    borrowers,
    error::Mistake,
    section::{decimal, integer, parsed, share, text, Mistakes, Section},
    Config, DatabaseConfig, FeesConfig, LogConfig, LogFormat, NetworkConfig, TransactionsConfig,
    WatchConfig,
};
use crate::{store::Keep, strategy::Settings};
use acting::{inventory, strategy, venues};
use network::{keys, network};
use std::{path::Path, time::Duration};
use toml::de::{DeTable, DeValue};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// Decimals of lumens, of shares and of base values in the file.
const DECIMALS: u32 = 7;
/// Giving away more than a half is a slip of the pen.
const MOST_SLIPPAGE_E7: u32 = 5_000_000;
/// A filter's levels.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Checks all of it.
pub(super) fn check(file: &Path, content: &str) -> Result<Config, Vec<Mistake>> {
    let mistakes = Mistakes::of(content);
    let (document, errors) = DeTable::parse_recoverable(content);
    for error in errors {
        mistakes.add(error.span().as_ref(), String::new(), error.message());
    }
    let root = Section::new(&mistakes, "", Some((document.get_ref(), document.span())));
    let config = whole(file, &root);
    drop(root);
    match (mistakes.into_vec(), config) {
        (none, Some(config)) if none.is_empty() => Ok(config),
        (some, _) if !some.is_empty() => Err(some),
        // Whatever is missing was noted; this says that something was not.
        _ => Err(vec![Mistake {
            line: None,
            place: String::new(),
            message: "the configuration is not complete".into(),
        }]),
    }
}

fn whole(file: &Path, root: &Section<'_>) -> Option<Config> {
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let network = network(&root.section("network"), &folder);
    let deployment = network.deployment.as_ref();
    let keys = keys(&root.section("keys"), &folder, deployment);
    let database = database(&root.section("database"), &folder, file);
    let http = http(&root.section("http"));
    let watch = watch(&root.section("watch"), &folder);
    let fees = fees(&root.section("fees"));
    let transactions = transactions(&root.section("transactions"));
    let inventory = inventory(root, deployment);
    let venues = venues(root, deployment);
    let mut strategy = strategy(&root.section("strategy"), &inventory, &venues);
    let log = log(&root.section("log"));
    root.finish();

    strategy.max_inclusion_fee = fees.max_inclusion_stroops;
    let sold = inventory
        .iter()
        .map(|row| (row.asset.clone(), row.incoming));
    strategy.incoming = sold.collect();
    Some(Config {
        file: file.to_owned(),
        network: NetworkConfig {
            rpc: network.rpc,
            passphrase: network.passphrase,
            factory: network.factory?,
            lens: network.lens,
            deployment: network.deployment,
        },
        keys: keys?,
        database,
        http,
        watch,
        strategy,
        fees,
        transactions,
        inventory,
        venues,
        log,
    })
}

fn database(section: &Section<'_>, folder: &Path, config: &Path) -> DatabaseConfig {
    let path = section.read("path", |value| {
        let path = folder.join(text(value)?);
        match path == config || path.is_dir() {
            true => Err(format!("{} is no file for a database", path.display())),
            false => Ok(path),
        }
    });
    let days = |key, most| {
        section
            .read(key, integer(1, most))
            .map(|days: u64| days * DAY)
    };
    let keep = Keep::default();
    let database = DatabaseConfig {
        path: path.unwrap_or_else(|| folder.join("keeper.db")),
        keep: Keep {
            decisions: days("keep_days", 3650).unwrap_or(keep.decisions),
            risk_points: days("risk_days", 3650).unwrap_or(keep.risk_points),
            ..keep
        },
        most_bytes: section
            .read("most_mb", integer(1, 1_000_000))
            .map(|megabytes: u64| megabytes << 20),
    };
    section.finish();
    database
}

fn http(section: &Section<'_>) -> Option<std::net::SocketAddr> {
    let bind = parsed("an address with a port, as 127.0.0.1:9464");
    let bind = match section.exists() {
        true => section.required("bind", bind),
        false => None,
    };
    section.finish();
    bind
}

fn watch(section: &Section<'_>, folder: &Path) -> WatchConfig {
    let hours: Option<u64> = section.read("full_check_hours", integer(1, 30 * 24));
    let watch = WatchConfig {
        poll: Duration::from_millis(section.read("poll_ms", integer(10, 60_000)).unwrap_or(500)),
        full_check: Duration::from_secs(hours.unwrap_or(24) * HOUR),
        lag_ledgers: section.read("lag_ledgers", integer(1, 1000)).unwrap_or(3),
        borrowers: section
            .read("borrowers_file", |value| {
                borrowers::read(&folder.join(text(value)?))
            })
            .unwrap_or_default(),
    };
    section.finish();
    watch
}

fn fees(section: &Section<'_>) -> FeesConfig {
    let lumens = |value: &DeValue<'_>| {
        let stroops = decimal(DECIMALS)(value)?;
        i64::try_from(stroops).map_err(|_| "more than all lumens".to_owned())
    };
    let fees = FeesConfig {
        max_inclusion_stroops: section
            .read("max_inclusion_stroops", integer(100, u32::MAX))
            .unwrap_or(Settings::default().max_inclusion_fee),
        low_lumens_stroops: section.read("low_lumens", lumens).unwrap_or(5_0000000),
    };
    section.finish();
    fees
}

fn transactions(section: &Section<'_>) -> TransactionsConfig {
    let defaults = TransactionsConfig::default();
    let seconds = section.read("deadline_seconds", integer(1, 3600));
    let transactions = TransactionsConfig {
        valid_ledgers: section
            .read("valid_ledgers", integer(1, 100))
            .unwrap_or(defaults.valid_ledgers),
        deadline: seconds.map_or(defaults.deadline, Duration::from_secs),
        resale_slippage_e7: section
            .read("resale_slippage", share(MOST_SLIPPAGE_E7))
            .unwrap_or(defaults.resale_slippage_e7),
    };
    section.finish();
    transactions
}

fn log(section: &Section<'_>) -> LogConfig {
    let format = section.read("format", |value| match text(value)?.as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        other => Err(format!("{other:?} is neither text nor json")),
    });
    let filter = section.read("level", |value| {
        let filter = text(value)?;
        let known = |level: &str| LEVELS.contains(&level.trim().to_ascii_lowercase().as_str());
        let directive = |part: &str| match part.split_once('=') {
            None => known(part),
            Some((target, level)) => !target.trim().is_empty() && known(level),
        };
        match filter.split(',').all(directive) {
            true => Ok(filter),
            false => Err(format!(
                "{filter:?} is no level ({}), nor levels by target (info,ballast_keeper=debug)",
                LEVELS.join(", ")
            )),
        }
    });
    let log = LogConfig {
        format: format.unwrap_or_default(),
        filter: filter.unwrap_or_else(|| "info".into()),
    };
    section.finish();
    log
}
