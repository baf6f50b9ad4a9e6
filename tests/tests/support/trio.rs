//! A pool of three reserves: XLM, USDC and EURC.

use super::{Scene, WEALTH};
use ballast_chain::blend::{usdc_reserve, xlm_reserve, ReserveConfig};
use ballast_chain::market::{ONE, USD};
use ballast_chain::{Market, Oracle, PoolSetup, System, Token};
use ballast_interfaces::vault::VaultPolicy;
use soroban_sdk::Address;

/// The actors of a [`Scene`] on a pool with a third reserve. The vault of the scene holds XLM and
/// owes USDC until the test says more.
pub struct Trio {
    /// Actors and system; its market is the pool of three.
    pub scene: Scene,
    /// Reserve 2: a classic asset.
    pub eurc: Token,
}

impl Trio {
    /// EURC at 1.10 dollars, collateral factor 0.9, liability factor 0.9; 5M of it lent.
    pub fn new(change: impl FnOnce(&mut VaultPolicy), collateral: i128, debt: i128) -> Self {
        let mut market = Market::standard();
        let chain = market.chain.clone();
        let eurc = Token::issue(&chain, "EURC");
        let assets = [market.xlm.address(), market.usdc.address(), eurc.address()];
        let oracle = Oracle::deploy(&chain, "oracle of three", &assets);
        oracle.set_stable(market.usdc.address(), USD);
        oracle.set_prices(&[USD * 36 / 100, USD, USD * 11 / 10]);
        let eurc_reserve = ReserveConfig {
            c_factor: 0_9000000,
            l_factor: 0_9000000,
            ..usdc_reserve()
        };
        let setup = PoolSetup::new(vec![
            (market.xlm.address().clone(), xlm_reserve()),
            (market.usdc.address().clone(), usdc_reserve()),
            (eurc.address().clone(), eurc_reserve),
        ]);
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
        let scene = Scene::on(System::new(market), change, collateral, debt);
        for account in [&scene.keeper, &scene.vault.owner] {
            eurc.fund(account, WEALTH);
        }
        Self { scene, eurc }
    }

    /// The address of EURC.
    pub fn eurc(&self) -> &Address {
        self.eurc.address()
    }

    /// Two oracle rounds with these prices of XLM and EURC (dollars, 4 decimals).
    pub fn hold_prices(&self, xlm_e4: i128, eurc_e4: i128) {
        for _ in 0..2 {
            self.scene.chain().advance_ledgers(60);
            let price = |dollars_e4| USD * dollars_e4 / 10_000;
            let oracle = &self.scene.system.market.oracle;
            oracle.set_prices(&[price(xlm_e4), USD, price(eurc_e4)]);
        }
        self.scene.move_amm(xlm_e4);
    }
}
