//! What who fills an auction gains: the numbers of the contracts' own arithmetic, for any number of assets.

use ballast_client::value::Address;
use ballast_core::{
    auction::{Auction, AuctionLeg},
    health::{Leg, Position, MAX_LEGS},
    Refusal,
};
use ballast_keeper::model::{Feed, Market, OpenAuction, PriceRound, Reserve};
use stellar_xdr::curr::{ContractId, Hash};

fn asset(index: u32) -> Address {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&index.to_be_bytes());
    Address::Contract(ContractId(Hash(bytes)))
}

/// Every reserve another price, scalar and rate.
fn market(reserves: u32, ledger: u32) -> Market {
    let reserve = |index: u32| Reserve {
        asset: asset(index),
        index,
        asset_scalar: 10i128.pow(6 + index % 3),
        collateral_factor_e7: 0_7500000,
        liability_factor_e7: 0_7500000,
        max_utilization_e7: 0_9500000,
        enabled: true,
        b_rate_e12: 1_000_000_000_000 + i128::from(index) * 7_777,
        d_rate_e12: 1_010_000_000_000 + i128::from(index) * 3_331,
        b_supply: 0,
        d_supply: 0,
        feed: Feed {
            last: Some(PriceRound {
                price: 1_234_567 + i128::from(index) * 991,
                timestamp: 1_000,
            }),
            rounds: vec![],
        },
    };
    Market {
        pool: asset(1_000),
        oracle: asset(1_001),
        ledger,
        closed_at: 1_000,
        price_scalar: 10i128.pow(7),
        resolution_seconds: 300,
        status: 1,
        min_collateral: 0,
        reserves: (0..reserves).map(reserve).collect(),
        venues: vec![],
    }
}

fn auction(reserves: u32) -> OpenAuction {
    let amounts = |from: u32, step: i128| {
        let some = (from..reserves).step_by(2);
        some.map(move |index| (asset(index), 10_000_001 + i128::from(index) * step))
    };
    OpenAuction {
        start_ledger: 100,
        lot: amounts(0, 13).collect(),
        bid: amounts(1, 17).collect(),
    }
}

#[test]
fn fill_terms_are_those_of_core() {
    let reserves = MAX_LEGS as u32;
    for age in [0, 1, 57, 199, 200, 201, 333, 400, 600] {
        let market = market(reserves, 100 + age);
        let auction = auction(reserves);
        let mut position = Position {
            legs: Default::default(),
            price_scalar: market.price_scalar,
        };
        let mut core = Auction {
            start_ledger: 100,
            legs: Default::default(),
        };
        for reserve in &market.reserves {
            position.legs.push(Leg {
                price: reserve.feed.last.unwrap().price,
                asset_scalar: reserve.asset_scalar,
                collateral_factor_e7: 0_7500000,
                liability_factor_e7: 0_7500000,
                b_rate_e12: reserve.b_rate_e12,
                d_rate_e12: reserve.d_rate_e12,
                b_tokens: 0,
                d_tokens: 0,
            });
            core.legs.push(AuctionLeg {
                lot_b_tokens: auction.lot.get(&reserve.asset).copied().unwrap_or(0),
                bid_d_tokens: auction.bid.get(&reserve.asset).copied().unwrap_or(0),
            });
        }
        let expected = core.fill_terms(&position, age).unwrap();
        assert_eq!(market.fill_terms(&auction), Ok(expected), "age {age}");
    }
}

#[test]
fn fill_terms_sum_more_assets_than_a_position_has_legs() {
    let market = market(30, 300);
    let auction = auction(30);
    let terms = market.fill_terms(&auction).unwrap();
    // At age 200 the whole lot is offered and the whole bid asked.
    let value = |shares: i128, reserve: &Reserve, rate: i128| {
        shares * rate / 1_000_000_000_000 * reserve.feed.last.unwrap().price / reserve.asset_scalar
    };
    let of = |index: usize| &market.reserves[index];
    let lot: i128 = (0..30)
        .step_by(2)
        .map(|index| {
            value(
                auction.lot[&asset(index)],
                of(index as usize),
                of(index as usize).b_rate_e12,
            )
        })
        .sum();
    assert_eq!(terms.lot_value, lot);
    let bid: i128 = (1..30)
        .step_by(2)
        .map(|index| {
            value(
                auction.bid[&asset(index)],
                of(index as usize),
                of(index as usize).d_rate_e12,
            )
        })
        .sum();
    assert!(
        (bid..=bid + 60).contains(&terms.bid_value),
        "{bid} {}",
        terms.bid_value
    );
    assert_eq!(terms.profit(), terms.lot_value - terms.bid_value);
}

#[test]
fn fill_terms_fails_without_a_price() {
    let mut market = market(4, 150);
    market.reserves[1].feed.last = None;
    assert_eq!(market.fill_terms(&auction(4)), Err(Refusal::InvalidPrice));
    let mut auction = auction(1);
    auction.bid.insert(asset(9), 1);
    assert_eq!(market.fill_terms(&auction), Err(Refusal::InvalidPrice));
}

#[test]
fn fill_terms_are_of_age_zero_before_the_first_ledger() {
    let market = market(4, 99);
    let terms = market.fill_terms(&auction(4)).unwrap();
    assert_eq!(terms.lot_value, 0);
    assert!(terms.bid_value > 0);
}
