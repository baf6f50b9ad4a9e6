//! `ballast vault` against a sandbox: every command, and what it says when something is wrong.

mod library;
mod network;
#[path = "../support/mod.rs"]
mod support;

use ballast_sandbox::Closing;
use ballast_transaction::KeyPair;
use network::Network;
use serde_json::{json, Value as Json};
use std::process::Command;
use support::text;

fn number(document: &Json, path: &str) -> f64 {
    let value = document
        .pointer(path)
        .unwrap_or_else(|| panic!("{path}: {document}"));
    value
        .as_str()
        .unwrap_or_else(|| panic!("{path}: {document}"))
        .parse()
        .unwrap()
}

fn leg<'a>(standing: &'a Json, asset: &str) -> &'a Json {
    let legs = standing["position"].as_array().unwrap();
    legs.iter().find(|leg| leg["asset"] == asset).unwrap()
}

#[test]
fn from_the_first_deposit_to_the_close() {
    let network = Network::start();
    let who = "alice";
    let would = network.json(who, &["create", "--preset", "early", "--dry-run"]);
    let created = network.json(who, &["create", "--preset", "early"]);
    assert_eq!(would["vault"], created["vault"]);
    assert_eq!(
        (&would["dryRun"], &created["dryRun"]),
        (&json!(true), &json!(false))
    );
    let vault = created["vault"].as_str().unwrap();

    let deposited = network.json(who, &["deposit", "10000.5", "XLM"]);
    assert_eq!(deposited["description"], "deposit 10000.5 XLM");
    assert_eq!(deposited["standing"]["vault"], vault);
    assert!(number(leg(&deposited["standing"], "XLM"), "/collateral") > 10_000.49);
    assert!(number(&deposited, "/transaction/fee") > 0.0);

    // What a simulation foretells is what happens.
    let would = network.json(who, &["borrow", "300", "USDC", "--dry-run"]);
    assert_eq!(number(leg(&would["standing"], "XLM"), "/debt"), 0.0);
    let borrowed = network.json(who, &["borrow", "300", "usdc"]);
    let (expected, actual) = (
        number(&would, "/riskRatioAfter"),
        number(&borrowed, "/standing/health/riskRatio"),
    );
    assert!((expected - actual).abs() < 0.000_1, "{expected} {actual}");
    assert!(number(&would, "/transaction/total") >= number(&borrowed, "/transaction/fee"));
    assert!(number(leg(&borrowed["standing"], "USDC"), "/debt") >= 300.0);

    let health = network.text(who, &["health"]);
    for words in [
        vault,
        "XLM",
        "USDC",
        "risk ratio",
        "unwinding from 92.00% down to 90.00%",
        "LTV",
        "liquidation at",
    ] {
        assert!(health.contains(words), "{words}: {health}");
    }
    // The same by the owner's address and by the vault's, without a key.
    let owner = borrowed["standing"]["owner"].as_str().unwrap();
    for named in [["health", "--owner", owner], ["health", "--vault", vault]] {
        assert_eq!(network.json("", &named)["vault"], vault);
    }

    network.text(
        who,
        &["policy", "--set", "soft=95%", "--set", "window_ledgers=90"],
    );
    let policy = network.json(who, &["policy"]);
    assert_eq!(policy["policy"]["soft_e7"], 9_500_000);
    assert_eq!(policy["policy"]["window_ledgers"], 90);
    assert_eq!(policy["policy"]["target_e7"], 9_000_000);
    assert!(network.text(who, &["policy"]).contains("95%"));
    let off = network.json(who, &["policy", "--automation", "off"]);
    assert_eq!(off["standing"]["automation"], false);
    network.fails("", &["quote", "--vault", vault], 1, "AutomationOff (100)");
    network.text(who, &["policy", "--automation", "on"]);

    network.text(who, &["deposit", "25", "USDC", "--reserve"]);
    let standing = network.json(who, &["health"]);
    assert_eq!(leg(&standing, "USDC")["reserve"], "25");
    network.text(who, &["withdraw", "all", "USDC", "--reserve"]);
    assert_eq!(leg(&network.json(who, &["health"]), "USDC")["reserve"], "0");

    let listed = network.json("", &["list"]);
    assert!(listed
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["vault"] == vault));
    assert!(network
        .text("", &["list", "--owner", owner])
        .contains(vault));

    let repaid = network.json(who, &["repay", "50", "USDC"]);
    let debt = number(leg(&repaid["standing"], "USDC"), "/debt");
    assert!((249.9..250.1).contains(&debt), "{debt}");
    let repaid = network.json(who, &["repay", "max", "USDC"]);
    assert_eq!(leg(&repaid["standing"], "USDC")["debt"], "0");
    network.text(who, &["withdraw", "4000", "XLM"]);
    let closed = network.json(who, &["close"]);
    assert_eq!(closed["description"], "close the vault");
    let left = |side: &str| number(leg(&closed["standing"], "XLM"), side);
    assert_eq!((left("/collateral"), left("/reserve")), (0.0, 0.0));
}

