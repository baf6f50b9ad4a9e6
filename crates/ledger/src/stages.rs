//! Packs transactions that run contracts into stages of clusters.
//!
//! Transactions that touch the same entry, at least one of them writing it, run one after the other: they
//! are in one cluster. A stage has as many clusters as validators have threads, and each may take its share
//! of the ledger's instructions; stages run one after the other.

use crate::{resources::Room, Frame, NetworkConfig};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use stellar_xdr::curr::LedgerKey;

/// Most stages that are tried.
const MAX_STAGES: u32 = 4;

/// Transactions of a ledger: stages of clusters.
pub(crate) type Stages = Vec<Vec<Vec<Arc<Frame>>>>;

/// Chosen transactions.
#[derive(Default)]
pub(crate) struct Packed {
    pub(crate) stages: Stages,
    /// Were some left out?
    pub(crate) full: bool,
}

/// Chooses from transactions in falling order of their bids. Like validators, it takes the fewest stages
/// that bring within a thousandth of the highest fees.
pub(crate) fn pack(frames: &[Arc<Frame>], config: &NetworkConfig) -> Packed {
    let footprints = Footprints::of(frames);
    let mut tried = Vec::new();
    for stages in 1..=MAX_STAGES {
        let packed = pack_into(frames, &footprints, config, stages);
        let all = !packed.full;
        tried.push((fees(&packed.stages), packed));
        if all {
            break;
        }
    }
    let most = tried.iter().map(|(fees, _)| *fees).max().unwrap_or(0);
    let good = |(fees, _): &(i128, Packed)| fees * 1000 >= most * 999;
    let best = tried.into_iter().filter(good);
    best.min_by_key(|(_, packed)| packed.stages.len())
        .map_or_else(Packed::default, |(_, packed)| packed)
}

fn fees(stages: &Stages) -> i128 {
    let frames = stages.iter().flatten().flatten();
    frames.map(|frame| i128::from(frame.inclusion_fee())).sum()
}

fn pack_into(
    frames: &[Arc<Frame>],
    footprints: &Footprints,
    config: &NetworkConfig,
    count: u32,
) -> Packed {
    let mut left = Room::soroban(config);
    let per_cluster = config.ledger_max_instructions.max(0) as u64 / u64::from(count);
    let bins = config.ledger_max_clusters.max(1) as usize;
    let mut stages: Vec<_> = (0..count).map(|_| Stage::new(bins, per_cluster)).collect();
    let mut full = false;
    for (index, frame) in frames.iter().enumerate() {
        let room = Room::of(frame);
        let mut takes = |stage: &mut Stage| stage.add(index, frame, footprints);
        if room.fits(&left) && stages.iter_mut().any(&mut takes) {
            left = left.minus(&room);
        } else {
            full = true;
        }
    }
    let stages = stages
        .iter()
        .map(|stage| stage.clusters_of(frames))
        .filter(|stage| !stage.is_empty())
        .collect();
    Packed { stages, full }
}

/// Footprints with keys as small numbers.
struct Footprints {
    reads: Vec<Vec<u32>>,
    writes: Vec<Vec<u32>>,
}

impl Footprints {
    fn of(frames: &[Arc<Frame>]) -> Self {
        let mut numbers: HashMap<&LedgerKey, u32> = HashMap::new();
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for frame in frames {
            let footprint = frame.soroban_data().map(|data| &data.resources.footprint);
            let (read_only, read_write): (&[LedgerKey], &[LedgerKey]) = match footprint {
                Some(footprint) => (&footprint.read_only, &footprint.read_write),
                None => (&[], &[]),
            };
            for (keys, into) in [(read_only, &mut reads), (read_write, &mut writes)] {
                let mut numbered = Vec::with_capacity(keys.len());
                for key in keys {
                    let next = numbers.len() as u32;
                    numbered.push(*numbers.entry(key).or_insert(next));
                }
                into.push(numbered);
            }
        }
        Self { reads, writes }
    }
}

/// Transactions that depend on each other.
#[derive(Default)]
struct Group {
    instructions: u64,
    members: Vec<usize>,
    bin: usize,
}

/// One stage in the making.
struct Stage {
    per_cluster: u64,
    /// Instructions of each cluster.
    bins: Vec<u64>,
    /// Merged ones are gone.
    groups: Vec<Option<Group>>,
    /// Where the groups that touch a key are; a merged group leads to its heir.
    heirs: Vec<usize>,
    writers: HashMap<u32, usize>,
    readers: HashMap<u32, Vec<usize>>,
    /// Independent transactions did not fit even after everything was packed anew: as good as full.
    repacked: bool,
}

impl Stage {
    fn new(bins: usize, per_cluster: u64) -> Self {
        Self {
            per_cluster,
            bins: vec![0; bins],
            groups: Vec::new(),
            heirs: Vec::new(),
            writers: HashMap::new(),
            readers: HashMap::new(),
            repacked: false,
        }
    }

