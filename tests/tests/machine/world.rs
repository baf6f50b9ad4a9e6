//! The system that histories run on, and what the test remembers of them.

use crate::entries::RESERVES;
use crate::reading::Keys;
use crate::tally::Tally;
use ballast_chain::market::ONE;
use ballast_chain::{ballast, Account, CallError, Chain, Oracle, System, Token, Vault};
use ballast_interfaces::factory::Version;
use soroban_sdk::xdr::SorobanAuthorizationEntry;
use soroban_sdk::{Address, BytesN};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What every trader has of every token.
pub const WEALTH: i128 = 10_000_000 * ONE;

/// Contracts, accounts, and the model's memory, on a chain.
pub struct World {
    pub system: System,
    pub eurc: Token,
    pub second: Oracle,
    /// Alice's and Bob's.
    pub vaults: [Vault; 2],
    pub keeper: Account,
    pub thief: Account,
    pub arbitrageur: Account,
    pub liquidator: Account,
    pub whale: Account,
    /// Where exits go; nobody freezes it.
    pub refuge: Account,
    /// The first owner of vault 0, who may be frozen.
    pub alice: Account,
    /// Adapter and caller: the thief's contract.
    pub hostile: Address,
    /// The receiver of Bob's version: the thief's too.
    pub receiver: Address,
    pub keys: Rc<Keys>,
    pub memory: Memory,
    pub tally: Tally,
}

/// What the model remembers between actions.
#[derive(Clone)]
pub struct Memory {
    /// The market's prices, oracle's decimals: what the pool's oracle publishes when it works.
    pub prices: [i128; RESERVES],
    /// The second oracle's price of XLM, thousandths of the pool's; none if it misses rounds.
    pub second_thousandths: Option<i128>,
    /// Who is frozen in what.
    pub frozen: BTreeSet<(usize, usize)>,
    /// Steps signed by the keeper.
    pub signed: std::vec::Vec<Signed>,
    /// By vault: first ledger, budget and sales of the window that is running.
    pub windows: [Option<Window>; 2],
    pub heirs: u32,
    /// Ledger of the last distribution of emissions.
    pub distributed: u32,
    /// Whether the pool's oracle was made to fail.
    pub oracle_fails: bool,
}

/// A budget's window, by the model's own arithmetic.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub start: u32,
    pub budget: i128,
    pub sold: i128,
}

/// A fill that the keeper signed for a vault.
#[derive(Clone)]
pub struct Signed {
    pub vault: usize,
    pub pair: (usize, usize),
    pub repay: i128,
    pub collateral_out: i128,
    pub deadline: u64,
    pub entry: SorobanAuthorizationEntry,
    pub used: bool,
}

impl World {
    /// A copy that goes its own way.
    pub fn fork(&self) -> Self {
        let chain = self.chain().fork();
        let account = |account: &Account| chain.account(account.name());
        Self {
            system: self.system.on(&chain),
            eurc: self.eurc.on(&chain),
            second: self.second.on(&chain),
            vaults: [self.vaults[0].on(&chain), self.vaults[1].on(&chain)],
            keeper: account(&self.keeper),
            thief: account(&self.thief),
            arbitrageur: account(&self.arbitrageur),
            liquidator: account(&self.liquidator),
            whale: account(&self.whale),
            refuge: account(&self.refuge),
            alice: account(&self.alice),
            hostile: chain.address(&(&self.hostile).into()),
            receiver: chain.address(&(&self.receiver).into()),
            keys: self.keys.clone(),
            memory: self.memory.clone(),
            tally: Tally::default(),
        }
    }

    pub fn chain(&self) -> &Chain {
        self.system.chain()
    }

    pub fn token(&self, asset: usize) -> &Token {
        match asset {
            0 => &self.system.market.xlm,
            1 => &self.system.market.usdc,
            _ => &self.eurc,
        }
    }

    pub fn asset(&self, asset: usize) -> &Address {
        self.token(asset).address()
    }

    /// Who may be frozen and clawed back.
    pub fn holder(&self, index: usize) -> &Address {
        match index {
            0 => self.alice.address(),
            1 => self.keeper.address(),
            2 => &self.vaults[0].address,
            3 => &self.vaults[1].address,
            4 => self.system.market.pool.address(),
            _ => self.thief.address(),
        }
    }

    pub fn is_frozen(&self, holder: &Address, asset: usize) -> bool {
        let frozen = &self.memory.frozen;
        (0..6).any(|index| frozen.contains(&(index, asset)) && self.holder(index) == holder)
    }

    /// Balances of the three assets.
    pub fn balances(&self, holder: &Address) -> [i128; RESERVES] {
        [0, 1, 2].map(|asset| self.token(asset).balance(holder))
    }

    /// Publishes a round as of now: of the pool's oracle, and of the second where a policy names it.
    pub fn publish(&self) {
        let [xlm, usdc, eurc] = self.memory.prices;
        let now = self.chain().timestamp();
        let prices = [Some(xlm), Some(usdc), Some(eurc)];
        self.system.market.oracle.set_round(now, &prices);
        if (0..2).all(|vault| !self.names_second_oracle(vault)) {
            // Nobody listens.
            return;
        }
        let second = self.memory.second_thousandths;
        let second = [
            second.map(|share| xlm * share / 1_000),
            prices[1],
            prices[2],
        ];
        self.second.set_round(now, &second);
    }
}

/// Lists the vault's code with another receiver, as the factory's admin may: under a hash of its own,
/// since a hash is listed once. The version's index.
pub fn list_version(system: &System, receiver: &Address) -> Result<u32, CallError> {
    let chain = system.chain();
    let count: u32 = chain.view(&system.factory, "version_count", ())?;
    let code = ballast::vault_named(&count.to_string());
    let hash = chain.upload(&code).expect("it is valid");
    let version = Version {
        wasm_hash: BytesN::from_array(chain.env(), &hash),
        receiver: receiver.clone(),
    };
    let args = (version,);
    let listed = chain.call_as(&system.admin, &system.factory, "list_version", args, &[])?;
    Ok(chain.from_val(listed))
}
