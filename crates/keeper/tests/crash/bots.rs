//! Who acts besides the keeper: they know the market's price, and not the future.

use crate::town::{oracle_prices, ByUser, Handles, Sale};
use ballast_chain::{blend::request, Amm, Chain, Invocation};
use ballast_client::{
    entry,
    value::{AuctionData, Positions, Value},
};
use ballast_core::{
    auction::{bid_modifier_e7, FILLER_MARGIN_E7},
    fixed::{mul_div_ceil, ONE_E12, ONE_E7},
    health::{Leg, Position},
};
use soroban_sdk::Address;
use std::collections::BTreeMap;
use stellar_xdr::curr::{LedgerKey, ScAddress};

/// What a filler repays beyond what it took over; the pool refunds it.
const HEADROOM_E7: i128 = 10_000;
/// Withdraws everything that there is.
const EVERYTHING: i128 = i64::MAX as i128;

/// Trades on the venues until they are within their fee of the market.
pub fn arbitrage(on: &Handles, xlm_usd: f64) {
    let prices = crate::town::FIRST_PRICES;
    trade(on, &on.system.market.amm, xlm_usd);
    trade(on, &on.eurc_amm, prices[2]);
}

fn trade(on: &Handles, amm: &Amm, price: f64) {
    // A rest of a tenth of a percent is not worth a transaction.
    if (amm.price() / price - 1.0).abs() > 0.002 {
        let moved = amm.move_price(&on.arbitrageur, price);
        moved.expect("the arbitrageur is rich");
    }
}

/// What a ledger says of a user, in the core's terms; reserves as of the last round.
pub fn position(positions: &Positions, legs: &[Leg; 3]) -> Position {
    let held = |map: &BTreeMap<u32, i128>, index: u32| map.get(&index).copied().unwrap_or(0);
    let legs = (0u32..).zip(legs).map(|(index, leg)| Leg {
        b_tokens: held(&positions.collateral, index),
        d_tokens: held(&positions.liabilities, index),
        ..*leg
    });
    Position {
        legs: legs.collect(),
        price_scalar: ballast_chain::market::USD,
    }
}

/// Reads an entry of the chain.
pub fn read<T: Value>(chain: &Chain, key: &LedgerKey) -> Option<T> {
    entry::decode(&chain.entry(key)?).ok()?
}

/// The reserves as they stand, at these prices.
pub fn reserves(on: &Handles, prices: [i128; 3]) -> [Leg; 3] {
    [0, 1, 2].map(|index: usize| {
        let reserve = on.system.market.pool.reserve(on.tokens()[index].address());
        Leg {
            price: prices[index],
            asset_scalar: reserve.scalar,
            collateral_factor_e7: reserve.config.c_factor.into(),
            liability_factor_e7: reserve.config.l_factor.into(),
            b_rate_e12: reserve.data.b_rate,
            d_rate_e12: reserve.data.d_rate,
            b_tokens: 0,
            d_tokens: 0,
        }
    })
}

/// Opens an auction as soon as the pool takes one, and fills it whole at the first ledger at which the lot is
/// worth the bid and a tenth at the market's price: what a widely run bot does.
pub struct Liquidator {
    pool: ScAddress,
    users: Vec<ScAddress>,
    /// Rates and factors as of the last round, with the oracle's prices.
    legs: Option<[Leg; 3]>,
    oracle_usd: f64,
    open: ByUser<AuctionData>,
    /// Whom to look at in this ledger although the price is the same.
    pub auctions_opened: u32,
}

impl Liquidator {
    pub fn new(pool: ScAddress, users: Vec<ScAddress>) -> Self {
        Liquidator {
            pool,
            users,
            legs: None,
            oracle_usd: 0.0,
            open: ByUser::new(),
            auctions_opened: 0,
        }
    }

    /// What it does in a ledger.
    pub fn act(&mut self, on: &Handles, market_usd: f64, oracle_usd: f64) -> Vec<Sale> {
        let chain = on.system.chain();
        let moved = self.oracle_usd != oracle_usd || self.legs.is_none();
        if moved {
            self.oracle_usd = oracle_usd;
            self.legs = Some(reserves(on, oracle_prices(oracle_usd)));
        }
        let legs = self.legs.expect("read above");
        let mut sales = vec![];
        let looked_at: Vec<ScAddress> = match moved {
            true => self.users.clone(),
            false => self.open.keys().cloned().collect(),
        };
        for user in looked_at {
            let positions: Option<Positions> =
                read(chain, &entry::pool::positions(&self.pool, &user));
            let Some(positions) = positions else { continue };
            let auction: Option<AuctionData> =
                read(chain, &entry::pool::auction(&self.pool, &user));
            let Some(auction) = auction else {
                self.open.remove(&user);
                let totals = position(&positions, &legs)
                    .totals()
                    .expect("amounts of a pool");
                if totals.risk_ratio_e7_ceil() > ONE_E7 {
                    self.try_to_open(on, &user, &positions);
                }
                continue;
            };
            self.open.insert(user.clone(), auction.clone());
            if let Some(sale) = self.try_to_fill(on, &user, &positions, &auction, market_usd) {
                sales.push(sale);
                self.open.remove(&user);
                // What is left may be liquidated again.
                self.try_to_open(
                    on,
                    &user,
                    &read(chain, &entry::pool::positions(&self.pool, &user)).unwrap_or(positions),
                );
            }
        }
        sales
    }

