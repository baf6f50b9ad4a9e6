//! One run: ledger after ledger, what the keeper and the liquidator hand in and what becomes of it.

use crate::{
    actors::{self, Signed, VALID_LEDGERS},
    reading,
    scene::{Actor, Scene, ROUND_LEDGERS},
};
use anyhow::{bail, ensure, Context, Result};
use ballast_client::value::Address;
use ballast_core::{
    fixed::ONE_E7,
    health::{Position, Totals},
};
use ballast_keeper::{
    book::{Book, Thresholds},
    model::{position, Borrower, Market, SecondPrices, Vault},
    strategy::{
        decide, inclusion_fee, lumen_price, Action, Fees, Input, Inventory, Settings, Verdict, Way,
    },
};
use ballast_ledger::{ClosedLedger, Ledger, SubmitStatus};
use serde::Serialize;
use soroban_sdk::xdr::{TransactionEnvelope, TransactionResultResult};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What everybody bids for inclusion who does not bid by what is at stake, stroops.
const FLAT_BID: u32 = 100;
/// What the network is said to ask: a quiet one.
const FEES: [u32; 3] = [100, 1_000, 10_000];
/// Transactions of the keeper that wait at a time, and of the liquidator: more than a ledger holds of either.
const KEEPER_WAITING: usize = 50;
const LIQUIDATOR_WAITING: usize = 80;
/// Ledgers after which the queue has let go of a transaction in any case.
const QUEUE_LEDGERS: u32 = 4;

/// In which order vaults are served, and with which bids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they came: by the ledger in which each was first at risk, then by creation.
    FirstCome,
    /// By what their owners lose if they are late, at the bid of all others.
    LossIfLate,
    /// The same, with the strategy's bids; the liquidator bids a tenth of its profit under the same cap.
    LossIfLateBidding,
}

impl Order {
    pub const ALL: [Order; 3] = [
        Order::FirstCome,
        Order::LossIfLate,
        Order::LossIfLateBidding,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Order::FirstCome => "first come, first served",
            Order::LossIfLate => "by loss if late",
            Order::LossIfLateBidding => "by loss if late, all bidding by it",
        }
    }
}

/// What became of one vault. Ledgers count from the one of the fall.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Track {
    /// Base value at the prices after the fall.
    pub debt_value: i128,
    /// First ledger at whose close the keeper's book had it.
    pub at_risk: Option<u32>,
    pub steps: u32,
    pub first_step: Option<u32>,
    pub opened: Option<u32>,
    pub fills: u32,
    pub first_fill: Option<u32>,
    /// Equity given up in steps, at the oracle's prices.
    pub lost_to_steps: i128,
    /// Equity taken by fillers.
    pub lost_to_fills: i128,
    /// Risk ratio at the end, 7 decimals.
    pub risk_at_end_e7: i128,
    pub auction_at_end: bool,
}

/// What a ledger held.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Contents {
    pub ledger: u32,
    pub steps: u32,
    pub opened: u32,
    pub fills: u32,
    /// Of all three, included and failed.
    pub failed: u32,
}

/// A run.
#[derive(Serialize)]
pub struct Run {
    pub order: Order,
    pub tracks: Vec<Track>,
    pub ledgers: Vec<Contents>,
    /// Planned and refused by the simulation.
    pub refused: u32,
    /// Not taken by the full queue.
    pub turned_away: u32,
    /// Taken and not included within their ledgers.
    pub expired: u32,
    pub inclusion_and_resources_stroops: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Step,
    Open,
    Fill,
}

struct Sent {
    what: What,
    vault: usize,
    channel: usize,
    last_ledger: u32,
}

/// The state of a run.
pub struct Race<'a> {
    scene: &'a Scene,
    order: Order,
    ledger: Ledger,
    first: u32,
    vaults: Vec<Vault>,
    index: HashMap<Address, usize>,
    book: Book,
    waiting: HashMap<[u8; 32], Sent>,
    /// Those that nobody waits for any more and whose channels the queue still holds.
    expired: Vec<Sent>,
    nonce: i64,
    settings: Settings,
    run: Run,
}

