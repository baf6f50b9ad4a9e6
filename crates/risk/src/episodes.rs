//! Many episodes of one length out of one history of bars.

use crate::{
    bars::{Bars, LONGEST_GAP_SECONDS},
    time,
};

/// A part of time, unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Start.
    pub from: u64,
    /// End, exclusive.
    pub to: u64,
}

/// How often an episode starts, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From the start of one episode to the start of the next, seconds.
    pub every_seconds: u64,
    /// Length of an episode, seconds.
    pub horizon_seconds: u64,
}

/// One episode of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which step of the schedule, from 0; steps that are left out are counted.
    pub step: u32,
    /// When.
    pub span: Span,
}

/// The episodes that bars allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episodes {
    /// In order of time.
    pub planned: Vec<Planned>,
    /// Steps left out because bars are missing: at an end, or more than [`LONGEST_GAP_SECONDS`] in a row.
    pub left_out: u64,
}

/// Why there are no episodes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// A length is not a positive whole number of bars.
    #[error(
        "{name}: {} is not a whole number of bars, which are {bar_seconds} s long",
        time::length(*seconds)
    )]
    NotWholeBars {
        /// The setting, as the command line names it.
        name: &'static str,
        /// Its value.
        seconds: u64,
        /// Length of a bar.
        bar_seconds: u64,
    },
    /// More starts than can be numbered.
    #[error("--every: more than {} starts", u32::MAX)]
    TooMany,
    /// Nothing fits.
    #[error(
        "no episode of {} fits: {hours:.0} h lie between start and end, and {left_out} starts were left \
         out because bars are missing",
        time::length(*horizon_seconds)
    )]
    None {
        /// Length of an episode.
        horizon_seconds: u64,
        /// Hours there are.
        hours: f64,
        /// Starts left out.
        left_out: u64,
    },
}

impl Schedule {
    /// How many episodes overlap any moment, rounded up, at least one: the distance, in starts, up to
    /// which outcomes depend on each other because they share prices.
    pub fn overlap(&self) -> u32 {
        let overlap = self.horizon_seconds.div_ceil(self.every_seconds.max(1));
        u32::try_from(overlap).unwrap_or(u32::MAX).max(1)
    }

    /// The episodes of `bars` that start every so often from `from` (otherwise from the first bar) and
    /// end no later than `to` (otherwise than the last bar).
    ///
    /// # Errors
    /// * [`ScheduleError::NotWholeBars`], [`ScheduleError::TooMany`].
    /// * [`ScheduleError::None`] - not one episode has its bars.
    pub fn episodes(
        &self,
        bars: &Bars,
        from: Option<u64>,
        to: Option<u64>,
    ) -> Result<Episodes, ScheduleError> {
        let lengths = [
            ("--every", self.every_seconds),
            ("--horizon", self.horizon_seconds),
        ];
        for (name, seconds) in lengths {
            if seconds == 0 || !seconds.is_multiple_of(bars.bar_seconds) {
                return Err(ScheduleError::NotWholeBars {
                    name,
                    seconds,
                    bar_seconds: bars.bar_seconds,
                });
            }
        }
        let gaps = long_gaps(bars);
        let covered = |span: Span| {
            let first_gap = gaps.partition_point(|gap| gap.to <= span.from);
            let free = gaps.get(first_gap).is_none_or(|gap| gap.from >= span.to);
            span.from >= bars.start() && span.to <= bars.end() && free
        };
        let (start, end) = (from.unwrap_or(bars.start()), to.unwrap_or(bars.end()));
        let (mut planned, mut left_out) = (Vec::new(), 0);
        for step in 0.. {
            let from = start.saturating_add(step * self.every_seconds);
            let span = Span {
                from,
                to: from.saturating_add(self.horizon_seconds),
            };
            if span.to > end {
                break;
            }
            let step = u32::try_from(step).map_err(|_| ScheduleError::TooMany)?;
            if covered(span) {
                planned.push(Planned { step, span });
            } else {
                left_out += 1;
            }
        }
        if planned.is_empty() {
            return Err(ScheduleError::None {
                horizon_seconds: self.horizon_seconds,
                hours: end.saturating_sub(start) as f64 / 3_600.0,
                left_out,
            });
        }
        Ok(Episodes { planned, left_out })
    }
}

/// Times without bars that are too long to be bridged.
fn long_gaps(bars: &Bars) -> Vec<Span> {
    bars.bars
        .windows(2)
        .map(|pair| Span {
            from: pair[0].ts + bars.bar_seconds,
            to: pair[1].ts,
        })
        .filter(|gap| gap.to - gap.from > LONGEST_GAP_SECONDS)
        .collect()
}
