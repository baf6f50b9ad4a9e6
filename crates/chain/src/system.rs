//! Ballast on a market: factory, receiver, adapter, lens, and handles to vaults.

use crate::{ballast, market::Market, Account, CallError, Chain, Invocation, Snapshot};
use ballast_core::policy::Policy;
use ballast_interfaces::lens::{Health, PositionLeg, StepQuote};
use ballast_interfaces::vault::{Path, Step, StepReport, VaultPolicy, VaultState};
use soroban_sdk::{
    xdr::{ScAddress, SorobanAuthorizationEntry, ToXdr},
    Address, Bytes, BytesN, IntoVal, Val, Vec,
};
use std::sync::OnceLock;

/// Index of the version that [`System::new`] lists.
pub const VERSION: u32 = 0;
/// A deadline that never passes.
pub const NO_DEADLINE: u64 = u64::MAX;
/// The policy of scenes in tests and of the bench: what they expect must not move when the default
/// does.
pub const POLICY: Policy = Policy {
    soft_e7: 9_300_000,
    target_e7: 8_800_000,
    hard_e7: 9_900_000,
    step_min_e7: 2_500_000,
    step_max_e7: 10_000_000,
    discount_min_e7: 60_000,
    discount_max_e7: 300_000,
    sold_budget_e7: 10_000_000,
    window_ledgers: 60,
    max_cost_of_equity_e7: 2_000_000,
    rescue_target_e7: 9_500_000,
    rescue_window_ledgers: 20,
    ..Policy::BALANCED
};

/// Ballast's contracts on a market.
#[derive(Clone)]
pub struct System {
    /// The market.
    pub market: Market,
    /// Admin of the factory.
    pub admin: Account,
    /// The factory.
    pub factory: Address,
    /// The flash-loan receiver of version 0.
    pub receiver: Address,
    /// The Comet adapter.
    pub adapter: Address,
    /// The lens.
    pub lens: Address,
}

impl System {
    /// Deploys Ballast on a market and lists the vault as version 0.
    pub fn new(market: Market) -> Self {
        let chain = &market.chain;
        let admin = chain.account("ballast admin");
        let deployed = "an uploaded contract deploys";
        let receiver =
            ballast::deploy(chain, &admin, ballast::RECEIVER, "receiver", ()).expect(deployed);
        let adapter =
            ballast::deploy(chain, &admin, ballast::ADAPTER_COMET, "comet", ()).expect(deployed);
        let lens = ballast::deploy(chain, &admin, ballast::LENS, "lens", ()).expect(deployed);
        let arguments = (admin.address(), market.blend.pool_factory());
        let factory =
            ballast::deploy(chain, &admin, ballast::FACTORY, "factory", arguments).expect(deployed);
        let wasm_hash = chain
            .upload(ballast::VAULT)
            .expect("the vault's code uploads");
        let version = ballast_interfaces::factory::Version {
            wasm_hash: BytesN::from_array(chain.env(), &wasm_hash),
            receiver: receiver.clone(),
        };
        chain
            .call_as(&admin, &factory, "list_version", (version,), &[])
            .expect("the admin lists a version");
        Self {
            market,
            admin,
            factory,
            receiver,
            adapter,
            lens,
        }
    }

    /// Ballast on the default market, set up once per process and then copied.
    pub fn standard() -> Self {
        static STATE: OnceLock<Snapshot> = OnceLock::new();
        thread_local! {
            static FIRST: System = System::new(Market::standard());
        }
        FIRST.with(|system| {
            let state = STATE.get_or_init(|| system.market.chain.snapshot());
            system.on(&Chain::from_snapshot(state))
        })
    }

    /// Ballast on another chain in the same state (after [`Chain::from_snapshot`]).
    pub fn on(&self, chain: &Chain) -> Self {
        let of = |address: &Address| chain.address(&ScAddress::from(address));
        Self {
            market: self.market.on(chain),
            admin: chain.account(self.admin.name()),
            factory: of(&self.factory),
            receiver: of(&self.receiver),
            adapter: of(&self.adapter),
            lens: of(&self.lens),
        }
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.market.chain
    }

    /// [`POLICY`] as the vault takes it.
    pub fn policy(&self) -> VaultPolicy {
        VaultPolicy::from_core(&POLICY)
    }

