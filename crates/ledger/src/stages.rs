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
