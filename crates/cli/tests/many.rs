//! The program on many episodes.

mod support;

use serde_json::Value;
use std::path::Path;
use support::{assert_fails, ballast, temporary, text};

/// What every call below begins with: three episodes of the built-in bars.
const THREE: [&str; 5] = ["replay", "--every", "1h", "--horizon", "2h"];

fn three<'a>(more: &[&'a str]) -> Vec<&'a str> {
    THREE.iter().chain(more).copied().collect()
}

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)).unwrap()
}

#[test]
fn wrong_arguments_of_many_episodes_exit_with_2() {
    let policy = temporary("arguments.toml", "");
    let policy = policy.to_str().unwrap();
    for (arguments, words) in [
        (&["replay", "--every", "1d"][..], "--horizon"),
        (&["replay", "--horizon", "1d"], "--every"),
        (
            &["replay", "--every", "1", "--horizon", "1d"],
            "12h, 1d or 2w",
        ),
        (
            &["replay", "--every", "0h", "--horizon", "1d"],
            "longer than nothing",
        ),
        (
            &["replay", "--every", "1m", "--horizon", "1d"],
            "12h, 1d or 2w",
        ),
        (
            &["replay", "--every", "1h", "--horizon", "9999999w"],
            "hundred years",
        ),
        (
            &["replay", "--every", "1h", "--horizon", "7d"],
            "no episode of 7d fits: 4 h lie",
        ),
        (&["replay", "--policy-grid", policy], "--every"),
        (&["replay", "--engine", "core"], "--every"),
        (&["replay", "--check", "3"], "--every"),
        (&["replay", "--seed", "3"], "--every"),
        (&["replay", "--html", "x.html"], "--every"),
        (&three(&["--table"]), "--table"),
        (&three(&["--check", "some"]), "a number, all or none"),
        (&three(&["--check", "-1"]), "-1"),
        (
            &three(&["--engine", "wasm", "--check", "all"]),
            "--check: with --engine wasm",
        ),
        (&three(&["--engine", "steam"]), "steam"),
        (&three(&["--seed", "x"]), "--seed"),
        (&three(&["--entry-health", "1.2,"]), "--entry-health"),
        (&three(&["--entry-health", "1.2,x"]), "--entry-health"),
        (&three(&["--entry-health", "1.01,1.02"]), "soft threshold"),
        (
            &three(&["--entry-health", "0.5,1.35"]),
            "--entry-health: 0.5 is not",
        ),
        (
            &three(&["--depth-usd", "750000,1"]),
            "--depth-usd: 1 is not",
        ),
        (
            &three(&["--policy", policy, "--policy-grid", policy]),
            "--policy-grid",
        ),
        (&three(&["--policy-grid"]), "--policy-grid"),
    ] {
        assert_fails(arguments, 2, words);
    }
}

#[test]
fn wrong_files_of_many_episodes_exit_with_1() {
    let files = [
        ("unknown.toml", "[grid]\nsofft_e7 = [1]\n", "sofft_e7"),
        (
            "flat.toml",
            "[grid]\nsoft_e7 = 9300000\n",
            "grid.soft_e7: it is a list",
        ),
        (
            "none.toml",
            "[grid]\nhard_e7 = [1, 2]\n",
            "soft must be below hard",
        ),
    ];
    for (name, content, words) in files {
        let file = temporary(name, content);
        let file = file.to_str().unwrap();
        assert_fails(&three(&["--policy-grid", file]), 1, name);
        assert_fails(&three(&["--policy-grid", file]), 1, words);
    }
    assert_fails(&three(&["--policy-grid", "absent.toml"]), 1, "absent.toml");
    for option in ["--json", "--picture", "--html"] {
        assert_fails(&three(&[option, "absent/out"]), 1, "absent/out");
    }
}

