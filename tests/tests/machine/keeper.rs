//! Keepers propose steps, honest ones and hostile ones.

use crate::action::Route;
use crate::attack::{hostile_call, hostile_nested, run, tried};
use crate::effect::Effect;
use crate::entries;
use crate::step::Taken;
use crate::thief::grabs;
use crate::world::{World, WEALTH};
use ballast_chain::system::NO_DEADLINE;
use ballast_chain::CallError;
use ballast_hostile::{Call, Trick};
use ballast_interfaces::lens::StepQuote;
use ballast_interfaces::vault::{Path, SecondSource, Step, StepReport};
use soroban_sdk::xdr::ToXdr;
use soroban_sdk::{Address, Bytes};

/// A trick as the hostile adapter's route.
pub fn trick_route(world: &World, trick: &Trick) -> Bytes {
    trick.clone().to_xdr(world.chain().env())
}

impl Route {
    pub fn path(self) -> Path {
        match self {
            Route::Flash | Route::Venue => Path::Flash,
            Route::Fill | Route::Plain => Path::Plain,
        }
    }
}

impl World {
    /// Whether a vault's version has the hostile receiver.
    fn has_hostile_receiver(&self, vault: usize) -> bool {
        let instance = self.instance(vault);
        let links = entries::stored(&instance, "Links").expect("vaults have links");
        entries::field(links, "receiver") == Some(&entries::address(&self.receiver))
    }

    /// Tells a hostile receiver what it will do.
    pub fn prepare(&mut self, vault: usize, trick: &Trick) {
        if self.has_hostile_receiver(vault) {
            let told = self
                .chain()
                .call(&self.receiver, "prepare", (trick.clone(),), &[]);
            told.expect("it listens to anybody");
        }
    }

    /// What the lens proposes.
    pub fn quote(&self, vault: usize, route: Route) -> Result<StepQuote, CallError> {
        let chain = self.chain();
        let address = &self.vaults[vault].address;
        if route == Route::Fill {
            return self.vaults[vault].quote_fill();
        }
        let (adapter, bytes) = match route {
            Route::Venue => {
                let system = &self.system;
                (&system.adapter, system.route(system.market.amm.address()))
            }
            _ => (&self.hostile, Bytes::new(chain.env())),
        };
        let args = (address, route.path(), adapter, bytes);
        chain.view(&self.system.lens, "quote_rebalance", args)
    }

    /// Which reserve an asset is.
    fn index(&self, asset: &Address) -> usize {
        let found = (0..3).find(|index| self.asset(*index) == asset);
        found.expect("steps name reserves")
    }

    pub fn pair_of(&self, step: &Step) -> (usize, usize) {
        (self.index(&step.collateral), self.index(&step.debt))
    }

    /// A step on a route. Where it is not the real venue, the hostile contract pays the bid.
    fn step_on(&self, route: Route, pair: (usize, usize), sell: i128, bid: i128) -> Step {
        let (adapter, bytes) = match route {
            Route::Venue => {
                let system = &self.system;
                (
                    system.adapter.clone(),
                    system.route(system.market.amm.address()),
                )
            }
            _ => (
                self.hostile.clone(),
                trick_route(self, &Trick::Pay(bid, bid)),
            ),
        };
        Step {
            path: route.path(),
            collateral: self.asset(pair.0).clone(),
            debt: self.asset(pair.1).clone(),
            sell,
            min_proceeds: bid,
            adapter,
            route: bytes,
        }
    }

    /// Proposes a step as the thief.
    pub fn propose(
        &mut self,
        name: &str,
        vault: usize,
        route: Route,
        pair: (usize, usize),
        (sell, bid): (i128, i128),
    ) -> Result<StepReport, CallError> {
        self.prepare(vault, &Trick::Pay(bid, 0));
        let step = self.step_on(route, pair, sell, bid);
        self.attempt(name, |world| {
            let (target, thief) = (&world.vaults[vault], &world.thief);
            match route {
                Route::Fill => target.fill(thief, &step.collateral, &step.debt, bid, sell),
                _ => target.rebalance(thief, &step),
            }
        })
    }

