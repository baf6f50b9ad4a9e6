//! Decisions, transactions and alerts, from their beginning to their end.

use crate::support::{contract, decision, transaction, Place};
use ballast_keeper::store::{HistoryFilter, NewAlert, NewDecision, TransactionStatus};

fn page(limit: u32) -> HistoryFilter {
    HistoryFilter {
        limit,
        ..HistoryFilter::default()
    }
}

#[tokio::test]
async fn history_shows_decisions_with_their_outcomes_and_transactions() {
    let place = Place::new();
    let store = place.open().await;
    let first = store.add_decision(&decision(10, 1000)).await.unwrap();
    let hold = NewDecision {
        verdict: "unprofitable".into(),
        action: None,
        vault: contract(10),
        ..decision(11, 1005)
    };
    let second = store.add_decision(&hold).await.unwrap();
    assert!(second > first);
    store
        .add_transaction(&transaction(1, Some(first)))
        .await
        .unwrap();
    store
        .set_transaction(
            [1; 32],
            TransactionStatus::Failed,
            Some(12),
            Some(900),
            "SlippageTooHigh",
        )
        .await
        .unwrap();
    store
        .add_transaction(&transaction(2, Some(first)))
        .await
        .unwrap();
    store
        .finish_decision(first, "done", "repaid 4")
        .await
        .unwrap();

    let rows = store.history(&page(10)).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].decision.decision, hold);
    assert!(rows[0].transactions.is_empty() && rows[0].decision.outcome.is_none());
    assert_eq!(rows[1].decision.decision, decision(10, 1000));
    assert_eq!(rows[1].decision.outcome.as_deref(), Some("done"));
    assert_eq!(rows[1].decision.detail.as_deref(), Some("repaid 4"));
    let states: Vec<_> = rows[1]
        .transactions
        .iter()
        .map(|row| (row.hash[0], row.status, row.ledger, row.fee_charged))
        .collect();
    assert_eq!(
        states,
        [
            (1, TransactionStatus::Failed, Some(12), Some(900)),
            (2, TransactionStatus::Signed, None, None)
        ]
    );

    let of_vault = HistoryFilter {
        vault: Some(contract(10)),
        ..page(10)
    };
    assert_eq!(store.history(&of_vault).await.unwrap().len(), 1);
    let sent = HistoryFilter {
        sent_only: true,
        ..page(10)
    };
    let sent = store.history(&sent).await.unwrap();
    assert_eq!(
        sent.iter().map(|row| row.decision.id).collect::<Vec<_>>(),
        [first]
    );
}