    fn heir(&mut self, group: usize) -> usize {
        let mut heir = group;
        while self.heirs[heir] != heir {
            heir = self.heirs[heir];
        }
        self.heirs[group] = heir;
        heir
    }

    /// Adds a transaction if it fits.
    fn add(&mut self, index: usize, frame: &Frame, footprints: &Footprints) -> bool {
        let instructions = frame
            .soroban_data()
            .map_or(0, |data| u64::from(data.resources.instructions));
        let merged = self.related(index, footprints);
        let instructions = merged.iter().fold(instructions, |sum, group| {
            let group = self.groups[*group].as_ref();
            sum.saturating_add(group.map_or(0, |group| group.instructions))
        });
        if instructions > self.per_cluster {
            return false;
        }
        let Some(bin) = self.place(instructions, &merged) else {
            return false;
        };
        let new = self.groups.len();
        let mut members = vec![index];
        for group in merged {
            self.heirs[group] = new;
            let mut others = self.groups[group].take().map_or(Vec::new(), |g| g.members);
            if others.len() > members.len() {
                std::mem::swap(&mut members, &mut others);
            }
            members.extend(others);
        }
        self.groups.push(Some(Group {
            instructions,
            members,
            bin,
        }));
        self.heirs.push(new);
        for key in &footprints.writes[index] {
            self.writers.insert(*key, new);
            // They are all in this group now.
            self.readers.remove(key);
        }
        for key in &footprints.reads[index] {
            self.readers.entry(*key).or_default().push(new);
        }
        true
    }

    /// The groups that the transaction depends on.
    fn related(&mut self, index: usize, footprints: &Footprints) -> BTreeSet<usize> {
        let mut groups: BTreeSet<usize> = BTreeSet::new();
        for key in &footprints.writes[index] {
            groups.extend(self.writers.get(key));
            groups.extend(self.readers.get(key).into_iter().flatten());
        }
        for key in &footprints.reads[index] {
            groups.extend(self.writers.get(key));
        }
        groups.into_iter().map(|group| self.heir(group)).collect()
    }

    /// Finds a bin for a group that takes the place of others, and counts it in.
    fn place(&mut self, instructions: u64, merged: &BTreeSet<usize>) -> Option<usize> {
        let mut bins = self.bins.clone();
        for group in merged
            .iter()
            .filter_map(|group| self.groups[*group].as_ref())
        {
            bins[group.bin] -= group.instructions;
        }
        if let Some(bin) = first_fit(&mut bins, instructions, self.per_cluster) {
            self.bins = bins;
            return Some(bin);
        }
        if merged.is_empty() && std::mem::replace(&mut self.repacked, true) {
            return None;
        }
        self.repack(instructions, merged)
    }

    /// Packs everything anew, the largest first.
    fn repack(&mut self, instructions: u64, merged: &BTreeSet<usize>) -> Option<usize> {
        let new = self.groups.len();
        let mut sizes: Vec<_> = self
            .groups
            .iter()
            .enumerate()
            .filter(|(index, _)| !merged.contains(index))
            .filter_map(|(index, group)| Some((group.as_ref()?.instructions, index)))
            .chain([(instructions, new)])
            .collect();
        sizes.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
        let mut bins = vec![0; self.bins.len()];
        let mut places = Vec::with_capacity(sizes.len());
        for (size, index) in sizes {
            places.push((index, first_fit(&mut bins, size, self.per_cluster)?));
        }
        let mut found = None;
        for (index, bin) in places {
            match self.groups.get_mut(index) {
                Some(Some(group)) => group.bin = bin,
                _ => found = Some(bin),
            }
        }
        self.bins = bins;
        found
    }

    /// The clusters that are not empty.
    fn clusters_of(&self, frames: &[Arc<Frame>]) -> Vec<Vec<Arc<Frame>>> {
        let mut clusters = vec![Vec::new(); self.bins.len()];
        for group in self.groups.iter().flatten() {
            let members = group.members.iter().map(|index| frames[*index].clone());
            clusters[group.bin].extend(members);
        }
        clusters.retain(|cluster: &Vec<_>| !cluster.is_empty());
        clusters
    }
}

