//! A sandbox in a process of its own, as its user starts it.

use crate::wire::Wire;
use anyhow::{bail, Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// Longest that a sandbox may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running sandbox; ends with the value.
pub struct Process {
    child: Child,
    folder: PathBuf,
    /// What it wrote about itself.
    pub directory: Value,
    /// From the start of the process to the first answer.
    pub started_in: Duration,
}

impl Process {
    /// Starts `program sandbox` with these options, on a free port.
    pub fn start(program: &Path, name: &str, options: &[&str]) -> Result<Self> {
        let folder = env::temp_dir().join(format!("ballast-bench-{}-{name}", process::id()));
        fs::create_dir_all(&folder)?;
        let program = program
            .canonicalize()
            .with_context(|| format!("{} is not built (make build)", program.display()))?;
        let file = folder.join("sandbox.json");
        let start = Instant::now();
        let child = Command::new(program)
            .args(["sandbox", "--port", "0"])
            .args(options)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log"))?)
            .spawn()?;
        let mut started = Self {
            child,
            folder,
            directory: Value::Null,
            started_in: Duration::ZERO,
        };
        while start.elapsed() < PATIENCE {
            if let Some(status) = started.child.try_wait()? {
                let log = fs::read_to_string(started.folder.join("log")).unwrap_or_default();
                bail!("the sandbox ended with {status}: {log}");
            }
            // Written in one step when it serves; an answer is what counts.
            if let Some(directory) = read(&file) {
                started.directory = directory;
                started.wire()?.call("getHealth", Value::Null)?;
                started.started_in = start.elapsed();
                return Ok(started);
            }
            thread::sleep(Duration::from_millis(2));
        }
        bail!("the sandbox did not start within {PATIENCE:?}")
    }

    /// A connection to it.
    pub fn wire(&self) -> Result<Wire> {
        Wire::connect(self.text("/rpcUrl")?)
    }

    /// A text of what it wrote about itself.
    pub fn text(&self, pointer: &str) -> Result<&str> {
        let found = self.directory.pointer(pointer).and_then(Value::as_str);
        found.with_context(|| format!("sandbox.json has no {pointer}"))
    }

    /// A text of one of its assets.
    pub fn asset(&self, code: &str, field: &str) -> Result<String> {
        let assets = self.directory["assets"].as_array();
        let found = assets.and_then(|all| all.iter().find(|asset| asset["code"] == code));
        let text = found.and_then(|asset| asset[field].as_str());
        Ok(text.with_context(|| format!("no asset {code}"))?.to_owned())
    }

    /// The address of one of its contracts.
    pub fn contract(&self, name: &str) -> Result<String> {
        Ok(self.text(&format!("/contracts/{name}"))?.to_owned())
    }

    /// Memory that it holds, bytes; only Linux tells.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What a sandbox wrote about itself, once it has.
fn read(file: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(file).ok()?).ok()
}
