//! `ballast keeper init` against a sandbox.

#[allow(dead_code)]
#[path = "vault_sandbox/network.rs"]
mod network;
mod support;

use ballast_client::{rpc::Rpc, Client, Deployment, Options};
use ballast_keeper::config::{read_channels, Config};
use ballast_sandbox::Closing;
use ballast_transaction::KeyPair;
use network::Network;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Output},
};
use support::text;
use tempfile::TempDir;

/// A folder to run in.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, network: &Network, arguments: &[&str]) -> Output {
        let sandbox = ["--sandbox", network.file.to_str().unwrap()];
        self.plain(
            &[&["--account", "alice"], arguments, &sandbox].concat(),
            None,
        )
    }

    fn plain(&self, arguments: &[&str], key: Option<&KeyPair>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ballast"));
        command
            .args(["keeper", "init"])
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("BALLAST_SECRET_KEY");
        if let Some(key) = key {
            command.env("BALLAST_SECRET_KEY", key.secret());
        }
        command.output().unwrap()
    }

    fn done(&self, network: &Network, arguments: &[&str]) -> String {
        let output = self.run(network, arguments);
        let error = text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        text(&output.stdout)
    }

    fn fails(&self, output: &Output, code: i32, words: &str) {
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(words), "{error}");
        assert!(!error.contains("panicked"), "{error}");
    }

    fn keys(&self) -> Vec<KeyPair> {
        read_channels(&self.file("channels.keys")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Lumens of accounts, stroops; none of those that do not exist.
fn balances(network: &Network, keys: &[KeyPair]) -> Vec<Option<i64>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let rpc = Rpc::new(&network.url, Default::default()).unwrap();
        let client = Client::connect(rpc, None, Options::default())
            .await
            .unwrap();
        let mut found = Vec::new();
        for key in keys {
            let account = client.account(&key.account_id()).await;
            found.push(account.ok().map(|account| account.balance));
        }
        found
    })
}

fn alice(network: &Network) -> KeyPair {
    let deployment = Deployment::read(&network.file).unwrap();
    let secret = deployment.account("alice").unwrap().secret_key.clone();
    KeyPair::from_secret(&secret.unwrap()).unwrap()
}

