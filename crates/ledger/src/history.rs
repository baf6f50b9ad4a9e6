//! Closed ledgers that are kept, and what was bid in the last ones.

use crate::{ClosedLedger, ClosedTransaction};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Over how many closed ledgers [`FeeStats`] look back.
pub const FEE_STATS_LEDGERS: usize = 50;

/// The last closed ledgers, as many as the window says.
#[derive(Clone, Debug, Default)]
pub struct History {
    window: u32,
    ledgers: VecDeque<Arc<ClosedLedger>>,
    /// Ledger and place in it of a transaction, by its hash and by that of the transaction in a fee bump.
    places: HashMap<[u8; 32], (u32, usize)>,
    fees: VecDeque<LedgerFees>,
}

/// Inclusion fees of one ledger, stroops.
#[derive(Clone, Debug, Default)]
struct LedgerFees {
    soroban: Vec<u64>,
    /// Per operation.
    classic: Vec<u64>,
}

/// What was paid to be included in the last ledgers, stroops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeeStats {
    /// Of transactions that run or keep contracts.
    pub soroban: FeeDistribution,
    /// Of all others, per operation.
    pub classic: FeeDistribution,
}

/// How fees are spread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeeDistribution {
    /// Highest.
    pub max: u64,
    /// Lowest.
    pub min: u64,
    /// Most frequent.
    pub mode: u64,
    /// The 10th to 90th percentile in steps of ten, then 95th and 99th.
    pub percentiles: [u64; 11],
    /// Over so many transactions.
    pub transactions: u32,
    /// Over so many ledgers.
    pub ledgers: u32,
}

impl History {
    /// Keeps so many ledgers.
    pub fn new(window: u32) -> Self {
        Self {
            window,
            ..Self::default()
        }
    }

    /// How many ledgers are kept.
    pub fn window(&self) -> u32 {
        self.window
    }

    /// Is none kept?
    pub fn is_empty(&self) -> bool {
        self.ledgers.is_empty()
    }

    /// The oldest that is kept.
    pub fn oldest(&self) -> Option<&Arc<ClosedLedger>> {
        self.ledgers.front()
    }

    /// The newest.
    pub fn latest(&self) -> Option<&Arc<ClosedLedger>> {
        self.ledgers.back()
    }

    /// The ledger of this sequence number.
    pub fn ledger(&self, sequence: u32) -> Option<&Arc<ClosedLedger>> {
        let place = self
            .ledgers
            .binary_search_by_key(&sequence, |ledger| ledger.sequence());
        self.ledgers.get(place.ok()?)
    }

    /// Kept ledgers from this sequence number on, in order. A ledger that was jumped over is not there.
    pub fn from(&self, sequence: u32) -> impl DoubleEndedIterator<Item = &Arc<ClosedLedger>> {
        let start = self
            .ledgers
            .partition_point(|ledger| ledger.sequence() < sequence);
        self.ledgers.range(start..)
    }

    /// The transaction of this hash, or the fee bump that has it inside, with its ledger.
    pub fn transaction(&self, hash: &[u8; 32]) -> Option<(&Arc<ClosedLedger>, &ClosedTransaction)> {
        let (sequence, place) = self.places.get(hash)?;
        let ledger = self.ledger(*sequence)?;
        Some((ledger, ledger.transactions.get(*place)?))
    }

    /// What was bid in the last ledgers.
    pub fn fee_stats(&self) -> FeeStats {
        let ledgers = self.fees.len() as u32;
        let gather = |of: fn(&LedgerFees) -> &Vec<u64>| {
            let mut fees: Vec<u64> = self.fees.iter().flat_map(of).copied().collect();
            FeeDistribution::of(&mut fees, ledgers)
        };
        FeeStats {
            soroban: gather(|fees| &fees.soroban),
            classic: gather(|fees| &fees.classic),
        }
    }

    /// Takes a closed ledger in and lets the oldest go.
    pub(crate) fn push(&mut self, ledger: Arc<ClosedLedger>) {
        self.fees.push_back(LedgerFees::of(&ledger));
        if self.fees.len() > FEE_STATS_LEDGERS {
            self.fees.pop_front();
        }
        if self.window == 0 {
            return;
        }
        for (place, transaction) in ledger.transactions.iter().enumerate() {
            for hash in transaction.hashes() {
                self.places.insert(hash, (ledger.sequence(), place));
            }
        }
        self.ledgers.push_back(ledger);
        while self.ledgers.len() > self.window as usize {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(ledger) = self.ledgers.pop_front() else {
            return;
        };
        for hash in ledger.transactions.iter().flat_map(|tx| tx.hashes()) {
            // A transaction inside of two fee bumps has two places; the later one stays.
            if self
                .places
                .get(&hash)
                .is_some_and(|place| place.0 == ledger.sequence())
            {
                self.places.remove(&hash);
            }
        }
    }
}

impl LedgerFees {
    fn of(ledger: &ClosedLedger) -> Self {
        let mut fees = Self::default();
        for transaction in &ledger.transactions {
            let paid = transaction.cost.inclusion_fee.max(0) as u64;
            if transaction.soroban {
                fees.soroban.push(paid);
            } else {
                fees.classic
                    .push(paid / u64::from(transaction.operations.max(1)));
            }
        }
        fees
    }
}

impl FeeDistribution {
    /// Sorts the fees and tells how they are spread. A percentile is the fee at its rank, rounded up.
    fn of(fees: &mut [u64], ledgers: u32) -> Self {
        fees.sort_unstable();
        let (Some(min), Some(max)) = (fees.first(), fees.last()) else {
            return Self::default();
        };
        let mode = fees
            .chunk_by(|left, right| left == right)
            // The lowest of the most frequent.
            .rev()
            .max_by_key(|run| run.len())
            .map_or(0, |run| run[0]);
        let rank = |percent: usize| (percent * fees.len()).div_ceil(100).max(1) - 1;
        Self {
            max: *max,
            min: *min,
            mode,
            percentiles: [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99]
                .map(|percent| fees[rank(percent)]),
            transactions: fees.len() as u32,
            ledgers,
        }
    }
}
