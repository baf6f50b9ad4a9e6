//! Blend v2: the released contracts, a pool of any reserves, and what borrowers, lenders and
//! liquidators do with it.

use crate::{ballast, Account, CallError, Chain, Invocation, Token};
use blend_contract_sdk::{backstop, emitter, pool, pool_factory};
use soroban_sdk::{vec, xdr::ScAddress, Address, BytesN, IntoVal, String, Vec};

pub use blend_contract_sdk::pool::{
    AuctionData, FlashLoan, PoolConfig, Positions, Request, Reserve, ReserveConfig, ReserveData,
};

/// Request types of the pool.
#[allow(missing_docs)]
pub mod request {
    pub const SUPPLY: u32 = 0;
    pub const WITHDRAW: u32 = 1;
    pub const SUPPLY_COLLATERAL: u32 = 2;
    pub const WITHDRAW_COLLATERAL: u32 = 3;
    pub const BORROW: u32 = 4;
    pub const REPAY: u32 = 5;
    pub const FILL_LIQUIDATION: u32 = 6;
    pub const FILL_BAD_DEBT: u32 = 7;
    pub const FILL_INTEREST: u32 = 8;
    pub const DELETE_LIQUIDATION: u32 = 9;
}

/// Statuses of the pool.
#[allow(missing_docs)]
pub mod status {
    pub const ADMIN_ACTIVE: u32 = 0;
    pub const ACTIVE: u32 = 1;
    pub const ADMIN_ON_ICE: u32 = 2;
    pub const ON_ICE: u32 = 3;
    pub const ADMIN_FROZEN: u32 = 4;
    pub const FROZEN: u32 = 5;
    pub const SETUP: u32 = 6;
}

/// Type of a user's liquidation auction.
pub const LIQUIDATION: u32 = 0;

/// Backstop tokens (7 decimals) that make a pool's backstop large enough for status active.
const BACKSTOP_DEPOSIT: i128 = 50_000_0000000;
const UNLIMITED_CAP: i128 = 1_000_000_000_000_0000000;

/// A request to the pool.
pub fn request(request_type: u32, asset: &Address, amount: i128) -> Request {
    Request {
        request_type,
        address: asset.clone(),
        amount,
    }
}

/// The XLM reserve of a real pool: factors 0.75, target utilization 50%, at most 70%.
pub fn xlm_reserve() -> ReserveConfig {
    ReserveConfig {
        decimals: 7,
        c_factor: 0_7500000,
        l_factor: 0_7500000,
        util: 0_5000000,
        max_util: 0_7000000,
        r_base: 0_0100000,
        r_one: 0_0500000,
        r_two: 0_5000000,
        r_three: 5_0000000,
        reactivity: 0_0000020,
        index: 0,
        supply_cap: UNLIMITED_CAP,
        enabled: true,
    }
}

/// The USDC reserve of a real pool: factors 0.95, target utilization 80%, at most 90%.
pub fn usdc_reserve() -> ReserveConfig {
    ReserveConfig {
        c_factor: 0_9500000,
        l_factor: 0_9500000,
        util: 0_8000000,
        max_util: 0_9000000,
        r_base: 0_0300000,
        r_one: 0_0500000,
        r_two: 0_1200000,
        ..xlm_reserve()
    }
}

/// A pool to create.
#[derive(Clone)]
pub struct PoolSetup {
    /// Its reserves, in the order of their indexes.
    pub reserves: std::vec::Vec<(Address, ReserveConfig)>,
    /// Collaterals and liabilities of one user, at most (2..=60).
    pub max_positions: u32,
    /// Collateral base that a borrower keeps, in the oracle's decimals.
    pub min_collateral: i128,
    /// Share of the interest that goes to the backstop, 7 decimals.
    pub backstop_take_rate: u32,
}

impl PoolSetup {
    /// These reserves, 8 positions, no minimum collateral, 10% to the backstop.
    pub fn new(reserves: std::vec::Vec<(Address, ReserveConfig)>) -> Self {
        Self {
            reserves,
            max_positions: 8,
            min_collateral: 0,
            backstop_take_rate: 0_1000000,
        }
    }
}

/// Blend's contracts on a chain.
#[derive(Clone)]
pub struct Blend {
    chain: Chain,
    admin: Account,
    blnd: Token,
    backstop_token: Address,
    backstop: Address,
    pool_factory: Address,
}

