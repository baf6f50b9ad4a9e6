//! Which events a client wants.

use super::{format::read, RpcError};
use serde::{de, Deserialize, Deserializer};
use stellar_strkey::Contract;
use stellar_xdr::curr::{ContractEvent, ContractEventBody, ContractEventType, ScVal};

/// Most filters in a request; most contracts and most topics in a filter.
const MOST: usize = 5;
/// Most topics that an event has been filtered by, without a trailing `**`.
const MOST_SEGMENTS: usize = 4;
/// Most bytes of a topic.
const SEGMENT_BYTES: usize = 64 * 1024;

/// A filter: an event passes when its type, its contract and its topics do. What is empty lets all pass.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Filter {
    /// Types, separated by commas.
    #[serde(rename = "type")]
    kind: String,
    contract_ids: Vec<String>,
    topics: Vec<Vec<Segment>>,
    /// The contracts' hashes, set by [`Filter::check`].
    #[serde(skip)]
    contracts: Vec<[u8; 32]>,
}

/// What one topic must be.
#[derive(Debug)]
pub(crate) enum Segment {
    /// Anything: `*`.
    One,
    /// Any number of topics: `**`.
    Rest,
    /// This value.
    Value(Box<ScVal>),
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "*" => Ok(Self::One),
            "**" => Ok(Self::Rest),
            text => read(text, SEGMENT_BYTES)
                .map(|value| Self::Value(Box::new(value)))
                .ok_or_else(|| de::Error::custom("topic segment is no ScVal")),
        }
    }
}

/// Checks the filters of a request and makes them ready.
pub(crate) fn check(filters: &mut [Filter]) -> Result<(), RpcError> {
    if filters.len() > MOST {
        return Err(RpcError::invalid_params("maximum 5 filters per request"));
    }
    for (index, filter) in filters.iter_mut().enumerate() {
        filter.check().map_err(|reason| {
            RpcError::invalid_params(format_args!("filter {} invalid: {reason}", index + 1))
        })?;
    }
    Ok(())
}

/// Does an event pass one of the filters? Without filters every event does.
pub(crate) fn passes(filters: &[Filter], event: &ContractEvent) -> bool {
    filters.is_empty() || filters.iter().any(|filter| filter.passes(event))
}

impl Filter {
    fn check(&mut self) -> Result<(), String> {
        let known = |kind: &str| matches!(kind, "system" | "contract");
        if !self.kind.is_empty() && !self.kind.split(',').all(known) {
            return Err(
                "filter type invalid: if set, type must be either 'system' or 'contract'".into(),
            );
        }
        if self.contract_ids.len() > MOST {
            return Err("maximum 5 contract IDs per filter".into());
        }
        if self.topics.len() > MOST {
            return Err("maximum 5 topics per filter".into());
        }
        for (index, id) in self.contract_ids.iter().enumerate() {
            let contract = Contract::from_string(id)
                .map_err(|_| format!("contract ID {} invalid", index + 1))?;
            self.contracts.push(contract.0);
        }
        for (index, topic) in self.topics.iter().enumerate() {
            check_topic(topic)
                .map_err(|reason| format!("topic {} invalid: {reason}", index + 1))?;
        }
        Ok(())
    }

    fn passes(&self, event: &ContractEvent) -> bool {
        let ContractEventBody::V0(body) = &event.body;
        let kind = kind_name(event.type_);
        (self.kind.is_empty() || self.kind.split(',').any(|wanted| wanted == kind))
            && (self.contracts.is_empty()
                || event
                    .contract_id
                    .as_ref()
                    .is_some_and(|id| self.contracts.contains(&id.0 .0)))
            && (self.topics.is_empty()
                || self
                    .topics
                    .iter()
                    .any(|wanted| topics_pass(wanted, &body.topics)))
    }
}

fn check_topic(topic: &[Segment]) -> Result<(), String> {
    let fixed = match topic {
        [] => return Err("topic must have at least 1 segment".into()),
        [fixed @ .., Segment::Rest] => fixed,
        all => all,
    };
    if let Some(place) = fixed
        .iter()
        .position(|segment| matches!(segment, Segment::Rest))
    {
        return Err(format!(
            "segment {} invalid: wildcard '**' is only allowed as the last segment",
            place + 1
        ));
    }
    if fixed.len() > MOST_SEGMENTS {
        return Err(format!(
            "topic cannot have more than {MOST_SEGMENTS} segments"
        ));
    }
    Ok(())
}

fn topics_pass(wanted: &[Segment], topics: &[ScVal]) -> bool {
    let fixed = match wanted {
        [fixed @ .., Segment::Rest] if topics.len() >= fixed.len() => fixed,
        all if all.len() == topics.len() => all,
        _ => return false,
    };
    fixed
        .iter()
        .zip(topics)
        .all(|(segment, topic)| match segment {
            Segment::Value(value) => **value == *topic,
            Segment::One | Segment::Rest => true,
        })
}

/// The name of an event's type.
pub(crate) fn kind_name(kind: ContractEventType) -> &'static str {
    match kind {
        ContractEventType::System => "system",
        ContractEventType::Contract => "contract",
        ContractEventType::Diagnostic => "diagnostic",
    }
}
