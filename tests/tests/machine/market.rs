//! Prices and time move, oracles fail.

use crate::action::Fault;
use crate::effect::Effect;
use crate::entries::RESERVES;
use crate::world::{World, WEALTH};
use ballast_chain::blend::{request, status};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Override, PriceData};

/// Ledgers from one oracle round to the next.
const ROUND_LEDGERS: u32 = 60;
/// Prices stay within these, oracle's decimals.
const PRICES: (i128, i128) = (USD / 1_000, USD * 100);

impl World {
    /// Brings XLM to the price at which a vault's risk ratio is this, over some oracle rounds.
    pub fn aim(&mut self, vault: usize, risk_e4: i128, rounds: u32, heal: bool) -> Effect {
        if heal && self.memory.oracle_fails {
            self.oracle_heals();
        }
        let mut book = self.book(vault);
        book.prices = self.memory.prices;
        // Bases with XLM worth nothing, and what XLM adds to them at its price of now.
        let (collateral, liability) = (book.collateral_base() as f64, book.liability_base() as f64);
        let price = book.prices[0] as f64;
        book.prices[0] = 0;
        let (rest, owed) = (book.collateral_base() as f64, book.liability_base() as f64);
        let risk = risk_e4 as f64 / 1e4;
        let slope = risk * (collateral - rest) - (liability - owed);
        let wanted = price * (owed - risk * rest) / slope;
        if wanted.is_finite() && wanted > 0.0 {
            self.memory.prices[0] = (wanted as i128).clamp(PRICES.0, PRICES.1);
        }
        for _ in 0..rounds {
            self.chain().advance_ledgers(ROUND_LEDGERS);
            self.publish();
        }
        Effect::Outside
    }

    pub fn gap(&mut self, asset: usize, thousandths: i128) -> Effect {
        let price = &mut self.memory.prices[asset];
        *price = (*price * thousandths / 1_000).clamp(PRICES.0, PRICES.1);
        self.chain().advance_ledgers(1);
        self.publish();
        Effect::Outside
    }

    pub fn wick(&mut self, asset: usize, thousandths: i128, ledgers: u32) -> Effect {
        let kept = self.memory.prices;
        self.chain().advance_ledgers(ROUND_LEDGERS);
        self.publish();
        self.chain().advance_ledgers(ROUND_LEDGERS);
        self.memory.prices[asset] = kept[asset] * thousandths / 1_000;
        self.publish();
        // A keeper acts on the bad round.
        self.chain().advance_ledgers(ledgers.min(3));
        if ledgers.is_multiple_of(2) {
            self.memory.prices = kept;
            self.chain().advance_ledgers(ledgers);
            self.publish();
        }
        Effect::Outside
    }

    pub fn second_oracle(&mut self, thousandths: i128, missing: bool) -> Effect {
        self.memory.second_thousandths = (!missing).then_some(thousandths);
        self.chain().advance_ledgers(1);
        self.publish();
        Effect::Outside
    }

    pub fn oracle_fault(&mut self, fault: Fault, asset: usize) -> Effect {
        self.memory.oracle_fails = true;
        let oracle = self.system.market.oracle.clone();
        let (now, price) = (self.chain().timestamp(), self.memory.prices[asset]);
        let address = self.asset(asset);
        let force = |price: i128, timestamp: u64| {
            oracle.set_override(address, Override::Fixed(PriceData { price, timestamp }));
        };
        match fault {
            Fault::Dead => oracle.set_dead(true),
            Fault::Missing => oracle.set_override(address, Override::Absent),
            Fault::Stale => force(price, now - 3_000),
            Fault::OverADay => force(price, now - 86_500),
            Fault::Zero => force(0, now),
            Fault::Negative => force(-price, now),
            Fault::Pumped => force(price * 100, now),
            Fault::Dumped => force(price / 100, now),
        }
        Effect::Outside
    }

    pub fn oracle_heals(&mut self) -> Effect {
        self.memory.oracle_fails = false;
        let oracle = &self.system.market.oracle;
        oracle.set_dead(false);
        for asset in 0..RESERVES {
            oracle.set_override(self.asset(asset), Override::Off);
        }
        self.memory.second_thousandths = Some(1_000);
        self.chain().advance_ledgers(ROUND_LEDGERS);
        self.publish();
        Effect::Outside
    }

