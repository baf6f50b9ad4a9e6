//! The price between the corners of a bar.
//!
//! Within a bar the price goes from the open to one extreme, to the other and to the close: the low
//! first in a bar that rises, the high first in one that falls. It moves at constant speed, so each leg
//! lasts in proportion to its length. From one bar's close to the next one's open it jumps;
//! over a gap it moves in a straight line from the close before it to the open after it.

use crate::bars::Bars;

/// A straight piece of the path.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    start: f64,
    end: f64,
    from: f64,
    to: f64,
}

impl Piece {
    fn at(&self, time: f64) -> f64 {
        let share = ((time - self.start) / (self.end - self.start)).clamp(0.0, 1.0);
        self.from + (self.to - self.from) * share
    }
}

/// A price at any time between the start of the first bar and the end of the last.
#[derive(Clone, Debug)]
pub struct PricePath {
    pieces: Vec<Piece>,
}

impl PricePath {
    /// The path through these bars.
    pub fn new(bars: &Bars) -> Self {
        let mut pieces = Vec::with_capacity(bars.bars.len() * 3);
        let mut last: Option<(u64, f64)> = None;
        for bar in &bars.bars {
            if let Some((end, close)) = last {
                if end < bar.ts {
                    pieces.push(Piece {
                        start: end as f64,
                        end: bar.ts as f64,
                        from: close,
                        to: bar.open,
                    });
                }
            }
            let corners = if bar.close >= bar.open {
                [bar.open, bar.low, bar.high, bar.close]
            } else {
                [bar.open, bar.high, bar.low, bar.close]
            };
            let length: f64 = corners.windows(2).map(|leg| (leg[1] - leg[0]).abs()).sum();
            let seconds = bars.bar_seconds as f64;
            let (mut start, bar_end) = (bar.ts as f64, bar.ts as f64 + seconds);
            if length == 0.0 {
                pieces.push(Piece {
                    start,
                    end: bar_end,
                    from: bar.open,
                    to: bar.close,
                });
            } else {
                for leg in corners.windows(2) {
                    let share = (leg[1] - leg[0]).abs() / length;
                    if share > 0.0 {
                        let end = start + share * seconds;
                        pieces.push(Piece {
                            start,
                            end,
                            from: leg[0],
                            to: leg[1],
                        });
                        start = end;
                    }
                }
                if let Some(piece) = pieces.last_mut() {
                    // What the sum of shares is off by.
                    piece.end = bar_end;
                }
            }
            last = Some((bar.ts + bars.bar_seconds, bar.close));
        }
        Self { pieces }
    }

    /// The price at `time` (unix seconds); where it jumps, the one after the jump.
    pub fn price(&self, time: u64) -> f64 {
        let time = time as f64;
        let index = self.pieces.partition_point(|piece| piece.end <= time);
        self.pieces[index.min(self.pieces.len() - 1)].at(time)
    }

    /// The price at `time` (unix seconds); where it jumps, the one before the jump.
    pub fn price_before(&self, time: u64) -> f64 {
        let time = time as f64;
        let index = self.pieces.partition_point(|piece| piece.end < time);
        self.pieces[index.min(self.pieces.len() - 1)].at(time)
    }

    /// The lowest price after `start` and up to `end` (unix seconds).
    pub fn lowest(&self, start: u64, end: u64) -> f64 {
        let (start, end) = (start as f64, end as f64);
        let first = self.pieces.partition_point(|piece| piece.end <= start);
        self.pieces[first.min(self.pieces.len() - 1)..]
            .iter()
            .take_while(|piece| piece.start < end)
            .flat_map(|piece| [piece.at(start), piece.at(end)])
            .fold(f64::INFINITY, f64::min)
    }

    /// A reader of prices in order of time, from `start` (unix seconds) on.
    pub fn cursor(&self, start: u64) -> Cursor<'_> {
        let start = start as f64;
        Cursor {
            pieces: &self.pieces,
            index: self.pieces.partition_point(|piece| piece.end <= start),
        }
    }

    /// The corners of the path: unix seconds and price.
    pub fn corners(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.pieces
            .iter()
            .flat_map(|piece| [(piece.start, piece.from), (piece.end, piece.to)])
    }
}

/// Reads prices in order of time, faster than by search.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    pieces: &'a [Piece],
    index: usize,
}

impl Cursor<'_> {
    /// As [`PricePath::price`]; `time` is not before any that was asked for earlier.
    pub fn price(&mut self, time: u64) -> f64 {
        self.seek(time).at(time as f64)
    }

    /// The straight piece that [`Self::price`] reads at `time`: its end (unix seconds, rounded up)
    /// and the prices at its two ends.
    pub fn piece(&mut self, time: u64) -> (u64, f64, f64) {
        let piece = self.seek(time);
        (piece.end.ceil() as u64, piece.from, piece.to)
    }

    fn seek(&mut self, time: u64) -> &Piece {
        let time = time as f64;
        while self.index + 1 < self.pieces.len() && self.pieces[self.index].end <= time {
            self.index += 1;
        }
        &self.pieces[self.index.min(self.pieces.len() - 1)]
    }
}
