//! The system before a scenario begins: a pool of four assets, a vault and its bare twin with the
//! same position, the attacker's two contracts.

use crate::scenario::{
    PerAsset, Start, Variant, ASSETS, BASE_USD, BTC, EURC, ROUND_LEDGERS, USDC, XLM,
};
use ballast_chain::{
    blend::{request, usdc_reserve, xlm_reserve, ReserveConfig},
    market::{ONE, USD},
    Account, Chain, Market, Oracle, PoolSetup, System, Token, Vault,
};
use ballast_core::policy::Policy;
use ballast_interfaces::{
    oracle::Asset,
    vault::{SecondOracle, SecondSource, VaultPolicy},
};
use soroban_sdk::{xdr::ScAddress, Address, Map};
use std::path::PathBuf;

/// Collateral of every position at base prices, US dollars.
pub const COLLATERAL_USD: f64 = 50_000.0;
/// What each of the attacker's contracts has of every asset, whole tokens. No step of these
/// positions needs as much.
const WEALTH: PerAsset = [50_000_000.0, 20_000_000.0, 1_000.0, 20_000_000.0];
/// Prices of the collaterals while the positions are built, in multiples of the base.
const SAFE: f64 = 2.0;

/// Smallest units of a number of whole tokens; all four assets have 7 decimals.
pub fn units(tokens: f64) -> i128 {
    (tokens * ONE as f64).round() as i128
}

/// Whole tokens.
pub fn tokens(units: i128) -> f64 {
    units as f64 / ONE as f64
}

/// A price in the oracles' decimals.
pub fn price_units(usd: f64) -> i128 {
    (usd * USD as f64).round() as i128
}

/// Market, Ballast and the attacker, without positions. Takes a second to build.
pub struct Ground {
    system: System,
    second: Oracle,
    tokens: [Token; ASSETS],
    caller: Address,
    venue: Address,
    rival: Address,
}

/// A system with positions.
pub struct Stage {
    /// Ballast on the market. The market's pool and oracle are those of the four assets.
    pub system: System,
    /// The second oracle.
    pub second: Oracle,
    /// The assets.
    pub tokens: [Token; ASSETS],
    /// The vault.
    pub vault: Vault,
    /// Its twin without a vault.
    pub bare: Account,
    /// The attacker's contract that runs several calls in one transaction.
    pub caller: Address,
    /// The attacker's contract that vaults call as an adapter.
    pub venue: Address,
    /// A filler's contract: fills auctions for a margin of 10%.
    pub rival: Address,
    /// An account that calls steps without tricks.
    pub honest: Account,
}

impl Default for Ground {
    fn default() -> Self {
        Self::new()
    }
}

impl Ground {
    /// Deploys everything.
    ///
    /// # Panics
    /// Without the contracts' wasm; see `make contracts`.
    pub fn new() -> Self {
        let mut market = Market::standard();
        let chain = market.chain.clone();
        let (btc, eurc) = (Token::issue(&chain, "BTC"), Token::issue(&chain, "EURC"));
        let tokens = [market.xlm.clone(), market.usdc.clone(), btc, eurc];
        let quoted = tokens.each_ref().map(Token::address);
        market.oracle = Oracle::deploy(&chain, "oracle of four", &quoted);
        let second = Oracle::deploy(&chain, "second oracle", &quoted);
        publish(&market.oracle, BASE_USD);
        let eurc_reserve = ReserveConfig {
            c_factor: 0_9000000,
            l_factor: 0_9000000,
            ..usdc_reserve()
        };
        let configs = [xlm_reserve(), usdc_reserve(), xlm_reserve(), eurc_reserve];
        let reserves = quoted.into_iter().cloned().zip(configs).collect();
        let setup = PoolSetup::new(reserves);
        market.pool = market
            .blend
            .create_pool("pool of four", market.oracle.address(), &setup);
        for (token, amount) in tokens
            .iter()
            .zip([10_000_000.0, 5_000_000.0, 50.0, 5_000_000.0])
        {
            token.fund(&market.lender, units(amount));
            market
                .pool
                .supply(&market.lender, token.address(), units(amount))
                .expect("the pool takes the supply");
        }
        let attacker = chain.account("attacker");
        let hostile = hostile_wasm();
        let deploy = |name: &str| {
            let contract = ballast_chain::ballast::deploy(&chain, &attacker, &hostile, name, ())
                .expect("the attacker deploys");
            for (token, wealth) in tokens.iter().zip(WEALTH) {
                token.mint(&contract, units(wealth));
            }
            contract
        };
        let (caller, venue) = (deploy("attacker's caller"), deploy("attacker's venue"));
        let rival = deploy("rival");
        Self {
            system: System::new(market),
            second,
            tokens,
            caller,
            venue,
            rival,
        }
    }

