//! Questions on a copy of the ledger: does the call do what the quote says, can the owner leave?

use crate::action::Route;
use crate::book::{ceil, Book, E7, TOKEN};
use crate::effect::Effect;
use crate::entries::{self, RESERVES};
use crate::world::World;
use ballast_chain::CallError;
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::Step;
use soroban_sdk::Vec;

/// Errors that every call of a keeper gets, whatever it proposes.
const OF_THE_STATE: [VaultError; 6] = [
    VaultError::AutomationOff,
    VaultError::PriceMissing,
    VaultError::PriceStale,
    VaultError::InvalidPrice,
    VaultError::NotAtRisk,
    VaultError::NoDebt,
];

/// Ledgers in a day.
const DAY_LEDGERS: u32 = 17_280;

/// What Blend answers when its oracle fails.
const DEAD_ORACLE: [VaultError; 4] = [
    VaultError::PriceMissing,
    VaultError::PriceStale,
    VaultError::InvalidPrice,
    VaultError::PoolPriceInvalid,
];

impl World {
    /// Promise 5: the quoted step is accepted; where there is none, a call gets the same error.
    pub fn ask_quote(&mut self, vault: usize, route: Route, share: i128) -> Effect {
        // The venue's price is the venue's; what is asked here is what the vault accepts.
        let route = if route == Route::Venue {
            Route::Flash
        } else {
            route
        };
        let point = self.chain().checkpoint();
        let windows = self.memory.windows;
        match self.attempt("quote", |world| world.quote(vault, route)) {
            Ok(quote) => {
                let pair = self.pair_of(&quote.step);
                let (sell, bid) = (quote.step.sell, quote.step.min_proceeds);
                let done = self.propose("quoted step", vault, route, pair, (sell, bid));
                match done {
                    Ok(report) => {
                        assert_eq!(report.reserve_spent, quote.reserve_spent);
                        assert_eq!(report.sold, sell);
                        assert!(report.risk_after_e7 <= quote.risk_after_e7 + 1);
                    }
                    Err(error) => assert!(
                        !self.can_pay(vault, pair, bid),
                        "quoted, and refused: {error}: {quote:?}"
                    ),
                }
            }
            Err(CallError::Contract(code)) => self.ask_refused(vault, route, share, code),
            Err(other) => panic!("quote: {other}"),
        }
        self.memory.windows = windows;
        self.chain().roll_back(&point);
        Effect::Outside
    }

    /// A fair step where the lens says that there is none.
    fn ask_refused(&mut self, vault: usize, route: Route, share: i128, code: u32) {
        let book = self.book(vault);
        let held = (0..RESERVES).find(|leg| book.shares[*leg].b > 0);
        let owed = (0..RESERVES).find(|leg| book.shares[*leg].d > 0);
        let (Some(sold), Some(repaid)) = (held, owed) else {
            return;
        };
        let sell = (book.held(sold) * share / 1_000).max(1);
        let fair = match book.prices[repaid] {
            0 => sell,
            price => ceil(sell, book.prices[sold], price),
        };
        let done = self.propose(
            "step without a quote",
            vault,
            route,
            (sold, repaid),
            (sell, fair),
        );
        match done {
            Err(error) => {
                let of_the_state = OF_THE_STATE.iter().any(|known| *known as u32 == code);
                let hindered = !self.unhindered(vault, (sold, repaid));
                assert!(
                    !of_the_state || hindered || error.code() == Some(code),
                    "the quote said {code}, the call {error}"
                );
            }
            // The lens plans the best step and then asks whether the pool can pay it out. A smaller
            // one may be within what the pool has.
            Ok(report) => assert_eq!(
                code,
                VaultError::NoPoolLiquidity as u32,
                "accepted, though there was no quote: {report:?}"
            ),
        }
    }

    /// Promise 4: the owner leaves, with everything, to somewhere else.
    pub fn ask_exit(&mut self, vault: usize, order: usize) -> Effect {
        let point = self.chain().checkpoint();
        let frozen = self.memory.frozen.clone();
        self.exit(vault, order);
        self.memory.frozen = frozen;
        self.chain().roll_back(&point);
        Effect::Outside
    }

