//! A price history prepared once, for any number of episodes on parts of it.

use crate::{
    bars::Bars,
    path::{Cursor, PricePath},
    settings::OracleMode,
};
use std::sync::OnceLock;

/// Seconds from one oracle round to the next. Rounds have multiples of it as timestamps.
pub const ROUND_SECONDS: u64 = ballast_chain::oracle::RESOLUTION_SECONDS as u64;
/// Seconds from one ledger to the next.
pub const LEDGER_SECONDS: u64 = ballast_chain::limits::SECONDS_PER_LEDGER;

/// A prepared price history: bars, the path through them, and what oracle rounds on it carry.
/// Episodes on parts of it share it.
#[derive(Debug)]
pub struct History {
    bars: Bars,
    path: PricePath,
    rounds: [OnceLock<Rounds>; 2],
}

/// A part of a history: unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Start.
    pub from: u64,
    /// End.
    pub to: u64,
}

impl History {
    /// Prepares bars.
    pub fn new(bars: Bars) -> Self {
        Self {
            path: PricePath::new(&bars),
            rounds: Default::default(),
            bars,
        }
    }

    /// The bars.
    pub fn bars(&self) -> &Bars {
        &self.bars
    }

    /// The path through them.
    pub fn path(&self) -> &PricePath {
        &self.path
    }

    /// Start of the first bar, unix seconds.
    pub fn start(&self) -> u64 {
        self.bars.start()
    }

    /// End of the last bar, unix seconds.
    pub fn end(&self) -> u64 {
        self.bars.end()
    }

    /// All of it.
    pub fn window(&self) -> Window {
        Window {
            from: self.start(),
            to: self.end(),
        }
    }

    /// Number of bars that open within a window.
    pub fn bars_in(&self, window: Window) -> usize {
        let before = |time: u64| self.bars.bars.partition_point(|bar| bar.ts < time);
        before(window.to) - before(window.from)
    }

    fn rounds(&self, oracle: OracleMode) -> &Rounds {
        self.rounds[oracle as usize].get_or_init(|| Rounds::new(&self.bars, &self.path, oracle))
    }
}

/// What the rounds of the oracle carry, for every round on the history.
///
/// Before the history its first price counts: the path is level there.
#[derive(Debug)]
struct Rounds {
    /// Number of the first one: its timestamp over [`ROUND_SECONDS`].
    first: u64,
    prices: MinimumTree,
}

impl Rounds {
    fn new(bars: &Bars, path: &PricePath, oracle: OracleMode) -> Self {
        let first = bars.start().div_ceil(ROUND_SECONDS);
        let last = bars.end() / ROUND_SECONDS;
        let prices = (first..=last).map(|number| {
            let time = number * ROUND_SECONDS;
            match oracle {
                OracleMode::Low if time > bars.start() => {
                    path.lowest(time.saturating_sub(ROUND_SECONDS), time)
                }
                OracleMode::Close | OracleMode::Low => path.price_before(time),
            }
        });
        Self {
            first,
            prices: MinimumTree::new(prices.collect()),
        }
    }
}

/// An episode's part of a history, as its oracle sees it.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    history: &'a History,
    rounds: &'a Rounds,
    oracle: OracleMode,
    /// First and last ledger, unix seconds.
    pub start: u64,
    /// The same.
    pub end: u64,
    /// The price at the start, after a jump.
    pub first_price: f64,
}

impl<'a> Course<'a> {
    /// The part of `history` in `window`: ledgers close on multiples of 5 s. `None` if it is not a
    /// part of the history or holds no ledger.
    pub fn new(history: &'a History, window: Window, oracle: OracleMode) -> Option<Self> {
        let start = window.from.next_multiple_of(LEDGER_SECONDS);
        let end = window.to / LEDGER_SECONDS * LEDGER_SECONDS;
        let within = window.from >= history.start() && window.to <= history.end();
        (within && start <= end).then(|| Self {
            history,
            rounds: history.rounds(oracle),
            oracle,
            start,
            end,
            first_price: history.path.price(start),
        })
    }

    /// The market's price at a ledger of the episode.
    pub fn price(&self, now: u64) -> f64 {
        if now == self.end {
            self.history.path.price_before(now)
        } else {
            self.history.path.price(now)
        }
    }

