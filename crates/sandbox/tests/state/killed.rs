//! Processes that are killed while they write.

use crate::support::{restored, temporary, Kept};
use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use stellar_xdr::curr::TransactionResultResult;

const FILE: &str = "BALLAST_TEST_STATE_FILE";
/// Ledgers that a child closes if it is not killed.
const LEDGERS: u32 = 100_000;

/// Not a test: what the child does.
#[test]
fn child() {
    let Ok(path) = std::env::var(FILE) else {
        return;
    };
    let path = Path::new(&path);
    let mut kept = match path.exists() {
        true => Kept::open(path),
        false => Kept::new(path),
    };
    // Often enough that some are killed while they compact.
    kept.store = kept.store.with_log_limit(30_000);
    let mut out = std::io::stdout().lock();
    for number in 0..LEDGERS {
        let payment = kept.payment(&format!("account {}", number % 7));
        let closed = kept.close(vec![payment]);
        // Only now a client may see it.
        let hash = u128::from_be_bytes(closed.transactions[0].hash[..16].try_into().unwrap());
        writeln!(out, "closed {} {hash:x}", closed.sequence()).unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn what_was_seen_survives_kill_9_at_any_moment() {
    let path = temporary("killed");
    let mut seen: Vec<(u32, u128)> = Vec::new();
    let mut lines_before_death = 0;
    for round in 0..40_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "killed::child",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut take = |line: String| {
            let mut words = line
                .split(' ')
                .skip_while(|word| !word.ends_with("closed"))
                .skip(1);
            let (Some(sequence), Some(hash)) = (words.next(), words.next()) else {
                return false;
            };
            let hash = u128::from_str_radix(hash, 16).unwrap();
            seen.push((sequence.parse().unwrap(), hash));
            true
        };
        // Let it close some, then strike at an arbitrary point of a ledger.
        let mut wanted = 1 + round % 7;
        while wanted > 0 {
            let line = lines.next().expect("the child lives").unwrap();
            wanted -= u64::from(take(line));
        }
        std::thread::sleep(Duration::from_micros(round * 137 % 3_000));
        child.kill().unwrap();
        child.wait().unwrap();
        lines.map_while(Result::ok).for_each(|line| {
            lines_before_death += u32::from(take(line));
        });

        let restored = restored(&path).unwrap();
        let history = restored.ledger.history();
        let oldest = history.oldest().unwrap().sequence();
        let (last, _) = *seen.last().unwrap();
        // At most the one that it was working on is there besides.
        let have = restored.ledger.header().ledger_seq;
        assert!(have == last || have == last + 1, "{have} {last}");
        for (sequence, hash) in seen.iter().filter(|(sequence, _)| *sequence >= oldest) {
            let closed = history.ledger(*sequence).unwrap();
            let transaction = &closed.transactions[0];
            assert_eq!(transaction.hash[..16], hash.to_be_bytes());
            assert!(matches!(
                transaction.result.result,
                TransactionResultResult::TxSuccess(_)
            ));
        }
        let ledgers: Vec<_> = history.from(0).collect();
        for pair in ledgers.windows(2) {
            let before = &pair[1].header.header.previous_ledger_hash;
            assert_eq!(pair[0].header.hash, *before);
        }
    }
    assert!(seen.len() > 100, "{}", seen.len());
    println!(
        "{} ledgers seen, {lines_before_death} of them after the blow was on its way",
        seen.len()
    );
}
