//! What can happen.

/// Something that happens. Vaults: 0 is Alice's, 1 is Bob's, whose version has a hostile receiver.
/// Assets: 0 XLM, 1 USDC, 2 EURC. Amounts are in the smallest unit.
#[derive(Clone, Debug)]
#[rustfmt::skip]
pub enum Action {
    // The owner.
    Deposit { vault: usize, asset: usize, amount: i128 },
    Withdraw { vault: usize, asset: usize, amount: i128 },
    Borrow { vault: usize, asset: usize, amount: i128 },
    Repay { vault: usize, asset: usize, amount: i128 },
    WithdrawReserve { vault: usize, asset: usize, amount: i128 },
    Sweep { vault: usize, asset: usize },
    SetPolicy { vault: usize, kind: PolicyKind },
    SetAutomation { vault: usize, enabled: bool },
    Claim { vault: usize },
    Close { vault: usize },
    OwnerRescue { vault: usize, flash: bool, share: u32 },
    TransferOwnership { vault: usize, accept: bool },
    /// Where there is no debt: collateral, and a debt of this share of soft, in thousandths.
    Reopen { vault: usize, share: i128 },

    // The market.
    /// Brings XLM to the price at which the vault's risk ratio is this (4 decimals), and may repair
    /// the oracle before.
    Aim { vault: usize, risk_e4: i128, rounds: u32, heal: bool },
    /// Multiplies a price by thousandths.
    Gap { asset: usize, thousandths: i128 },
    /// One bad round, then the old price again after some ledgers.
    Wick { asset: usize, thousandths: i128, ledgers: u32 },
    /// The second oracle's price of XLM, thousandths of the pool's.
    SecondOracle { thousandths: i128, missing: bool },
    OracleFault { fault: Fault, asset: usize },
    OracleHeals,
    Arbitrage,
    /// A trader moves the AMM away from the market.
    MoveAmm { thousandths: i128 },
    Ledgers { count: u32, rounds: bool },
    /// Days pass: interest. Beyond 120 of them entries expire.
    Days { count: u32 },

    // The pool.
    Status { status: u32 },
    Limits { max_positions: u32, min_collateral_usd: i128 },
    Factors { asset: usize, collateral_e7: u32, liability_e7: u32, enabled: bool },
    /// Lends and withdraws until this much of an asset is left in the pool.
    Drain { asset: usize, left: i128 },
    Refill { asset: usize },
    OpenAuction { vault: usize, percent: u32, later: u32 },
    FillAuction { vault: usize, percent: i128 },
    DeleteStaleAuction { vault: usize },
    ClearStaleAuction { vault: usize },

    // Trustlines.
    Freeze { holder: usize, asset: usize },
    Thaw,
    ClawBack { holder: usize, asset: usize, share: i128 },

    // Keepers, honest and not.
    /// A quoted step, cut to a share and bid up or down, in thousandths.
    Step { vault: usize, path: Route, share: i128, bid: i128 },
    /// Any numbers on any pair.
    WildStep { vault: usize, path: Route, pair: (usize, usize), sell: i128, bid: i128 },
    Trick { vault: usize, flash: bool, trick: usize },
    ForbiddenAdapter { vault: usize, flash: bool, which: usize },
    /// Many pieces of a quoted step in one transaction.
    Split { vault: usize, pieces: usize, gift: i128 },
    SignStep { vault: usize },
    ExecuteSigned { nth: usize },
    /// A signature for one vault, handed in to another or for other numbers.
    ForgeSigned { nth: usize, forgery: usize },
    /// Calls an entry point that is not the thief's.
    Grab { vault: usize, nth: usize },
    /// `repay`, `fund_reserve` or a plain transfer by somebody else.
    Give { vault: usize, how: usize, asset: usize, amount: i128 },
    ExtendTtl { vault: usize },
    FactoryAdmin { what: usize },

    // Questions on a copy of the chain.
    AskQuote { vault: usize, path: Route, share: i128 },
    AskExit { vault: usize, order: usize },
}

/// How a step is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Fill,
    Plain,
    Flash,
    /// Flash through the real AMM.
    Venue,
}

/// What the owner sets.
#[derive(Clone, Debug)]
pub enum PolicyKind {
    Balanced,
    Early,
    Late,
    Random(Box<Numbers>),
}

/// Numbers of a policy, as shares of their ranges.
#[derive(Clone, Debug)]
pub struct Numbers {
    pub shares: [u16; 12],
    pub previous_round: bool,
    pub reserve_first: bool,
    /// 0 none, 1 optional, 2 required.
    pub second_oracle: u8,
}

/// How an oracle fails.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Dead,
    Missing,
    Stale,
    OverADay,
    Zero,
    Negative,
    /// Two decimals too many: x100.
    Pumped,
    /// Two too few.
    Dumped,
}

impl Action {
    /// Its name, for the summary.
    pub fn name(&self) -> String {
        let text = format!("{self:?}");
        let end = text.find([' ', '{']).unwrap_or(text.len());
        text[..end].to_string()
    }
}
