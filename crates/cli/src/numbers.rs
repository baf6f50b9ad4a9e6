//! Numbers for people.

/// Whole dollars, thousands set apart.
pub fn usd(value: f64) -> String {
    grouped(&format!("{:.0}", value.abs()), value < 0.0)
}

/// A count, thousands set apart.
pub fn count(value: u64) -> String {
    grouped(&value.to_string(), false)
}

/// Basis points with their sign: one decimal below a hundred, thousands set apart.
pub fn signed_bps(value: f64) -> String {
    let digits = if value.abs() < 99.95 {
        format!("{:.1}", value.abs())
    } else {
        format!("{:.0}", value.abs())
    };
    let nothing = digits == "0.0";
    let text = match digits.split_once('.') {
        Some(_) => digits,
        None => grouped(&digits, false),
    };
    match (nothing, value < 0.0) {
        (true, _) => text,
        (false, true) => format!("-{text}"),
        (false, false) => format!("+{text}"),
    }
}

/// Basis points as percent.
pub fn percent(bps: u32) -> String {
    format!("{}%", f64::from(bps) / 100.0)
}

/// A share as percent, one decimal.
pub fn share(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn grouped(digits: &str, negative: bool) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if negative && text != "0" {
        text.insert(0, '-');
    }
    text
}
