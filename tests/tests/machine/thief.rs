//! Those who have no part in it: thieves, donors, the factory's admin, the pool's liquidators.

use crate::attack::{hostile_call, hostile_nested};
use crate::book::E12;
use crate::effect::Effect;
use crate::world::{list_version, World};
use ballast_chain::blend::request::{REPAY, WITHDRAW_COLLATERAL};
use ballast_chain::blend::{self, Request};
use ballast_chain::market::ONE;
use ballast_chain::system::NO_DEADLINE;
use ballast_chain::Invocation;
use ballast_hostile::Call;
use ballast_interfaces::receiver::ArmedSwap;
use ballast_interfaces::vault::Step;
use soroban_sdk::{vec as host_vec, Address, Bytes, BytesN, IntoVal, Val, Vec as HostVec};

/// What the hostile contract tries while a vault is at work: nothing of it may succeed.
pub fn grabs(world: &World, own: &Address, vault: usize, step: &Step) -> Vec<Call> {
    let vault = &world.vaults[vault].address;
    let system = &world.system;
    let (pool, receiver) = (system.market.pool.address(), &system.receiver);
    let env = world.chain().env();
    let ledger = world.chain().sequence();
    let withdraw = host_vec![
        env,
        blend::request(WITHDRAW_COLLATERAL, &step.collateral, ONE)
    ];
    let borrow = host_vec![env, blend::request(blend::request::BORROW, &step.debt, ONE)];
    let swap = ArmedSwap {
        pool: pool.clone(),
        token_in: step.collateral.clone(),
        token_out: step.debt.clone(),
        amount_in: step.sell,
        min_out: 1,
        adapter: own.clone(),
        route: Bytes::new(env),
    };
    let steps = host_vec![env, step.clone()];
    let mut calls = vec![];
    for token in [&step.collateral, &step.debt] {
        calls.push(hostile_call(token, "transfer", (vault, own, ONE), &[]));
        let args = (vault, own, ONE, ledger);
        calls.push(hostile_call(token, "approve", args, &[]));
        let args = (own, vault, own, ONE);
        calls.push(hostile_call(token, "transfer_from", args, &[]));
        let args = (pool, vault, own, ONE);
        calls.push(hostile_call(token, "transfer_from", args, &[]));
        calls.push(hostile_call(token, "burn", (vault, ONE), &[]));
    }
    let submit = |function: &str, spender: &Address, requests: HostVec<Request>| {
        hostile_call(pool, function, (vault, spender, own, requests), &[])
    };
    calls.extend([
        submit("submit", vault, withdraw.clone()),
        submit("submit", own, borrow),
        submit("submit_with_allowance", vault, withdraw),
        hostile_call(pool, "claim", (vault, host_vec![env, 0u32], own), &[]),
        hostile_call(vault, "rebalance", (own, step.clone(), NO_DEADLINE), &[]),
        hostile_call(vault, "withdraw", (&step.collateral, ONE, own), &[]),
        hostile_call(vault, "borrow", (&step.debt, ONE, own), &[]),
        hostile_call(vault, "sweep", (&step.debt, own), &[]),
        hostile_call(vault, "close", (steps, own), &[]),
        hostile_call(vault, "set_automation", (false,), &[]),
        hostile_call(vault, "propose_owner", (own,), &[]),
        hostile_call(vault, "clear_stale_auction", (), &[]),
        hostile_call(
            vault,
            "repay",
            (own, &step.debt, ONE),
            &[hostile_nested(&step.debt, "transfer", (own, vault, ONE))],
        ),
        hostile_call(receiver, "arm", (vault, swap), &[]),
        hostile_call(receiver, "exec_op", (vault, &step.debt, ONE, 0i128), &[]),
    ]);
    calls
}

/// A call that is not the thief's to make, with what he signs below it.
struct Entry {
    contract: Address,
    function: &'static str,
    args: HostVec<Val>,
    below: Vec<Invocation>,
}

