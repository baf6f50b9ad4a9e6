//! Amounts as people write them, without floats.

/// Most decimals that a token may have here: more leave no whole numbers in 128 bits.
const MAX_DECIMALS: u32 = 30;

/// A text that is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Something else than digits and one point.
    #[error("{0:?} is not an amount: write digits and at most one point, as 12.5")]
    NotANumber(String),
    /// More decimals than the asset has.
    #[error("{text} has {given} decimals, and the asset only {allowed}")]
    TooManyDecimals {
        /// As written.
        text: String,
        /// How many.
        given: usize,
        /// How many there may be.
        allowed: u32,
    },
    /// It does not fit into 128 bits.
    #[error("{0} is too large")]
    TooLarge(String),
    /// A token that no amount can be written of.
    #[error("an asset with {0} decimals is not supported")]
    Decimals(u32),
}

/// The integer that `text` stands for, in the smallest unit of an asset with these decimals.
///
/// # Errors
/// [`AmountError`].
pub fn parse(text: &str, decimals: u32) -> Result<i128, AmountError> {
    if decimals > MAX_DECIMALS {
        return Err(AmountError::Decimals(decimals));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(AmountError::NotANumber(text.to_owned()));
    }
    // Zeros at the end say nothing.
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals as usize {
        return Err(AmountError::TooManyDecimals {
            text: text.to_owned(),
            given: fraction.len(),
            allowed: decimals,
        });
    }
    let width = decimals as usize;
    format!("{whole}{fraction:0<width$}")
        .parse()
        .map_err(|_| AmountError::TooLarge(text.to_owned()))
}

/// The other way round, without zeros at the end.
pub fn format(amount: i128, decimals: u32) -> String {
    let digits = amount.unsigned_abs().to_string();
    let decimals = decimals as usize;
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let sign = if amount < 0 { "-" } else { "" };
    match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, decimals, amount) in [
            ("0", 7, 0),
            ("12.5", 7, 125_000_000),
            ("12.50000000000", 7, 125_000_000),
            ("0.0000001", 7, 1),
            ("007", 0, 7),
            ("170141183460469231731687303715884105727", 0, i128::MAX),
            ("17014118346046923173168730371588.4105727", 7, i128::MAX),
            // A float has no such number.
            (
                "9007199254740993.0000001",
                7,
                90_071_992_547_409_930_000_001,
            ),
        ] {
            assert_eq!(parse(text, decimals), Ok(amount), "{text}");
            assert_eq!(
                parse(&format(amount, decimals), decimals),
                Ok(amount),
                "{text}"
            );
        }
        assert_eq!(format(-125_000_000, 7), "-12.5");
        assert_eq!(format(5, 7), "0.0000005");
        assert_eq!(format(500, 0), "500");
        assert_eq!(
            format(i128::MIN, 7),
            "-17014118346046923173168730371588.4105728"
        );
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "", ".", ".5", "5.", "-1", "+1", "1e7", "1,5", "1_000", " 1", "1.2.3", "\u{0661}",
            "NaN",
        ] {
            assert_eq!(
                parse(text, 7),
                Err(AmountError::NotANumber(text.into())),
                "{text}"
            );
        }
        assert_eq!(
            parse("0.00000001", 7).unwrap_err().to_string(),
            "0.00000001 has 8 decimals, and the asset only 7"
        );
        assert!(matches!(
            parse("1.5", 0),
            Err(AmountError::TooManyDecimals { .. })
        ));
        assert!(matches!(
            parse("17014118346046923173168730371588.4105728", 7),
            Err(AmountError::TooLarge(_))
        ));
        assert_eq!(parse("1", 31), Err(AmountError::Decimals(31)));
    }
}