fn first_fit(bins: &mut [u64], size: u64, limit: u64) -> Option<usize> {
    let fits = |used: &u64| used.checked_add(size).is_some_and(|sum| sum <= limit);
    let bin = bins.iter().position(fits)?;
    bins[bin] += size;
    Some(bin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, State};
    use ballast_transaction::{Builder, KeyPair, Network};
    use proptest::{collection::vec, prelude::*};
    use stellar_xdr::curr::{
        ContractId, Hash, LedgerFootprint, LedgerKeyContractCode, ScAddress, SorobanResources,
        SorobanTransactionData, SorobanTransactionDataExt,
    };

    fn frame(number: i64, instructions: u32, reads: &[u8], writes: &[u8]) -> Arc<Frame> {
        let keys = |numbers: &[u8]| {
            let key = |number: &u8| {
                LedgerKey::ContractCode(LedgerKeyContractCode {
                    hash: Hash([*number; 32]),
                })
            };
            let keys: Vec<_> = numbers.iter().map(key).collect();
            keys.try_into().unwrap()
        };
        let network = Network::default();
        let key = KeyPair::from_name("anybody");
        let envelope = Builder::new(key.muxed(), number)
            .inclusion_fee(1_000_000 - number as u32)
            .invoke(
                ScAddress::Contract(ContractId(Hash([0; 32]))),
                "f",
                vec![],
                vec![],
            )
            .soroban(SorobanTransactionData {
                ext: SorobanTransactionDataExt::V0,
                resources: SorobanResources {
                    footprint: LedgerFootprint {
                        read_only: keys(reads),
                        read_write: keys(writes),
                    },
                    instructions,
                    disk_read_bytes: 0,
                    write_bytes: 0,
                },
                resource_fee: 0,
            })
            .sign(&network, &[]);
        Arc::new(Frame::new(&network, envelope).unwrap())
    }

    fn config(instructions: i64) -> NetworkConfig {
        let mut state = State::default();
        NetworkConfig::install(Limits::Unlimited, &mut state);
        let mut config = NetworkConfig::load(&state);
        config.ledger_max_instructions = instructions;
        config.ledger_max_clusters = 2;
        config
    }

    fn conflict(one: &Frame, other: &Frame) -> bool {
        let footprint = |frame: &Frame| {
            let data = frame.soroban_data().unwrap();
            data.resources.footprint.clone()
        };
        let (one, other) = (footprint(one), footprint(other));
        let touches = |footprint: &LedgerFootprint, key: &LedgerKey| {
            footprint.read_only.contains(key) || footprint.read_write.contains(key)
        };
        one.read_write.iter().any(|key| touches(&other, key))
            || other.read_write.iter().any(|key| touches(&one, key))
    }

    proptest! {
        #[test]
        fn clusters_are_independent_and_within_their_limit(
            drawn in vec((1_u32..60, vec(0_u8..12, 0..3), vec(0_u8..12, 0..3)), 0..30),
            limit in 60_i64..400,
        ) {
            let frames: Vec<_> = drawn
                .iter()
                .enumerate()
                .map(|(number, (instructions, reads, writes))| {
                    frame(number as i64, *instructions, reads, writes)
                })
                .collect();
            let packed = pack(&frames, &config(limit));
            let count = packed.stages.len() as u64;
            let mut included = Vec::new();
            for stage in &packed.stages {
                prop_assert!(!stage.is_empty() && stage.len() <= 2);
                for (index, cluster) in stage.iter().enumerate() {
                    let instructions = cluster.iter().map(|frame| {
                        u64::from(frame.soroban_data().unwrap().resources.instructions)
                    });
                    prop_assert!(instructions.sum::<u64>() <= limit as u64 / count);
                    included.extend(cluster.iter().map(|frame| frame.hash()));
                    for other in &stage[index + 1..] {
                        for (one, other) in cluster.iter().flat_map(|one| other.iter().map(move |other| (one, other))) {
                            prop_assert!(!conflict(one, other));
                        }
                    }
                }
            }
            let total = included.len();
            included.sort();
            included.dedup();
            prop_assert_eq!(included.len(), total, "nothing twice");
            prop_assert_eq!(packed.full, total < frames.len());
            // Stages are for bringing more, not less.
            let footprints = Footprints::of(&frames);
            let one = pack_into(&frames, &footprints, &config(limit), 1);
            prop_assert!(fees(&packed.stages) * 1000 >= fees(&one.stages) * 999);
        }
    }

    #[test]
    fn more_stages_are_taken_where_they_bring_more() {
        // One writes what each of two others writes: all three are one cluster, unless it is in another
        // stage.
        let frames = |last| {
            [
                frame(0, 50, &[], &[1]),
                frame(1, 50, &[], &[2]),
                frame(2, last, &[], &[1, 2]),
            ]
        };
        for (last, limit, stages) in [(10, 110, 1), (10, 109, 2), (50, 150, 1), (50, 140, 2)] {
            let packed = pack(&frames(last), &config(limit));
            assert!(!packed.full);
            assert_eq!(packed.stages.len(), stages, "{last} {limit}");
        }
        // Here it does not fit anywhere.
        let packed = pack(&frames(60), &config(110));
        assert!(packed.full);
        assert_eq!(packed.stages.len(), 1);
    }
}