#[test]
fn study_prints_tables_and_writes_json_and_picture() {
    let grid = temporary("study.toml", "[grid]\npreset = [\"early\", \"balanced\"]\n");
    let arguments = [
        "--entry-health",
        "1.03,1.20,1.35",
        "--policy-grid",
        grid.to_str().unwrap(),
        "--check",
        "2",
        "--json",
        "study.json",
        "--picture",
        "study.svg",
    ];
    let output = ballast(&three(&arguments));
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    // 1.03 is above either policy's soft threshold.
    assert!(
        told.contains(
            "3 episodes of 2h, one every 1h, x 3 settings x 2 policies, less 2 combinations that cannot be \
             entered, = 12 replays"
        ),
        "{told}"
    );
    let table = text(&output.stdout);
    for words in [
        "early",
        "* balanced",
        "vault-bare",
        "spells",
        "10 of 10 agree",
        "lag 2",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let json: Value = serde_json::from_str(&read("study.json")).unwrap();
    let keys: Vec<_> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["check", "episodes", "parameters", "summary"]);
    assert_eq!(json["parameters"]["episodes"], 3);
    assert_eq!(
        json["parameters"]["cannot_be_entered"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let episodes = json["episodes"].as_array().unwrap();
    assert_eq!(episodes.len(), 12);
    let crash = &episodes[0];
    assert_eq!(
        (&crash["setting"], &crash["policy"]),
        (&1.into(), &0.into())
    );
    assert_eq!(crash["from"], "2025-10-10T20:30:00Z");
    let usd = |value: &Value| value.as_f64().unwrap();
    let over = usd(&crash["vault"]["equity_end_usd"]) - usd(&crash["bare"]["equity_end_usd"]);
    let bps = usd(&crash["vault_minus_bare_bps"]);
    assert!(
        (over / 50_000.0 * 1e4 - bps).abs() < 1e-3,
        "{over} USD, {bps} bps"
    );
    assert!(bps > 900.0, "{bps}");
    // The summary's mean is that of the episodes.
    let mine: Vec<f64> = episodes
        .iter()
        .filter(|one| one["policy"] == 0)
        .map(|one| usd(&one["vault_minus_bare_bps"]))
        .collect();
    let mean = mine.iter().sum::<f64>() / mine.len() as f64;
    let summary = &json["summary"]["policies"][0];
    assert!((usd(&summary["vault_minus_bare"]["mean_bps"]) - mean).abs() < 1e-3);
    assert_eq!(
        summary["vault_minus_bare"]["best"]["from"],
        "2025-10-10T20:30:00Z"
    );
    let check = &json["check"];
    assert_eq!(
        (&check["acting_episodes"], &check["quiet_episodes"]),
        (&2.into(), &8.into())
    );
    assert_eq!(check["agreeing_episodes"], 10);
    assert!(usd(&check["largest_difference_bps"]) <= 1.0);
    let svg = read("study.svg");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for words in [
        "early",
        "balanced (highest mean)",
        "best +",
        "2025-10-10",
        "mean +",
    ] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn study_is_the_same_on_the_contracts() {
    let run = |engine: &str, json: &str| {
        let arguments = ["--engine", engine, "--json", json, "--entry-health", "1.30"];
        let mut arguments = three(&arguments);
        if engine == "core" {
            arguments.extend(["--check", "none"]);
        }
        let output = ballast(&arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let json: Value = serde_json::from_str(&read(json)).unwrap();
        assert!(json["check"].is_null());
        json
    };
    let (core, wasm) = (run("core", "core.json"), run("wasm", "wasm.json"));
    let bps = |json: &Value| -> Vec<f64> {
        let episodes = json["episodes"].as_array().unwrap();
        let bps = episodes
            .iter()
            .map(|one| one["vault_minus_bare_bps"].as_f64());
        bps.map(Option::unwrap).collect()
    };
    for (core, wasm) in bps(&core).into_iter().zip(bps(&wasm)) {
        assert!((core - wasm).abs() < 1.0, "{core} {wasm}");
    }
    assert!(bps(&core).iter().any(|bps| *bps > 500.0));
}

#[test]
fn page_is_one_file_that_escapes_names_and_gives_commands_that_replay_its_episodes() {
    let odd = temporary("a<b>&\"c'.toml", "preset = \"early\"\n");
    let arguments = [
        "--check",
        "1",
        "--entry-health",
        "1.20,1.30",
        "--policy-grid",
        odd.to_str().unwrap(),
        "--html",
        "page.html",
        "--json",
        "page.json",
    ];
    let output = ballast(&three(&arguments));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let page = read("page.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("a&lt;b&gt;&amp;"));
    for forbidden in [
        "a<b>", "<script", "<link", "<img", "src=", "@import", "url(",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    // Nothing is named that could be fetched but the name space of SVG.
    assert_eq!(
        page.matches("http").count(),
        page.matches("http://www.w3.org/2000/svg").count() + page.matches("http-equiv").count()
    );
    // One with an auction, and the four without.
    for words in [
        "width=device-width",
        "prefers-color-scheme: dark",
        "5 of 5 agree",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let command = "ballast replay --from 2025-10-10T20:30:00Z --to 2025-10-10T22:30:00Z --entry-health 1.2 \
                   --policy &lt;(printf '%s\\n' 'soft_e7 = 9200000' 'target_e7 = 9000000' 'hard_e7 = 9800000' 'rescue_target_e7 = 9150000')";
    assert!(page.contains(command), "{page}");

    let early = temporary(
        "early.toml",
        "soft_e7 = 9200000\ntarget_e7 = 9000000\nhard_e7 = 9800000\nrescue_target_e7 = 9150000\n",
    );
    let output = ballast(&[
        "replay",
        "--from",
        "2025-10-10T20:30:00Z",
        "--to",
        "2025-10-10T22:30:00Z",
        "--entry-health",
        "1.2",
        "--policy",
        early.to_str().unwrap(),
        "--json",
        "alone.json",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let alone: Value = serde_json::from_str(&read("alone.json")).unwrap();
    let all: Value = serde_json::from_str(&read("page.json")).unwrap();
    for twin in ["vault", "bare"] {
        let usd = |value: &Value| value[twin]["equity_end_usd"].as_f64().unwrap();
        let (alone, among) = (usd(&alone), usd(&all["episodes"][0]));
        assert!((alone - among).abs() < 0.01, "{twin}: {alone} {among}");
    }
}
