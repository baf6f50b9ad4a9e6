//! The first state of every history.

use crate::attack::deploy_hostile;
use crate::entries;
use crate::reading::Keys;
use crate::tally::Tally;
use crate::world::{list_version, Memory, World, WEALTH};
use ballast_chain::ballast::salt;
use ballast_chain::blend::{usdc_reserve, xlm_reserve, ReserveConfig};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Account, Market, Oracle, PoolSetup, System, Token};
use soroban_sdk::{vec as host_vec, Address, Env, IntoVal, Map, Symbol, Val, Vec};
use std::collections::BTreeSet;
use std::rc::Rc;

impl World {
    /// Two vaults at a risk ratio of 73%, Alice's on the released
    /// receiver and Bob's on a version with a hostile one.
    pub fn fixture() -> Self {
        let mut market = Market::standard();
        let chain = market.chain.clone();
        let eurc = Token::issue(&chain, "EURC");
        let assets = [market.xlm.address(), market.usdc.address(), eurc.address()];
        let oracle = Oracle::deploy(&chain, "oracle of three", &assets);
        let second = Oracle::deploy(&chain, "second oracle", &assets);
        let prices = [USD * 36 / 100, USD, USD * 11 / 10];
        oracle.set_prices(&prices);
        second.set_prices(&prices);
        let eurc_reserve = ReserveConfig {
            c_factor: 0_9000000,
            l_factor: 0_9000000,
            ..usdc_reserve()
        };
        let setup = PoolSetup::new(vec![
            (assets[0].clone(), xlm_reserve()),
            (assets[1].clone(), usdc_reserve()),
            (assets[2].clone(), eurc_reserve),
        ]);
        let keys = assets.map(entries::address);
        let pool = market
            .blend
            .create_pool("pool of three", oracle.address(), &setup);
        for (token, amount) in [
            (&market.xlm, 10_000_000 * ONE),
            (&market.usdc, 5_000_000 * ONE),
            (&eurc, 5_000_000 * ONE),
        ] {
            token.fund(&market.lender, amount);
            pool.supply(&market.lender, token.address(), amount)
                .expect("the pool takes the supply");
        }
        market.oracle = oracle;
        market.pool = pool;
        let system = System::new(market);
        let trader = |name: &str| {
            let account = system.market.trader(name, WEALTH, WEALTH);
            eurc.fund(&account, WEALTH);
            account
        };
        let thief = trader("thief");
        let [hostile, receiver] = ["hostile", "hostile receiver"].map(|name| {
            let contract = deploy_hostile(&chain, &thief, name);
            for token in [&system.market.xlm, &system.market.usdc, &eurc] {
                token.mint(&contract, WEALTH);
            }
            contract
        });
        let owners = [trader("alice"), trader("bob")];
        let hostile_version = list_version(&system, &receiver).expect("the admin lists");
        let create = |owner: &Account, version: u32| {
            let pool = system.market.pool.address();
            let args = (owner.address(), pool, version, system.policy(), 0u32);
            let created = chain.call_as(owner, &system.factory, "create", args, &[]);
            let address: Address = chain.from_val(created.expect("the factory creates"));
            let vault = system.vault(&address, owner);
            vault
                .deposit(system.market.xlm.address(), 139_000 * ONE)
                .expect("the vault deposits");
            vault
                .borrow(system.market.usdc.address(), 26_000 * ONE, owner.address())
                .expect("the vault borrows");
            vault
        };
        let vaults = [create(&owners[0], 0), create(&owners[1], hostile_version)];
        start_emissions(&system);
        oracle_rounds(&system, &second, &prices);
        let refuge = chain.account("refuge");
        for token in [&system.market.usdc, &eurc] {
            token.trust(&refuge);
        }
        for account in [&owners[0], &owners[1], &refuge] {
            system.market.blend.blnd().trust(account);
        }
        Self {
            keeper: trader("keeper"),
            arbitrageur: trader("arbitrageur"),
            liquidator: trader("liquidator"),
            whale: trader("whale"),
            thief,
            refuge,
            alice: owners[0].clone(),
            hostile,
            receiver,
            keys: Rc::new(Keys::new(&system, keys, &vaults)),
            memory: Memory {
                prices,
                second_thousandths: Some(1_000),
                frozen: BTreeSet::new(),
                signed: vec![],
                windows: [None, None],
                heirs: 0,
                distributed: chain.sequence(),
                oracle_fails: false,
            },
            tally: Tally::default(),
            vaults,
            eurc,
            second,
            system,
        }
    }
}

/// Publishes a round of both oracles as of now.
fn oracle_rounds(system: &System, second: &Oracle, prices: &[i128]) {
    system.market.oracle.set_prices(prices);
    second.set_prices(prices);
}

/// Starts BLND emissions for suppliers of XLM and borrowers of USDC, half each; two weeks pass.
fn start_emissions(system: &System) {
    let (chain, blend) = (system.chain(), &system.market.blend);
    let (env, pool) = (chain.env(), system.market.pool.address());
    let admin = blend.admin();
    let emitter = chain.contract_address(admin.address(), salt("emitter"));
    let issuer = blend.blnd().issuer().expect("BLND is a classic asset");
    let call = |signer: &Account, contract: &Address, function: &str, args: Vec<Val>| {
        chain
            .call_from(signer, contract, function, args, &[])
            .unwrap_or_else(|error| panic!("{function}: {error}"))
    };
    let half = |index: u32, kind: u32| {
        let entry: [(&str, Val); 3] = [
            ("res_index", index.into_val(env)),
            ("res_type", kind.into_val(env)),
            ("share", 0_5000000u64.into_val(env)),
        ];
        Map::<Symbol, Val>::from_array(env, entry.map(|(name, val)| (Symbol::new(env, name), val)))
    };
    let own = |env: &Env| ().into_val(env);
    let (blnd, backstop) = (blend.blnd().address(), blend.backstop());
    call(issuer, blnd, "set_admin", (emitter.clone(),).into_val(env));
    let shares = host_vec![env, half(0, 1), half(1, 0)];
    call(admin, pool, "set_emissions_config", (shares,).into_val(env));
    let none: Option<Address> = None;
    call(admin, backstop, "add_reward", (pool, none).into_val(env));
    for _ in 0..2 {
        // Emissions to pools begin with a later distribution.
        call(admin, &emitter, "distribute", own(env));
        call(admin, backstop, "distribute", own(env));
        chain.advance_seconds(7 * 86_400);
    }
    call(admin, pool, "gulp_emissions", own(env));
}
