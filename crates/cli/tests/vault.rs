//! `ballast vault` as a user meets it, up to the network.

mod support;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};
use support::{assert_fails, ballast, temporary, text};

const CONTRACT: &str = "CCEBVDYM32YNYCVNRXQKDFFPISJJCV557CDZEIRBEE4NCV4KHPQ44HGF";
const SECRET: &str = "SCZANGBA5YHTNYVVV4C3U252E2B6P6F5T3U6MM63WBSBZATAQI3EBTQ4";
/// Nobody listens there.
const GONE: &str = "http://127.0.0.1:1";

#[test]
fn help_tells_of_every_command() {
    let help = text(&ballast(&["vault", "--help"]).stdout);
    for word in [
        "create",
        "deposit",
        "borrow",
        "repay",
        "withdraw",
        "policy",
        "health",
        "quote",
        "close",
        "list",
        "BALLAST_SECRET_KEY",
        "EXIT CODES",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let help = text(&ballast(&["vault", "deposit", "--help"]).stdout);
    for option in [
        "--rpc-url",
        "--network-passphrase",
        "--sandbox",
        "--key-file",
        "--json",
        "--dry-run",
        "--fee",
        "--wait",
        "--reserve",
    ] {
        assert!(help.contains(option), "{option}: {help}");
    }
}

#[test]
fn wrong_arguments_exit_with_2() {
    for (arguments, words) in [
        (&["vault", "depsit"][..], "depsit"),
        (&["vault", "deposit"], "AMOUNT"),
        (&["vault", "deposit", "1"], "ASSET"),
        (&["vault", "deposit", "1", "XLM"], "no key"),
        (&["vault", "list"], "no RPC"),
        (&["vault", "health", "--rpc-url", GONE], "which vault?"),
        (&["vault", "health", "--vault", "CAFE"], "CAFE"),
        (
            &["vault", "health", "--vault", SECRET_AS_ADDRESS],
            "contract's address",
        ),
        (
            &["vault", "health", "--vault", CONTRACT, "--nonce", "1"],
            "--nonce",
        ),
        (&["vault", "borrow", "1", "XLM", "--fee", "99"], "99"),
        (
            &["vault", "borrow", "1", "XLM", "--account", "alice"],
            "--sandbox",
        ),
        (&["vault", "policy", "--automation", "maybe"], "maybe"),
        (
            &["vault", "policy", "--automation", "on", "--preset", "early"],
            "--preset",
        ),
        (&["vault", "policy", "--set", "soft=94"], "94.5% or 0.945"),
        (&["vault", "create", "--set", "sofa=94%"], "no such field"),
        (&["vault", "create", "--preset", "hasty"], "hasty"),
        (&["vault", "close", "--max-slippage", "60%"], "at most 50%"),
        (&["vault", "list", "--rpc-url", "localhost:8000"], "http://"),
        (&["vault", "list", "--secret-key", SECRET], "--secret-key"),
    ] {
        assert_fails(arguments, 2, words);
    }
}

/// Not a contract's.
const SECRET_AS_ADDRESS: &str = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";

#[test]
fn a_policy_that_breaks_a_rule_is_told_before_anything_is_asked() {
    assert_fails(
        &["vault", "create", "--set", "soft=99.5%", "--rpc-url", GONE],
        1,
        "PolicyThresholds (160): thresholds must satisfy",
    );
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let output = with_key(&["vault", "deposit", "1", "XLM", "--rpc-url", GONE]);
    assert_eq!(output.0, Some(1));
    assert!(
        output.1.contains("cannot reach http://127.0.0.1:1"),
        "{}",
        output.1
    );
}

#[test]
fn keys_come_from_files_that_nobody_else_reads() {
    let file = |name: &str, content: &str, mode: u32| -> PathBuf {
        let file = temporary(name, content);
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    };
    let fails = |file: &Path, words: &str| {
        let file = file.to_str().unwrap();
        let arguments = [
            "vault",
            "deposit",
            "1",
            "XLM",
            "--rpc-url",
            GONE,
            "--key-file",
            file,
        ];
        assert_fails(&arguments, 1, words);
        let error = text(&ballast(&arguments).stderr);
        assert!(!error.contains(&SECRET[..20]), "{error}");
    };
    fails(&file("open.key", SECRET, 0o644), "chmod 600");
    fails(&file("group.key", SECRET, 0o640), "mode 640");
    fails(&file("wrong.key", &SECRET[..50], 0o600), "not a secret key");
    fails(
        &file("right.key", &format!("{SECRET}\n"), 0o600),
        "cannot reach",
    );
    fails(Path::new("nowhere.key"), "nowhere.key");
    fails(Path::new("."), "not a file");
}

#[test]
fn a_wrong_key_in_the_environment_is_not_repeated() {
    let wrong = &SECRET[..55];
    let output = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args(["vault", "deposit", "1", "XLM", "--rpc-url", GONE])
        .env("BALLAST_SECRET_KEY", wrong)
        .output()
        .unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("BALLAST_SECRET_KEY: not a secret key"),
        "{error}"
    );
    assert!(!error.contains(&wrong[..20]), "{error}");
}

#[test]
fn files_of_networks_are_checked() {
    for (name, content, words) in [
        ("text.json", "not JSON", "expected"),
        (
            "pool.json",
            r#"{"contracts": {"pool": "CAFE"}}"#,
            "pool: \"CAFE\" is not an address",
        ),
        ("empty.json", "{}", "no RPC"),
    ] {
        let file = temporary(name, content);
        let output = ballast(&["vault", "list", "--sandbox", file.to_str().unwrap()]);
        let error = text(&output.stderr);
        assert!(!output.status.success());
        assert!(error.contains(words), "{name}: {error}");
    }
    assert_fails(
        &["vault", "list", "--sandbox", "nowhere.json"],
        1,
        "nowhere.json",
    );
    let file = temporary(
        "accounts.json",
        r#"{"accounts": [{"name": "bob", "publicKey": "G"}]}"#,
    );
    let file = file.to_str().unwrap();
    assert_fails(
        &[
            "vault",
            "deposit",
            "1",
            "XLM",
            "--sandbox",
            file,
            "--account",
            "alice",
        ],
        2,
        "there is no \"alice\"; there are bob",
    );
}

fn with_key(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args(arguments)
        .env("BALLAST_SECRET_KEY", SECRET)
        .output()
        .unwrap();
    (output.status.code(), text(&output.stderr))
}
