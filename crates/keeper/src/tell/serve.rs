//! The HTTP server of the page, the documents and the metrics. It only shows: nothing can be changed through it.

use super::{
    archive, document, health, page, Alerts, Format, HistoryDocument, Metrics, Page, QueueDocument,
    StatusDocument, View,
};
use crate::store::{HistoryFilter, Store, StoreError};
use axum::{
    extract::{Query, State},
    http::{
        header::{
            ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
        HeaderMap, HeaderValue, StatusCode,
    },
    response::{IntoResponse, Response},
    routing::get,
    Json, Router,
};
use ballast_client::value::Address;
use serde::Deserialize;
use std::{future::Future, io, sync::Arc};
use tokio::net::TcpListener;

/// What the page may load: its own styles, nothing else.
const CONTENT_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Rows of the queue that the page shows, a pool.
const PAGE_QUEUE: usize = 25;
/// Steps that the page shows.
const PAGE_STEPS: u32 = 15;
/// How far back its chart goes, seconds.
const PAGE_CHART_SECONDS: u64 = 7 * 86_400;
/// Rows without a limit.
const LIMIT: u32 = 50;
/// Rows at most.
const MOST: u32 = 2_000;

/// What is served.
#[derive(Clone, Debug)]
pub struct Tell {
    /// What the keeper knows now.
    pub view: View,
    /// What it has counted.
    pub metrics: Metrics,
    /// What an operator has to know of.
    pub alerts: Alerts,
    /// What it remembers; none of a keeper that runs without a database.
    pub store: Option<Store>,
}

/// Serves until `shutdown` ends.
///
/// # Errors
/// The system's.
pub async fn serve(
    listener: TcpListener,
    tell: Tell,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(Arc::new(tell)))
        .with_graceful_shutdown(shutdown)
        .await
}

fn router(tell: Arc<Tell>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/page.css", get(style))
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/status.json", get(status))
        .route("/queue.json", get(queue))
        .route("/history.json", get(history))
        .fallback(|| async { problem(StatusCode::NOT_FOUND, "there is no such page") })
        .layer(axum::middleware::map_response(guarded))
        .with_state(tell)
}

/// Headers of every answer.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn problem(status: StatusCode, words: &str) -> Response {
    (status, format!("{words}\n")).into_response()
}

fn text(kind: &'static str, text: String) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

async fn style() -> Response {
    text("text/css; charset=utf-8", page::CSS.to_owned())
}

async fn metrics(State(tell): State<Arc<Tell>>, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let format = Format::accepted(accept.unwrap_or_default());
    match tell.metrics.text(format) {
        Some(encoded) => text(format.content_type(), encoded),
        None => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the metrics cannot be encoded",
        ),
    }
}

async fn healthz(State(tell): State<Arc<Tell>>) -> Response {
    let health = health(&tell.view, &tell.alerts);
    let status = match health.healthy {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(health)).into_response()
}

async fn status(State(tell): State<Arc<Tell>>) -> Json<StatusDocument> {
    Json(tell.status())
}

/// Of the queue.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueQuery {
    limit: Option<u32>,
}

async fn queue(
    State(tell): State<Arc<Tell>>,
    query: Result<Query<QueueQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Query(query) = match query {
        Ok(query) => query,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    let limit = query.limit.unwrap_or(LIMIT).min(MOST);
    Json(tell.queue(limit as usize)).into_response()
}

/// Of the history.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryQuery {
    limit: Option<u32>,
    vault: Option<String>,
    before: Option<i64>,
    /// Only what was sent.
    #[serde(default)]
    sent: bool,
}

async fn history(
    State(tell): State<Arc<Tell>>,
    query: Result<Query<HistoryQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Query(query) = match query {
        Ok(query) => query,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    let vault = match query
        .vault
        .as_deref()
        .map(str::parse::<Address>)
        .transpose()
    {
        Ok(vault) => vault,
        Err(_) => return problem(StatusCode::BAD_REQUEST, "the vault is no address"),
    };
    let filter = HistoryFilter {
        vault,
        sent_only: query.sent,
        limit: query.limit.unwrap_or(LIMIT).min(MOST),
        before_id: query.before,
    };
    let Some(store) = &tell.store else {
        return problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "the keeper runs without a database",
        );
    };
    match tell.asked(archive::history(store, &filter).await) {
        Ok(decisions) => Json(HistoryDocument { decisions }).into_response(),
        Err(words) => problem(StatusCode::SERVICE_UNAVAILABLE, &words),
    }
}

/// How the page is wanted.
#[derive(Deserialize)]
struct PageQuery {
    refresh: Option<String>,
}

async fn index(State(tell): State<Arc<Tell>>, Query(query): Query<PageQuery>) -> Response {
    let refresh = query.refresh;
    let page = tell.page(refresh.as_deref() != Some("off")).await;
    // Drawing takes a while of a processor that the keeper shares.
    match tokio::task::spawn_blocking(move || page.html()).await {
        Ok(html) => text("text/html; charset=utf-8", html),
        Err(_) => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the page cannot be drawn",
        ),
    }
}

impl Tell {
    /// `/status.json`.
    pub fn status(&self) -> StatusDocument {
        document::status(&self.view, &self.alerts, &self.metrics)
    }

    /// `/queue.json`.
    pub fn queue(&self, limit: usize) -> QueueDocument {
        document::queue(&self.view, limit)
    }

    async fn page(&self, refresh: bool) -> Page {
        let none = || "the keeper runs without a database".to_owned();
        let steps = match &self.store {
            None => Err(none()),
            Some(store) => {
                let filter = HistoryFilter {
                    sent_only: true,
                    limit: PAGE_STEPS,
                    ..HistoryFilter::default()
                };
                self.asked(archive::history(store, &filter).await)
            }
        };
        let mut charts = Vec::new();
        let state = self.view.state();
        for pool in state.iter().flat_map(|state| &state.pools) {
            let since = state.as_ref().map_or(0, |state| state.closed_at);
            let since = since.saturating_sub(PAGE_CHART_SECONDS);
            let chart = match &self.store {
                None => Err(none()),
                Some(store) => self.asked(archive::risk_chart(store, &pool.pool, since).await),
            };
            let chart = match &state {
                Some(state) => chart.map(|chart| archive::until_now(chart, state, pool)),
                None => chart,
            };
            charts.push((self.view.name(&pool.pool), chart));
        }
        Page {
            status: self.status(),
            queue: self.queue(PAGE_QUEUE),
            steps,
            charts,
            refresh,
        }
    }

    /// What the database said, or its failure in words, counted.
    fn asked<T>(&self, answer: Result<T, StoreError>) -> Result<T, String> {
        answer.map_err(|error| {
            self.metrics.database_failed();
            error.to_string()
        })
    }
}
