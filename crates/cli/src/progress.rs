//! Progress, on standard error: a bar on a terminal, plain lines elsewhere.

use ballast_risk::{replay::Progress, time};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, PoisonError,
    },
    time::Instant,
};

/// The bar that stands on the terminal now.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Lines where there is no terminal, at most, besides events.
const LINES: u64 = 10;

/// What is counted.
pub enum Shown {
    /// Bars of one replay.
    Bars,
    /// Replays of a table.
    Replays,
    /// Episodes on the fast engine.
    Episodes,
    /// Episodes run again on the contracts.
    Checks,
    /// Rounds of a sandbox's oracle.
    Rounds,
    /// What a keeper reads before it begins.
    Read(&'static str),
}

/// The progress of something.
pub struct Bar {
    bar: Option<ProgressBar>,
    unit: &'static str,
    length: u64,
    done: AtomicU64,
    start: Instant,
}

impl Bar {
    /// Nothing done yet.
    pub fn new(shown: Shown, length: u64) -> Self {
        let unit = match shown {
            Shown::Bars => "bars",
            Shown::Replays => "replays",
            Shown::Episodes => "episodes",
            Shown::Checks => "episodes checked on the contracts",
            Shown::Rounds => "rounds",
            Shown::Read(unit) => unit,
        };
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
            let template = format!("{{bar:40}} {{pos}}/{{len}} {unit} {{msg}}  {{eta}} left");
            let style = ProgressStyle::with_template(&template);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
            bar
        });
        Self {
            bar,
            unit,
            length,
            done: AtomicU64::new(0),
            start: Instant::now(),
        }
    }

    /// A bar of a replay is done.
    pub fn show(&self, progress: &Progress<'_>) {
        for event in progress.events {
            self.line(&event.to_string());
        }
        let message = format!(
            "{}  {:.5} USD",
            time::readable(progress.time),
            progress.price_usd
        );
        self.advance(progress.bars_done, &message);
    }

    /// So many are done.
    pub fn reached(&self, done: u64, message: &str) {
        self.advance(done, message);
    }

    /// One more is done, in any thread.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.tell(done - 1, done, "");
    }

    /// The end.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn advance(&self, done: u64, message: &str) {
        let before = self.done.swap(done, Ordering::Relaxed);
        self.tell(before, done, message);
    }

    fn tell(&self, before: u64, done: u64, message: &str) {
        match &self.bar {
            Some(bar) => {
                bar.inc(done.saturating_sub(before));
                if !message.is_empty() {
                    bar.set_message(message.to_string());
                }
            }
            None => {
                let part = |done: u64| done * LINES / self.length.max(1);
                if part(done) > part(before) {
                    let left = self.start.elapsed().as_secs_f64() / done as f64
                        * self.length.saturating_sub(done) as f64;
                    let (length, unit) = (self.length, self.unit);
                    self.line(&format!(
                        "{done}/{length} {unit}  {left:.0} s left  {message}"
                    ));
                }
            }
        }
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{}", line.trim_end()),
        }
    }
}

/// The progress of several things, one after the other.
#[derive(Default)]
pub struct Stages {
    now: Option<(&'static str, Bar)>,
}
impl Stages {
    /// So far is one of them; it ends the one before.
    pub fn reached(&mut self, stage: &'static str, done: u64, total: u64) {
        if self.now.as_ref().is_none_or(|(name, _)| *name != stage) {
            self.finish();
            self.now = Some((stage, Bar::new(Shown::Read(stage), total)));
        }
        if let Some((_, bar)) = &self.now {
            bar.reached(done, "");
        }
    }

    /// All is done.
    pub fn finish(&mut self) {
        if let Some((_, bar)) = self.now.take() {
            bar.finish();
        }
    }
}

/// Writes to standard error beside a bar, not through it.
pub fn beside_bars<T>(write: impl FnOnce() -> T) -> T {
    let bar = SHOWN.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}
