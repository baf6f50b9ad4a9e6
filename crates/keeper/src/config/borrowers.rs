//! A file of borrowers that are known beforehand: the chain has no list of them.

use ballast_client::value::Address;
use std::{fs, path::Path};

/// More mistakes than these are one: the file is something else.
const MOST_MISTAKES: usize = 5;

/// One address a line, or the first column of a CSV with a heading; `#` begins a remark.
pub(super) fn read(file: &Path) -> Result<Vec<Address>, String> {
    let name = file.display();
    let text = fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
    let mut addresses = Vec::new();
    let mut wrong = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let field = line.split(',').next().unwrap_or_default();
        let field = field.trim().trim_matches('"');
        if field.is_empty() {
            continue;
        }
        match field.parse() {
            Ok(address) => addresses.push(address),
            Err(_) if index == 0 && line.contains(',') => {}
            Err(_) => wrong.push(index + 1),
        }
    }
    match wrong.as_slice() {
        [] => Ok(addresses),
        wrong => {
            let lines: Vec<_> = wrong
                .iter()
                .take(MOST_MISTAKES)
                .map(usize::to_string)
                .collect();
            let more = match wrong.len().saturating_sub(MOST_MISTAKES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Err(format!(
                "{name}: no address in line {}{more}",
                lines.join(", ")
            ))
        }
    }
}
