//! What the book should say, from a plain list and the core.

use ballast_client::value::Address;
use ballast_core::health::Totals;
use ballast_core::Refusal;
use ballast_keeper::book::{Screened, Standing, Thresholds};
use ballast_keeper::model::{position, Borrower, Market, Shares};

pub type Entry = (Borrower, Option<Thresholds>);

pub fn totals(market: &Market, shares: &[Shares]) -> Result<Totals, Refusal> {
    position(market, shares)?.totals()
}

fn owes(borrower: &Borrower) -> bool {
    borrower.shares.iter().any(|held| held.d_tokens > 0)
}

fn standing((borrower, vault): &Entry, totals: &Totals) -> Standing {
    Standing {
        address: borrower.address.clone(),
        is_vault: vault.is_some(),
        risk_e7: totals.risk_ratio_e7_ceil(),
        collateral_value: totals.collateral_value,
        debt_value: totals.debt_value,
    }
}

fn by_risk(standings: &mut [Standing]) {
    standings.sort_by(|a, b| {
        b.risk_e7
            .cmp(&a.risk_e7)
            .then(b.debt_value.cmp(&a.debt_value))
            .then(a.address.cmp(&b.address))
    });
}

pub fn at_risk<'a>(market: &Market, entries: impl IntoIterator<Item = &'a Entry>) -> Screened {
    let mut screened = Screened::default();
    for entry in entries {
        let (borrower, Some(vault)) = entry else {
            continue;
        };
        if !vault.automation || !owes(borrower) {
            continue;
        }
        let least = i128::from(vault.soft_e7) - i128::from(vault.lowered_at_most_e7);
        match totals(market, &borrower.shares) {
            Ok(totals) if totals.liability_base > 0 && totals.risk_ratio_e7_ceil() >= least => {
                screened.at_risk.push(standing(entry, &totals));
            }
            Ok(_) => {}
            Err(_) => screened.unpriced.push(borrower.address.clone()),
        }
    }
    by_risk(&mut screened.at_risk);
    screened.unpriced.sort();
    screened
}

pub fn queue<'a>(
    market: &Market,
    entries: impl IntoIterator<Item = &'a Entry>,
    most: usize,
) -> Vec<Standing> {
    let mut queue: Vec<Standing> = entries
        .into_iter()
        .filter(|(borrower, _)| owes(borrower))
        .filter_map(|entry| Some((entry, totals(market, &entry.0.shares).ok()?)))
        .filter(|(_, totals)| totals.liability_base > 0)
        .map(|(entry, totals)| standing(entry, &totals))
        .collect();
    by_risk(&mut queue);
    queue.truncate(most);
    queue
}

pub fn addresses<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Address> {
    let mut addresses: Vec<_> = entries
        .into_iter()
        .map(|(borrower, _)| borrower.address.clone())
        .collect();
    addresses.sort();
    addresses
}