impl<'a> Race<'a> {
    /// From the scene, before the fall.
    pub fn new(scene: &'a Scene, order: Order) -> Self {
        Self {
            scene,
            order,
            ledger: scene.ledger.clone(),
            first: scene.ledger.building().ledger_seq,
            vaults: Vec::new(),
            index: HashMap::new(),
            book: Book::new(),
            waiting: HashMap::new(),
            expired: Vec::new(),
            nonce: 0,
            settings: Settings {
                ways: BTreeSet::from([Way::Fill]),
                steps_per_ledger: u32::MAX,
                ..Settings::default()
            },
            run: Run {
                order,
                tracks: vec![Track::default(); scene.vaults.len()],
                ledgers: Vec::new(),
                refused: 0,
                turned_away: 0,
                expired: 0,
                inclusion_and_resources_stroops: 0,
            },
        }
    }

    /// Plays so many ledgers after the fall.
    ///
    /// # Errors
    /// If what the ledger holds cannot be read.
    pub fn play(mut self, ledgers: u32) -> Result<Run> {
        for address in &self.scene.vaults {
            let vault = reading::vault(&self.ledger, self.scene, address)?;
            self.index.insert(address.clone(), self.vaults.len());
            self.book.set(&borrower(&vault), Some(&thresholds(&vault)));
            self.vaults.push(vault);
        }
        let before = reading::market(&self.ledger, self.scene)?;
        ensure!(
            self.book.at_risk(&before).at_risk.is_empty(),
            "vaults are at risk before the fall"
        );
        for number in 0..=ledgers {
            // They look at the last closed ledger: a round is seen a ledger after it was published.
            if number > 0 {
                self.act()?;
            }
            if number % ROUND_LEDGERS == 0 {
                let envelope = actors::round(self.scene, self.scene.price_after, &self.ledger)?;
                ensure!(self.ledger.execute(envelope).is_success(), "no round");
            }
            let close_time = self.ledger.building().scp_value.close_time.0;
            let closed = self.ledger.close(close_time);
            self.settle(number, &closed)?;
        }
        let market = reading::market(&self.ledger, self.scene)?;
        for (track, vault) in self.run.tracks.iter_mut().zip(&self.vaults) {
            let totals = totals(&market, vault)?.1;
            track.risk_at_end_e7 = totals.risk_ratio_e7_ceil();
            track.auction_at_end = vault.auction.is_some();
        }
        Ok(self.run)
    }

    /// Everybody looks at the last closed ledger and hands in.
    fn act(&mut self) -> Result<()> {
        let market = reading::market(&self.ledger, self.scene)?;
        let number = market.ledger - self.first;
        self.keep(&market, number)?;
        self.liquidate(&market)
    }

    fn keep(&mut self, market: &Market, number: u32) -> Result<()> {
        let screened = self.book.at_risk(market);
        let mut at_risk = Vec::with_capacity(screened.at_risk.len());
        for standing in &screened.at_risk {
            let vault = self.number_of(&standing.address)?;
            self.run.tracks[vault].at_risk.get_or_insert(number);
            at_risk.push(self.vaults[vault].clone());
        }
        let in_flight: BTreeSet<Address> = self
            .waiting
            .values()
            .filter(|sent| sent.what == What::Step)
            .map(|sent| self.scene.vaults[sent.vault].clone())
            .collect();
        let decisions = decide(
            &self.settings,
            &Input {
                market,
                vaults: &at_risk,
                second: &SecondPrices::new(),
                crowd: &BTreeMap::new(),
                inventory: &Inventory {
                    // More than everybody owes.
                    available: BTreeMap::from([(self.scene.usdc.clone(), i128::MAX / 4)]),
                },
                fees: &fees(),
                native: &self.scene.xlm,
                in_flight: &in_flight,
                capacity: u32::MAX,
            },
        );
        let mut acts: Vec<(usize, Action)> = Vec::new();
        for decision in decisions {
            if let Verdict::Act { choices, .. } = decision.verdict {
                let vault = self.number_of(&decision.vault)?;
                acts.extend(choices.into_iter().next().map(|action| (vault, action)));
            }
        }
        if self.order == Order::FirstCome {
            acts.sort_by_key(|(vault, _)| (self.run.tracks[*vault].at_risk, *vault));
        }
        for (vault, action) in acts {
            if self.count(&[What::Step]) >= KEEPER_WAITING {
                break;
            }
            let bid = match self.order {
                Order::LossIfLateBidding => action.inclusion_fee,
                Order::FirstCome | Order::LossIfLate => FLAT_BID,
            };
            let call = actors::step(self.scene, &action, market.closed_at)?;
            self.hand_in(What::Step, vault, call, bid)?;
        }
        Ok(())
    }

