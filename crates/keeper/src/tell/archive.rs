//! What the database tells of the past, as documents and charts; and what becomes of alerts, into it.

use super::{
    alerts::{AlertChange, Alerts},
    chart::{Chart, Colour, Line},
    document::{
        self, lumens, time, DecisionDocument, RememberedDocument, RememberedPoolDocument,
        TransactionDocument,
    },
    ratio, AlertDocument, AlertKind, Metrics, PoolState, State,
};
use crate::store::{AlertRow, HistoryFilter, HistoryRow, NewAlert, RiskPoint, Store, StoreError};
use ballast_client::value::Address;
use std::{collections::VecDeque, time::Duration};
use tokio::{sync::mpsc, time::MissedTickBehavior};

/// What the chart's lines are called.
const MEDIAN: &str = "median vault";
const HIGHEST: &str = "riskiest vault";
/// Most points of a chart.
const CHART_POINTS: u32 = 1_000;

/// Decisions, last first.
///
/// # Errors
/// [`StoreError`].
pub async fn history(
    store: &Store,
    filter: &HistoryFilter,
) -> Result<Vec<DecisionDocument>, StoreError> {
    Ok(store.history(filter).await?.iter().map(decision).collect())
}

fn decision(row: &HistoryRow) -> DecisionDocument {
    let decision = &row.decision.decision;
    let action = decision.action.as_ref();
    let transactions = row
        .transactions
        .iter()
        .rev()
        .map(|sent| TransactionDocument {
            hash: sent.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            status: sent.status.name().to_owned(),
            ledger: sent.ledger,
            fee: sent.fee_charged.map(lumens),
        });
    DecisionDocument {
        id: row.decision.id,
        at: time(decision.closed_at),
        ledger: decision.ledger,
        pool: decision.pool.to_string(),
        vault: decision.vault.to_string(),
        verdict: decision.verdict.clone(),
        way: action.map(|action| action.way.clone()),
        rescue: action.is_some_and(|action| action.rescue),
        collateral: action.map(|action| action.collateral.to_string()),
        debt: action.map(|action| action.debt.to_string()),
        sell: action.map(|action| action.sell.to_string()),
        repay: action.map(|action| action.repay.to_string()),
        risk_ratio: document::ratio(decision.risk_e7),
        risk_ratio_after: action.and_then(|action| document::ratio(action.risk_after_e7)),
        soft_threshold: document::ratio(decision.soft_e7.into()).unwrap_or_default(),
        outcome: row.decision.outcome.clone(),
        detail: row.decision.detail.clone(),
        transactions: transactions.collect(),
    }
}

/// What is known of a keeper that does not run.
///
/// # Errors
/// [`StoreError`].
pub async fn remembered(store: &Store) -> Result<RememberedDocument, StoreError> {
    let mut pools = Vec::new();
    for row in store.pools().await? {
        let last = store.risk_points(&row.pool, 0, 1).await?.pop();
        let last = last.as_ref();
        pools.push(RememberedPoolDocument {
            pool: row.pool.to_string(),
            borrowers: store.positions(&row.pool).await?.len(),
            auctions: store.auctions(&row.pool).await?.len(),
            ledger: last.map(|last| last.ledger),
            at: last.map(|last| time(last.closed_at)),
            vaults_at_risk: last.map(|last| last.vaults_at_risk),
            highest_vault_risk: last.and_then(|last| document::ratio(last.highest_vault_risk_e7)),
        });
    }
    Ok(RememberedDocument {
        ledger: store.cursor().await?.map(|cursor| cursor.ledger),
        vaults: store.vaults().await?.len(),
        pools,
        unfinished_transactions: store.unfinished().await?.len(),
        alerts: alerts(store).await?,
    })
}

/// The alerts that are not over.
async fn alerts(store: &Store) -> Result<Vec<AlertDocument>, StoreError> {
    let one = |row: AlertRow| AlertDocument {
        kind: row.kind,
        subject: row.subject,
        detail: row.message,
        since: time(row.raised_at),
    };
    Ok(store.active_alerts().await?.into_iter().map(one).collect())
}

