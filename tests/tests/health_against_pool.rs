//! The core's health against the pool's own `submit`: random positions on pools of random factors,
//! with interest accrued, at random prices and at the two prices beside the boundary.

use crate::attack::{Dice, View};
use ballast_chain::blend::{request, ReserveConfig};
use ballast_chain::market::USD;
use ballast_chain::oracle::PRICE_DECIMALS;
use ballast_chain::{Account, Blend, CallError, Chain, Invocation, Oracle, Pool, PoolSetup, Token};
use ballast_core::health::{Leg, Position};

/// Pools, each of other factors, decimals and rates.
const POOLS: u64 = 6;
/// Positions on each pool.
const POSITIONS: u32 = 400;
/// Blend's code for an unhealthy end.
const UNHEALTHY: u32 = 1205;
/// Blend's code for debt on less than the minimum collateral.
const MIN_COLLATERAL: u32 = 1224;

/// A pool of three or four reserves, with all that was borrowed before the cases.
struct Lab {
    chain: Chain,
    oracle: Oracle,
    pool: Pool,
    tokens: Vec<Token>,
    user: Account,
    min_collateral: i128,
}

impl Lab {
    fn new(seed: u64, dice: &mut Dice) -> Self {
        let chain = Chain::new();
        let usdc = Token::issue(&chain, "USDC");
        let blend = Blend::deploy(&chain, &usdc);
        let mut tokens = vec![usdc];
        for code in ["AAA", "BBB", "CCC"].iter().take(2 + seed as usize % 2) {
            tokens.push(Token::issue(&chain, code));
        }
        let assets: Vec<_> = tokens.iter().map(Token::address).collect();
        let oracle = Oracle::deploy(&chain, "oracle", &assets);
        oracle.set_prices(&vec![USD; tokens.len()]);
        let mut reserves = vec![];
        for asset in &assets {
            reserves.push(((*asset).clone(), random_reserve(dice)));
        }
        let min_collateral = if seed % 3 == 2 { USD / 10 } else { 0 };
        let setup = PoolSetup {
            min_collateral,
            ..PoolSetup::new(reserves)
        };
        let pool = blend.create_pool("pool", oracle.address(), &setup);
        let (lender, whale) = (chain.account("lender"), chain.account("whale"));
        for token in &tokens {
            let lent = 1_000_000_000_0000000;
            token.fund(&lender, lent);
            pool.supply(&lender, token.address(), lent).expect("lend");
            // Most of it is borrowed, so that rates grow.
            token.fund(&whale, 8 * lent);
            pool.deposit(&whale, token.address(), 8 * lent)
                .expect("deposit");
            let share = dice.between(10, 89);
            pool.borrow(&whale, token.address(), lent / 100 * share)
                .expect("borrow");
        }
        chain.advance_seconds(dice.between(86_400, 300 * 86_400) as u64);
        Self {
            user: chain.account("user"),
            chain,
            oracle,
            pool,
            tokens,
            min_collateral,
        }
    }

    /// What the pool says to a withdrawal of one unit.
    fn submit(&self, user: &Account, asset: usize) -> Result<(), CallError> {
        let asset = self.tokens[asset].address();
        let withdraw = request::WITHDRAW_COLLATERAL;
        let requests = [ballast_chain::blend::request(withdraw, asset, 1)];
        let address = user.address();
        let args = self.pool.submit_args(address, address, address, &requests);
        let tree = Invocation::new(self.pool.address(), "submit", args.clone());
        let signed = user.sign(&self.chain, &tree, 10);
        self.chain
            .simulate(self.pool.address(), "submit", args, &[signed])
            .map(drop)
    }