fn forbidden(world: &World, vault: usize) -> Vec<Entry> {
    let (system, env) = (&world.system, world.chain().env());
    let (target, thief) = (&world.vaults[vault], world.thief.address());
    let (address, owner) = (&target.address, target.owner.address());
    let pool = system.market.pool.address();
    let (xlm, usdc) = (world.asset(0), world.asset(1));
    let step = system.step(ballast_interfaces::vault::Path::Flash, 10_000 * ONE, 1);
    let mut policy = world.policy(vault);
    policy.discount_max_e7 = 0_1000000;
    let amount = 100 * ONE;
    let mut entries = vec![];
    let mut of = |contract: &Address, function, args: HostVec<Val>, below| {
        entries.push(Entry {
            contract: contract.clone(),
            function,
            args,
            below,
        });
    };
    let mut vaults = |function, args: HostVec<Val>| of(address, function, args, vec![]);
    vaults("deposit", (xlm, amount).into_val(env));
    vaults("withdraw", (xlm, amount, thief).into_val(env));
    vaults("borrow", (usdc, amount, thief).into_val(env));
    vaults("withdraw_reserve", (usdc, amount, thief).into_val(env));
    vaults("set_policy", (policy,).into_val(env));
    vaults("set_automation", (true,).into_val(env));
    vaults("set_automation", (false,).into_val(env));
    vaults("claim", (host_vec![env, 1u32], thief).into_val(env));
    let steps = host_vec![env, step.clone()];
    vaults("close", (steps, thief).into_val(env));
    vaults("owner_rescue", (step,).into_val(env));
    vaults("sweep", (usdc, thief).into_val(env));
    vaults("sweep", (xlm, thief).into_val(env));
    vaults("propose_owner", (thief,).into_val(env));
    vaults("accept_owner", ().into_val(env));
    for payer in [owner, address, pool, world.keeper.address()] {
        vaults("repay", (payer, usdc, amount).into_val(env));
        vaults("fund_reserve", (payer, usdc, amount).into_val(env));
        let fill = (payer, xlm, usdc, 3_000 * ONE, 10_000 * ONE, NO_DEADLINE);
        vaults("fill", fill.into_val(env));
    }
    // The pool, in the vault's name.
    for (kind, asset) in [(WITHDRAW_COLLATERAL, xlm), (blend::request::BORROW, usdc)] {
        let requests = [blend::request(kind, asset, amount)];
        for spender in [address, thief] {
            let args = system
                .market
                .pool
                .submit_args(address, spender, thief, &requests);
            of(pool, "submit", args, vec![]);
        }
    }
    let claim = (address, host_vec![env, 1u32], thief);
    of(pool, "claim", claim.into_val(env), vec![]);
    // Tokens.
    for token in [xlm, usdc] {
        of(
            token,
            "transfer",
            (address, thief, ONE).into_val(env),
            vec![],
        );
        let args = (address, thief, ONE, world.chain().sequence() + 10);
        of(token, "approve", args.into_val(env), vec![]);
        let args = (thief, address, thief, ONE);
        of(token, "transfer_from", args.into_val(env), vec![]);
        of(token, "burn", (address, ONE).into_val(env), vec![]);
    }
    // The factory, and what is built by it.
    let version = ballast_interfaces::factory::Version {
        wasm_hash: BytesN::from_array(env, &[7; 32]),
        receiver: world.hostile.clone(),
    };
    of(
        &system.factory,
        "list_version",
        (version,).into_val(env),
        vec![],
    );
    of(
        &system.factory,
        "set_creation_paused",
        (true,).into_val(env),
        vec![],
    );
    of(
        &system.factory,
        "propose_admin",
        (thief,).into_val(env),
        vec![],
    );
    let squat = (owner, pool, 0u32, world.policy(vault), 7u32);
    of(&system.factory, "create", squat.into_val(env), vec![]);
    entries
}

impl World {
    pub fn grab(&mut self, vault: usize, nth: usize) -> Effect {
        let entries = forbidden(self, vault);
        let entry = &entries[nth % entries.len()];
        let done = self.attempt("grab", |world| {
            let args = entry.args.clone();
            world.chain().call_as(
                &world.thief,
                &entry.contract,
                entry.function,
                args,
                &entry.below,
            )
        });
        assert!(done.is_err(), "the thief called {}", entry.function);
        Effect::Anybody
    }

    /// The thief pays a debt, funds the reserve, or just sends tokens.
    pub fn give(&mut self, vault: usize, how: usize, asset: usize, amount: i128) -> Effect {
        let name = ["gift of a repayment", "gift of a reserve", "gift of tokens"][how];
        let _ = self.attempt(name, |world| {
            let (target, thief, token) = (&world.vaults[vault], &world.thief, world.asset(asset));
            match how {
                0 => target.repay(thief, token, amount),
                1 => target.fund_reserve(thief, token, amount),
                _ => world.token(asset).transfer(thief, &target.address, amount),
            }
        });
        Effect::Anybody
    }

    pub fn extend_ttl(&mut self, vault: usize) -> Effect {
        let done = self.attempt("extend_ttl", |world| {
            let address = &world.vaults[vault].address;
            world.chain().call(address, "extend_ttl", (), &[])
        });
        done.expect("anybody may");
        Effect::Anybody
    }

