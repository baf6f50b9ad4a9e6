//! Pools, vaults and conditions by chance, for what must hold whatever they are.

use ballast_client::value::{
    Address, AssetEntry, BudgetWindow, Bytes, Links, PriceData, SecondOracle, SecondSource,
    VaultPolicy, VaultState,
};
use ballast_core::policy::Policy;
use ballast_keeper::{
    model::{
        Feed, Market, OpenAuction, PriceRound, Reserve, SecondPrices, Shares, Vault, Venue,
        VenueToken,
    },
    strategy::{Fees, Incoming, Input, Inventory, Settings, Sponsor, Way},
};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use stellar_xdr::curr::{ContractId, Hash, ScAddress};

/// One token of seven decimals.
pub const ONE: i128 = 1_0000000;
/// One unit of base value.
pub const USD: i128 = 100_000_000_000_000;
const LEDGER: u32 = 10_000;
const NOW: u64 = 1_800_000_000;

/// A contract's address.
pub fn address(number: u32) -> Address {
    let mut bytes = [7; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    ScAddress::Contract(ContractId(Hash(bytes)))
}

/// Everything that a ledger's decisions are made from.
pub struct World {
    pub settings: Settings,
    pub market: Market,
    pub vaults: Vec<Vault>,
    pub second: SecondPrices,
    pub crowd: BTreeMap<Address, i128>,
    pub inventory: Inventory,
    pub fees: Fees,
    pub native: Address,
    pub in_flight: BTreeSet<Address>,
    pub capacity: u32,
}

impl World {
    /// A calm one: XLM, USDC and EURC, deep venues, fees of an idle network, nothing in the way.
    pub fn calm() -> Self {
        let assets = [address(1), address(2), address(3)];
        let prices = [USD * 36 / 100, USD, USD * 11 / 10];
        let reserves = (0u32..)
            .zip(&assets)
            .zip(prices)
            .map(|((index, asset), price)| {
                let rounds: Vec<_> = (0..13u64)
                    .map(|back| PriceRound {
                        price,
                        timestamp: NOW / 300 * 300 - back * 300,
                    })
                    .collect();
                Reserve {
                    asset: asset.clone(),
                    index,
                    asset_scalar: ONE,
                    collateral_factor_e7: [7_500_000, 9_500_000, 9_000_000][index as usize],
                    liability_factor_e7: [7_500_000, 9_500_000, 9_000_000][index as usize],
                    max_utilization_e7: 9_000_000,
                    enabled: true,
                    b_rate_e12: 1_012_345_678_901,
                    d_rate_e12: 1_023_456_789_012,
                    b_supply: 100_000_000 * ONE,
                    d_supply: 50_000_000 * ONE,
                    feed: Feed {
                        last: rounds.first().copied(),
                        rounds,
                    },
                }
            });
        let venue = |number: u32, pair: [usize; 2], depth: i128| Venue {
            adapter: address(100),
            route: Bytes(vec![number as u8; 40]),
            contract: address(101 + number),
            tokens: pair
                .map(|leg| VenueToken {
                    asset: assets[leg].clone(),
                    balance: depth * USD / prices[leg] * ONE,
                    weight_e7: 5_000_000,
                })
                .to_vec(),
            fee_e7: 30_000,
        };
        World {
            settings: Settings::default(),
            market: Market {
                pool: address(50),
                oracle: address(51),
                ledger: LEDGER,
                closed_at: NOW,
                price_scalar: USD,
                resolution_seconds: 300,
                status: 1,
                min_collateral: USD,
                reserves: reserves.collect(),
                venues: vec![
                    venue(0, [0, 1], 10_000_000),
                    venue(1, [2, 1], 10_000_000),
                    venue(2, [0, 2], 10_000_000),
                ],
            },
            vaults: vec![],
            second: BTreeMap::new(),
            crowd: BTreeMap::new(),
            inventory: Inventory::default(),
            fees: Fees {
                p50: 200,
                p90: 5_000,
                p99: 50_000,
                typical_resource_fee: BTreeMap::new(),
            },
            native: assets[0].clone(),
            in_flight: BTreeSet::new(),
            capacity: 50,
        }
    }

    /// What `decide` takes.
    pub fn input(&self) -> Input<'_> {
        Input {
            market: &self.market,
            vaults: &self.vaults,
            second: &self.second,
            crowd: &self.crowd,
            inventory: &self.inventory,
            fees: &self.fees,
            native: &self.native,
            in_flight: &self.in_flight,
            capacity: self.capacity,
        }
    }

    /// The asset of a reserve.
    pub fn asset(&self, index: usize) -> Address {
        self.market.reserves[index].asset.clone()
    }

    /// A vault that owes `debt_value` (base units) of one asset on another, at this risk ratio.
    pub fn vault(
        &self,
        number: u32,
        (collateral, debt): (usize, usize),
        debt_value: i128,
        risk_e7: i128,
    ) -> Vault {
        let (held, owed) = (
            &self.market.reserves[collateral],
            &self.market.reserves[debt],
        );
        let price = |reserve: &Reserve| reserve.feed.last.expect("priced").price;
        let debt_amount = debt_value * USD / price(owed) * ONE;
        let base = debt_value * USD / i128::from(owed.liability_factor_e7) * ONE;
        let held_value = base / risk_e7 * ONE / i128::from(held.collateral_factor_e7) * ONE;
        let collateral_amount =
            held_value / price(held) * ONE + held_value % price(held) * ONE / price(held);
        let of = |index: usize, b_tokens, d_tokens| Shares {
            index: index as u32,
            b_tokens,
            d_tokens,
        };
        let b_tokens = collateral_amount * 1_000_000_000_000 / held.b_rate_e12;
        let d_tokens = debt_amount * 1_000_000_000_000 / owed.d_rate_e12;
        let mut shares = vec![of(collateral, b_tokens, 0), of(debt, 0, d_tokens)];
        shares.sort_by_key(|shares| shares.index);
        let entries = self.market.reserves.iter().map(|reserve| {
            let entry = AssetEntry {
                asset: reserve.asset.clone(),
                accepted_collateral_e7: reserve.collateral_factor_e7,
                accepted_liability_e7: reserve.liability_factor_e7,
            };
            (reserve.index, entry)
        });
        Vault {
            address: address(1_000 + number),
            state: VaultState {
                owner: address(2),
                links: Links {
                    pool: self.market.pool.clone(),
                    oracle: self.market.oracle.clone(),
                    price_scalar: USD,
                    resolution_seconds: 300,
                    receiver: address(53),
                    factory: address(54),
                },
                policy: VaultPolicy {
                    core: Policy::BALANCED,
                    second_oracle: SecondSource::None,
                },
                automation: true,
                window: BudgetWindow {
                    start_ledger: 0,
                    budget_value: 0,
                    sold_value: 0,
                },
                assets: entries.collect(),
            },
            shares,
            idle: BTreeMap::new(),
            auction: None,
            ledger: LEDGER,
        }
    }

    /// Opens an auction of all of a vault.
    pub fn open_auction(&self, vault: &mut Vault, age: u32) {
        let asset = |shares: &Shares| self.market.reserves[shares.index as usize].asset.clone();
        let of = |amount: fn(&Shares) -> i128| {
            let held = vault.shares.iter().filter(|shares| amount(shares) > 0);
            held.map(|shares| (asset(shares), amount(shares))).collect()
        };
        vault.auction = Some(OpenAuction {
            start_ledger: LEDGER - age,
            lot: of(|shares| shares.b_tokens),
            bid: of(|shares| shares.d_tokens),
        });
    }

    /// A world by chance.
    pub fn random(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut world = World::calm();
        for venue in &mut world.market.venues {
            let shrink = 10i128.pow(rng.u32(0..5));
            for token in &mut venue.tokens {
                token.balance = token.balance / shrink * rng.i128(950..1_050) / 1_000;
            }
        }
        if rng.u8(0..4) == 0 {
            world.market.venues.truncate(rng.usize(0..3));
        }
        world.market.status = *rng.choice(&[0, 1, 1, 1, 2, 4]).expect("some");
        for number in 0..rng.u32(0..70) {
            let vault = world.random_vault(number, &mut rng);
            world.vaults.push(vault);
        }
        for reserve in &mut world.market.reserves {
            match rng.u8(0..40) {
                0 => reserve.feed.last = None,
                1 => {
                    reserve.feed.last = reserve
                        .feed
                        .last
                        .map(|last| PriceRound { price: 0, ..last })
                }
                2 => reserve.b_supply = reserve.d_supply + 1_000 * ONE,
                3 => reserve.enabled = false,
                _ => {}
            }
            if rng.u8(0..2) == 0 {
                let amount = 10i128.pow(rng.u32(0..7)) * ONE;
                world
                    .inventory
                    .available
                    .insert(reserve.asset.clone(), amount);
            }
            if rng.u8(0..2) == 0 {
                world
                    .settings
                    .incoming
                    .insert(reserve.asset.clone(), Incoming::Sell);
            }
            world
                .crowd
                .insert(reserve.asset.clone(), USD * rng.i128(0..100_000));
        }
        world.capacity = *rng.choice(&[0, 1, 3, 10, 50, 1_000]).expect("some");
        world.settings.steps_per_ledger = rng.u32(1..60);
        world.settings.min_profit_e7 = 10i128.pow(rng.u32(4..9));
        world.settings.ways.retain(|_| rng.u8(0..6) > 0);
        world.settings.sponsor = match rng.u8(0..3) {
            0 => Sponsor::None,
            1 => Sponsor::All,
            _ => {
                let sponsored = world.vaults.iter().filter(|_| rng.bool());
                Sponsor::Vaults(sponsored.map(|vault| vault.address.clone()).collect())
            }
        };
        if rng.u8(0..3) == 0 {
            world
                .fees
                .typical_resource_fee
                .insert(Way::Fill, rng.i64(10_000..2_000_000));
        }
        let flying = world.vaults.iter().filter(|_| rng.u8(0..10) == 0);
        world.in_flight = flying.map(|vault| vault.address.clone()).collect();
        world
    }

    fn random_vault(&mut self, number: u32, rng: &mut Rng) -> Vault {
        let pairs = [(0, 1), (0, 2), (1, 0), (2, 1), (0, 1)];
        let pair = *rng.choice(&pairs).expect("some");
        let debt_value = rng.i128(1..10) * 10i128.pow(rng.u32(0..6));
        let risk_e7 = rng.i128(9_300_000..10_400_000);
        let mut vault = self.vault(number, pair, debt_value, risk_e7);
        if rng.u8(0..4) == 0 {
            // A second collateral, and of the debt's asset a little too.
            for index in 0..3 {
                let more = Shares {
                    index,
                    b_tokens: rng.i128(1..1_000) * ONE,
                    d_tokens: 0,
                };
                match vault.shares.iter_mut().find(|shares| shares.index == index) {
                    Some(shares) => shares.b_tokens += more.b_tokens / 100,
                    None => vault.shares.push(more),
                }
            }
        }
        if rng.u8(0..4) == 0 {
            let age = rng.u32(0..620);
            self.open_auction(&mut vault, age);
        }
        if rng.u8(0..5) == 0 {
            let debt = self.asset(pair.1);
            vault
                .idle
                .insert(debt, debt_value * ONE * rng.i128(1..40) / 100);
        }
        let policy = &mut vault.state.policy;
        if rng.u8(0..3) == 0 {
            policy.core.volatility_z_e2 = 300;
            policy.core.volatility_shift_max_e7 = 500_000;
        }
        if rng.u8(0..5) == 0 {
            let oracle = address(60);
            let held = [0, 1, 2].map(|index| self.asset(index));
            let name = |index: usize| ballast_client::value::Asset::Stellar(held[index].clone());
            let assets = (0..3).map(|index| (held[index].clone(), name(index)));
            policy.second_oracle = SecondSource::Feed(SecondOracle {
                oracle: oracle.clone(),
                assets: assets.collect(),
                required: rng.bool(),
            });
            for index in 0..3 {
                let price = self.market.reserves[index].feed.last.map(|last| PriceData {
                    price: last.price * rng.i128(900..1_100) / 1_000,
                    timestamp: last.timestamp - rng.u64(0..1_200),
                });
                self.second.insert((oracle.clone(), name(index)), price);
            }
        }
        vault.state.automation = rng.u8(0..12) > 0;
        if rng.u8(0..40) == 0 {
            vault.state.links.pool = address(99);
        }
        vault
    }
}
