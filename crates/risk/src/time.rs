//! Times as people write them.

use jiff::{civil, tz::TimeZone, Timestamp};

/// A time that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time: {why}")]
pub struct TimeError {
    /// What was written.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// Seconds of the year 2100: what is later is a mistake, usually milliseconds.
const LATEST: i64 = 4_102_444_800;

/// Unix seconds of a time written as RFC 3339 (`2025-10-10T21:10:00Z`), as a date with or without a
/// time of day (`2025-10-10`, `2025-10-10 21:10`, `2025-10-10 21:10:05`, all UTC), or as unix seconds.
///
/// # Errors
/// The text and what is wrong with it.
pub fn parse(text: &str) -> Result<u64, TimeError> {
    let text = text.trim();
    let error = |why: &str| TimeError {
        text: text.into(),
        why: why.into(),
    };
    let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse()
            .map_err(|_| error("too large for unix seconds"))?
    } else {
        read(text).map_err(|why| error(&why))?
    };
    match u64::try_from(seconds) {
        Ok(_) if seconds > LATEST => {
            Err(error("later than the year 2100 (unix time is in seconds)"))
        }
        Ok(seconds) => Ok(seconds),
        Err(_) => Err(error("before 1970")),
    }
}

fn read(text: &str) -> Result<i64, String> {
    const FORMS: &str =
        "write 2025-10-10, \"2025-10-10 21:10\" (UTC), 2025-10-10T21:10:00Z or unix seconds";
    let civil = match text.len() {
        10 => civil::Date::strptime("%Y-%m-%d", text).map(|date| date.at(0, 0, 0, 0)),
        16 => civil::DateTime::strptime("%Y-%m-%d %H:%M", text),
        19 if !text.contains('T') => civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text),
        _ => {
            return text
                .parse::<Timestamp>()
                .map(|time| time.as_second())
                .map_err(|_| FORMS.to_string())
        }
    };
    civil
        .and_then(|civil| TimeZone::UTC.to_timestamp(civil))
        .map(|time| time.as_second())
        .map_err(|_| FORMS.to_string())
}

/// Seconds of a length of time written as a whole number of hours, days or weeks: `12h`, `1d`, `2w`.
///
/// # Errors
/// The text and what is wrong with it.
pub fn parse_length(text: &str) -> Result<u64, TimeError> {
    let error = |why: &str| TimeError {
        text: text.into(),
        why: why.into(),
    };
    const FORMS: &str = "write a length of time as 12h, 1d or 2w";
    let unit_seconds = match text.chars().last() {
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some('w') => 604_800,
        _ => return Err(error(FORMS)),
    };
    let number = &text[..text.len() - 1];
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(error(FORMS));
    }
    let seconds = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit_seconds))
        .filter(|seconds| *seconds <= LATEST as u64);
    match seconds {
        None => Err(error("longer than a hundred years")),
        Some(0) => Err(error("it must be longer than nothing")),
        Some(seconds) => Ok(seconds),
    }
}

/// `12h` or `7d`; seconds where it is no whole number of hours.
pub fn length(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h")];
    let whole = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    whole.map_or_else(
        || format!("{seconds} s"),
        |(unit, name)| format!("{}{name}", seconds / unit),
    )
}

/// `2025-10-10T21:10:00Z`.
pub fn rfc3339(seconds: u64) -> String {
    timestamp(seconds).to_string()
}

/// `2025-10-10 21:10:05` (UTC).
pub fn readable(seconds: u64) -> String {
    timestamp(seconds).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// By any format of `strftime`, UTC.
pub fn formatted(seconds: u64, format: &str) -> String {
    timestamp(seconds).strftime(format).to_string()
}

fn timestamp(seconds: u64) -> Timestamp {
    // Every time of this crate went through `parse` or lies a bar behind one that did.
    Timestamp::from_second(seconds as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}
