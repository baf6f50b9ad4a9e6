//! The market that most tests and replays stand on: XLM, USDC, an oracle, Blend with one pool, Comet.

use crate::{
    blend::{usdc_reserve, xlm_reserve, PoolSetup, ReserveConfig},
    oracle::PRICE_DECIMALS,
    Account, Amm, Blend, Chain, Oracle, Pool, Token,
};

/// One US dollar in the oracle's decimals.
pub const USD: i128 = 10_i128.pow(PRICE_DECIMALS);
/// One token of 7 decimals.
pub const ONE: i128 = 1_0000000;

/// A market to set up.
#[derive(Clone)]
pub struct MarketSetup {
    /// First price of XLM, oracle's decimals. USDC costs one dollar.
    pub xlm_price: i128,
    /// The XLM reserve.
    pub xlm_reserve: ReserveConfig,
    /// The USDC reserve.
    pub usdc_reserve: ReserveConfig,
    /// XLM that the lender supplies (smallest unit).
    pub lent_xlm: i128,
    /// USDC that the lender supplies (smallest unit).
    pub lent_usdc: i128,
    /// Depth of the Comet pool, US dollars a side.
    pub depth_usd: i128,
    /// Fee of the Comet pool, 7 decimals.
    pub amm_fee: i128,
    /// Minimum collateral of the pool, oracle's decimals.
    pub min_collateral: i128,
    /// Most positions of one user.
    pub max_positions: u32,
}

impl Default for MarketSetup {
    /// XLM at 0.36 USD, real reserves, 10M XLM and 5M USDC lent, 750,000 USD a side at 0.3%.
    fn default() -> Self {
        Self {
            xlm_price: USD * 36 / 100,
            xlm_reserve: xlm_reserve(),
            usdc_reserve: usdc_reserve(),
            lent_xlm: 10_000_000 * ONE,
            lent_usdc: 5_000_000 * ONE,
            depth_usd: 750_000,
            amm_fee: crate::amm::DEFAULT_FEE,
            min_collateral: 0,
            max_positions: 8,
        }
    }
}

/// A market on a chain.
#[derive(Clone)]
pub struct Market {
    /// The chain.
    pub chain: Chain,
    /// The native asset.
    pub xlm: Token,
    /// A classic asset worth a dollar.
    pub usdc: Token,
    /// Quotes XLM and USDC, in this order; USDC's price is always one dollar, as of now.
    pub oracle: Oracle,
    /// Blend's contracts.
    pub blend: Blend,
    /// The pool: reserve 0 is XLM, reserve 1 is USDC.
    pub pool: Pool,
    /// Comet: first token XLM, second token USDC, so that its price is XLM in USDC.
    pub amm: Amm,
    /// Who lends.
    pub lender: Account,
}

impl Market {
    /// Sets up a market on a new chain.
    pub fn new(setup: &MarketSetup) -> Self {
        let chain = Chain::new();
        let xlm = Token::native(&chain);
        let usdc = Token::issue(&chain, "USDC");
        let oracle = Oracle::deploy(&chain, "oracle", &[xlm.address(), usdc.address()]);
        oracle.set_stable(usdc.address(), USD);
        oracle.set_prices(&[setup.xlm_price, USD]);
        let blend = Blend::deploy(&chain, &usdc);
        let reserves = vec![
            (xlm.address().clone(), setup.xlm_reserve.clone()),
            (usdc.address().clone(), setup.usdc_reserve.clone()),
        ];
        let pool_setup = PoolSetup {
            max_positions: setup.max_positions,
            min_collateral: setup.min_collateral,
            ..PoolSetup::new(reserves)
        };
        let pool = blend.create_pool("pool", oracle.address(), &pool_setup);
        let lender = chain.account("lender");
        for (token, amount) in [(&xlm, setup.lent_xlm), (&usdc, setup.lent_usdc)] {
            token.fund(&lender, amount);
            pool.supply(&lender, token.address(), amount)
                .expect("the pool takes the supply");
        }
        let usd = setup.depth_usd * ONE;
        let reserves = [usd * USD / setup.xlm_price, usd];
        let amm = Amm::deploy_with_fee(&chain, "amm", [&xlm, &usdc], reserves, setup.amm_fee);
        Self {
            chain,
            xlm,
            usdc,
            oracle,
            blend,
            pool,
            amm,
            lender,
        }
    }

    /// The default market on a new chain.
    pub fn standard() -> Self {
        Self::new(&MarketSetup::default())
    }

    /// A copy of the market on a chain of its own: see [`Chain::fork`].
    pub fn fork(&self) -> Self {
        self.on(&self.chain.fork())
    }

    /// The market on another chain in the same state (after [`Chain::fork`]).
    pub fn on(&self, chain: &Chain) -> Self {
        Self {
            chain: chain.clone(),
            xlm: self.xlm.on(chain),
            usdc: self.usdc.on(chain),
            oracle: self.oracle.on(chain),
            blend: self.blend.on(chain),
            pool: self.pool.on(chain),
            amm: self.amm.on(chain),
            lender: chain.account(self.lender.name()),
        }
    }

    /// Publishes a round as of now with this price of XLM (oracle's decimals).
    pub fn set_price(&self, xlm_price: i128) {
        self.oracle.set_prices(&[xlm_price, USD]);
    }

    /// An account with a borrower's position: deposits XLM, borrows USDC (smallest units).
    pub fn borrower(&self, name: &str, xlm: i128, usdc: i128) -> Account {
        let account = self.chain.account(name);
        self.xlm.fund(&account, xlm);
        self.usdc.trust(&account);
        self.pool
            .deposit(&account, self.xlm.address(), xlm)
            .expect("the pool takes collateral");
        self.pool
            .borrow(&account, self.usdc.address(), usdc)
            .expect("the pool lends");
        account
    }

    /// An account with this much XLM and USDC (smallest units) on top of what it has.
    pub fn trader(&self, name: &str, xlm: i128, usdc: i128) -> Account {
        let account = self.chain.account(name);
        self.xlm.fund(&account, xlm);
        self.usdc.fund(&account, usdc);
        account
    }
}
