//! The configuration: what is right is taken, and all that is wrong is named with its place.

use ballast_keeper::{
    config::{
        Channels, Config, ConfigError, Exposure, Keeper, LogFormat, Place, Template, VenueConfig,
    },
    strategy::{Incoming, Sponsor, Way},
};
use ballast_transaction::KeyPair;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

const FACTORY: &str = "CCEBVDYM32YNYCVNRXQKDFFPISJJCV557CDZEIRBEE4NCV4KHPQ44HGF";
const TOKEN: &str = "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA";

/// The least that is enough.
fn least() -> String {
    format!(
        "[network]\nrpc = [\"http://localhost:8000\"]\nfactory = \"{FACTORY}\"\n\
         [keys]\nkeeper_env = \"KEEPER\"\nchannels_file = \"channels\"\n"
    )
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/etc/ballast/keeper.toml"), text)
}

/// The mistakes of a text, one a line.
fn mistakes(text: &str) -> Vec<String> {
    let error = parse(text).expect_err(text);
    error.mistakes.iter().map(ToString::to_string).collect()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let file = self.0.path().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn config(&self, keys: &str) -> Config {
        let text = format!(
            "[network]\nrpc = [\"http://localhost\"]\nfactory = \"{FACTORY}\"\n[keys]\n{keys}"
        );
        Config::parse(&self.0.path().join("keeper.toml"), &text).unwrap()
    }
}

#[test]
fn the_least_is_enough_and_the_rest_has_defaults() {
    let config = parse(&least()).unwrap();
    assert_eq!(config.network.rpc, ["http://localhost:8000"]);
    assert_eq!(config.network.factory.to_string(), FACTORY);
    assert_eq!(config.database.path, Path::new("/etc/ballast/keeper.db"));
    assert_eq!(
        config.keys.channels,
        Channels::File("/etc/ballast/channels".into())
    );
    assert_eq!(config.watch.poll, Duration::from_millis(500));
    assert_eq!(config.watch.full_check, Duration::from_secs(24 * 3600));
    assert_eq!(config.strategy.ways.len(), Way::ALL.len());
    assert_eq!(
        config.fees.max_inclusion_stroops,
        config.strategy.max_inclusion_fee
    );
    assert_eq!(
        (config.log.format, config.log.filter.as_str()),
        (LogFormat::Text, "info")
    );
    assert_eq!(config.http, None);
}

