//! Sets and queues.

use crate::random::any_pool;
use crate::reference::{self, Entry};
use ballast_keeper::book::{
    mix::{contract, fallen, market, Mix},
    Book, Thresholds,
};
use ballast_keeper::model::{Borrower, Market, PriceRound, Shares};
use proptest::prelude::*;

fn book_of(entries: &[Entry]) -> Book {
    let mut book = Book::new();
    for (borrower, vault) in entries {
        book.set(borrower, vault.as_ref());
    }
    book
}

/// Entries that the book keeps: everybody but those who are no vaults and hold nothing.
fn kept(entries: &[Entry]) -> Vec<Entry> {
    let keeps = |entry: &&Entry| entry.1.is_some() || !entry.0.shares.is_empty();
    entries.iter().filter(keeps).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn at_risk_is_the_set_of_an_exact_valuation_of_every_vault((market, entries) in any_pool(40)) {
        let screened = book_of(&entries).at_risk(&market);
        prop_assert_eq!(screened, reference::at_risk(&market, &entries));
    }

    #[test]
    fn queue_is_that_of_an_exact_valuation_of_everybody(
        (market, entries) in any_pool(40),
        most in 0_usize..45,
    ) {
        let queue = book_of(&entries).queue(&market, most);
        prop_assert_eq!(queue, reference::queue(&market, &kept(&entries), most));
    }
}

#[test]
fn at_risk_is_exact_on_the_mix_before_and_after_falls() {
    let market = market();
    let entries: Vec<Entry> = Mix::new(&market, 20_000, 1)
        .map(|(borrower, vault)| (borrower, Some(vault)))
        .collect();
    let book = book_of(&entries);
    let mut before = 0;
    for (fall_e7, most) in [
        (0, 20),
        (0_0050000, 400),
        (0_0200000, 1_200),
        (0_3000000, 4_000),
    ] {
        let market = fallen(&market, fall_e7);
        let screened = book.at_risk(&market);
        let count = screened.at_risk.len();
        assert!(count >= before && count <= most, "{count} after {fall_e7}");
        assert_eq!(screened, reference::at_risk(&market, &entries));
        let queue = book.queue(&market, 100);
        assert_eq!(queue, reference::queue(&market, &entries, 100));
        before = count;
    }
    assert!(before > 2_000, "{before}");
}

/// Each unit of price at which a vault of amounts like these comes to its threshold.
#[test]
fn at_risk_changes_at_the_unit_of_price_at_which_the_core_says() {
    for (b_tokens, d_tokens) in [
        (100_000_0000000, 24_000_0000000),
        (3, 1),
        (1_234_567_8901234, 234_567_8901234),
        (987_654_321_0000000, 200_000_000_0000001),
    ] {
        let vault = Thresholds {
            soft_e7: 0_9600000,
            lowered_at_most_e7: 0,
            automation: true,
        };
        let held = |index, b_tokens, d_tokens| Shares {
            index,
            b_tokens,
            d_tokens,
        };
        let shares = vec![held(0, b_tokens, 0), held(1, 0, d_tokens)];
        let entry = (
            Borrower {
                address: contract(7),
                shares,
            },
            Some(vault),
        );
        let book = book_of(std::slice::from_ref(&entry));
        let at = |price: i128| {
            let mut market = market();
            market.reserves[0].feed.last = Some(PriceRound {
                price,
                timestamp: 0,
            });
            market
        };
        let exact = |market: &Market| !reference::at_risk(market, [&entry]).at_risk.is_empty();
        let (mut low, mut high) = (1, 1_000_000_000_000_000_000);
        assert!(exact(&at(low)) && !exact(&at(high)));
        while high - low > 1 {
            let middle = (low + high) / 2;
            *(if exact(&at(middle)) {
                &mut low
            } else {
                &mut high
            }) = middle;
        }
        for price in low - 3..high + 3 {
            let market = at(price);
            assert_eq!(
                !book.at_risk(&market).at_risk.is_empty(),
                exact(&market),
                "{price}"
            );
        }
    }
}

proptest! {
    /// A product that differs by one from the threshold's, in numbers that double precision cannot tell
    /// apart.
    #[test]
    fn at_risk_tells_apart_what_double_precision_cannot(
        length in 0_u32..90,
        threshold in 2_u32..=1_0000000,
        off in -1_i128..=1,
        down in 0_u32..=1,
    ) {
        let mut market = market();
        for reserve in &mut market.reserves[..2] {
            (reserve.b_rate_e12, reserve.d_rate_e12) = (1_000_000_000_000, 1_000_000_000_000);
            (reserve.collateral_factor_e7, reserve.liability_factor_e7) = (1_0000000, 1_0000000);
            reserve.asset_scalar = market.price_scalar;
            reserve.feed.last = Some(PriceRound { price: market.price_scalar, timestamp: 0 });
        }
        let times = (1_i128 << length) + 1;
        let collateral = 1_0000000 * times;
        let debt = i128::from(threshold - down) * times + off;
        let held = |index, b_tokens, d_tokens| Shares { index, b_tokens, d_tokens };
        let shares = vec![held(0, collateral, 0), held(1, 0, debt)];
        let vault = Thresholds { soft_e7: threshold, lowered_at_most_e7: 0, automation: true };
        let entry = (Borrower { address: contract(1), shares }, Some(vault));
        let found = book_of(std::slice::from_ref(&entry)).at_risk(&market);
        // The ratio is rounded up: a unit more than the whole number before is at the threshold.
        let at_risk = debt > i128::from(threshold - 1) * times;
        prop_assert_eq!(found.at_risk.len(), usize::from(at_risk));
        prop_assert_eq!(found, reference::at_risk(&market, [&entry]));
    }
}

#[test]
fn at_risk_values_positions_of_more_reserves_than_a_vault_can_have() {
    let mut market = market();
    let first = market.reserves[0].clone();
    market.reserves = (0..24)
        .map(|index| ballast_keeper::model::Reserve {
            index,
            ..first.clone()
        })
        .collect();
    let shares = (0..24).map(|index| Shares {
        index,
        b_tokens: 100_0000000,
        d_tokens: i128::from(index % 2) * 104_0000000,
    });
    let borrower = Borrower {
        address: contract(1),
        shares: shares.collect(),
    };
    let book = book_of(&[(borrower, None)]);
    let queue = book.queue(&market, 1);
    // 12 of 24 owe: 104 / 0.75 against 2 * 100 * 0.75, times the rates.
    let rates = first.d_rate_e12 as f64 / first.b_rate_e12 as f64;
    let risk = 104.0 / 0.75 / 150.0 * rates;
    assert!(
        (queue[0].risk_e7 as f64 / 1e7 - risk).abs() < 1e-6,
        "{queue:?}"
    );
}

#[test]
fn at_risk_fails_to_price_when_a_number_exceeds_128_bits() {
    let market = market();
    let held = |index, b_tokens, d_tokens| Shares {
        index,
        b_tokens,
        d_tokens,
    };
    let vault = Thresholds {
        soft_e7: 0_9600000,
        lowered_at_most_e7: 0,
        automation: true,
    };
    let shares = vec![held(0, i128::MAX, 0), held(1, 0, 1)];
    let entry = (
        Borrower {
            address: contract(1),
            shares,
        },
        Some(vault),
    );
    let screened = book_of(std::slice::from_ref(&entry)).at_risk(&market);
    assert_eq!(screened.unpriced, [contract(1)]);
    assert_eq!(screened, reference::at_risk(&market, [&entry]));
}