    /// Creates a vault of `owner` on the market's pool.
    pub fn try_create(
        &self,
        owner: &Account,
        policy: &VaultPolicy,
        nonce: u32,
    ) -> Result<Vault, CallError> {
        let arguments = (
            owner.address(),
            self.market.pool.address(),
            VERSION,
            policy.clone(),
            nonce,
        );
        let address = self
            .chain()
            .call_as(owner, &self.factory, "create", arguments, &[])?;
        Ok(self.vault(&self.chain().from_val::<Address>(address), owner))
    }

    /// As [`Self::try_create`] with nonce 0.
    ///
    /// # Panics
    /// If the factory refuses.
    pub fn create(&self, owner: &Account, policy: &VaultPolicy) -> Vault {
        self.try_create(owner, policy, 0)
            .expect("the factory creates the vault")
    }

    /// A handle to a vault.
    pub fn vault(&self, address: &Address, owner: &Account) -> Vault {
        Vault {
            chain: self.chain().clone(),
            address: address.clone(),
            owner: owner.clone(),
            lens: self.lens.clone(),
        }
    }

    /// A vault with a position: XLM deposited, USDC borrowed to the owner (smallest units).
    ///
    /// # Panics
    /// If vault or pool refuse.
    pub fn vault_with_position(
        &self,
        name: &str,
        policy: &VaultPolicy,
        xlm: i128,
        usdc: i128,
    ) -> Vault {
        let owner = self.chain().account(name);
        self.market.xlm.fund(&owner, xlm);
        self.market.usdc.trust(&owner);
        let vault = self.create(&owner, policy);
        vault
            .deposit(self.market.xlm.address(), xlm)
            .expect("the vault deposits");
        if usdc > 0 {
            vault
                .borrow(self.market.usdc.address(), usdc, owner.address())
                .expect("the vault borrows");
        }
        vault
    }

    /// The adapter's route through a Comet pool.
    pub fn route(&self, comet: &Address) -> Bytes {
        comet.to_xdr(self.chain().env())
    }

    /// A step that sells XLM for USDC through the market's Comet pool.
    pub fn step(&self, path: Path, sell: i128, min_proceeds: i128) -> Step {
        Step {
            path,
            collateral: self.market.xlm.address().clone(),
            debt: self.market.usdc.address().clone(),
            sell,
            min_proceeds,
            adapter: self.adapter.clone(),
            route: self.route(self.market.amm.address()),
        }
    }

    /// The lens's quote for a rebalance through the market's Comet pool.
    pub fn quote_rebalance(&self, vault: &Vault, path: Path) -> Result<StepQuote, CallError> {
        let route = self.route(self.market.amm.address());
        let arguments = (&vault.address, path, &self.adapter, route);
        self.chain().view(&self.lens, "quote_rebalance", arguments)
    }
}

/// A handle to a vault, with the owner's account.
#[derive(Clone)]
pub struct Vault {
    chain: Chain,
    /// The contract.
    pub address: Address,
    /// Its owner.
    pub owner: Account,
    lens: Address,
}

impl Vault {
    /// The vault on another chain in the same state (after [`Chain::from_snapshot`]).
    pub fn on(&self, chain: &Chain) -> Self {
        Self {
            chain: chain.clone(),
            address: chain.address(&ScAddress::from(&self.address)),
            owner: chain.account(self.owner.name()),
            lens: chain.address(&ScAddress::from(&self.lens)),
        }
    }

    /// Calls an entry point as the owner, with nothing else signed.
    pub fn as_owner(
        &self,
        function: &str,
        args: impl IntoVal<soroban_sdk::Env, Vec<Val>>,
    ) -> Result<Val, CallError> {
        self.chain
            .call_as(&self.owner, &self.address, function, args, &[])
    }

    /// `deposit`, signed by the owner with the transfer below it.
    pub fn deposit(&self, asset: &Address, amount: i128) -> Result<(), CallError> {
        let below = [Invocation::transfer(
            asset,
            self.owner.address(),
            &self.address,
            amount,
        )];
        self.chain
            .call_as(
                &self.owner,
                &self.address,
                "deposit",
                (asset, amount),
                &below,
            )
            .map(drop)
    }

