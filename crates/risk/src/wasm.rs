//! The ledger of the wasm engine: a simulated chain with the real contracts of Blend, Comet and
//! Ballast, under enforced authorisation.

use crate::{
    history::{Course, ROUND_SECONDS},
    ledger::{Done, Holdings, Ledger, Quote, Trader, USDC, XLM},
    outcome::{Twin, Way},
    settings::Settings,
    start::{oracle_price, Start},
};
use arrayvec::ArrayVec;
use ballast_chain::{
    blend::request, market::USD, Account, CallError, Chain, Market, Override, PriceData, System,
    Vault,
};
use ballast_core::{
    auction::{Auction, AuctionLeg},
    health::Leg,
    volatility::VOLATILITY_ROUNDS,
    window::Window,
};
use ballast_interfaces::vault::{Path, VaultPolicy};
use soroban_sdk::Address;

/// More than any position holds: the pool pays out what there is.
const EVERYTHING: i128 = i64::MAX as i128;

/// The chain.
pub struct ChainLedger {
    system: System,
    vault: Vault,
    /// The owners of the twins' positions in the pool: the vault, and the bare account.
    users: [Address; 2],
    keeper: Account,
    liquidator: Account,
    arbitrageur: Account,
    /// Chain time is episode time plus this, so that any episode starts on the same chain.
    clock_offset: i64,
}

impl ChainLedger {
    /// Sets everything up at the start of an episode: market, rounds of the oracle before it, vault
    /// and bare twin with the same collateral and debt.
    pub fn new(settings: &Settings, course: &Course<'_>) -> Result<Self, CallError> {
        let start = Start::new(settings, course.first_price);
        let market = Market::new(&start.market());
        let chain = market.chain.clone();
        // The vault looks back on as many rounds. Chain time is on the grid of rounds.
        let first = course.start / ROUND_SECONDS;
        for back in (1..VOLATILITY_ROUNDS as u64).rev() {
            chain.advance_seconds(ROUND_SECONDS);
            let price = oracle_price(course.round(first.saturating_sub(back)));
            market.oracle.set_prices(&[price, USD]);
        }
        // The rest of the world's debt.
        let [xlm, usdc] = start.others;
        market.borrower("others", xlm, usdc);
        let into_round = course.start % ROUND_SECONDS;
        chain.advance_seconds(ROUND_SECONDS + into_round);
        let system = System::new(market);
        let market = &system.market;
        let timestamp = chain.timestamp() - into_round;
        market
            .oracle
            .set_round(timestamp, &[Some(start.price), Some(USD)]);

        // One round alone has no volatility: the twins opened their positions in calm times, however
        // wild those are in which the episode begins.
        let calm = Override::Fixed(PriceData {
            price: start.price,
            timestamp,
        });
        market.oracle.set_override(market.xlm.address(), calm);
        let policy = VaultPolicy::from_core(&settings.policy);
        let vault = system.vault_with_position("owner", &policy, start.xlm, start.usdc);
        let bare = market.borrower("bare", start.xlm, start.usdc);
        market
            .oracle
            .set_override(market.xlm.address(), Override::Off);

        let keeper = market.trader("keeper", start.xlm, 4 * start.usdc);
        let liquidator = market.trader("liquidator", start.xlm, 8 * start.usdc);
        // A thousand times what the AMM holds.
        let [xlm, usdc] = start.amm().map(|reserve| reserve * 1_000);
        let arbitrageur = market.trader("arbitrageur", xlm, usdc);
        Ok(Self {
            users: [vault.address.clone(), bare.address().clone()],
            clock_offset: chain.timestamp() as i64 - course.start as i64,
            keeper,
            liquidator,
            arbitrageur,
            vault,
            system,
        })
    }

    fn chain(&self) -> &Chain {
        self.system.chain()
    }

    fn market(&self) -> &Market {
        &self.system.market
    }

    fn user(&self, twin: Twin) -> &Address {
        &self.users[twin as usize]
    }

    fn leg(&self, index: usize) -> Leg {
        let (asset, price) = match index {
            XLM => (&self.market().xlm, 0),
            _ => (&self.market().usdc, USD),
        };
        let reserve = self.market().pool.reserve(asset.address());
        Leg {
            price,
            asset_scalar: reserve.scalar,
            collateral_factor_e7: i128::from(reserve.config.c_factor),
            liability_factor_e7: i128::from(reserve.config.l_factor),
            b_rate_e12: reserve.data.b_rate,
            d_rate_e12: reserve.data.d_rate,
            b_tokens: 0,
            d_tokens: 0,
        }
    }
}