#[test]
fn a_vault_in_debt_closes_by_selling() {
    let network = Network::start();
    let who = "bob";
    network.text(who, &["create"]);
    network.text(who, &["deposit", "10000", "XLM"]);
    network.text(who, &["borrow", "300", "USDC"]);
    let would = network.text(who, &["close", "--dry-run"]);
    assert!(
        would.contains("close the vault, selling") && would.contains("would be done"),
        "{would}"
    );
    // A sale at a better price than there is.
    network.fails(who, &["close", "--max-slippage", "0%"], 1, "vault: ");
    let closed = network.json(who, &["close"]);
    for asset in ["XLM", "USDC"] {
        let leg = leg(&closed["standing"], asset);
        for side in ["/collateral", "/debt", "/reserve"] {
            assert_eq!(number(leg, side), 0.0, "{asset} {side}: {closed}");
        }
    }
}

#[test]
fn a_falling_price_makes_a_quote() {
    let network = Network::start();
    let who = "carol";
    network.text(who, &["create"]);
    network.text(who, &["deposit", "10000", "XLM"]);
    network.fails(who, &["quote"], 1, "NoDebt (132)");
    network.text(who, &["borrow", "300", "USDC"]);
    network.fails(who, &["quote"], 1, "NotAtRisk (134)");
    let standing = network.json(who, &["health"]);
    // So far that the risk ratio is 97%, in two rounds: one alone is not sold into.
    let oracle = network.directory.oracle.as_ref().unwrap();
    let debt_value = number(&standing, "/health/debtValue");
    assert!(debt_value > 0.0);
    let risk = number(&standing, "/health/riskRatio");
    let price = number(&standing, "/health/collateralValue") / 10_000.0 * risk / 0.97;
    let text = format!("{price:.*}", oracle.decimals as usize);
    for _ in 0..2 {
        network.control(
            "ballast_warp",
            json!({ "seconds": oracle.resolution_seconds }),
        );
        network.control("ballast_setPrice", json!({ "asset": "XLM", "price": text }));
    }
    let risk = number(&network.json(who, &["health"]), "/health/riskRatio");
    assert!((0.969..0.971).contains(&risk), "{risk}");
    let quote = network.json(who, &["quote"]);
    assert!(
        number(&quote, "/sell") > 0.0 && number(&quote, "/riskRatioAfter") < 0.96,
        "{quote}"
    );
    assert_eq!(
        (&quote["rescue"], &quote["collateral"], &quote["debt"]),
        (&json!(false), &json!("XLM"), &json!("USDC"))
    );
    let flash = network.text(who, &["quote", "--path", "flash"]);
    assert!(
        flash.contains("flash loan, sell, repay") && flash.contains("repays at least"),
        "{flash}"
    );
    // The owner may not make it worse.
    network.fails(who, &["borrow", "1", "USDC"], 1, "WouldTriggerNow (102)");
}

