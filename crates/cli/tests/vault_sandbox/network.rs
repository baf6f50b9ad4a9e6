//! A sandbox for a test.

use crate::support::{temporary, text};
use ballast_sandbox::{
    scenario::{self, Scenario},
    serve, Closing, Directory, Ledger, Limits, Options, Sandbox,
};
use serde_json::{json, Value as Json};
use std::{
    path::PathBuf,
    process::{Command, Output},
    sync::{
        atomic::{AtomicU32, Ordering},
        OnceLock,
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A network of its own for a test; the scenario is built once.
pub struct Network {
    pub file: PathBuf,
    pub url: String,
    pub directory: Directory,
}

impl Network {
    pub fn start() -> Self {
        Self::closing(Closing::Every(Duration::from_millis(40)))
    }

    pub fn closing(closing: Closing) -> Self {
        static SCENARIO: OnceLock<(Ledger, Directory)> = OnceLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (ledger, directory) = SCENARIO.get_or_init(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let options = scenario::Options {
                limits: Limits::Mainnet,
                seed: 1,
                history_ledgers: 1_000,
                now: now.as_secs(),
            };
            Scenario::Default.build(options).unwrap()
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let options = Options {
            closing,
            ..Options::default()
        };
        let sandbox = Sandbox::new(ledger.clone(), options);
        sandbox.controls().set_directory(directory.clone());
        // Ends with the process.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                serve(sandbox, listener, std::future::pending())
                    .await
                    .unwrap();
            });
        });
        let mut document = serde_json::to_value(directory).unwrap();
        document["rpcUrl"] = json!(url);
        document["networkPassphrase"] = json!(ballast_transaction::Network::STANDALONE);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let file = temporary(&format!("sandbox-{number}.json"), &document.to_string());
        Self {
            file,
            url,
            directory: directory.clone(),
        }
    }

    pub fn run(&self, account: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ballast"))
            .arg("vault")
            .args(arguments)
            .args(["--sandbox", self.file.to_str().unwrap()])
            .args(if account.is_empty() {
                vec![]
            } else {
                vec!["--account", account]
            })
            .env_remove("BALLAST_SECRET_KEY")
            .output()
            .unwrap()
    }

    /// What the command prints.
    pub fn text(&self, account: &str, arguments: &[&str]) -> String {
        let output = self.run(account, arguments);
        let error = text(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        assert_eq!(error, "", "{arguments:?}");
        text(&output.stdout)
    }

    pub fn json(&self, account: &str, arguments: &[&str]) -> Json {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.text(account, &arguments)).unwrap()
    }

    /// Exit code and what standard error must contain; nothing is printed otherwise.
    pub fn fails(&self, account: &str, arguments: &[&str], code: i32, words: &str) {
        let output = self.run(account, arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }

    pub fn control(&self, method: &str, params: Json) {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let answer = runtime.block_on(async {
            let rpc = ballast_client::rpc::Rpc::new(&self.url, Default::default()).unwrap();
            let method: &'static str = method.to_owned().leak();
            rpc.call(method, request["params"].clone()).await
        });
        answer.unwrap();
    }
}