    /// A copy with a vault under `policy` and its twin, at the first ledger of a round, with two
    /// rounds of base prices behind it. `wide` positions have two collaterals and two debts.
    ///
    /// # Panics
    /// If the policy is invalid.
    pub fn stage(&self, policy: &Policy, variant: Variant, start: Start, wide: bool) -> Stage {
        let chain = self.system.chain().fork();
        let on = |address: &Address| chain.address(&ScAddress::from(address));
        let system = self.system.on(&chain);
        let second = self.second.on(&chain);
        let tokens = self.tokens.each_ref().map(|token| token.on(&chain));
        let mut policy_of_vault = VaultPolicy::from_core(policy);
        policy_of_vault.use_previous_round = variant.uses_previous_round();
        if matches!(
            variant,
            Variant::Second | Variant::SecondSilent | Variant::SecondRequired
        ) {
            let mut assets = Map::new(chain.env());
            for token in &tokens {
                let asset = token.address().clone();
                assets.set(asset.clone(), Asset::Stellar(asset));
            }
            policy_of_vault.second_oracle = SecondSource::Feed(SecondOracle {
                oracle: second.address().clone(),
                assets,
                required: variant != Variant::SecondSilent,
            });
        }

        let mut safe = BASE_USD;
        safe[XLM] *= SAFE;
        safe[BTC] *= SAFE;
        publish(&system.market.oracle, safe);
        let owner = chain.account("owner");
        let bare = chain.account("bare");
        let vault = system.create(&owner, &policy_of_vault);
        let (collateral, debt) = position(start.risk(policy), wide);
        let pool = &system.market.pool;
        for asset in 0..ASSETS {
            let (token, amount) = (&tokens[asset], units(collateral[asset]));
            token.trust(&owner);
            token.trust(&bare);
            if amount > 0 {
                token.fund(&owner, amount);
                token.fund(&bare, amount);
                vault
                    .deposit(token.address(), amount)
                    .expect("the vault deposits");
                pool.deposit(&bare, token.address(), amount)
                    .expect("the pool takes collateral");
            }
        }
        for asset in 0..ASSETS {
            let (token, amount) = (&tokens[asset], units(debt[asset]));
            if amount > 0 {
                let to = owner.address();
                vault
                    .borrow(token.address(), amount, to)
                    .expect("the vault borrows");
                pool.submit(&bare, &[request(request::BORROW, token.address(), amount)])
                    .expect("the pool lends");
            }
        }
        let honest = system
            .market
            .trader("honest", units(1_000_000.0), units(1_000_000.0));
        for token in &tokens[BTC..] {
            token.fund(&honest, units(500.0));
        }
        for _ in 0..2 {
            publish(&system.market.oracle, BASE_USD);
            publish(&second, BASE_USD);
            chain.advance_ledgers(ROUND_LEDGERS);
        }
        Stage {
            vault,
            bare,
            caller: on(&self.caller),
            venue: on(&self.venue),
            rival: on(&self.rival),
            honest,
            system,
            second,
            tokens,
        }
    }
}

impl Stage {
    /// The chain.
    pub fn chain(&self) -> &Chain {
        self.system.chain()
    }

    /// A copy on a chain of its own.
    pub fn fork(&self) -> Self {
        let chain = self.chain().fork();
        let of = |address: &Address| chain.address(&ScAddress::from(address));
        Self {
            system: self.system.on(&chain),
            second: self.second.on(&chain),
            tokens: self.tokens.each_ref().map(|token| token.on(&chain)),
            vault: self.vault.on(&chain),
            bare: chain.account(self.bare.name()),
            caller: of(&self.caller),
            venue: of(&self.venue),
            rival: of(&self.rival),
            honest: chain.account(self.honest.name()),
        }
    }

    /// Index of an asset.
    ///
    /// # Panics
    /// If it is none of the four.
    pub fn index_of(&self, asset: &Address) -> usize {
        let found = self
            .tokens
            .iter()
            .position(|token| token.address() == asset);
        found.expect("an asset of the pool")
    }
}

/// Publishes a round as of now.
pub fn publish(oracle: &Oracle, usd: PerAsset) {
    oracle.set_prices(&usd.map(price_units));
}

/// Collateral and debt, whole tokens, of a position with this risk ratio at base prices.
fn position(risk: f64, wide: bool) -> (PerAsset, PerAsset) {
    let (mut collateral, mut debt) = ([0.0; ASSETS], [0.0; ASSETS]);
    let xlm_usd = if wide {
        COLLATERAL_USD / 2.0
    } else {
        COLLATERAL_USD
    };
    collateral[XLM] = xlm_usd / BASE_USD[XLM];
    collateral[BTC] = (COLLATERAL_USD - xlm_usd) / BASE_USD[BTC];
    // Both collaterals have the factor of XLM.
    let liability = risk * COLLATERAL_USD * 0.75;
    let usdc_share = if wide { 0.6 } else { 1.0 };
    debt[USDC] = liability * usdc_share * 0.95;
    debt[EURC] = liability * (1.0 - usdc_share) * 0.90 / BASE_USD[EURC];
    (collateral, debt)
}

fn hostile_wasm() -> Vec<u8> {
    let directory = std::env::var_os("BALLAST_WASM_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/contracts"),
        PathBuf::from,
    );
    let file = directory.join("ballast_hostile.wasm");
    std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make contracts`", file.display()))
}