    /// A random position of the user; `None` if the pool refuses it.
    fn open(&self, dice: &mut Dice, prices: &[i128]) -> Option<View> {
        self.oracle.set_prices(prices);
        let count = self.tokens.len();
        let mut requests = vec![];
        let mut held = vec![];
        let mut bases = 0.0;
        let first = dice.between(0, count as i128 - 1) as usize;
        for step in 0..=dice.between(0, 1) as usize {
            let asset = (first + step) % count;
            let amount = dice.magnitude(10_000, 100_000_000_0000000);
            let token = &self.tokens[asset];
            token.fund(&self.user, amount);
            let config = self.pool.reserve(token.address()).config;
            bases += amount as f64 * prices[asset] as f64 * f64::from(config.c_factor)
                / 10f64.powi(config.decimals as i32 + 7);
            held.push(asset);
            let supply = request::SUPPLY_COLLATERAL;
            requests.push(ballast_chain::blend::request(
                supply,
                token.address(),
                amount,
            ));
        }
        let debts = 1 + dice.between(0, 1) as usize;
        for step in 0..debts {
            let asset = (held[0] + 1 + step) % count;
            let token = &self.tokens[asset];
            let config = self.pool.reserve(token.address()).config;
            let share = dice.between(1, 990) as f64 / 1_000.0 / debts as f64;
            let amount = bases * share * f64::from(config.l_factor) / 1e7 / prices[asset] as f64
                * 10f64.powi(config.decimals as i32);
            if !(2.0..=1e15).contains(&amount) {
                continue;
            }
            self.tokens[asset].trust(&self.user);
            requests.push(ballast_chain::blend::request(
                request::BORROW,
                token.address(),
                amount as i128,
            ));
        }
        let positions = self.pool.submit(&self.user, &requests).ok()?;
        let mut view = View {
            position: Position {
                legs: Default::default(),
                price_scalar: 10i128.pow(PRICE_DECIMALS),
            },
            assets: vec![],
            totals: Position {
                legs: Default::default(),
                price_scalar: 1,
            }
            .totals()
            .expect("empty"),
        };
        for (index, token) in self.tokens.iter().enumerate() {
            let of = |shares: &soroban_sdk::Map<u32, i128>| shares.get(index as u32).unwrap_or(0);
            let (b_tokens, d_tokens) = (of(&positions.collateral), of(&positions.liabilities));
            if b_tokens == 0 && d_tokens == 0 {
                continue;
            }
            let reserve = self.pool.reserve(token.address());
            view.position.legs.push(Leg {
                price: prices[index],
                asset_scalar: reserve.scalar,
                collateral_factor_e7: reserve.config.c_factor.into(),
                liability_factor_e7: reserve.config.l_factor.into(),
                b_rate_e12: reserve.data.b_rate,
                d_rate_e12: reserve.data.d_rate,
                b_tokens,
                d_tokens,
            });
            view.assets.push(token.address().clone());
        }
        view.totals = view.position.totals().expect("small");
        Some(view)
    }

    fn index_of(&self, view: &View, leg: usize) -> usize {
        let asset = &view.assets[leg];
        let found = self
            .tokens
            .iter()
            .position(|token| token.address() == asset);
        found.expect("an asset of the pool")
    }
}

fn random_reserve(dice: &mut Dice) -> ReserveConfig {
    let util = dice.between(1_000_000, 8_900_000) as u32;
    ReserveConfig {
        decimals: *dice.pick(&[0, 3, 6, 7, 7, 7, 9, 12]),
        c_factor: dice.between(1_000_000, 10_000_000) as u32,
        l_factor: dice.between(1_000_000, 10_000_000) as u32,
        util,
        max_util: dice.between(i128::from(util), 9_499_999) as u32,
        r_base: dice.between(1_000, 1_000_000) as u32,
        r_one: dice.between(0, 1_000_000) as u32,
        r_two: dice.between(1_000_000, 5_000_000) as u32,
        r_three: dice.between(5_000_000, 20_000_000) as u32,
        ..ballast_chain::blend::usdc_reserve()
    }
}

/// The position after one unit of the collateral of `leg` is withdrawn, at another price of it.
fn probed(position: &Position, leg: usize, price: i128) -> Option<Position> {
    let mut after = position.clone();
    after.legs[leg].price = price;
    after.legs[leg].withdraw(1).ok()?;
    Some(after)
}

fn accepts(position: &Position, leg: usize, price: i128) -> Option<bool> {
    let after = probed(position, leg, price)?;
    let totals = after.totals().ok()?;
    after.pool_accepts(&totals).ok()
}

