//! Every statement, for whoever checks them against another database.

use super::{alerts, decisions, prune, risk, seen, transactions, Store};

impl Store {
    /// The schema as of the newest version: statements, separated by semicolons.
    pub fn schema() -> String {
        super::open::MIGRATIONS.concat()
    }

    /// Every statement that runs on it.
    pub fn statements() -> Vec<&'static str> {
        vec![
            seen::CURSOR,
            seen::SET_CURSOR,
            seen::POOLS,
            seen::SET_POOL,
            seen::VAULTS,
            seen::REMOVE_VAULT,
            seen::SET_VAULT,
            seen::POSITIONS,
            seen::SET_POSITION,
            seen::REMOVE_POSITION,
            seen::AUCTIONS,
            seen::SET_AUCTION,
            seen::REMOVE_AUCTION,
            decisions::ADD,
            decisions::FINISH,
            decisions::INTERRUPT,
            decisions::HISTORY,
            decisions::HISTORY_OF_VAULT,
            transactions::ADD,
            transactions::SET,
            transactions::UNFINISHED,
            transactions::LATEST,
            transactions::BY_HASH,
            transactions::OF_DECISIONS,
            risk::ADD,
            risk::COUNT,
            risk::POINTS,
            alerts::ADD,
            alerts::CLEAR,
            alerts::ALERTS,
            alerts::ACTIVE,
            prune::DECISIONS,
            prune::TRANSACTIONS,
            prune::RISK_POINTS,
            prune::ALERTS,
            prune::UNTHINNED,
            prune::SPAN,
            prune::THIN,
        ]
    }
}
