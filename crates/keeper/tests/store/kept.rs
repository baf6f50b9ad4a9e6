//! What is let go of, and how risk over time is thinned.

use crate::support::{contract, decision, point, transaction, Place};
use ballast_keeper::store::{HistoryFilter, Keep, NewAlert, TransactionStatus};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn prune_keeps_a_point_an_hour_after_a_day_and_it_is_the_highest() {
    let place = Place::new();
    let store = place.open().await;
    // Three days of a point every five minutes; the seventh of every hour is the riskiest.
    let end = 3 * DAY;
    for step in 0..end / 300 {
        let risk = if step % 12 == 7 { 0_9900000 } else { 0_5000000 };
        store
            .add_risk_point(&point(step as u32, step * 300, risk))
            .await
            .unwrap();
    }
    let gone = store.prune(end, &Keep::default()).await.unwrap();
    assert_eq!(gone.risk_points, 2 * 24 * 11);
    let points = store.risk_points(&contract(3), 0, u32::MAX).await.unwrap();
    assert_eq!(points.len(), 2 * 24 + 24 * 12);
    let old = points.iter().filter(|point| point.closed_at < 2 * DAY);
    assert!(old
        .clone()
        .all(|point| point.highest_vault_risk_e7 == 0_9900000));
    assert_eq!(old.count(), 48);
    // Again, and with an hour more.
    assert_eq!(
        store
            .prune(end, &Keep::default())
            .await
            .unwrap()
            .risk_points,
        0
    );
    assert_eq!(
        store
            .prune(end + HOUR, &Keep::default())
            .await
            .unwrap()
            .risk_points,
        11
    );
    let nothing = Keep {
        risk_points: 0,
        ..Keep::default()
    };
    store.prune(end, &nothing).await.unwrap();
    assert!(store
        .risk_points(&contract(3), 0, 10)
        .await
        .unwrap()
        .is_empty());
}

#[tokio::test]
async fn risk_points_are_at_most_so_many_and_end_with_the_latest() {
    let place = Place::new();
    let store = place.open().await;
    for ledger in 0..1000u32 {
        store
            .add_risk_point(&point(ledger, u64::from(ledger) * 5, 0_5000000))
            .await
            .unwrap();
    }
    for most in [1, 2, 7, 300, 500, 999, 1000, 5000] {
        let points = store.risk_points(&contract(3), 0, most).await.unwrap();
        assert!(
            points.len() <= most as usize && !points.is_empty(),
            "{most}: {}",
            points.len()
        );
        assert_eq!(points.last().unwrap().ledger, 999);
        assert!(points
            .windows(2)
            .all(|pair| pair[0].ledger < pair[1].ledger));
    }
    let since = store.risk_points(&contract(3), 4990, 100).await.unwrap();
    assert_eq!(
        since.iter().map(|point| point.ledger).collect::<Vec<_>>(),
        [998, 999]
    );
    assert!(store
        .risk_points(&contract(4), 0, 100)
        .await
        .unwrap()
        .is_empty());
}

#[tokio::test]
async fn prune_drops_old_decisions_with_their_transactions_but_nothing_unfinished() {
    let place = Place::new();
    let store = place.open().await;
    let old = store.add_decision(&decision(100, 1000)).await.unwrap();
    let waiting = store.add_decision(&decision(101, 1005)).await.unwrap();
    store
        .add_transaction(&transaction(1, Some(old)))
        .await
        .unwrap();
    store
        .add_transaction(&transaction(2, Some(waiting)))
        .await
        .unwrap();
    store.add_transaction(&transaction(3, None)).await.unwrap();
    for number in [1, 3] {
        store
            .set_transaction(
                [number; 32],
                TransactionStatus::Succeeded,
                Some(102),
                Some(1),
                "",
            )
            .await
            .unwrap();
    }
    let recent = store
        .add_decision(&decision(5000, 100 * DAY))
        .await
        .unwrap();
    let gone = store.prune(100 * DAY + 5, &Keep::default()).await.unwrap();
    assert_eq!((gone.decisions, gone.transactions), (1, 2));
    let filter = HistoryFilter {
        limit: 10,
        ..HistoryFilter::default()
    };
    let left = store.history(&filter).await.unwrap();
    let left: Vec<_> = left.iter().map(|row| row.decision.id).collect();
    assert_eq!(left, [recent, waiting]);
    assert_eq!(store.unfinished().await.unwrap().len(), 1);
    // Numbers are not given twice, even where all are old.
    store.prune(1000 * DAY, &Keep::default()).await.unwrap();
    assert!(store.add_decision(&decision(9, 1000 * DAY)).await.unwrap() > recent);
}

#[tokio::test]
async fn prune_drops_alerts_that_are_long_over() {
    let place = Place::new();
    let store = place.open().await;
    for kind in ["over", "not over", "last"] {
        let alert = NewAlert {
            kind: kind.into(),
            subject: String::new(),
            message: String::new(),
            ledger: 1,
            closed_at: 5,
        };
        store.add_alert(&alert).await.unwrap();
    }
    store.clear_alert("over", "", 2, 10).await.unwrap();
    assert_eq!(
        store
            .prune(100 * DAY, &Keep::default())
            .await
            .unwrap()
            .alerts,
        1
    );
    assert_eq!(store.active_alerts().await.unwrap().len(), 2);
}