/// The least price of a collateral at which the core finds the position healthy, if there is one.
pub fn boundary(position: &Position, leg: usize) -> Option<i128> {
    let (mut low, mut high) = (1, 1_000_000 * USD);
    if accepts(position, leg, low)? || !accepts(position, leg, high)? {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if accepts(position, leg, middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

/// How many cases there were.
#[derive(Default, Debug)]
struct Counts {
    positions: u32,
    healthy: u32,
    unhealthy: u32,
    too_little: u32,
    at_boundary: u32,
}

fn compare(lab: &Lab, view: &View, leg: usize, price: i128, prices: &[i128], counts: &mut Counts) {
    let index = lab.index_of(view, leg);
    let mut prices = prices.to_vec();
    prices[index] = price;
    lab.oracle.set_prices(&prices);
    let after = probed(&view.position, leg, price).expect("there is a unit");
    let totals = after.totals().expect("small");
    let healthy = after.pool_accepts(&totals).expect("small");
    let enough = totals.liability_base == 0 || totals.collateral_base >= lab.min_collateral;
    let done = lab.submit(&lab.user, index);
    let code = done.as_ref().err().and_then(CallError::code);
    let expected = if !healthy {
        counts.unhealthy += 1;
        Some(UNHEALTHY)
    } else if !enough {
        counts.too_little += 1;
        Some(MIN_COLLATERAL)
    } else {
        counts.healthy += 1;
        None
    };
    let same = done.is_ok() == expected.is_none() && code == expected;
    assert!(
        same,
        "the core says {expected:?}, the pool {done:?}: {after:?}, {totals:?}"
    );
}

/// One pool's cases. A thread takes half of the pools.
fn run(seed: u64) -> Counts {
    let mut dice = Dice(seed);
    let lab = Lab::new(seed, &mut dice);
    let mut counts = Counts::default();
    let count = lab.tokens.len();
    lab.oracle.set_prices(&vec![USD; count]);
    let state = lab.chain.snapshot();
    while counts.positions < POSITIONS {
        if counts.positions.is_multiple_of(50) {
            // Another day, other rates.
            lab.chain.restore(&state);
            lab.chain
                .advance_seconds(dice.between(0, 30 * 86_400) as u64);
            lab.oracle.set_prices(&vec![USD; count]);
        }
        let fresh = lab.chain.snapshot();
        let prices: Vec<i128> = (0..count)
            .map(|_| dice.magnitude(USD / 10_000, 10_000 * USD))
            .collect();
        let Some(view) = lab.open(&mut dice, &prices) else {
            lab.chain.restore(&fresh);
            continue;
        };
        counts.positions += 1;
        let legs = &view.position.legs;
        let leg = (0..legs.len()).find(|leg| legs[*leg].b_tokens > 0);
        let leg = leg.expect("a position has collateral");
        // Some of the positions fall, the rest stays.
        let factor = dice.between(2_000, 11_000);
        let price = (legs[leg].price * factor / 10_000).max(1);
        compare(&lab, &view, leg, price, &prices, &mut counts);
        if let Some(price) = boundary(&view.position, leg) {
            counts.at_boundary += 1;
            for price in [price, price - 1] {
                compare(&lab, &view, leg, price, &prices, &mut counts);
            }
        }
        lab.chain.restore(&fresh);
    }
    counts
}

fn run_all(seeds: impl Iterator<Item = u64>) {
    for seed in seeds {
        let counts = run(seed);
        println!("pool {seed}: {counts:?}");
        assert!(counts.at_boundary > POSITIONS / 4, "{counts:?}");
        assert!(counts.healthy > POSITIONS / 10, "{counts:?}");
        assert!(counts.unhealthy > POSITIONS / 10, "{counts:?}");
    }
}

#[test]
fn health_equals_the_pools_on_even_pools() {
    run_all((0..POOLS).filter(|seed| seed % 2 == 0));
}

#[test]
fn health_equals_the_pools_on_odd_pools() {
    run_all((0..POOLS).filter(|seed| seed % 2 == 1));
}
