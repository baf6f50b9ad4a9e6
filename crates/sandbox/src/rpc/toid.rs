//! Places in the history as numbers: ledger, transaction and operation in one (SEP-35).

use std::fmt;

/// Highest transaction: events after all transactions of a ledger are told under it.
pub(crate) const LAST_TRANSACTION: u32 = (1 << 20) - 1;
/// Highest operation: events after a transaction's operations are told under it.
pub(crate) const LAST_OPERATION: u32 = (1 << 12) - 1;

/// Ledger, transaction (from 1) and operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Toid {
    pub ledger: u32,
    pub transaction: u32,
    pub operation: u32,
}

impl Toid {
    /// The number.
    pub fn number(self) -> i64 {
        (i64::from(self.ledger) << 32)
            | (i64::from(self.transaction & LAST_TRANSACTION) << 12)
            | i64::from(self.operation & LAST_OPERATION)
    }

    /// Reads the number.
    pub fn of(number: i64) -> Self {
        Self {
            ledger: (number >> 32) as u32,
            transaction: (number >> 12) as u32 & LAST_TRANSACTION,
            operation: number as u32 & LAST_OPERATION,
        }
    }
}

/// Place of an event, and its id: ids sort as places do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EventPlace {
    pub toid: Toid,
    /// Among the events of its operation, or of its stage.
    pub event: u32,
}

impl EventPlace {
    /// An event's place.
    pub fn new(ledger: u32, transaction: u32, operation: u32, event: u32) -> Self {
        let toid = Toid {
            ledger,
            transaction,
            operation,
        };
        Self { toid, event }
    }

    /// The last place of a ledger.
    pub fn end_of(ledger: u32) -> Self {
        Self::new(ledger, LAST_TRANSACTION, LAST_OPERATION, u32::MAX)
    }

    /// The next place.
    pub fn next(self) -> Self {
        match self.event.checked_add(1) {
            Some(event) => Self { event, ..self },
            None => Self {
                toid: Toid::of(self.toid.number().saturating_add(1)),
                event: 0,
            },
        }
    }

    /// Reads an id.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = || {
            let (toid, event) = text.split_once('-')?;
            let toid: i64 = toid.parse().ok().filter(|number| *number >= 0)?;
            let event = event.parse().ok()?;
            Some(Self {
                toid: Toid::of(toid),
                event,
            })
        };
        read().ok_or_else(|| format!("invalid event id {text}"))
    }
}

impl fmt::Display for EventPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:019}-{:010}", self.toid.number(), self.event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_places() {
        let place = EventPlace::new(1234, 5, 6, 7);
        assert_eq!(place.to_string(), "0000005299989663750-0000000007");
        assert_eq!(EventPlace::parse(&place.to_string()), Ok(place));
        let end = EventPlace::end_of(4);
        assert_eq!(end.to_string(), "0000000021474836479-4294967295");
        assert_eq!(end.next(), EventPlace::new(5, 0, 0, 0));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "-",
            "1",
            "a-1",
            "1-a",
            "-1-1",
            "1--1",
            "1-4294967296",
            "9223372036854775808-0",
        ] {
            assert!(EventPlace::parse(text).is_err(), "{text}");
        }
    }
}