    pub fn taken(
        &self,
        vault: usize,
        route: Route,
        pair: (usize, usize),
        (sell, bid): (i128, i128),
        report: StepReport,
    ) -> Effect {
        Effect::Step(Box::new(Taken {
            vault,
            route,
            pair,
            sell,
            bid,
            report,
            policy: self.policy(vault),
        }))
    }

    /// Whether nothing outside of vault and pool stands in the way of a step.
    pub fn unhindered(&self, vault: usize, pair: (usize, usize)) -> bool {
        [pair.0, pair.1].into_iter().all(|asset| {
            let pool = self.system.market.pool.address();
            let holders = [self.thief.address(), &self.vaults[vault].address, pool];
            holders.iter().all(|holder| !self.is_frozen(holder, asset))
        })
    }

    pub fn step(&mut self, vault: usize, route: Route, share: i128, bid: i128) -> Effect {
        if route == Route::Venue {
            self.arbitrage();
        }
        let quoted = self.attempt("quote", |world| world.quote(vault, route));
        let Ok(quote) = quoted else {
            return Effect::Outside;
        };
        let pair = self.pair_of(&quote.step);
        let sell = quote.step.sell * share / 1_000;
        let asked = quote.step.min_proceeds * share / 1_000 + i128::from(share < 1_000);
        let numbers = (sell, asked * bid / 1_000);
        let rescue = if quote.rescue { "rescue" } else { "step" };
        let name = format!("{rescue} by {route:?}");
        let done = self.propose(&name, vault, route, pair, numbers);
        // Promise 5.
        let as_quoted = (share, bid) == (1_000, 1_000) && route != Route::Venue;
        match done {
            Ok(report) => {
                if report.sold == 0 {
                    self.tally.count("step by the reserve alone");
                }
                self.taken(vault, route, pair, numbers, report)
            }
            Err(error) => {
                assert!(
                    !as_quoted || !self.can_pay(vault, pair, numbers.1),
                    "quoted, and refused: {error}: {quote:?}"
                );
                Effect::Outside
            }
        }
    }

    /// Whether the thief and his contract can pay a bid, and the pool what is sold.
    pub fn can_pay(&self, vault: usize, pair: (usize, usize), bid: i128) -> bool {
        let token = self.token(pair.1);
        self.unhindered(vault, pair)
            && token.balance(self.thief.address()) >= bid
            && token.balance(&self.hostile) >= bid
            && token.balance(&self.receiver) >= bid
            && self.pool_is_whole()
    }

    /// Whether nobody clawed back what the pool owes to its lenders.
    pub fn pool_is_whole(&self) -> bool {
        let pool = self.system.market.pool.address();
        let reserves = self.reserves();
        (0..3).all(|asset| {
            let reserve = &reserves[asset];
            self.token(asset).balance(pool) >= reserve.supplied() - reserve.owed()
        })
    }

    pub fn wild_step(
        &mut self,
        vault: usize,
        route: Route,
        pair: (usize, usize),
        sell: i128,
        bid: i128,
    ) -> Effect {
        let bid = bid.min(WEALTH / 4);
        match self.propose("wild step", vault, route, pair, (sell, bid)) {
            Ok(report) => self.taken(vault, route, pair, (sell, bid), report),
            Err(_) => Effect::Outside,
        }
    }

