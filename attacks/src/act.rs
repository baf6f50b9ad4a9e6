//! Runs a strategy: each move is a transaction of the attacker's contract.

use crate::{
    book::{self, Book, Rates, Shares},
    calls,
    measure::{figures, Before, StepFigures},
    rival,
    scenario::ASSETS,
    stage::tokens,
    strategy::{Action, Gift, Move, Pause, Strategy, Way},
    world::{Target, World},
};
use ballast_core::{
    check::{Path as CorePath, Proposal},
    fixed::{mul_div_ceil, ONE_E7},
    plan::Plan,
};
use ballast_hostile::Call;
use ballast_interfaces::vault::Path;
use soroban_sdk::{IntoVal, Vec as SorobanVec};

/// What a bid has above the floor computed here, for interest between reading and execution, 7
/// decimals.
const HEADROOM_E7: i128 = 20;
/// What a strategy came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The attacker's gain, US dollars.
    pub gain_usd: f64,
    /// The owner's loss against an untouched position, US dollars.
    pub loss_usd: f64,
    /// The steps of the vault.
    pub steps: Vec<StepFigures>,
    /// What was done, in words.
    pub log: Vec<String>,
    /// Transactions that were refused.
    pub refused: u32,
    /// Auctions filled.
    pub fills: u32,
}

/// A strategy as it runs.
struct Run<'w, 'a> {
    world: &'w mut World<'a>,
    target: Target,
    rates: Rates,
    outcome: Outcome,
    waited: u32,
}

/// Runs a strategy from the beginning of the scenario. The world is used up.
pub fn run(world: &mut World<'_>, target: Target, strategy: &Strategy) -> Outcome {
    let measure = Measure::new(world, target);
    let rates = measure.rates.clone();
    let mut run = Run {
        world,
        target,
        rates,
        outcome: Outcome::default(),
        waited: 0,
    };
    for step in strategy.moves(target) {
        run.play(step);
    }
    let mut outcome = run.outcome;
    (outcome.gain_usd, outcome.loss_usd) = measure.finish(world, target);
    outcome
}

/// What is measured from the beginning to the end of a run.
pub struct Measure {
    rates: Rates,
    shares: Shares,
    idle: [i128; ASSETS],
    wealth_usd: f64,
}

impl Measure {
    /// Looks at the beginning.
    pub fn new(world: &World<'_>, target: Target) -> Self {
        Self {
            rates: Rates::read(world),
            shares: book::shares(world, target),
            idle: world.idle(target),
            wealth_usd: world.wealth_usd(),
        }
    }

    /// Looks at the end: the attacker's gain and the owner's loss against a position that nobody
    /// touched, US dollars at true prices.
    pub fn finish(&self, world: &World<'_>, target: Target) -> (f64, f64) {
        let usd = world.truth_usd();
        let shares = book::shares(world, target);
        let idle: f64 = world
            .idle(target)
            .iter()
            .zip(self.idle)
            .zip(usd)
            .map(|((now, before), price)| tokens(now - before) * price)
            .sum();
        let rates = if shares == self.shares {
            self.rates.clone()
        } else {
            Rates::read(world)
        };
        let untouched = rates.equity_usd(&self.shares, usd);
        let loss = untouched - rates.equity_usd(&shares, usd) - idle;
        (world.wealth_usd() - self.wealth_usd, loss)
    }
}

impl Run<'_, '_> {
    fn play(&mut self, step: Move) {
        let pause = match step.pause {
            Pause::Ledgers(ledgers) => ledgers,
            Pause::Round => self.world.until_next_round(),
            Pause::BeforeRival => {
                let now = self.world.chain().sequence();
                let due = rival::due_ledger(self.world, self.target).unwrap_or(now);
                due.saturating_sub(now + 1)
            }
        };
        match step.action {
            Action::Rest => return,
            _ => {
                self.waited += pause;
                rival::wait(self.world, self.target, pause);
            }
        }
        match step.action {
            Action::Steps {
                way,
                pair,
                size,
                above,
                pieces,
                skew,
            } => self.steps(way, pair, size, above, pieces, skew),
            Action::Sandwich { flash, skew } => self.sandwich(flash, skew),
            Action::Open { percent, assets } => {
                if let Some(words) = calls::open(self.world, self.target, percent, assets) {
                    self.say(words);
                }
            }
            Action::FillAuction { percent } => self.fill_auction(percent),
            Action::Give { gift, share } => self.give(gift, share),
            Action::Clear => {
                let vault = self.world.stage.vault.address.clone();
                let call = calls::call(self.world, &vault, "clear_stale_auction", (), &[]);
                self.send(&[call], None, "clear the auction".into());
            }
            Action::Rest => {}
        }
    }

