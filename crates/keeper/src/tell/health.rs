//! Whether the keeper does what it is for.

use super::{AlertKind, Alerts, View};
use serde::{Deserialize, Serialize};

/// Whether all is well, and what is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Nothing is wrong that an operator must see to.
    pub healthy: bool,
    /// What is.
    pub reasons: Vec<String>,
}

/// How the keeper is now.
pub fn health(view: &View, alerts: &Alerts) -> Health {
    let about = view.about();
    let mut reasons = Vec::new();
    match view.state() {
        None => reasons.push("starting: not synchronised yet".to_owned()),
        Some(state) => {
            let age = state.seen.elapsed();
            if age > about.patience {
                reasons.push(format!("no ledger for {} s", age.as_secs()));
            }
            let newest = state.endpoints.iter().map(|one| one.latest_ledger).max();
            let behind = newest.unwrap_or(0).saturating_sub(state.ledger);
            if behind > about.lag_ledgers {
                reasons.push(format!("{behind} ledgers behind the network"));
            }
            if !state.endpoints.iter().any(|endpoint| endpoint.healthy) {
                reasons.push("no RPC endpoint answers".to_owned());
            }
        }
    }
    if let Some(alert) = alerts.find(AlertKind::Lag) {
        reasons.push(format!("lags: {}", alert.detail));
    }
    if let Some(alert) = alerts.find(AlertKind::Database) {
        reasons.push(format!("database: {}", alert.detail));
    }
    Health {
        healthy: reasons.is_empty(),
        reasons,
    }
}
