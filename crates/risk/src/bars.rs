//! Price bars: the built-in ones, and files of them.

use crate::{crash::CRASH_2025_10_10, time};
use flate2::read::MultiGzDecoder;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// Prices of an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Start of the interval, unix seconds.
    pub ts: u64,
    /// First price, USD.
    pub open: f64,
    /// Highest price, USD.
    pub high: f64,
    /// Lowest price, USD.
    pub low: f64,
    /// Last price, USD.
    pub close: f64,
}

/// Consecutive bars of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// Where they come from.
    pub source: String,
    /// Length of each, seconds.
    pub bar_seconds: u64,
    /// In order of time, at least one. A gap is a whole number of bars long.
    pub bars: Vec<Bar>,
}

/// Why bars cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BarsError {
    /// The file cannot be read.
    #[error("{}: {error}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// A line is wrong.
    #[error("{}, line {line}: {why}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// Nothing is left.
    #[error("{source_name}: no bars{range}{have}")]
    Empty {
        /// Where they were looked for.
        source_name: String,
        /// The range that was asked for.
        range: String,
        /// What there is instead.
        have: String,
    },
}

/// Where built-in bars come from.
pub const BUILT_IN: &str = "built-in bars";
/// Longest gap that is bridged, seconds.
pub const LONGEST_GAP_SECONDS: u64 = 86_400;
/// Length of a bar that stands alone, seconds.
const LONE_BAR_SECONDS: u64 = 300;
/// No price of anything that this replays.
const HIGHEST_PRICE: f64 = 1e9;
const COLUMNS: [&str; 5] = ["ts", "open", "high", "low", "close"];
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A part of time: bars that open at or after `from` and before `to`, unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// First, if limited.
    pub from: Option<u64>,
    /// End, if limited.
    pub to: Option<u64>,
}

impl Range {
    fn contains(&self, ts: u64) -> bool {
        self.from.is_none_or(|from| ts >= from) && self.to.is_none_or(|to| ts < to)
    }

    fn describe(&self) -> String {
        let end = |word: &str, time: Option<u64>| {
            time.map(|time| format!(" {word} {}", time::rfc3339(time)))
                .unwrap_or_default()
        };
        end("from", self.from) + &end("before", self.to)
    }
}

impl Bars {
    /// The crash of 2025-10-10, XLM in USD, 5-minute bars.
    ///
    /// # Errors
    /// * [`BarsError::Empty`] - nothing in the range.
    pub fn built_in(range: Range) -> Result<Self, BarsError> {
        let bars = CRASH_2025_10_10.map(|(ts, open, high, low, close)| Bar {
            ts,
            open,
            high,
            low,
            close,
        });
        within(BUILT_IN.into(), 300, bars.to_vec(), range)
    }

    /// Reads a CSV file, gzipped or not (told by its first bytes): a header naming the columns `ts`,
    /// `open`, `high`, `low` and `close` in any order, more columns being ignored; `ts` is the bar's
    /// start in any form of [`time::parse`].
    ///
    /// The length of a bar is the most frequent distance between rows. Rows must be in order, a whole
    /// number of bars apart. A gap within the range of up to [`LONGEST_GAP_SECONDS`] is bridged by
    /// [`crate::path`]; a longer one is an error.
    ///
    /// # Errors
    /// Each names the file and, where there is one, the line.
    pub fn read(file: &Path, range: Range) -> Result<Self, BarsError> {
        Self::open(file, range, LONGEST_GAP_SECONDS)
    }

    /// As [`Self::read`], but a gap may be of any length: for episodes, which are chosen around the long
    /// ones ([`crate::episodes`]).
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_with_long_gaps(file: &Path, range: Range) -> Result<Self, BarsError> {
        Self::open(file, range, u64::MAX)
    }

