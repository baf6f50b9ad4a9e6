//! The keeper as a process of its own, seen from outside.

use serde_json::Value as Json;
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

/// How long a keeper may take to see a ledger.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running keeper.
pub struct Keeper {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it takes.
#[derive(Clone, Debug)]
pub struct Sample {
    pub hour: u32,
    pub resident: u64,
    pub open_files: u64,
    pub threads: u64,
    pub files: u64,
    pub database: u64,
    pub log_of_changes: u64,
    pub decisions: u64,
    pub steps: u64,
    pub free: u64,
    pub channels: u64,
}

impl Sample {
    pub const HEADING: &str =
        "hour  RSS MB  fds  threads  files  db MB  wal MB  decisions  steps  channels free";
}

impl fmt::Display for Sample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mega = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        write!(
            out,
            "{:4}  {:6.1}  {:3}  {:7}  {:5}  {:5.1}  {:6.1}  {:9}  {:5}  {}/{}",
            self.hour,
            mega(self.resident),
            self.open_files,
            self.threads,
            self.files,
            mega(self.database),
            mega(self.log_of_changes),
            self.decisions,
            self.steps,
            self.free,
            self.channels
        )
    }
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A file that nobody else may read.
pub fn write_private(file: &Path, text: &str) {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// `ballast keeper init` in a folder.
pub fn init(folder: &Path, arguments: &[String]) {
    let output = ballast(folder)
        .args(["keeper", "init"])
        .args(arguments)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
}

fn ballast(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ballast"));
    command
        .current_dir(folder)
        .env_remove("BALLAST_SECRET_KEY")
        .env_remove("RUST_LOG");
    command
}

impl Keeper {
    /// Starts it on `keeper.toml` of a folder, which serves on this port.
    pub fn start(folder: &Path, port: u16) -> Self {
        let log = folder.join("keeper.log");
        let file = File::create(&log).unwrap();
        let child = ballast(folder)
            .args(["keeper", "--config", "keeper.toml"])
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, port, log }
    }

    /// Waits until it has seen a ledger; whether vaults are at risk.
    pub async fn reach(&self, ledger: u32) -> bool {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.status() {
                if status["ledger"]["sequence"].as_u64() >= Some(ledger.into()) {
                    let pools = status["pools"].as_array().cloned().unwrap_or_default();
                    let at_risk = |pool: &Json| pool["vaultsAtRisk"].as_u64() > Some(0);
                    return pools.iter().any(at_risk);
                }
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "ledger {ledger}: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    pub fn shows_a_ledger(&self) -> bool {
        self.status()
            .is_some_and(|status| status["ledger"]["sequence"].is_u64())
    }

    pub fn is_healthy(&self) -> bool {
        self.status()
            .is_some_and(|status| status["healthy"] == true)
    }

    /// Channels that are free, and all.
    pub fn channels(&self) -> (u64, u64) {
        let status = self.status().expect("the keeper answers");
        let accounts = status["accounts"].as_array().cloned().unwrap_or_default();
        let channels = accounts
            .iter()
            .filter(|account| account["role"] == "channel");
        let free = channels.clone().filter(|account| account["free"] == true);
        (free.count() as u64, channels.count() as u64)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn sample(&self, folder: &Path, hour: u32, decisions: u64) -> Sample {
        let process = |name: &str| format!("/proc/{}/{name}", self.child.id());
        let status = fs::read_to_string(process("status")).unwrap();
        let line = |name: &str| -> u64 {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let count = |folder: &Path| fs::read_dir(folder).unwrap().count() as u64;
        let len = |name: &str| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        let (free, channels) = self.channels();
        Sample {
            hour,
            resident: line("VmRSS:") * 1024,
            open_files: count(Path::new(&process("fd"))),
            threads: line("Threads:"),
            files: count(folder),
            database: len("keeper.db"),
            log_of_changes: len("keeper.db-wal"),
            decisions,
            steps: self.steps(),
            free,
            channels,
        }
    }

    /// Steps that were done since the start.
    fn steps(&self) -> u64 {
        let status = self.status().expect("the keeper answers");
        let steps = status["steps"].as_array().cloned().unwrap_or_default();
        let done = steps.iter().filter(|steps| steps["outcome"] == "done");
        done.filter_map(|steps| steps["count"].as_u64()).sum()
    }

    /// Asks it to stop: it must, and without an error.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(status.success(), "{status}: {}", self.log());
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it does not stop: {}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn status(&self) -> Option<Json> {
        serde_json::from_str(&self.get("/status.json")?).ok()
    }

    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .ok()?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer.split_once("\r\n\r\n")?.1.to_owned())
    }
}
