//! The oracle's rounds of an episode as numbers: what the vault and the pool read.

use crate::{
    history::{Course, ROUND_SECONDS},
    ledger::{USDC, XLM},
    start::oracle_price,
};
use arrayvec::ArrayVec;
use ballast_chain::market::USD;
use ballast_core::{
    health::{Position, MAX_LEGS},
    policy::Policy,
    price::SourcePrices,
    volatility::{policy_in_force, History, Round, VOLATILITY_ROUNDS},
};

/// The rounds. `now` is a ledger of the episode, unix seconds.
#[derive(Clone, Copy, Debug)]
pub struct Rounds<'a> {
    course: Course<'a>,
}

impl<'a> Rounds<'a> {
    /// The rounds of an episode.
    pub fn new(course: Course<'a>) -> Self {
        Self { course }
    }

    /// The last round's price of the collateral, oracle's decimals.
    pub fn last(&self, now: u64) -> i128 {
        self.at(now / ROUND_SECONDS)
    }

    /// The round before.
    pub fn previous(&self, now: u64) -> i128 {
        self.at((now / ROUND_SECONDS).saturating_sub(1))
    }

    fn at(&self, number: u64) -> i128 {
        oracle_price(self.course.round(number))
    }

    /// What the round before says, as the floor takes it.
    pub fn sources(&self, policy: &Policy, now: u64) -> [SourcePrices; 2] {
        let of = |price: i128| SourcePrices {
            previous: policy.use_previous_round.then_some(price),
            second: None,
        };
        [of(self.previous(now)), of(USD)]
    }

    /// The policy that a call of now goes by: lowered by the volatility of the position.
    pub fn policy_in_force(&self, policy: &Policy, position: &Position, now: u64) -> Policy {
        if policy.volatility_z_e2 == 0 {
            return *policy;
        }
        let last = now / ROUND_SECONDS;
        let mut histories: ArrayVec<History, MAX_LEGS> = ArrayVec::new();
        for leg in [XLM, USDC] {
            let rounds = (0..VOLATILITY_ROUNDS as u64).map(|back| {
                let number = last.saturating_sub(back);
                Round {
                    number,
                    price: if leg == XLM { self.at(number) } else { USD },
                }
            });
            histories.push(rounds.collect());
        }
        policy_in_force(policy, position, &histories)
    }
}
