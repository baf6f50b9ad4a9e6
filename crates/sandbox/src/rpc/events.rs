use super::{
    event_filter::{self, kind_name, Filter},
    format::{hex, told, told_all, Format},
    toid::{EventPlace, LAST_OPERATION, LAST_TRANSACTION},
    transaction::is_success,
    RpcError, View,
};
use ballast_ledger::{ClosedLedger, ClosedTransaction};
use serde::{de, Deserialize, Deserializer};
use serde_json::{json, Value};
use stellar_xdr::curr::{
    ContractEvent, ContractEventBody, TransactionEventStage, TransactionMeta, TransactionMetaV4,
};

/// Ledgers that one call looks through.
const MOST_LEDGERS: u32 = 10_000;
/// Longest page, and the length of one unless told.
const MOST_EVENTS: u64 = 10_000;
const USUAL_EVENTS: u64 = 100;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {
    start_ledger: u32,
    end_ledger: u32,
    filters: Vec<Filter>,
    pagination: Option<Paging>,
    xdr_format: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    cursor: Option<Cursor>,
    limit: u64,
}

struct Cursor(EventPlace);

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        EventPlace::parse(&String::deserialize(deserializer)?)
            .map(Self)
            .map_err(de::Error::custom)
    }
}

/// An event where it stands.
struct Found<'a> {
    place: EventPlace,
    ledger: &'a ClosedLedger,
    transaction: &'a ClosedTransaction,
    event: &'a ContractEvent,
}

/// getEvents.
pub(crate) fn get(view: &View, mut params: Params) -> Result<Value, RpcError> {
    let format = Format::of(&params.xdr_format).map_err(RpcError::invalid_params)?;
    let paging = params.pagination.unwrap_or_default();
    if paging.cursor.is_some() {
        if params.start_ledger != 0 || params.end_ledger != 0 {
            return Err(RpcError::invalid_params(
                "ledger ranges and cursor cannot both be set",
            ));
        }
    } else if params.start_ledger == 0 {
        return Err(RpcError::invalid_params("startLedger must be positive"));
    }
    if paging.limit > MOST_EVENTS {
        return Err(RpcError::invalid_params(format_args!(
            "limit must not exceed {MOST_EVENTS}"
        )));
    }
    event_filter::check(&mut params.filters)?;

    let range = view.range()?;
    let start = match &paging.cursor {
        Some(cursor) => cursor.0.next(),
        None => EventPlace::new(params.start_ledger, 0, 0, 0),
    };
    // A cursor at the very end of a ledger stands for that ledger still: there may be no next one yet.
    let first = paging
        .cursor
        .as_ref()
        .map_or(params.start_ledger, |cursor| cursor.0.toid.ledger);
    if !range.has(first) {
        return Err(RpcError::invalid_request(format_args!(
            "startLedger must be within the ledger range: {} - {}",
            range.oldest, range.latest
        )));
    }
    // Exclusive.
    let mut end = first
        .saturating_add(MOST_LEDGERS)
        .min(range.latest.saturating_add(1));
    if params.end_ledger != 0 {
        end = end.min(params.end_ledger);
    }
    let limit = match paging.limit {
        0 => USUAL_EVENTS,
        limit => limit,
    } as usize;

    let found: Vec<_> = view
        .history()
        .from(first)
        .take_while(|ledger| ledger.sequence() < end)
        .flat_map(|ledger| events_of(ledger))
        .filter(|found| found.place >= start)
        .filter(|found| event_filter::passes(&params.filters, found.event))
        .take(limit)
        .collect();
    let cursor = match found.last() {
        Some(last) if found.len() == limit => last.place,
        _ => EventPlace::end_of(end.saturating_sub(1)),
    };
    let events: Result<Vec<_>, _> = found.iter().map(|found| tell(found, format)).collect();
    Ok(json!({
        "events": events?,
        "cursor": cursor.to_string(),
        "latestLedger": range.latest,
        "oldestLedger": range.oldest,
        "latestLedgerCloseTime": range.latest_time.to_string(),
        "oldestLedgerCloseTime": range.oldest_time.to_string(),
    }))
}

/// Every event of a ledger in the order of their places: those before all transactions, those of each
/// transaction's operations and after them, those after all transactions.
fn events_of(ledger: &ClosedLedger) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let sequence = ledger.sequence();
    let (mut before, mut after) = (0, 0);
    for transaction in &ledger.transactions {
        let TransactionMeta::V4(meta) = &transaction.meta else {
            continue;
        };
        let mut put = |event, transaction_index, operation, index| {
            found.push(Found {
                place: EventPlace::new(sequence, transaction_index, operation, index),
                ledger,
                transaction,
                event,
            });
        };
        let mut after_transaction = 0;
        let count = |counter: &mut u32| {
            *counter += 1;
            *counter - 1
        };
        for event in meta.events.iter() {
            match event.stage {
                TransactionEventStage::BeforeAllTxs => {
                    put(&event.event, 0, 0, count(&mut before));
                }
                TransactionEventStage::AfterTx => put(
                    &event.event,
                    transaction.index,
                    LAST_OPERATION,
                    count(&mut after_transaction),
                ),
                TransactionEventStage::AfterAllTxs => {
                    put(&event.event, LAST_TRANSACTION, 0, count(&mut after));
                }
            }
        }
        for (operation, index, event) in operation_events(meta) {
            put(event, transaction.index, operation, index);
        }
    }
    found.sort_by_key(|found| found.place);
    found
}

fn operation_events(meta: &TransactionMetaV4) -> impl Iterator<Item = (u32, u32, &ContractEvent)> {
    (0u32..)
        .zip(meta.operations.iter())
        .flat_map(|(operation, of)| {
            (0u32..)
                .zip(of.events.iter())
                .map(move |(index, event)| (operation, index, event))
        })
}

fn tell(found: &Found<'_>, format: Format) -> Result<Value, RpcError> {
    let ContractEventBody::V0(body) = &found.event.body;
    let contract = found
        .event
        .contract_id
        .as_ref()
        .map(|id| stellar_strkey::Contract(id.0 .0).to_string())
        .map_or(String::new(), |id| id.as_str().to_owned());
    let mut told_event = json!({
        "type": kind_name(found.event.type_),
        "ledger": found.ledger.sequence(),
        "ledgerClosedAt": date(found.ledger.close_time()),
        "contractId": contract,
        "id": found.place.to_string(),
        "operationIndex": found.place.toid.operation,
        "transactionIndex": found.place.toid.transaction,
        "inSuccessfulContractCall": is_success(found.transaction),
        "txHash": hex(&found.transaction.hash),
    });
    let [topic, value] = match format {
        Format::Base64 => ["topic", "value"],
        Format::Json => ["topicJson", "valueJson"],
    };
    if !body.topics.is_empty() {
        told_event[topic] = Value::from(told_all(body.topics.iter(), format)?);
    }
    told_event[value] = told(&body.data, format)?;
    Ok(told_event)
}

/// A time as RFC 3339 has it, in UTC.
fn date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days to a civil date: 400-year eras that begin on 1 March of year 0.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = match month {
        0..=9 => (year_of_era + era * 400, month + 3),
        _ => (year_of_era + era * 400 + 1, month - 9),
    };
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_704_067_199, "2023-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }
}
