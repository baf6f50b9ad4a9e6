//! Alerts: what an operator has to know of. Each has a kind and a subject, and lasts until it is cleared; raised
//! again it is the same one.

use super::scrub::{printable, scrub};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// How long an alert of a moment is shown.
const MOMENT: Duration = Duration::from_secs(3_600);

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal,)*) => {
        /// What an alert is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AlertKind {
            $($(#[$doc])* $kind,)*
        }

        impl AlertKind {
            /// All of them.
            pub const ALL: &[AlertKind] = &[$(AlertKind::$kind,)*];

            /// As labels, documents and the database have it.
            pub fn name(self) -> &'static str {
                match self {
                    $(AlertKind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A watched vault is in an auction; the vault.
    VaultAuctioned "vault_auctioned",
    /// The keeper is behind the network.
    Lag "lag",
    /// An account has few lumens left; the account.
    LumensLow "lumens_low",
    /// A price is older than its rounds should be; pool and asset.
    OracleFrozen "oracle_frozen",
    /// There is no price; pool and asset.
    OracleMissing "oracle_missing",
    /// A second price source says something else; vault or feed.
    OracleDiverging "oracle_diverging",
    /// An endpoint does not answer, or not usefully; the endpoint.
    RpcDown "rpc_down",
    /// The database cannot be read or written.
    Database "database",
    /// Somebody else uses an account of the keeper's; the account.
    SequenceUsedElsewhere "sequence_used_elsewhere",
    /// Events are missing and everything was read again.
    EventGap "event_gap",
    /// What was known differed from the chain, and was mended.
    CheckMended "check_mended",
    /// This machine's clock is not the network's.
    Clock "clock",
    /// A pool cannot be read; the pool.
    PoolUnreadable "pool_unreadable",
    /// A vault or a borrower has an entry that makes no sense; whose it is.
    EntryUnreadable "entry_unreadable",
    /// A channel account cannot be used; the channel.
    ChannelUnfit "channel_unfit",
    /// The network asks for more than the keeper may pay.
    FeeAboveCap "fee_above_cap",
    /// The database was damaged, and a new one was begun.
    DatabaseReplaced "database_replaced",
}

impl AlertKind {
    /// Whether it tells of something that has happened, and ends by itself after an hour.
    pub fn is_of_a_moment(self) -> bool {
        use AlertKind::*;
        matches!(
            self,
            SequenceUsedElsewhere | EventGap | CheckMended | FeeAboveCap | DatabaseReplaced
        )
    }
}

/// An alert that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// Whom.
    pub subject: String,
    /// What is known of it.
    pub detail: String,
    /// The ledger that it was raised at.
    pub ledger: u32,
    /// When that closed, unix seconds.
    pub since: u64,
}

/// What becomes of an alert: for the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertChange {
    /// It was raised.
    Raised(Alert),
    /// It was cleared.
    Cleared {
        /// What it was about.
        kind: AlertKind,
        /// Whom.
        subject: String,
        /// The ledger.
        ledger: u32,
        /// When that closed, unix seconds.
        at: u64,
    },
}

/// All alerts; clones are the same.
#[derive(Clone, Debug)]
pub struct Alerts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Mutex<Kept>,
    changes: mpsc::UnboundedSender<AlertChange>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Ledger, and when it closed.
    now: (u32, u64),
    active: BTreeMap<(AlertKind, String), (Alert, Instant)>,
    raised: BTreeMap<AlertKind, u64>,
}

impl Alerts {
    /// None. What becomes of them is told to the receiver, so that whoever raises one waits for no disk.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<AlertChange>) {
        let (changes, receiver) = mpsc::unbounded_channel();
        let inner = Inner {
            kept: Mutex::default(),
            changes,
        };
        (Self(Arc::new(inner)), receiver)
    }

    /// The network's time, from which alerts are dated; ends those of a moment that is past.
    pub fn at(&self, ledger: u32, closed_at: u64) {
        self.kept().now = (ledger, closed_at);
        let past: Vec<_> = self
            .kept()
            .active
            .iter()
            .filter(|((kind, _), (_, raised))| kind.is_of_a_moment() && raised.elapsed() > MOMENT)
            .map(|(key, _)| key.clone())
            .collect();
        for (kind, subject) in past {
            self.clear(kind, &subject);
        }
    }

    /// Raises an alert, or refreshes what is known of it.
    pub fn raise(&self, kind: AlertKind, subject: &str, detail: &str) {
        let (subject, detail) = (clean(subject), clean(detail));
        let key = (kind, subject.clone());
        let alert = {
            let mut kept = self.kept();
            if let Some((known, raised)) = kept.active.get_mut(&key) {
                known.detail = detail;
                *raised = Instant::now();
                return;
            }
            let (ledger, since) = kept.now;
            let alert = Alert {
                kind,
                subject: subject.clone(),
                detail: detail.clone(),
                ledger,
                since,
            };
            kept.active.insert(key, (alert.clone(), Instant::now()));
            *kept.raised.entry(kind).or_default() += 1;
            alert
        };
        tracing::warn!(alert = kind.name(), subject = %subject, "{detail}");
        // Nobody who keeps them: they are logged and counted all the same.
        let _ = self.0.changes.send(AlertChange::Raised(alert));
    }

    /// Clears an alert, if there is one.
    pub fn clear(&self, kind: AlertKind, subject: &str) {
        let subject = clean(subject);
        let (known, (ledger, at)) = {
            let mut kept = self.kept();
            let known = kept.active.remove(&(kind, subject.clone()));
            (known, kept.now)
        };
        if known.is_none() {
            return;
        }
        tracing::info!(alert = kind.name(), subject = %subject, "over");
        let change = AlertChange::Cleared {
            kind,
            subject,
            ledger,
            at,
        };
        let _ = self.0.changes.send(change);
    }

    /// Raises or clears an alert, as a condition has it.
    pub fn set(&self, kind: AlertKind, subject: &str, detail: Option<&str>) {
        match detail {
            Some(detail) => self.raise(kind, subject, detail),
            None => self.clear(kind, subject),
        }
    }

    /// Of one kind these subjects, and no others, have an alert.
    pub fn only(&self, kind: AlertKind, subjects: &BTreeMap<String, String>) {
        let gone: Vec<_> = self
            .kept()
            .active
            .keys()
            .filter(|key| key.0 == kind && !subjects.contains_key(&key.1))
            .map(|key| key.1.clone())
            .collect();
        for subject in gone {
            self.clear(kind, &subject);
        }
        for (subject, detail) in subjects {
            self.raise(kind, subject, detail);
        }
    }

    /// Those that last, by kind and subject.
    pub fn active(&self) -> Vec<Alert> {
        let kept = self.kept();
        kept.active
            .values()
            .map(|(alert, _)| alert.clone())
            .collect()
    }

    /// The first of a kind that lasts.
    pub fn find(&self, kind: AlertKind) -> Option<Alert> {
        self.active().into_iter().find(|alert| alert.kind == kind)
    }

    /// How many of a kind were raised since the start.
    pub fn raised(&self, kind: AlertKind) -> u64 {
        self.kept().raised.get(&kind).copied().unwrap_or(0)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without secrets, and of one line.
fn clean(text: &str) -> String {
    printable(&scrub(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raise_counts_once_while_an_alert_lasts() {
        let (alerts, mut changes) = Alerts::new();
        alerts.at(10, 1_000);
        alerts.raise(AlertKind::LumensLow, "GA", "4 left");
        alerts.at(11, 1_005);
        alerts.raise(AlertKind::LumensLow, "GA", "3 left");
        alerts.raise(AlertKind::LumensLow, "GB", "2 left");
        assert_eq!(alerts.raised(AlertKind::LumensLow), 2);
        let active = alerts.active();
        assert_eq!(active.len(), 2);
        assert_eq!(
            (active[0].detail.as_str(), active[0].since),
            ("3 left", 1_000)
        );

        alerts.clear(AlertKind::LumensLow, "GA");
        alerts.clear(AlertKind::LumensLow, "GA");
        alerts.raise(AlertKind::LumensLow, "GA", "1 left");
        assert_eq!(alerts.raised(AlertKind::LumensLow), 3);

        let mut told = Vec::new();
        while let Ok(change) = changes.try_recv() {
            told.push(match change {
                AlertChange::Raised(alert) => format!("+{} {}", alert.subject, alert.since),
                AlertChange::Cleared { subject, at, .. } => format!("-{subject} {at}"),
            });
        }
        assert_eq!(told, ["+GA 1000", "+GB 1005", "-GA 1005", "+GA 1005"]);
    }

    #[test]
    fn only_clears_those_that_are_no_more() {
        let (alerts, _changes) = Alerts::new();
        let of = |names: &[&str]| {
            let of = names
                .iter()
                .map(|name| ((*name).to_owned(), "open".to_owned()));
            of.collect::<BTreeMap<_, _>>()
        };
        let subjects = |alerts: &Alerts| {
            let active = alerts.active().into_iter();
            active.map(|alert| alert.subject).collect::<Vec<_>>()
        };
        alerts.raise(AlertKind::RpcDown, "A", "refused");
        alerts.only(AlertKind::VaultAuctioned, &of(&["A", "B"]));
        alerts.only(AlertKind::VaultAuctioned, &of(&["B", "C"]));
        assert_eq!(subjects(&alerts), ["B", "C", "A"]);
        assert_eq!(alerts.raised(AlertKind::VaultAuctioned), 3);
        alerts.only(AlertKind::VaultAuctioned, &of(&[]));
        assert_eq!(subjects(&alerts), ["A"]);
    }

    #[test]
    fn raise_keeps_no_secret() {
        let (alerts, _changes) = Alerts::new();
        alerts.raise(
            AlertKind::RpcDown,
            "https://user:pass@rpc.example/KEY",
            "error sending request for url (https://rpc.example/KEY)",
        );
        let alert = &alerts.active()[0];
        assert_eq!(alert.subject, "https://rpc.example");
        assert_eq!(
            alert.detail,
            "error sending request for url (https://rpc.example)"
        );
        alerts.clear(AlertKind::RpcDown, "https://user:pass@rpc.example/KEY");
        assert_eq!(alerts.active(), []);
    }

    #[test]
    fn names_of_kinds_are_all_different() {
        let names: std::collections::BTreeSet<_> =
            AlertKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), AlertKind::ALL.len());
    }
}
