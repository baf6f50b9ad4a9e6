//! What became of each vault, beside its bare twin.

use crate::{
    borrowers,
    chances::Chance,
    town::{Info, Moment, Sale, FIRST_PRICES},
};
use serde_json::{json, Value as Json};
use std::{collections::BTreeMap, fmt::Write};
use stellar_xdr::curr::ScAddress;

/// Everything that happened.
#[derive(Default)]
pub struct Record {
    sales: BTreeMap<ScAddress, Vec<Sale>>,
    missed: BTreeMap<ScAddress, Vec<Chance>>,
    /// By vault: the last two different risk ratios before its first auction was filled or the end.
    jumps: BTreeMap<ScAddress, (u32, i128, i128)>,
    last_risks: Vec<i128>,
    pub ledgers: u32,
    pub failed: usize,
    pub most_steps: usize,
}

/// What became of a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was never in danger, or it passed.
    Untouched,
    /// Keepers stepped it, and nobody filled it.
    Saved,
    /// Filled, and no step that the network and the keeper's means allowed would have come in time.
    Lost,
    /// Filled, although a step would have been accepted before.
    Missed,
}

impl Record {
    /// Takes a ledger.
    pub fn take(&mut self, info: &Info, moment: &Moment) {
        self.ledgers += 1;
        self.failed += moment.failed;
        let steps = moment.sales.iter().filter(|sale| sale.way != "auction");
        self.most_steps = self.most_steps.max(steps.count());
        for sale in &moment.sales {
            self.sales
                .entry(sale.user.clone())
                .or_default()
                .push(sale.clone());
        }
        for chance in &moment.missed {
            self.missed
                .entry(chance.vault.clone())
                .or_default()
                .push(chance.clone());
        }
        for (index, pair) in info.pairs.iter().enumerate() {
            let (Some(before), Some(after)) =
                (self.last_risks.get(index), moment.risks_e7.get(index))
            else {
                continue;
            };
            // The round that takes it to where only an auction's clock lets it out.
            if *before < 10_000_000 && *after >= 10_000_000 {
                self.jumps
                    .insert(pair.vault.clone(), (moment.ledger, *before, *after));
            }
        }
        self.last_risks.clone_from(&moment.risks_e7);
    }

    fn of(&self, user: &ScAddress, auction: bool) -> Vec<&Sale> {
        let sales = self.sales.get(user).into_iter().flatten();
        sales
            .filter(|sale| (sale.way == "auction") == auction)
            .collect()
    }

    /// The chances of a vault that nobody took before it was filled.
    pub fn chances_before_fill(&self, vault: &ScAddress) -> Vec<&Chance> {
        let Some(fill) = self.of(vault, true).last().map(|fill| fill.ledger) else {
            return vec![];
        };
        let missed = self.missed.get(vault).into_iter().flatten();
        // Seen when its ledger had closed, acted on in the next, at the latest the one before the fill.
        missed.filter(|chance| chance.ledger + 1 < fill).collect()
    }

    pub fn fate(&self, vault: &ScAddress) -> Fate {
        if !self.of(vault, true).is_empty() {
            return match self.chances_before_fill(vault).is_empty() {
                true => Fate::Lost,
                false => Fate::Missed,
            };
        }
        match self.of(vault, false).is_empty() {
            true => Fate::Untouched,
            false => Fate::Saved,
        }
    }

    /// What the sales of a user gave up, US dollars: of auctions at the market's price, of steps at the oracle's.
    fn given_up(sales: &[&Sale]) -> f64 {
        sales
            .iter()
            .map(|sale| sale.sold_usd - sale.repaid_usd)
            .sum()
    }

    /// Vaults of a fate.
    pub fn count(&self, info: &Info, fate: Fate) -> usize {
        info.pairs
            .iter()
            .filter(|pair| self.fate(&pair.vault) == fate)
            .count()
    }

    /// Twins that were filled.
    pub fn twins_filled(&self, info: &Info) -> usize {
        info.pairs
            .iter()
            .filter(|pair| !self.of(&pair.twin, true).is_empty())
            .count()
    }