    fn say(&mut self, words: String) {
        let waited = match std::mem::take(&mut self.waited) {
            0 => String::new(),
            ledgers => format!("wait {ledgers} ledgers, "),
        };
        self.outcome.log.push(format!("{waited}{words}"));
    }

    /// Sends calls as one transaction and notes the steps in it.
    fn send(&mut self, calls: &[Call], before: Option<&Before>, words: String) -> bool {
        let chain = self.world.chain().clone();
        let list = SorobanVec::from_iter(chain.env(), calls.iter().cloned());
        let caller = self.world.stage.caller.clone();
        if chain.call(&caller, "run", (list,), &[]).is_err() {
            self.outcome.refused += 1;
            return false;
        }
        self.note_steps(before);
        self.say(words);
        true
    }

    fn note_steps(&mut self, before: Option<&Before>) {
        let events = self.world.chain().last_events_named("step_executed");
        if let (Some(before), false) = (before, events.is_empty()) {
            let figures = figures(self.world, &self.rates, &events, before);
            self.outcome.steps.extend(figures);
        }
    }

    fn before(&self, book: &Book) -> Before {
        let mut shares = Shares {
            b_tokens: [0; ASSETS],
            d_tokens: [0; ASSETS],
        };
        for (asset, leg) in book.position.legs.iter().enumerate() {
            (shares.b_tokens[asset], shares.d_tokens[asset]) = (leg.b_tokens, leg.d_tokens);
        }
        Before {
            auction: book.auction.clone(),
            shares,
            ledger: book.ledger,
        }
    }

    // Moves.

    fn steps(&mut self, way: Way, pair: f64, size: f64, above: f64, pieces: u32, skew: f64) {
        let mut book = Book::read(self.world, &self.rates);
        let Some(pair) = pick_pair(&book, pair) else {
            return;
        };
        let before = self.before(&book);
        let path = match way {
            Way::Fill => CorePath::Fill,
            Way::Plain | Way::PlainAmm => CorePath::Plain,
            Way::Flash | Way::FlashAmm => CorePath::Flash,
        };
        let mut calls = Vec::new();
        let mut words = Vec::new();
        let mut total: Option<i128> = None;
        for _ in 0..pieces {
            let planned = book.plan(self.world, path, pair);
            let proposal = match (&planned, calls.is_empty()) {
                (Ok(plan), _) => scaled(
                    plan,
                    *total.get_or_insert((plan.proposal.sell as f64 * size) as i128)
                        / i128::from(pieces),
                    above,
                ),
                // The core refuses; the contracts are asked all the same.
                (Err(_), true) => guess(&book, path, pair, size, above),
                (Err(_), false) => break,
            };
            let Some(proposal) = proposal else { break };
            calls.push(calls::step(self.world, way, &proposal));
            words.push(self.step_words(&proposal));
            match book.after(self.world, &proposal) {
                Ok(after) => book = after,
                Err(_) => break,
            }
        }
        if calls.is_empty() {
            return;
        }
        let mut text = format!("{}: {}", way_words(way), words.join("; "));
        if let Some((there, back)) = (skew != 0.0)
            .then(|| calls::trade(self.world, skew))
            .flatten()
        {
            calls.insert(0, there);
            calls.push(back);
            text += &format!(", around a trade of {:.0}% of the AMM", skew * 33.0);
        }
        self.send(&calls, Some(&before), text);
    }

    fn step_words(&self, proposal: &Proposal) -> String {
        let stage = &self.world.stage;
        format!(
            "{:.4} {} for {:.2} {}",
            tokens(proposal.sell),
            stage.tokens[proposal.collateral].code(),
            tokens(proposal.repay),
            stage.tokens[proposal.debt].code(),
        )
    }

