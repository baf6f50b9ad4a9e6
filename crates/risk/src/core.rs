//! The ledger of the core engine: arithmetic in place of contracts. The pool's is [`crate::pool`],
//! the AMM's is [`amm::quote`], the vault's and the lens's is `ballast-core`, which the contracts
//! themselves are built on; what is here is the order in which they use it.

use crate::{
    history::{Course, LEDGER_SECONDS, ROUND_SECONDS},
    ledger::{Done, Holdings, Ledger, Quote, Trader, USDC, XLM},
    outcome::{Twin, Way},
    pool::{self, refused, Reserve},
    rounds::Rounds,
    settings::Settings,
    start::Start,
};
use arrayvec::ArrayVec;
use ballast_chain::{amm, market::USD, CallError};
use ballast_core::{
    auction::{rescue_terms, RescueTerms, STALE_LEDGERS},
    check::{check_step, flash_dust, require_at_risk, require_clock, Path, Proposal, Situation},
    fixed::{mul_div_ceil, ONE_E12, ONE_E7},
    health::{Leg, Position},
    plan::{plan_step, Outlook},
    policy::Policy,
    price::{floor_ratio, SourcePrices},
    reserve::reserve_to_spend,
    window::Window,
};

/// Errors of the vault where the venue fails: by the plain path, and within a flash loan.
const VENUE_FAILED: u32 = 125;
const POOL_REFUSED: u32 = 117;
/// Comet takes in no more than this share of what it holds, 7 decimals.
const COMET_MAX_IN_E7: i128 = 3_333_334;
/// The pool's minimum collateral.
const MIN_COLLATERAL: i128 = 0;

/// The ledger.
pub struct CoreLedger<'a> {
    policy: Policy,
    rounds: Rounds<'a>,
    now: u64,
    /// Of XLM and of USDC.
    reserves: [Reserve; 2],
    twins: [Holdings; 2],
    window: Window,
    amm: [i128; 2],
    amm_fee: i128,
}

impl<'a> CoreLedger<'a> {
    /// Sets everything up at the start of an episode.
    ///
    /// # Errors
    /// A refusal of the pool: amounts beyond any pool's.
    pub fn new(settings: &Settings, course: &Course<'a>) -> Result<Self, CallError> {
        let start = Start::new(settings, course.first_price);
        // The lender and everybody else came a round earlier.
        let before = course.start - ROUND_SECONDS - course.start % ROUND_SECONDS;
        let take_rate_e7 = start.backstop_take_rate_e7;
        let [xlm, usdc] = start.reserves.clone();
        let mut reserves = [xlm, usdc].map(|config| Reserve::new(config, take_rate_e7, before));
        for (reserve, lent) in reserves.iter_mut().zip(start.lent) {
            reserve.supply(lent).map_err(refused)?;
        }
        let mut twin = |now: u64, [xlm, usdc]: [i128; 2]| -> Result<Holdings, CallError> {
            for reserve in &mut reserves {
                reserve.accrue(now).map_err(refused)?;
            }
            Ok(Holdings {
                b_tokens: reserves[XLM].supply(xlm).map_err(refused)?,
                d_tokens: reserves[USDC].borrow(usdc).map_err(refused)?,
                ..Holdings::default()
            })
        };
        twin(before, start.others)?;
        let vault = twin(course.start, [start.xlm, start.usdc])?;
        let bare = twin(course.start, [start.xlm, start.usdc])?;
        Ok(Self {
            policy: settings.policy,
            rounds: Rounds::new(*course),
            now: course.start,
            reserves,
            twins: [vault, bare],
            window: Window::default(),
            amm: start.amm(),
            amm_fee: start.amm_fee,
        })
    }

    fn price(&self) -> i128 {
        self.rounds.last(self.now)
    }

