use super::Refused;
use crate::model::{Market, SecondPrices, Vault};
use ballast_client::value::{Address, Bytes};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// How a keeper acts on a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// `fill`: with its own debt asset.
    Fill,
    /// `rebalance`: withdraw, swap, repay.
    Plain,
    /// `rebalance` by flash loan.
    Flash,
    /// `clear_stale_auction`: deletes an auction that nothing is left of. Pays nothing.
    Clear,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 4] = [Way::Fill, Way::Plain, Way::Flash, Way::Clear];

    /// Its name in files, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Way::Fill => "fill",
            Way::Plain => "plain",
            Way::Flash => "flash",
            Way::Clear => "clear",
        }
    }

    /// The way of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Way::ALL.into_iter().find(|way| way.name() == name)
    }
}

/// For whom the keeper acts without a profit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sponsor {
    /// Nobody.
    #[default]
    None,
    /// Everybody.
    All,
    /// These vaults.
    Vaults(BTreeSet<Address>),
}

impl Sponsor {
    /// Whether the keeper bears the network's fee for this vault.
    pub fn includes(&self, vault: &Address) -> bool {
        match self {
            Sponsor::None => false,
            Sponsor::All => true,
            Sponsor::Vaults(vaults) => vaults.contains(vault),
        }
    }
}

/// What becomes of collateral that a fill brings in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Incoming {
    /// It stays in the inventory: it is worth what the pool's oracle says.
    #[default]
    Keep,
    /// It is sold at a venue at once: it is worth what the venue is expected to pay.
    Sell,
}

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Ways that may be taken.
    pub ways: BTreeSet<Way>,
    /// Least profit of an action after all costs: base value, 7 decimals.
    pub min_profit_e7: i128,
    /// For whom the keeper acts without a profit: the trade itself may not lose, the network's fee is
    /// the sponsor's.
    pub sponsor: Sponsor,
    /// Steps that one ledger takes of one pool.
    pub steps_per_ledger: u32,
    /// Most that is bid for inclusion, stroops.
    pub max_inclusion_fee: u32,
    /// Base value of one lumen, 7 decimals, where the pool does not price it.
    pub lumen_price_e7: Option<i128>,
    /// By collateral; others are kept.
    pub incoming: BTreeMap<Address, Incoming>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            ways: Way::ALL.into_iter().collect(),
            min_profit_e7: 500_000,
            sponsor: Sponsor::None,
            steps_per_ledger: 50,
            max_inclusion_fee: 1_000_000,
            lumen_price_e7: None,
            incoming: BTreeMap::new(),
        }
    }
}

/// What fills may spend.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By asset: the balance within the configured exposure, less what is committed already.
    pub available: BTreeMap<Address, i128>,
}

/// What the network asks at present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// Median inclusion fee of contract calls, stroops.
    pub p50: u32,
    /// The 90th percentile.
    pub p90: u32,
    /// The 99th percentile.
    pub p99: u32,
    /// What a step's resources cost, by way, stroops; a way that is not listed costs
    /// [`super::TYPICAL_RESOURCE_FEE`].
    pub typical_resource_fee: BTreeMap<Way, i64>,
}

/// What one ledger's decisions on the vaults of one pool are made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The pool.
    pub market: &'a Market,
    /// Vaults that may be at risk.
    pub vaults: &'a [Vault],
    /// What second oracles say.
    pub second: &'a SecondPrices,
    /// By collateral: base value that other borrowers would have to sell at a lower price.
    pub crowd: &'a BTreeMap<Address, i128>,
    /// What fills may spend.
    pub inventory: &'a Inventory,
    /// What the network asks.
    pub fees: &'a Fees,
    /// The lumen's contract.
    pub native: &'a Address,
    /// Vaults with a transaction whose end is not known.
    pub in_flight: &'a BTreeSet<Address>,
    /// Steps that still fit into this ledger.
    pub capacity: u32,
}

/// What becomes of one vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The vault.
    pub vault: Address,
    /// Its pool.
    pub pool: Address,
    /// Its risk ratio; zero where it could not be computed.
    pub risk_e7: i128,
    /// Its soft threshold in force; the policy's where the position could not be valued.
    pub soft_e7: u32,
    /// What.
    pub verdict: Verdict,
}

