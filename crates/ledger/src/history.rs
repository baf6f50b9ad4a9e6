//! Closed ledgers that are kept, and what was bid in the last ones.

use crate::{ClosedLedger, ClosedTransaction};
use ballast_transaction::xdr_len;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

/// Over how many closed ledgers [`FeeStats`] look back.
pub const FEE_STATS_LEDGERS: usize = 50;

/// Bytes of XDR that history keeps at most, whatever its window. In memory they are about four times as
/// many: busy ledgers would fill it otherwise long before they leave the window.
pub const HISTORY_BYTES: u64 = 64 << 20;

/// The last closed ledgers: as many as the window says, or fewer where they are very full.
#[derive(Clone, Debug)]
pub struct History {
    window: u32,
    limit: u64,
    bytes: u64,
    ledgers: VecDeque<Arc<ClosedLedger>>,
    sizes: VecDeque<u64>,
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
        Self::limited(window, HISTORY_BYTES)
    }

    fn limited(window: u32, limit: u64) -> Self {
        Self {
            window,
            limit,
            bytes: 0,
            ledgers: VecDeque::new(),
            sizes: VecDeque::new(),
            places: HashMap::new(),
            fees: VecDeque::new(),
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
        let size = size(&ledger);
        self.bytes += size;
        self.sizes.push_back(size);
        self.ledgers.push_back(ledger);
        let full = |history: &Self| {
            history.ledgers.len() > history.window as usize
                || (history.bytes > history.limit && history.ledgers.len() > 1)
        };
        while full(self) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(ledger) = self.ledgers.pop_front() else {
            return;
        };
        self.bytes -= self.sizes.pop_front().unwrap_or_default();
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

/// Bytes of a ledger's transactions, as XDR.
fn size(ledger: &ClosedLedger) -> u64 {
    let sizes = ledger.transactions.iter().map(|transaction| {
        let lengths = [
            xdr_len(&transaction.envelope),
            xdr_len(&transaction.meta),
            xdr_len(&transaction.fee_changes),
            xdr_len(&transaction.refund_changes),
        ];
        let diagnostics = transaction.diagnostics.iter().map(xdr_len);
        let lengths = lengths.into_iter().chain(diagnostics);
        lengths.map(u64::from).sum::<u64>()
    });
    sizes.sum()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Genesis, Harness};
    use stellar_xdr::curr::{Asset, OperationBody, PaymentOp};

    /// Ledgers with one transaction each.
    fn ledgers(count: usize) -> Vec<Arc<ClosedLedger>> {
        let mut harness = Harness::new(Genesis::default());
        let root = harness.root();
        let operation = OperationBody::Payment(PaymentOp {
            destination: root.muxed(),
            asset: Asset::Native,
            amount: 1,
        });
        (0..count)
            .map(|_| {
                let envelope = harness.operations(&root, vec![operation.clone()]);
                harness.ledger.execute(envelope.expect("the root account"));
                harness.close_ledger()
            })
            .collect()
    }

    #[test]
    fn window_and_bytes_bound_it() {
        let closed = ledgers(6);
        let each = size(&closed[0]);
        for (window, limit, kept) in [
            (4, u64::MAX, 4),
            (100, u64::MAX, 6),
            (100, each * 7 / 2, 3),
            // The last one stays, however large.
            (100, 1, 1),
            (0, u64::MAX, 0),
        ] {
            let mut history = History::limited(window, limit);
            for ledger in &closed {
                history.push(ledger.clone());
            }
            assert_eq!(history.ledgers.len(), kept, "{window} {limit}");
            assert!(closed.iter().all(|ledger| ledger.transactions.len() == 1));
            let sizes: u64 = history.ledgers.iter().map(|ledger| size(ledger)).sum();
            assert_eq!(history.bytes, sizes);
            for (place, ledger) in closed.iter().enumerate() {
                let found = history.ledger(ledger.sequence()).is_some();
                assert_eq!(found, place >= closed.len() - kept);
                for transaction in &ledger.transactions {
                    assert_eq!(history.transaction(&transaction.hash).is_some(), found);
                }
            }
        }
    }

    #[test]
    fn fees_are_spread_as_they_are() {
        let mut fees: Vec<u64> = (1..=100).rev().chain([7, 50, 50]).collect();
        let told = FeeDistribution::of(&mut fees, 9);
        assert_eq!((told.min, told.max, told.mode), (1, 100, 50));
        assert_eq!((told.transactions, told.ledgers), (103, 9));
        // The 11th of 103, the 52nd ..., the 102nd.
        assert_eq!((told.percentiles[0], told.percentiles[4]), (10, 50));
        assert_eq!(told.percentiles[10], 99);
        assert_eq!(FeeDistribution::of(&mut [], 9), FeeDistribution::default());
        assert_eq!(FeeDistribution::of(&mut [3, 2, 3, 2], 1).mode, 2);
    }
}