    fn open(file: &Path, range: Range, longest_gap_seconds: u64) -> Result<Self, BarsError> {
        let unreadable = |error| BarsError::Read {
            file: file.into(),
            error,
        };
        let mut reader = BufReader::new(File::open(file).map_err(unreadable)?);
        let start = reader.fill_buf().map_err(unreadable)?;
        if start.starts_with(&GZIP_MAGIC) {
            let reader = MultiGzDecoder::new(reader);
            return Self::parse_rows(reader, file, range, longest_gap_seconds);
        }
        if file.extension().is_some_and(|extension| extension == "gz") {
            let error = io::Error::new(io::ErrorKind::InvalidData, "not a gzip file");
            return Err(unreadable(error));
        }
        Self::parse_rows(reader, file, range, longest_gap_seconds)
    }

    /// As [`Self::read`], from any source of CSV that goes by the name of `file`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(source: impl Read, file: &Path, range: Range) -> Result<Self, BarsError> {
        Self::parse_rows(source, file, range, LONGEST_GAP_SECONDS)
    }

    fn parse_rows(
        mut source: impl Read,
        file: &Path,
        range: Range,
        longest_gap_seconds: u64,
    ) -> Result<Self, BarsError> {
        let mut text = Vec::new();
        source
            .read_to_end(&mut text)
            .map_err(|error| BarsError::Read {
                file: file.into(),
                error,
            })?;
        let at = |byte: u64, why: String| BarsError::Line {
            file: file.into(),
            line: line_of(&text, byte),
            why,
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_slice());
        let mut record = csv::StringRecord::new();
        let mut columns: Option<Columns> = None;
        let mut rows: Vec<(u64, Bar)> = Vec::new();
        loop {
            let byte = reader.position().byte();
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    return Err(at(byte, "not text (UTF-8)".into()));
                }
                Err(error) => return Err(at(byte, error.to_string())),
            }
            match &columns {
                None => columns = Some(Columns::find(&record).map_err(|why| at(byte, why))?),
                Some(columns) => {
                    let bar = columns.bar(&record).map_err(|why| at(byte, why))?;
                    if let Some((_, last)) = rows.last() {
                        follows(last.ts, bar.ts).map_err(|why| at(byte, why))?;
                    }
                    rows.push((byte, bar));
                }
            }
        }
        let bar_seconds = usual_distance(&rows);
        for pair in rows.windows(2) {
            let [(_, before), (byte, bar)] = pair else {
                continue;
            };
            let distance = bar.ts - before.ts;
            if !distance.is_multiple_of(bar_seconds) {
                let why = format!(
                    "{} s after the bar before it: bars are {bar_seconds} s long, and a gap is a \
                     whole number of them",
                    distance
                );
                return Err(at(*byte, why));
            }
            let gap = distance - bar_seconds;
            let inside = range.contains(before.ts) && range.contains(bar.ts);
            if inside && gap > longest_gap_seconds {
                let why = format!(
                    "{:.1} h of bars are missing before it, more than the {} h that are bridged: \
                     narrow the range",
                    gap as f64 / 3_600.0,
                    LONGEST_GAP_SECONDS / 3_600
                );
                return Err(at(*byte, why));
            }
        }
        let bars = rows.into_iter().map(|(_, bar)| bar).collect();
        within(file.display().to_string(), bar_seconds, bars, range)
    }

    /// Start of the first bar, unix seconds.
    pub fn start(&self) -> u64 {
        self.bars.first().map_or(0, |bar| bar.ts)
    }

    /// End of the last bar, unix seconds.
    pub fn end(&self) -> u64 {
        self.bars.last().map_or(0, |bar| bar.ts) + self.bar_seconds
    }

    /// How many bars are missing in gaps.
    pub fn missing(&self) -> u64 {
        (self.end() - self.start()) / self.bar_seconds.max(1) - self.bars.len() as u64
    }
}

