//! Which transactions go into a ledger, what they pay to be in it, and in which order they apply.
//!
//! Two phases: transactions that run no contracts compete for the operations of a ledger, those that do for
//! its resources and for room in its clusters. As long as everything fits, each pays the ledger's base fee;
//! else everyone pays, for each operation, the lowest bid that is in.

use crate::{
    resources::{Bid, Room},
    stages::{pack, Stages},
    ClosedTransaction, Frame, NetworkConfig,
};
use ballast_transaction::{sha256, to_xdr, Network};
use std::{collections::HashMap, sync::Arc};
use stellar_xdr::curr::{
    DependentTxCluster, GeneralizedTransactionSet, Hash, LedgerHeader, ParallelTxExecutionStage,
    ParallelTxsComponent, TransactionEnvelope, TransactionPhase, TransactionSetV1, TxSetComponent,
    TxSetComponentTxsMaybeDiscountedFee, VecM,
};

/// Transactions chosen for a ledger.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) classic: Vec<Arc<Frame>>,
    /// For each operation, stroops.
    pub(crate) classic_base_fee: i64,
    pub(crate) soroban: Stages,
    /// For each transaction, stroops.
    pub(crate) soroban_base_fee: i64,
}

/// Chooses from valid transactions.
pub(crate) fn select(
    frames: Vec<Arc<Frame>>,
    config: &NetworkConfig,
    header: &LedgerHeader,
) -> Selection {
    let base_fee = i64::from(header.base_fee);
    let (mut soroban, mut classic): (Vec<_>, Vec<_>) =
        frames.into_iter().partition(|frame| frame.is_soroban());
    for phase in [&mut classic, &mut soroban] {
        best_first(phase);
    }

    let mut left = Room::classic(header.max_tx_set_size);
    let mut full = false;
    classic.retain(|frame| {
        let room = Room::of(frame);
        let fits = room.fits(&left);
        if fits {
            left = left.minus(&room);
        }
        full |= !fits;
        fits
    });
    let packed = pack(&soroban, config);

    Selection {
        classic_base_fee: price(classic.iter(), full, base_fee),
        classic,
        soroban_base_fee: price(
            packed.stages.iter().flatten().flatten(),
            packed.full,
            base_fee,
        ),
        soroban: packed.stages,
    }
}

/// The highest bid for an operation first. Of equal ones the lower hash: any rule would do, as long as it
/// is the same each time.
fn best_first(frames: &mut [Arc<Frame>]) {
    frames.sort_by(|left, right| {
        let bids = Bid::of(right).compare(&Bid::of(left));
        bids.then_with(|| left.hash().cmp(&right.hash()))
    });
}

fn price<'a>(frames: impl Iterator<Item = &'a Arc<Frame>>, full: bool, base_fee: i64) -> i64 {
    let lowest = frames.map(|frame| Bid::of(frame).per_operation()).min();
    match lowest {
        Some(lowest) if full => lowest.max(base_fee),
        _ => base_fee,
    }
}

impl Selection {
    /// Everything chosen.
    pub(crate) fn frames(&self) -> impl Iterator<Item = &Arc<Frame>> {
        let soroban = self.soroban.iter().flatten().flatten();
        self.classic.iter().chain(soroban)
    }

    /// The shape of the set with these and those that were applied before: they paid the ledger's base
    /// fee, so they are a component and a stage of their own.
    pub(crate) fn shape(&self, applied: &[Arc<ClosedTransaction>], base_fee: i64) -> Shape {
        let mut shape = Shape::default();
        let hashes = |frames: &[Arc<Frame>]| frames.iter().map(|frame| frame.hash()).collect();
        let (soroban, classic): (Vec<_>, Vec<_>) = applied.iter().partition(|tx| tx.soroban);
        shape.component(base_fee, classic.iter().map(|tx| tx.hash).collect());
        shape.component(self.classic_base_fee, hashes(&self.classic));
        if !soroban.is_empty() {
            let cluster = soroban.iter().map(|tx| tx.hash).collect();
            shape.stages.push(vec![cluster]);
        }
        for stage in &self.soroban {
            let clusters = stage.iter().map(|cluster| hashes(cluster));
            shape.stages.push(clusters.collect());
        }
        if !shape.stages.is_empty() {
            shape.soroban_base_fee = self.soroban_base_fee;
        }
        shape.sort();
        shape
    }

    /// The transactions in the order in which they apply, with what the set asks each for inclusion.
    ///
    /// There is at most one of an account, so the order of sequence numbers needs no care.
    pub(crate) fn in_order(&self, set_hash: &[u8; 32]) -> Vec<(Arc<Frame>, i64)> {
        let shuffled = |frames: &[Arc<Frame>]| {
            let mut frames = frames.to_vec();
            frames.sort_by_key(|frame| xor(&frame.hash(), set_hash));
            frames
        };
        let asked = |base_fee: i64, frame: Arc<Frame>| {
            let fee = base_fee.saturating_mul(frame.operations_paid().max(1));
            (frame, fee)
        };
        let mut stages = Vec::with_capacity(self.soroban.len());
        for stage in &self.soroban {
            // Clusters stand in the order of the set, which is that of their lowest hashes.
            let mut clusters: Vec<_> = stage.iter().collect();
            clusters.sort_by_key(|cluster| cluster.iter().map(|frame| frame.hash()).min());
            let frames = clusters.into_iter().flat_map(|cluster| shuffled(cluster));
            stages.push(frames.collect::<Vec<_>>());
        }
        stages.sort_by_key(|stage| stage.first().map(|frame| xor(&frame.hash(), set_hash)));

        let classic = shuffled(&self.classic).into_iter();
        let classic = classic.map(|frame| asked(self.classic_base_fee, frame));
        let soroban = stages.into_iter().flatten();
        let soroban = soroban.map(|frame| asked(self.soroban_base_fee, frame));
        classic.chain(soroban).collect()
    }
}