#[test]
fn init_makes_what_the_keeper_needs_and_again_changes_nothing() {
    let network = Network::start();
    let folder = Folder::new();
    // First what would be done.
    let would = folder.done(&network, &["--channels", "60", "--dry-run"]);
    assert!(would.contains("60 would be created with 20 XLM"), "{would}");
    assert!(
        would.contains("1200 XLM to the channels, at most 0.0006 XLM of fees"),
        "{would}"
    );
    assert!(
        would.contains("Nothing was written, nothing sent."),
        "{would}"
    );
    assert_eq!(folder.names(), [""; 0]);

    let before = balances(&network, &[alice(&network)])[0].unwrap();
    let did = folder.done(&network, &["--channels", "60"]);
    assert!(did.contains("60 in channels.keys, 60 of them new"), "{did}");
    assert!(
        did.contains("1200 XLM to the channels, 0.0006 XLM of fees"),
        "{did}"
    );
    assert!(did.contains("all 2 that the pool's assets need"), "{did}");
    assert!(did.contains("keeper.toml written"), "{did}");
    let keys = folder.keys();
    assert_eq!(balances(&network, &keys), vec![Some(20_0000000); 60]);
    let after = balances(&network, &[alice(&network)])[0].unwrap();
    assert_eq!(before - after, 1200_0000000 + 6000);

    let mode = fs::metadata(folder.file("channels.keys"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    // What was written is what the keeper takes.
    let config = Config::read(&folder.file("keeper.toml")).unwrap();
    let secrets = config.secrets().unwrap();
    assert_eq!(secrets.keeper.address(), alice(&network).address());
    assert_eq!(secrets.channels.len(), 60);
    assert_eq!(config.venues.len(), 2);
    let written = fs::read_to_string(folder.file("keeper.toml")).unwrap();
    for code in ["XLM", "USDC", "EURC"] {
        assert!(
            written.contains(&format!("# asset = \"{code}\"")),
            "{written}"
        );
    }
    assert!(!written.contains(&alice(&network).secret()));

    let again = folder.done(&network, &["--channels", "60"]);
    assert!(
        again.contains("0 of them new: 0 created with 20 XLM, 0 topped up, 60 left"),
        "{again}"
    );
    assert!(
        again.contains("0 XLM to the channels, 0 XLM of fees"),
        "{again}"
    );
    assert_eq!(balances(&network, &[alice(&network)])[0].unwrap(), after);
    assert_eq!(folder.keys().len(), 60);
}

#[test]
fn init_goes_on_where_an_interrupted_run_ended() {
    let network = Network::start();
    let folder = Folder::new();
    // The keys were written and two accounts made: one has spent most of what it had.
    folder.done(&network, &["--channels", "2", "--lumens", "5"]);
    let first = folder.keys();
    fs::remove_file(folder.file("keeper.toml")).unwrap();
    let did = folder.done(&network, &["--channels", "5", "--lumens", "30"]);
    assert!(
        did.contains(
            "5 in channels.keys, 3 of them new: 3 created with 30 XLM, 2 topped up, 0 left"
        ),
        "{did}"
    );
    let keys = folder.keys();
    let addresses = |keys: &[KeyPair]| keys.iter().map(KeyPair::address).collect::<Vec<_>>();
    assert_eq!(addresses(&keys[..2]), addresses(&first));
    assert_eq!(balances(&network, &keys), vec![Some(30_0000000); 5]);
    // Fewer than there are: none is forgotten.
    let did = folder.done(&network, &["--channels", "1", "--keep-config"]);
    assert!(did.contains("5 in channels.keys, 0 of them new"), "{did}");
}

#[test]
fn init_fails_when_the_configuration_was_changed_by_hand() {
    let network = Network::start();
    let folder = Folder::new();
    fs::write(folder.file("keeper.toml"), "# mine\n").unwrap();
    let output = folder.run(&network, &[]);
    folder.fails(
        &output,
        1,
        "keeper.toml exists: --force overwrites it, --keep-config leaves it; nothing was done",
    );
    assert_eq!(folder.names(), ["keeper.toml"]);
    folder.done(&network, &["--keep-config", "--channels", "1"]);
    assert_eq!(
        fs::read_to_string(folder.file("keeper.toml")).unwrap(),
        "# mine\n"
    );
    folder.done(&network, &["--force", "--channels", "1"]);
    Config::read(&folder.file("keeper.toml")).unwrap();
}

#[test]
fn init_fails_when_the_account_is_missing_or_poor() {
    let network = Network::start();
    let folder = Folder::new();
    let nobody = KeyPair::from_name("nobody at all");
    let sandbox = network.file.to_str().unwrap();
    let output = folder.plain(&["--sandbox", sandbox], Some(&nobody));
    folder.fails(
        &output,
        1,
        "does not exist on \"Standalone Network ; February 2017\": send it lumens first",
    );
    let output = folder.run(&network, &["--channels", "1000", "--lumens", "1000000"]);
    folder.fails(
        &output,
        1,
        "are needed (1000000000 XLM for channels, 0.01 XLM for fees): send it ",
    );
    let output = folder.run(&network, &["--lumens", "1"]);
    folder.fails(&output, 2, "--lumens: at least 2");
    // Nothing of it left a trace.
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn init_fails_when_the_network_is_another_or_the_factory_is_none() {
    let network = Network::start();
    let folder = Folder::new();
    let output = folder.run(
        &network,
        &["--network-passphrase", "Test SDF Network ; September 2015"],
    );
    folder.fails(&output, 1, "not \"Test SDF Network ; September 2015\"");
    let pool = network.directory.contracts["pool"].clone();
    let output = folder.run(&network, &["--factory", &pool]);
    folder.fails(&output, 1, &format!("{pool} is no factory of Ballast on"));
    let output = folder.plain(&["--rpc-url", &network.url], Some(&alice(&network)));
    folder.fails(&output, 2, "where is the factory?");
    let sandbox = network.file.to_str().unwrap();
    let output = folder.plain(&["--sandbox", sandbox], None);
    folder.fails(&output, 2, "the environment has no BALLAST_SECRET_KEY");
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn init_fails_when_others_may_read_the_keys() {
    let network = Network::start();
    let folder = Folder::new();
    folder.done(&network, &["--channels", "1"]);
    let file = folder.file("channels.keys");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = folder.run(&network, &["--channels", "2"]);
    folder.fails(
        &output,
        1,
        "others may read or write it (mode 644): chmod 600",
    );
    assert!(!text(&output.stderr).contains(&folder_secret(&file)[..20]));
}

fn folder_secret(file: &std::path::Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .find(|line| line.starts_with('S'))
        .unwrap()
        .to_owned()
}

#[test]
fn init_names_the_trustlines_that_are_missing_and_makes_them_when_told() {
    let network = Network::start();
    let folder = Folder::new();
    // An account with lumens and nothing else.
    folder.done(&network, &["--channels", "1", "--lumens", "100"]);
    let own = folder.keys().remove(0);
    fs::remove_file(folder.file("keeper.toml")).unwrap();
    fs::rename(folder.file("channels.keys"), folder.file("own.keys")).unwrap();
    let sandbox = network.file.to_str().unwrap();
    let arguments = ["--sandbox", sandbox, "--channels", "2", "--lumens", "3"];
    let output = folder.plain(&arguments, Some(&own));
    let did = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        did.contains("missing to USDC, EURC: a step is paid in the debt's asset"),
        "{did}"
    );
    let output = folder.plain(&[&arguments[..], &["--trust"]].concat(), Some(&own));
    let did = text(&output.stdout);
    assert!(
        did.contains("trustlines  made to USDC, EURC"),
        "{did} {}",
        text(&output.stderr)
    );
    let output = folder.plain(&arguments, Some(&own));
    assert!(
        text(&output.stdout).contains("all 2 that"),
        "{}",
        text(&output.stdout)
    );
    let config = Config::read(&folder.file("keeper.toml")).unwrap();
    assert!(format!("{:?}", config.keys.keeper).contains("BALLAST_SECRET_KEY"));
}

#[test]
fn init_ends_unsettled_when_no_ledger_closes_and_can_be_repeated() {
    let network = Network::closing(Closing::Manual);
    let folder = Folder::new();
    let output = folder.run(&network, &["--channels", "3", "--wait", "1"]);
    folder.fails(
        &output,
        3,
        "the keys are in channels.keys: run this again to go on",
    );
    assert_eq!(folder.names(), ["channels.keys"]);
    let keys = folder.keys();
    network.control("ballast_close", serde_json::json!({ "count": 1 }));
    let did = folder.done(&network, &["--channels", "3"]);
    assert!(did.contains("0 of them new: 0 created"), "{did}");
    assert_eq!(balances(&network, &keys), vec![Some(20_0000000); 3]);
}
