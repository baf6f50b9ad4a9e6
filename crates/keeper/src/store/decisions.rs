//! Every decision, with what it was made from and what became of it.

use super::{
    transactions::{self, TransactionRow},
    value, Store, StoreError,
};
use ballast_client::value::Address;
use sqlx::{sqlite::SqliteRow, Row};
use std::collections::HashMap;

/// What the strategy wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionRow {
    /// How: `fill`, `plain`, `flash`, `clear`.
    pub way: String,
    /// Asset sold.
    pub collateral: Address,
    /// Asset repaid.
    pub debt: Address,
    /// Swap adapter.
    pub adapter: Address,
    /// Collateral sold, smallest unit.
    pub sell: i128,
    /// Debt repaid, smallest unit.
    pub repay: i128,
    /// Whether an auction is open.
    pub rescue: bool,
    /// Whether it is done without profit.
    pub sponsored: bool,
    /// Bid for inclusion, stroops.
    pub inclusion_fee: u32,
    /// Risk ratio that is expected afterwards, 7 decimals.
    pub risk_after_e7: i128,
    /// Profit that is expected, base value.
    pub profit_value: i128,
    /// What is lost if it comes late, base value.
    pub loss_if_late: i128,
}

/// A decision about one vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDecision {
    /// The ledger that it is made from.
    pub ledger: u32,
    /// When that closed.
    pub closed_at: u64,
    /// The vault's pool.
    pub pool: Address,
    /// The vault.
    pub vault: Address,
    /// Its risk ratio, 7 decimals.
    pub risk_e7: i128,
    /// Its soft threshold in force, 7 decimals.
    pub soft_e7: u32,
    /// `act`, or why not.
    pub verdict: String,
    /// What to do: the best choice, or what would have been done.
    pub action: Option<ActionRow>,
    /// What else it was made from (prices, inventory, fees), as JSON.
    pub inputs: String,
}

/// A decision as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// Its number; later ones have higher ones.
    pub id: i64,
    /// As it was made.
    pub decision: NewDecision,
    /// What became of it; none while it is acted on.
    pub outcome: Option<String>,
    /// More of it.
    pub detail: Option<String>,
}

/// Which decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Of this vault.
    pub vault: Option<Address>,
    /// Only those that something was sent for.
    pub sent_only: bool,
    /// At most so many.
    pub limit: u32,
    /// Before this one: the last of the page before.
    pub before_id: Option<i64>,
}

/// A decision with its transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// The decision.
    pub decision: DecisionRow,
    /// What was sent for it, in the order of sending.
    pub transactions: Vec<TransactionRow>,
}

pub(super) const ADD: &str = "INSERT INTO decisions
    (id, ledger, closed_at, pool, vault, risk_e7, soft_e7, verdict, way, collateral, debt, adapter,
    sell, repay, rescue, sponsored, inclusion_fee, risk_after_e7, profit_value, loss_if_late, inputs)
    VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM decisions),
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
    RETURNING id";
pub(super) const FINISH: &str = "UPDATE decisions SET outcome = $2, detail = $3 WHERE id = $1";
pub(super) const INTERRUPT: &str = "UPDATE decisions SET outcome = 'interrupted', detail = $1
    WHERE outcome IS NULL AND NOT EXISTS (SELECT 1 FROM transactions
    WHERE transactions.decision = decisions.id AND transactions.status IN ('signed', 'sent'))";
// A page by its highest number; without a vault the first condition holds for all.
pub(super) const HISTORY: &str = "SELECT * FROM decisions WHERE id < $1
    AND (NOT $3 OR EXISTS (SELECT 1 FROM transactions WHERE transactions.decision = decisions.id))
    ORDER BY id DESC LIMIT $2";
pub(super) const HISTORY_OF_VAULT: &str = "SELECT * FROM decisions WHERE vault = $4 AND id < $1
    AND (NOT $3 OR EXISTS (SELECT 1 FROM transactions WHERE transactions.decision = decisions.id))
    ORDER BY id DESC LIMIT $2";

