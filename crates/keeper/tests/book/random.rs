//! Markets, positions and thresholds, with an eye on the edges.

use crate::reference::{totals, Entry};
use ballast_keeper::book::{mix::contract, Thresholds};
use ballast_keeper::model::{Borrower, Feed, Market, PriceRound, Reserve, Shares};
use proptest::collection::vec;
use proptest::prelude::*;

/// As many of each length in bits.
fn any_length(bits: u32) -> impl Strategy<Value = i128> {
    (0..bits, any::<u128>()).prop_map(|(length, random)| {
        let top = 1_u128 << length;
        (top | random & (top - 1)) as i128
    })
}

/// An amount such as positions have, or any at all.
fn any_amount() -> impl Strategy<Value = i128> {
    prop_oneof![
        2 => Just(0),
        1 => 1_i128..4,
        6 => any_length(60),
        3 => any_length(90),
        1 => any_length(127),
        1 => Just(i128::from(u64::MAX)),
        1 => Just(i128::from(u64::MAX) + 1),
        1 => Just(i128::MAX),
    ]
}

/// A price of an oracle of these decimals, between a millionth and a million; or one that is none.
fn any_price(decimals: u32) -> impl Strategy<Value = Option<i128>> {
    let one = 10_i128.pow(decimals);
    prop_oneof![
        30 => (any_length(40), 0_u32..13).prop_map(move |(digits, down)| {
            Some((digits * one / 10_i128.pow(down)).max(1))
        }),
        3 => Just(Some(one)),
        1 => Just(Some(1)),
        1 => any_length(127).prop_map(Some),
        1 => Just(Some(0)),
        1 => Just(Some(-one)),
        1 => Just(None),
    ]
}

fn any_rate() -> impl Strategy<Value = i128> {
    prop_oneof![
        12 => 1_000_000_000_000_i128..4_000_000_000_000,
        3 => Just(1_000_000_000_000),
        1 => any_length(100),
        1 => Just(0),
    ]
}

fn any_factor() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0_1000000_u32..=1_0000000, 1 => Just(1_0000000), 1 => Just(0), 1 => 1_u32..50]
}

fn any_reserve(decimals: u32) -> impl Strategy<Value = Reserve> {
    (
        any_price(decimals),
        6_u32..=18,
        any_factor(),
        any_factor(),
        any_rate(),
        any_rate(),
    )
        .prop_map(
            |(price, token, collateral, liability, b_rate, d_rate)| Reserve {
                asset: contract(0),
                index: 0,
                asset_scalar: 10_i128.pow(token),
                collateral_factor_e7: collateral,
                liability_factor_e7: liability,
                max_utilization_e7: 0_9500000,
                enabled: true,
                b_rate_e12: b_rate,
                d_rate_e12: d_rate,
                b_supply: 0,
                d_supply: 0,
                feed: Feed {
                    last: price.map(|price| PriceRound {
                        price,
                        timestamp: 1_760_000_000,
                    }),
                    rounds: Vec::new(),
                },
            },
        )
}

/// A market of up to so many reserves, with an oracle of 7 to 14 decimals.
pub fn any_market(reserves: usize) -> impl Strategy<Value = Market> {
    (7_u32..=14).prop_flat_map(move |decimals| {
        vec(any_reserve(decimals), 1..=reserves).prop_map(move |mut reserves| {
            for (index, reserve) in reserves.iter_mut().enumerate() {
                reserve.index = index as u32;
                reserve.asset = contract(1_000_000 + index as u64);
            }
            Market {
                pool: contract(2_000_000),
                oracle: contract(2_000_001),
                ledger: 1_000,
                closed_at: 1_760_000_000,
                price_scalar: 10_i128.pow(decimals),
                resolution_seconds: 300,
                status: 0,
                min_collateral: 0,
                reserves,
                venues: Vec::new(),
            }
        })
    })
}

/// Shares of up to five of so many reserves, now and then of one more than there are.
pub fn any_shares(reserves: usize) -> impl Strategy<Value = Vec<Shares>> {
    let one = (0..=reserves * 20, any_amount(), any_amount());
    vec(one, 0..=5).prop_map(move |legs| {
        let mut shares: Vec<Shares> = Vec::new();
        for (index, b_tokens, d_tokens) in legs {
            let index = match index {
                0 => reserves,
                index => (index - 1) % reserves,
            } as u32;
            if shares.iter().all(|held| held.index != index) && b_tokens.max(d_tokens) > 0 {
                shares.push(Shares {
                    index,
                    b_tokens,
                    d_tokens,
                });
            }
        }
        shares.sort_by_key(|held| held.index);
        shares
    })
}

/// Where a threshold is.
#[derive(Clone, Debug)]
enum Edge {
    /// Any threshold of policies.
    Any(u32),
    /// The exact risk ratio and this much more.
    At(i64),
}

fn any_edge() -> impl Strategy<Value = Edge> {
    prop_oneof![
        (0_u32..=1_2000000).prop_map(Edge::Any),
        (-2_i64..=2).prop_map(Edge::At)
    ]
}

/// So many borrowers of a market. Thresholds of half of them are at their risk ratio, or a unit off.
pub fn any_entries(market: Market, count: usize) -> impl Strategy<Value = (Market, Vec<Entry>)> {
    let one = (
        any_shares(market.reserves.len()),
        any_edge(),
        0_u32..0_0500000,
        0_u32..8,
    );
    vec(one, 0..count).prop_map(move |drawn| {
        let entry =
            |(number, (shares, edge, lowered, kind)): (usize, (Vec<Shares>, Edge, u32, u32))| {
                let threshold = match edge {
                    Edge::Any(threshold) => threshold,
                    Edge::At(off) => {
                        let risk =
                            totals(&market, &shares).map(|totals| totals.risk_ratio_e7_ceil());
                        let risk = u32::try_from(risk.unwrap_or(0)).unwrap_or(u32::MAX - 2_000_000);
                        (i64::from(risk) + off).clamp(0, i64::from(u32::MAX) - 1_000_000) as u32
                    }
                };
                let vault = (kind > 0).then_some(Thresholds {
                    soft_e7: threshold + lowered,
                    lowered_at_most_e7: lowered,
                    automation: kind > 1,
                });
                let address = contract(number as u64);
                (Borrower { address, shares }, vault)
            };
        let entries = drawn.into_iter().enumerate().map(entry).collect();
        (market.clone(), entries)
    })
}

/// A market of up to eight reserves, and borrowers.
pub fn any_pool(count: usize) -> impl Strategy<Value = (Market, Vec<Entry>)> {
    any_market(8).prop_flat_map(move |market| any_entries(market, count))
}