    /// The factory's admin does what an admin can do.
    pub fn factory_admin(&mut self, what: usize) -> Effect {
        let done = self.attempt("factory admin", |world| {
            let system = &world.system;
            let (admin, factory) = (&system.admin, &system.factory);
            let call = |function: &str, args: HostVec<Val>| {
                world.chain().call_as(admin, factory, function, args, &[])
            };
            let env = world.chain().env();
            match what {
                0 => call("set_creation_paused", (true,).into_val(env)).map(drop),
                1 => call("set_creation_paused", (false,).into_val(env)).map(drop),
                2 => list_version(system, &world.hostile).map(drop),
                _ => call("propose_admin", (world.thief.address(),).into_val(env)).map(drop),
            }
        });
        done.expect("the admin may");
        Effect::Anybody
    }

    // Liquidators.

    /// Opens an auction of about as much as the pool takes, and lets it age.
    pub fn open_auction(&mut self, vault: usize, percent: u32, later: u32) -> Effect {
        let mut book = self.book(vault);
        for (price, own) in book.prices.iter_mut().zip(self.memory.prices) {
            *price = if *price > 0 { *price } else { own };
        }
        let held: Vec<usize> = (0..3).filter(|leg| book.shares[*leg].b > 0).collect();
        let owed: Vec<usize> = (0..3).filter(|leg| book.shares[*leg].d > 0).collect();
        if held.is_empty() || owed.is_empty() {
            return Effect::Outside;
        }
        // The share after which health is about 1.09, at average factors.
        let [collateral, liability] = [book.collateral_base(), book.liability_base()];
        let (value, debt) = (book.collateral_value() as f64, book.debt_value() as f64);
        let [collateral, liability] = [collateral as f64, liability as f64];
        let factors = collateral / value * debt / liability;
        let incentive = 1.0 + (1.0 - factors) / 2.0;
        let share = (1.09 * liability - collateral)
            / (1.09 * liability - debt * incentive * collateral / value);
        let aimed = if share.is_finite() && (0.0..1.0).contains(&share) {
            (share * 100.0) as i64
        } else {
            100
        };
        let mut opened = false;
        for off in [i64::from(percent) % 5 - 2, 0, 2, -2, 4, 100] {
            let tried = (aimed + off).clamp(1, 100) as u32;
            let done = self.attempt("new auction", |world| {
                let address = |leg: &usize| world.asset(*leg);
                let bid: Vec<&Address> = owed.iter().map(address).collect();
                let lot: Vec<&Address> = held.iter().map(address).collect();
                let user = &world.vaults[vault].address;
                world
                    .system
                    .market
                    .pool
                    .new_auction(user, &bid, &lot, tried)
            });
            match done {
                Ok(_) => opened = true,
                // Too large or too small: another share may do.
                Err(error) if matches!(error.code(), Some(1213 | 1214)) => continue,
                Err(_) => {}
            }
            break;
        }
        if opened {
            self.chain().advance_ledgers(later);
            self.publish();
        }
        Effect::Outside
    }

    /// A liquidator fills a part of the auction, repays what was taken over.
    pub fn fill_auction(&mut self, vault: usize, percent: i128) -> Effect {
        let Some(auction) = self.auction(vault) else {
            return Effect::Outside;
        };
        let reserves = self.reserves();
        let mut requests = vec![];
        // After 400 ledgers nothing is asked for.
        let asks = self.chain().sequence() < auction.start + 400;
        for (leg, reserve) in reserves.iter().enumerate() {
            let bid = auction.bid[leg];
            if bid > 0 && asks {
                let amount = bid * reserve.d_rate / E12 * percent / 100 + 2;
                requests.push(blend::request(REPAY, self.asset(leg), amount));
            }
        }
        let done = self.attempt("auction filled", |world| {
            let pool = &world.system.market.pool;
            let user = &world.vaults[vault].address;
            pool.fill_auction(&world.liquidator, user, percent, &requests)
        });
        match done {
            Ok(_) => Effect::Filled(vault),
            Err(_) => Effect::Outside,
        }
    }

    pub fn delete_stale_auction(&mut self, vault: usize) -> Effect {
        let _ = self.attempt("del_auction", |world| {
            let user = &world.vaults[vault].address;
            world.system.market.pool.delete_stale_auction(user)
        });
        Effect::Outside
    }

    pub fn clear_stale_auction(&mut self, vault: usize) -> Effect {
        let _ = self.attempt("clear_stale_auction", |world| {
            let address = &world.vaults[vault].address;
            world.chain().call(address, "clear_stale_auction", (), &[])
        });
        Effect::Anybody
    }
}