    /// Fills what pays, then opens what may be opened; the most valuable first.
    fn liquidate(&mut self, market: &Market) -> Result<()> {
        let busy: BTreeSet<usize> = self
            .waiting
            .values()
            .filter(|sent| sent.what != What::Step)
            .map(|sent| sent.vault)
            .collect();
        let next = market.ledger + 1;
        let price = lumen_price(&self.settings, market, &self.scene.xlm);
        let mut fills = Vec::new();
        let mut opens = Vec::new();
        for (number, vault) in self.vaults.iter().enumerate() {
            if busy.contains(&number) {
                continue;
            }
            let (position, totals) = totals(market, vault)?;
            match &vault.auction {
                Some(open) => {
                    let auction = actors::core_auction(self.scene, open, &position);
                    let age = auction.age(next);
                    if let Some(profit) = actors::fill_profit(&position, &auction, age) {
                        let terms = auction.fill_terms(&position, age);
                        let bid = terms.map_or(0, |terms| terms.bid_value);
                        fills.push((profit, number, bid));
                    }
                }
                None if totals.liability_base > totals.collateral_base => {
                    opens.push((totals.debt_value, number, actors::percent(&totals)));
                }
                None => {}
            }
        }
        fills.sort_by_key(|(profit, number, _)| (-profit, *number));
        opens.sort_by_key(|(debt, number, _)| (-debt, *number));
        let others = [What::Open, What::Fill];
        for (profit, number, bid_value) in fills {
            if self.count(&others) >= LIQUIDATOR_WAITING {
                return Ok(());
            }
            let call = actors::fill(self.scene, &self.scene.vaults[number], bid_value)?;
            let bid = match self.order {
                Order::LossIfLateBidding => inclusion_fee(&self.settings, &fees(), price, profit),
                Order::FirstCome | Order::LossIfLate => FLAT_BID,
            };
            self.hand_in(What::Fill, number, call, bid)?;
        }
        for (_, number, percent) in opens {
            if self.count(&others) >= LIQUIDATOR_WAITING {
                return Ok(());
            }
            // Where the pool finds it too large or too small, the next ones.
            for percent in [percent, percent + 1, percent.saturating_sub(1), 100] {
                let call = actors::open(self.scene, &self.scene.vaults[number], percent);
                if self.hand_in(What::Open, number, call, FLAT_BID)? {
                    break;
                }
            }
        }
        Ok(())
    }

    fn number_of(&self, vault: &Address) -> Result<usize> {
        self.index.get(vault).copied().context("an unknown vault")
    }

    fn count(&self, whats: &[What]) -> usize {
        let waiting = self.waiting.values();
        waiting.filter(|sent| whats.contains(&sent.what)).count()
    }

    /// Simulates, signs and hands in. Whether it waits now.
    fn hand_in(&mut self, what: What, vault: usize, call: Signed, bid: u32) -> Result<bool> {
        let actor = self.actor(what);
        let same = |other: What| (other == What::Step) == (what == What::Step);
        let waiting = self.waiting.values().chain(&self.expired);
        let taken: BTreeSet<usize> = waiting
            .filter(|sent| same(sent.what))
            .map(|sent| sent.channel)
            .collect();
        let channel = (0..actor.channels.len()).find(|channel| !taken.contains(channel));
        let channel = channel.context("no channel is free")?;
        self.nonce += 1;
        let made = actors::transaction(&self.ledger, actor, channel, call, bid, self.nonce);
        let envelope: TransactionEnvelope = match made {
            Ok(envelope) => envelope,
            Err(error) => {
                if std::env::var_os("BALLAST_TRACE").is_some() {
                    eprintln!("{what:?} of {vault}: {error}");
                }
                self.run.refused += 1;
                return Ok(false);
            }
        };
        let submitted = self.ledger.submit(envelope);
        match submitted.status {
            SubmitStatus::Pending => {}
            // The queue has two ledgers' worth of bids as high as this one.
            SubmitStatus::TryAgainLater => {
                self.run.turned_away += 1;
                return Ok(false);
            }
            SubmitStatus::Error { result, .. }
                if result.result == TransactionResultResult::TxInsufficientFee =>
            {
                self.run.turned_away += 1;
                return Ok(false);
            }
            other => bail!("{what:?}: {other:?}"),
        }
        let sent = Sent {
            what,
            vault,
            channel,
            last_ledger: self.ledger.header().ledger_seq + VALID_LEDGERS,
        };
        self.waiting.insert(submitted.hash, sent);
        Ok(true)
    }

