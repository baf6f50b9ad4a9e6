//! The auction's modifiers against Blend's formula, its clock, and the terms of a rescue.

use ballast_core::auction::{
    bid_modifier_e7, lot_modifier_e7, rescue_terms, Auction, AuctionLeg, RescueTerms,
    FILLER_MARGIN_E7,
};
use ballast_core::health::{Leg, Position};
use ballast_core::policy::Policy;
use ballast_core::Refusal;
use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::random::any_scene;
use crate::scene::{Scene, BASE, POLICY, TOKEN};

const START: u32 = 1_000;

/// Half of the scene's position at 0.40 is auctioned: 125,000 XLM (50,000) for 40,000 USDC, of
/// which the whole lot is worth 125%.
fn half() -> (Position, Auction) {
    let auction = Auction {
        start_ledger: START,
        legs: [
            AuctionLeg {
                lot_b_tokens: 125_000 * TOKEN,
                bid_d_tokens: 0,
            },
            AuctionLeg {
                lot_b_tokens: 0,
                bid_d_tokens: 40_000 * TOKEN,
            },
        ]
        .into_iter()
        .collect(),
    };
    (Scene::at_risk(10_100_000).position, auction)
}

/// `scale_auction` in `pool/src/auctions/auction.rs` of Blend v2.0.0, line by line.
fn blend_modifiers(block_dif: i128) -> (i128, i128) {
    let per_block_scalar = 0_0050000;
    if block_dif > 200 {
        let bid_modifier = if block_dif < 400 {
            1_0000000 - (block_dif - 200) * per_block_scalar
        } else {
            0
        };
        (1_0000000, bid_modifier)
    } else {
        (block_dif * per_block_scalar, 1_0000000)
    }
}

#[test]
fn modifiers_equal_blends_at_every_age() {
    for age in 0..=1_000 {
        let (lot_e7, bid_e7) = blend_modifiers(age.into());
        assert_eq!(
            (lot_modifier_e7(age), bid_modifier_e7(age)),
            (lot_e7, bid_e7)
        );
    }
    assert_eq!(
        (lot_modifier_e7(u32::MAX), bid_modifier_e7(u32::MAX)),
        (1_0000000, 0)
    );
}

#[test]
fn fill_terms_are_a_gain_for_the_owner_until_the_lot_is_worth_the_bid() {
    let (position, auction) = half();
    let profit = |age| auction.fill_terms(&position, age).unwrap().profit();
    assert_eq!(profit(0), -40_000 * BASE);
    assert_eq!(profit(160), 0);
    assert_eq!(profit(200), 10_000 * BASE);
    assert_eq!(profit(300), 30_000 * BASE);
    assert_eq!(profit(400), 50_000 * BASE);
    // Before its first ledger an auction is of age zero.
    assert_eq!(auction.age(START - 1), 0);
}

#[test]
fn rescue_terms_fail_when_the_lot_is_not_yet_worth_a_fillers_while() {
    let (position, auction) = half();
    let at = |age| rescue_terms(&POLICY, &position, &auction, START + age);
    // The lot is worth 36,000 = 90% of the bid at age 144; the window opens 20 ledgers before.
    assert_eq!(at(0), Err(Refusal::RescueTooEarly));
    assert_eq!(at(123), Err(Refusal::RescueTooEarly));
    assert!(at(124).is_ok());
    let at_once = Policy {
        rescue_window_ledgers: 200,
        ..POLICY
    };
    assert!(rescue_terms(&at_once, &position, &auction, START + 1).is_ok());
    // Nothing is offered yet, so nothing can be matched.
    let at_start = rescue_terms(&at_once, &position, &auction, START);
    assert_eq!(at_start, Err(Refusal::RescueTooEarly));
}

#[test]
fn rescue_terms_ramp_with_the_fillers_profit() {
    let (position, auction) = half();
    let at = |age| rescue_terms(&POLICY, &position, &auction, START + age).unwrap();
    // Profit 0 at age 160, 5% of the bid at 168, 10% at 176. Before, the auction asks 40,000 for
    // 31,000, and just after no more than the filler's profit is given up.
    assert_eq!(at(124).discount_cap_e7, -2_903_226);
    assert_eq!(at(160).discount_cap_e7, 0);
    assert_eq!(at(168).discount_cap_e7, 180_000);
    assert_eq!(at(176).discount_cap_e7, 300_000);
    assert_eq!(at(400).discount_cap_e7, 300_000);
}