    /// The same in order of time, which is faster.
    pub fn cursor(&self) -> Market<'a> {
        Market {
            cursor: self.history.path.cursor(self.start),
            end: self.end,
            last: self.history.path.price_before(self.end),
        }
    }

    /// What the round of this number (timestamp over [`ROUND_SECONDS`]) carries, USD. The one in
    /// force at the start carries the first price, so that entry health is what the settings say;
    /// those before it are the history's.
    pub fn round(&self, number: u64) -> f64 {
        let time = number * ROUND_SECONDS;
        if number == self.start / ROUND_SECONDS {
            return self.first_price;
        }
        if self.oracle == OracleMode::Low && time > self.start && time - ROUND_SECONDS < self.start
        {
            // What was before the episode is not its low.
            return self.history.path.lowest(self.start, time);
        }
        let index = number.saturating_sub(self.rounds.first) as usize;
        self.rounds.prices.get(index)
    }

    /// Number of the first round after `now` of at most `price` USD, if there is one in the episode.
    pub fn next_round_at_most(&self, now: u64, price: f64) -> Option<u64> {
        let next = now / ROUND_SECONDS + 1;
        let last = self.end / ROUND_SECONDS;
        if next > last {
            return None;
        }
        // The first after the start may be one of its own.
        if self.round(next) <= price {
            return Some(next);
        }
        let from = (next + 1).saturating_sub(self.rounds.first) as usize;
        let until = (last + 1).saturating_sub(self.rounds.first) as usize;
        let found = self.rounds.prices.first_at_most(from..until, price)?;
        Some(self.rounds.first + found as u64)
    }

    /// The lowest of the episode's rounds, the one in force at the start included, USD.
    pub fn lowest_round(&self) -> f64 {
        let next = self.start / ROUND_SECONDS + 1;
        let last = self.end / ROUND_SECONDS;
        let mut lowest = self.first_price;
        if next <= last {
            lowest = lowest.min(self.round(next));
            let from = (next + 1).saturating_sub(self.rounds.first) as usize;
            let until = (last + 1).saturating_sub(self.rounds.first) as usize;
            lowest = lowest.min(self.rounds.prices.minimum(from..until));
        }
        lowest
    }
}

/// The market's price of an episode, asked for in order of time.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    cursor: Cursor<'a>,
    end: u64,
    last: f64,
}

impl Market<'_> {
    /// As [`Course::price`].
    pub fn price(&mut self, now: u64) -> f64 {
        if now == self.end {
            self.last
        } else {
            self.cursor.price(now)
        }
    }

    /// The first ledger after `now` and up to `until` at which the price is outside of
    /// `[low, high]`, or `until`.
    pub fn leaves(&mut self, now: u64, until: u64, (low, high): (f64, f64)) -> u64 {
        let mut time = now + LEDGER_SECONDS;
        while time < until {
            let (piece_end, from, to) = self.cursor.piece(time);
            if from.min(to) >= low && from.max(to) <= high {
                // A straight piece between two prices inside.
                time = piece_end.max(time + 1).next_multiple_of(LEDGER_SECONDS);
                continue;
            }
            let price = self.price(time);
            if price < low || price > high {
                return time;
            }
            time += LEDGER_SECONDS;
        }
        until
    }
}

/// Values, with the minimum of any range and the first small one found in logarithmic time.
#[derive(Debug)]
struct MinimumTree {
    /// Number of values.
    length: usize,
    /// Number of leaves, a power of two.
    leaves: usize,
    /// The minimum below each node: node 1 is the root, node `n` has the children `2n` and `2n + 1`.
    nodes: Vec<f64>,
}

impl MinimumTree {
    fn new(values: Vec<f64>) -> Self {
        let leaves = values.len().next_power_of_two().max(1);
        let mut nodes = vec![f64::INFINITY; 2 * leaves];
        nodes[leaves..leaves + values.len()].copy_from_slice(&values);
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].min(nodes[2 * node + 1]);
        }
        Self {
            length: values.len(),
            leaves,
            nodes,
        }
    }

    /// A value; beyond the end the last one.
    fn get(&self, index: usize) -> f64 {
        self.nodes[self.leaves + index.min(self.length.saturating_sub(1))]
    }

    fn minimum(&self, range: std::ops::Range<usize>) -> f64 {
        let (mut low, mut high) = (
            self.leaves + range.start.min(self.length),
            self.leaves + range.end.min(self.length),
        );
        let mut minimum = f64::INFINITY;
        while low < high {
            if low % 2 == 1 {
                minimum = minimum.min(self.nodes[low]);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                minimum = minimum.min(self.nodes[high]);
            }
            low /= 2;
            high /= 2;
        }
        minimum
    }

    /// Index of the first value in the range that is at most `limit`.
    fn first_at_most(&self, range: std::ops::Range<usize>, limit: f64) -> Option<usize> {
        let end = range.end.min(self.length);
        if range.start >= end {
            return None;
        }
        // Up and to the right until a subtree has one, then down to its first.
        let mut node = self.leaves + range.start;
        while self.nodes[node] > limit {
            while node % 2 == 1 {
                node /= 2;
                if node <= 1 {
                    return None;
                }
            }
            node += 1;
        }
        while node < self.leaves {
            node *= 2;
            if self.nodes[node] > limit {
                node += 1;
            }
        }
        let found = node - self.leaves;
        (found < end).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_tree_finds_what_a_scan_finds() {
        let mut state = 7_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as f64 % 100.0
        };
        for length in [0, 1, 2, 3, 7, 8, 9, 31] {
            let values: Vec<f64> = (0..length).map(|_| random()).collect();
            let tree = MinimumTree::new(values.clone());
            for start in 0..=length {
                for end in 0..=length + 1 {
                    let slice = &values[start..end.clamp(start, length)];
                    let minimum = slice.iter().copied().fold(f64::INFINITY, f64::min);
                    assert_eq!(tree.minimum(start..end), minimum);
                    for limit in [0.0, 10.0, 50.0, 99.0] {
                        let first = slice.iter().position(|value| *value <= limit);
                        let expected = first.map(|index| start + index);
                        assert_eq!(tree.first_at_most(start..end, limit), expected);
                    }
                }
            }
        }
    }
}
