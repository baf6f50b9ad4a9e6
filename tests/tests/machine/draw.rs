//! How often what is drawn.

use crate::action::{Action, Fault, Numbers, PolicyKind, Route};
use proptest::prelude::*;
use std::ops::Range;

/// The step that was signed last.
const SIGNED_LAST: usize = usize::MAX;
const VAULT: Range<usize> = 0..2;
const ASSET: Range<usize> = 0..3;

/// Every magnitude alike, up to a hundred million tokens.
fn amount() -> impl Strategy<Value = i128> {
    (0.0..15.0f64).prop_map(|digits| 10f64.powf(digits) as i128)
}

/// What owners move: one to 100,000 tokens.
fn owners_amount() -> impl Strategy<Value = i128> {
    (7.0..12.0f64).prop_map(|digits| 10f64.powf(digits) as i128)
}

fn route() -> impl Strategy<Value = Route> {
    prop_oneof![
        4 => Just(Route::Fill),
        2 => Just(Route::Plain),
        4 => Just(Route::Flash),
        2 => Just(Route::Venue),
    ]
}

fn policy() -> impl Strategy<Value = PolicyKind> {
    let numbers = (any::<[u16; 12]>(), any::<bool>(), any::<bool>(), 0..3u8).prop_map(
        |(shares, previous_round, reserve_first, second_oracle)| {
            PolicyKind::Random(Box::new(Numbers {
                shares,
                previous_round,
                reserve_first,
                second_oracle,
            }))
        },
    );
    prop_oneof![
        1 => Just(PolicyKind::Balanced),
        1 => Just(PolicyKind::Early),
        1 => Just(PolicyKind::Late),
        3 => numbers,
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Dead),
        Just(Fault::Missing),
        Just(Fault::Stale),
        Just(Fault::OverADay),
        Just(Fault::Zero),
        Just(Fault::Negative),
        Just(Fault::Pumped),
        Just(Fault::Dumped),
    ]
}

/// Risk ratios worth visiting: mostly around soft and the liquidation.
fn risk_e4() -> impl Strategy<Value = i128> {
    prop_oneof![
        1 => 5_000..9_000i128,
        6 => 9_000..10_000i128,
        3 => 10_000..10_600i128,
        1 => 10_600..20_000i128,
    ]
}

fn owner() -> BoxedStrategy<Action> {
    use Action::*;
    prop_oneof![
        4 => (VAULT, ASSET, owners_amount())
            .prop_map(|(vault, asset, amount)| Deposit { vault, asset, amount }),
        3 => (VAULT, ASSET, amount())
            .prop_map(|(vault, asset, amount)| Withdraw { vault, asset, amount }),
        6 => (VAULT, ASSET, owners_amount())
            .prop_map(|(vault, asset, amount)| Borrow { vault, asset, amount }),
        3 => (VAULT, ASSET, amount())
            .prop_map(|(vault, asset, amount)| Repay { vault, asset, amount }),
        2 => (VAULT, ASSET, amount())
            .prop_map(|(vault, asset, amount)| WithdrawReserve { vault, asset, amount }),
        1 => (VAULT, ASSET).prop_map(|(vault, asset)| Sweep { vault, asset }),
        4 => (VAULT, policy()).prop_map(|(vault, kind)| SetPolicy { vault, kind }),
        2 => (VAULT, proptest::bool::weighted(0.7))
            .prop_map(|(vault, enabled)| SetAutomation { vault, enabled }),
        1 => VAULT.prop_map(|vault| Claim { vault }),
        1 => VAULT.prop_map(|vault| Close { vault }),
        2 => (VAULT, any::<bool>(), 1..1_000u32)
            .prop_map(|(vault, flash, share)| OwnerRescue { vault, flash, share }),
        1 => (VAULT, any::<bool>())
            .prop_map(|(vault, accept)| TransferOwnership { vault, accept }),
    ]
    .boxed()
}

