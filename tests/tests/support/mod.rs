//! Actors, positions and shorthands shared by the tests.

use ballast_chain::market::{ONE, USD};
use ballast_chain::{Account, System, Vault};
use ballast_interfaces::error::VaultError;

/// Collateral of the standard vault: 139,000 XLM, about 50,000 USD at 0.36.
pub const COLLATERAL: i128 = 139_000 * ONE;
/// Debt of the standard vault: 26,000 USDC.
pub const DEBT: i128 = 26_000 * ONE;

/// The actors of most tests, on a chain of their own.
pub struct Scene {
    /// The system.
    pub system: System,
    /// Alice's vault: [`COLLATERAL`] against [`DEBT`], risk ratio 73% at 0.36.
    pub vault: Vault,
    /// Brings debt assets and calls steps.
    pub keeper: Account,
    /// Keeps the AMM at the market.
    pub arbitrageur: Account,
    /// Opens and fills auctions.
    pub liquidator: Account,
    /// Wants what is not his.
    pub thief: Account,
}

impl Scene {
    /// The standard scene under the default policy.
    pub fn new() -> Self {
        let system = System::standard();
        let policy = system.policy();
        let vault = system.vault_with_position("alice", &policy, COLLATERAL, DEBT);
        let wealth = 10_000_000 * ONE;
        Self {
            keeper: system.market.trader("keeper", wealth, wealth),
            arbitrageur: system.market.trader("arbitrageur", wealth, wealth),
            liquidator: system.market.trader("liquidator", wealth, wealth),
            thief: system.market.trader("thief", wealth, wealth),
            vault,
            system,
        }
    }

    /// Moves oracle and AMM to this price of XLM (dollars, 4 decimals: `2780` is 0.2780), an oracle
    /// round after the last one.
    pub fn set_price(&self, dollars_e4: i128) {
        self.system.chain().advance_ledgers(60);
        self.system.market.set_price(USD * dollars_e4 / 10_000);
        let target = dollars_e4 as f64 / 10_000.0;
        self.system
            .market
            .amm
            .move_price(&self.arbitrageur, target)
            .expect("the arbitrageur trades");
    }
}

/// Asserts that a call failed with the vault's error.
#[track_caller]
pub fn assert_vault_error<T: std::fmt::Debug>(
    result: Result<T, ballast_chain::CallError>,
    expected: VaultError,
) {
    match result {
        Err(error) => assert_eq!(error.code(), Some(expected as u32), "{error}: not {expected:?}"),
        Ok(value) => panic!("expected {expected:?}, got {value:?}"),
    }
}