impl Blend {
    /// Deploys emitter, backstop and pool factory. The backstop token is Comet's share of 80% BLND and
    /// 20% `usdc`.
    pub fn deploy(chain: &Chain, usdc: &Token) -> Self {
        let admin = chain.account("blend admin");
        let blnd = Token::issue(chain, "BLND");
        blnd.fund(&admin, 3_000_000_0000000);
        usdc.fund(&admin, 100_000_0000000);
        let env = chain.env();

        let deploy = |wasm: &[u8], name: &str, args: Vec<soroban_sdk::Val>| {
            ballast::deploy(chain, &admin, wasm, name, args).expect("Blend's contracts deploy")
        };
        let call = |contract: &Address, function: &str, args: Vec<soroban_sdk::Val>| {
            chain
                .call_recorded(&[&admin], contract, function, args)
                .unwrap_or_else(|error| panic!("{function}: {error}"))
        };
        let tokens = vec![env, blnd.address().clone(), usdc.address().clone()];
        let backstop_token = deploy(ballast::shipped::COMET, "backstop token", ().into_val(env));
        call(
            &backstop_token,
            "init",
            (
                admin.address(),
                tokens,
                vec![env, 0_8000000_i128, 0_2000000],
                vec![env, 1_000_0000000_i128, 25_0000000],
                0_0030000_i128,
            )
                .into_val(env),
        );
        let most = vec![env, 2_000_000_0000000_i128, 50_000_0000000];
        call(
            &backstop_token,
            "join_pool",
            (199_900_0000000_i128, most, admin.address()).into_val(env),
        );

        // Backstop and factory name each other in their constructors: their addresses come first.
        let at = |name: &str| chain.contract_address(admin.address(), ballast::salt(name));
        let (backstop, factory) = (at("backstop"), at("pool factory"));
        let emitter = deploy(emitter::WASM, "emitter", ().into_val(env));
        let args = (blnd.address(), &backstop, &backstop_token);
        call(&emitter, "initialize", args.into_val(env));
        deploy(
            backstop::WASM,
            "backstop",
            (
                &backstop_token,
                &emitter,
                blnd.address(),
                usdc.address(),
                &factory,
                Vec::<(Address, i128)>::new(env),
            )
                .into_val(env),
        );
        let meta = pool_factory::PoolInitMeta {
            backstop: backstop.clone(),
            blnd_id: blnd.address().clone(),
            pool_hash: BytesN::from_array(
                env,
                &chain.upload(pool::WASM).expect("the pool uploads"),
            ),
        };
        deploy(pool_factory::WASM, "pool factory", (meta,).into_val(env));
        let pool_factory = factory;
        Self {
            chain: chain.clone(),
            admin,
            blnd,
            backstop_token,
            backstop,
            pool_factory,
        }
    }

    /// Blend on another chain in the same state (after [`Chain::fork`]).
    pub fn on(&self, chain: &Chain) -> Self {
        let moved = |address: &Address| chain.address(&ScAddress::from(address));
        Self {
            chain: chain.clone(),
            admin: chain.account(self.admin.name()),
            blnd: self.blnd.on(chain),
            backstop_token: moved(&self.backstop_token),
            backstop: moved(&self.backstop),
            pool_factory: moved(&self.pool_factory),
        }
    }

    /// Creates a pool with a backstop and opens it (status active). At most three on a chain: there
    /// are backstop tokens for so many.
    ///
    /// # Panics
    /// If Blend refuses the set-up.
    pub fn create_pool(&self, name: &str, oracle: &Address, setup: &PoolSetup) -> Pool {
        let env = self.chain.env();
        let admin = &self.admin;
        let args = (
            admin.address(),
            String::from_str(env, name),
            BytesN::from_array(env, &ballast::salt(name)),
            oracle,
            setup.backstop_take_rate,
            setup.max_positions,
            setup.min_collateral,
        );
        let address = self
            .chain
            .call_recorded(&[admin], &self.pool_factory, "deploy", args);
        let address: Address = self.chain.from_val(address.expect("the pool deploys"));
        let pool = Pool {
            chain: self.chain.clone(),
            address,
            admin: admin.clone(),
        };
        for (asset, config) in &setup.reserves {
            pool.administer("queue_set_reserve", (asset, config.clone()));
            pool.administer("set_reserve", (asset,));
        }
        let args = (admin.address(), &pool.address, BACKSTOP_DEPOSIT);
        self.chain
            .call_recorded(&[admin], &self.backstop, "deposit", args)
            .expect("the backstop takes the deposit");
        pool.set_status(status::ON_ICE);
        pool.administer("update_status", ());
        pool
    }

    /// The account that administers pools and holds backstop tokens.
    pub fn admin(&self) -> &Account {
        &self.admin
    }

    /// The BLND token.
    pub fn blnd(&self) -> &Token {
        &self.blnd
    }