fn market() -> BoxedStrategy<Action> {
    use Action::*;
    prop_oneof![
        24 => (VAULT, risk_e4(), 1..3u32, proptest::bool::weighted(0.6))
            .prop_map(|(vault, risk_e4, rounds, heal)| Aim { vault, risk_e4, rounds, heal }),
        3 => (ASSET, 700..1_300i128)
            .prop_map(|(asset, thousandths)| Gap { asset, thousandths }),
        2 => (ASSET, 500..1_500i128, 1..120u32)
            .prop_map(|(asset, thousandths, ledgers)| Wick { asset, thousandths, ledgers }),
        2 => (850..1_150i128, proptest::bool::weighted(0.2))
            .prop_map(|(thousandths, missing)| SecondOracle { thousandths, missing }),
        2 => (fault(), ASSET).prop_map(|(fault, asset)| OracleFault { fault, asset }),
        3 => Just(OracleHeals),
        2 => Just(Arbitrage),
        1 => (800..1_250i128).prop_map(|thousandths| MoveAmm { thousandths }),
        6 => (1..400u32, proptest::bool::weighted(0.9))
            .prop_map(|(count, rounds)| Ledgers { count, rounds }),
        1 => prop_oneof![4 => 1..30u32, 1 => 110..200u32].prop_map(|count| Days { count }),
    ]
    .boxed()
}

fn pool() -> BoxedStrategy<Action> {
    use Action::*;
    let status = prop_oneof![4 => 0..2u32, 1 => 2..4u32, 1 => Just(4u32)];
    prop_oneof![
        2 => status.prop_map(|status| Status { status }),
        1 => (2..8u32, prop_oneof![Just(0i128), 1..20_000i128]).prop_map(
            |(max_positions, min_collateral_usd)| Limits { max_positions, min_collateral_usd }
        ),
        1 => (ASSET, 6_000_000..9_500_000u32, 6_000_000..9_500_000u32,
            proptest::bool::weighted(0.8))
            .prop_map(|(asset, collateral_e7, liability_e7, enabled)| Factors {
                asset, collateral_e7, liability_e7, enabled,
            }),
        1 => (ASSET, amount()).prop_map(|(asset, left)| Drain { asset, left }),
        2 => ASSET.prop_map(|asset| Refill { asset }),
        8 => (VAULT, 1..101u32, 0..420u32)
            .prop_map(|(vault, percent, later)| OpenAuction { vault, percent, later }),
        3 => (VAULT, prop_oneof![1..101i128, Just(100)])
            .prop_map(|(vault, percent)| FillAuction { vault, percent }),
        1 => VAULT.prop_map(|vault| DeleteStaleAuction { vault }),
        1 => VAULT.prop_map(|vault| ClearStaleAuction { vault }),
        1 => (0..6usize, 1..3usize).prop_map(|(holder, asset)| Freeze { holder, asset }),
        2 => Just(Thaw),
        1 => (0..6usize, 1..3usize, 1..1_001i128)
            .prop_map(|(holder, asset, share)| ClawBack { holder, asset, share }),
    ]
    .boxed()
}

fn keepers(vaults: Range<usize>) -> BoxedStrategy<Action> {
    use Action::*;
    let share = prop_oneof![3 => Just(1_000i128), 1 => 1..1_000i128];
    let bid = prop_oneof![3 => Just(1_000i128), 1 => 900..1_300i128];
    prop_oneof![
        14 => (vaults.clone(), route(), share, bid)
            .prop_map(|(vault, path, share, bid)| Step { vault, path, share, bid }),
        2 => (vaults.clone(), route(), (ASSET, ASSET), amount(), amount())
            .prop_map(|(vault, path, pair, sell, bid)| WildStep { vault, path, pair, sell, bid }),
        5 => (vaults.clone(), any::<bool>(), 0..40usize)
            .prop_map(|(vault, flash, trick)| Trick { vault, flash, trick }),
        1 => (vaults.clone(), any::<bool>(), 0..9usize)
            .prop_map(|(vault, flash, which)| ForbiddenAdapter { vault, flash, which }),
        2 => (vaults.clone(), 1..9usize, prop_oneof![Just(0i128), amount()])
            .prop_map(|(vault, pieces, gift)| Split { vault, pieces, gift }),
        4 => vaults.clone().prop_map(|vault| SignStep { vault }),
        4 => (0..8usize).prop_map(|nth| ExecuteSigned { nth }),
        1 => (0..8usize, 0..4usize).prop_map(|(nth, forgery)| ForgeSigned { nth, forgery }),
        3 => (vaults.clone(), 0..100usize).prop_map(|(vault, nth)| Grab { vault, nth }),
        4 => (vaults.clone(), 0..3usize, ASSET, amount())
            .prop_map(|(vault, how, asset, amount)| Give { vault, how, asset, amount }),
        1 => vaults.clone().prop_map(|vault| ExtendTtl { vault }),
        1 => (0..4usize).prop_map(|what| FactoryAdmin { what }),
    ]
    .boxed()
}

