//! The program as a user meets it.

mod support;

use std::path::Path;
use support::{assert_fails, ballast, temporary, text};

#[test]
fn help_tells_of_every_option() {
    let output = ballast(&["replay", "--help"]);
    assert!(output.status.success());
    let help = text(&output.stdout);
    for option in [
        "--prices",
        "--from",
        "--to",
        "--oracle",
        "--entry-health",
        "--collateral-usd",
        "--depth-usd",
        "--filler-margin-bps",
        "--keeper-delay-ledgers",
        "--policy",
        "--json",
        "--picture",
        "--table",
        "--collateral",
        "--every",
        "--horizon",
        "--policy-grid",
        "--engine",
        "--check",
        "--seed",
        "--html",
        "regret",
        "EXIT CODES",
    ] {
        assert!(help.contains(option), "{option}: {help}");
    }
    assert!(text(&ballast(&["--help"]).stdout).contains("replay"));
    assert!(text(&ballast(&["--version"]).stdout).starts_with("ballast "));
}

#[test]
fn wrong_arguments_exit_with_2() {
    for (arguments, words) in [
        (&[][..], "Usage"),
        (&["repaly"], "repaly"),
        (&["replay", "--entry"], "--entry"),
        (&["replay", "--entry-health"], "--entry-health"),
        (&["replay", "--entry-health", "many"], "many"),
        (&["replay", "--entry-health", "1.03"], "soft threshold"),
        (&["replay", "--entry-health", "inf"], "--entry-health"),
        (&["replay", "--filler-margin-bps", "-1"], "-1"),
        (
            &["replay", "--filler-margin-bps", "20000"],
            "--filler-margin-bps",
        ),
        (&["replay", "--keeper-delay-ledgers", "0.5"], "0.5"),
        (&["replay", "--collateral-usd", "1"], "--collateral-usd"),
        (&["replay", "--depth-usd", "nan"], "--depth-usd"),
        (&["replay", "--oracle", "high"], "high"),
        (&["replay", "--from", "yesterday"], "is not a time"),
        (
            &["replay", "--from", "2025-10-11", "--to", "2025-10-10"],
            "is not before",
        ),
        (&["replay", "--table", "--json", "x.json"], "--json"),
        (&["replay", "--collateral", "doge"], "doge"),
        (
            &["replay", "--entry-health", "1.20,1.35"],
            "--entry-health: 2 values; a list takes --every",
        ),
        (&["replay", "--oracle", "close,low"], "--oracle: 2 values"),
        (&["replay", "--depth-usd", "1e5,1e6"], "--depth-usd: 2"),
        (
            &["replay", "--filler-margin-bps", "200,300"],
            "--filler-margin-bps: 2 values",
        ),
        (
            &["replay", "--keeper-delay-ledgers", "1,12"],
            "--keeper-delay-ledgers: 2 values",
        ),
    ] {
        assert_fails(arguments, 2, words);
    }
}

#[test]
fn wrong_files_exit_with_1_and_name_file_and_line() {
    let bad = temporary(
        "bad.csv",
        "ts,open,high,low,close\n0,1,1,1,1\n300,1,1,2,1\n",
    );
    let policy = temporary("bad.toml", "sofft_e7 = 9300000\n");
    let bound = temporary("bound.toml", "discount_max_e7 = 9300000\n");
    let [bad, policy, bound] = [&bad, &policy, &bound].map(|file| file.to_str().unwrap());
    for (arguments, words) in [
        (&["replay", "--prices", "absent.csv"][..], "absent.csv"),
        (&["replay", "--prices", "."], "."),
        (
            &["replay", "--prices", bad],
            "bad.csv, line 3: low 2 is above high 1",
        ),
        (
            &["replay", "--from", "2026-01-01"],
            "no bars from 2026-01-01T00:00:00Z",
        ),
        (&["replay", "--policy", "absent.toml"], "absent.toml"),
        (&["replay", "--policy", policy], "sofft_e7"),
        (&["replay", "--policy", bound], "discount_max_e7 = 9300000"),
        (&["replay", "--json", "absent/out.json"], "absent/out.json"),
        (&["replay", "--picture", "absent/out.svg"], "absent/out.svg"),
    ] {
        assert_fails(arguments, 1, words);
    }
}

#[test]
fn replay_prints_a_table_and_writes_json_and_picture() {
    let output = ballast(&[
        "replay",
        "--from",
        "2025-10-10 21:00",
        "--to",
        "2025-10-10 21:50",
        "--json",
        "short.json",
        "--picture",
        "short.svg",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    for words in [
        "vault",
        "bare",
        "untouched",
        "regret",
        "rescued",
        "equity at end",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert!(
        text(&output.stderr).contains("auction of"),
        "{}",
        text(&output.stderr)
    );
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&read("short.json")).unwrap();
    assert_eq!(json["episode"]["bars"], 10);
    assert_eq!(json["episode"]["policy"]["soft_e7"], 9_600_000);
    assert!(json["vault"]["equity_end_usd"].is_number());
    let svg = read("short.svg");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for words in [
        "vault: risk ratio",
        "bare: risk ratio",
        "time, UTC",
        "soft 96",
        "market",
        "oracle",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}