    /// The backstop contract.
    pub fn backstop(&self) -> &Address {
        &self.backstop
    }

    /// The pool factory, which knows Blend's pools.
    pub fn pool_factory(&self) -> &Address {
        &self.pool_factory
    }

    /// Queues backstop tokens (7 decimals) of the admin for withdrawal: 30% of a pool's backstop in
    /// the queue lets anyone put it on ice.
    pub fn queue_backstop_withdrawal(&self, pool: &Pool, amount: i128) -> Result<(), CallError> {
        let args = (self.admin.address(), &pool.address, amount);
        self.chain
            .call_as(&self.admin, &self.backstop, "queue_withdrawal", args, &[])
            .map(drop)
    }
}

/// A pool on a chain.
#[derive(Clone)]
pub struct Pool {
    chain: Chain,
    address: Address,
    admin: Account,
}

impl Pool {
    /// Its address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The pool on another chain in the same state (after [`Chain::fork`]).
    pub fn on(&self, chain: &Chain) -> Self {
        Self {
            chain: chain.clone(),
            address: chain.address(&ScAddress::from(&self.address)),
            admin: chain.account(self.admin.name()),
        }
    }

    // Users.

    /// `submit` for an account's own position: the account pays and receives, and signs.
    pub fn submit(&self, user: &Account, requests: &[Request]) -> Result<Positions, CallError> {
        let args = self.submit_args(user.address(), user.address(), user.address(), requests);
        let below = self.transfers(user.address(), requests);
        self.chain
            .call_as(user, &self.address, "submit", args, &below)
            .map(|val| self.chain.from_val(val))
    }

    /// The tree that [`Self::submit`] signs.
    pub fn submit_invocation(&self, user: &Address, requests: &[Request]) -> Invocation {
        let args = self.submit_args(user, user, user, requests);
        Invocation::new(&self.address, "submit", args).with_all(self.transfers(user, requests))
    }

