//! Tells what the keeper knows and does: metrics, health, alerts, JSON, a page.

mod alerts;
mod archive;
mod ask;
mod chart;
mod document;
mod gauges;
mod health;
mod metrics;
mod page;
mod process;
mod scrub;
mod serve;
mod state;

pub use alerts::{Alert, AlertChange, AlertKind, Alerts};
pub use archive::{history, keep_alerts, remembered, risk_chart};
pub use ask::{ask, AskError};
pub use chart::{in_page_colours, Chart, ChartError, Colour, Line, Mark, Width};
pub use document::{
    queue, status, AccountDocument, AlertDocument, AuctionDocument, DecisionDocument,
    EndpointDocument, HistoryDocument, HoldingDocument, LedgerDocument, PoolDocument,
    PoolQueueDocument, PriceDocument, QueueDocument, QueuedDocument, RememberedDocument,
    RememberedPoolDocument, StatusDocument, StepsDocument, TransactionDocument,
};
pub use gauges::{band, BANDS, LIQUIDATABLE};
pub use health::{health, Health};
pub use metrics::{Format, Metrics};
pub use page::Page;
pub use scrub::{endpoint_name, scrub};
pub use serve::{serve, Tell};
pub use state::{
    brief, ratio, About, AccountState, AuctionState, Counts, EndpointState, Holding, PoolState,
    PriceState, Queued, Role, Standing, State, View,
};