    fn sandwich(&mut self, flash: bool, skew: f64) {
        let stage = &self.world.stage;
        let path = if flash { Path::Flash } else { Path::Plain };
        let quote = stage.system.quote_rebalance(&stage.vault, path);
        let (Ok(quote), Some((there, back))) = (quote, calls::trade(self.world, skew)) else {
            return;
        };
        let left = self.before(&Book::read(self.world, &self.rates));
        if !self.send(
            &[there],
            None,
            format!("trade {:.0}% of the AMM", skew * 33.0),
        ) {
            return;
        }
        let stage = &self.world.stage;
        let done = stage.vault.rebalance(&stage.honest, &quote.step);
        match done {
            Ok(report) => {
                self.note_steps(Some(&left));
                let sold = tokens(report.sold);
                self.say(format!("an honest keeper sells {sold:.0} XLM to it"));
            }
            Err(_) => self.outcome.refused += 1,
        }
        self.send(&[back], None, "trade back".into());
    }

    fn give(&mut self, gift: Gift, share: f64) {
        let book = Book::read(self.world, &self.rates);
        let Some((asset, leg)) = book
            .position
            .legs
            .iter()
            .enumerate()
            .find(|(_, leg)| leg.d_tokens > 0)
        else {
            return;
        };
        let owed = leg.debt_ceil().expect("amounts of a pool");
        let amount = (owed as f64 * share) as i128;
        if amount == 0 {
            return;
        }
        let stage = &self.world.stage;
        let env = self.world.chain().env();
        let (vault, caller) = (stage.vault.address.clone(), stage.caller.clone());
        let token = stage.tokens[asset].address().clone();
        let (function, verb) = match gift {
            Gift::Repay => ("repay", "repay"),
            Gift::Reserve => ("fund_reserve", "put into the reserve"),
        };
        let transfer = (&caller, &vault, amount).into_val(env);
        let call = calls::call(
            self.world,
            &vault,
            function,
            (&caller, &token, amount),
            &[(&token, "transfer", transfer)],
        );
        let code = stage.tokens[asset].code();
        let words = format!("{verb} {:.2} {code} for the owner", tokens(amount));
        self.send(&[call], None, words);
    }

    fn fill_auction(&mut self, percent: u32) {
        let Some((call, age)) =
            calls::fill_auction(self.world, &self.world.stage.caller, self.target, percent)
        else {
            return;
        };
        let words = format!("fill {percent}% of the auction at age {age}");
        if self.send(&[call], None, words) {
            self.outcome.fills += 1;
        }
    }
}

fn pick_pair(book: &Book, choice: f64) -> Option<(usize, usize)> {
    let legs = &book.position.legs;
    let mut pairs = Vec::new();
    for (collateral, _) in legs.iter().enumerate().filter(|(_, leg)| leg.b_tokens > 0) {
        for (debt, _) in legs.iter().enumerate().filter(|(_, leg)| leg.d_tokens > 0) {
            pairs.push((collateral, debt));
        }
    }
    let index = (choice * pairs.len() as f64) as usize;
    pairs.get(index.min(pairs.len().saturating_sub(1))).copied()
}

/// A planned step of another size, at the least bid for it and some more.
fn scaled(plan: &Plan, sell: i128, above: f64) -> Option<Proposal> {
    let planned = plan.proposal;
    // What was planned repays the floor for its sale, so that smaller ones repay in proportion.
    let floor = plan.approved.floor_repay.min(planned.repay);
    let repay = mul_div_ceil(sell, floor, planned.sell).ok()?;
    Some(Proposal {
        sell,
        repay: bid(repay, above)?,
        ..planned
    })
}

/// A step where the core grants none: a share of the collateral at about the feed's price.
fn guess(
    book: &Book,
    path: CorePath,
    (collateral, debt): (usize, usize),
    size: f64,
    above: f64,
) -> Option<Proposal> {
    let (held, owed) = (&book.position.legs[collateral], &book.position.legs[debt]);
    let sell = (held.collateral_floor().ok()? as f64 * size / 4.0) as i128;
    let repay = owed.amount_floor(held.value_ceil(sell).ok()?).ok()?;
    Some(Proposal {
        path,
        collateral,
        debt,
        sell,
        repay: bid(repay, above - 0.02)?,
    })
}

fn bid(least: i128, above: f64) -> Option<i128> {
    let least = mul_div_ceil(least, ONE_E7 + HEADROOM_E7, ONE_E7).ok()?;
    Some(least + (least as f64 * above) as i128)
}

fn way_words(way: Way) -> &'static str {
    match way {
        Way::Fill => "fill",
        Way::Plain => "plain through own adapter",
        Way::Flash => "flash through own adapter",
        Way::PlainAmm => "plain through the AMM",
        Way::FlashAmm => "flash through the AMM",
    }
}