    /// The percent is searched for by what the pool says is too large or too small.
    fn try_to_open(&mut self, on: &Handles, user: &ScAddress, positions: &Positions) {
        let chain = on.system.chain();
        let tokens = on.tokens();
        let of = |map: &BTreeMap<u32, i128>| -> Vec<&Address> {
            map.keys()
                .map(|index| tokens[*index as usize].address())
                .collect()
        };
        let (bid, lot) = (of(&positions.liabilities), of(&positions.collateral));
        let (mut low, mut high, mut percent) = (1, 100, 50);
        while low <= high {
            let opened =
                on.system
                    .market
                    .pool
                    .new_auction(&chain.address(user), &bid, &lot, percent);
            match opened {
                Ok(_) => {
                    self.auctions_opened += 1;
                    let auction = read(chain, &entry::pool::auction(&self.pool, user));
                    self.open
                        .insert(user.clone(), auction.expect("it was opened"));
                    return;
                }
                Err(error) => match error.code() {
                    Some(1213) => high = percent - 1,
                    Some(1214) => low = percent + 1,
                    // Not liquidatable to the last digit, or nothing is left of it.
                    _ => return,
                },
            }
            percent = (low + high) / 2;
        }
    }

    fn try_to_fill(
        &self,
        on: &Handles,
        user: &ScAddress,
        positions: &Positions,
        data: &AuctionData,
        market_usd: f64,
    ) -> Option<Sale> {
        let chain = on.system.chain();
        let ledger = chain.sequence();
        if ledger < data.block {
            return None;
        }
        let mut legs = self.legs?;
        for (leg, price) in legs.iter_mut().zip(oracle_prices(market_usd)) {
            leg.price = price;
        }
        let position = position(positions, &legs);
        let tokens = on.tokens();
        let auction = crate::chances::auction(on, data);
        let age = auction.age(ledger);
        let terms = auction.fill_terms(&position, age).ok()?;
        let asked = mul_div_ceil(terms.bid_value, ONE_E7 + FILLER_MARGIN_E7, ONE_E7).ok()?;
        if terms.lot_value == 0 || terms.lot_value < asked {
            return None;
        }
        let mut requests = vec![request(
            request::FILL_LIQUIDATION,
            &chain.address(user),
            100,
        )];
        let mut transfers = vec![];
        let pool = on.system.market.pool.address();
        let filler = on.liquidator.address();
        for (index, leg) in auction.legs.iter().enumerate() {
            if leg.bid_d_tokens > 0 {
                let shares = mul_div_ceil(leg.bid_d_tokens, bid_modifier_e7(age), ONE_E7).ok()?;
                let owed = mul_div_ceil(shares, legs[index].d_rate_e12, ONE_E12).ok()?;
                let repay = mul_div_ceil(owed, ONE_E7 + HEADROOM_E7, ONE_E7).ok()? + 10;
                requests.push(request(request::REPAY, tokens[index].address(), repay));
                transfers.push(Invocation::transfer(
                    tokens[index].address(),
                    filler,
                    pool,
                    repay,
                ));
            }
            if leg.lot_b_tokens > 0 {
                requests.push(request(
                    request::WITHDRAW_COLLATERAL,
                    tokens[index].address(),
                    EVERYTHING,
                ));
            }
        }
        let market = &on.system.market;
        let args = market.pool.submit_args(filler, filler, filler, &requests);
        let filled = chain.call_from(&on.liquidator, pool, "submit", args, &transfers);
        if let Err(error) = filled {
            // Utilization may leave nothing to withdraw: then later.
            println!("ledger {ledger}: the auction of {user} is not filled: {error}");
            return None;
        }
        let usd = |value: i128| value as f64 / ballast_chain::market::USD as f64;
        Some(Sale {
            user: user.clone(),
            ledger,
            way: "auction",
            rescue: false,
            sold_usd: usd(terms.lot_value),
            repaid_usd: usd(terms.bid_value),
        })
    }
}
