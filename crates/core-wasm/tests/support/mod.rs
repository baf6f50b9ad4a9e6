//! Questions in words, made from what they are about.
#![allow(dead_code)]

use std::sync::atomic::{AtomicU64, Ordering};

use ballast_core::policy::Policy;
use ballast_core_wasm::question::{MOST_ROUNDS, MOST_WORDS};
use ballast_core_wasm::VERSION;

pub const NOW: u64 = 1_700_000_100;
pub const UNIT: i128 = 1_0000000;
pub const PRICE: i128 = 100_000_000_000_000;

/// A reserve of 7 decimals.
#[derive(Clone, Debug)]
pub struct Reserve {
    pub accepted: bool,
    pub factors_e7: (u32, u32),
    pub rates_e12: (i128, i128),
    pub supplies: (i128, i128),
    pub b_tokens: i128,
    pub d_tokens: i128,
    pub idle: i128,
    pub auctioned: (i128, i128),
    pub second: Option<(u64, i128)>,
    pub given_price: Option<i128>,
    pub changes: (i128, i128),
    /// Newest first, a round of 300 s each.
    pub prices: Vec<i128>,
}

impl Reserve {
    pub fn at(price: i128) -> Self {
        Reserve {
            accepted: true,
            factors_e7: (7_500_000, 9_500_000),
            rates_e12: (1_050_000_000_000, 1_080_000_000_000),
            supplies: (100_000_000 * UNIT, 40_000_000 * UNIT),
            b_tokens: 0,
            d_tokens: 0,
            idle: 0,
            auctioned: (0, 0),
            second: None,
            given_price: None,
            changes: (0, 0),
            prices: vec![price; 13],
        }
    }
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    pub path: u64,
    pub reserve: Option<u64>,
    pub mode: bool,
    pub amount: i128,
    pub newest_ledger: u32,
    pub policy: Policy,
    pub second: u64,
    pub automation: bool,
    pub window: (u32, i128, i128),
    pub min_collateral: i128,
    pub auction_start: Option<u32>,
    pub reserves: Vec<Reserve>,
}

impl Question {
    pub fn of(reserves: Vec<Reserve>) -> Self {
        Question {
            path: 0,
            reserve: Some(0),
            mode: false,
            amount: 0,
            newest_ledger: 1_000,
            policy: Policy::BALANCED,
            second: 0,
            automation: true,
            window: (0, 0, 0),
            min_collateral: PRICE,
            auction_start: None,
            reserves,
        }
    }

    /// In the words of version 1.
    pub fn words(&self) -> Vec<u64> {
        let mut words = Words(vec![VERSION, 0]);
        words.number(self.path);
        words.number(self.reserve.is_some());
        words.number(self.reserve.unwrap_or(0));
        words.number(self.mode);
        words.wide(self.amount);
        words.number(self.newest_ledger);
        words.number(300_u32);
        words.policy(&self.policy);
        words.number(self.second);
        words.number(1_000_u32);
        words.number(NOW);
        words.number(self.automation);
        words.wide(PRICE);
        words.number(self.window.0);
        words.wide(self.window.1);
        words.wide(self.window.2);
        words.number(0_u32);
        words.wide(self.min_collateral);
        words.number(2_000_000_u32);
        words.number(self.auction_start.is_some());
        words.number(self.auction_start.unwrap_or(0));
        words.number(self.reserves.len() as u64);
        for reserve in &self.reserves {
            words.reserve(reserve);
        }
        let length = words.0.len() as u64;
        words.0[1] = length;
        words.0
    }
}

struct Words(Vec<u64>);

impl Words {
    fn number(&mut self, number: impl Into<u64>) {
        self.0.push(number.into());
    }

    fn wide(&mut self, number: i128) {
        self.0.extend([number as u64, (number >> 64) as u64]);
    }

    fn policy(&mut self, policy: &Policy) {
        self.number(policy.soft_e7);
        self.number(policy.target_e7);
        self.number(policy.hard_e7);
        self.number(policy.step_min_e7);
        self.number(policy.step_max_e7);
        self.number(policy.discount_min_e7);
        self.number(policy.discount_max_e7);
        self.number(policy.sold_budget_e7);
        self.number(policy.window_ledgers);
        self.number(policy.max_cost_of_equity_e7);
        self.number(policy.max_price_age_seconds);
        self.number(policy.max_price_deviation_e7);
        self.number(policy.use_previous_round);
        self.number(policy.reserve_first);
        self.number(policy.dust_reserve_e7);
        self.number(policy.rescue_target_e7);
        self.number(policy.rescue_window_ledgers);
        self.number(policy.volatility_z_e2);
        self.number(policy.volatility_shift_max_e7);
    }

    fn reserve(&mut self, reserve: &Reserve) {
        self.number(reserve.accepted);
        self.number(7_u32);
        self.number(reserve.factors_e7.0);
        self.number(reserve.factors_e7.1);
        self.number(9_500_000_u32);
        self.number(true);
        for part in [8_000_000_u32, 100_000, 400_000, 1_200_000, 50_000_000, 20] {
            self.number(part);
        }
        self.wide(reserve.rates_e12.0);
        self.wide(reserve.rates_e12.1);
        self.wide(UNIT);
        self.wide(reserve.supplies.0);
        self.wide(reserve.supplies.1);
        self.number(NOW);
        for amount in [
            reserve.b_tokens,
            reserve.d_tokens,
            reserve.idle,
            reserve.auctioned.0,
            reserve.auctioned.1,
        ] {
            self.wide(amount);
        }
        let (timestamp, second) = reserve.second.unwrap_or((0, 0));
        self.number(reserve.second.is_some());
        self.number(timestamp);
        self.wide(second);
        self.number(reserve.given_price.is_some());
        self.wide(reserve.given_price.unwrap_or(0));
        self.wide(reserve.changes.0);
        self.wide(reserve.changes.1);
        self.number(reserve.prices.len() as u64);
        for age in 0..MOST_ROUNDS {
            let price = reserve.prices.get(age).copied();
            self.number(price.map_or(0, |_| NOW - 100 - 300 * age as u64));
            self.wide(price.unwrap_or(0));
        }
    }
}

/// A buffer with these words.
pub fn buffer(words: &[u64]) -> Vec<AtomicU64> {
    let mut buffer: Vec<_> = words.iter().map(|word| AtomicU64::new(*word)).collect();
    buffer.resize_with(MOST_WORDS, AtomicU64::default);
    buffer
}

/// The words of an answer, without its length.
pub fn answer(buffer: &[AtomicU64]) -> Vec<u64> {
    let word = |index: usize| buffer[index].load(Ordering::Relaxed);
    (1..word(0) as usize).map(word).collect()
}
