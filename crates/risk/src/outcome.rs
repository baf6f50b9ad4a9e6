//! What a replay reports.

use crate::{policy::PolicyFields, time};
use serde::Serialize;

/// All parameters of a replay, and what it ran on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Episode {
    /// Where the bars come from.
    pub prices: String,
    /// Start of the first bar.
    pub from: String,
    /// End of the last bar.
    pub to: String,
    /// Number of bars.
    pub bars: u64,
    /// Length of a bar, seconds.
    pub bar_seconds: u64,
    /// Bars missing in gaps, bridged.
    pub bars_missing: u64,
    /// What the prices are of: `XLM`, `BTC` or `ETH`.
    pub collateral: &'static str,
    /// What an oracle round carries: `close` or `low`.
    pub oracle: &'static str,
    /// Health factor at the first price.
    pub entry_health: f64,
    /// Collateral at the first price, USD.
    pub collateral_usd: f64,
    /// Depth of the AMM a side at the first price, USD.
    pub depth_usd: f64,
    /// What the liquidator asks above the bid, basis points of the bid.
    pub filler_margin_bps: u32,
    /// Ledgers from the keeper's decision to its execution.
    pub keeper_delay_ledgers: u32,
    /// Where the keeper sells what a fill brings: `best` or `amm`.
    pub keeper_sells: &'static str,
    /// First price, USD.
    pub first_price_usd: f64,
    /// Lowest price of the oracle's rounds, USD.
    pub lowest_round_usd: f64,
    /// Last price, USD.
    pub last_price_usd: f64,
    /// Ledgers simulated.
    pub ledgers: u64,
    /// The vault's policy.
    pub policy: PolicyFields,
}

/// What became of one twin. Values in USD at the market's price of the moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TwinOutcome {
    /// Whether a liquidation auction was filled.
    pub liquidated: bool,
    /// Steps that left an open auction.
    pub rescues: u32,
    /// Steps that sold collateral, rescues among them.
    pub steps: u32,
    /// Collateral sold, in steps and in filled auctions.
    pub sold_usd: f64,
    /// What was given up on it: value sold less debt repaid and idle assets gained, basis points of
    /// `sold_usd`. Negative if the twin gained.
    pub cost_bps: f64,
    /// Collateral less debt at the first price, idle assets included.
    pub equity_start_usd: f64,
    /// The same at the last price; zero if the debt is larger.
    pub equity_end_usd: f64,
    /// The same of the position as it began, had nobody touched it: interest accrued, nothing sold.
    pub equity_end_untouched_usd: f64,
    /// What was sold although the position would never have been liquidated: `sold_usd` if no auction
    /// of the bare twin, who did nothing, was filled; else zero. Always zero for the bare twin.
    pub regret_usd: f64,
}

/// The figures of a replay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Parameters.
    pub episode: Episode,
    /// The twin in a vault.
    pub vault: TwinOutcome,
    /// The twin without.
    pub bare: TwinOutcome,
}

/// Which twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twin {
    /// In a vault.
    Vault = 0,
    /// Without.
    Bare = 1,
}

impl Twin {
    /// Both.
    pub const BOTH: [Twin; 2] = [Twin::Vault, Twin::Bare];

    /// `vault` or `bare`.
    pub fn name(self) -> &'static str {
        match self {
            Twin::Vault => "vault",
            Twin::Bare => "bare",
        }
    }
}

/// How a step was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The keeper brought the debt asset.
    Fill = 0,
    /// Withdraw, swap, repay.
    Plain = 1,
    /// Flash loan of the collateral.
    Flash = 2,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 3] = [Way::Fill, Way::Plain, Way::Flash];

    /// Lower case.
    pub fn name(self) -> &'static str {
        match self {
            Way::Fill => "fill",
            Way::Plain => "plain",
            Way::Flash => "flash",
        }
    }
}

/// A sale of collateral, in a step or in a filled auction. XLM and USDC in whole tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sale {
    /// XLM that left the position.
    pub sold_xlm: f64,
    /// Debt that it repaid and idle assets that it left, USDC.
    pub for_usdc: f64,
    /// Market price, USD.
    pub price_usd: f64,
}

impl Sale {
    /// Value sold at the market's price.
    pub fn sold_usd(&self) -> f64 {
        self.sold_xlm * self.price_usd
    }

    /// What was given up: negative if gained.
    pub fn cost_usd(&self) -> f64 {
        self.sold_usd() - self.for_usdc
    }
}

