//! Logs of the keeper, to standard error: one line an event, for people or as JSON.

use crate::{progress, Failure};
use ballast_keeper::{
    config::{LogConfig, LogFormat},
    tell::scrub,
};
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::{fmt::MakeWriter, EnvFilter};

/// What takes precedence over the configuration's filter.
const VARIABLE: &str = "RUST_LOG";

/// Begins to log; once in a process.
pub fn init(log: &LogConfig) -> Result<(), Failure> {
    let filter = std::env::var(VARIABLE)
        .ok()
        .filter(|filter| !filter.is_empty());
    let (filter, place) = match &filter {
        Some(filter) => (filter.as_str(), VARIABLE),
        None => (log.filter.as_str(), "[log] level"),
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::Usage(anyhow::anyhow!(
            "{place}: {filter:?} is no filter of logs: {error}"
        ))
    })?;
    let begun = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Beside)
        .with_ansi(io::stderr().is_terminal());
    let begun = match log.format {
        LogFormat::Text => begun.try_init(),
        LogFormat::Json => begun.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!("logs: {error}").into())
}

/// Standard error without secrets, beside a bar that may stand there.
struct Beside;

impl MakeWriter<'_> for Beside {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Beside
    }
}

impl Write for Beside {
    /// A whole line: that is how events are written.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let clean = scrub(&text);
        progress::beside_bars(|| io::stderr().lock().write_all(clean.as_bytes()))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