    /// Brings the AMM to the market.
    pub fn arbitrage(&mut self) -> Effect {
        let target = self.memory.prices[0] as f64 / self.memory.prices[1] as f64;
        let amm = &self.system.market.amm;
        let _ = amm.move_price(&self.arbitrageur, target);
        Effect::Outside
    }

    pub fn move_amm(&mut self, thousandths: i128) -> Effect {
        let amm = &self.system.market.amm;
        let target = amm.price() * thousandths as f64 / 1_000.0;
        let _ = amm.move_price(&self.whale, target);
        Effect::Outside
    }

    pub fn ledgers(&mut self, count: u32, rounds: bool) -> Effect {
        self.chain().advance_ledgers(count);
        if rounds {
            self.publish();
        }
        Effect::Outside
    }

    pub fn days(&mut self, count: u32) -> Effect {
        self.chain().advance_seconds(u64::from(count) * 86_400);
        self.chain().restore_expired_code();
        self.publish();
        Effect::Outside
    }

    // The pool and its other users.

    pub fn status(&mut self, status: u32) -> Effect {
        // The admin cannot set 1, which comes by itself.
        let status = if status == status::ACTIVE { 0 } else { status };
        self.system.market.pool.set_status(status);
        Effect::Outside
    }

    pub fn pool_limits(&mut self, max_positions: u32, min_collateral_usd: i128) -> Effect {
        let pool = &self.system.market.pool;
        pool.update(0_1000000, max_positions, min_collateral_usd * USD);
        Effect::Outside
    }

    /// New factors of a reserve, a week after they were queued.
    pub fn factors(&mut self, asset: usize, c_factor: u32, l_factor: u32, enabled: bool) -> Effect {
        let (pool, address) = (&self.system.market.pool, self.asset(asset));
        let mut config = pool.reserve(address).config;
        (config.c_factor, config.l_factor, config.enabled) = (c_factor, l_factor, enabled);
        pool.queue_reserve(address, &config);
        self.chain().advance_seconds(7 * 86_400);
        pool.set_reserve(address);
        self.publish();
        Effect::Outside
    }

    /// A whale borrows what the pool lends, the lender withdraws the rest: little is left.
    pub fn drain(&mut self, asset: usize, left: i128) -> Effect {
        let reserves = self.reserves();
        let (reserve, pool) = (&reserves[asset], self.system.market.pool.clone());
        let other = self.asset((asset + 1) % RESERVES).clone();
        let own = self.asset(asset).clone();
        let most = reserve.supplied() / 10_000_000 * reserve.max_utilization_e7 - reserve.owed();
        let deposited = self.attempt("whale deposits", |world| {
            pool.deposit(&world.whale, &other, WEALTH / 2)
        });
        if most > ONE && deposited.is_ok() {
            let _ = self.attempt("whale borrows", |world| {
                pool.borrow(&world.whale, &own, most - ONE)
            });
        }
        let reserve = &self.reserves()[asset];
        let free = reserve.supplied() - reserve.owed() - left;
        if free > 0 {
            let _ = self.attempt("lender withdraws", |world| {
                let request = ballast_chain::blend::request(request::WITHDRAW, &own, free);
                pool.submit(&world.system.market.lender, &[request])
            });
        }
        Effect::Outside
    }

    pub fn refill(&mut self, asset: usize) -> Effect {
        let market = &self.system.market;
        let (pool, lender) = (market.pool.clone(), market.lender.clone());
        self.token(asset).fund(&lender, 1_000_000 * ONE);
        let _ = self.attempt("lender supplies", |world| {
            pool.supply(&lender, world.asset(asset), 1_000_000 * ONE)
        });
        Effect::Outside
    }

    // Issuers.

    pub fn freeze(&mut self, holder: usize, asset: usize) -> Effect {
        self.token(asset).freeze(self.holder(holder));
        self.memory.frozen.insert((holder, asset));
        Effect::Outside
    }

    pub fn thaw(&mut self) -> Effect {
        for (holder, asset) in std::mem::take(&mut self.memory.frozen) {
            self.token(asset).unfreeze(self.holder(holder));
        }
        Effect::Outside
    }

    pub fn claw_back(&mut self, holder: usize, asset: usize, share: i128) -> Effect {
        let (token, holder) = (self.token(asset), self.holder(holder));
        let amount = token.balance(holder) * share / 1_000;
        if amount > 0 {
            token.claw_back(holder, amount);
        }
        Effect::ClawedBack
    }
}
