//! A strategy: a vector of numbers between 0 and 1, and the moves that it stands for.

use crate::world::Target;

/// Moves of a strategy.
pub const MOVES: usize = 4;
/// Numbers of a move.
const GENES: usize = 8;
/// Numbers of a strategy: which auction is open at the start, then the moves.
pub const LENGTH: usize = 1 + MOVES * GENES;

/// A strategy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strategy(pub [f64; LENGTH]);

/// How a step is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `fill` with the attacker's own money.
    Fill,
    /// `rebalance` by withdraw, swap and repay, through the attacker's own adapter.
    Plain,
    /// `rebalance` by flash loan, through the attacker's own adapter.
    Flash,
    /// The same two through the AMM, by the real adapter.
    PlainAmm,
    /// By flash loan through the AMM.
    FlashAmm,
}

/// How somebody's debt is paid for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gift {
    /// `repay`: lowers the debt at once, and leaves an auction if that is enough.
    Repay,
    /// `fund_reserve`: lies in the vault.
    Reserve,
}

/// What the attacker does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Steps of the vault in one transaction, between two trades on the AMM.
    Steps {
        way: Way,
        /// Which of the position's pairs, a share of their number.
        pair: f64,
        /// Sale in multiples of the largest that the policy grants.
        size: f64,
        /// Bid above the least, share of it.
        above: f64,
        /// Equal pieces.
        pieces: u32,
        /// Trade on the AMM before, and back after: share of what one swap may take in, negative
        /// where XLM is bought.
        skew: f64,
    },
    /// A step that an honest keeper sends to the AMM, between two trades.
    Sandwich { flash: bool, skew: f64 },
    /// Opens a liquidation auction of so many percent, or the nearest that the pool takes.
    Open { percent: f64, assets: f64 },
    /// Fills so many percent of the auction and sells what it got.
    FillAuction { percent: u32 },
    /// Pays a share of the debt, or so much into the reserve.
    Give { gift: Gift, share: f64 },
    /// `clear_stale_auction`.
    Clear,
    /// Nothing.
    Rest,
}

/// A pause and an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    pub pause: Pause,
    pub action: Action,
}

/// How long the attacker waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// So many ledgers.
    Ledgers(u32),
    /// Until the next round.
    Round,
    /// Until the last ledger before another filler would take the auction.
    BeforeRival,
}

impl Strategy {
    /// Which of the auctions that may be open at the start, a share of their number.
    pub fn opening(&self) -> f64 {
        self.0[0]
    }

    /// Its moves against a target.
    pub fn moves(&self, target: Target) -> impl Iterator<Item = Move> + '_ {
        self.0[1..].chunks(GENES).map(move |genes| Move {
            pause: pause(genes[0]),
            action: match target {
                Target::Vault => action(genes),
                Target::Bare => action_on_bare(genes),
            },
        })
    }

    /// The numbers of one move.
    pub fn genes_mut(&mut self, index: usize) -> &mut [f64] {
        &mut self.0[1 + index * GENES..][..GENES]
    }
}

fn pause(gene: f64) -> Pause {
    match gene {
        g if g < 0.40 => Pause::Ledgers(0),
        g if g < 0.50 => Pause::Ledgers(1),
        g if g < 0.58 => Pause::Round,
        g if g < 0.64 => Pause::BeforeRival,
        g => Pause::Ledgers(((g - 0.64) / 0.36 * 240.0) as u32),
    }
}

fn action(genes: &[f64]) -> Action {
    let skew = (genes[6] - 0.5) * 2.0;
    // Mostly none: a trade there and back costs two fees.
    let skew = if skew.abs() < 0.7 {
        0.0
    } else {
        (skew.abs() - 0.7) / 0.3 * skew.signum()
    };
    match genes[1] {
        g if g < 0.56 => Action::Steps {
            way: match genes[2] {
                w if w < 0.40 => Way::Fill,
                w if w < 0.55 => Way::Plain,
                w if w < 0.75 => Way::Flash,
                w if w < 0.87 => Way::PlainAmm,
                _ => Way::FlashAmm,
            },
            pair: genes[3],
            size: if genes[4] < 0.4 { 1.0 } else { genes[4] * 1.25 },
            above: if genes[5] < 0.7 {
                0.0
            } else {
                (genes[5] - 0.8) * 0.1
            },
            pieces: 1 + (genes[7] * 3.99) as u32,
            skew,
        },
        g if g < 0.62 => Action::Sandwich {
            flash: genes[2] < 0.5,
            skew: if skew == 0.0 { genes[5] - 0.5 } else { skew },
        },
        g if g < 0.72 => Action::Open {
            percent: genes[4],
            assets: genes[3],
        },
        g if g < 0.83 => Action::FillAuction {
            percent: percent(genes[4]),
        },
        g if g < 0.92 => Action::Give {
            gift: if genes[2] < 0.5 {
                Gift::Repay
            } else {
                Gift::Reserve
            },
            share: genes[4].powi(3) * 0.3,
        },
        g if g < 0.96 => Action::Clear,
        _ => Action::Rest,
    }
}

