//! Prices of a file, as text: a price never becomes a floating-point number.

use anyhow::{anyhow, Context};
use ballast_risk::time;
use ballast_sandbox::prices::{format_decimal, parse_decimal_cut, Round, MOST_ROUNDS};
use clap::ValueEnum;
use flate2::read::MultiGzDecoder;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// Decimals of a price of the oracle; what a file has beyond is cut off.
const DECIMALS: u32 = 14;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A price of a bar.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Column {
    Open,
    High,
    Low,
    Close,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
        }
    }
}

/// The rounds of a CSV file, gzipped or not, with a header that names `ts` and the column; other columns are
/// ignored.
pub fn read(
    file: &Path,
    column: Column,
    from: Option<u64>,
    to: Option<u64>,
) -> anyhow::Result<Vec<Round>> {
    let name = || file.display().to_string();
    let mut reader = BufReader::new(File::open(file).with_context(name)?);
    let zipped = reader
        .fill_buf()
        .with_context(name)?
        .starts_with(&GZIP_MAGIC);
    let mut rounds = if zipped {
        rounds(MultiGzDecoder::new(reader), column)
    } else {
        rounds(reader, column)
    }
    .with_context(name)?;
    let have = rounds.len();
    rounds
        .retain(|Round(ts, _)| from.is_none_or(|from| *ts >= from) && to.is_none_or(|to| *ts < to));
    match rounds.len() {
        0 => Err(anyhow!("{}: no bars in the range, of {have}", name())),
        many if many > MOST_ROUNDS => Err(anyhow!(
            "{}: {many} bars, at most {MOST_ROUNDS} are replayed at a time: narrow the range with --from \
             and --to",
            name()
        )),
        _ => Ok(rounds),
    }
}

fn rounds(source: impl Read, column: Column) -> anyhow::Result<Vec<Round>> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(source);
    let header = reader.headers().context("line 1")?.clone();
    let place = |name: &str| {
        let named = |field: &str| {
            field
                .trim_start_matches('\u{feff}')
                .eq_ignore_ascii_case(name)
        };
        header
            .iter()
            .position(named)
            .ok_or_else(|| anyhow!("line 1: no column named {name:?}"))
    };
    let (ts, price) = (place("ts")?, place(column.name())?);
    let mut rounds: Vec<Round> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, |position| position.line());
        let round = || -> Result<Round, String> {
            let field = |place: usize| record.get(place).unwrap_or_default();
            let ts = time::parse(field(ts)).map_err(|error| format!("ts: {error}"))?;
            let told = |why| format!("{}: {why}", column.name());
            let price = parse_decimal_cut(field(price), DECIMALS).map_err(told)?;
            if price <= 0 {
                return Err(told(format!("{:?} is not a price", field(1))));
            }
            if rounds.last().is_some_and(|Round(before, _)| *before >= ts) {
                return Err("rows must be in order of time".into());
            }
            Ok(Round(ts, vec![Some(format_decimal(price, DECIMALS))]))
        };
        rounds.push(round().map_err(|why| anyhow!("line {line}: {why}"))?);
    }
    Ok(rounds)
}
