//! No question makes the core panic; one that cannot be read gets a code of its own.

mod support;

use ballast_core_wasm::code::Code;
use ballast_core_wasm::operations;
use proptest::prelude::*;
use std::sync::atomic::AtomicU64;
use support::{buffer, Question, Reserve, PRICE, UNIT};

type Operation = fn(&[AtomicU64]) -> Result<(), Code>;
const OPERATIONS: [Operation; 8] = [
    operations::validate,
    operations::presets,
    operations::health,
    operations::quote,
    operations::plan,
    operations::auction,
    operations::most,
    operations::price,
];

fn question() -> Question {
    let mut xlm = Reserve::at(PRICE / 4);
    xlm.b_tokens = 10_000 * UNIT;
    xlm.auctioned.0 = 5_000 * UNIT;
    let mut usdc = Reserve::at(PRICE);
    usdc.d_tokens = 1_650 * UNIT;
    usdc.idle = 20 * UNIT;
    usdc.auctioned.1 = 800 * UNIT;
    let mut question = Question::of(vec![xlm, usdc, Reserve::at(PRICE)]);
    question.amount = PRICE / 5;
    question
}

#[test]
fn another_version_or_length_is_refused() {
    let words = question().words();
    let with = |index: usize, word: u64| {
        let mut bent = words.clone();
        bent[index] = word;
        operations::health(&buffer(&bent))
    };
    assert_eq!(operations::health(&buffer(&words)), Ok(()));
    assert_eq!(with(0, 2), Err(Code::VERSION));
    for length in [
        0,
        1,
        words.len() as u64 - 1,
        words.len() as u64 + 1,
        1 << 40,
        u64::MAX,
    ] {
        assert_eq!(with(1, length), Err(Code::LENGTH), "{length}");
    }
    assert_eq!(operations::health(&[]), Err(Code::LENGTH));
    // A flag that is neither 0 nor 1, and a path, that do not exist.
    assert_eq!(with(3, 2), Err(Code::RANGE));
    assert_eq!(with(2, 3), Err(Code::RANGE));
    // An amount of the last reserve that is too large: the upper half of its second price.
    let second = words.len() - 42 - 1 - 4 - 3 - 1;
    assert_eq!(with(second, 1 << 40), Err(Code::RANGE));
    // A reserve that is not there.
    assert_eq!(with(4, 3), Err(Code::RESERVE));
}

#[test]
fn a_policy_that_no_vault_has_gets_its_code() {
    let mut question = question();
    question.policy.hard_e7 = question.policy.soft_e7;
    let buffer = buffer(&question.words());
    assert_eq!(operations::health(&buffer), Err(Code(160)));
}

/// Numbers at the edges of what a word and a number of two words can be.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(u64::MAX),
        Just(u64::from(u32::MAX)),
        Just(1 << 36),
        Just(1 << 60),
        0..20_000_000_u64,
        any::<u64>(),
        (0..64_u32).prop_map(|bit| 1 << bit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any words at any places of a question.
    #[test]
    fn bent_questions_never_panic(
        bends in prop::collection::vec((0..330_usize, word()), 0..12),
        auction in prop::option::of(0..2_000_u32),
        mode: bool,
        z in 0..3_u32,
    ) {
        let mut question = question();
        question.auction_start = auction;
        question.mode = mode;
        question.policy.volatility_z_e2 = z * 100;
        question.policy.volatility_shift_max_e7 = 500_000;
        let mut words = question.words();
        for (index, word) in bends {
            if index > 1 && index < words.len() {
                words[index] = word;
            }
        }
        for operation in OPERATIONS {
            let _ = operation(&buffer(&words));
        }
    }

    /// Nothing but noise behind a valid beginning.
    #[test]
    fn noise_never_panics(noise in prop::collection::vec(word(), 0..400)) {
        let mut words = vec![1, noise.len() as u64 + 2];
        words.extend(noise);
        for operation in OPERATIONS {
            let _ = operation(&buffer(&words));
        }
    }
}