    fn exit(&mut self, vault: usize, order: usize) {
        let target = self.vaults[vault].clone();
        let refuge = self.refuge.clone();
        let off = self.attempt("exit: automation off", |_| {
            target.as_owner("set_automation", (false,))
        });
        off.expect("automation is always switched off");
        for asset in 0..RESERVES {
            let done = self.attempt("exit: sweep", |world| {
                target.as_owner("sweep", (world.asset(asset), refuge.address()))
            });
            let frozen = self.is_frozen(&target.address, asset);
            assert!(done.is_ok() || frozen, "sweep {asset}: {done:?}");
        }
        let done = self.attempt("exit: claim", |world| {
            target.as_owner("claim", (world.emissions(), refuge.address()))
        });
        // The backstop's approval to the pool ends about 120 days after the last distribution.
        let approved = self.chain().sequence() < self.memory.distributed + 119 * DAY_LEDGERS;
        assert!(done.is_ok() || !approved, "claim: {done:?}");
        if order.is_multiple_of(2) {
            self.exit_by_withdrawal(vault);
        }
        if order % 4 < 2 {
            self.exit_by_repayment(vault);
        } else {
            self.exit_by_close(vault);
        }
    }

    /// Whether the pool can take and give an asset: no issuer in the way, and enough there.
    fn pool_moves(&self, vault: usize, asset: usize) -> bool {
        let pool = self.system.market.pool.address();
        !self.is_frozen(pool, asset) && !self.is_frozen(&self.vaults[vault].address, asset)
    }

    /// With debt: half of what health allows.
    fn exit_by_withdrawal(&mut self, vault: usize) {
        let book = self.book(vault);
        let Some(leg) = (0..RESERVES).find(|leg| book.shares[*leg].b > 0) else {
            return;
        };
        let kept = book.liability_base() / E7 * 10_000_200;
        let spare = (book.collateral_base() - kept).max(0);
        let factor = book.reserves[leg].collateral_factor_e7;
        let amount = match book.prices[leg] {
            _ if !book.has_debt() => book.held(leg),
            0 => 1_000,
            price => (spare / factor * E7 / price * TOKEN / 2).min(book.held(leg)),
        };
        if amount < 10 {
            return;
        }
        let to = self.refuge.address().clone();
        let done = self.attempt("exit: withdraw", |world| {
            world.vaults[vault].withdraw(world.asset(leg), amount, &to)
        });
        let Err(error) = done else { return };
        let left = book.collateral_base() - book.collateral_base() * amount / book.held(leg);
        let small = left <= self.limits().min_collateral;
        let excused = self.excuse(vault, &book, leg, amount, &error)
            || (small && error.code() == Some(VaultError::PoolMinCollateral as u32))
            || (self.auction(vault).is_some()
                && error.code() == Some(VaultError::AuctionOpen as u32));
        assert!(excused, "withdraw {amount} of {leg}: {error} {book:?}");
    }

    /// Whether promise 4 names the exception that an error reports.
    fn excuse(&self, vault: usize, book: &Book, leg: usize, out: i128, error: &CallError) -> bool {
        let Some(code) = error.code() else {
            return false;
        };
        let is = |known: VaultError| known as u32 == code;
        let reserve = &book.reserves[leg];
        let pool = self.system.market.pool.address();
        let dry = reserve.supplied() - out <= reserve.owed();
        let robbed = self.token(leg).balance(pool) < out;
        (dry && is(VaultError::NoPoolLiquidity))
            || ((robbed || !self.pool_moves(vault, leg)) && is(VaultError::PoolRefused))
            || (book.has_debt()
                && self.oracle_fails(book)
                && DEAD_ORACLE.iter().any(|known| is(*known)))
    }

    /// Whether the pool's oracle has no price that Blend takes.
    fn oracle_fails(&self, book: &Book) -> bool {
        let now = self.chain().timestamp();
        (0..RESERVES).filter(|leg| book.uses(*leg)).any(|leg| {
            let last = self.system.market.oracle.last_price(self.asset(leg));
            match last.ok().flatten() {
                Some(last) => last.price <= 0 || now.saturating_sub(last.timestamp) > 86_400,
                None => true,
            }
        })
    }

