//! Figures as tables have them.

/// A ratio as percent, two decimals.
pub fn percent(ratio: Option<&str>) -> String {
    match ratio.map(|ratio| (ratio, ratio.parse::<f64>())) {
        None => "no bound".into(),
        Some((_, Ok(value))) => format!("{:.2}%", value * 100.0),
        Some((text, Err(_))) => text.into(),
    }
}

/// An amount with two decimals, cut.
pub fn amount(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let cents: String = fraction.chars().chain("00".chars()).take(2).collect();
    format!("{whole}.{cents}")
}

/// A count with its thousands apart.
pub fn grouped(count: usize) -> String {
    crate::numbers::count(count as u64)
}

/// An address or a hash, short enough for a table.
pub fn brief(text: &str) -> String {
    match (text.get(..4), text.get(text.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if text.len() > 10 => format!("{head}..{tail}"),
        _ => text.into(),
    }
}
