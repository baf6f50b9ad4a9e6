//! A scenario as it runs: ledgers close, feeds publish, the market stands where it stands.

use crate::{
    scenario::{Feed, PerAsset, Scenario, Variant, ASSETS, BASE_USD, ROUND_LEDGERS, USDC, XLM},
    stage::{price_units, publish, tokens, units, Stage},
};
use ballast_chain::{Chain, Override, PriceData};
use ballast_core::policy::Policy;
use soroban_sdk::Address;

/// Whose position is attacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The vault.
    Vault,
    /// Its twin without a vault.
    Bare,
}

/// What a price source is to the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The last round of the pool's oracle: what liquidates.
    Latest,
    /// The round before it.
    Previous,
    /// The second oracle.
    Second,
}

/// A price source that the vault can read, and what it says, US dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Which one.
    pub kind: Kind,
    /// Its prices.
    pub usd: PerAsset,
}

/// A running scenario.
pub struct World<'a> {
    pub stage: Stage,
    pub scenario: &'a Scenario,
    pub policy: &'a Policy,
    pub variant: Variant,
    /// First ledger of round 0, once it began.
    began: Option<u32>,
    /// Ledger of the next round.
    next_round: u32,
    /// Rounds of the scenario that were published.
    rounds: u32,
    /// What the feed serves: the last round and the one before; nothing where it is dead.
    latest: Option<PerAsset>,
    previous: Option<PerAsset>,
    /// True prices now.
    truth: PerAsset,
}

impl<'a> World<'a> {
    /// A world on a stage, before the scenario: the feed is honest.
    pub fn new(stage: Stage, scenario: &'a Scenario, policy: &'a Policy, variant: Variant) -> Self {
        let next_round = stage.chain().sequence();
        let mut world = Self {
            stage,
            scenario,
            policy,
            variant,
            began: None,
            next_round,
            rounds: 0,
            latest: Some(BASE_USD),
            previous: Some(BASE_USD),
            truth: BASE_USD,
        };
        world.publish();
        world
    }

    /// A copy on a chain of its own.
    pub fn fork(&self) -> Self {
        Self {
            stage: self.stage.fork(),
            ..*self
        }
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        self.stage.chain()
    }

    /// The position's owner at the pool.
    pub fn user(&self, target: Target) -> &Address {
        match target {
            Target::Vault => &self.stage.vault.address,
            Target::Bare => self.stage.bare.address(),
        }
    }

    /// Ledgers since the scenario began.
    pub fn age(&self) -> u32 {
        self.began
            .map_or(0, |began| self.chain().sequence() - began)
    }

    /// Ledgers until the next round.
    pub fn until_next_round(&self) -> u32 {
        self.next_round - self.chain().sequence()
    }

    /// True prices, US dollars.
    pub fn truth_usd(&self) -> PerAsset {
        self.truth
    }

    /// The last round, US dollars; none where the feed is dead.
    pub fn latest_usd(&self) -> Option<PerAsset> {
        self.latest
    }

    /// What the vault could know of prices by its own policy: also in a rescue, also where the vault
    /// does not look.
    pub fn sources(&self) -> Vec<Source> {
        let previous = self.previous.filter(|_| self.variant.uses_previous_round());
        let second = self.variant.second_speaks().then_some(self.truth);
        [
            (Kind::Latest, self.latest),
            (Kind::Previous, previous),
            (Kind::Second, second),
        ]
        .into_iter()
        .filter_map(|(kind, usd)| Some(Source { kind, usd: usd? }))
        .collect()
    }

    /// Begins the scenario: waits for the next round, which is its first. The market, and with it
    /// the AMM, moves to where it will stand.
    pub fn begin(&mut self) {
        let left = self.until_next_round();
        self.chain().advance_ledgers(left);
        self.began = Some(self.chain().sequence());
        self.truth = self.scenario.truth_usd();
        if self.truth != BASE_USD {
            let price = self.truth[XLM] / self.truth[USDC];
            let trader = self
                .stage
                .system
                .market
                .trader("arbitrageur", units(5e7), units(2e7));
            self.stage
                .system
                .market
                .amm
                .move_price(&trader, price)
                .expect("the arbitrageur trades");
        }
        self.publish();
    }

    /// Closes ledgers; rounds are published as they fall due.
    pub fn wait(&mut self, mut ledgers: u32) {
        while ledgers > 0 {
            let step = ledgers.min(self.until_next_round());
            self.chain().advance_ledgers(step);
            ledgers -= step;
            if self.until_next_round() == 0 {
                self.publish();
            }
        }
    }

    fn publish(&mut self) {
        let oracle = &self.stage.system.market.oracle;
        let feed = match self.began {
            None => Feed::Says(BASE_USD),
            Some(_) => self.scenario.feed(self.rounds),
        };
        match feed {
            Feed::Says(usd) => {
                publish(oracle, usd);
                self.previous = self.latest;
                self.latest = Some(usd);
            }
            Feed::Repeats if self.rounds == 0 => {
                // Served with the time of the round before, as long as anybody asks.
                let made = self.chain().timestamp() - u64::from(ROUND_LEDGERS) * 5;
                for (token, usd) in self.stage.tokens.iter().zip(BASE_USD) {
                    let price = price_units(usd);
                    let forced = PriceData {
                        price,
                        timestamp: made,
                    };
                    oracle.set_override(token.address(), Override::Fixed(forced));
                }
                self.previous = None;
            }
            Feed::Repeats => {}
            Feed::Dead => {
                if self.latest.is_some() {
                    oracle.set_dead(true);
                }
                (self.latest, self.previous) = (None, None);
            }
        }
        if self.variant.second_speaks() {
            publish(&self.stage.second, self.truth);
        }
        if self.began.is_some() {
            self.rounds += 1;
        }
        self.next_round = self.chain().sequence() + ROUND_LEDGERS;
    }

    /// What the attacker's contracts hold, US dollars at true prices.
    pub fn wealth_usd(&self) -> f64 {
        let holders = [&self.stage.caller, &self.stage.venue];
        let mut sum = 0.0;
        for (token, price) in self.stage.tokens.iter().zip(self.truth) {
            for holder in holders {
                sum += tokens(token.balance(holder)) * price;
            }
        }
        sum
    }

    /// What the vault holds itself, smallest units.
    pub fn idle(&self, target: Target) -> [i128; ASSETS] {
        match target {
            Target::Vault => {
                let vault = &self.stage.vault.address;
                self.stage
                    .tokens
                    .each_ref()
                    .map(|token| token.balance(vault))
            }
            Target::Bare => [0; ASSETS],
        }
    }
}
