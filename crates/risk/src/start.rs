//! What an episode begins with, the same on either engine.

use crate::settings::Settings;
use ballast_chain::{
    blend::ReserveConfig,
    market::{MarketSetup, ONE, USD},
    PoolSetup,
};

/// Share of the lent USDC that others have borrowed: the reserve's target utilization, so that
/// interest is what it usually is.
const BORROWED_SHARE_E7: i128 = 0_8000000;
/// What the pool has, in multiples of the twins' collateral and debt, if that is more than the
/// default. So nothing that the twins do meets a limit of the pool's liquidity.
const POOL_TO_TWIN: i128 = 40;
/// Collateral of the others, in multiples of their debt: no crash of one order of magnitude endangers
/// it.
const OTHERS_COLLATERAL: i128 = 20;

/// Amounts at the start, smallest units.
#[derive(Clone, Debug)]
pub struct Start {
    /// The collateral's price, oracle's decimals.
    pub price: i128,
    /// Collateral of each twin.
    pub xlm: i128,
    /// Debt of each twin.
    pub usdc: i128,
    /// Collateral and debt of everybody else.
    pub others: [i128; 2],
    /// XLM and USDC that the lender supplies.
    pub lent: [i128; 2],
    /// Depth of the AMM, US dollars a side.
    pub depth_usd: i128,
    /// The reserves of XLM and USDC.
    pub reserves: [ReserveConfig; 2],
    /// Share of the interest that goes to the backstop, 7 decimals.
    pub backstop_take_rate_e7: u32,
    /// Fee of the AMM, 7 decimals.
    pub amm_fee: i128,
}

/// USD as the oracle has it.
pub fn oracle_price(usd: f64) -> i128 {
    (usd * USD as f64).round() as i128
}

/// Whole tokens.
pub fn tokens(amount: i128) -> f64 {
    amount as f64 / ONE as f64
}

impl Start {
    /// What the settings make of a first price.
    pub fn new(settings: &Settings, price_usd: f64) -> Self {
        let defaults = MarketSetup::default();
        let price = oracle_price(price_usd);
        let xlm = (settings.collateral_usd / price_usd * ONE as f64).round() as i128;
        let collateral_factor = f64::from(settings.collateral_factor_e7) / 1e7;
        let liability_factor = f64::from(settings.liability_factor_e7) / 1e7;
        let usdc = (settings.collateral_usd * collateral_factor * liability_factor
            / settings.entry_health
            * ONE as f64)
            .floor() as i128;
        let lent = [
            defaults.lent_xlm.max(POOL_TO_TWIN * xlm),
            defaults.lent_usdc.max(POOL_TO_TWIN * usdc),
        ];
        let others_debt = lent[1] * BORROWED_SHARE_E7 / 1_0000000 - 2 * usdc;
        Self {
            price,
            xlm,
            usdc,
            others: [others_debt * OTHERS_COLLATERAL * USD / price, others_debt],
            lent,
            depth_usd: settings.depth_usd as i128,
            reserves: [
                ReserveConfig {
                    c_factor: settings.collateral_factor_e7,
                    ..defaults.xlm_reserve
                },
                ReserveConfig {
                    l_factor: settings.liability_factor_e7,
                    ..defaults.usdc_reserve
                },
            ],
            backstop_take_rate_e7: PoolSetup::new(Vec::new()).backstop_take_rate,
            amm_fee: defaults.amm_fee,
        }
    }

    /// The market that holds it on a chain.
    pub fn market(&self) -> MarketSetup {
        let [xlm_reserve, usdc_reserve] = self.reserves.clone();
        let [lent_xlm, lent_usdc] = self.lent;
        MarketSetup {
            xlm_price: self.price,
            xlm_reserve,
            usdc_reserve,
            lent_xlm,
            lent_usdc,
            depth_usd: self.depth_usd,
            amm_fee: self.amm_fee,
            ..MarketSetup::default()
        }
    }

    /// What the AMM holds, of XLM and of USDC.
    pub fn amm(&self) -> [i128; 2] {
        let usd = self.depth_usd * ONE;
        [usd * USD / self.price, usd]
    }
}