    fn accrued(&self) -> Result<[Reserve; 2], CallError> {
        let [xlm, usdc] = &self.reserves;
        Ok([
            xlm.accrued(self.now).map_err(refused)?,
            usdc.accrued(self.now).map_err(refused)?,
        ])
    }

    fn position(&self, twin: Twin, reserves: &[Reserve; 2]) -> Position {
        let holdings = &self.twins[twin as usize];
        let mut legs = ArrayVec::new();
        legs.push(Leg {
            b_tokens: holdings.b_tokens,
            ..reserves[XLM].leg(self.price())
        });
        legs.push(Leg {
            d_tokens: holdings.d_tokens,
            ..reserves[USDC].leg(USD)
        });
        Position {
            legs,
            price_scalar: USD,
        }
    }

    /// What a call to the vault finds once it has spent the reserve.
    fn call(&self) -> Result<Call, CallError> {
        let reserves = self.accrued()?;
        let mut position = self.position(Twin::Vault, &reserves);
        let policy = self
            .rounds
            .policy_in_force(&self.policy, &position, self.now);
        let mut totals = position.totals().map_err(refused)?;
        let risk_before_e7 = totals.risk_ratio_e7_ceil();
        require_at_risk(&policy, &totals).map_err(refused)?;
        let vault = &self.twins[Twin::Vault as usize];
        let mut rescue = match &vault.auction {
            Some(auction) => {
                Some(rescue_terms(&policy, &position, auction, self.sequence()).map_err(refused)?)
            }
            None => None,
        };
        let reserve_spent = reserve_to_spend(
            &policy,
            &position,
            &totals,
            USDC,
            vault.idle[USDC],
            rescue.is_some(),
        )
        .map_err(refused)?;
        if reserve_spent > 0 {
            // The repayment leaves the auction, if one is open; the sale is an ordinary step.
            rescue = None;
            position.legs[USDC].repay(reserve_spent).map_err(refused)?;
            totals = position.totals().map_err(refused)?;
        }
        let window = self
            .window
            .at(self.sequence(), &policy, &totals)
            .map_err(refused)?;
        Ok(Call {
            sells: reserve_spent == 0 || totals.risk_ratio_e7_ceil() >= i128::from(policy.soft_e7),
            policy,
            position,
            rescue,
            reserve_spent,
            window,
            risk_before_e7,
            reserves,
        })
    }

    fn sources(&self) -> [SourcePrices; 2] {
        self.rounds.sources(&self.policy, self.now)
    }

    /// Sells the collateral of a step at the AMM, which must bring `least`.
    fn sell(&self, sell: i128, least: i128) -> Option<i128> {
        let [reserve, other] = self.amm;
        let most = reserve * COMET_MAX_IN_E7 / ONE_E7;
        if sell > most {
            return None;
        }
        let proceeds = amm::quote([reserve, other], sell, self.amm_fee);
        (proceeds >= least).then_some(proceeds)
    }
}

/// What a call to the vault finds.
struct Call {
    policy: Policy,
    /// After the reserve was spent.
    position: Position,
    /// Terms of the clock, if an auction is open after the reserve was spent.
    rescue: Option<RescueTerms>,
    reserve_spent: i128,
    /// Whether anything is left to sell for.
    sells: bool,
    window: Window,
    risk_before_e7: i128,
    reserves: [Reserve; 2],
}