    /// `withdraw`, signed by the owner.
    pub fn withdraw(&self, asset: &Address, amount: i128, to: &Address) -> Result<(), CallError> {
        self.as_owner("withdraw", (asset, amount, to)).map(drop)
    }

    /// `borrow`, signed by the owner.
    pub fn borrow(&self, asset: &Address, amount: i128, to: &Address) -> Result<(), CallError> {
        self.as_owner("borrow", (asset, amount, to)).map(drop)
    }

    /// `repay` by anybody.
    pub fn repay(&self, from: &Account, asset: &Address, amount: i128) -> Result<(), CallError> {
        self.pay_in("repay", from, asset, amount)
    }

    /// `fund_reserve` by anybody.
    pub fn fund_reserve(
        &self,
        from: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<(), CallError> {
        self.pay_in("fund_reserve", from, asset, amount)
    }

    fn pay_in(
        &self,
        function: &str,
        from: &Account,
        asset: &Address,
        amount: i128,
    ) -> Result<(), CallError> {
        let below = [Invocation::transfer(
            asset,
            from.address(),
            &self.address,
            amount,
        )];
        let args = (from.address(), asset, amount);
        self.chain
            .call_as(from, &self.address, function, args, &below)
            .map(drop)
    }

    /// The tree that a keeper signs for `fill`.
    pub fn fill_invocation(
        &self,
        keeper: &Address,
        collateral: &Address,
        debt: &Address,
        repay: i128,
        collateral_out: i128,
        deadline: u64,
    ) -> Invocation {
        let args = (keeper, collateral, debt, repay, collateral_out, deadline);
        Invocation::new(&self.address, "fill", args).with(Invocation::transfer(
            debt,
            keeper,
            &self.address,
            repay,
        ))
    }

    /// `fill`, signed and executed now.
    pub fn fill(
        &self,
        keeper: &Account,
        collateral: &Address,
        debt: &Address,
        repay: i128,
        collateral_out: i128,
    ) -> Result<StepReport, CallError> {
        let address = keeper.address();
        let tree = self.fill_invocation(
            address,
            collateral,
            debt,
            repay,
            collateral_out,
            NO_DEADLINE,
        );
        self.fill_signed(
            &keeper.sign(&self.chain, &tree, crate::SIGNATURE_LEDGERS),
            address,
            collateral,
            debt,
            repay,
            collateral_out,
            NO_DEADLINE,
        )
    }

    /// `fill` with a signature made before.
    #[allow(clippy::too_many_arguments)]
    pub fn fill_signed(
        &self,
        signed: &SorobanAuthorizationEntry,
        keeper: &Address,
        collateral: &Address,
        debt: &Address,
        repay: i128,
        collateral_out: i128,
        deadline: u64,
    ) -> Result<StepReport, CallError> {
        let args = (keeper, collateral, debt, repay, collateral_out, deadline);
        self.chain
            .call(&self.address, "fill", args, std::slice::from_ref(signed))
            .map(|val| self.chain.from_val(val))
    }

    /// `rebalance`, signed and executed now.
    pub fn rebalance(&self, keeper: &Account, step: &Step) -> Result<StepReport, CallError> {
        let args = (keeper.address(), step.clone(), NO_DEADLINE);
        self.chain
            .call_as(keeper, &self.address, "rebalance", args, &[])
            .map(|val| self.chain.from_val(val))
    }

    /// The lens's quote for a fill.
    pub fn quote_fill(&self) -> Result<StepQuote, CallError> {
        self.chain.view(&self.lens, "quote_fill", (&self.address,))
    }

    /// The lens's view of health.
    pub fn health(&self) -> Result<Health, CallError> {
        self.chain.view(&self.lens, "health", (&self.address,))
    }

    /// The lens's view of the position.
    pub fn position(&self) -> Result<std::vec::Vec<PositionLeg>, CallError> {
        let legs: Vec<PositionLeg> = self.chain.view(&self.lens, "position", (&self.address,))?;
        Ok(legs.iter().collect())
    }

    /// What the vault stores.
    pub fn state(&self) -> VaultState {
        self.chain
            .view(&self.address, "state", ())
            .expect("a vault has a state")
    }
}