fn action_on_bare(genes: &[f64]) -> Action {
    match genes[1] {
        g if g < 0.30 || (0.62..0.72).contains(&g) => Action::Open {
            percent: genes[4],
            assets: genes[3],
        },
        g if g < 0.90 => Action::FillAuction {
            percent: percent(genes[4]),
        },
        _ => Action::Rest,
    }
}

fn percent(gene: f64) -> u32 {
    if gene < 0.6 {
        100
    } else {
        1 + ((gene - 0.6) / 0.4 * 99.0) as u32
    }
}

/// What an attacker tries first: a step at once, in the next round, later; an auction opened and
/// filled; an auction opened, then a step; a gift, then a step; a clearing, then a step.
pub fn first_ideas() -> Vec<Strategy> {
    const STEP: f64 = 0.1;
    const OPEN: f64 = 0.65;
    const FILL: f64 = 0.75;
    const GIVE: f64 = 0.85;
    const CLEAR: f64 = 0.94;
    const REST: f64 = 0.99;
    const AT_ONCE: f64 = 0.0;
    const NEXT_LEDGER: f64 = 0.45;
    const NEXT_ROUND: f64 = 0.55;
    const BEFORE_RIVAL: f64 = 0.60;
    let later = |ledgers: f64| 0.64 + ledgers / 240.0 * 0.36 + 1e-4;
    let plans: [&[(f64, f64)]; 18] = [
        &[
            (AT_ONCE, STEP),
            (AT_ONCE, STEP),
            (AT_ONCE, STEP),
            (AT_ONCE, STEP),
        ],
        &[
            (AT_ONCE, STEP),
            (NEXT_ROUND, STEP),
            (NEXT_ROUND, STEP),
            (NEXT_ROUND, STEP),
        ],
        &[
            (NEXT_LEDGER, STEP),
            (later(30.0), STEP),
            (later(60.0), STEP),
            (later(90.0), STEP),
        ],
        &[(later(10.0), STEP), (later(30.0), STEP)],
        &[(later(50.0), STEP), (later(50.0), STEP)],
        &[(later(59.0), STEP), (NEXT_LEDGER, CLEAR), (AT_ONCE, STEP)],
        &[(BEFORE_RIVAL, FILL), (AT_ONCE, STEP), (NEXT_ROUND, STEP)],
        &[(BEFORE_RIVAL, STEP), (AT_ONCE, STEP), (NEXT_ROUND, STEP)],
        &[(AT_ONCE, OPEN), (BEFORE_RIVAL, FILL), (AT_ONCE, STEP)],
        &[(AT_ONCE, OPEN), (BEFORE_RIVAL, STEP), (AT_ONCE, STEP)],
        &[(NEXT_ROUND, OPEN), (BEFORE_RIVAL, FILL), (AT_ONCE, STEP)],
        &[
            (AT_ONCE, OPEN),
            (later(60.0), STEP),
            (later(60.0), STEP),
            (later(30.0), STEP),
        ],
        &[(AT_ONCE, OPEN), (NEXT_ROUND, CLEAR), (AT_ONCE, STEP)],
        &[(AT_ONCE, GIVE), (AT_ONCE, STEP), (NEXT_ROUND, STEP)],
        &[(BEFORE_RIVAL, GIVE), (AT_ONCE, STEP), (NEXT_ROUND, STEP)],
        &[(AT_ONCE, CLEAR), (AT_ONCE, STEP), (NEXT_ROUND, STEP)],
        &[(NEXT_ROUND, CLEAR), (AT_ONCE, STEP), (NEXT_ROUND, STEP)],
        &[(AT_ONCE, STEP), (NEXT_LEDGER, OPEN), (BEFORE_RIVAL, FILL)],
    ];
    let mut strategies = Vec::new();
    for plan in plans {
        let mut strategy = Strategy([0.0; LENGTH]);
        for index in 0..MOVES {
            let (pause, kind) = plan.get(index).copied().unwrap_or((0.0, REST));
            // A fill of the first pair, of the largest size, in one piece, at the floor, no trade.
            let genes = strategy.genes_mut(index);
            genes.copy_from_slice(&[pause, kind, 0.1, 0.0, 0.3, 0.1, 0.5, 0.0]);
            if kind == GIVE {
                genes[4] = 0.35;
            }
        }
        strategies.push(strategy);
    }
    strategies
}