impl Ledger for CoreLedger<'_> {
    fn sequence(&self) -> u32 {
        (self.now / LEDGER_SECONDS) as u32
    }

    fn advance_to(&mut self, now: u64) {
        self.now = now;
    }

    fn publish(&mut self, _price: i128) {
        // Rounds are read from the history.
    }

    fn legs(&self) -> [Leg; 2] {
        self.legs_at(self.now).expect("interest of a pool")
    }

    fn legs_at(&self, time: u64) -> Option<[Leg; 2]> {
        let [xlm, usdc] = &self.reserves;
        Some([
            xlm.accrued(time).ok()?.leg(0),
            usdc.accrued(time).ok()?.leg(USD),
        ])
    }

    fn holdings(&self, twin: Twin) -> Holdings {
        self.twins[twin as usize].clone()
    }

    fn window(&self) -> Window {
        self.window
    }

    fn amm(&self) -> [i128; 2] {
        self.amm
    }

    fn swap(&mut self, _trader: Trader, token: usize, amount: i128) -> Result<i128, CallError> {
        let reserves = [self.amm[token], self.amm[1 - token]];
        let got = amm::quote(reserves, amount, self.amm_fee);
        self.amm[token] += amount;
        self.amm[1 - token] -= got;
        Ok(got)
    }

    fn open_auction(&mut self, twin: Twin, percent: u32) -> Result<(), CallError> {
        if self.twins[twin as usize].auction.is_some() {
            return Err(CallError::Contract(pool::code::AUCTION_IN_PROGRESS));
        }
        let position = self.position(twin, &self.accrued()?);
        let auction = pool::new_auction(&position, percent, self.sequence() + 1)?;
        self.twins[twin as usize].auction = Some(auction);
        Ok(())
    }

    fn fill_auction(&mut self, twin: Twin, repay: i128) -> Result<(), CallError> {
        let sequence = self.sequence();
        let mut reserves = self.reserves.clone();
        let mut user = self.twins[twin as usize].clone();
        let Some(auction) = user.auction.take() else {
            return Err(CallError::Contract(pool::code::BAD_REQUEST));
        };
        let filled = pool::fill_shares(&auction, auction.age(sequence)).map_err(refused)?;
        user.b_tokens -= filled.lot_b_tokens;
        user.d_tokens -= filled.bid_d_tokens;
        // The shares change hands; then the liquidator repays and withdraws.
        reserves[XLM].accrue(self.now).map_err(refused)?;
        if filled.bid_d_tokens > 0 {
            reserves[USDC].accrue(self.now).map_err(refused)?;
            reserves[USDC]
                .repay(repay, filled.bid_d_tokens)
                .map_err(refused)?;
        }
        if user.b_tokens == 0 && user.d_tokens > 0 {
            // Bad debt: the backstop takes it over.
            reserves[USDC].accrue(self.now).map_err(refused)?;
            user.d_tokens = 0;
        }
        reserves[XLM].redeem(filled.lot_b_tokens).map_err(refused)?;
        reserves[XLM].require_liquid()?;
        self.reserves = reserves;
        self.twins[twin as usize] = user;
        Ok(())
    }

    fn delete_auction(&mut self, twin: Twin) -> Result<(), CallError> {
        let sequence = self.sequence();
        let auction = &mut self.twins[twin as usize].auction;
        match auction {
            Some(open) if open.start_ledger + STALE_LEDGERS <= sequence => {
                *auction = None;
                Ok(())
            }
            _ => Err(CallError::Contract(pool::code::BAD_REQUEST)),
        }
    }

    fn quote(&self, way: Way) -> Result<Quote, CallError> {
        let call = self.call()?;
        if !call.sells {
            return Ok(Quote {
                sell: 0,
                repay: 0,
                largest_reward: 0,
            });
        }
        let outlook = Outlook {
            policy: &call.policy,
            position: &call.position,
            sources: &self.sources(),
            budget_left_value: call.window.left_value(),
            min_collateral: MIN_COLLATERAL,
            rescue: call.rescue,
        };
        let plan = plan_step(&outlook, core_path(way)).map_err(refused)?;
        Ok(Quote {
            sell: plan.proposal.sell,
            repay: plan.proposal.repay,
            largest_reward: plan.approved.largest_reward,
        })
    }

    fn step(&mut self, way: Way, sell: i128, repay: i128) -> Result<Done, CallError> {
        let Call {
            policy,
            position,
            rescue,
            reserve_spent,
            sells,
            window,
            risk_before_e7,
            mut reserves,
        } = self.call()?;
        let mut vault = self.twins[Twin::Vault as usize].clone();
        vault.auction = None;
        if reserve_spent > 0 {
            let (burned, _) = reserves[USDC]
                .repay(reserve_spent, vault.d_tokens)
                .map_err(refused)?;
            vault.d_tokens -= burned;
            vault.idle[USDC] -= reserve_spent;
        }
        let totals = position.totals().map_err(refused)?;
        let mut done = Done {
            sold: 0,
            repaid: 0,
            proceeds: 0,
            reward: 0,
            risk_before_e7,
            risk_after_e7: totals.risk_ratio_e7_ceil(),
        };
        if !sells {
            self.reserves = reserves;
            self.twins[Twin::Vault as usize] = vault;
            return Ok(done);
        }

        let path = core_path(way);
        let proposal = Proposal {
            path,
            collateral: XLM,
            debt: USDC,
            sell,
            repay,
        };
        require_clock(rescue.is_some(), totals.risk_ratio_e7_ceil()).map_err(refused)?;
        let sources = self.sources();
        let floor = floor_ratio(
            (&position.legs[XLM], &sources[XLM]),
            (&position.legs[USDC], &sources[USDC]),
            i128::from(policy.max_price_deviation_e7),
            rescue.is_some(),
        )
        .map_err(refused)?;
        let situation = Situation {
            policy: &policy,
            position: &position,
            totals: &totals,
            floor,
            budget_left_value: window.left_value(),
            min_collateral: MIN_COLLATERAL,
            rescue,
        };
        let approved = check_step(&situation, &proposal).map_err(refused)?;

        let mut amm = self.amm;
        let proceeds = match way {
            Way::Fill => repay,
            Way::Plain | Way::Flash => {
                let failed = match way {
                    Way::Flash => POOL_REFUSED,
                    Way::Fill | Way::Plain => VENUE_FAILED,
                };
                let proceeds = self.sell(sell, repay).ok_or(CallError::Contract(failed))?;
                amm[XLM] += sell;
                amm[USDC] -= proceeds;
                proceeds
            }
        };
        let (debt_burned, kept) = reserves[USDC]
            .repay(repay, vault.d_tokens)
            .map_err(refused)?;
        vault.d_tokens -= debt_burned;
        let withdrawn = match way {
            Way::Fill | Way::Plain => sell,
            Way::Flash => {
                // The loan is returned with the dust that leaves no liability; what is too much comes
                // back to the vault.
                let dust = flash_dust(reserves[XLM].d_rate_e12()).map_err(refused)?;
                let lent = mul_div_ceil(sell, ONE_E12, reserves[XLM].d_rate_e12())
                    .and_then(|d_tokens| {
                        mul_div_ceil(d_tokens, reserves[XLM].d_rate_e12(), ONE_E12)
                    })
                    .map_err(refused)?;
                vault.idle[XLM] += sell + dust - lent;
                sell + dust
            }
        };
        vault.b_tokens -= reserves[XLM].withdraw(withdrawn).map_err(refused)?;
        reserves[XLM].require_liquid()?;

        let reward = (proceeds - repay).clamp(0, approved.largest_reward);
        if way != Way::Fill {
            vault.idle[USDC] += proceeds - kept - reward;
        }
        done = Done {
            sold: sell,
            repaid: approved.repaid,
            proceeds,
            reward,
            ..done
        };
        self.window = window.after_sale(approved.sold_value);
        self.amm = amm;
        self.reserves = reserves;
        self.twins[Twin::Vault as usize] = vault;
        let after = self.position(Twin::Vault, &self.reserves);
        done.risk_after_e7 = after.totals().map_err(refused)?.risk_ratio_e7_ceil();
        Ok(done)
    }
}

fn core_path(way: Way) -> Path {
    match way {
        Way::Fill => Path::Fill,
        Way::Plain => Path::Plain,
        Way::Flash => Path::Flash,
    }
}
