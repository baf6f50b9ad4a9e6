//! The types of `contracts/interfaces`, field by field. Units are stated there.

use super::{record, variant, variant_of, Address, Bytes, Fields, Symbol, Value, ValueError};
use ballast_core::policy::Policy;
use std::collections::BTreeMap;
use stellar_xdr::curr::ScVal;

macro_rules! structs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Value for $name {
            fn to_value(&self) -> ScVal {
                record(vec![$((stringify!($field), self.$field.to_value()),)*])
            }

            fn from_value(value: &ScVal) -> Result<Self, ValueError> {
                let read = || {
                    let fields = Fields::of(value)?;
                    Ok(Self { $($field: fields.get(stringify!($field))?,)* })
                };
                read().map_err(|error: ValueError| error.at(stringify!($name)))
            }
        }
    )*};
}
pub(super) use structs;

structs! {
    /// A proposed step.
    Step {
        /// How.
        path: Path,
        /// Asset sold.
        collateral: Address,
        /// Asset repaid.
        debt: Address,
        /// Collateral sold, smallest unit.
        sell: i128,
        /// This much is repaid, smallest unit of the debt asset.
        min_proceeds: i128,
        /// Swap adapter.
        adapter: Address,
        /// The adapter's route.
        route: Bytes,
    }

    /// A second price source.
    SecondOracle {
        /// A SEP-40 feed.
        oracle: Address,
        /// Its name for each asset of the pool.
        assets: BTreeMap<Address, Asset>,
        /// Refuse to act without a fresh second price.
        required: bool,
    }

    /// The contracts that a vault was built for.
    Links {
        /// The Blend pool.
        pool: Address,
        /// The pool's oracle.
        oracle: Address,
        /// `10^decimals` of the oracle.
        price_scalar: i128,
        /// The oracle's round length, seconds.
        resolution_seconds: u32,
        /// The flash-loan receiver.
        receiver: Address,
        /// The factory that deployed the vault.
        factory: Address,
    }

    /// A reserve that the vault has used.
    AssetEntry {
        /// The asset.
        asset: Address,
        /// Collateral factor that the policy accepted, 7 decimals.
        accepted_collateral_e7: u32,
        /// Liability factor that the policy accepted, 7 decimals.
        accepted_liability_e7: u32,
    }

    /// The budget window that is running.
    BudgetWindow {
        /// First ledger.
        start_ledger: u32,
        /// Base value that it may sell.
        budget_value: i128,
        /// Base value sold.
        sold_value: i128,
    }

    /// Everything that the vault stores.
    VaultState {
        /// The owner.
        owner: Address,
        /// The contracts that the vault was built for.
        links: Links,
        /// The policy.
        policy: VaultPolicy,
        /// Whether `fill` and `rebalance` are on.
        automation: bool,
        /// The budget window.
        window: BudgetWindow,
        /// Reserves that the vault has used, by reserve index.
        assets: BTreeMap<u32, AssetEntry>,
    }

    /// What happened in a step.
    StepReport {
        /// Collateral sold, smallest unit.
        sold: i128,
        /// Debt that the pool kept, smallest unit.
        repaid: i128,
        /// Debt asset that arrived, smallest unit.
        proceeds: i128,
        /// Paid to the keeper, smallest unit of the debt asset.
        reward: i128,
        /// Reserve spent before the sale, smallest unit of the debt asset.
        reserve_spent: i128,
        /// Risk ratio before, 7 decimals.
        risk_before_e7: i128,
        /// Risk ratio after, 7 decimals.
        risk_after_e7: i128,
    }

    /// One asset of the position.
    PositionLeg {
        /// The asset.
        asset: Address,
        /// Collateral, smallest unit.
        collateral: i128,
        /// Debt, smallest unit.
        debt: i128,
        /// Idle balance of the vault, smallest unit.
        reserve: i128,
    }

    /// Factors of a reserve that differ from those that the policy accepted.
    FactorChange {
        /// The asset.
        asset: Address,
        /// Collateral factor when the policy was set, 7 decimals.
        accepted_collateral_e7: u32,
        /// Collateral factor now, 7 decimals.
        collateral_e7: u32,
        /// Liability factor when the policy was set, 7 decimals.
        accepted_liability_e7: u32,
        /// Liability factor now, 7 decimals.
        liability_e7: u32,
    }

    /// How the vault stands.
    Health {
        /// Liability base over collateral base, 7 decimals; 100% is where the pool liquidates.
        risk_ratio_e7: i128,
        /// Debt value over collateral value, 7 decimals.
        nominal_ltv_e7: i128,
        /// Nominal LTV at which the pool liquidates, 7 decimals.
        liquidation_ltv_e7: i128,
        /// The soft threshold in force, 7 decimals.
        soft_e7: u32,
        /// The target in force, 7 decimals.
        target_e7: u32,
        /// Base value of all collateral.
        collateral_value: i128,
        /// Base value of all debt.
        debt_value: i128,
        /// For one collateral and one debt: the collateral's price at which the pool liquidates.
        liquidation_price: Option<i128>,
        /// First ledger of the open liquidation auction.
        auction_start_ledger: Option<u32>,
        /// Reserves whose factors differ from the accepted ones.
        changed_factors: Vec<FactorChange>,
    }

    /// A step that the vault accepts at the present ledger state.
    StepQuote {
        /// To pass on.
        step: Step,
        /// Least `min_proceeds` for `step.sell`.
        floor: i128,
        /// Most that the keeper can be paid.
        largest_reward: i128,
        /// Reserve that the call spends before the sale.
        reserve_spent: i128,
        /// Base value that the window may still sell.
        budget_left: i128,
        /// Risk ratio after the step, 7 decimals.
        risk_after_e7: i128,
        /// Whether the call rescues: an auction is open.
        rescue: bool,
    }

    /// A vault version.
    Version {
        /// Hash of the vault's uploaded wasm.
        wasm_hash: [u8; 32],
        /// The flash-loan receiver of this version's vaults.
        receiver: Address,
    }

    /// One request of a batch at the pool.
    Request {
        /// The asset; of an auction the user whose it is.
        address: Address,
        /// Amount, smallest unit; of an auction the percentage.
        amount: i128,
        /// Blend's number of the request's type.
        request_type: u32,
    }

    /// A price of a feed.
    PriceData {
        /// In the feed's decimals.
        price: i128,
        /// Of the round, unix seconds.
        timestamp: u64,
    }
}

