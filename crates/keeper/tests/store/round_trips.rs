//! What goes in comes out, whatever the numbers.

use crate::support::{contract, decision, point, state, Place};
use ballast_client::value::Address;
use ballast_keeper::{
    model::{Borrower, OpenAuction, Shares},
    store::{ActionRow, AuctionRow, Batch, Cursor, HistoryFilter, PoolRow, PositionRow, VaultRow},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::collections::BTreeMap;

/// Any, with the ends of the range much more often than chance has them.
fn amounts() -> impl Strategy<Value = i128> {
    prop_oneof![
        any::<i128>(),
        select(vec![
            i128::MIN,
            i128::MIN + 1,
            -1,
            0,
            1,
            i128::MAX - 1,
            i128::MAX
        ]),
        select(vec![i128::from(i64::MIN) - 1, i128::from(u64::MAX) + 1]),
    ]
}

fn run<T>(test: impl std::future::Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

fn by_asset() -> impl Strategy<Value = BTreeMap<Address, i128>> {
    proptest::collection::btree_map((0u8..8).prop_map(contract), amounts(), 0..4)
}

fn shares() -> impl Strategy<Value = Vec<Shares>> {
    let one = (any::<u32>(), amounts(), amounts()).prop_map(|(index, b_tokens, d_tokens)| Shares {
        index,
        b_tokens,
        d_tokens,
    });
    vec(one, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_was_seen_comes_back(
        shares in shares(),
        (lot, bid) in (by_asset(), by_asset()),
        scalar in amounts(),
        ledger in any::<u32>(),
        text in "[ -~]{0,40}",
    ) {
        run(async {
            let place = Place::new();
            let store = place.open().await;
            let batch = Batch {
                cursor: Some(Cursor { cursor: Some(text), ledger }),
                pools: vec![PoolRow { pool: contract(3), checked_ledger: ledger }],
                vaults: vec![VaultRow {
                    address: contract(9),
                    pool: contract(3),
                    owner: contract(2),
                    created_ledger: ledger,
                    state: state(scalar),
                    ledger,
                }],
                positions: vec![PositionRow {
                    pool: contract(3),
                    borrower: Borrower { address: contract(9), shares: shares.clone() },
                    ledger,
                }],
                auctions_open: vec![AuctionRow {
                    pool: contract(3),
                    user: contract(9),
                    auction: OpenAuction { start_ledger: ledger, lot, bid },
                }],
                auctions_closed: Vec::new(),
                vaults_gone: Vec::new(),
            };
            store.save(&batch).await.unwrap();
            // And once more: replaced, not doubled.
            store.save(&batch).await.unwrap();
            drop(store);
            let store = place.open().await;
            let pool = contract(3);
            assert_eq!(store.cursor().await.unwrap(), batch.cursor);
            assert_eq!(store.pools().await.unwrap(), batch.pools);
            assert_eq!(store.vaults().await.unwrap(), batch.vaults);
            assert_eq!(store.auctions(&pool).await.unwrap(), batch.auctions_open);
            let holds = shares.iter().any(|shares| shares.b_tokens != 0 || shares.d_tokens != 0);
            let positions = store.positions(&pool).await.unwrap();
            assert_eq!(positions, if holds { batch.positions } else { Vec::new() });
            assert!(store.positions(&contract(4)).await.unwrap().is_empty());

            let closing = Batch {
                positions: vec![PositionRow {
                    pool: pool.clone(),
                    borrower: Borrower { address: contract(9), shares: Vec::new() },
                    ledger,
                }],
                auctions_closed: vec![(pool.clone(), contract(9))],
                vaults_gone: vec![contract(9)],
                ..Batch::default()
            };
            store.save(&closing).await.unwrap();
            assert!(store.vaults().await.unwrap().is_empty());
            assert!(store.auctions(&pool).await.unwrap().is_empty());
            assert!(store.positions(&pool).await.unwrap().is_empty());
            assert_eq!(store.cursor().await.unwrap(), batch.cursor);
        });
    }

    #[test]
    fn decisions_and_risk_points_come_back(
        numbers in [amounts(), amounts(), amounts(), amounts(), amounts(), amounts()],
        prices in by_asset(),
        ledger in any::<u32>(),
        closed_at in 0u64..u64::MAX / 2,
        inputs in any::<String>(),
    ) {
        // A text ends where its zero is, in C.
        prop_assume!(!inputs.contains('\0'));
        run(async {
            let place = Place::new();
            let store = place.open().await;
            let [risk_e7, sell, repay, risk_after_e7, profit_value, loss_if_late] = numbers;
            let mut new = decision(ledger, closed_at);
            new.risk_e7 = risk_e7;
            new.inputs = inputs;
            new.action = new.action.map(|action| ActionRow {
                sell, repay, risk_after_e7, profit_value, loss_if_late, ..action
            });
            store.add_decision(&new).await.unwrap();
            let filter = HistoryFilter { limit: 1, ..HistoryFilter::default() };
            let rows = store.history(&filter).await.unwrap();
            assert_eq!(rows[0].decision.decision, new);

            let mut at = point(ledger, closed_at, risk_e7);
            at.prices = prices;
            store.add_risk_point(&at).await.unwrap();
            assert_eq!(store.risk_points(&at.pool, 0, 10).await.unwrap(), [at]);
        });
    }
}
