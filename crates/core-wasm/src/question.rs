//! Questions: a vault and its pool as of one ledger, and what is asked of them.

use core::sync::atomic::AtomicU64;

use arrayvec::ArrayVec;
use ballast_core::check::Path;
use ballast_core::interest::{Curve, Reserve as Interest};
use ballast_core::policy::Policy;
use ballast_core::quote::PoolTerms;
use ballast_core::window::Window;

use crate::code::Code;
use crate::words::Reader;
use crate::VERSION;

/// Most reserves of a pool. Blend allows 50 at most.
pub const MOST_RESERVES: u64 = 64;
/// Rounds of an oracle that a question holds of an asset: those that volatility looks back on, and the
/// last price where it is not one of them.
pub const MOST_ROUNDS: usize = 14;
/// Words of a reserve.
pub const RESERVE_WORDS: usize = 45 + 3 * MOST_ROUNDS;
/// Words of the longest question, and of the buffer.
pub const MOST_WORDS: usize = 64 + MOST_RESERVES as usize * RESERVE_WORDS;
/// Latest time, unix seconds: times and ledgers of a plan are added to it.
const MOST_TIME: u64 = 1 << 40;
/// Most decimals of a token.
const MOST_DECIMALS: u64 = 30;

/// Whether the policy names a second oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// No.
    None,
    /// Yes, and it may be silent.
    Named,
    /// Yes, and nothing is done without it.
    Required,
}

/// A price of one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Unix seconds.
    pub timestamp: u64,
    /// Price.
    pub price: i128,
}

/// The state of a question, but for its reserves, and what is asked.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// How a quote is to be executed.
    pub path: Path,
    /// Number of the reserve that is asked about, in the order of the question.
    pub reserve: Option<usize>,
    /// Which of two kinds of the question.
    pub mode: bool,
    /// A price or a ratio.
    pub amount: i128,
    /// The newest ledger known.
    pub newest_ledger: u32,
    /// Ledger of the state.
    pub ledger: u32,
    /// When it closed, unix seconds.
    pub closed_at: u64,
    /// Whether keepers may act.
    pub automation: bool,
    /// The owner's policy: valid.
    pub policy: Policy,
    /// Its second oracle.
    pub second: Second,
    /// `10^decimals` of the pool's oracle.
    pub price_scalar: i128,
    /// The oracle's round length, seconds.
    pub resolution_seconds: u32,
    /// The budget's window as stored.
    pub window: Window,
    /// The pool's terms.
    pub pool: PoolTerms,
    /// The backstop's share of interest, 7 decimals.
    pub take_rate_e7: u32,
    /// First ledger of the open auction.
    pub auction_start: Option<u32>,
    /// How many reserves follow.
    pub count: usize,
    reserves: Reader<'a>,
}

/// A reserve of the pool, with what the vault has of it.
#[derive(Clone, Debug)]
pub struct Reserve {
    /// Whether the vault has it on its list.
    pub accepted: bool,
    /// Decimals of the token.
    pub decimals: u32,
    /// Collateral factor, 7 decimals.
    pub collateral_factor_e7: u32,
    /// Liability factor, 7 decimals.
    pub liability_factor_e7: u32,
    /// Utilization up to which it lends, 7 decimals.
    pub max_utilization_e7: u32,
    /// Whether it takes deposits and lends.
    pub enabled: bool,
    /// As stored.
    pub interest: Interest,
    /// Collateral shares.
    pub b_tokens: i128,
    /// Debt shares.
    pub d_tokens: i128,
    /// Idle balance of the vault.
    pub idle: i128,
    /// Shares of the auction's lot.
    pub lot: i128,
    /// Shares of the auction's bid.
    pub bid: i128,
    /// What the second oracle says.
    pub second: Option<Told>,
    /// Instead of the last price.
    pub given_price: Option<i128>,
    /// Collateral to add before.
    pub collateral_change: i128,
    /// Debt to add before.
    pub debt_change: i128,
    /// Rounds of the pool's oracle, newest first; the first is its last price.
    pub rounds: ArrayVec<Told, MOST_ROUNDS>,
}