fn within(
    source: String,
    bar_seconds: u64,
    mut bars: Vec<Bar>,
    range: Range,
) -> Result<Bars, BarsError> {
    let have = match (bars.first(), bars.last()) {
        (Some(first), Some(last)) => format!(
            " (there are {}, from {} to {})",
            bars.len(),
            time::rfc3339(first.ts),
            time::rfc3339(last.ts)
        ),
        _ => String::new(),
    };
    bars.retain(|bar| range.contains(bar.ts));
    if bars.is_empty() {
        return Err(BarsError::Empty {
            source_name: source,
            range: range.describe(),
            have,
        });
    }
    Ok(Bars {
        source,
        bar_seconds,
        bars,
    })
}

/// The line, from 1, of the first record at or after a byte. (The reader's own count stands at the empty
/// lines that it skips before a record.)
fn line_of(text: &[u8], byte: u64) -> u64 {
    let start = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
    let skipped = text[start..]
        .iter()
        .take_while(|byte| matches!(byte, b'\n' | b'\r'))
        .count();
    let newlines = text[..start + skipped]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count();
    newlines as u64 + 1
}

/// Where the columns are.
struct Columns([usize; 5]);

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, String> {
        let mut found = [0; 5];
        for (place, name) in found.iter_mut().zip(COLUMNS) {
            let named = |field: &str| {
                field
                    .trim_start_matches('\u{feff}')
                    .eq_ignore_ascii_case(name)
            };
            let mut places = header.iter().enumerate().filter(|(_, field)| named(field));
            *place = match (places.next(), places.next()) {
                (Some((place, _)), None) => place,
                (Some(_), Some(_)) => return Err(format!("two columns are named {name:?}")),
                (None, _) => {
                    let have: Vec<_> = header.iter().take(8).collect();
                    return Err(format!(
                        "no column named {name:?}: the first line must name the columns {}; it is \
                         {:?}",
                        COLUMNS.join(", "),
                        have.join(",")
                    ));
                }
            };
        }
        Ok(Self(found))
    }

    fn bar(&self, record: &csv::StringRecord) -> Result<Bar, String> {
        let field = |column: usize| {
            record
                .get(self.0[column])
                .filter(|field| !field.is_empty())
                .ok_or_else(|| format!("no value for {}", COLUMNS[column]))
        };
        let price = |column: usize| -> Result<f64, String> {
            let (name, text) = (COLUMNS[column], field(column)?);
            let price: f64 = text
                .parse()
                .map_err(|_| format!("{name}: {text:?} is not a number"))?;
            if price.is_finite() && price > 0.0 && price < HIGHEST_PRICE {
                Ok(price)
            } else {
                Err(format!("{name}: {text} is not a price"))
            }
        };
        let ts = time::parse(field(0)?).map_err(|error| format!("ts: {error}"))?;
        let bar = Bar {
            ts,
            open: price(1)?,
            high: price(2)?,
            low: price(3)?,
            close: price(4)?,
        };
        if bar.low > bar.high {
            return Err(format!("low {} is above high {}", bar.low, bar.high));
        }
        for (name, value) in [("open", bar.open), ("close", bar.close)] {
            if value < bar.low || value > bar.high {
                return Err(format!(
                    "{name} {value} is not between low {} and high {}",
                    bar.low, bar.high
                ));
            }
        }
        Ok(bar)
    }
}

fn follows(before: u64, ts: u64) -> Result<(), String> {
    if ts == before {
        return Err(format!("a second bar of {}", time::rfc3339(ts)));
    }
    if ts < before {
        return Err(format!(
            "{} is before the bar above it ({}): rows must be in order of time",
            time::rfc3339(ts),
            time::rfc3339(before)
        ));
    }
    Ok(())
}

/// The most frequent distance between rows; of equally frequent ones the smallest.
fn usual_distance(rows: &[(u64, Bar)]) -> u64 {
    let mut distances: Vec<u64> = rows
        .windows(2)
        .map(|pair| pair[1].1.ts - pair[0].1.ts)
        .collect();
    distances.sort_unstable();
    distances
        .chunk_by(|a, b| a == b)
        .map(|equal| (equal.len(), std::cmp::Reverse(equal[0])))
        .max()
        .map_or(LONE_BAR_SECONDS, |(_, distance)| distance.0)
}
