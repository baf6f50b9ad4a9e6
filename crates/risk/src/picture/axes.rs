//! Axes that mark what people count in.

use crate::time;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// Unix seconds, with marks at times that people use.
pub struct TimeAxis(pub Range<f64>);

/// Distances between marks, seconds.
const MARKS: [f64; 15] = [
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    2_592_000.0,
];

/// Longer spans are marked by the calendar.
const CALENDAR_SECONDS: f64 = 150.0 * 86_400.0;
const MONTH_SECONDS: f64 = 31_556_952.0 / 12.0;
/// Distances between marks, months.
const MONTHS: [i64; 9] = [1, 2, 3, 6, 12, 24, 60, 120, 240];

impl TimeAxis {
    fn span(&self) -> f64 {
        self.0.end - self.0.start
    }

    /// Distance between marks of the calendar, months.
    fn months(&self, most: usize) -> i64 {
        let fits = |months: &&i64| self.span() / (**months as f64 * MONTH_SECONDS) <= most as f64;
        MONTHS.iter().find(fits).copied().unwrap_or(1_200)
    }

    /// The beginnings of months of the calendar, every so many.
    fn calendar(&self, every: i64) -> Vec<f64> {
        let begin = |month: i64| {
            let text = format!(
                "{}-{:02}-01",
                month.div_euclid(12),
                month.rem_euclid(12) + 1
            );
            time::parse(&text).map(|time| time as f64)
        };
        let inside = |time: &f64| *time >= self.0.start && *time <= self.0.end;
        (1970 * 12..2100 * 12)
            .filter(|month| month % every == 0)
            .filter_map(|month| begin(month).ok())
            .filter(inside)
            .collect()
    }

    fn distance(&self, most: usize) -> f64 {
        let span = self.0.end - self.0.start;
        let fits = |distance: &&f64| span / **distance <= most as f64;
        MARKS
            .iter()
            .find(fits)
            .copied()
            .unwrap_or(span / most as f64)
    }
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.0.start) / (self.0.end - self.0.start);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let most = hint.max_num_points().clamp(2, 12);
        if self.span() > CALENDAR_SECONDS {
            return self.calendar(self.months(most));
        }
        let distance = self.distance(most);
        let first = (self.0.start / distance).ceil() as i64;
        let last = (self.0.end / distance).floor() as i64;
        (first..=last).map(|mark| mark as f64 * distance).collect()
    }

    fn range(&self) -> Range<f64> {
        self.0.clone()
    }
}

impl ValueFormatter<f64> for TimeAxis {
    fn format_ext(&self, value: &f64) -> String {
        let span = self.span();
        let format = if span > CALENDAR_SECONDS {
            "%Y-%m"
        } else if span > 5.0 * 86_400.0 {
            "%m-%d"
        } else if span > 86_400.0 {
            "%m-%d %H:%M"
        } else {
            "%H:%M"
        };
        time::formatted(*value as u64, format)
    }
}

/// A count on a logarithmic scale, marked at powers of ten. It ends at a half, so that one can be seen.
pub struct CountAxis(pub f64);

impl CountAxis {
    const LEAST: f64 = 0.5;
}

impl Ranged for CountAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let place = |value: f64| (value.max(Self::LEAST) / Self::LEAST).ln();
        let share = place(*value) / place(self.0);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        (0..)
            .map(|power| 10f64.powi(power))
            .take_while(|value| *value <= self.0)
            .collect()
    }

    fn range(&self) -> Range<f64> {
        Self::LEAST..self.0
    }
}

impl ValueFormatter<f64> for CountAxis {
    fn format_ext(&self, value: &f64) -> String {
        format!("{value:.0}")
    }
}
