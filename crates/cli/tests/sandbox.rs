//! `ballast sandbox` as a user meets it.

mod support;

use serde_json::{json, Value};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use support::{assert_fails, ballast, temporary, text};

/// Nothing here takes so long unless it hangs.
const TIMEOUT: Duration = Duration::from_secs(60);

fn path(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// A bare sandbox on a port of its own, killed when it is dropped.
struct Sandbox {
    child: Child,
    document: Value,
    told: String,
}

impl Sandbox {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let output = path(&format!("{name}.json"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_ballast"))
            .args(["sandbox", "--port", "0", "--output"])
            .arg(&output)
            .args(arguments)
            .current_dir(env!("CARGO_TARGET_TMPDIR"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            told += &line;
            told.push('\n');
            if line.starts_with("Ctrl-C") {
                break;
            }
        }
        assert!(told.contains("Ctrl-C"), "{told}");
        let document = std::fs::read_to_string(output).unwrap();
        Self {
            child,
            document: serde_json::from_str(&document).unwrap(),
            told,
        }
    }

    fn url(&self) -> &str {
        self.document["rpcUrl"].as_str().unwrap()
    }

    fn authority(&self) -> &str {
        self.url().strip_prefix("http://").unwrap()
    }

    /// Sends a request and gives the whole answer, or nothing where the connection ends without one.
    fn http(&self, request: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.authority()).ok()?;
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        (!answer.is_empty()).then(|| String::from_utf8_lossy(&answer).into_owned())
    }

    fn post(&self, method: &str, params: Value) -> Option<String> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (host, body) = (self.authority(), body.to_string());
        self.http(&format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn call(&self, method: &str, params: Value) -> Value {
        let answer = self.post(method, params).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let answer: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"));
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Lets the friendbot create an account. Gives the transaction's hash.
    fn fund(&self, address: &str) -> Option<String> {
        let host = self.authority();
        let answer = self.http(&format!(
            "GET /friendbot?addr={address} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        ))?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let answer: Value = serde_json::from_str(body).ok()?;
        Some(answer["hash"].as_str()?.to_string())
    }

    /// What a command prints.
    fn command(&self, arguments: &[&str]) -> String {
        let mut all = vec!["sandbox"];
        all.extend(arguments);
        all.extend(["--url", self.url()]);
        let output = ballast(&all);
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    }

    fn command_fails(&self, arguments: &[&str], words: &str) {
        let mut all = vec!["sandbox"];
        all.extend(arguments);
        all.extend(["--url", self.url()]);
        assert_fails(&all, 1, words);
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.kill();
    }
}

const BARE: [&str; 4] = ["--scenario", "bare", "--ledger-ms", "manual"];

/// Accounts for the friendbot.
fn address(number: usize) -> String {
    ballast_transaction::KeyPair::from_name(&format!("friend {number}")).address()
}

#[test]
fn help_tells_of_every_option_and_command() {
    let help = text(&ballast(&["sandbox", "--help"]).stdout);
    for option in [
        "--port",
        "--bind",
        "--ledger-ms",
        "--state",
        "--limits",
        "--scenario",
        "--seed",
        "--history-ledgers",
        "--output",
        "price",
        "replay",
        "close",
        "warp",
        "snapshot",
        "revert",
        "fail",
        "status",
        "EXIT CODES",
    ] {
        assert!(help.contains(option), "{option}: {help}");
    }
    assert!(text(&ballast(&["--help"]).stdout).contains("sandbox"));
}

#[test]
fn wrong_arguments_exit_with_2() {
    for (arguments, words) in [
        (&["--port", "65536"][..], "65536"),
        (&["--port", "-1"], "-1"),
        (&["--port"], "--port"),
        (&["--bind", "localhost"], "localhost"),
        (&["--ledger-ms", "0"], "write manual or milliseconds"),
        (&["--ledger-ms", "often"], "write manual or milliseconds"),
        (&["--ledger-ms", "3600001"], "3600000"),
        (&["--limits", "pubnet"], "pubnet"),
        (&["--scenario", "full"], "full"),
        (&["--seed", "-1"], "-1"),
        (&["--seed", "lucky"], "lucky"),
        (&["--history-ledgers", "0"], "1..=1000000"),
        (&["--state"], "--state"),
        (&["--seed", "1", "close"], "close"),
        (&["open"], "open"),
        (&["price", "XLM"], "ASSET=PRICE"),
        (&["price", "XLM="], "ASSET=PRICE"),
        (&["price", "XLM=cheap"], "is not a decimal number"),
        (&["price", "XLM=1", "--pause"], "--pause"),
        (&["price", "--url", "nowhere"], "--url"),
        (&["price", "--url", "ftp://localhost"], "http://"),
        (&["replay"], "--prices"),
        (&["replay", "--prices", "x.csv", "--stop"], "--stop"),
        (&["replay", "--prices", "x.csv", "--column", "mid"], "mid"),
        (&["replay", "--prices", "x.csv", "--speed", "0"], "--speed"),
        (&["replay", "--prices", "x.csv", "--speed", "fast"], "fast"),
        (&["replay", "--prices", "x.csv", "--from", "noon"], "noon"),
        (
            &["replay", "--prices", "x.csv", "--from", "7", "--to", "7"],
            "is not before",
        ),
        (&["close", "many"], "many"),
        (&["warp"], "--ledgers"),
        (&["warp", "--time", "soon"], "soon"),
        (&["warp", "--time", "0s"], "0s"),
        (&["warp", "--ledgers", "-5"], "-5"),
        (&["snapshot"], "NAME"),
        (&["revert"], "NAME"),
        (&["fail"], "Usage"),
        (&["fail", "politely"], "politely"),
        (&["fail", "latency"], "MS"),
        (&["fail", "http", "200"], "400..=599"),
        (&["fail", "garbage", "tea"], "tea"),
        (&["fail", "drop", "--requests", "0"], "--requests"),
    ] {
        let mut all = vec!["sandbox"];
        all.extend(arguments);
        assert_fails(&all, 2, words);
    }
}

#[test]
fn what_cannot_be_opened_exits_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    assert_fails(&["sandbox", "--port", &port], 1, "another program has it");
    let bare = |more: &[&str], words: &str| {
        let mut all = vec!["sandbox", "--port", "0"];
        all.extend(BARE);
        all.extend(more);
        assert_fails(&all, 1, words);
    };
    bare(&["--bind", "192.0.2.1"], "no such address");
    bare(&["--output", "absent/sandbox.json"], "absent/sandbox.json");
    bare(&["--state", "absent/sandbox.state"], "absent/sandbox.state");
    bare(&["--state", "."], "directory");
    bare(&["--page", "absent"], "no index.html");
    let foreign = temporary("foreign.state", "ts,open,high,low,close\n");
    bare(&["--state", foreign.to_str().unwrap()], "not a state file");
    let kept = std::fs::read_to_string(&foreign).unwrap();
    assert_eq!(kept, "ts,open,high,low,close\n");
    // Nobody serves there.
    drop(taken);
    let url = format!("http://127.0.0.1:{port}");
    assert_fails(&["sandbox", "close", "--url", &url], 1, "cannot reach");
}

#[test]
fn files_of_prices_that_are_none_are_refused() {
    let sandbox = Sandbox::start("price-files", &BARE);
    for (name, content, words) in [
        ("none.csv", "", "no column named \"ts\""),
        ("column.csv", "ts,open\n0,1\n", "no column named \"close\""),
        ("text.csv", "ts,close\n0,dear\n", "line 2: close"),
        ("zero.csv", "ts,close\n0,0\n", "is not a price"),
        ("time.csv", "ts,close\nnoon,1\n", "line 2: ts"),
        ("order.csv", "ts,close\n300,1\n0,1\n", "line 3: rows must"),
        ("empty.csv", "ts,close\n", "no bars"),
    ] {
        let file = temporary(name, content);
        let file = file.to_str().unwrap();
        sandbox.command_fails(&["replay", "--prices", file], words);
    }
    sandbox.command_fails(&["replay", "--prices", "absent.csv"], "absent.csv");
}

#[test]
fn the_page_is_served_where_the_sandbox_says() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a-page");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("index.html"), "<p>a page</p>").unwrap();
    let own = [&BARE[..], &["--page", folder.to_str().unwrap()]].concat();
    let sandbox = Sandbox::start("page", &own);
    let told = format!("wallet page: {}/\n", sandbox.url());
    assert!(sandbox.told.contains(&told), "{}", sandbox.told);
    let get = |path: &str| {
        let host = sandbox.authority();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: close\r\n\r\n"
        );
        sandbox.http(&request).unwrap()
    };
    assert!(get("/").ends_with("<p>a page</p>"));
    let config = get("/config.json");
    let (_, config) = config.split_once("\r\n\r\n").unwrap();
    let config: Value = serde_json::from_str(config).unwrap();
    assert_eq!(config["accounts"], sandbox.document["accounts"]);
    assert_eq!(
        config["networkPassphrase"],
        sandbox.document["networkPassphrase"]
    );
}

#[test]
fn controls_work_from_the_command_line() {
    let sandbox = Sandbox::start("controls", &BARE);
    assert!(sandbox.told.contains("root"), "{}", sandbox.told);
    assert_eq!(
        sandbox.document["networkPassphrase"],
        "Standalone Network ; February 2017"
    );
    let friendbot = sandbox.document["friendbotUrl"].as_str().unwrap();
    assert_eq!(friendbot, format!("{}/friendbot", sandbox.url()));
    assert!(sandbox.document["accounts"][0]["secretKey"].is_string());

    let latest = |sandbox: &Sandbox| {
        let latest = sandbox.call("getLatestLedger", json!({}));
        latest["sequence"].as_u64().unwrap()
    };
    let first = latest(&sandbox);
    assert!(sandbox
        .command(&["close", "3"])
        .starts_with("closed ledger"));
    assert_eq!(latest(&sandbox), first + 3);
    sandbox.command(&["snapshot", "here"]);
    sandbox.command(&["warp", "--ledgers", "1000"]);
    assert_eq!(latest(&sandbox), first + 1_003);
    let time = |sandbox: &Sandbox| {
        let status = sandbox.call("ballast_status", json!({}));
        status["closeTime"]
            .as_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let before = time(&sandbox);
    sandbox.command(&["warp", "--time", "1h"]);
    assert!((before + 3_600..before + 3_660).contains(&time(&sandbox)));
    sandbox.command(&["revert", "here"]);
    assert_eq!(latest(&sandbox), first + 3);
    sandbox.command(&["close"]);
    assert!(time(&sandbox) < before + 3_000);
    sandbox.command(&["snapshot", "here", "--drop"]);
    sandbox.command_fails(&["revert", "here"], "no snapshot is called \"here\"");
    sandbox.command_fails(&["close", "0"], "count");
    sandbox.command_fails(&["price", "XLM=1"], "no oracle");
    sandbox.command_fails(&["replay", "--stop"], "no replay");
    let status: Value = serde_json::from_str(&sandbox.command(&["status"])).unwrap();
    assert_eq!(status["sequence"].as_u64(), Some(first + 4));
    assert_eq!(status["state"], Value::Null);
}

#[test]
fn faults_are_what_clients_meet() {
    let sandbox = Sandbox::start("faults", &BARE);
    let health = || sandbox.post("getHealth", json!({}));
    let once = |arguments: &[&str]| {
        let mut all = vec!["fail"];
        all.extend(arguments);
        all.extend(["--method", "getHealth", "--requests", "1"]);
        sandbox.command(&all);
        health()
    };
    assert_eq!(once(&["drop"]), None);
    let status = once(&["http", "502"]).unwrap();
    assert!(status.starts_with("HTTP/1.1 502"), "{status}");
    let limited = once(&["rate-limit"]).unwrap().to_lowercase();
    assert!(limited.starts_with("http/1.1 429"), "{limited}");
    assert!(limited.contains("retry-after: 1"), "{limited}");
    let error = once(&["error", "--code", "-32001", "--message", "tired"]).unwrap();
    assert!(
        error.contains("-32001") && error.contains("tired"),
        "{error}"
    );
    let garbage = once(&["garbage", "html"]).unwrap();
    assert!(garbage.contains("502 Bad Gateway"), "{garbage}");
    let start = std::time::Instant::now();
    assert!(once(&["latency", "300"]).unwrap().contains("healthy"));
    assert!(start.elapsed() >= Duration::from_millis(300));
    // All of them are over.
    assert!(sandbox.command(&["fail", "list"]).contains("no faults"));
    assert!(health().unwrap().contains("healthy"));

    let latest = || sandbox.call("getLatestLedger", json!({}))["sequence"].as_u64();
    let before = latest().unwrap();
    sandbox.command(&["fail", "stale", "2"]);
    sandbox.command(&["close", "5"]);
    assert_eq!(latest(), Some(before + 3));
    sandbox.command(&["fail", "clear"]);
    assert_eq!(latest(), Some(before + 5));
    sandbox.command_fails(&["fail", "stale", "0"], "ledgers");
    sandbox.command_fails(&["fail", "drop", "--rate", "2"], "rate");
}

#[test]
fn other_settings_than_the_files_are_refused() {
    let state = path("settings.state");
    let state = state.to_str().unwrap();
    let mut first = Sandbox::start(
        "settings",
        &[&BARE[..], &["--state", state, "--limits", "testnet"]].concat(),
    );
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("settings.json");
    let before = std::fs::read(&directory).unwrap();
    assert_fails(
        &[
            "sandbox",
            "--port",
            "0",
            "--state",
            state,
            "--output",
            "settings.json",
        ],
        1,
        "another sandbox is using it",
    );
    assert_eq!(std::fs::read(&directory).unwrap(), before);
    first.kill();
    for (option, value, words) in [
        ("--limits", "mainnet", "--limits testnet, not mainnet"),
        ("--seed", "5", "--seed 0, not 5"),
        ("--scenario", "default", "--scenario bare, not default"),
    ] {
        let arguments = ["sandbox", "--port", "0", "--state", state, option, value];
        assert_fails(&arguments, 1, words);
    }
    // What is not said is the file's.
    let again = Sandbox::start("settings-again", &["--state", state]);
    assert!(again.told.contains("limits testnet"), "{}", again.told);
}

#[test]
fn transactions_that_were_seen_survive_kill_9() {
    let state = path("killed.state");
    let arguments = [
        "--scenario",
        "bare",
        "--ledger-ms",
        "5",
        "--state",
        state.to_str().unwrap(),
    ];
    let mut seen: Vec<String> = Vec::new();
    let mut number = 0;
    for round in 0..12_u64 {
        let mut sandbox = Sandbox::start("killed", &arguments);
        for hash in &seen {
            let found = sandbox.call("getTransaction", json!({ "hash": hash }));
            assert_eq!(found["status"], "SUCCESS", "round {round}: {found}");
        }
        for _ in 0..1 + round % 3 {
            number += 1;
            seen.push(sandbox.fund(&address(number)).expect("funded"));
        }
        // One is under way when the blow comes; it may have happened or not.
        number += 1;
        let (host, late) = (sandbox.authority().to_string(), address(number));
        let mut stream = TcpStream::connect(&host).unwrap();
        let request = format!("GET /friendbot?addr={late} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_micros(round * 1_700));
        sandbox.kill();
    }
    // The chain of hashes has no gap.
    let sandbox = Sandbox::start("killed", &arguments);
    let status = sandbox.call("ballast_status", json!({}));
    let oldest = status["oldestLedger"].as_u64().unwrap();
    let mut cursor = json!({ "startLedger": oldest, "pagination": { "limit": 200 } });
    let (mut count, mut last) = (0, oldest - 1);
    loop {
        let page = sandbox.call("getLedgers", cursor);
        let ledgers = page["ledgers"].as_array().unwrap();
        for ledger in ledgers {
            assert_eq!(ledger["sequence"].as_u64(), Some(last + 1));
            (count, last) = (count + 1, last + 1);
        }
        if ledgers.len() < 200 {
            break;
        }
        cursor = json!({ "pagination": { "limit": 200, "cursor": page["cursor"] } });
    }
    assert!(count > seen.len());
}
