//! Prices as decimal text, exact, and lists of oracle rounds.

use serde::{Deserialize, Serialize};

/// Most rounds of one replay. 5-minute bars of two months.
pub const MOST_ROUNDS: usize = 20_000;

/// A number written in decimal, in units of `10^-decimals`: `"0.35"` with 14 decimals is 35,000,000,000,000.
/// Exact: a text with more digits than `decimals` behind the point is refused, unless they are zeros.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_decimal(text: &str, decimals: u32) -> Result<i128, String> {
    let (value, exact) = read_decimal(text, decimals)?;
    if exact {
        Ok(value)
    } else {
        Err(format!("{text:?} has more than {decimals} decimals"))
    }
}

/// As [`parse_decimal`], but digits beyond `decimals` are cut off: for files whose prices were written by
/// programs that print every digit they have.
///
/// # Errors
/// What is wrong with the text.
pub fn parse_decimal_cut(text: &str, decimals: u32) -> Result<i128, String> {
    read_decimal(text, decimals).map(|(value, _)| value)
}

/// The value, and whether nothing was cut off.
fn read_decimal(text: &str, decimals: u32) -> Result<(i128, bool), String> {
    let wrong = || format!("{text:?} is not a decimal number");
    let large = || format!("{text:?} is too large");
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        None => (rest, 0),
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i8>().map_err(|_| wrong())?),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = whole.bytes().chain(fraction.bytes()).peekable();
    if digits.peek().is_none() || !digits.clone().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    // So many of the digits count; if that is more than there are, zeros follow.
    let counted = whole.len() as i64 + i64::from(exponent) + i64::from(decimals);
    let (mut value, mut exact, mut read) = (0_i128, true, 0_i64);
    for digit in digits {
        let digit = digit - b'0';
        if read < counted {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(i128::from(digit)))
                .ok_or_else(large)?;
        } else {
            exact &= digit == 0;
        }
        read += 1;
    }
    while read < counted && value != 0 {
        value = value.checked_mul(10).ok_or_else(large)?;
        read += 1;
    }
    Ok((if negative { -value } else { value }, exact))
}

/// A number in units of `10^-decimals` as decimal text, without zeros at the end.
pub fn format_decimal(value: i128, decimals: u32) -> String {
    let digits = value.unsigned_abs().to_string();
    let decimals = decimals as usize;
    let padded = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = padded.split_at(padded.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

/// A round of a replay: its time in the source, unix seconds, and the prices of the replayed assets, in
/// order; nothing where an asset misses the round. `[1760130600, "0.35", null]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round(pub u64, pub Vec<Option<String>>);

/// How fast a replay runs: seconds of its source in a second, in thousandths; or as fast as it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// As fast as it goes.
    Max,
    /// Thousandths of the clock's speed.
    Thousandths(u64),
}

impl Speed {
    /// `"60"`, `"0.5"` or `"max"`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        parse_decimal(text, 3)
            .ok()
            .and_then(|speed| u64::try_from(speed).ok())
            .filter(|speed| (1..=1_000_000_000).contains(speed))
            .map(Self::Thousandths)
            .ok_or_else(|| {
                format!("{text:?} is not a speed: write max or a decimal from 0.001 to 1000000")
            })
    }

    /// How long it takes until the source's time has moved by so many seconds, milliseconds.
    pub fn wait_ms(self, seconds: u64) -> u64 {
        match self {
            Self::Max => 0,
            Self::Thousandths(speed) => {
                let ms = u128::from(seconds) * 1_000_000 / u128::from(speed);
                u64::try_from(ms).unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, decimals, value) in [
            ("0.35", 14, 35_000_000_000_000),
            ("0.1", 1, 1),
            ("1", 0, 1),
            ("1.000", 0, 1),
            (".5", 1, 5),
            ("5.", 1, 50),
            ("-2.5", 2, -250),
            ("0", 14, 0),
            ("0.00000000000001", 14, 1),
            ("1e-7", 7, 1),
            ("1.5e3", 2, 150_000),
            ("2.5E-1", 3, 250),
            ("0e99", 14, 0),
            ("170141183460469231731687303715884105727", 0, i128::MAX),
        ] {
            assert_eq!(parse_decimal(text, decimals), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_decimal_is_refused() {
        for (text, words) in [
            ("", "not a decimal"),
            (".", "not a decimal"),
            ("-", "not a decimal"),
            ("+1", "not a decimal"),
            ("1,5", "not a decimal"),
            ("0x10", "not a decimal"),
            ("NaN", "not a decimal"),
            ("inf", "not a decimal"),
            ("1e", "not a decimal"),
            ("1e999", "not a decimal"),
            ("1 ", "not a decimal"),
            ("1.2.3", "not a decimal"),
            ("0.123456789", "more than 7 decimals"),
            ("1e-8", "more than 7 decimals"),
            ("99999999999999999999999999999999999999", "too large"),
            ("1e100", "too large"),
        ] {
            let error = parse_decimal(text, 7).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn files_may_have_more_digits() {
        assert_eq!(parse_decimal_cut("0.123456789", 7), Ok(1_234_567));
        assert_eq!(parse_decimal_cut("-0.99", 1), Ok(-9));
        assert_eq!(parse_decimal_cut("1e-8", 7), Ok(0));
    }

    #[test]
    fn text_and_number_are_inverse() {
        for value in [
            0,
            1,
            -1,
            10,
            12_345_678,
            -10_000_000,
            i128::MAX,
            i128::MIN + 1,
        ] {
            for decimals in [0, 1, 7, 14, 38] {
                let text = format_decimal(value, decimals);
                assert_eq!(parse_decimal(&text, decimals), Ok(value), "{text}");
            }
        }
        assert_eq!(format_decimal(35_000_000_000_000, 14), "0.35");
        assert_eq!(format_decimal(-1, 7), "-0.0000001");
        assert_eq!(format_decimal(50_000_000, 7), "5");
    }

    #[test]
    fn speeds() {
        assert_eq!(Speed::parse("max"), Ok(Speed::Max));
        assert_eq!(Speed::parse("max").unwrap().wait_ms(300), 0);
        assert_eq!(Speed::parse("60").unwrap().wait_ms(300), 5_000);
        assert_eq!(Speed::parse("0.5").unwrap().wait_ms(300), 600_000);
        for text in ["0", "-1", "fast", "", "1e10", "0.0001"] {
            assert!(Speed::parse(text).is_err(), "{text}");
        }
    }
}
