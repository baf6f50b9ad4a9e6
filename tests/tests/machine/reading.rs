//! Vaults and pool as the ledger has them.

use crate::book::{Book, Reserve, Shares};
use crate::entries::{self, RESERVES};
use crate::world::World;
use ballast_chain::{System, Vault};
use ballast_interfaces::vault::VaultPolicy;
use soroban_sdk::{
    xdr::{ContractDataDurability, LedgerKey, ScContractInstance, ScVal},
    TryFromVal, Val,
};

/// Where things are on the ledger.
pub struct Keys {
    assets: [ScVal; RESERVES],
    reserve_config: [LedgerKey; RESERVES],
    reserve_data: [LedgerKey; RESERVES],
    pool: LedgerKey,
    vaults: [LedgerKey; 2],
    positions: [LedgerKey; 2],
    auctions: [LedgerKey; 2],
}

/// An open auction, by reserve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auction {
    pub start: u32,
    pub lot: [i128; RESERVES],
    pub bid: [i128; RESERVES],
}

/// The pool's limits.
#[derive(Clone, Copy, Debug)]
pub struct PoolLimits {
    pub status: i128,
    pub min_collateral: i128,
    pub backstop_e7: i128,
}

impl World {
    pub fn instance(&self, vault: usize) -> ScContractInstance {
        entries::instance(self.chain(), &self.keys.vaults[vault])
    }

    pub fn shares(&self, vault: usize) -> [Shares; RESERVES] {
        let mut shares = [Shares::default(); RESERVES];
        if let Some(positions) = entries::read(self.chain(), &self.keys.positions[vault]) {
            let of = |name| entries::field(&positions, name).map(entries::by_index);
            let (held, owed) = (of("collateral"), of("liabilities"));
            for (leg, shares) in shares.iter_mut().enumerate() {
                shares.b = held.expect("positions")[leg];
                shares.d = owed.expect("positions")[leg];
            }
        }
        shares
    }

    pub fn auction(&self, vault: usize) -> Option<Auction> {
        let key = &self.keys.auctions[vault];
        if self.chain().live_until(key)? < self.chain().sequence() {
            return None;
        }
        let data = entries::read(self.chain(), key)?;
        let of = |name| {
            Some(entries::by_asset(
                entries::field(&data, name)?,
                &self.keys.assets,
            ))
        };
        Some(Auction {
            start: entries::number_of(&data, "block") as u32,
            lot: of("lot")?,
            bid: of("bid")?,
        })
    }

    pub fn limits(&self) -> PoolLimits {
        let instance = entries::instance(self.chain(), &self.keys.pool);
        let config = entries::stored(&instance, "Config").expect("pools have one");
        PoolLimits {
            status: entries::number_of(config, "status"),
            min_collateral: entries::number_of(config, "min_collateral"),
            backstop_e7: entries::number_of(config, "bstop_rate"),
        }
    }

    /// The reserves with interest until now.
    pub fn reserves(&self) -> [Reserve; RESERVES] {
        let (now, limits) = (self.chain().timestamp().into(), self.limits());
        [0, 1, 2].map(|leg| {
            let read = |key| entries::read(self.chain(), key).expect("reserves are stored");
            let config = read(&self.keys.reserve_config[leg]);
            let data = read(&self.keys.reserve_data[leg]);
            let of = |name| entries::number_of(&config, name);
            let mut reserve = Reserve {
                collateral_factor_e7: of("c_factor"),
                liability_factor_e7: of("l_factor"),
                target_e7: of("util"),
                max_utilization_e7: of("max_util"),
                rates_e7: [of("r_base"), of("r_one"), of("r_two"), of("r_three")],
                b_rate: entries::number_of(&data, "b_rate"),
                d_rate: entries::number_of(&data, "d_rate"),
                modifier_e7: entries::number_of(&data, "ir_mod"),
                b_supply: entries::number_of(&data, "b_supply"),
                d_supply: entries::number_of(&data, "d_supply"),
                last_time: entries::number_of(&data, "last_time"),
            };
            reserve.accrue(now, limits.backstop_e7);
            reserve
        })
    }

    /// A vault's position at the prices that the pool's oracle serves; zero where it serves none.
    pub fn book(&self, vault: usize) -> Book {
        self.book_of(self.shares(vault))
    }

    /// These shares at the prices that the pool's oracle serves.
    pub fn book_of(&self, shares: [Shares; RESERVES]) -> Book {
        let mut prices = [0; RESERVES];
        for (leg, price) in prices.iter_mut().enumerate() {
            if shares[leg] != Shares::default() {
                let oracle = &self.system.market.oracle;
                let last = oracle.last_price(self.asset(leg)).ok().flatten();
                *price = last.map_or(0, |last| last.price);
            }
        }
        Book {
            shares,
            reserves: self.reserves(),
            prices,
        }
    }

    /// Whether a vault's policy names the second oracle.
    pub fn names_second_oracle(&self, vault: usize) -> bool {
        let instance = self.instance(vault);
        let policy = entries::stored(&instance, "Policy").expect("vaults have one");
        match entries::field(policy, "second_oracle") {
            Some(ScVal::Vec(Some(source))) => source.len() > 1,
            _ => false,
        }
    }

    /// The owner's policy as stored.
    pub fn policy(&self, vault: usize) -> VaultPolicy {
        let instance = self.instance(vault);
        let policy = entries::stored(&instance, "Policy").expect("vaults have one");
        let env = self.chain().env();
        let policy = Val::try_from_val(env, policy).expect("what is stored is a value");
        self.chain().from_val(policy)
    }
}

impl Keys {
    /// The places of this system.
    pub fn new(system: &System, assets: [ScVal; RESERVES], vaults: &[Vault; 2]) -> Self {
        let pool = system.market.pool.address();
        let persistent = ContractDataDurability::Persistent;
        let of_asset = |name: &str| {
            let key = |asset: &ScVal| {
                entries::contract_key(pool, entries::variant(name, asset.clone()), persistent)
            };
            [key(&assets[0]), key(&assets[1]), key(&assets[2])]
        };
        let of_vault = |make: &dyn Fn(&Vault) -> LedgerKey| [make(&vaults[0]), make(&vaults[1])];
        Self {
            reserve_config: of_asset("ResConfig"),
            reserve_data: of_asset("ResData"),
            pool: entries::instance_key(pool),
            vaults: of_vault(&|vault| entries::instance_key(&vault.address)),
            positions: of_vault(&|vault| {
                let user = entries::address(&vault.address);
                entries::contract_key(pool, entries::variant("Positions", user), persistent)
            }),
            auctions: of_vault(&|vault| {
                let key = entries::map([
                    ("auct_type", ScVal::U32(0)),
                    ("user", entries::address(&vault.address)),
                ]);
                let temporary = ContractDataDurability::Temporary;
                entries::contract_key(pool, entries::variant("Auction", key), temporary)
            }),
            assets,
        }
    }
}