/// Something that happened. Risk ratios have 7 decimals.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The liquidator opened an auction.
    Opened {
        /// Of the position, percent.
        percent: u32,
        /// At this risk ratio.
        risk_e7: i128,
    },
    /// The liquidator filled the auction.
    Filled {
        /// Age of the auction, ledgers.
        age: u32,
        /// What changed hands.
        sale: Sale,
        /// Risk ratio after it.
        risk_after_e7: i128,
    },
    /// The keeper executed a step.
    Stepped {
        /// How.
        way: Way,
        /// The age of the auction that it left, if there was one.
        rescue: Option<u32>,
        /// What changed hands.
        sale: Sale,
        /// What the keeper made of it after costs, USD.
        keeper_profit_usd: f64,
        /// Risk ratio before.
        risk_before_e7: i128,
        /// Risk ratio after.
        risk_after_e7: i128,
    },
    /// The keeper's step was refused when it was executed.
    Refused {
        /// How.
        way: Way,
        /// The vault's words.
        why: String,
    },
    /// A stale auction was deleted.
    Deleted,
}

/// When something happened, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Unix seconds.
    pub time: u64,
    /// To whom.
    pub twin: Twin,
    /// What.
    pub what: What,
}

/// A risk ratio for people.
pub fn percent(risk_e7: i128) -> String {
    if risk_e7 == i128::MAX {
        return "without collateral".into();
    }
    format!("{:.1}%", risk_e7 as f64 / 1e5)
}

impl std::fmt::Display for Event {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}  {:<5}  ",
            time::readable(self.time),
            self.twin.name()
        )?;
        match &self.what {
            What::Opened {
                percent: share,
                risk_e7,
            } => {
                write!(
                    formatter,
                    "auction of {share}% opened at risk {}",
                    percent(*risk_e7)
                )
            }
            What::Filled {
                age,
                sale,
                risk_after_e7,
            } => write!(
                formatter,
                "auction filled at age {age}: {:.0} USD for {:.0} USDC ({:+.0} bps), risk now {}",
                sale.sold_usd(),
                sale.for_usdc,
                cost_bps(sale.cost_usd(), sale.sold_usd()),
                percent(*risk_after_e7)
            ),
            What::Stepped {
                way,
                rescue,
                sale,
                keeper_profit_usd,
                risk_before_e7,
                risk_after_e7,
            } => {
                write!(
                    formatter,
                    "{} by {}",
                    if rescue.is_some() { "rescue" } else { "step" },
                    way.name()
                )?;
                if let Some(age) = rescue {
                    write!(formatter, " at age {age}")?;
                }
                write!(
                    formatter,
                    ": {:.0} USD for {:.0} USDC ({:+.0} bps), risk {} -> {}, keeper {:+.2} USD",
                    sale.sold_usd(),
                    sale.for_usdc,
                    cost_bps(sale.cost_usd(), sale.sold_usd()),
                    percent(*risk_before_e7),
                    percent(*risk_after_e7),
                    keeper_profit_usd
                )
            }
            What::Refused { way, why } => write!(formatter, "{} refused: {why}", way.name()),
            What::Deleted => write!(formatter, "stale auction deleted"),
        }
    }
}

/// `cost` in basis points of `sold`; zero if nothing was sold.
pub fn cost_bps(cost: f64, sold: f64) -> f64 {
    if sold == 0.0 {
        0.0
    } else {
        cost / sold * 1e4
    }
}

/// How things stood at an oracle round or right after an event. Risk ratios have 7 decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Unix seconds.
    pub time: u64,
    /// The oracle's price, USD.
    pub oracle_usd: f64,
    /// Risk ratio of the vault and of the bare twin.
    pub risk_e7: [i128; 2],
    /// The same of the untouched position.
    pub untouched_e7: i128,
}

/// Everything about a replay.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The figures.
    pub report: Report,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// How risk went, in order.
    pub samples: Vec<Sample>,
    /// Auctions still open at the end.
    pub open_at_end: [bool; 2],
}

impl Replay {
    /// Spans of auctions of a twin: unix seconds of opening and end (`until` if still open).
    pub fn auctions(&self, twin: Twin, until: u64) -> Vec<(u64, u64)> {
        let mut spans = Vec::new();
        let mut opened = None;
        for event in self.events.iter().filter(|event| event.twin == twin) {
            match event.what {
                What::Opened { .. } => opened = Some(event.time),
                What::Filled { .. }
                | What::Deleted
                | What::Stepped {
                    rescue: Some(_), ..
                } => {
                    spans.extend(opened.take().map(|start| (start, event.time)));
                }
                What::Stepped { .. } | What::Refused { .. } => {}
            }
        }
        spans.extend(opened.map(|start| (start, until)));
        spans
    }

    /// Number of auctions opened on a twin.
    pub fn opened(&self, twin: Twin) -> usize {
        self.count(twin, |what| matches!(what, What::Opened { .. }))
    }

    /// Number of auctions of a twin that were filled.
    pub fn filled(&self, twin: Twin) -> usize {
        self.count(twin, |what| matches!(what, What::Filled { .. }))
    }

    fn count(&self, twin: Twin, is: impl Fn(&What) -> bool) -> usize {
        self.events
            .iter()
            .filter(|event| event.twin == twin && is(&event.what))
            .count()
    }
}