#[tokio::test]
async fn history_goes_on_where_the_page_before_ended() {
    let place = Place::new();
    let store = place.open().await;
    for ledger in 0..7 {
        store
            .add_decision(&decision(ledger, u64::from(ledger) * 5))
            .await
            .unwrap();
    }
    let mut seen = Vec::new();
    let mut filter = page(3);
    loop {
        let rows = store.history(&filter).await.unwrap();
        let Some(last) = rows.last() else { break };
        filter.before_id = Some(last.decision.id);
        seen.extend(rows.iter().map(|row| row.decision.decision.ledger));
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
}

#[tokio::test]
async fn unfinished_lists_what_was_signed_or_sent_and_survives_a_restart() {
    let place = Place::new();
    let store = place.open().await;
    for number in 1..=6 {
        store
            .add_transaction(&transaction(number, None))
            .await
            .unwrap();
    }
    let ends = [
        (2, TransactionStatus::Sent),
        (3, TransactionStatus::Succeeded),
        (4, TransactionStatus::Failed),
        (5, TransactionStatus::Expired),
        (6, TransactionStatus::Refused),
    ];
    for (number, status) in ends {
        store
            .set_transaction([number; 32], status, None, None, "")
            .await
            .unwrap();
    }
    drop(store);
    let rows = place.open().await.unfinished().await.unwrap();
    let left: Vec<_> = rows.iter().map(|row| (row.hash[0], row.status)).collect();
    assert_eq!(
        left,
        [(1, TransactionStatus::Signed), (2, TransactionStatus::Sent)]
    );
    assert_eq!(rows[0].envelope_xdr, "AAAA");
    assert_eq!((rows[0].sequence, rows[0].last_ledger), (1, 101));
}

#[tokio::test]
async fn set_transaction_does_not_undo_an_end() {
    let place = Place::new();
    let store = place.open().await;
    store.add_transaction(&transaction(1, None)).await.unwrap();
    let end = TransactionStatus::Succeeded;
    store
        .set_transaction([1; 32], end, Some(5), Some(7), "")
        .await
        .unwrap();
    store
        .set_transaction([1; 32], TransactionStatus::Sent, None, None, "late")
        .await
        .unwrap();
    let row = store.transaction([1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (row.status, row.ledger, row.fee_charged),
        (end, Some(5), Some(7))
    );
    assert!(store.transaction([2; 32]).await.unwrap().is_none());
}

#[tokio::test]
async fn add_transaction_fails_when_its_number_is_taken_by_an_unfinished_one() {
    let place = Place::new();
    let store = place.open().await;
    store.add_transaction(&transaction(1, None)).await.unwrap();
    let mut other = transaction(2, None);
    other.sequence = 1;
    store.add_transaction(&other).await.unwrap_err();
    store
        .set_transaction([1; 32], TransactionStatus::Expired, None, None, "")
        .await
        .unwrap();
    store.add_transaction(&other).await.unwrap();
}

#[tokio::test]
async fn interrupt_decisions_ends_those_of_which_nothing_is_on_its_way() {
    let place = Place::new();
    let store = place.open().await;
    let done = store.add_decision(&decision(1, 5)).await.unwrap();
    let sent = store.add_decision(&decision(2, 10)).await.unwrap();
    let open = store.add_decision(&decision(3, 15)).await.unwrap();
    store.finish_decision(done, "done", "").await.unwrap();
    store
        .add_transaction(&transaction(1, Some(sent)))
        .await
        .unwrap();
    assert_eq!(
        store
            .interrupt_decisions("the keeper was stopped")
            .await
            .unwrap(),
        1
    );
    let rows = store.history(&page(3)).await.unwrap();
    let outcomes: Vec<_> = rows
        .iter()
        .map(|row| (row.decision.id, row.decision.outcome.as_deref()))
        .collect();
    assert_eq!(
        outcomes,
        [
            (open, Some("interrupted")),
            (sent, None),
            (done, Some("done"))
        ]
    );
}

#[tokio::test]
async fn an_alert_is_one_until_it_is_cleared() {
    let place = Place::new();
    let store = place.open().await;
    let alert = |message: &str, ledger| NewAlert {
        kind: "lumens".into(),
        subject: "GABC".into(),
        message: message.into(),
        ledger,
        closed_at: u64::from(ledger) * 5,
    };
    store.add_alert(&alert("49 left", 10)).await.unwrap();
    store.add_alert(&alert("48 left", 11)).await.unwrap();
    let active = store.active_alerts().await.unwrap();
    assert_eq!(active.len(), 1);
    assert_eq!(
        (active[0].message.as_str(), active[0].raised_ledger),
        ("48 left", 10)
    );
    assert!(store.clear_alert("lumens", "GABC", 12, 60).await.unwrap());
    assert!(!store.clear_alert("lumens", "GABC", 13, 65).await.unwrap());
    store.add_alert(&alert("10 left", 20)).await.unwrap();
    let all = store.alerts(10).await.unwrap();
    let told: Vec<_> = all
        .iter()
        .map(|row| (row.message.as_str(), row.cleared))
        .collect();
    assert_eq!(told, [("10 left", None), ("48 left", Some((12, 60)))]);
}
