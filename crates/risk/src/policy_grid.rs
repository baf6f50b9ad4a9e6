//! Several policies in one file: every combination of lists of values.

use crate::policy::{self, PolicyFields, PolicyFileError};
use ballast_core::policy::Policy;
use toml::{Table, Value};

/// Combinations of one file, at most.
const MOST_COMBINATIONS: usize = 10_000;
const GRID: &str = "grid";

/// A policy with the name that tells it from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPolicy {
    /// Name.
    pub name: String,
    /// Policy.
    pub policy: Policy,
}

/// The policies of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyGrid {
    /// In the order of the file; the list that stands first changes slowest.
    pub policies: Vec<NamedPolicy>,
    /// Combinations that break a rule, with the rule: they are left out.
    pub left_out: Vec<(String, PolicyFileError)>,
}

/// Reads a file of policies. Without a table `[grid]` it is one policy, as [`policy::parse`] has it,
/// and goes by the name of the file. Each entry of `[grid]` is a list of values of one field (or of
/// `preset`); the file's policies are all combinations of them, everything else being as above the
/// table. A combination goes by its values.
///
/// # Errors
/// * [`PolicyFileError::Syntax`] - the file is wrong.
/// * [`PolicyFileError::Value`] - one policy, or every combination, breaks a rule: the first one's.
pub fn parse(
    file_name: &str,
    text: &str,
    oracle_resolution_seconds: u32,
) -> Result<PolicyGrid, PolicyFileError> {
    let mut base: Table = toml::from_str(text).map_err(policy::syntax)?;
    let Some(grid) = base.remove(GRID) else {
        return Ok(PolicyGrid {
            policies: vec![NamedPolicy {
                name: file_name.into(),
                policy: policy::parse(text, oracle_resolution_seconds)?,
            }],
            left_out: Vec::new(),
        });
    };
    let (mut policies, mut left_out) = (Vec::new(), Vec::new());
    for choice in combinations(&base, &grid).map_err(PolicyFileError::Syntax)? {
        let name: Vec<String> = choice
            .iter()
            .map(|(field, value)| described(field, value))
            .collect();
        let name = name.join(", ");
        let mut table = base.clone();
        table.extend(choice);
        match policy::from_table(table, oracle_resolution_seconds) {
            Ok(policy) => policies.push(NamedPolicy { name, policy }),
            Err(error @ PolicyFileError::Value { .. }) => left_out.push((name, error)),
            Err(error @ PolicyFileError::Syntax(_)) => return Err(error),
        }
    }
    match left_out.first() {
        Some((_, error)) if policies.is_empty() => Err(error.clone()),
        _ => Ok(PolicyGrid { policies, left_out }),
    }
}

/// A policy as a file: what of it differs from [`Policy::BALANCED`], a line each.
pub fn written(policy: &Policy) -> Vec<String> {
    let fields = |policy: &Policy| Table::try_from(PolicyFields::from(policy)).unwrap_or_default();
    let standard = fields(&Policy::BALANCED);
    fields(policy)
        .into_iter()
        .filter(|(field, value)| standard.get(field) != Some(value))
        .map(|(field, value)| format!("{field} = {value}"))
        .collect()
}

fn combinations(base: &Table, grid: &Value) -> Result<Vec<Table>, String> {
    let grid = grid
        .as_table()
        .ok_or("grid: it is a table of lists: [grid]")?;
    let mut combinations = vec![Table::new()];
    for (field, values) in grid {
        let values = values
            .as_array()
            .filter(|values| !values.is_empty())
            .ok_or_else(|| format!("grid.{field}: it is a list of values: {field} = [ .. ]"))?;
        if base.contains_key(field) {
            return Err(format!("{field} stands above [grid] and in it"));
        }
        if combinations.len() * values.len() > MOST_COMBINATIONS {
            return Err(format!("more than {MOST_COMBINATIONS} combinations"));
        }
        combinations = combinations
            .iter()
            .flat_map(|chosen| {
                values.iter().map(move |value| {
                    let mut chosen = chosen.clone();
                    chosen.insert(field.clone(), value.clone());
                    chosen
                })
            })
            .collect();
    }
    if grid.is_empty() {
        return Err("grid: it names no field".into());
    }
    Ok(combinations)
}

/// A field and its value for people: `soft 93%`, `window_ledgers 60`, `early`.
fn described(field: &str, value: &Value) -> String {
    match (field, value) {
        ("preset", Value::String(name)) => name.clone(),
        (_, Value::Integer(value)) => {
            match (field.strip_suffix("_e7"), field.strip_suffix("_e2")) {
                (Some(name), _) => format!("{name} {}%", *value as f64 / 1e5),
                (_, Some(name)) => format!("{name} {}", *value as f64 / 1e2),
                _ => format!("{field} {value}"),
            }
        }
        _ => format!("{field} {value}"),
    }
}