/// The risk of a pool's vaults since a time, unix seconds.
///
/// # Errors
/// [`StoreError`].
pub async fn risk_chart(store: &Store, pool: &Address, since: u64) -> Result<Chart, StoreError> {
    let points = store.risk_points(pool, since, CHART_POINTS).await?;
    let line = |name: &str, colour, value: fn(&RiskPoint) -> i128| Line {
        name: name.to_owned(),
        colour,
        points: {
            let of = points.iter().filter(|point| point.vaults > 0);
            of.map(|point| (point.closed_at, ratio(value(point))))
                .collect()
        },
    };
    let median = line(MEDIAN, Colour::Neither, |point| point.median_vault_risk_e7);
    let highest = line(HIGHEST, Colour::Vault, |point| point.highest_vault_risk_e7);
    Ok(Chart {
        risks: vec![median, highest],
        ..Chart::default()
    })
}

/// A chart of the past goes on to what is known now.
pub fn until_now(mut chart: Chart, state: &State, pool: &PoolState) -> Chart {
    let highest = chart.risks.iter_mut().find(|line| line.name == HIGHEST);
    if let (Some(line), true) = (highest, pool.queue.iter().any(|one| one.is_vault)) {
        let earlier = line
            .points
            .last()
            .is_none_or(|last| last.0 < state.closed_at);
        if earlier {
            let now = (state.closed_at, ratio(pool.highest_risk_e7(true)));
            line.points.push(now);
        }
    }
    chart
}

/// Between two looks at whether the database answers.
const CHECK: Duration = Duration::from_secs(5);
/// Changes that wait for a database that does not answer; the oldest go first.
const MOST_WAITING: usize = 1_000;

/// Keeps what becomes of alerts until nobody can raise one any more, and raises the database's own while it does not
/// answer. Alerts that an earlier run left are over: what still holds is raised again.
pub async fn keep_alerts(
    store: Store,
    alerts: Alerts,
    metrics: Metrics,
    mut changes: mpsc::UnboundedReceiver<AlertChange>,
) {
    let mut waiting = VecDeque::new();
    let mut left = true;
    let mut check = tokio::time::interval(CHECK);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = check.tick() => {}
            change = changes.recv() => match change {
                Some(change) => waiting.push_back(change),
                None => return,
            },
        }
        while let Ok(change) = changes.try_recv() {
            waiting.push_back(change);
        }
        while waiting.len() > MOST_WAITING {
            waiting.pop_front();
        }
        match keep(&store, &mut left, &mut waiting).await {
            Ok(()) => alerts.clear(AlertKind::Database, ""),
            Err(error) => {
                metrics.database_failed();
                alerts.raise(AlertKind::Database, "", &error.to_string());
            }
        }
    }
}

/// Writes what waits.
async fn keep(
    store: &Store,
    left: &mut bool,
    waiting: &mut VecDeque<AlertChange>,
) -> Result<(), StoreError> {
    store.check().await?;
    if *left {
        for row in store.active_alerts().await? {
            let AlertRow {
                kind,
                subject,
                raised_ledger,
                raised_at,
                ..
            } = row;
            store
                .clear_alert(&kind, &subject, raised_ledger, raised_at)
                .await?;
        }
        *left = false;
    }
    while let Some(change) = waiting.front() {
        match change {
            AlertChange::Raised(alert) => {
                let new = NewAlert {
                    kind: alert.kind.name().to_owned(),
                    subject: alert.subject.clone(),
                    message: alert.detail.clone(),
                    ledger: alert.ledger,
                    closed_at: alert.since,
                };
                store.add_alert(&new).await?;
            }
            AlertChange::Cleared {
                kind,
                subject,
                ledger,
                at,
            } => {
                store
                    .clear_alert(kind.name(), subject, *ledger, *at)
                    .await?;
            }
        }
        waiting.pop_front();
    }
    Ok(())
}
