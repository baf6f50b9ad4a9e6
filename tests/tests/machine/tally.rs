//! What was tried, and what came of it.

use ballast_chain::CallError;
use soroban_sdk::xdr::{ScErrorCode, ScErrorType};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Results by name.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<String, Counts>);

#[derive(Clone, Debug, Default)]
struct Counts {
    succeeded: u64,
    errors: BTreeMap<String, u64>,
}

impl Tally {
    pub fn record(&mut self, name: &str, error: Option<&CallError>) {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_string(), Counts::default());
        }
        let counts = self.0.get_mut(name).expect("just inserted");
        match error {
            None => counts.succeeded += 1,
            Some(error) => *counts.errors.entry(tell(error)).or_default() += 1,
        }
    }

    /// Something that happened, which cannot fail.
    pub fn count(&mut self, name: &str) {
        self.record(name, None);
    }

    pub fn add(&mut self, other: &Tally) {
        for (name, counts) in &other.0 {
            let sum = self.0.entry(name.clone()).or_default();
            sum.succeeded += counts.succeeded;
            for (error, count) in &counts.errors {
                *sum.errors.entry(error.clone()).or_default() += count;
            }
        }
    }

    pub fn succeeded(&self, name: &str) -> u64 {
        self.0.get(name).map_or(0, |counts| counts.succeeded)
    }

    /// A line for each name: successes, then failures by error.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (name, counts) in &self.0 {
            let failed: u64 = counts.errors.values().sum();
            let _ = write!(
                text,
                "{name:<28} {:>9} ok {failed:>9} refused",
                counts.succeeded
            );
            let mut errors: Vec<_> = counts.errors.iter().collect();
            errors.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            for (error, count) in errors {
                let _ = write!(text, "  {error}: {count}");
            }
            text.push('\n');
        }
        text
    }
}

fn tell(error: &CallError) -> String {
    match error {
        CallError::Contract(code) => code.to_string(),
        CallError::Host { kind, code } => format!("{kind:?}/{code:?}"),
        CallError::Limit(limit) => format!("limit {limit}"),
        CallError::Refused(code) => (*code).to_string(),
    }
}

/// Asserts that a refusal has a contract's code, or is one of the host's that no contract can put
/// into words.
pub fn assert_told(name: &str, error: &CallError) {
    let told = match error {
        CallError::Contract(_) => true,
        // A missing, wrong, used or expired signature is the host's to refuse.
        CallError::Host {
            kind: ScErrorType::Auth,
            ..
        } => true,
        // Re-entry is the host's to refuse; it reaches the caller where nobody catches it.
        CallError::Host {
            kind: ScErrorType::Context,
            code: ScErrorCode::InvalidAction,
        } => true,
        CallError::Host { .. } | CallError::Limit(_) | CallError::Refused(_) => false,
    };
    assert!(told, "{name}: a bare {error:?}");
}