    /// Supplies an asset as a lender does, without using it as collateral.
    pub fn supply(
        &self,
        user: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<Positions, CallError> {
        self.submit(user, &[request(request::SUPPLY, asset, amount)])
    }

    /// Supplies collateral.
    pub fn deposit(
        &self,
        user: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<Positions, CallError> {
        self.submit(user, &[request(request::SUPPLY_COLLATERAL, asset, amount)])
    }

    /// Withdraws collateral.
    pub fn withdraw(
        &self,
        user: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<Positions, CallError> {
        self.submit(
            user,
            &[request(request::WITHDRAW_COLLATERAL, asset, amount)],
        )
    }

    /// Borrows.
    pub fn borrow(
        &self,
        user: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<Positions, CallError> {
        self.submit(user, &[request(request::BORROW, asset, amount)])
    }

    /// Repays.
    pub fn repay(
        &self,
        user: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<Positions, CallError> {
        self.submit(user, &[request(request::REPAY, asset, amount)])
    }

    /// Starts a liquidation auction of `percent` of the user's position in these assets.
    pub fn new_auction(
        &self,
        user: &Address,
        bid: &[&Address],
        lot: &[&Address],
        percent: u32,
    ) -> Result<AuctionData, CallError> {
        let env = self.chain.env();
        let list = |assets: &[&Address]| -> Vec<Address> {
            Vec::from_iter(env, assets.iter().map(|asset| (*asset).clone()))
        };
        let args = (LIQUIDATION, user, list(bid), list(lot), percent);
        self.chain
            .call(&self.address, "new_auction", args, &[])
            .map(|val| self.chain.from_val(val))
    }

    /// Fills `percent` of a user's liquidation auction as `filler`, with more requests behind it
    /// (repaying what it took over, withdrawing what it got).
    pub fn fill_auction(
        &self,
        filler: &Account,
        user: &Address,
        percent: i128,
        then: &[Request],
    ) -> Result<Positions, CallError> {
        let mut requests = vec![
            self.chain.env(),
            request(request::FILL_LIQUIDATION, user, percent),
        ];
        requests.extend(then.iter().cloned());
        let requests: std::vec::Vec<_> = requests.iter().collect();
        self.submit(filler, &requests)
    }

    /// Deletes an auction that nobody filled for 500 ledgers.
    pub fn delete_stale_auction(&self, user: &Address) -> Result<(), CallError> {
        self.chain
            .call(&self.address, "del_auction", (LIQUIDATION, user), &[])
            .map(drop)
    }

    // Views.

    /// A user's position, in b-tokens and d-tokens by index of the reserve.
    pub fn positions(&self, user: &Address) -> Positions {
        self.chain
            .view(&self.address, "get_positions", (user,))
            .expect("everybody has positions")
    }

    /// A reserve with interest accrued until now.
    pub fn reserve(&self, asset: &Address) -> Reserve {
        self.chain
            .view(&self.address, "get_reserve", (asset,))
            .expect("the asset is a reserve")
    }

    /// The assets of the reserves, by index.
    pub fn reserve_list(&self) -> std::vec::Vec<Address> {
        let list: Vec<Address> = self
            .chain
            .view(&self.address, "get_reserve_list", ())
            .expect("pools list reserves");
        list.iter().collect()
    }

    /// The pool's configuration.
    pub fn config(&self) -> PoolConfig {
        self.chain
            .view(&self.address, "get_config", ())
            .expect("pools have a configuration")
    }

    /// A user's liquidation auction, unless there is none.
    pub fn auction(&self, user: &Address) -> Option<AuctionData> {
        self.chain
            .view(&self.address, "get_auction", (LIQUIDATION, user))
            .ok()
    }

    /// What a user has supplied as collateral, in the asset, rounded down.
    pub fn collateral(&self, user: &Address, asset: &Address) -> i128 {
        let reserve = self.reserve(asset);
        let b_tokens = self
            .positions(user)
            .collateral
            .get(reserve.config.index)
            .unwrap_or(0);
        b_tokens * reserve.data.b_rate / 1_000_000_000_000
    }

    /// What a user owes, in the asset, rounded up.
    pub fn debt(&self, user: &Address, asset: &Address) -> i128 {
        let reserve = self.reserve(asset);
        let d_tokens = self
            .positions(user)
            .liabilities
            .get(reserve.config.index)
            .unwrap_or(0);
        -(-d_tokens * reserve.data.d_rate).div_euclid(1_000_000_000_000)
    }

    // Administration.

    /// The pool's admin sets the status. Ending up on ice by itself takes
    /// [`Blend::queue_backstop_withdrawal`] and [`Self::update_status`].
    pub fn set_status(&self, status: u32) {
        self.administer("set_status", (status,));
    }

    /// Derives the status from the backstop, as anyone may. The new status.
    pub fn update_status(&self) -> Result<u32, CallError> {
        self.chain
            .call(&self.address, "update_status", (), &[])
            .map(|val| self.chain.from_val(val))
    }

    /// The admin changes take rate, positions and minimum collateral at once.
    pub fn update(&self, backstop_take_rate: u32, max_positions: u32, min_collateral: i128) {
        self.administer(
            "update_pool",
            (backstop_take_rate, max_positions, min_collateral),
        );
    }

    /// The admin queues a reserve's new configuration; a week later [`Self::set_reserve`] applies it.
    pub fn queue_reserve(&self, asset: &Address, config: &ReserveConfig) {
        self.administer("queue_set_reserve", (asset, config.clone()));
    }

    /// Applies a queued configuration.
    pub fn set_reserve(&self, asset: &Address) {
        self.administer("set_reserve", (asset,));
    }

    fn administer(
        &self,
        function: &str,
        args: impl IntoVal<soroban_sdk::Env, Vec<soroban_sdk::Val>>,
    ) {
        self.chain
            .call_from(&self.admin, &self.address, function, args, &[])
            .unwrap_or_else(|error| panic!("{function}: {error}"));
    }

    /// Arguments of `submit`.
    pub fn submit_args(
        &self,
        from: &Address,
        spender: &Address,
        to: &Address,
        requests: &[Request],
    ) -> Vec<soroban_sdk::Val> {
        let env = self.chain.env();
        let requests: Vec<Request> = Vec::from_iter(env, requests.iter().cloned());
        (from, spender, to, requests).into_val(env)
    }

    /// What `submit` transfers from the spender: the sum for each asset, not netted against what the
    /// pool pays out.
    fn transfers(&self, spender: &Address, requests: &[Request]) -> std::vec::Vec<Invocation> {
        let mut sums: std::vec::Vec<(Address, i128)> = std::vec::Vec::new();
        for item in requests {
            let pays = [request::SUPPLY, request::SUPPLY_COLLATERAL, request::REPAY];
            if !pays.contains(&item.request_type) {
                continue;
            }
            match sums.iter_mut().find(|(asset, _)| *asset == item.address) {
                Some((_, sum)) => *sum += item.amount,
                None => sums.push((item.address.clone(), item.amount)),
            }
        }
        let transfer = |(asset, sum): (Address, i128)| {
            Invocation::transfer(&asset, spender, &self.address, sum)
        };
        sums.into_iter().map(transfer).collect()
    }
}