    /// All of it, as JSON.
    pub fn json(&self, info: &Info) -> Json {
        let rows: Vec<Json> = info.pairs.iter().map(|pair| {
            let (steps, filled) = (self.of(&pair.vault, false), self.of(&pair.vault, true));
            let twin = self.of(&pair.twin, true);
            let sale = |sale: &&Sale| json!({
                "ledger": sale.ledger, "way": sale.way, "rescue": sale.rescue,
                "sold_usd": cents(sale.sold_usd), "repaid_usd": cents(sale.repaid_usd),
            });
            let jump = self.jumps.get(&pair.vault);
            json!({
                "vault": pair.vault.to_string(),
                "borrower": pair.borrower.name,
                "policy": pair.policy,
                "collateral_usd": cents(borrowers::value(pair.borrower.collateral, FIRST_PRICES)),
                "debt_usd": cents(borrowers::value(pair.borrower.debt, FIRST_PRICES)),
                "fate": format!("{:?}", self.fate(&pair.vault)).to_lowercase(),
                "steps": steps.iter().map(sale).collect::<Vec<_>>(),
                "cost_usd": cents(Self::given_up(&steps)),
                "filled": filled.iter().map(sale).collect::<Vec<_>>(),
                "lost_usd": cents(Self::given_up(&filled)),
                "twin_filled": twin.iter().map(sale).collect::<Vec<_>>(),
                "twin_lost_usd": cents(Self::given_up(&twin)),
                "beyond_100_percent": jump.map(|(ledger, before, after)| json!({
                    "ledger": ledger, "risk_before_e7": before, "risk_after_e7": after,
                })),
                "missed": self.chances_before_fill(&pair.vault).iter()
                    .map(|chance| json!({ "ledger": chance.ledger, "how": chance.how })).collect::<Vec<_>>(),
            })
        }).collect();
        json!({
            "what": "The crash of 2025-10-10: vaults with a keeper, each beside a bare twin. \
                cost: worth of what steps sold less what they repaid, at the oracle's prices; \
                lost: worth of what a filler got less what it took over, at the market's price. \
                missed: filled although a step would have been accepted in two consecutive ledgers before.",
            "ledgers": self.ledgers,
            "most_steps_in_a_ledger": self.most_steps,
            "failed_transactions_of_the_keeper": self.failed,
            "vaults": rows,
        })
    }

    /// What the table of a person says: vaults and twins to which anything happened, worst twin first.
    pub fn table(&self, info: &Info) -> String {
        let mut rows: Vec<_> = info
            .pairs
            .iter()
            .map(|pair| {
                let (steps, filled) = (self.of(&pair.vault, false), self.of(&pair.vault, true));
                let twin = self.of(&pair.twin, true);
                (
                    pair,
                    steps.len(),
                    Self::given_up(&steps),
                    Self::given_up(&filled),
                    Self::given_up(&twin),
                    twin.len(),
                )
            })
            .filter(|row| row.1 > 0 || row.5 > 0 || self.fate(&row.0.vault) != Fate::Untouched)
            .collect();
        rows.sort_by(|one, other| other.4.total_cmp(&one.4));
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{:<10}{:<10}{:>12}  {:<10}{:>6}{:>11}{:>11}{:>8}{:>12}",
            "borrower", "policy", "debt", "fate", "steps", "cost", "lost", "twin", "twin lost"
        );
        let (mut cost, mut lost, mut bare) = (0.0, 0.0, 0.0);
        for (pair, steps, paid, filled, twin, fills) in rows {
            let debt = borrowers::value(pair.borrower.debt, FIRST_PRICES);
            let fate = format!("{:?}", self.fate(&pair.vault)).to_lowercase();
            let _ = writeln!(out, "{:<10}{:<10}{debt:>12.2}  {fate:<10}{steps:>6}{paid:>11.2}{filled:>11.2}{fills:>8}{twin:>12.2}", pair.borrower.name, pair.policy);
            cost += paid;
            lost += filled;
            bare += twin;
        }
        let _ = writeln!(
            out,
            "{:<10}{:<10}{:>12}  {:<10}{:>6}{cost:>11.2}{lost:>11.2}{:>8}{bare:>12.2}",
            "all", "", "", "", "", ""
        );
        out
    }
}

fn cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}
