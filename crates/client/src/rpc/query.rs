use crate::value::{Address, Symbol, Value};
use serde_json::{json, Value as Json};
use stellar_xdr::curr::{Limits, ScVal, WriteXdr};

/// What a simulation does with authorisations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// The server's own rule: enforces those that the transaction has, records where it has none.
    Default,
    /// Enforces.
    Enforce,
    /// Records, whatever the transaction has.
    Record,
}

impl AuthMode {
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            AuthMode::Default => None,
            AuthMode::Enforce => Some("enforce"),
            AuthMode::Record => Some("record"),
        }
    }
}

/// Which events, from where.
#[derive(Clone, Debug)]
pub struct EventQuery {
    /// The first of them.
    pub start: Start,
    /// Up to this ledger, without it; only with [`Start::Ledger`].
    pub end_ledger: Option<u32>,
    /// Any of these, at most 5; all events where there is none.
    pub filters: Vec<EventFilter>,
    /// At most so many, 100 unless told.
    pub limit: Option<u32>,
}

/// Where a page of events begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// With this ledger's first.
    Ledger(u32),
    /// After this one.
    Cursor(String),
}

/// Events of some contracts.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Of these contracts, at most 5; of all where there is none.
    pub contracts: Vec<Address>,
    /// With these topics in the first places; `None` is any. Topics may follow.
    pub topics: Vec<Option<ScVal>>,
    /// Or with one of these, at most 4 where `topics` has some.
    pub or_topics: Vec<Vec<Option<ScVal>>>,
}

impl EventFilter {
    /// Events of this name, whatever topics follow.
    pub fn named(contracts: Vec<Address>, name: &str) -> Self {
        Self {
            contracts,
            topics: vec![Some(Symbol::from(name).to_value())],
            or_topics: Vec::new(),
        }
    }

    /// Events of any of these names (at most 5), whatever topics follow.
    pub fn named_any(contracts: Vec<Address>, names: &[&str]) -> Self {
        let topics = |name: &&str| vec![Some(Symbol::from(*name).to_value())];
        let mut all = names.iter().map(topics);
        Self {
            contracts,
            topics: all.next().unwrap_or_default(),
            or_topics: all.collect(),
        }
    }

    fn json(&self) -> Json {
        let contracts: Vec<_> = self.contracts.iter().map(Address::to_string).collect();
        let mut filter = json!({ "type": "contract", "contractIds": contracts });
        let lists: Vec<_> = std::iter::once(&self.topics)
            .chain(&self.or_topics)
            .filter(|topics| !topics.is_empty())
            .map(|topics| topics_json(topics))
            .collect();
        if !lists.is_empty() {
            filter["topics"] = json!(lists);
        }
        filter
    }
}

fn topics_json(topics: &[Option<ScVal>]) -> Vec<String> {
    let topic = |topic: &Option<ScVal>| match topic {
        None => "*".to_owned(),
        Some(value) => value.to_xdr_base64(Limits::none()).unwrap_or_default(),
    };
    let mut topics: Vec<_> = topics.iter().map(topic).collect();
    // An event has at most four topics; with fewer named, more may follow.
    if topics.len() < 4 {
        topics.push("**".into());
    }
    topics
}

impl EventQuery {
    pub(super) fn params(&self) -> Json {
        let filters: Vec<_> = self.filters.iter().map(EventFilter::json).collect();
        let mut pagination = json!({});
        if let Some(limit) = self.limit {
            pagination["limit"] = limit.into();
        }
        let mut params = json!({ "filters": filters });
        match &self.start {
            Start::Ledger(ledger) => {
                params["startLedger"] = (*ledger).into();
                if let Some(end) = self.end_ledger {
                    params["endLedger"] = end.into();
                }
            }
            Start::Cursor(cursor) => pagination["cursor"] = cursor.as_str().into(),
        }
        params["pagination"] = pagination;
        params
    }
}