#[test]
fn everything_is_taken_as_it_is_written() {
    let text = format!(
        "[network]
rpc = [\"https://one.example\", \"http://two.example:8000/path\"]
passphrase = \"Test\"
factory = \"{FACTORY}\"
lens = \"{TOKEN}\"
[keys]
keeper_file = \"/run/secrets/keeper\"
channels_env = \"CHANNELS\"
[database]
path = \"/var/lib/keeper.db\"
keep_days = 7
risk_days = 30
most_mb = 100
[http]
bind = \"[::1]:9464\"
[watch]
poll_ms = 100
full_check_hours = 6
lag_ledgers = 5
[strategy]
ways = [\"fill\", \"clear\"]
min_profit = 0.0000001
sponsor = [\"{FACTORY}\"]
steps_per_ledger = 10
lumen_price = \"0.25\"
[fees]
max_inclusion_stroops = 1_000
low_lumens = 12
[transactions]
valid_ledgers = 20
deadline_seconds = 5
resale_slippage = \"0.5%\"
[[inventory]]
asset = \"{TOKEN}\"
exposure = \"20000.5\"
incoming = \"sell\"
[[inventory]]
asset = \"{FACTORY}\"
exposure = 1
decimals = 18
[[venue]]
adapter = \"{FACTORY}\"
comet = \"{TOKEN}\"
[log]
format = \"json\"
level = \"warn,ballast_keeper=trace\"
"
    );
    let config = parse(&text).unwrap();
    assert_eq!(config.network.rpc.len(), 2);
    assert_eq!(config.network.passphrase.as_deref(), Some("Test"));
    assert_eq!(
        config.keys.keeper,
        Keeper::File("/run/secrets/keeper".into())
    );
    assert_eq!(
        config.keys.channels,
        Channels::Environment("CHANNELS".into())
    );
    assert_eq!(config.database.keep.decisions, 7 * 86400);
    assert_eq!(config.database.keep.risk_points, 30 * 86400);
    assert_eq!(config.database.most_bytes, Some(100 << 20));
    assert_eq!(config.http.unwrap().to_string(), "[::1]:9464");
    assert_eq!(config.watch.lag_ledgers, 5);
    let strategy = &config.strategy;
    assert_eq!(
        strategy.ways.iter().copied().collect::<Vec<_>>(),
        [Way::Fill, Way::Clear]
    );
    assert_eq!(strategy.min_profit_e7, 1);
    assert_eq!(
        strategy.sponsor,
        Sponsor::Vaults([FACTORY.parse().unwrap()].into())
    );
    assert_eq!(strategy.lumen_price_e7, Some(2_500_000));
    assert_eq!(strategy.max_inclusion_fee, 1_000);
    assert_eq!(config.fees.low_lumens_stroops, 120_000_000);
    assert_eq!(config.transactions.valid_ledgers, 20);
    assert_eq!(config.transactions.deadline, Duration::from_secs(5));
    assert_eq!(config.transactions.resale_slippage_e7, 50_000);
    let token = || TOKEN.parse().unwrap();
    assert_eq!(
        config.inventory,
        [
            Exposure {
                asset: token(),
                most: 200_005_000_000,
                incoming: Incoming::Sell
            },
            Exposure {
                asset: FACTORY.parse().unwrap(),
                most: 1_000_000_000_000_000_000,
                incoming: Incoming::Keep
            },
        ]
    );
    assert_eq!(strategy.incoming[&token()], Incoming::Sell);
    let venue = VenueConfig {
        adapter: FACTORY.parse().unwrap(),
        contract: token(),
    };
    assert_eq!(config.venues, [venue]);
}

#[test]
fn every_single_mistake_is_named_with_its_place() {
    let secret = KeyPair::from_name("somebody").secret();
    let account = KeyPair::from_name("somebody").address();
    // Appended to what is enough: its first line is the seventh.
    let table: &[(&str, &str)] = &[
        ("[watch]\npoll_ms = 5", "line 8, [watch] poll_ms: 5 is not between 10 and 60000"),
        ("[watch]\npoll_ms = \"500\"", "line 8, [watch] poll_ms: expected an integer, found a text"),
        ("[watch]\npoll_ms = 99999999999999999999", "line 8, [watch] poll_ms: 99999999999999999999 is not between 10 and 60000"),
        ("[watch]\npol_ms = 500", "line 8, [watch] pol_ms: unknown; there are full_check_hours, poll_ms, lag_ledgers, borrowers_file"),
        ("[watch]\nborrowers_file = \"none\"", "line 8, [watch] borrowers_file: /etc/ballast/none: No such file or directory (os error 2)"),
        ("[wach]\npoll_ms = 500", "line 7, [wach]: unknown; there are network, keys, database, http, watch, fees, transactions, inventory, venue, strategy, log"),
        ("watch = 5", "line 7, [keys] watch: unknown; there are keeper_env, keeper_file, keeper_account, channels_file, channels_env"),
        ("[http]", "line 7, [http] bind: is missing"),
        ("[http]\nbind = \"localhost\"", "line 8, [http] bind: \"localhost\" is not an address with a port, as 127.0.0.1:9464"),
        ("[database]\npath = \"\"", "line 8, [database] path: is empty"),
        ("[database]\npath = \"keeper.toml\"", "line 8, [database] path: /etc/ballast/keeper.toml is no file for a database"),
        ("[database]\nkeep_days = 0", "line 8, [database] keep_days: 0 is not between 1 and 3650"),
        ("[strategy]\nways = [\"fil\"]", "line 8, [strategy] ways: \"fil\" is none of fill, plain, flash, clear"),
        ("[strategy]\nways = \"fill\"", "line 8, [strategy] ways: expected a list [..], found a text"),
        ("[strategy]\nways = [\"plain\"]", "line 8, [strategy] ways: plain and flash need a [[venue]]"),
        ("[strategy]\nways = [\"fill\"]", "line 8, [strategy] ways: fill needs an [[inventory]] with an exposure"),
        ("[strategy]\nmin_profit = \"-1\"", "line 8, [strategy] min_profit: \"-1\" is not an amount: write digits and at most one point, as 12.5"),
        ("[strategy]\nmin_profit = 0.00000001", "line 8, [strategy] min_profit: 0.00000001 has 8 decimals, and the asset only 7"),
        ("[strategy]\nmin_profit = true", "line 8, [strategy] min_profit: expected an amount, as \"12.5\", found true or false"),
        ("[strategy]\nsponsor = \"alice\"", "line 8, [strategy] sponsor: is \"none\", \"all\", or a list of vaults [\"C...\"]"),
        ("[strategy]\nlumen_price = \"0\"", "line 8, [strategy] lumen_price: is zero"),
        ("[strategy]\nsteps_per_ledger = 1001", "line 8, [strategy] steps_per_ledger: 1001 is not between 1 and 1000"),
        ("[fees]\nmax_inclusion_stroops = 99", "line 8, [fees] max_inclusion_stroops: 99 is not between 100 and 4294967295"),
        ("[fees]\nlow_lumens = \"1000000000000\"", "line 8, [fees] low_lumens: more than all lumens"),
        (
            "[transactions]\nresale_slippage = \"0.02\"",
            "line 8, [transactions] resale_slippage: \"0.02\" is not a share: write percent, as \"2%\"",
        ),
        (
            "[transactions]\nresale_slippage = \"51 %\"",
            "line 8, [transactions] resale_slippage: 51 % is more than 50%",
        ),
        (
            "[transactions]\nvalid_ledgers = 0",
            "line 8, [transactions] valid_ledgers: 0 is not between 1 and 100",
        ),
        ("[inventory]\nasset = \"XLM\"", "line 7, [inventory]: write [[inventory]], with two brackets: there may be several"),
        ("[[inventory]]\nasset = \"XLM\"\nexposure = \"1\"", "line 8, [[inventory]] asset: \"XLM\" is neither a token's contract (C...) nor an asset of [network] deployment"),
        ("[[venue]]\ncomet = \"CAFE\"\nadapter = \"CCEBVDYM32YNYCVNRXQKDFFPISJJCV557CDZEIRBEE4NCV4KHPQ44HGF\"", "line 8, [[venue]] comet: \"CAFE\" is not an address (C..., 56 characters)"),
        ("[log]\nlevel = \"loud\"", "line 8, [log] level: \"loud\" is no level (off, error, warn, info, debug, trace), nor levels by target (info,ballast_keeper=debug)"),
        ("[log]\nformat = \"xml\"", "line 8, [log] format: \"xml\" is neither text nor json"),
        ("keeper_file = \"keeper\"", "line 7, [keys] keeper_file: only one of keeper_env, keeper_file, keeper_account may be given"),
        ("keeper_env = \"AGAIN\"", "line 7: duplicate key"),
        ("[log", "line 7: unclosed table, expected `]`"),
    ];
    for (more, expected) in table {
        let found = mistakes(&format!("{}{more}\n", least()));
        assert!(
            found.iter().any(|mistake| mistake == expected),
            "{more}\n{found:#?}\n{expected}"
        );
        assert_eq!(found.len(), 1, "{more}: {found:#?}");
    }
    let replaced: &[(&str, &str, String)] = &[
        (
            FACTORY,
            &account,
            format!("line 3, [network] factory: \"{account}\" is not a contract's address (C...)"),
        ),
        (
            "\"http://localhost:8000\"",
            "",
            "line 2, [network] rpc: names no server".into(),
        ),
        (
            "http://localhost:8000",
            "localhost:8000",
            "line 2, [network] rpc: \"localhost:8000\" is not an address http://... or https://..."
                .into(),
        ),
        (
            "http://localhost:8000",
            "env:BALLAST_NONE",
            "line 2, [network] rpc: the environment has no BALLAST_NONE".into(),
        ),
        (
            "rpc = [\"http://localhost:8000\"]\n",
            "",
            "line 1, [network] rpc: is missing: name at least one RPC server, or a deployment"
                .into(),
        ),
        (
            &format!("factory = \"{FACTORY}\"\n"),
            "",
            "line 1, [network] factory: is missing, and no deployment names it".into(),
        ),
        (
            "keeper_env = \"KEEPER\"\n",
            "",
            "line 4, [keys] keeper_env: is missing: one of keeper_env, keeper_file, keeper_account"
                .into(),
        ),
        (
            "channels_file = \"channels\"\n",
            "",
            "line 4, [keys] channels_file: is missing: one of channels_file, channels_env".into(),
        ),
        (
            "keeper_env = \"KEEPER\"",
            "keeper_account = \"alice\"",
            "line 5, [keys] keeper_account: [network] deployment has no account \"alice\"".into(),
        ),
        (
            "KEEPER",
            &secret,
            "line 5, [keys] keeper_env: is a secret key: it must not stand in this file".into(),
        ),
        (
            "channels\"",
            &format!("{secret}\""),
            "line 6, [keys] channels_file: is a secret key: it must not stand in this file".into(),
        ),
    ];
    for (from, to, expected) in replaced {
        assert!(least().contains(from), "{from}");
        let found = mistakes(&least().replace(from, to));
        assert_eq!(found, [expected.as_str()], "{from} {to}");
    }
}

#[test]
fn all_mistakes_are_named_at_once_in_the_order_of_the_file() {
    let text = format!(
        "[network]
rpc = [\"ftp://one\", \"http://two\", 3]
factory = \"{FACTORY}\"
[log]
level = 7
[keys]
keeper_env = \"KEEPER\"
chanels_file = \"x\"
[[inventory]]
asset = \"{TOKEN}\"
exposure = \"1\"
[[inventory]]
asset = \"{TOKEN}\"
exposure = \"x\"
"
    );
    assert_eq!(
        mistakes(&text),
        [
            "line 2, [network] rpc: \"ftp://one\" is not an address http://... or https://...",
            "line 2, [network] rpc: expected a text in quotes, found an integer",
            "line 5, [log] level: expected a text in quotes, found an integer",
            "line 6, [keys] channels_file: is missing: one of channels_file, channels_env",
            "line 8, [keys] chanels_file: unknown; there are keeper_env, keeper_file, keeper_account, channels_file, channels_env",
            &format!("line 13, [[inventory]] asset: there is one [[inventory]] of {TOKEN} already"),
            "line 14, [[inventory]] exposure: \"x\" is not an amount: write digits and at most one point, as 12.5",
        ]
    );
    let words = parse(&text).unwrap_err().to_string();
    assert!(
        words.starts_with("/etc/ballast/keeper.toml: 7 mistakes\n  line 2"),
        "{words}"
    );
    let one = parse("").unwrap_err();
    assert_eq!(one.mistakes.len(), 4, "{one}");
}

#[test]
fn read_fails_when_there_is_no_file() {
    let error = Config::read(Path::new("/none/keeper.toml")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/none/keeper.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn a_deployment_fills_what_the_file_does_not_say() {
    let folder = Folder::new();
    let key = KeyPair::from_name("alice");
    let deployment = format!(
        r#"{{"rpcUrl": "http://localhost:8000", "networkPassphrase": "Here",
            "contracts": {{"factory": "{FACTORY}", "adapter": "{TOKEN}"}},
            "assets": [{{"code": "USDC", "issuer": null, "contract": "{TOKEN}"}}],
            "comet": [{{"contract": "{FACTORY}", "assets": ["XLM", "USDC"]}}],
            "accounts": [{{"name": "alice", "publicKey": "{}", "secretKey": "{}"}}]}}"#,
        key.address(),
        key.secret()
    );
    folder.write("sandbox.json", &deployment, 0o644);
    folder.write("channels", &KeyPair::from_name("one").secret(), 0o600);
    let text = "[network]\ndeployment = \"sandbox.json\"\n[keys]\nkeeper_account = \"alice\"\n\
                channels_file = \"channels\"\n[[inventory]]\nasset = \"usdc\"\nexposure = \"5\"\n";
    let file = folder.write("keeper.toml", text, 0o644);
    let config = Config::read(&file).unwrap();
    assert_eq!(config.network.rpc, ["http://localhost:8000"]);
    assert_eq!(config.network.passphrase.as_deref(), Some("Here"));
    assert_eq!(config.inventory[0].asset.to_string(), TOKEN);
    assert_eq!(config.venues[0].contract.to_string(), FACTORY);
    assert_eq!(config.venues[0].adapter.to_string(), TOKEN);
    let secrets = config.secrets().unwrap();
    assert_eq!(secrets.keeper.address(), key.address());
    let shown = format!("{config:?}{secrets:?}");
    assert!(!shown.contains(&key.secret()), "{shown}");
    assert!(!shown.contains(&KeyPair::from_name("one").secret()));

    let other = text.replace("\n[keys]", "\npassphrase = \"There\"\n[keys]");
    let error = Config::parse(&file, &other).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 3, [network] passphrase: the deployment is of another"),
        "{error}"
    );
}

#[test]
fn secrets_fails_when_others_may_read_the_file_or_it_is_none() {
    let folder = Folder::new();
    let (keeper, one) = (KeyPair::from_name("keeper"), KeyPair::from_name("one"));
    folder.write(
        "keeper",
        &format!("# the keeper\n{}\n", keeper.secret()),
        0o600,
    );
    folder.write("channels", &format!("{}\n", one.secret()), 0o600);
    let config = folder.config("keeper_file = \"keeper\"\nchannels_file = \"channels\"\n");
    let secrets = config.secrets().unwrap();
    assert_eq!(secrets.channels[0].address(), one.address());

    let cases = [
        ("channels", one.secret(), 0o640, "mode 640"),
        ("channels", one.secret(), 0o604, "chmod 600"),
        ("keeper", keeper.secret(), 0o644, "mode 644"),
        (
            "channels",
            format!("{}\n\n{}", one.secret(), one.secret()),
            0o600,
            "line 3: this key was there before",
        ),
        (
            "channels",
            format!("# nothing\n{}x", one.secret()),
            0o600,
            "line 2: not a secret key",
        ),
        ("channels", String::new(), 0o600, "there is no key in it"),
        (
            "channels",
            keeper.secret(),
            0o600,
            "number 1 is the keeper's own account",
        ),
        (
            "keeper",
            format!("{}\n{}", keeper.secret(), one.secret()),
            0o600,
            "one secret key is expected, there are 2",
        ),
    ];
    for (name, text, mode, words) in cases {
        folder.write("keeper", &keeper.secret(), 0o600);
        folder.write("channels", &one.secret(), 0o600);
        folder.write(name, &text, mode);
        let error = config.secrets().unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(
            !error.contains(&one.secret()[1..20]) && !error.contains(&keeper.secret()[1..20]),
            "{error}"
        );
    }
    fs::remove_file(folder.0.path().join("channels")).unwrap();
    fs::remove_file(folder.0.path().join("keeper")).unwrap();
    let error = config.secrets().unwrap_err();
    assert_eq!(error.mistakes.len(), 2, "{error}");
    let config =
        folder.config("keeper_env = \"BALLAST_TEST_NO_SUCH\"\nchannels_file = \"channels\"\n");
    let error = config.secrets().unwrap_err().to_string();
    assert!(
        error.contains("the environment has no BALLAST_TEST_NO_SUCH"),
        "{error}"
    );
}

#[test]
fn secrets_come_from_the_environment() {
    let folder = Folder::new();
    let keys: Vec<_> = ["keeper", "one", "two"].map(KeyPair::from_name).into();
    // Of this test alone.
    std::env::set_var("BALLAST_TEST_KEEPER", keys[0].secret());
    std::env::set_var(
        "BALLAST_TEST_CHANNELS",
        format!("{}, {}", keys[1].secret(), keys[2].secret()),
    );
    let config = folder
        .config("keeper_env = \"BALLAST_TEST_KEEPER\"\nchannels_env = \"BALLAST_TEST_CHANNELS\"\n");
    let secrets = config.secrets().unwrap();
    assert_eq!(secrets.keeper.address(), keys[0].address());
    assert_eq!(secrets.channels.len(), 2);
}

#[test]
fn a_file_of_borrowers_is_a_list_or_a_table_with_a_heading() {
    let folder = Folder::new();
    let account = KeyPair::from_name("b").address();
    let read = |text: &str| {
        folder.write("borrowers", text, 0o644);
        let text = format!("{}[watch]\nborrowers_file = \"borrowers\"\n", least());
        Config::parse(&folder.0.path().join("keeper.toml"), &text)
    };
    let table = format!("address,collateral\n{account},5\n\n{FACTORY},6\n");
    let list = format!("# known\n{account}\n{FACTORY} # and this\n");
    for text in [table, list] {
        let config = read(&text).unwrap();
        let found: Vec<_> = config
            .watch
            .borrowers
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [account.as_str(), FACTORY]);
    }
    let error = read(&format!("{account}\nnobody\n{account}\nCAFE\n"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("no address in line 2, 4"), "{error}");
    let error = read(&"what\n".repeat(50)).unwrap_err().to_string();
    assert!(error.contains("line 1, 2, 3, 4, 5 and 45 more"), "{error}");
}

#[test]
fn what_init_writes_is_right_with_every_comment_taken_away() {
    let folder = Folder::new();
    folder.write("borrowers", FACTORY, 0o644);
    let place = Place::Contracts {
        rpc: "http://localhost:8000".into(),
        passphrase: "Here \"and\" there".into(),
        factory: FACTORY.into(),
        deployment: None,
    };
    let template = Template {
        place,
        keeper: Keeper::Environment("KEEPER".into()),
        channels: "channels.keys".into(),
        assets: vec![TOKEN.into()],
    };
    let text = template.render();
    let file = folder.0.path().join("keeper.toml");
    let plain = Config::parse(&file, &text).unwrap();
    assert_eq!(
        plain.network.passphrase.as_deref(),
        Some("Here \"and\" there")
    );
    // Every setting that is commented out, taken in: they are the defaults.
    let known = ["rpc = [\"https", "deployment", "keeper_", "channels_env"];
    let line = |line: &str| {
        let setting = line.strip_prefix("# ").filter(|rest| {
            let key = rest.split(" = ").next().unwrap_or_default();
            let is_key = !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            (rest.contains(" = ") && is_key) || rest.starts_with("[[")
        });
        match setting {
            Some(rest) if known.iter().any(|known| rest.starts_with(known)) => String::new(),
            Some(rest) => rest
                .replace("borrowers_file = \"...\"", "borrowers_file = \"borrowers\"")
                .replace("lumen_price = \"...\"", "lumen_price = \"0.25\"")
                .replace("\"C...\"", &format!("\"{FACTORY}\"")),
            None => line.to_owned(),
        }
    };
    let full: Vec<_> = text.lines().map(line).collect();
    let full = Config::parse(&file, &full.join("\n")).unwrap();
    assert_eq!(full.database.keep, plain.database.keep);
    assert_eq!(full.database.most_bytes, Some(4096 << 20));
    assert_eq!(full.fees, plain.fees);
    assert_eq!(full.transactions, plain.transactions);
    assert_eq!(full.watch.poll, plain.watch.poll);
    assert_eq!(full.watch.full_check, plain.watch.full_check);
    assert_eq!(full.watch.lag_ledgers, plain.watch.lag_ledgers);
    assert_eq!(full.watch.borrowers.len(), 1);
    assert_eq!(full.strategy.ways, plain.strategy.ways);
    assert_eq!(full.strategy.min_profit_e7, plain.strategy.min_profit_e7);
    assert_eq!(full.strategy.sponsor, plain.strategy.sponsor);
    assert_eq!(
        full.strategy.steps_per_ledger,
        plain.strategy.steps_per_ledger
    );
    assert_eq!(full.log, plain.log);
    assert_eq!((full.inventory.len(), full.venues.len()), (1, 1));
}
