use crate::strategy::{Action, Hold};
use ballast_client::{
    value::{Address, StepReport},
    Error,
};
use std::{fmt, time::Instant};
use stellar_xdr::curr::Hash;

/// What became of a vault's turn.
#[derive(Clone, Debug)]
pub struct Acted {
    /// How it ended.
    pub outcome: Outcome,
    /// The choice that was taken, if any.
    pub action: Option<Action>,
    /// When the first transaction was handed in.
    pub first_sent: Option<Instant>,
    /// How often a call was simulated.
    pub simulations: u32,
}

/// How a turn ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The step is done.
    Done {
        /// Its transaction.
        hash: [u8; 32],
        /// The ledger that it is in.
        ledger: u32,
        /// What the vault says of it.
        report: StepReport,
        /// What it cost, stroops.
        fee_charged: i64,
        /// What was expected to be earned by it after fees, in the oracle's base value.
        profit_value: i128,
    },
    /// Nothing was sent.
    Held(Hold),
    /// It failed on the chain: somebody else was first, or something changed. Nothing but the fee is gone.
    Lost {
        /// Its transaction.
        hash: [u8; 32],
        /// The ledger that it is in.
        ledger: u32,
        /// Why.
        why: String,
        /// What it cost, stroops.
        fee_charged: i64,
    },
    /// It was in no ledger up to its last one and never will be.
    Expired {
        /// Its transaction.
        hash: [u8; 32],
    },
    /// It could not be prepared, or the network took it nowhere.
    Refused {
        /// Why.
        why: String,
    },
    /// Its end was not known when patience ended; it is followed further.
    Unknown {
        /// Its transaction.
        hash: [u8; 32],
        /// The last ledger that it is good for.
        last_ledger: u32,
    },
    /// Everything but sending.
    DryRun {
        /// What its hash would have been.
        hash: [u8; 32],
        /// What the vault would say of it.
        report: StepReport,
        /// Most that it would have cost, stroops.
        fee: i64,
        /// What would have been earned, in the oracle's base value.
        profit_value: i128,
    },
}

impl Outcome {
    /// One word for it, as the database has it.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Done { .. } => "done",
            Outcome::Held(_) => "held",
            Outcome::Lost { .. } => "lost",
            Outcome::Expired { .. } => "expired",
            Outcome::Refused { .. } => "refused",
            Outcome::Unknown { .. } => "unknown",
            Outcome::DryRun { .. } => "dry run",
        }
    }

    /// What there is to say besides.
    pub fn detail(&self) -> String {
        match self {
            Outcome::Done { report, .. } | Outcome::DryRun { report, .. } => told(report),
            Outcome::Held(hold) => hold.to_string(),
            Outcome::Lost { why, .. } | Outcome::Refused { why } => why.clone(),
            Outcome::Expired { hash } => format!("transaction {}", Hash(*hash)),
            Outcome::Unknown { hash, last_ledger } => {
                format!("transaction {} up to ledger {last_ledger}", Hash(*hash))
            }
        }
    }
}

fn told(report: &StepReport) -> String {
    format!(
        "sold {}, repaid {}, reward {}, reserve spent {}, risk ratio {} to {}",
        report.sold,
        report.repaid,
        report.reward,
        report.reserve_spent,
        report.risk_before_e7,
        report.risk_after_e7
    )
}

/// How a transaction of an earlier run, or one that was given up on, ended.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The transaction.
    pub hash: [u8; 32],
    /// The decision that it was for.
    pub decision: Option<i64>,
    /// The vault.
    pub vault: Option<Address>,
    /// Its end, in the words of [`Outcome::name`].
    pub end: &'static str,
}

/// What an earlier run left, and how it ended.
#[derive(Clone, Debug, Default)]
pub struct Recovered {
    /// Everything that was open at the start.
    pub settled: Vec<Settled>,
}

/// Something that the operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecuteNotice {
    /// A channel's sequence number was used by somebody else who has its key.
    SequenceUsedElsewhere {
        /// The channel.
        channel: Address,
        /// The last number that was ours.
        expected: i64,
        /// What the ledger says.
        found: i64,
    },
    /// A channel cannot pay a fee.
    OutOfLumens {
        /// The channel.
        channel: Address,
    },
    /// A channel cannot be used.
    ChannelUnfit {
        /// The channel.
        channel: Address,
        /// Why.
        why: String,
    },
    /// The network asks more for the inclusion than the keeper may bid.
    FeeAboveCap {
        /// What it asks, stroops.
        asked: i64,
        /// What may be bid.
        cap: u32,
    },
    /// The database failed; the keeper acts without it.
    Database {
        /// Why.
        why: String,
    },
}

impl fmt::Display for ExecuteNotice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SequenceUsedElsewhere {
                channel,
                expected,
                found,
            } => write!(
                formatter,
                "channel {channel}: somebody else uses its sequence numbers (ours was {expected}, it is at {found})"
            ),
            Self::OutOfLumens { channel } => {
                write!(formatter, "channel {channel} cannot pay a transaction's fee")
            }
            Self::ChannelUnfit { channel, why } => write!(formatter, "channel {channel}: {why}"),
            Self::FeeAboveCap { asked, cap } => write!(
                formatter,
                "the network asks {asked} stroops for an inclusion, the keeper may bid {cap}"
            ),
            Self::Database { why } => write!(formatter, "acting without the database: {why}"),
        }
    }
}

/// Why nothing can be done at all.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The accounts cannot be read.
    #[error("the keeper's accounts cannot be read: {0}")]
    Rpc(#[from] Error),
    /// No channel exists.
    #[error(
        "none of the keeper's {0} channel accounts exists: `ballast keeper init` creates them"
    )]
    NoChannels(usize),
}
