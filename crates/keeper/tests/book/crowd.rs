//! The crowd.

use ballast_keeper::book::{
    mix::{contract, market},
    Book, Thresholds,
};
use ballast_keeper::model::{Borrower, Market, Shares};

const ONE: i128 = 1_0000000;
const USD: i128 = 100_000_000_000_000;

/// Rates at par.
fn par() -> Market {
    let mut market = market();
    for reserve in &mut market.reserves {
        (reserve.b_rate_e12, reserve.d_rate_e12) = (1_000_000_000_000, 1_000_000_000_000);
    }
    market
}

/// 100,000 XLM at 0.36, and USDC owed.
fn borrower(number: u64, owed: i128) -> Borrower {
    let held = |index, b_tokens, d_tokens| Shares {
        index,
        b_tokens,
        d_tokens,
    };
    Borrower {
        address: contract(number),
        shares: vec![held(0, 100_000 * ONE, 0), held(1, 0, owed * ONE)],
    }
}

fn assert_near(value: i128, usd: f64) {
    let found = value as f64 / USD as f64;
    assert!(
        (found - usd).abs() < 1e-6 * usd.max(1.0),
        "{found} against {usd}"
    );
}

#[test]
fn crowd_is_the_least_sale_that_brings_each_back_under_its_threshold() {
    let market = par();
    let xlm = &market.reserves[0].asset;
    let vault = Thresholds {
        soft_e7: 0_9600000,
        lowered_at_most_e7: 0_0100000,
        automation: true,
    };
    let off = Thresholds {
        automation: false,
        ..vault
    };
    // At 0.324 the collateral counts for 24,300. 23,000 / 0.95 is less than that and more than 95% of it.
    let of = |vault: Option<&Thresholds>| {
        let mut book = Book::new();
        book.set(&borrower(1, 23_000), vault);
        book.crowd(&market, 0_1000000).0[xlm]
    };
    let over = 23_000.0 / 0.95 - 0.95 * 24_300.0;
    assert_near(of(Some(&vault)), over / (1.0 / 0.95 - 0.95 * 0.75));
    // Nobody sells before the pool does.
    assert_eq!(of(Some(&off)), 0);
    assert_eq!(of(None), 0);

    let mut book = Book::new();
    book.set(&borrower(1, 23_000), Some(&vault));
    book.set(&borrower(2, 24_000), None);
    book.set(&borrower(3, 34_000), None);
    let all = book.crowd(&market, 0_1000000).0[xlm];
    let liquidated = |owed: f64| (owed / 0.95 - 24_300.0) / (1.0 / 0.95 - 0.75);
    // The third one's sale exceeds what is held at 0.324: 32,400.
    assert!(liquidated(34_000.0) > 32_400.0);
    let vaults = over / (1.0 / 0.95 - 0.95 * 0.75);
    assert_near(all, vaults + liquidated(24_000.0) + 32_400.0);
}

#[test]
fn crowd_grows_with_the_fall_and_leaves_out_what_has_no_price() {
    let mut market = par();
    let xlm = market.reserves[0].asset.clone();
    let mut book = Book::new();
    for number in 0..50 {
        book.set(&borrower(number, 15_000 + 200 * i128::from(number)), None);
    }
    let sales: Vec<i128> = (0..10)
        .map(|tenths| book.crowd(&market, tenths * 0_1000000).0[&xlm])
        .collect();
    assert_eq!(sales[0], 0);
    assert!(
        sales[1] > 0 && sales[2] > sales[1] && sales[3] > sales[2],
        "{sales:?}"
    );
    market.reserves[1].feed.last = None;
    assert!(book.crowd(&market, 0_3000000).0.is_empty());
}