/// What health takes of a reserve of Blend's pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// `10^decimals` of the asset.
    pub scalar: i128,
    /// Collateral factor, 7 decimals.
    pub c_factor: u32,
    /// Liability factor, 7 decimals.
    pub l_factor: u32,
}

/// Of the pool's own struct these fields; writing gives no more than them.
impl Value for Reserve {
    fn to_value(&self) -> ScVal {
        let config = record(vec![
            ("c_factor", self.c_factor.to_value()),
            ("l_factor", self.l_factor.to_value()),
        ]);
        record(vec![("config", config), ("scalar", self.scalar.to_value())])
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        let read = || {
            let fields = Fields::of(value)?;
            let config: ScVal = fields.get("config")?;
            let config = Fields::of(&config)?;
            Ok(Self {
                scalar: fields.get("scalar")?,
                c_factor: config.get("c_factor")?,
                l_factor: config.get("l_factor")?,
            })
        };
        read().map_err(|error: ValueError| error.at("Reserve"))
    }
}

/// How `rebalance` turns collateral into repayment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Path {
    /// Withdraw, swap, repay.
    Plain = 0,
    /// Flash loan of the collateral, swap, repay.
    Flash = 1,
}

impl Value for Path {
    fn to_value(&self) -> ScVal {
        ScVal::U32(*self as u32)
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        match value {
            ScVal::U32(0) => Ok(Path::Plain),
            ScVal::U32(1) => Ok(Path::Flash),
            other => Err(ValueError::new("a path (0, 1)", other)),
        }
    }
}

/// How a price feed names an asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// A token's contract.
    Stellar(Address),
    /// A name.
    Other(Symbol),
}