    fn actor(&self, what: What) -> &'a Actor {
        match what {
            What::Step => &self.scene.keeper,
            What::Open | What::Fill => &self.scene.liquidator,
        }
    }

    /// What became of what was handed in.
    fn settle(&mut self, number: u32, closed: &ClosedLedger) -> Result<()> {
        let market = reading::market(&self.ledger, self.scene)?;
        let mut contents = Contents {
            ledger: number,
            ..Contents::default()
        };
        if number == 0 {
            for (track, vault) in self.run.tracks.iter_mut().zip(&self.vaults) {
                track.debt_value = totals(&market, vault)?.1.debt_value;
            }
        }
        for transaction in &closed.transactions {
            let Some(sent) = self.waiting.remove(&transaction.hash) else {
                continue;
            };
            if sent.what == What::Step {
                self.run.inclusion_and_resources_stroops += transaction.result.fee_charged;
            }
            let succeeded = matches!(
                transaction.result.result,
                TransactionResultResult::TxSuccess(_)
            );
            if !succeeded {
                contents.failed += 1;
                continue;
            }
            match sent.what {
                What::Step => contents.steps += 1,
                What::Open => contents.opened += 1,
                What::Fill => contents.fills += 1,
            }
            self.note(number, &market, &sent)?;
        }
        let sequence = closed.sequence();
        let over = self
            .waiting
            .extract_if(|_, sent| sent.last_ledger <= sequence);
        let over: Vec<Sent> = over.map(|(_, sent)| sent).collect();
        self.run.expired += over.len() as u32;
        self.expired.extend(over);
        let gone = |sent: &Sent| sent.last_ledger + QUEUE_LEDGERS <= sequence;
        self.expired.retain(|sent| !gone(sent));
        self.run.ledgers.push(contents);
        Ok(())
    }

    /// Reads a vault again that a transaction changed.
    fn note(&mut self, number: u32, market: &Market, sent: &Sent) -> Result<()> {
        let address = &self.scene.vaults[sent.vault];
        let now = reading::vault(&self.ledger, self.scene, address)?;
        let before = totals(market, &self.vaults[sent.vault])?.1;
        let after = totals(market, &now)?.1;
        let equity = |totals: &Totals| totals.collateral_value - totals.debt_value;
        let lost = equity(&before) - equity(&after);
        let track = &mut self.run.tracks[sent.vault];
        match sent.what {
            What::Step => {
                track.steps += 1;
                track.first_step.get_or_insert(number);
                track.lost_to_steps += lost;
            }
            What::Open => drop(track.opened.get_or_insert(number)),
            What::Fill => {
                track.fills += 1;
                track.first_fill.get_or_insert(number);
                track.lost_to_fills += lost;
            }
        }
        self.book.set(&borrower(&now), Some(&thresholds(&now)));
        self.vaults[sent.vault] = now;
        Ok(())
    }
}

fn fees() -> Fees {
    let [p50, p90, p99] = FEES;
    Fees {
        p50,
        p90,
        p99,
        typical_resource_fee: BTreeMap::from([(Way::Fill, 700_000)]),
    }
}

fn borrower(vault: &Vault) -> Borrower {
    Borrower {
        address: vault.address.clone(),
        shares: vault.shares.clone(),
    }
}

fn thresholds(vault: &Vault) -> Thresholds {
    let policy = &vault.state.policy.core;
    Thresholds {
        soft_e7: policy.soft_e7,
        lowered_at_most_e7: match policy.volatility_z_e2 {
            0 => 0,
            _ => policy.volatility_shift_max_e7,
        },
        automation: vault.state.automation,
    }
}

fn totals(market: &Market, vault: &Vault) -> Result<(Position, Totals)> {
    let refused = |refusal| anyhow::anyhow!("{refusal:?}");
    let position = position(market, &vault.shares).map_err(refused)?;
    let totals = position.totals().map_err(refused)?;
    Ok((position, totals))
}

/// Whether a ratio is at the pool's limit or beyond.
pub fn is_liquidatable(risk_e7: i128) -> bool {
    risk_e7 > ONE_E7
}
