//! A database that is locked, full, or damaged while the keeper runs on it.

use crate::support::{contract, decision, transaction, Place};
use ballast_keeper::{
    model::{Borrower, Shares},
    store::{Batch, Cursor, PositionRow, StoreError, TransactionStatus},
};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, SqliteConnection};
use std::time::{Duration, Instant};

/// Another program with the file open.
async fn other(place: &Place) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(place.file());
    options.connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, statement: &'static str) {
    sqlx::raw_sql(statement).execute(connection).await.unwrap();
}

fn cursor(ledger: u32) -> Cursor {
    Cursor {
        cursor: None,
        ledger,
    }
}

/// Positions of a whole pool, about 100 bytes each.
fn many(ledger: u32, count: u32) -> Batch {
    let position = |number: u32| {
        let mut hash = [1; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let address = stellar_xdr::curr::ScAddress::Contract(stellar_xdr::curr::ContractId(
            stellar_xdr::curr::Hash(hash),
        ));
        PositionRow {
            pool: contract(3),
            borrower: Borrower {
                address,
                shares: vec![Shares {
                    index: 0,
                    b_tokens: i128::from(number) + 1,
                    d_tokens: 0,
                }],
            },
            ledger,
        }
    };
    Batch {
        cursor: Some(cursor(ledger)),
        positions: (0..count).map(position).collect(),
        ..Batch::default()
    }
}

#[tokio::test]
async fn a_write_waits_for_a_lock_that_ends() {
    let place = Place::new();
    let store = place.open().await;
    let mut other = other(&place).await;
    run(&mut other, "BEGIN IMMEDIATE").await;
    let writing = {
        let store = store.clone();
        tokio::spawn(async move { store.set_cursor(&cursor(7)).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!writing.is_finished());
    // Reading does not wait.
    assert_eq!(store.cursor().await.unwrap(), None);
    run(&mut other, "COMMIT").await;
    writing.await.unwrap().unwrap();
    assert_eq!(store.cursor().await.unwrap(), Some(cursor(7)));
}

#[tokio::test]
async fn a_write_fails_when_a_lock_does_not_end_and_succeeds_once_it_has() {
    let place = Place::new();
    let store = place.small(None).await;
    let mut other = other(&place).await;
    run(&mut other, "BEGIN EXCLUSIVE").await;
    let begun = Instant::now();
    let error = store.save(&many(8, 10)).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked), "{error}");
    assert!(error.is_transient());
    assert!(begun.elapsed() >= Duration::from_millis(200));
    // Several that wait at once all end.
    let writes = (0..4).map(|ledger| {
        let store = store.clone();
        tokio::spawn(async move { store.set_cursor(&cursor(ledger)).await })
    });
    for write in writes.collect::<Vec<_>>() {
        let error = write.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Locked), "{error}");
    }
    // They have not waited one after the other.
    assert!(
        begun.elapsed() < Duration::from_millis(600),
        "{:?}",
        begun.elapsed()
    );
    let error = store.check().await.unwrap_err();
    assert!(matches!(error, StoreError::Locked), "{error}");
    run(&mut other, "COMMIT").await;
    assert!(store.positions(&contract(3)).await.unwrap().is_empty());
    // A check asks, and after it the others do again.
    store.check().await.unwrap();
    store.save(&many(9, 10)).await.unwrap();
    assert_eq!(store.positions(&contract(3)).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_full_database_refuses_a_whole_batch_and_works_on_once_there_is_room() {
    let place = Place::new();
    let store = place.small(Some(400_000)).await;
    store.save(&many(1, 100)).await.unwrap();
    let error = store.save(&many(2, 50_000)).await.unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error}");
    assert!(error.is_transient());
    // Nothing of it: neither positions nor cursor.
    assert_eq!(store.cursor().await.unwrap(), Some(cursor(1)));
    let positions = store.positions(&contract(3)).await.unwrap();
    assert_eq!(positions.len(), 100);
    assert!(positions.iter().all(|row| row.ledger == 1));
    // What fits is still written, by the same connection.
    store.set_cursor(&cursor(3)).await.unwrap();
    store.close().await;
    drop(store);
    let store = place.open().await;
    store.save(&many(4, 50_000)).await.unwrap();
    assert_eq!(store.positions(&contract(3)).await.unwrap().len(), 50_000);
}

#[tokio::test]
async fn a_full_database_refuses_a_transaction_record_and_keeps_those_it_has() {
    let place = Place::new();
    let store = place.small(Some(300_000)).await;
    store.add_transaction(&transaction(1, None)).await.unwrap();
    let mut number = 0;
    let error = loop {
        if let Err(error) = store.add_decision(&decision(number, 5)).await {
            break error;
        }
        number += 1;
    };
    assert!(matches!(error, StoreError::Full), "{error}");
    assert!(number > 10);
    let mut large = transaction(2, None);
    large.envelope_xdr = "A".repeat(100_000);
    let error = store.add_transaction(&large).await.unwrap_err();
    assert!(matches!(error, StoreError::Full), "{error}");
    store
        .set_transaction([1; 32], TransactionStatus::Sent, None, None, "")
        .await
        .unwrap();
    let left = store.unfinished().await.unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].status, TransactionStatus::Sent);
}

#[tokio::test]
async fn a_file_that_is_damaged_while_it_is_used_is_a_clear_error() {
    let place = Place::new();
    {
        let store = place.open().await;
        store.save(&many(1, 2_000)).await.unwrap();
        store.close().await;
    }
    let store = place.open().await;
    let mut bytes = std::fs::read(place.file()).unwrap();
    bytes[4096..].fill(0x5a);
    std::fs::write(place.file(), &bytes).unwrap();
    let error = store.positions(&contract(3)).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
    assert!(!error.is_transient());
    drop(store);
    assert!(place.opened().await.recovered.is_some());
}