fn xor(hash: &[u8; 32], set_hash: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|index| hash[index] ^ set_hash[index])
}

type Hashes = Vec<[u8; 32]>;

/// The shape of a set: which transaction stands where, told by its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Base fee and transactions of each component.
    components: Vec<(i64, Hashes)>,
    soroban_base_fee: i64,
    stages: Vec<Vec<Hashes>>,
}

impl Shape {
    /// Adds a component, or to the one of this base fee.
    fn component(&mut self, base_fee: i64, hashes: Hashes) {
        let same = |(fee, _): &&mut (i64, Hashes)| *fee == base_fee;
        match self.components.iter_mut().find(same) {
            Some((_, component)) => component.extend(hashes),
            None if hashes.is_empty() => {}
            None => self.components.push((base_fee, hashes)),
        }
    }

    /// Everything in the order that a set is told in.
    fn sort(&mut self) {
        self.components.sort();
        for (_, component) in &mut self.components {
            component.sort_unstable();
        }
        for stage in &mut self.stages {
            for cluster in stage.iter_mut() {
                cluster.sort_unstable();
            }
            stage.sort();
        }
        self.stages.sort();
    }

    /// The set itself.
    pub(crate) fn set(
        &self,
        previous: Hash,
        envelopes: &HashMap<[u8; 32], &TransactionEnvelope>,
    ) -> GeneralizedTransactionSet {
        let found = |hashes: &Hashes| -> VecM<TransactionEnvelope> {
            let envelopes = hashes.iter().filter_map(|hash| envelopes.get(hash));
            let envelopes: Vec<_> = envelopes.map(|envelope| (*envelope).clone()).collect();
            envelopes.try_into().unwrap_or_default()
        };
        let component = |(base_fee, hashes): &(i64, Hashes)| {
            TxSetComponent::TxsetCompTxsMaybeDiscountedFee(TxSetComponentTxsMaybeDiscountedFee {
                base_fee: Some(*base_fee),
                txs: found(hashes),
            })
        };
        let stage = |clusters: &Vec<Hashes>| {
            let clusters = clusters
                .iter()
                .map(|hashes| DependentTxCluster(found(hashes)));
            let clusters: Vec<_> = clusters.collect();
            ParallelTxExecutionStage(clusters.try_into().unwrap_or_default())
        };
        let components: Vec<_> = self.components.iter().map(component).collect();
        let stages: Vec<_> = self.stages.iter().map(stage).collect();
        let phases = vec![
            TransactionPhase::V0(components.try_into().unwrap_or_default()),
            TransactionPhase::V1(ParallelTxsComponent {
                base_fee: (!stages.is_empty()).then_some(self.soroban_base_fee),
                execution_stages: stages.try_into().unwrap_or_default(),
            }),
        ];
        GeneralizedTransactionSet::V1(TransactionSetV1 {
            previous_ledger_hash: previous,
            phases: phases.try_into().unwrap_or_default(),
        })
    }

    /// The shape of a set that is told.
    pub(crate) fn of(network: &Network, set: &GeneralizedTransactionSet) -> Self {
        let mut shape = Self::default();
        let hashes = |envelopes: &[TransactionEnvelope]| -> Hashes {
            envelopes
                .iter()
                .filter_map(|envelope| Frame::new(network, envelope.clone()).ok())
                .map(|frame| frame.hash())
                .collect()
        };
        let GeneralizedTransactionSet::V1(set) = set;
        for phase in set.phases.iter() {
            match phase {
                TransactionPhase::V0(components) => {
                    for component in components.iter() {
                        let TxSetComponent::TxsetCompTxsMaybeDiscountedFee(component) = component;
                        let base_fee = component.base_fee.unwrap_or_default();
                        shape.component(base_fee, hashes(&component.txs));
                    }
                }
                TransactionPhase::V1(phase) => {
                    shape.soroban_base_fee = phase.base_fee.unwrap_or_default();
                    for stage in phase.execution_stages.iter() {
                        let clusters = stage.0.iter().map(|cluster| hashes(&cluster.0));
                        shape.stages.push(clusters.collect());
                    }
                }
            }
        }
        shape
    }
}

/// Hash of a set, which the ledger's header has.
pub(crate) fn hash_of(set: &GeneralizedTransactionSet) -> [u8; 32] {
    sha256(&to_xdr(set))
}

/// Every transaction of a set.
pub(crate) fn envelopes_of(
    set: &GeneralizedTransactionSet,
) -> impl Iterator<Item = &TransactionEnvelope> {
    let GeneralizedTransactionSet::V1(set) = set;
    set.phases.iter().flat_map(|phase| {
        let found: Vec<&TransactionEnvelope> = match phase {
            TransactionPhase::V0(components) => components
                .iter()
                .flat_map(|component| {
                    let TxSetComponent::TxsetCompTxsMaybeDiscountedFee(component) = component;
                    component.txs.iter()
                })
                .collect(),
            TransactionPhase::V1(phase) => phase
                .execution_stages
                .iter()
                .flat_map(|stage| stage.0.iter())
                .flat_map(|cluster| cluster.0.iter())
                .collect(),
        };
        found
    })
}