fn questions(vaults: Range<usize>) -> BoxedStrategy<Action> {
    use Action::*;
    prop_oneof![
        2 => (vaults.clone(), route(), 1..1_001i128)
            .prop_map(|(vault, path, share)| AskQuote { vault, path, share }),
        1 => (vaults.clone(), 0..8usize).prop_map(|(vault, order)| AskExit { vault, order }),
    ]
    .boxed()
}

/// One action of any kind.
fn any_action() -> BoxedStrategy<Action> {
    prop_oneof![
        30 => owner(),
        36 => market(),
        20 => pool(),
        20 => keepers(VAULT),
        8 => questions(VAULT),
    ]
    .boxed()
}

/// A price in the range where keepers act.
fn aim(vault: usize, risk_e4: Range<i128>) -> BoxedStrategy<Action> {
    (risk_e4, 1..3u32)
        .prop_map(move |(risk_e4, rounds)| Action::Aim {
            vault,
            risk_e4,
            rounds,
            heal: true,
        })
        .boxed()
}

/// An auction of an age at which something may happen.
fn auction(vault: usize) -> BoxedStrategy<Action> {
    (1..101u32, prop_oneof![1 => 0..420u32, 3 => 120..260u32])
        .prop_map(move |(percent, later)| Action::OpenAuction {
            vault,
            percent,
            later,
        })
        .boxed()
}

/// Actions that make sense one after the other, on one vault.
fn scenes(vault: usize) -> BoxedStrategy<Vec<Action>> {
    let these = vault..vault + 1;
    let on = || keepers(these.clone());
    let ask = || questions(these.clone());
    let list = |actions: Vec<BoxedStrategy<Action>>| actions.boxed();
    let short = (1..40u32).prop_map(|count| Action::Ledgers {
        count,
        rounds: false,
    });
    let sign = Just(Action::SignStep { vault }).boxed();
    let execute = Just(Action::ExecuteSigned { nth: SIGNED_LAST }).boxed();
    let fill = (1..101i128)
        .prop_map(move |percent| Action::FillAuction { vault, percent })
        .boxed();
    let clear = Just(Action::ClearStaleAuction { vault }).boxed();
    let reopen = (500..900i128).prop_map(move |share| Action::Reopen { vault, share });
    let gift = (0..3usize, 0..3usize, owners_amount()).prop_map(move |(how, asset, amount)| {
        Action::Give {
            vault,
            how,
            asset,
            amount,
        }
    });
    prop_oneof![
        6 => list(vec![aim(vault, 9_300..10_000), on()]),
        2 => list(vec![aim(vault, 9_300..10_000), on(), on(), ask()]),
        2 => list(vec![aim(vault, 8_500..10_000), ask()]),
        1 => list(vec![gift.boxed(), aim(vault, 9_300..10_400), on()]),
        2 => list(vec![aim(vault, 9_300..10_000), sign, short.boxed(), execute.clone(), execute]),
        4 => list(vec![aim(vault, 10_001..10_800), auction(vault), on(), ask()]),
        2 => list(vec![aim(vault, 10_001..10_800), auction(vault), aim(vault, 9_000..11_000), on()]),
        1 => list(vec![aim(vault, 10_001..10_300), auction(vault), aim(vault, 8_000..9_900), clear]),
        2 => list(vec![aim(vault, 10_001..10_800), auction(vault), fill]),
        3 => reopen.prop_map(|action| vec![action]),
    ]
    .boxed()
}

/// A history of this many actions.
pub fn history(actions: usize) -> impl Strategy<Value = Vec<Action>> {
    let part = prop_oneof![
        6 => any_action().prop_map(|action| vec![action]),
        1 => scenes(0),
        1 => scenes(1),
    ];
    proptest::collection::vec(part, actions).prop_map(move |parts| {
        let mut history: Vec<Action> = parts.into_iter().flatten().collect();
        history.truncate(actions);
        history
    })
}