#[test]
fn what_is_wrong_is_told_in_words() {
    let network = Network::start();
    let (who, other) = ("dave", "erin");
    network.fails(who, &["deposit", "1", "XLM"], 1, "`ballast vault create`");
    let created = network.json(who, &["create"]);
    let vault = created["vault"].as_str().unwrap();
    network.fails(who, &["create"], 1, "factory");
    network.fails(who, &["create"], 1, "VaultExists (203)");
    assert_ne!(
        network.json(who, &["create", "--nonce", "1", "--dry-run"])["vault"],
        vault
    );
    network.fails(
        who,
        &["create", "--nonce", "1", "--vault-version", "99"],
        1,
        "UnknownVersion (201)",
    );

    for (arguments, code, words) in [
        (&["deposit", "0", "XLM"][..], 2, "must not be zero"),
        (&["deposit", "-1", "XLM"], 2, "-1"),
        (&["deposit", "1e3", "XLM"], 2, "not an amount"),
        (&["deposit", "1.23456789", "XLM"], 2, "8 decimals, and the asset only 7"),
        (&["deposit", "1", "DOGE"], 2, "no such asset; there are"),
        (&["deposit", "900000000000", "XLM"], 1, "BalanceError (10)"),
        (&["borrow", "1", "USDC"], 1, "vault: "),
        (&["withdraw", "1", "XLM"], 1, "NoCollateral (133)"),
        (&["repay", "1", "USDC"], 1, "NoDebt (132)"),
        (&["repay", "max", "USDC"], 1, "no position yet"),
        (&["deposit", "1", "XLM", "--rpc-url", "http://127.0.0.1:1"], 1, "cannot reach"),
        (
            &["deposit", "1", "XLM", "--network-passphrase", "Test SDF Network ; September 2015"],
            1,
            "the RPC serves \"Standalone Network ; February 2017\", not \"Test SDF Network ; September 2015\"",
        ),
        (&["deposit", "1", "XLM", "--fee", "100", "--nonce", "7"], 1, "has no vault 7"),
    ] {
        network.fails(who, arguments, code, words);
    }
    network.text(who, &["deposit", "1000", "XLM"]);
    network.fails(who, &["borrow", "100000", "USDC"], 1, "PoolUnhealthy (114)");
    network.fails(who, &["repay", "max", "USDC"], 1, "owes no USDC");
    // Somebody else's key.
    network.fails(
        other,
        &["withdraw", "1", "XLM", "--vault", vault],
        1,
        "must authorise this call",
    );
    network.fails(
        other,
        &["withdraw", "1", "XLM", "--vault", vault, "--dry-run"],
        1,
        "must authorise this call",
    );
    // A contract that is none.
    let nowhere = "CCEBVDYM32YNYCVNRXQKDFFPISJJCV557CDZEIRBEE4NCV4KHPQ44HGF";
    network.fails(
        "",
        &["health", "--vault", nowhere],
        1,
        "there is no such contract",
    );
    // An account that does not exist yet.
    let stranger = KeyPair::from_name("nobody has funded this");
    let output = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args([
            "vault",
            "create",
            "--sandbox",
            network.file.to_str().unwrap(),
        ])
        .env("BALLAST_SECRET_KEY", stranger.secret())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains(&format!(
            "the account {} does not exist",
            stranger.address()
        )),
        "{error}"
    );
}

#[test]
fn a_ledger_that_does_not_close_leaves_it_open() {
    let network = Network::closing(Closing::Manual);
    let who = "frank";
    network.fails(
        who,
        &["create", "--wait", "1"],
        3,
        "it may still be applied up to ledger",
    );
    network.control("ballast_close", json!({}));
    assert!(network.text("", &["list"]).contains("automation"));
}

#[test]
fn the_demonstration_ends_well() {
    let picture = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo.svg");
    let picture = picture.to_str().unwrap();
    let output = support::ballast(&["demo", "--ledger-ms", "5", "--picture", picture]);
    let story = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for words in [
        "a stranger who withdraws is refused",
        "risk ratio 92.00%",
        "it watches 1 vault and 2 borrowers",
        "keeper, vault: step",
        "liquidator, twin: opens an auction",
        "keeper, vault: rescue from the auction",
        "liquidator, twin: fills the auction",
        "USD more than its twin",
    ] {
        assert!(story.contains(words), "{words}: {story}");
    }
    let picture = std::fs::read_to_string(picture).unwrap();
    assert!(picture.contains("<svg") && picture.contains("rescue from the auction"));
    let url = story.split_whitespace().nth(2).unwrap();
    let address = url.trim_start_matches("http://");
    // Nothing is left running.
    assert!(std::net::TcpStream::connect(address).is_err(), "{address}");
}