    /// Somebody repays every debt, the owner withdraws everything.
    fn exit_by_repayment(&mut self, vault: usize) {
        let refuge = self.refuge.clone();
        for leg in 0..RESERVES {
            let book = self.book(vault);
            let owed = book.owed(leg);
            if owed == 0 {
                continue;
            }
            let others = (0..RESERVES).any(|other| other != leg && book.shares[other].d > 0);
            self.token(leg).fund(&refuge, owed + TOKEN);
            let open = self.auction(vault).is_some();
            let done = self.attempt("exit: repay", |world| {
                world.vaults[vault].repay(&refuge, world.asset(leg), owed + TOKEN)
            });
            if let Err(error) = done {
                let excused = self.excuse_repayment(vault, &book, leg, open, others, &error);
                assert!(excused, "repay {leg}: {error}");
                return;
            }
        }
        assert!(self.auction(vault).is_none(), "no debt, and an auction");
        for leg in 0..RESERVES {
            let book = self.book(vault);
            if book.shares[leg].b == 0 {
                continue;
            }
            let done = self.attempt("exit: withdraw all", |world| {
                world.vaults[vault].withdraw(world.asset(leg), i128::MAX, refuge.address())
            });
            if let Err(error) = done {
                let held = book.held(leg);
                let excused = self.excuse(vault, &book, leg, held, &error);
                assert!(excused, "withdraw all of {leg}: {error}");
            }
        }
    }

    fn excuse_repayment(
        &self,
        vault: usize,
        book: &Book,
        leg: usize,
        open: bool,
        others: bool,
        error: &CallError,
    ) -> bool {
        let Some(code) = error.code() else {
            return false;
        };
        let is = |known: VaultError| known as u32 == code;
        // The token itself refuses what a frozen balance sends or gets.
        let frozen = !self.pool_moves(vault, leg);
        let unhealthy = [VaultError::PoolUnhealthy, VaultError::PoolMinCollateral];
        frozen
            || (open && self.limits().status > 1 && is(VaultError::PoolStatusForbids))
            || (open && others && self.oracle_fails(book) && DEAD_ORACLE.iter().any(|k| is(*k)))
            || (open && others && unhealthy.iter().any(|known| is(*known)))
    }

    /// The owner funds what is owed and closes in one call.
    fn exit_by_close(&mut self, vault: usize) {
        let book = self.book(vault);
        let target = self.vaults[vault].clone();
        let open = self.auction(vault).is_some();
        let debts = (0..RESERVES).filter(|leg| book.shares[*leg].d > 0).count();
        for leg in 0..RESERVES {
            if book.owed(leg) > 0 {
                if self.is_frozen(&target.address, leg) {
                    return;
                }
                self.token(leg).mint(&target.address, book.owed(leg));
            }
        }
        let done = self.attempt("exit: close", |world| {
            let legs = Vec::<Step>::new(world.chain().env());
            target.as_owner("close", (legs, world.refuge.address()))
        });
        if let Err(error) = done {
            let excused = (0..RESERVES).filter(|leg| book.uses(*leg)).any(|leg| {
                let free = Book {
                    shares: book
                        .shares
                        .map(|shares| crate::book::Shares { d: 0, ..shares }),
                    ..book.clone()
                };
                self.excuse(vault, &free, leg, book.held(leg), &error)
                    || (book.owed(leg) > 0
                        && self.excuse_repayment(vault, &book, leg, open, debts > 1, &error))
            });
            let swept = (0..RESERVES).any(|leg| self.is_frozen(&target.address, leg));
            assert!(excused || swept, "close: {error} {book:?}");
            return;
        }
        let shares = self.shares(vault);
        assert!(shares.iter().all(|shares| *shares == Default::default()));
        let stored = self.instance(vault);
        assert!(entries::stored(&stored, "Owner").is_some());
    }
}
