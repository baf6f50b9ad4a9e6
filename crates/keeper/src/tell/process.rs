//! The process itself, under the names that every exporter has for it.

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{gauge::ConstGauge, MetricType},
};
use std::fmt::Error;

/// Reads them when somebody asks; nothing where the system does not tell.
#[derive(Debug)]
pub struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut one = |name: &str, help: &str, value: Option<u64>| {
            let Some(value) = value else { return Ok(()) };
            let encoder = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            ConstGauge::new(value as f64).encode(encoder)
        };
        one(
            "process_resident_memory_bytes",
            "Resident memory size in bytes.",
            resident_bytes(),
        )?;
        one(
            "process_open_fds",
            "Number of open file descriptors.",
            open_files(),
        )
    }
}

fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

fn open_files() -> Option<u64> {
    // The directory that is read is open itself.
    let count = std::fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(count).ok()?.checked_sub(1)
}