impl Value for Asset {
    fn to_value(&self) -> ScVal {
        match self {
            Asset::Stellar(address) => variant("Stellar", Some(address.to_value())),
            Asset::Other(name) => variant("Other", Some(name.to_value())),
        }
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        let (name, payload) = variant_of(value)?;
        match (name.as_str(), payload) {
            ("Stellar", Some(address)) => Address::from_value(address).map(Asset::Stellar),
            ("Other", Some(name)) => Symbol::from_value(name).map(Asset::Other),
            _ => Err(ValueError::new("Stellar or Other", value)),
        }
    }
}

/// A second price source, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondSource {
    /// The pool's oracle alone.
    None,
    /// Also this feed.
    Feed(SecondOracle),
}

impl Value for SecondSource {
    fn to_value(&self) -> ScVal {
        match self {
            SecondSource::None => variant("None", None),
            SecondSource::Feed(oracle) => variant("Feed", Some(oracle.to_value())),
        }
    }

    fn from_value(value: &ScVal) -> Result<Self, ValueError> {
        let (name, payload) = variant_of(value)?;
        match (name.as_str(), payload) {
            ("None", None) => Ok(SecondSource::None),
            ("Feed", Some(oracle)) => SecondOracle::from_value(oracle).map(SecondSource::Feed),
            _ => Err(ValueError::new("None or Feed", value)),
        }
    }
}

/// A field of the policy, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyField {
    /// A share of one, 7 decimals.
    Share(u32),
    /// A number of something.
    Count(u64),
    /// Yes or no.
    Flag(bool),
}

macro_rules! policy {
    ($($field:ident: $type:ident $kind:ident $cast:ident,)*) => {
        /// The owner's policy: the core's fields and the second price source.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct VaultPolicy {
            /// What the core computes with.
            pub core: Policy,
            /// Second price source.
            pub second_oracle: SecondSource,
        }

        impl Value for VaultPolicy {
            fn to_value(&self) -> ScVal {
                record(vec![
                    $((stringify!($field), self.core.$field.to_value()),)*
                    ("second_oracle", self.second_oracle.to_value()),
                ])
            }

            fn from_value(value: &ScVal) -> Result<Self, ValueError> {
                let read = || {
                    let fields = Fields::of(value)?;
                    Ok(Self {
                        core: Policy { $($field: fields.get::<$type>(stringify!($field))?,)* },
                        second_oracle: fields.get("second_oracle")?,
                    })
                };
                read().map_err(|error: ValueError| error.at("VaultPolicy"))
            }
        }

        impl VaultPolicy {
            /// The core's fields, by name, in the order of their definition.
            pub fn fields(&self) -> Vec<(&'static str, PolicyField)> {
                vec![$((stringify!($field), PolicyField::$kind(self.core.$field as $cast)),)*]
            }

            /// Sets a field by its name; false if there is none of that name and kind.
            pub fn set(&mut self, name: &str, value: PolicyField) -> bool {
                match (name, value) {
                    $((stringify!($field), PolicyField::$kind(value)) => match value.try_into() {
                        Ok(value) => self.core.$field = value,
                        Err(_) => return false,
                    },)*
                    _ => return false,
                }
                true
            }
        }
    };
}

policy! {
    soft_e7: u32 Share u32,
    target_e7: u32 Share u32,
    hard_e7: u32 Share u32,
    step_min_e7: u32 Share u32,
    step_max_e7: u32 Share u32,
    discount_min_e7: u32 Share u32,
    discount_max_e7: u32 Share u32,
    sold_budget_e7: u32 Share u32,
    window_ledgers: u32 Count u64,
    max_cost_of_equity_e7: u32 Share u32,
    max_price_age_seconds: u64 Count u64,
    max_price_deviation_e7: u32 Share u32,
    use_previous_round: bool Flag bool,
    reserve_first: bool Flag bool,
    dust_reserve_e7: u32 Share u32,
    rescue_target_e7: u32 Share u32,
    rescue_window_ledgers: u32 Count u64,
    volatility_z_e2: u32 Count u64,
    volatility_shift_max_e7: u32 Share u32,
}

impl From<Policy> for VaultPolicy {
    fn from(core: Policy) -> Self {
        Self {
            core,
            second_oracle: SecondSource::None,
        }
    }
}
