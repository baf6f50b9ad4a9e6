//! Torn and damaged files.

use crate::support::{assert_same, restored, temporary, write, Kept};
use ballast_sandbox::persist::StateFileError;
use std::fs;

#[test]
fn a_last_ledger_torn_at_any_byte_is_dropped() {
    let path = temporary("torn");
    let mut kept = Kept::new(&path);
    kept.go_on(4);
    let (before, ledger) = (fs::read(&path).unwrap(), kept.ledger.clone());
    let payment = kept.payment("the last one");
    kept.close(vec![payment.clone()]);
    let after = kept.ledger.clone();
    drop(kept);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > before.len() + 500);
    for kept in before.len()..whole.len() {
        write(&path, &whole[..kept]);
        let restored = restored(&path).unwrap();
        assert_eq!(restored.found.torn_bytes, (kept - before.len()) as u64);
        assert_eq!(restored.ledger.hash(), ledger.hash());
        drop(restored);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    // What was lost was seen by nobody; sent again it gives the same ledger.
    let mut kept = Kept::open(&path);
    assert_same(&kept.ledger, &ledger);
    kept.close(vec![payment]);
    assert_same(&kept.ledger, &after);
    drop(kept);
    assert_eq!(fs::read(&path).unwrap(), whole);
}

#[test]
fn a_flipped_bit_anywhere_is_refused_and_the_file_untouched() {
    let path = temporary("flipped");
    let mut kept = Kept::new(&path);
    kept.go_on(4);
    drop(kept);
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    for place in (0..whole.len()).step_by(whole.len() / 500 + 1) {
        bytes[place] ^= 1 << (place % 8);
        write(&path, &bytes);
        let refused = restored(&path).map(|restored| restored.ledger.header().ledger_seq);
        assert!(
            matches!(
                refused,
                Err(StateFileError::Corrupt { .. }
                    | StateFileError::Foreign(_)
                    | StateFileError::Format { .. })
            ),
            "byte {place}: {refused:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes);
        bytes[place] = whole[place];
    }
    write(&path, &whole);
    assert!(restored(&path).is_ok());
}

#[test]
fn a_missing_ledger_is_refused() {
    let path = temporary("missing");
    let mut kept = Kept::new(&path);
    kept.go_on(2);
    let cut = fs::read(&path).unwrap().len();
    kept.go_on(1);
    let resume = fs::read(&path).unwrap().len();
    kept.go_on(2);
    drop(kept);
    let mut bytes = fs::read(&path).unwrap();
    bytes.drain(cut..resume);
    write(&path, &bytes);
    let error = restored(&path).map(drop).unwrap_err().to_string();
    assert!(error.contains(&format!("damaged at byte {cut}")), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