impl Ledger for ChainLedger {
    fn sequence(&self) -> u32 {
        self.chain().sequence()
    }

    fn advance_to(&mut self, now: u64) {
        self.chain()
            .advance_to((now as i64 + self.clock_offset) as u64);
    }

    fn publish(&mut self, price: i128) {
        self.market().oracle.set_prices(&[price, USD]);
    }

    fn legs(&self) -> [Leg; 2] {
        [self.leg(XLM), self.leg(USDC)]
    }

    fn legs_at(&self, _time: u64) -> Option<[Leg; 2]> {
        None
    }

    fn holdings(&self, twin: Twin) -> Holdings {
        let (market, user) = (self.market(), self.user(twin));
        let positions = market.pool.positions(user);
        let auction = market.pool.auction(user).map(|data| {
            let [xlm, usdc] =
                [market.xlm.address(), market.usdc.address()].map(|asset| AuctionLeg {
                    lot_b_tokens: data.lot.get(asset.clone()).unwrap_or(0),
                    bid_d_tokens: data.bid.get(asset.clone()).unwrap_or(0),
                });
            Auction {
                start_ledger: data.block,
                legs: ArrayVec::from_iter([xlm, usdc]),
            }
        });
        Holdings {
            b_tokens: positions.collateral.get(XLM as u32).unwrap_or(0),
            d_tokens: positions.liabilities.get(USDC as u32).unwrap_or(0),
            auction,
            idle: match twin {
                Twin::Vault => [market.xlm.balance(user), market.usdc.balance(user)],
                Twin::Bare => [0; 2],
            },
        }
    }

    fn window(&self) -> Window {
        let stored = self.vault.state().window;
        Window {
            start_ledger: stored.start_ledger,
            budget_value: stored.budget_value,
            sold_value: stored.sold_value,
        }
    }

    fn amm(&self) -> [i128; 2] {
        self.market().amm.reserves()
    }

    fn swap(&mut self, trader: Trader, token: usize, amount: i128) -> Result<i128, CallError> {
        let market = self.market();
        let account = match trader {
            Trader::Arbitrageur => &self.arbitrageur,
            Trader::Keeper => &self.keeper,
        };
        let address = match token {
            XLM => market.xlm.address(),
            _ => market.usdc.address(),
        };
        market.amm.swap(account, address, amount, 0)
    }

    fn open_auction(&mut self, twin: Twin, percent: u32) -> Result<(), CallError> {
        let market = self.market();
        let (bid, lot) = ([market.usdc.address()], [market.xlm.address()]);
        market
            .pool
            .new_auction(self.user(twin), &bid, &lot, percent)
            .map(drop)
    }

    fn fill_auction(&mut self, twin: Twin, repay: i128) -> Result<(), CallError> {
        let market = self.market();
        let mut then = Vec::new();
        if repay > 0 {
            then.push(ballast_chain::blend::request(
                request::REPAY,
                market.usdc.address(),
                repay,
            ));
        }
        then.push(ballast_chain::blend::request(
            request::WITHDRAW_COLLATERAL,
            market.xlm.address(),
            EVERYTHING,
        ));
        market
            .pool
            .fill_auction(&self.liquidator, self.user(twin), 100, &then)
            .map(drop)
    }

    fn delete_auction(&mut self, twin: Twin) -> Result<(), CallError> {
        self.market().pool.delete_stale_auction(self.user(twin))
    }

    fn quote(&self, way: Way) -> Result<Quote, CallError> {
        let quote = match path(way) {
            None => self.vault.quote_fill(),
            Some(path) => self.system.quote_rebalance(&self.vault, path),
        }?;
        Ok(Quote {
            sell: quote.step.sell,
            repay: quote.step.min_proceeds,
            largest_reward: quote.largest_reward,
        })
    }

    fn step(&mut self, way: Way, sell: i128, repay: i128) -> Result<Done, CallError> {
        let market = self.market();
        let report = match path(way) {
            None => {
                let (xlm, usdc) = (market.xlm.address(), market.usdc.address());
                self.vault.fill(&self.keeper, xlm, usdc, repay, sell)
            }
            Some(path) => self
                .vault
                .rebalance(&self.keeper, &self.system.step(path, sell, repay)),
        }?;
        Ok(Done {
            sold: report.sold,
            repaid: report.repaid,
            proceeds: report.proceeds,
            reward: report.reward,
            risk_before_e7: report.risk_before_e7,
            risk_after_e7: report.risk_after_e7,
        })
    }
}

fn path(way: Way) -> Option<Path> {
    match way {
        Way::Fill => None,
        Way::Plain => Some(Path::Plain),
        Way::Flash => Some(Path::Flash),
    }
}