/// Whether to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Act.
    Act {
        /// What may be done, best first: the next where one is refused.
        choices: Vec<Action>,
        /// What the owner is expected to lose by a ledger of delay, base value.
        loss_if_late: i128,
    },
    /// Do not.
    Hold(Hold),
}

/// One transaction that would serve a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The vault.
    pub vault: Address,
    /// Its pool.
    pub pool: Address,
    /// How.
    pub way: Way,
    /// What is sold; the debt where nothing is.
    pub collateral: Address,
    /// What is repaid.
    pub debt: Address,
    /// Collateral sold, smallest unit; zero where the vault's reserve alone does it.
    pub sell: i128,
    /// The bid, smallest unit of the debt.
    pub repay: i128,
    /// The adapter; the vault itself where none is needed.
    pub adapter: Address,
    /// The adapter's route.
    pub route: Bytes,
    /// Whether an auction is open.
    pub rescue: bool,
    /// Risk ratio before, 7 decimals.
    pub risk_before_e7: i128,
    /// Risk ratio that it leads to, 7 decimals.
    pub risk_after_e7: i128,
    /// What is left to the keeper after all costs, base value: an estimate.
    pub profit_value: i128,
    /// What incoming collateral is expected to fetch, share of its worth at the oracle's price, 7
    /// decimals: an estimate.
    pub exit_e7: i128,
    /// What a lumen counts for, base value.
    pub lumen_price: i128,
    /// What the owner is expected to lose by a ledger of delay, base value.
    pub loss_if_late: i128,
    /// Bid for inclusion, stroops.
    pub inclusion_fee: u32,
    /// Whether the keeper bears the network's fee.
    pub sponsored: bool,
}

/// Why a vault is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is below its soft threshold.
    NotAtRisk,
    /// The pool's oracle has no price for an asset of the position.
    PriceMissing,
    /// The pool oracle's last round is older than the policy allows.
    PriceStale,
    /// The vault would refuse, for another reason.
    Refused(Refused),
    /// No action pays.
    Unprofitable {
        /// What the best one would leave to the keeper, base value.
        best: i128,
    },
    /// A transaction of it has not ended.
    InFlight,
    /// This ledger has no room left for it.
    NoCapacity,
    /// The inventory holds too little of what would be repaid, and there is no other way.
    NoInventory,
    /// No venue trades the pair, and there is no other way.
    NoVenue,
    /// The venues would pay less than the vault accepts, and there is no other way.
    VenueTooLow,
    /// None of the ways that may be taken leads there.
    NoWay,
    /// The vault is of another pool.
    OtherPool,
}

impl From<Refused> for Hold {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NOT_AT_RISK => Hold::NotAtRisk,
            Refused::PRICE_MISSING => Hold::PriceMissing,
            Refused::PRICE_STALE => Hold::PriceStale,
            other => Hold::Refused(other),
        }
    }
}

impl Hold {
    /// Its name in logs, metrics and the database; of a refusal the contract's.
    pub fn name(&self) -> &'static str {
        match self {
            Hold::NotAtRisk => "NotAtRisk",
            Hold::PriceMissing => "PriceMissing",
            Hold::PriceStale => "PriceStale",
            Hold::Refused(refused) => refused.name(),
            Hold::Unprofitable { .. } => "Unprofitable",
            Hold::InFlight => "InFlight",
            Hold::NoCapacity => "NoCapacity",
            Hold::NoInventory => "NoInventory",
            Hold::NoVenue => "NoVenue",
            Hold::VenueTooLow => "VenueTooLow",
            Hold::NoWay => "NoWay",
            Hold::OtherPool => "OtherPool",
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hold::Unprofitable { best } => {
                write!(
                    formatter,
                    "Unprofitable: the best leaves {best} of base value"
                )
            }
            other => formatter.write_str(other.name()),
        }
    }
}

impl From<ballast_core::Refusal> for Hold {
    fn from(refusal: ballast_core::Refusal) -> Self {
        Refused::from(refusal).into()
    }
}

impl From<ballast_core::quote::PoolRefusal> for Hold {
    fn from(refusal: ballast_core::quote::PoolRefusal) -> Self {
        Refused::from(refusal).into()
    }
}