impl<'a> Question<'a> {
    /// Reads a state and what is asked of it.
    ///
    /// # Errors
    /// [`Code`] below 100, and that of the policy's error.
    pub fn read(words: &'a [AtomicU64]) -> Result<Question<'a>, Code> {
        let mut reader = begin(words)?;
        let path = match reader.at_most(2) {
            0 => Path::Fill,
            1 => Path::Plain,
            _ => Path::Flash,
        };
        let (named, reserve) = (reader.flag(), reader.at_most(MOST_RESERVES) as usize);
        let mode = reader.flag();
        let amount = reader.amount();
        let newest_ledger = reader.small();
        let resolution_seconds = reader.small();
        let policy = policy(&mut reader);
        reader.check()?;
        policy.validate(resolution_seconds)?;
        let second = match reader.at_most(2) {
            0 => Second::None,
            1 => Second::Named,
            _ => Second::Required,
        };
        let question = Question {
            path,
            reserve: named.then_some(reserve),
            mode,
            amount,
            newest_ledger,
            policy,
            second,
            resolution_seconds,
            ledger: reader.small(),
            closed_at: reader.at_most(MOST_TIME),
            automation: reader.flag(),
            price_scalar: reader.amount(),
            window: Window {
                start_ledger: reader.small(),
                budget_value: reader.value(),
                sold_value: reader.value(),
            },
            pool: PoolTerms {
                status: reader.small(),
                min_collateral: reader.amount(),
            },
            take_rate_e7: reader.small(),
            auction_start: {
                let (open, start) = (reader.flag(), reader.small());
                open.then_some(start)
            },
            count: reader.at_most(MOST_RESERVES) as usize,
            reserves: reader.clone(),
        };
        for number in 0..question.count {
            question.reserve(number)?;
        }
        reader.skip(question.count * RESERVE_WORDS);
        reader.finish()?;
        if question
            .reserve
            .is_some_and(|reserve| reserve >= question.count)
        {
            return Err(Code::RESERVE);
        }
        Ok(question)
    }

    /// Reads a reserve, by its number in the question.
    ///
    /// # Errors
    /// [`Code`] below 100.
    pub fn reserve(&self, number: usize) -> Result<Reserve, Code> {
        let mut reader = self.reserves.clone();
        reader.skip(number * RESERVE_WORDS);
        let end = reader.position() + RESERVE_WORDS;
        let mut reserve = Reserve {
            accepted: reader.flag(),
            decimals: reader.at_most(MOST_DECIMALS) as u32,
            collateral_factor_e7: reader.small(),
            liability_factor_e7: reader.small(),
            max_utilization_e7: reader.small(),
            enabled: reader.flag(),
            interest: Interest {
                curve: Curve {
                    target_e7: reader.small(),
                    base_e7: reader.small(),
                    one_e7: reader.small(),
                    two_e7: reader.small(),
                    three_e7: reader.small(),
                    reactivity_e7: reader.small(),
                },
                b_rate_e12: reader.rate(),
                d_rate_e12: reader.rate(),
                modifier_e7: reader.rate(),
                b_supply: reader.amount(),
                d_supply: reader.amount(),
                accrued_at: reader.at_most(MOST_TIME),
            },
            b_tokens: reader.amount(),
            d_tokens: reader.amount(),
            idle: reader.amount(),
            lot: reader.amount(),
            bid: reader.amount(),
            second: {
                let (told, second) = (reader.flag(), told(&mut reader));
                told.then_some(second)
            },
            given_price: {
                let (given, price) = (reader.flag(), reader.amount());
                given.then_some(price)
            },
            collateral_change: reader.signed(),
            debt_change: reader.signed(),
            rounds: ArrayVec::new(),
        };
        for _ in 0..reader.at_most(MOST_ROUNDS as u64) {
            reserve.rounds.push(told(&mut reader));
        }
        reader.skip(end - reader.position());
        reader.check()?;
        Ok(reserve)
    }
}

/// Reads a policy and the resolution that it is checked for.
///
/// # Errors
/// [`Code`] below 100.
pub fn read_policy(words: &[AtomicU64]) -> Result<(Policy, u32), Code> {
    let mut reader = begin(words)?;
    let resolution_seconds = reader.small();
    let policy = policy(&mut reader);
    reader.finish()?;
    Ok((policy, resolution_seconds))
}

/// The two words of every question.
pub fn begin(words: &[AtomicU64]) -> Result<Reader<'_>, Code> {
    let mut reader = Reader::new(words);
    let (version, length) = (reader.number(), reader.number());
    reader.check()?;
    if version != VERSION {
        return Err(Code::VERSION);
    }
    reader.end_at(length);
    reader.check()?;
    Ok(reader)
}

fn told(reader: &mut Reader<'_>) -> Told {
    Told {
        timestamp: reader.number(),
        price: reader.signed(),
    }
}

fn policy(reader: &mut Reader<'_>) -> Policy {
    Policy {
        soft_e7: reader.small(),
        target_e7: reader.small(),
        hard_e7: reader.small(),
        step_min_e7: reader.small(),
        step_max_e7: reader.small(),
        discount_min_e7: reader.small(),
        discount_max_e7: reader.small(),
        sold_budget_e7: reader.small(),
        window_ledgers: reader.small(),
        max_cost_of_equity_e7: reader.small(),
        max_price_age_seconds: reader.number(),
        max_price_deviation_e7: reader.small(),
        use_previous_round: reader.flag(),
        reserve_first: reader.flag(),
        dust_reserve_e7: reader.small(),
        rescue_target_e7: reader.small(),
        rescue_window_ledgers: reader.small(),
        volatility_z_e2: reader.small(),
        volatility_shift_max_e7: reader.small(),
    }
}