    /// A quoted step through a hostile adapter, or a hostile receiver where the version has one.
    pub fn trick(&mut self, vault: usize, flash: bool, trick: usize) -> Effect {
        let route = if flash { Route::Flash } else { Route::Plain };
        let Ok(quote) = self.attempt("quote", |world| world.quote(vault, route)) else {
            return Effect::Outside;
        };
        let mut step = quote.step;
        let bid = step.min_proceeds;
        let pair = self.pair_of(&step);
        // Who plays the trick: the receiver where there is a loan and the receiver is hostile.
        let player = if flash && self.has_hostile_receiver(vault) {
            &self.receiver
        } else {
            &self.hostile
        };
        let grabs = grabs(self, player, vault, &step);
        let seize = |world: &World, token: usize| {
            let from = world.vaults[vault].address.clone();
            Trick::Seize(world.asset(token).clone(), from, 1)
        };
        let (trick, pays) = match trick {
            0 => (Trick::Pay(0, bid), false),
            1 => (Trick::Pay(bid - 1, bid), false),
            2 => (Trick::Pay(0, i128::MAX), false),
            3 => (Trick::Pay(bid, i128::MIN), true),
            4 => (Trick::Pay(bid + bid / 50, 0), true),
            5 => (Trick::Trap, false),
            6 => (seize(self, pair.0), false),
            7 => (seize(self, pair.1), false),
            nth => {
                let call = grabs[nth % grabs.len()].clone();
                (Trick::TryThenPay(call), true)
            }
        };
        self.prepare(vault, &trick);
        step.route = trick_route(self, &trick);
        let name = if pays {
            "trick that pays"
        } else {
            "trick that does not"
        };
        let done = self.attempt(name, |world| {
            world.vaults[vault].rebalance(&world.thief, &step)
        });
        // What the reserve alone does, and what is netted, calls no adapter.
        let called = step.sell > 0 && pair.0 != pair.1;
        match done {
            Ok(report) => {
                assert!(pays || !called, "{trick_name}", trick_name = name);
                let tried = tried(self.chain());
                assert!(!tried.contains(&true), "a grab succeeded: {tried:?}");
                self.taken(vault, route, pair, (step.sell, bid), report)
            }
            Err(_) => Effect::Outside,
        }
    }

    pub fn forbidden_adapter(&mut self, vault: usize, flash: bool, which: usize) -> Effect {
        let system = &self.system;
        let market = &system.market;
        let adapter = match which {
            0 => &self.vaults[vault].address,
            1 => market.pool.address(),
            2..=4 if self.book(vault).uses(which - 2) => self.asset(which - 2),
            // No asset of the position: a contract like any other.
            2..=4 => return Effect::Outside,
            5 => market.oracle.address(),
            6 if self.has_hostile_receiver(vault) => &self.receiver,
            6 => &system.receiver,
            7 => &system.factory,
            _ => match self.policy(vault).second_oracle {
                SecondSource::Feed(_) => self.second.address(),
                // Then it is a contract like any other.
                SecondSource::None => return Effect::Outside,
            },
        };
        let path = if flash { Path::Flash } else { Path::Plain };
        let step = Step {
            adapter: adapter.clone(),
            ..system.step(path, 10_000_0000000, 1)
        };
        let done = self.attempt("forbidden adapter", |world| {
            world.vaults[vault].rebalance(&world.thief, &step)
        });
        assert!(done.is_err(), "{which}: {done:?}");
        Effect::Outside
    }

    /// The thief's contract fills pieces of a quoted step, one after the other in one transaction,
    /// with a gift to the vault in front.
    pub fn split(&mut self, vault: usize, pieces: usize, gift: i128) -> Effect {
        let Ok(quote) = self.attempt("quote", |world| world.quote(vault, Route::Fill)) else {
            return Effect::Outside;
        };
        if quote.step.sell == 0 {
            return Effect::Outside;
        }
        let count = pieces as i128;
        let (sell, bid) = (quote.step.sell / count, quote.step.min_proceeds / count + 1);
        let (own, address) = (&self.hostile, &self.vaults[vault].address);
        let (collateral, debt) = (&quote.step.collateral, &quote.step.debt);
        let mut calls: std::vec::Vec<Call> = vec![];
        let gift = gift.min(WEALTH / 1_000);
        if gift > 0 {
            let args = (own, address, gift);
            calls.push(hostile_call(debt, "transfer", args, &[]));
        }
        for _ in 0..pieces {
            let args = (own, collateral, debt, bid, sell, NO_DEADLINE);
            let transfer = hostile_nested(debt, "transfer", (own, address, bid));
            calls.push(hostile_call(address, "fill", args, &[transfer]));
        }
        let done = self.attempt("split step", |world| {
            run(world.chain(), &world.hostile, &calls)
        });
        match done {
            Ok(_) => Effect::Steps(vault),
            Err(_) => Effect::Outside,
        }
    }
}
