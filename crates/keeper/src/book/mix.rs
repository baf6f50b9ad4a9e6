//! A fixed mix of vaults, drawn from a seed: what the keeper is measured and tested on.

use super::Thresholds;
use crate::model::{Borrower, Feed, Market, PriceRound, Reserve, Shares};
use ballast_client::value::Address;
use fastrand::Rng;
use stellar_xdr::curr::{ContractId, Hash};

/// Base value of one unit of the oracle's base asset.
pub const PRICE_SCALAR: i128 = 100_000_000_000_000;

/// Price in millionths of the base asset, decimals, collateral and liability factor of a reserve.
const RESERVES: [(i128, u32, u32, u32); 6] = [
    (360_000, 7, 0_7500000, 0_7500000),
    (1_000_000, 7, 0_9500000, 0_9500000),
    (1_160_000, 7, 0_9500000, 0_9500000),
    (1_000_000, 6, 0_9000000, 0_9000000),
    (112_000_000_000, 7, 0_8500000, 0_8500000),
    (4_100_000_000, 18, 0_8000000, 0_8000000),
];

/// The contract of a number.
pub fn contract(number: u64) -> Address {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    // Spread like the hashes that contracts' addresses are.
    for (index, byte) in id.iter_mut().enumerate().skip(8) {
        *byte = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (index % 8 * 8)) as u8;
    }
    Address::Contract(ContractId(Hash(id)))
}

/// A pool of six reserves: XLM, three stable assets (one of 6 decimals), one of 112,000 and one of 4,100
/// (of 18 decimals), as of one moment.
pub fn market() -> Market {
    let reserve =
        |(index, (price, decimals, collateral, liability)): (usize, (i128, u32, u32, u32))| {
            Reserve {
                asset: contract(u64::MAX - index as u64),
                index: index as u32,
                asset_scalar: 10_i128.pow(decimals),
                collateral_factor_e7: collateral,
                liability_factor_e7: liability,
                max_utilization_e7: 0_9500000,
                enabled: true,
                b_rate_e12: 1_012_345_678_901 + 7_000_000_000 * index as i128,
                d_rate_e12: 1_023_456_789_012 + 9_000_000_000 * index as i128,
                b_supply: 0,
                d_supply: 0,
                feed: Feed {
                    last: Some(PriceRound {
                        price: price * (PRICE_SCALAR / 1_000_000),
                        timestamp: 1_760_000_000,
                    }),
                    rounds: Vec::new(),
                },
            }
        };
    Market {
        pool: contract(u64::MAX - 100),
        oracle: contract(u64::MAX - 101),
        ledger: 1_000,
        closed_at: 1_760_000_000,
        price_scalar: PRICE_SCALAR,
        resolution_seconds: 300,
        status: 0,
        min_collateral: 0,
        reserves: RESERVES.into_iter().enumerate().map(reserve).collect(),
        venues: Vec::new(),
    }
}

/// The market after all prices but those of the stable assets fell by `fall_e7`.
pub fn fallen(market: &Market, fall_e7: i128) -> Market {
    let mut market = market.clone();
    for index in [0, 4, 5] {
        if let Some(round) = market.reserves[index].feed.last.as_mut() {
            round.price -= round.price * fall_e7 / 1_0000000;
            round.timestamp += 300;
        }
    }
    market
}

/// The vaults of a mix, one after the other.
pub struct Mix<'a> {
    market: &'a Market,
    rng: Rng,
    next: u64,
    count: u64,
}

impl<'a> Mix<'a> {
    /// `count` vaults at the market's prices, from `seed`.
    pub fn new(market: &'a Market, count: u64, seed: u64) -> Self {
        Self {
            market,
            rng: Rng::with_seed(seed),
            next: 0,
            count,
        }
    }

    /// One to three collaterals and one or two debts, all of them different, worth 10 to 100,000 with
    /// as many between 10 and 100 as between 10,000 and 100,000.
    fn position(&mut self, threshold_e7: u32) -> Vec<Shares> {
        let mut order: Vec<usize> = (0..self.market.reserves.len()).collect();
        self.rng.shuffle(&mut order);
        let (collaterals, debts) = (self.rng.usize(1..=3), self.rng.usize(1..=2));
        let worth = 10_f64.powf(1.0 + 4.0 * self.rng.f64());
        // A risk ratio of 40% to 100% of the threshold, as many at each.
        let risk = f64::from(threshold_e7) / 1e7 * (0.4 + 0.6 * self.rng.f64());
        let mut shares = Vec::with_capacity(collaterals + debts);
        let mut base = 0.0;
        for (index, part) in order.drain(..collaterals).zip(self.parts(collaterals)) {
            let reserve = &self.market.reserves[index];
            base += worth * part * f64::from(reserve.collateral_factor_e7) / 1e7;
            shares.push(Shares {
                index: index as u32,
                b_tokens: tokens(reserve, worth * part, reserve.b_rate_e12),
                d_tokens: 0,
            });
        }
        for (index, part) in order.drain(..debts).zip(self.parts(debts)) {
            let reserve = &self.market.reserves[index];
            let owed = base * risk * part * f64::from(reserve.liability_factor_e7) / 1e7;
            shares.push(Shares {
                index: index as u32,
                b_tokens: 0,
                d_tokens: tokens(reserve, owed, reserve.d_rate_e12),
            });
        }
        shares.sort_unstable_by_key(|held| held.index);
        shares
    }

    /// Random parts of one.
    fn parts(&mut self, count: usize) -> Vec<f64> {
        let weights: Vec<f64> = (0..count).map(|_| 0.1 + self.rng.f64()).collect();
        let all: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / all).collect()
    }
}

impl Iterator for Mix<'_> {
    type Item = (Borrower, Thresholds);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.count {
            return None;
        }
        let address = contract(self.next);
        self.next += 1;
        // The presets' soft thresholds.
        let soft_e7 = *self.rng.choice(&[0_9200000, 0_9600000, 0_9800000])?;
        let lowered_at_most_e7 = *self.rng.choice(&[0, 0_0200000])?;
        let shares = self.position(soft_e7 - lowered_at_most_e7);
        let thresholds = Thresholds {
            soft_e7,
            lowered_at_most_e7,
            automation: true,
        };
        Some((Borrower { address, shares }, thresholds))
    }
}

/// Shares of a reserve that are worth `value` of the base asset.
fn tokens(reserve: &Reserve, value: f64, rate_e12: i128) -> i128 {
    let price = reserve.feed.last.map_or(1, |round| round.price) as f64 / PRICE_SCALAR as f64;
    (value / price * reserve.asset_scalar as f64 * 1e12 / rate_e12 as f64) as i128
}