impl Store {
    /// Notes a decision; its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_decision(&self, decision: &NewDecision) -> Result<i64, StoreError> {
        let action = decision.action.as_ref();
        let mut change = self.begin().await?;
        let row = sqlx::query(ADD)
            .bind(i64::from(decision.ledger))
            .bind(value::time(decision.closed_at))
            .bind(decision.pool.to_string())
            .bind(decision.vault.to_string())
            .bind(decision.risk_e7.to_string())
            .bind(i64::from(decision.soft_e7))
            .bind(&decision.verdict)
            .bind(action.map(|action| action.way.clone()))
            .bind(action.map(|action| action.collateral.to_string()))
            .bind(action.map(|action| action.debt.to_string()))
            .bind(action.map(|action| action.adapter.to_string()))
            .bind(action.map(|action| action.sell.to_string()))
            .bind(action.map(|action| action.repay.to_string()))
            .bind(action.map(|action| action.rescue))
            .bind(action.map(|action| action.sponsored))
            .bind(action.map(|action| i64::from(action.inclusion_fee)))
            .bind(action.map(|action| action.risk_after_e7.to_string()))
            .bind(action.map(|action| action.profit_value.to_string()))
            .bind(action.map(|action| action.loss_if_late.to_string()))
            .bind(&decision.inputs)
            .fetch_one(&mut *change)
            .await?;
        let id = row.try_get("id")?;
        change.commit().await?;
        Ok(id)
    }

    /// Notes what became of a decision.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn finish_decision(
        &self,
        id: i64,
        outcome: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.write(sqlx::query(FINISH).bind(id).bind(outcome).bind(detail))
            .await?;
        Ok(())
    }

    /// Ends the decisions that an earlier run left open and of which nothing is on its way: after the
    /// transactions that it left were followed to their ends. How many there were.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn interrupt_decisions(&self, detail: &str) -> Result<u64, StoreError> {
        let done = self.write(sqlx::query(INTERRUPT).bind(detail)).await?;
        Ok(done.rows_affected())
    }

    /// Decisions with their transactions, the latest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn history(&self, filter: &HistoryFilter) -> Result<Vec<HistoryRow>, StoreError> {
        let query = match &filter.vault {
            None => sqlx::query(HISTORY),
            Some(_) => sqlx::query(HISTORY_OF_VAULT),
        };
        let query = query
            .bind(filter.before_id.unwrap_or(i64::MAX))
            .bind(i64::from(filter.limit))
            .bind(filter.sent_only);
        let query = match &filter.vault {
            None => query,
            Some(vault) => query.bind(vault.to_string()),
        };
        let rows = query.fetch_all(self.reader()).await?;
        let decisions = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let (Some(last), Some(first)) = (decisions.first(), decisions.last()) else {
            return Ok(Vec::new());
        };
        let mut sent: HashMap<i64, Vec<TransactionRow>> = HashMap::new();
        for row in transactions::of_decisions(self, first.id, last.id).await? {
            if let Some(decision) = row.decision {
                sent.entry(decision).or_default().push(row);
            }
        }
        let join = |decision: DecisionRow| HistoryRow {
            transactions: sent.remove(&decision.id).unwrap_or_default(),
            decision,
        };
        Ok(decisions.into_iter().map(join).collect())
    }
}

fn read(row: &SqliteRow) -> Result<DecisionRow, StoreError> {
    let action = match value::optional_text(row, "way")? {
        None => None,
        Some(way) => Some(ActionRow {
            way,
            collateral: value::address(row, "collateral")?,
            debt: value::address(row, "debt")?,
            adapter: value::address(row, "adapter")?,
            sell: value::amount(row, "sell")?,
            repay: value::amount(row, "repay")?,
            rescue: value::flag(row, "rescue")?,
            sponsored: value::flag(row, "sponsored")?,
            inclusion_fee: value::number(row, "inclusion_fee")?,
            risk_after_e7: value::amount(row, "risk_after_e7")?,
            profit_value: value::amount(row, "profit_value")?,
            loss_if_late: value::amount(row, "loss_if_late")?,
        }),
    };
    Ok(DecisionRow {
        id: value::integer(row, "id")?,
        decision: NewDecision {
            ledger: value::number(row, "ledger")?,
            closed_at: value::number(row, "closed_at")?,
            pool: value::address(row, "pool")?,
            vault: value::address(row, "vault")?,
            risk_e7: value::amount(row, "risk_e7")?,
            soft_e7: value::number(row, "soft_e7")?,
            verdict: value::text(row, "verdict")?,
            action,
            inputs: value::text(row, "inputs")?,
        },
        outcome: value::optional_text(row, "outcome")?,
        detail: value::optional_text(row, "detail")?,
    })
}
