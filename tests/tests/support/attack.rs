//! What the adversarial tests share: hostile contracts, and the core's view of a vault read
//! through the pool's and the oracle's own views, independent of lens and vault.

use ballast_chain::{Account, CallError, Chain, System, Vault};
use ballast_core::auction::{Auction, AuctionLeg};
use ballast_core::check::{Path as CorePath, Proposal};
use ballast_core::health::{Leg, Position, Totals};
use ballast_core::Refusal;
use ballast_hostile::{Call, Nested, Trick};
use ballast_interfaces::vault::{Path, Step, StepReport};
use soroban_sdk::xdr::ToXdr;
use soroban_sdk::{Address, Bytes, Env, IntoVal, Symbol, Val, Vec};
use std::path::PathBuf;

/// Deploys the hostile contract under a name of its own.
pub fn deploy_hostile(chain: &Chain, deployer: &Account, name: &str) -> Address {
    let directory = std::env::var_os("BALLAST_WASM_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/contracts"),
        PathBuf::from,
    );
    let file = directory.join("ballast_hostile.wasm");
    let wasm = std::fs::read(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make contracts`", file.display()));
    ballast_chain::ballast::deploy(chain, deployer, &wasm, name, ()).expect("it deploys")
}

/// The route that makes the hostile adapter play a trick.
pub fn route(chain: &Chain, trick: &Trick) -> Bytes {
    trick.clone().to_xdr(chain.env())
}

/// A call for the hostile contract to make in its own name.
pub fn hostile_call(
    contract: &Address,
    function: &str,
    args: impl IntoVal<Env, Vec<Val>>,
    nested: &[Nested],
) -> Call {
    let env = contract.env();
    Call {
        contract: contract.clone(),
        function: Symbol::new(env, function),
        args: args.into_val(env),
        nested: Vec::from_iter(env, nested.iter().cloned()),
    }
}

/// A call below another that the hostile contract authorises.
pub fn hostile_nested(
    contract: &Address,
    function: &str,
    args: impl IntoVal<Env, Vec<Val>>,
) -> Nested {
    let env = contract.env();
    Nested {
        contract: contract.clone(),
        function: Symbol::new(env, function),
        args: args.into_val(env),
    }
}

/// Runs calls in one transaction in the hostile contract's name; anybody may.
pub fn run(chain: &Chain, hostile: &Address, calls: &[Call]) -> Result<Val, CallError> {
    let calls: Vec<Call> = Vec::from_iter(chain.env(), calls.iter().cloned());
    chain.call(hostile, "run", (calls,), &[])
}

/// Whether the tricks of the last call succeeded, in order.
pub fn tried(chain: &Chain) -> std::vec::Vec<bool> {
    chain
        .last_events_named("tried")
        .iter()
        .map(|event| event.field("succeeded"))
        .collect()
}

/// A position in the core's terms.
pub struct View {
    /// The position.
    pub position: Position,
    /// The asset of each leg.
    pub assets: std::vec::Vec<Address>,
    /// Its sums.
    pub totals: Totals,
}

impl View {
    /// The leg of an asset.
    ///
    /// # Panics
    /// If the position has none.
    pub fn leg_of(&self, asset: &Address) -> usize {
        let found = self.assets.iter().position(|held| held == asset);
        found.expect("the position has the asset")
    }

    /// The user's open auction.
    pub fn auction(&self, system: &System, user: &Address) -> Option<Auction> {
        let data = system.market.pool.auction(user)?;
        let of = |map: &soroban_sdk::Map<Address, i128>, asset: &Address| {
            map.get(asset.clone()).unwrap_or(0)
        };
        Some(Auction {
            start_ledger: data.block,
            legs: self
                .assets
                .iter()
                .map(|asset| AuctionLeg {
                    lot_b_tokens: of(&data.lot, asset),
                    bid_d_tokens: of(&data.bid, asset),
                })
                .collect(),
        })
    }
}

/// Reads a position from pool and oracle.
///
/// # Panics
/// Without prices.
pub fn view(system: &System, user: &Address) -> View {
    try_view(system, user).expect("prices are positive")
}

/// The same, where sums may not fit.
pub fn try_view(system: &System, user: &Address) -> Result<View, Refusal> {
    let (pool, oracle) = (&system.market.pool, &system.market.oracle);
    let positions = pool.positions(user);
    let mut view = View {
        position: Position {
            legs: Default::default(),
            price_scalar: 10i128.pow(oracle.decimals()),
        },
        assets: std::vec::Vec::new(),
        totals: Totals {
            collateral_base: 0,
            liability_base: 0,
            collateral_value: 0,
            debt_value: 0,
        },
    };
    for (index, asset) in (0u32..).zip(pool.reserve_list()) {
        let b_tokens = positions.collateral.get(index).unwrap_or(0);
        let d_tokens = positions.liabilities.get(index).unwrap_or(0);
        if b_tokens == 0 && d_tokens == 0 {
            continue;
        }
        let reserve = pool.reserve(&asset);
        let price = oracle.last_price(&asset).expect("served").expect("quoted");
        view.position.legs.push(Leg {
            price: price.price,
            asset_scalar: reserve.scalar,
            collateral_factor_e7: reserve.config.c_factor.into(),
            liability_factor_e7: reserve.config.l_factor.into(),
            b_rate_e12: reserve.data.b_rate,
            d_rate_e12: reserve.data.d_rate,
            b_tokens,
            d_tokens,
        });
        view.assets.push(asset);
    }
    view.totals = view.position.totals()?;
    Ok(view)
}

/// Reads a vault's position from pool and oracle.
pub fn view_of(system: &System, vault: &Vault) -> View {
    view(system, &vault.address)
}

/// A vault that keepers attack, on any pool.
pub struct Target {
    /// The system.
    pub system: System,
    /// The vault.
    pub vault: Vault,
    /// Calls steps.
    pub keeper: Account,
    /// Pays exactly what its route says, in any asset of the pool.
    pub payer: Address,
}

impl Target {
    /// A payer with this much of every token.
    pub fn new(
        system: &System,
        vault: &Vault,
        keeper: &Account,
        tokens: &[&ballast_chain::Token],
        wealth: i128,
    ) -> Self {
        let payer = deploy_hostile(system.chain(), keeper, "payer");
        for token in tokens {
            token.mint(&payer, wealth);
        }
        Self {
            system: system.clone(),
            vault: vault.clone(),
            keeper: keeper.clone(),
            payer,
        }
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        self.system.chain()
    }

    /// Executes a proposal of the core: by the keeper's fill, or through the payer, which pays the
    /// bid.
    pub fn propose(&self, view: &View, proposal: &Proposal) -> Result<StepReport, CallError> {
        match proposal.path {
            CorePath::Fill => self.vault.fill(
                &self.keeper,
                &view.assets[proposal.collateral],
                &view.assets[proposal.debt],
                proposal.repay,
                proposal.sell,
            ),
            _ => self
                .vault
                .rebalance(&self.keeper, &self.step(view, proposal)),
        }
    }

    /// The step of a proposal, through the payer.
    pub fn step(&self, view: &View, proposal: &Proposal) -> Step {
        Step {
            path: match proposal.path {
                CorePath::Flash => Path::Flash,
                CorePath::Fill | CorePath::Plain => Path::Plain,
            },
            collateral: view.assets[proposal.collateral].clone(),
            debt: view.assets[proposal.debt].clone(),
            sell: proposal.sell,
            min_proceeds: proposal.repay,
            adapter: self.payer.clone(),
            route: route(self.chain(), &Trick::Pay(proposal.repay, 0)),
        }
    }
}

/// A stream of numbers from a seed (SplitMix64): the same on every run.
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&mut self, low: i128, high: i128) -> i128 {
        let span = u128::try_from(high - low).expect("low is not above high") + 1;
        low + (u128::from(self.roll()) % span) as i128
    }

    /// A number from `low` to `high`, every magnitude alike.
    pub fn magnitude(&mut self, low: i128, high: i128) -> i128 {
        let digits = |number: i128| (number as f64).ln();
        let share = self.roll() as f64 / u64::MAX as f64;
        let exponent = digits(low) + share * (digits(high) - digits(low));
        (exponent.exp() as i128).clamp(low, high)
    }

    /// True in so many of a hundred rolls.
    pub fn percent(&mut self, percent: i128) -> bool {
        self.between(1, 100) <= percent
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.between(0, items.len() as i128 - 1) as usize]
    }
}
