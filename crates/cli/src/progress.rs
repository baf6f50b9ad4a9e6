//! Progress, on standard error: a bar on a terminal, plain lines elsewhere.

use ballast_risk::{replay::Progress, time};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::atomic::{AtomicU64, Ordering},
};

/// Lines where there is no terminal, at most, besides events.
const LINES: u64 = 10;

/// What is counted.
pub enum Shown {
    /// Bars of one replay.
    Bars,
    /// Replays of a table.
    Replays,
}

/// The progress of something.
pub struct Bar {
    bar: Option<ProgressBar>,
    unit: &'static str,
    length: u64,
    done: AtomicU64,
}

impl Bar {
    /// Nothing done yet.
    pub fn new(shown: Shown, length: u64) -> Self {
        let unit = match shown {
            Shown::Bars => "bars",
            Shown::Replays => "replays",
        };
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
            let template = format!("{{bar:40}} {{pos}}/{{len}} {unit} {{msg}}");
            let style = ProgressStyle::with_template(&template);
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self {
            bar,
            unit,
            length,
            done: AtomicU64::new(0),
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

    /// One more is done, in any thread.
    pub fn step(&self) {
        let done = self.done.load(Ordering::Relaxed) + 1;
        self.advance(done, "");
    }

    /// The end.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn advance(&self, done: u64, message: &str) {
        let before = self.done.swap(done, Ordering::Relaxed);
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(message.to_string());
            }
            None => {
                let part = |done: u64| done * LINES / self.length.max(1);
                if part(done) > part(before) {
                    self.line(&format!("{done}/{} {}  {message}", self.length, self.unit));
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
