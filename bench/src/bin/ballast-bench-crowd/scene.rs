//! The pool, the vaults, the keeper and the liquidator, before the price falls.

use anyhow::{Context, Result};
use ballast_chain::{
    market::{ONE, USD},
    Account, Market, MarketSetup, System,
};
use ballast_client::value::Address;
use ballast_core::policy::Policy;
use ballast_interfaces::vault::VaultPolicy;
use ballast_ledger::{Ledger, Read};
use ballast_transaction::KeyPair;
use soroban_sdk::xdr::ScAddress;

/// Price of XLM before the fall.
pub const FIRST_PRICE: i128 = USD * 36 / 100;
/// Ledgers of an oracle's round.
pub const ROUND_LEDGERS: u32 = 60;
/// Vaults of one owner.
const OWNED: u32 = 50;
/// Worth of a vault's collateral before the fall, US dollars: as many vaults from 100 to 1,000 as from
/// 100,000 to 1,000,000.
const WORTH: (f64, f64) = (100.0, 1_000_000.0);
/// Channel accounts of the keeper, and of the liquidator.
const CHANNELS: usize = 500;

/// What is played.
#[derive(Clone, Debug)]
pub struct Settings {
    pub vaults: u32,
    /// Share of the price.
    pub fall: f64,
    /// Lowest and highest risk ratio after it, as many vaults at each in between.
    pub risk_after: (f64, f64),
    pub seed: u64,
}

/// An account that acts, and the accounts that send for it.
pub struct Actor {
    pub key: KeyPair,
    pub channels: Vec<KeyPair>,
}

/// Everything before the fall.
pub struct Scene {
    pub ledger: Ledger,
    pub pool: Address,
    pub oracle: Address,
    pub oracle_admin: KeyPair,
    pub xlm: Address,
    pub usdc: Address,
    pub price_after: i128,
    /// In the order of their creation.
    pub vaults: Vec<Address>,
    pub keeper: Actor,
    pub liquidator: Actor,
}

impl Scene {
    /// Sets everything up.
    ///
    /// # Errors
    /// If a contract refuses.
    pub fn new(settings: &Settings) -> Result<Self> {
        let mut rng = fastrand::Rng::with_seed(settings.seed);
        let positions: Vec<Position> = (0..settings.vaults)
            .map(|_| Position::draw(settings, &mut rng))
            .collect();
        let owed: i128 = positions.iter().map(|position| position.usdc).sum();
        let held: i128 = positions.iter().map(|position| position.xlm).sum();
        let system = System::new(Market::new(&MarketSetup {
            xlm_price: FIRST_PRICE,
            // Half of it is lent afterwards.
            lent_usdc: owed * 2 + 1_000_000 * ONE,
            ..MarketSetup::default()
        }));
        let market = &system.market;
        let policy = VaultPolicy::from_core(&Policy::BALANCED);
        let mut vaults = Vec::new();
        for (number, group) in positions.chunks(OWNED as usize).enumerate() {
            let owner = market.chain.account(&format!("owner {number}"));
            let sum = group.iter().map(|position| position.xlm).sum();
            market.xlm.fund(&owner, sum);
            market.usdc.trust(&owner);
            for (nonce, position) in (0..).zip(group) {
                let vault = system
                    .try_create(&owner, &policy, nonce)
                    .context("a vault is created")?;
                vault
                    .deposit(market.xlm.address(), position.xlm)
                    .context("a vault deposits")?;
                vault
                    .borrow(market.usdc.address(), position.usdc, owner.address())
                    .context("a vault borrows")?;
                vaults.push(ScAddress::from(&vault.address));
            }
        }
        // Neither runs out of money.
        let keeper = market.trader("keeper", 1_000 * ONE, owed * 2);
        let liquidator = market.trader("liquidator", 1_000 * ONE, owed * 2);
        market.xlm.fund(&liquidator, held);
        market
            .pool
            .deposit(&liquidator, market.xlm.address(), held)
            .context("the liquidator deposits")?;
        let actor = |account: &Account, name: &str| Actor {
            key: account.key().clone(),
            channels: (0..CHANNELS)
                .map(|number| {
                    let channel = market.chain.account(&format!("{name} {number}"));
                    channel.key().clone()
                })
                .collect(),
        };
        let keeper = actor(&keeper, "keeper's channel");
        let liquidator = actor(&liquidator, "liquidator's channel");
        // Two rounds at the first price: what the vaults look back on.
        for _ in 0..2 {
            market.chain.advance_ledgers(ROUND_LEDGERS);
            market.set_price(FIRST_PRICE);
        }
        market.chain.advance_ledgers(ROUND_LEDGERS);
        let price_after = (FIRST_PRICE as f64 * (1.0 - settings.fall)) as i128;
        Ok(Self {
            ledger: market.chain.ledger(),
            pool: ScAddress::from(market.pool.address()),
            oracle: ScAddress::from(market.oracle.address()),
            oracle_admin: market.oracle.admin().key().clone(),
            xlm: ScAddress::from(market.xlm.address()),
            usdc: ScAddress::from(market.usdc.address()),
            price_after,
            vaults,
            keeper,
            liquidator,
        })
    }

    /// The next sequence number of an account.
    pub fn sequence(ledger: &Ledger, key: &KeyPair) -> i64 {
        let account = ledger.state().account(&key.account_id());
        account.map_or(0, |account| account.seq_num.0) + 1
    }
}

/// What a vault deposits and borrows, smallest units.
struct Position {
    xlm: i128,
    usdc: i128,
}

impl Position {
    fn draw(settings: &Settings, rng: &mut fastrand::Rng) -> Self {
        let (least, most) = WORTH;
        let worth = least * (most / least).powf(rng.f64());
        let (low, high) = settings.risk_after;
        let risk = (low + (high - low) * rng.f64()) * (1.0 - settings.fall);
        let owed = worth * 0.75 * risk * 0.95;
        let price = FIRST_PRICE as f64 / USD as f64;
        Self {
            xlm: (worth / price * ONE as f64) as i128,
            usdc: (owed * ONE as f64) as i128,
        }
    }
}