#[test]
fn rescue_terms_cost_what_a_filler_asks_or_takes_by_now() {
    let (mut position, auction) = half();
    let at = |position: &Position, age| {
        rescue_terms(&POLICY, position, &auction, START + age)
            .unwrap()
            .fill_cost_value
    };
    // A filler asks for 10% of 40,000, and takes it at age 176.
    assert_eq!(at(&position, 124), 4_000 * BASE);
    assert_eq!(at(&position, 176), 4_000 * BASE);
    // Nobody came: a fill now takes more.
    assert_eq!(at(&position, 200), 10_000 * BASE);
    assert_eq!(at(&position, 300), 30_000 * BASE);
    // Under water (a lot of 33,000) the bid has to fall to 30,000 first.
    position.legs[0].price = 264 * BASE / 1_000;
    assert_eq!(at(&position, 250), 3_000 * BASE);
}

/// Legs of a position with an auction of parts of them.
fn any_auction() -> impl Strategy<Value = (Position, Auction)> {
    (any_scene(0..9), vec((0i128..=100, 0i128..=100), 4)).prop_map(|(scene, parts)| {
        let auctioned = |(leg, (lot, bid)): (&Leg, &(i128, i128))| AuctionLeg {
            lot_b_tokens: leg.b_tokens / 100 * lot,
            bid_d_tokens: leg.d_tokens / 100 * bid,
        };
        let auction = Auction {
            start_ledger: START,
            legs: scene
                .position
                .legs
                .iter()
                .zip(&parts)
                .map(auctioned)
                .collect(),
        };
        (scene.position, auction)
    })
}

proptest! {
    #[test]
    fn profit_rises_with_age((position, auction) in any_auction()) {
        let mut last = i128::MIN;
        for age in 0..=410 {
            let profit = auction.fill_terms(&position, age).unwrap().profit();
            prop_assert!(profit >= last, "falls at {age}");
            last = profit;
        }
    }

    #[test]
    fn first_profitable_age_equals_a_scan(
        (position, auction) in any_auction(), margin_e7 in 0i128..=3_000_000,
    ) {
        let pays = |age: &u32| {
            let terms = auction.fill_terms(&position, *age).unwrap();
            terms.lot_value > 0
                && terms.lot_value * 10_000_000 >= terms.bid_value * (10_000_000 + margin_e7)
        };
        prop_assert_eq!(
            auction.first_profitable_age(&position, margin_e7),
            Ok((0..=400).find(pays))
        );
    }

    /// The clock only opens: a rescue that is allowed stays allowed, at no smaller discount.
    #[test]
    fn rescue_terms_only_loosen_with_age((position, auction) in any_auction(), window in 0u32..=200) {
        let policy = Policy { rescue_window_ledgers: window, ..POLICY };
        let mut last = None;
        for age in (0..=410).step_by(5) {
            match rescue_terms(&policy, &position, &auction, START + age) {
                Ok(terms) => {
                    let now = auction.fill_terms(&position, age).unwrap();
                    let (lot, bid) = (BigInt::from(now.lot_value), BigInt::from(now.bid_value));
                    let kept = BigInt::from(10_000_000 - terms.discount_cap_e7);
                    prop_assert!(terms.discount_cap_e7 <= 300_000);
                    prop_assert!(kept * lot >= bid * 10_000_000, "cheaper than a fill at {age}");
                    let loosens = last.is_none_or(|held: RescueTerms| {
                        held.discount_cap_e7 <= terms.discount_cap_e7
                            && held.fill_cost_value <= terms.fill_cost_value
                    });
                    prop_assert!(loosens, "tightens at {age}");
                    last = Some(terms);
                }
                Err(refusal) => {
                    prop_assert_eq!(refusal, Refusal::RescueTooEarly);
                    prop_assert!(last.is_none(), "closes again");
                }
            }
        }
    }
}

#[test]
fn filler_margin_is_the_one_that_is_widely_run() {
    assert_eq!(FILLER_MARGIN_E7, 1_000_000);
}
