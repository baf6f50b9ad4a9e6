//! A restart.

use crate::support::{assert_same, open_with, restored, temporary, Kept, HISTORY, SETTINGS};
use ballast_ledger::Limits;
use ballast_sandbox::{
    persist::{Mark, StateFileError, Wanted},
    scenario::Scenario,
};
use std::{fs, sync::Arc};

#[test]
fn everything_is_there_and_the_ledger_goes_on_as_it_would_have() {
    let path = temporary("everything");
    let mut kept = Kept::new(&path);
    kept.go_on(20);
    let before = kept.ledger.clone();
    drop(kept);
    let mut again = Kept::open(&path);
    assert_same(&before, &again.ledger);
    // The same transactions give the same hashes, with and without a restart between.
    let other = temporary("everything-other");
    let mut without = Kept::new(&other);
    without.go_on(20);
    for kept in [&mut again, &mut without] {
        kept.go_on(10);
    }
    assert_same(&again.ledger, &without.ledger);
}

#[test]
fn a_restart_in_every_ledger() {
    let (path, other) = (temporary("every"), temporary("every-other"));
    drop(Kept::new(&path));
    let mut without = Kept::new(&other);
    for number in 0..12 {
        let mut kept = Kept::open(&path);
        for kept in [&mut kept, &mut without] {
            kept.close(vec![kept.payment(&format!("account {}", number % 3))]);
        }
        assert_same(&kept.ledger, &without.ledger);
    }
}

#[test]
fn a_jump_is_kept() {
    let path = temporary("jump");
    let mut kept = Kept::new(&path);
    kept.go_on(3);
    let target = kept.ledger.header().ledger_seq + 1_000;
    kept.ledger.jump(target, kept.next_time() + 5_000);
    let closed = kept.ledger.close(kept.next_time() + 5_000);
    assert_eq!(closed.sequence(), target);
    kept.store.closed(&closed).unwrap();
    let before = kept.ledger.clone();
    drop(kept);
    assert_same(&before, &Kept::open(&path).ledger);
}

#[test]
fn snapshots_and_the_clock_are_kept() {
    let path = temporary("snapshots");
    let mut kept = Kept::new(&path);
    let mark = |kept: &mut Kept, name: &str| {
        kept.store.mark(name).unwrap();
        let mark = Mark {
            ledger: Arc::new(kept.ledger.clone()),
            clock: kept.clock,
        };
        kept.marks.insert(name.into(), mark);
    };
    kept.go_on(2);
    mark(&mut kept, "early");
    kept.store.clock(3_600).unwrap();
    kept.clock = 3_600;
    kept.go_on(3);
    mark(&mut kept, "late");
    mark(&mut kept, "dropped");
    kept.go_on(3);
    kept.store.unmark("dropped").unwrap();
    kept.marks.remove("dropped");
    kept.store.revert("early").unwrap();
    (kept.ledger, kept.clock) = ((*kept.marks["early"].ledger).clone(), 0);
    kept.close(vec![kept.payment("another way")]);

    let Kept {
        mut ledger,
        marks,
        store,
        ..
    } = kept;
    drop(store);
    // As it is in the log, and as it is after the file was written anew.
    for compacted in [false, true] {
        let restored = restored(&path).unwrap();
        assert_same(&ledger, &restored.ledger);
        assert_eq!(restored.clock, 0);
        let names: Vec<_> = restored.marks.keys().map(String::as_str).collect();
        assert_eq!(names, ["early", "late"]);
        for (name, mark) in &restored.marks {
            assert_same(&marks[name].ledger, &mark.ledger);
            assert_eq!(mark.clock, if name == "late" { 3_600 } else { 0 });
        }
        if compacted {
            break;
        }
        let mut again = Kept::from(restored);
        again.store = again.store.with_log_limit(0);
        let mut before = 0;
        while again.store.bytes() > before {
            before = again.store.bytes();
            let time = again.next_time();
            again.close(Vec::new());
            ledger.close(time);
        }
    }
}

#[test]
fn the_file_does_not_grow_for_ever() {
    let path = temporary("bounded");
    let mut kept = Kept::new(&path);
    kept.store = kept.store.with_log_limit(20_000);
    let mut longest = 0;
    for _ in 0..20 {
        kept.go_on(30);
        longest = longest.max(kept.store.bytes());
        assert_eq!(kept.store.bytes(), fs::metadata(&path).unwrap().len());
    }
    // 600 ledgers closed, 50 are kept; the log is at most as long as they are, or its limit.
    kept.store = kept.store.with_log_limit(0);
    let mut image = kept.store.bytes();
    loop {
        kept.go_on(1);
        if kept.store.bytes() < image {
            break;
        }
        image = kept.store.bytes();
    }
    let image = kept.store.bytes();
    assert!(longest < 3 * image, "{longest} {image}");
    let before = kept.ledger.clone();
    drop(kept);
    assert_same(&before, &Kept::open(&path).ledger);
}

#[test]
fn another_window_counts_from_the_start_on() {
    let path = temporary("window");
    let mut kept = Kept::new(&path);
    kept.go_on(20);
    let last = kept.ledger.header().ledger_seq;
    drop(kept);
    let smaller = open_with(&path, 5, &Wanted::default()).unwrap();
    assert_eq!(smaller.ledger.history().from(0).count(), 5);
    assert_eq!(smaller.ledger.history().latest().unwrap().sequence(), last);
    drop(smaller);
    let larger = open_with(&path, 1_000, &Wanted::default()).unwrap();
    assert_eq!(larger.ledger.history().window(), 1_000);
}

#[test]
fn other_settings_are_refused() {
    let path = temporary("settings");
    drop(Kept::new(&path));
    let before = fs::read(&path).unwrap();
    let none = Wanted::default();
    for (wanted, words) in [
        (
            Wanted {
                scenario: Some(Scenario::Default),
                ..none
            },
            "--scenario bare, not default",
        ),
        (
            Wanted {
                limits: Some(Limits::Unlimited),
                ..none
            },
            "--limits testnet, not unlimited",
        ),
        (
            Wanted {
                seed: Some(8),
                ..none
            },
            "--seed 7, not 8",
        ),
    ] {
        match open_with(&path, HISTORY, &wanted).map(drop) {
            Err(error @ StateFileError::Settings { .. }) => {
                assert!(error.to_string().contains(words), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
    let same = Wanted {
        scenario: Some(SETTINGS.scenario),
        limits: Some(SETTINGS.limits),
        seed: Some(SETTINGS.seed),
    };
    assert!(open_with(&path, HISTORY, &same).is_ok());
    assert_eq!(fs::read(&path).unwrap(), before);
}
