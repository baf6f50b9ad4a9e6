//! The chain of headers, and the digest of the state.

use crate::Writes;
use ballast_transaction::{sha256, to_xdr};
use sha2::{Digest, Sha256};
use stellar_xdr::curr::{
    Hash, LedgerHeader, LedgerHeaderExt, LedgerHeaderHistoryEntry, LedgerHeaderHistoryEntryExt,
    StellarValue, StellarValueExt, TimePoint, TransactionResultPair, TransactionResultSet,
};

/// All lumens there are, stroops.
pub(crate) const TOTAL_COINS: i64 = 100_000_000_000_0000000;
/// What a ledger takes on the networks, seconds.
pub(crate) const LEDGER_SECONDS: u64 = 5;
/// Ledgers between the entries of each level of the skip list.
const SKIPS: [u32; 4] = [50, 5_000, 50_000, 500_000];

/// The header that a network starts with.
pub(crate) fn first(sequence: u32, close_time: u64, max_operations: u32) -> LedgerHeader {
    LedgerHeader {
        ledger_version: crate::config::PROTOCOL,
        previous_ledger_hash: Hash::default(),
        scp_value: StellarValue {
            tx_set_hash: Hash::default(),
            close_time: TimePoint(close_time),
            upgrades: Default::default(),
            ext: StellarValueExt::Basic,
        },
        tx_set_result_hash: Hash::default(),
        bucket_list_hash: Hash::default(),
        ledger_seq: sequence,
        total_coins: TOTAL_COINS,
        fee_pool: 0,
        inflation_seq: 0,
        id_pool: 0,
        base_fee: 100,
        base_reserve: 5_000_000,
        max_tx_set_size: max_operations,
        skip_list: Default::default(),
        ext: LedgerHeaderExt::V0,
    }
}

/// What is known of the ledger after this one.
pub(crate) fn next(last: &LedgerHeaderHistoryEntry) -> LedgerHeader {
    let mut header = last.header.clone();
    header.previous_ledger_hash = last.hash.clone();
    header.ledger_seq = header.ledger_seq.saturating_add(1);
    let close_time = &mut header.scp_value.close_time.0;
    *close_time = close_time.saturating_add(LEDGER_SECONDS);
    header.scp_value.tx_set_hash = Hash::default();
    header.tx_set_result_hash = Hash::default();
    header
}

/// The header with its hash.
pub(crate) fn seal(header: LedgerHeader) -> LedgerHeaderHistoryEntry {
    LedgerHeaderHistoryEntry {
        hash: hash(&header),
        header,
        ext: LedgerHeaderHistoryEntryExt::V0,
    }
}

/// Hash of a header: the ledger's.
pub(crate) fn hash(header: &LedgerHeader) -> Hash {
    Hash(sha256(&to_xdr(header)))
}

/// Hash of the results in the order in which the transactions were applied.
pub(crate) fn results_hash(results: Vec<TransactionResultPair>) -> Hash {
    Hash(sha256(&to_xdr(&TransactionResultSet {
        results: results.try_into().unwrap_or_default(),
    })))
}

/// Moves the skip list on, by the rule of validators.
pub(crate) fn skip(header: &mut LedgerHeader) {
    let mut sequence = i64::from(header.ledger_seq);
    let mut levels = 0_usize;
    for step in SKIPS.map(i64::from) {
        if sequence <= 0 || sequence % step != 0 {
            break;
        }
        levels += 1;
        sequence -= step;
    }
    let Some(top) = levels.checked_sub(1) else {
        return;
    };
    for level in (1..=top).rev() {
        header.skip_list[level] = header.skip_list[level - 1].clone();
    }
    header.skip_list[0] = header.bucket_list_hash.clone();
}

/// Stands in the header in the place of the hash of validators' bucket list: a running hash of the digest
/// before and everything that the ledger wrote, in the order of the keys. Two ledgers that came to their
/// states in the same steps have the same digest. (The state alone does not give it: it is no bucket list.)
pub(crate) fn digest(before: &Hash, writes: &Writes) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(before.0);
    for (key, entry) in writes {
        hasher.update(to_xdr(key.as_ref()));
        match entry {
            None => hasher.update([0]),
            Some(entry) => {
                hasher.update([1]);
                hasher.update(&entry.xdr);
                if let Some(ttl) = entry.ttl {
                    hasher.update(ttl.live_until.to_be_bytes());
                    hasher.update(ttl.last_modified.to_be_bytes());
                }
            }
        }
    }
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_skip_list_moves_at_its_steps() {
        let mut header = first(1, 0, 100);
        let mut moved = |sequence: u32| {
            header.ledger_seq = sequence;
            header.bucket_list_hash = Hash([sequence as u8; 32]);
            let before = header.skip_list.clone();
            skip(&mut header);
            let pairs = header.skip_list.iter().zip(&before);
            pairs.filter(|(now, before)| now != before).count()
        };
        assert_eq!(moved(49), 0);
        assert_eq!(moved(50), 1);
        assert_eq!(moved(51), 0);
        assert_eq!(moved(5_000), 1);
        // The step of a level shows one step of the level below later.
        assert_eq!(moved(5_050), 2);
        assert_eq!(moved(55_050), 3);
        assert_eq!(moved(555_050), 4);
        assert_eq!(header.skip_list[0], Hash([555_050_u32 as u8; 32]));
        assert_eq!(header.skip_list[3], Hash([5_000_u32 as u8; 32]));
    }
}
