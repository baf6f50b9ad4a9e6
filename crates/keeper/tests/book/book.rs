//! What the book remembers.

use crate::random::{any_market, any_shares};
use crate::reference::{self, Entry};
use ballast_keeper::book::{
    mix::{contract, market, Mix},
    Book, Thresholds,
};
use ballast_keeper::model::{Borrower, Shares};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Change {
    Set(u64, Vec<Shares>, Option<Thresholds>),
    Remove(u64),
}

fn any_change() -> impl Strategy<Value = Change> {
    let terms = (0_u32..=1_0000000, 0_u32..0_0500000, any::<bool>());
    let terms = terms.prop_map(|(soft_e7, lowered_at_most_e7, automation)| Thresholds {
        soft_e7: soft_e7.max(lowered_at_most_e7),
        lowered_at_most_e7,
        automation,
    });
    let set = (0_u64..12, any_shares(4), proptest::option::of(terms));
    prop_oneof![
        4 => set.prop_map(|(who, shares, vault)| Change::Set(who, shares, vault)),
        1 => (0_u64..12).prop_map(Change::Remove),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn set_and_remove_leave_what_a_list_of_the_same_would_hold(
        market in any_market(4),
        changes in vec(any_change(), 0..60),
    ) {
        let mut book = Book::new();
        let mut list: BTreeMap<u64, Entry> = BTreeMap::new();
        for change in changes {
            match change {
                Change::Set(who, shares, vault) => {
                    let borrower = Borrower { address: contract(who), shares };
                    book.set(&borrower, vault.as_ref());
                    if borrower.shares.is_empty() && vault.is_none() {
                        list.remove(&who);
                    } else {
                        list.insert(who, (borrower, vault));
                    }
                }
                Change::Remove(who) => {
                    book.remove(&contract(who));
                    list.remove(&who);
                }
            }
            prop_assert_eq!(book.len(), list.len());
            prop_assert_eq!(book.is_empty(), list.is_empty());
            let vaults = list.values().filter(|(_, vault)| vault.is_some()).count();
            prop_assert_eq!(book.vault_count(), vaults);
        }
        for who in 0..12 {
            let shares = list.get(&who).map(|(borrower, _)| borrower.shares.clone());
            prop_assert_eq!(book.shares(&contract(who)), shares);
        }
        let mut addresses: Vec<_> = book.addresses().collect();
        addresses.sort();
        prop_assert_eq!(addresses, reference::addresses(list.values()));
        prop_assert_eq!(book.at_risk(&market), reference::at_risk(&market, list.values()));
        prop_assert_eq!(book.queue(&market, 5), reference::queue(&market, list.values(), 5));
    }
}

#[test]
fn a_vault_takes_at_most_256_bytes() {
    let market = market();
    let mut book = Book::new();
    let mut checked = 0;
    for (number, (borrower, vault)) in Mix::new(&market, 150_000, 3).enumerate() {
        book.set(&borrower, Some(&vault));
        // A growing book as well: the index doubles at its own times.
        if number >= 20_000 && number % 5_000 == 0 {
            let bytes = book.bytes() / book.len();
            assert!(bytes <= 256, "{bytes} with {number}");
            checked += 1;
        }
    }
    assert!(checked > 20);
}
