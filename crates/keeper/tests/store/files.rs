//! What is done with a file that is there already.

use crate::support::{contract, identity, Place};
use ballast_keeper::store::{Cursor, Identity, Store, StoreError};
use sqlx::{sqlite::SqliteConnectOptions, ConnectOptions, Connection};
use std::fs;

const CURSOR: u32 = 4711;

/// A database with something in it, closed.
async fn written(place: &Place) {
    let store = place.open().await;
    let cursor = Cursor {
        cursor: Some("17-1".into()),
        ledger: CURSOR,
    };
    store.set_cursor(&cursor).await.unwrap();
    store.close().await;
}

/// Changes the file behind the store's back.
async fn sql(place: &Place, statement: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(place.file())
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_file_is_begun_once_and_continued_afterwards() {
    let place = Place::new();
    let first = place.opened().await;
    assert!(first.created && first.recovered.is_none());
    drop(first);
    written(&place).await;
    let again = place.opened().await;
    assert!(!again.created);
    let cursor = again.store.cursor().await.unwrap().unwrap();
    assert_eq!(
        (cursor.ledger, cursor.cursor.as_deref()),
        (CURSOR, Some("17-1"))
    );
}

#[tokio::test]
async fn open_fails_while_another_keeper_runs_on_the_file() {
    let place = Place::new();
    let store = place.open().await;
    let error = Store::open(&place.file(), &identity()).await.unwrap_err();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    assert!(error.to_string().contains("another keeper runs"), "{error}");
    store.close().await;
    drop(store);
    place.open().await;
}

#[tokio::test]
async fn open_fails_when_the_file_is_of_another_network_or_factory_and_does_not_touch_it() {
    let place = Place::new();
    written(&place).await;
    let before = fs::read(place.file()).unwrap();
    let network = Identity {
        passphrase: "Test SDF Network ; September 2015".into(),
        ..identity()
    };
    let factory = Identity {
        factory: contract(99),
        ..identity()
    };
    for (other, words) in [
        (network, "of network Standalone"),
        (factory, "of factory C"),
    ] {
        let error = Store::open(&place.file(), &other).await.unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(fs::read(place.file()).unwrap(), before);
    assert_eq!(
        place.open().await.cursor().await.unwrap().unwrap().ledger,
        CURSOR
    );
}

#[tokio::test]
async fn open_fails_when_the_schema_is_newer_and_does_not_touch_it() {
    let place = Place::new();
    written(&place).await;
    sql(
        &place,
        "UPDATE about SET value = '999' WHERE name = 'schema'",
    )
    .await;
    let before = fs::read(place.file()).unwrap();
    let error = Store::open(&place.file(), &identity()).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found: 999, .. }),
        "{error}"
    );
    assert_eq!(fs::read(place.file()).unwrap(), before);
    let error = Store::open_read_only(&place.file()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error}");
}

#[tokio::test]
async fn open_fails_when_the_database_is_of_another_program() {
    let place = Place::new();
    sql(&place, "CREATE TABLE songs (name TEXT)").await;
    let before = fs::read(place.file()).unwrap();
    let error = Store::open(&place.file(), &identity()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotOurs(_)), "{error}");
    assert_eq!(fs::read(place.file()).unwrap(), before);
}

#[tokio::test]
async fn open_fails_when_there_is_no_such_directory() {
    let place = Place::new();
    let path = place.directory().join("none").join("keeper.db");
    let error = Store::open(&path, &identity()).await.unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
}

#[tokio::test]
async fn open_puts_a_file_of_garbage_aside_and_begins_a_new_one() {
    let place = Place::new();
    fs::write(
        place.file(),
        "no database at all, and long enough to be looked at",
    )
    .unwrap();
    let opened = place.opened().await;
    let aside = opened.recovered.unwrap();
    assert!(opened.created);
    assert_eq!(
        fs::read_to_string(&aside.file).unwrap(),
        "no database at all, and long enough to be looked at"
    );
    assert!(aside.to_string().contains("keeper.db.damaged-"), "{aside}");
    opened.store.set_cursor(&Cursor::default()).await.unwrap();
}

#[tokio::test]
async fn open_puts_a_damaged_file_aside_with_its_log_and_begins_a_new_one() {
    let place = Place::new();
    written(&place).await;
    let mut bytes = fs::read(place.file()).unwrap();
    // Everything behind the first page.
    bytes[4096..].fill(0xa5);
    fs::write(place.file(), &bytes).unwrap();
    fs::write(place.directory().join("keeper.db-wal"), "left behind").unwrap();
    let opened = place.opened().await;
    let aside = opened.recovered.unwrap();
    assert_eq!(fs::read(&aside.file).unwrap(), bytes);
    let log = format!("{}-wal", aside.file.display());
    assert_eq!(fs::read_to_string(log).unwrap(), "left behind");
    assert_eq!(opened.store.cursor().await.unwrap(), None);
    drop(opened.store);
    assert!(place.opened().await.recovered.is_none());
}

#[tokio::test]
async fn open_puts_a_file_that_was_cut_short_aside() {
    let place = Place::new();
    written(&place).await;
    let bytes = fs::read(place.file()).unwrap();
    fs::write(place.file(), &bytes[..bytes.len() / 2]).unwrap();
    assert!(place.opened().await.recovered.is_some());
}

#[tokio::test]
async fn open_read_only_shows_a_running_keepers_database_and_writes_nothing() {
    let place = Place::new();
    let store = place.open().await;
    let cursor = Cursor {
        cursor: None,
        ledger: CURSOR,
    };
    store.set_cursor(&cursor).await.unwrap();
    let look = Store::open_read_only(&place.file()).await.unwrap();
    assert_eq!(look.cursor().await.unwrap(), Some(cursor.clone()));
    let error = look.set_cursor(&cursor).await.unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error}");
    store.close().await;
    drop((store, look));
    let look = Store::open_read_only(&place.file()).await.unwrap();
    assert_eq!(look.cursor().await.unwrap(), Some(cursor));
}

#[tokio::test]
async fn open_read_only_fails_when_there_is_no_database() {
    let place = Place::new();
    let error = Store::open_read_only(&place.file()).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
    assert_eq!(place.files(), [""; 0]);
}
