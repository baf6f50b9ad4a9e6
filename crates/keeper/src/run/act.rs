//! An action from the decision to its end, as a task; and what is written down of decisions.

use super::Keeper;
use crate::{
    execute::{sale_of, Acted, Executor, Outcome, SaleOutcome},
    model::{Market, Vault},
    store::{ActionRow, NewDecision, Store},
    strategy::{self, Action, Decision, Fees, Verdict},
    tell::Metrics,
};
use ballast_client::value::Address;
use serde_json::json;
use std::{sync::Arc, time::Instant};
use stellar_xdr::curr::Hash;
use tokio::task::JoinError;

/// All that an action needs.
pub(super) struct Task {
    pub decision: Decision,
    pub inputs: String,
    /// Whether it is written down.
    pub noted: bool,
    pub market: Arc<Market>,
    pub settings: strategy::Settings,
    pub executor: Arc<Executor>,
    pub store: Store,
    pub metrics: Metrics,
    pub seen: Instant,
}

/// How it ended.
pub(super) struct Finished {
    vault: Address,
    market: Arc<Market>,
    acted: Acted,
}

impl Task {
    pub async fn run(self) -> Finished {
        let choices = match &self.decision.verdict {
            Verdict::Act { choices, .. } => choices.as_slice(),
            Verdict::Hold(_) => &[],
        };
        let row = row(&self.decision, &self.market, self.inputs, choices.first());
        // Without a database the keeper acts all the same: the vault decides what may be done twice.
        let id = match self.noted {
            false => None,
            true => match self.store.add_decision(&row).await {
                Ok(id) => Some(id),
                Err(error) => {
                    self.metrics.database_failed();
                    tracing::warn!(%error, "a decision is not written down");
                    None
                }
            },
        };
        let acted = self
            .executor
            .act(id, choices, &self.market, &self.settings)
            .await;
        if let Some(sent) = acted.first_sent {
            self.metrics.sent(sent.saturating_duration_since(self.seen));
        }
        Finished {
            vault: self.decision.vault,
            market: self.market,
            acted,
        }
    }
}

impl Keeper {
    /// Takes the actions that have ended.
    pub(super) async fn reap(&mut self) {
        while let Some(finished) = self.tasks.try_join_next() {
            self.finished(finished).await;
        }
    }

    pub(super) async fn finished(&mut self, finished: Result<Finished, JoinError>) {
        let Finished {
            vault,
            market,
            acted,
        } = match finished {
            Ok(finished) => finished,
            Err(error) => {
                tracing::error!("an action ended in the middle: {error}");
                return;
            }
        };
        let outcome = &acted.outcome;
        let way = acted
            .action
            .as_ref()
            .map_or("none", |action| action.way.name());
        self.metrics.stepped(way, outcome.name());
        match outcome {
            Outcome::Done {
                hash,
                ledger,
                report,
                fee_charged,
                profit_value,
            } => {
                if let Some(sent) = acted.first_sent {
                    self.metrics.applied(sent.elapsed());
                }
                self.metrics.paid(*fee_charged);
                let decimals = market.price_scalar.checked_ilog10().unwrap_or(0);
                self.metrics.earned(*profit_value, decimals);
                tracing::info!(
                    %vault, way, ledger, transaction = %Hash(*hash), sold = report.sold, repaid = report.repaid,
                    risk_before_e7 = report.risk_before_e7, risk_after_e7 = report.risk_after_e7,
                    fee_stroops = fee_charged, "stepped"
                );
                if let Some(action) = &acted.action {
                    self.sell(action, report, market.clone());
                }
            }
            Outcome::Lost {
                hash,
                ledger,
                why,
                fee_charged,
            } => {
                self.metrics.paid(*fee_charged);
                tracing::info!(
                    %vault, way, ledger, transaction = %Hash(*hash), fee_stroops = fee_charged,
                    "failed on the chain: {why}"
                );
            }
            Outcome::Held(hold) => tracing::debug!(%vault, "left alone: {hold}"),
            other => tracing::info!(%vault, way, "{}: {}", other.name(), other.detail()),
        }
    }

