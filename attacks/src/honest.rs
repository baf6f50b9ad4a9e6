//! What keepers and fillers without tricks make of the same scenario.

use crate::{
    act::{Measure, Outcome},
    book::{self, Rates},
    calls,
    measure::{figures, Before},
    rival,
    scenario::{ROUNDS, ROUND_LEDGERS},
    stage::tokens,
    world::{Target, World},
};

/// Ledgers between two looks.
const LOOK_LEDGERS: u32 = 6;

/// Runs the scenario to its end with a keeper who clears auctions that are not deserved and takes
/// quoted fills that pay at true prices, and fillers who open auctions and fill them. The world is used up.
pub fn run(world: &mut World<'_>, target: Target) -> Outcome {
    let measure = Measure::new(world, target);
    let mut outcome = Outcome::default();
    let end = ROUNDS * ROUND_LEDGERS;
    while world.age() < end {
        if target == Target::Vault {
            keep(world, &mut outcome);
        }
        open(world, target, &mut outcome);
        rival::wait(world, target, LOOK_LEDGERS);
    }
    (_, outcome.loss_usd) = measure.finish(world, target);
    outcome
}

fn keep(world: &World<'_>, outcome: &mut Outcome) {
    let stage = &world.stage;
    let vault = &stage.vault;
    let auction = book::auction(world, Target::Vault);
    if auction.is_some() {
        let cleared = world
            .chain()
            .call(&vault.address, "clear_stale_auction", (), &[]);
        if cleared.is_ok() {
            outcome
                .log
                .push(format!("auction cleared at ledger {}", world.age()));
            return;
        }
    }
    let Ok(quote) = vault.quote_fill() else {
        return;
    };
    let step = quote.step;
    let usd = world.truth_usd();
    let worth = tokens(step.sell) * usd[stage.index_of(&step.collateral)];
    let price = tokens(step.min_proceeds) * usd[stage.index_of(&step.debt)];
    if worth <= price {
        return;
    }
    let rates = Rates::read(world);
    let before = Before {
        auction,
        shares: book::shares(world, Target::Vault),
        ledger: world.chain().sequence(),
    };
    let (collateral, debt) = (&step.collateral, &step.debt);
    let done = vault.fill(
        &stage.honest,
        collateral,
        debt,
        step.min_proceeds,
        step.sell,
    );
    if done.is_ok() {
        outcome.gain_usd += worth - price;
        let events = world.chain().last_events_named("step_executed");
        outcome
            .steps
            .extend(figures(world, &rates, &events, &before));
        outcome.log.push(format!("step at ledger {}", world.age()));
    }
}

fn open(world: &World<'_>, target: Target, outcome: &mut Outcome) {
    if book::auction(world, target).is_none() {
        // Bots aim at a health of about 1.06: a small percent.
        if let Some(words) = calls::open(world, target, 0.25, 0.0) {
            outcome
                .log
                .push(format!("{words} at ledger {}", world.age()));
        }
    }
}