    /// Sells what a fill brought in, where that is configured.
    fn sell(
        &mut self,
        action: &Action,
        report: &ballast_client::value::StepReport,
        market: Arc<Market>,
    ) {
        let Some(sale) = sale_of(action, report, &self.settings) else {
            return;
        };
        let executor = self.executor.clone();
        let metrics = self.metrics.clone();
        self.beside.retain(|task| !task.is_finished());
        self.beside.push(tokio::spawn(async move {
            match executor.sell(&sale, &market).await {
                SaleOutcome::Sold {
                    hash,
                    proceeds,
                    fee_charged,
                    ..
                } => {
                    metrics.paid(fee_charged);
                    tracing::info!(
                        asset = %sale.asset, amount = sale.amount, proceeds, transaction = %Hash(hash), "sold"
                    );
                }
                SaleOutcome::Held { why } => {
                    tracing::info!(asset = %sale.asset, amount = sale.amount, "kept: {why}");
                }
                SaleOutcome::Ended(outcome) => {
                    tracing::info!(asset = %sale.asset, amount = sale.amount, "not sold: {}", outcome.detail());
                }
            }
        }));
    }

    /// Writes down why a vault is left alone, without holding anything up.
    pub(super) fn note_hold(&mut self, decision: Decision, market: &Market, vaults: &[Vault]) {
        let inputs = inputs(market, vaults, &decision, &self.executor.fees());
        let row = row(&decision, market, inputs, None);
        let (store, metrics) = (self.store.clone(), self.metrics.clone());
        self.beside.retain(|task| !task.is_finished());
        self.beside.push(tokio::spawn(async move {
            let noted = async {
                let id = store.add_decision(&row).await?;
                store.finish_decision(id, "held", &row.verdict).await
            };
            if let Err(error) = noted.await {
                metrics.database_failed();
                tracing::debug!(%error, "a decision is not written down");
            }
        }));
    }
}

fn row(
    decision: &Decision,
    market: &Market,
    inputs: String,
    action: Option<&Action>,
) -> NewDecision {
    NewDecision {
        ledger: market.ledger,
        closed_at: market.closed_at,
        pool: decision.pool.clone(),
        vault: decision.vault.clone(),
        risk_e7: decision.risk_e7,
        soft_e7: decision.soft_e7,
        verdict: match &decision.verdict {
            Verdict::Act { .. } => "act".to_owned(),
            Verdict::Hold(hold) => hold.to_string(),
        },
        action: action.map(|action| ActionRow {
            way: action.way.name().to_owned(),
            collateral: action.collateral.clone(),
            debt: action.debt.clone(),
            adapter: action.adapter.clone(),
            sell: action.sell,
            repay: action.repay,
            rescue: action.rescue,
            sponsored: action.sponsored,
            inclusion_fee: action.inclusion_fee,
            risk_after_e7: action.risk_after_e7,
            profit_value: action.profit_value,
            loss_if_late: action.loss_if_late,
        }),
        inputs,
    }
}

/// What a decision was made from, as JSON: amounts as texts.
pub(super) fn inputs(
    market: &Market,
    vaults: &[Vault],
    decision: &Decision,
    fees: &Fees,
) -> String {
    let vault = vaults.iter().find(|vault| vault.address == decision.vault);
    let shares = vault.map_or(&[][..], |vault| &vault.shares);
    let legs: Vec<_> = shares
        .iter()
        .filter_map(|share| {
            let reserve = market.reserves.get(share.index as usize)?;
            Some(json!({
                "asset": reserve.asset.to_string(),
                "price": reserve.feed.last.map(|last| last.price.to_string()),
                "price_time": reserve.feed.last.map(|last| last.timestamp),
                "b_tokens": share.b_tokens.to_string(),
                "d_tokens": share.d_tokens.to_string(),
                "b_rate_e12": reserve.b_rate_e12.to_string(),
                "d_rate_e12": reserve.d_rate_e12.to_string(),
            }))
        })
        .collect();
    let auction = vault.and_then(|vault| vault.auction.as_ref());
    json!({
        "legs": legs,
        "auction_start_ledger": auction.map(|auction| auction.start_ledger),
        "fee_p50": fees.p50,
        "fee_p99": fees.p99,
        "pool_status": market.status,
    })
    .to_string()
}
