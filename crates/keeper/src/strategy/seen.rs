//! A vault as its contract will see it: the rules of `contracts/snapshot`, on what was read.

use super::{Hold, Refused};
use crate::model::{position as legs_of, Feed, Market, OpenAuction, Reserve, SecondPrices, Vault};
use ballast_client::value::{Address, SecondSource};
use ballast_core::{
    auction::{rescue_terms, Auction, AuctionLeg, RescueTerms},
    check::{check_step, Path, Proposal, Situation},
    fixed::{mul_div_ceil, mul_div_floor, ONE_E12, ONE_E7},
    health::{Position, Totals, MAX_LEGS},
    policy::Policy,
    price::{floor_ratio, Floor, SourcePrices},
    quote::{quote, PoolReserve, PoolTerms, Quote, Reads, Standing},
    volatility::{policy_in_force, History, Round, VOLATILITY_ROUNDS},
    window::Window,
};

/// A vault with what its contract computes before it looks at a step.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    market: &'a Market,
    vault: &'a Vault,
    second: &'a SecondPrices,
    /// The reserve of each leg.
    pub reserves: Vec<&'a Reserve>,
    /// The position.
    pub position: Position,
    /// Its sums.
    pub totals: Totals,
    /// The policy, thresholds lowered by volatility where it says so.
    pub policy: Policy,
}

impl<'a> Seen<'a> {
    /// Looks at a vault.
    ///
    /// # Errors
    /// What any step of it would meet: the error that the lens gives.
    pub fn read(
        market: &'a Market,
        vault: &'a Vault,
        second: &'a SecondPrices,
    ) -> Result<Self, Refused> {
        let state = &vault.state;
        if !state.automation {
            return Err(Refused::AUTOMATION_OFF);
        }
        let mut held: Vec<_> = vault.shares.iter().collect();
        held.retain(|shares| shares.b_tokens != 0 || shares.d_tokens != 0);
        held.sort_by_key(|shares| shares.index);
        let mut reserves = vec![];
        let mut known = vec![];
        for (index, entry) in &state.assets {
            let Some(shares) = held.iter().find(|shares| shares.index == *index) else {
                continue;
            };
            let reserve = market
                .reserve_of(&entry.asset)
                .ok_or(Refused::UNKNOWN_ASSET)?;
            require_price(
                &reserve.feed,
                state.policy.core.max_price_age_seconds,
                market,
            )?;
            if reserves.len() == MAX_LEGS {
                return Err(Refused::UNKNOWN_ASSET);
            }
            reserves.push(reserve);
            known.push(**shares);
        }
        if known.len() != held.len() {
            return Err(Refused::UNKNOWN_ASSET);
        }
        let position = legs_of(market, &known)?;
        let mut policy = state.policy.core;
        if policy.volatility_z_e2 > 0 {
            let histories: Vec<_> = reserves
                .iter()
                .map(|reserve| history(&reserve.feed, state.links.resolution_seconds))
                .collect();
            policy = policy_in_force(&policy, &position, &histories);
        }
        Ok(Seen {
            totals: position.totals()?,
            market,
            vault,
            second,
            reserves,
            position,
            policy,
        })
    }

    /// The vault.
    pub fn vault(&self) -> &'a Vault {
        self.vault
    }

    /// Its open auction in the core's terms.
    pub fn auction(&self) -> Option<Auction> {
        self.vault
            .auction
            .as_ref()
            .map(|open| core_auction(open, &self.reserves))
    }

    /// Terms of a rescue, if an auction is open.
    ///
    /// # Errors
    /// [`ballast_core::Refusal::RescueTooEarly`].
    pub fn rescue(&self) -> Result<Option<RescueTerms>, Refused> {
        let Some(auction) = self.auction() else {
            return Ok(None);
        };
        let ledger = self.market.ledger;
        Ok(Some(rescue_terms(
            &self.policy,
            &self.position,
            &auction,
            ledger,
        )?))
    }

    /// The cheapest step on `path` among the pairs (collateral, debt) that `may` allows: what the lens
    /// quotes where it allows all.
    ///
    /// # Errors
    /// As the lens, and the reason of `may` for the cheapest pair. Where the pool has too little liquidity
    /// for the step that the lens would quote, the largest that it has enough for is returned, if the vault
    /// would accept that.
    pub fn quote(
        &self,
        path: Path,
        may: impl Fn(usize, usize) -> Result<(), Hold>,
    ) -> Result<Quote, Hold> {
        let stored = &self.vault.state.window;
        let standing = Standing {
            policy: &self.policy,
            position: &self.position,
            window: Window {
                start_ledger: stored.start_ledger,
                budget_value: stored.budget_value,
                sold_value: stored.sold_value,
            },
            ledger: self.market.ledger,
        };
        let mut reading = Reading {
            seen: self,
            may,
            dry: false,
        };
        match quote(&standing, path, &mut reading) {
            // The lens says no more. A smaller step may find what it needs.
            Err(Hold::Refused(Refused::NO_POOL_LIQUIDITY)) => {
                reading.dry = true;
                let whole = quote(&standing, path, &mut reading)?;
                let most = self.most_liquid(path, &whole)?;
                // Interest takes of it until the step is applied.
                let most = most - most / 1_000;
                let part = self.resized(path, &whole, most.min(whole.sell));
                part.map_err(|_| Hold::Refused(Refused::NO_POOL_LIQUIDITY))
            }
            quoted => quoted,
        }
    }

    /// The largest sale of a quote's collateral for which the pool has liquidity: what
    /// [`ballast_core::quote`] asks of it, solved for the sale.
    fn most_liquid(&self, path: Path, quoted: &Quote) -> Result<i128, Refused> {
        let reserve = self.reserves[quoted.collateral];
        let supply = mul_div_floor(reserve.b_supply, reserve.b_rate_e12, ONE_E12)?;
        let owed = mul_div_ceil(reserve.d_supply, reserve.d_rate_e12, ONE_E12)?;
        let free = supply - owed - 1;
        if path != Path::Flash || quoted.collateral == quoted.debt {
            return Ok(free);
        }
        let most_e7 = i128::from(reserve.max_utilization_e7).max(1);
        Ok(free.min(supply - mul_div_ceil(owed, ONE_E7, most_e7)? - 1))
    }

    /// The same step on fewer units of the collateral, at the same bid for each.
    ///
    /// # Errors
    /// What the vault's check says of it.
    pub fn resized(&self, path: Path, quoted: &Quote, sell: i128) -> Result<Quote, Refused> {
        let mut position = self.position.clone();
        let mut rescue = self.rescue()?;
        if quoted.reserve_spent > 0 {
            position.legs[quoted.debt].repay(quoted.reserve_spent)?;
            rescue = None;
        }
        let totals = position.totals()?;
        let proposal = Proposal {
            path,
            collateral: quoted.collateral,
            debt: quoted.debt,
            sell,
            repay: mul_div_ceil(quoted.repay, sell, quoted.sell)?,
        };
        let situation = Situation {
            policy: &self.policy,
            position: &position,
            totals: &totals,
            floor: if proposal.is_netting() {
                Floor::PAR
            } else {
                self.floor(quoted.collateral, quoted.debt, rescue.is_some())?
            },
            budget_left_value: quoted.budget_left,
            min_collateral: self.market.min_collateral,
            rescue,
        };
        let approved = check_step(&situation, &proposal)?;
        Ok(Quote {
            sell,
            repay: proposal.repay,
            floor: approved.floor_repay,
            largest_reward: approved.largest_reward,
            risk_after_e7: approved.risk_after_e7,
            ..*quoted
        })
    }

    /// Whether the vault refuses an adapter.
    pub fn forbids(&self, adapter: &Address) -> bool {
        let (links, vault) = (&self.vault.state.links, &self.vault.address);
        let second = match &self.vault.state.policy.second_oracle {
            SecondSource::Feed(second) => Some(&second.oracle),
            SecondSource::None => None,
        };
        let trusted = [
            vault,
            &links.pool,
            &links.oracle,
            &links.receiver,
            &links.factory,
        ];
        trusted.contains(&adapter)
            || second == Some(adapter)
            || self.reserves.iter().any(|held| held.asset == *adapter)
    }

    /// Whether the pool would let the vault leave its auction as it stands.
    pub fn is_healthy(&self) -> bool {
        let accepted = self.position.pool_accepts(&self.totals).unwrap_or(false);
        let stub = self.totals.liability_base > 0
            && self.totals.collateral_base < self.market.min_collateral;
        accepted && !stub
    }

    fn floor(&self, collateral: usize, debt: usize, latest_only: bool) -> Result<Floor, Refused> {
        let legs = &self.position.legs;
        let of_collateral = self.sources(collateral)?;
        let of_debt = self.sources(debt)?;
        Ok(floor_ratio(
            (&legs[collateral], &of_collateral),
            (&legs[debt], &of_debt),
            i128::from(self.policy.max_price_deviation_e7),
            latest_only,
        )?)
    }

    /// What the other sources say of a leg.
    fn sources(&self, leg: usize) -> Result<SourcePrices, Refused> {
        let reserve = self.reserves[leg];
        let previous = if !self.policy.use_previous_round {
            None
        } else if self.policy.volatility_z_e2 > 0 {
            previous(&reserve.feed, &reserve.feed.rounds)
        } else {
            previous(&reserve.feed, &last_two(self.market, &reserve.feed))
        };
        Ok(SourcePrices {
            previous,
            second: self.second_price(reserve)?,
        })
    }

    fn second_price(&self, reserve: &Reserve) -> Result<Option<i128>, Refused> {
        let policy = &self.vault.state.policy;
        let SecondSource::Feed(second) = &policy.second_oracle else {
            return Ok(None);
        };
        let told = second.assets.get(&reserve.asset).and_then(|name| {
            let key = (second.oracle.clone(), name.clone());
            self.second.get(&key)?.as_ref()
        });
        let age = |timestamp: u64| self.market.closed_at.saturating_sub(timestamp);
        let fresh = told.filter(|told| {
            told.price > 0 && age(told.timestamp) <= policy.core.max_price_age_seconds
        });
        match fresh {
            None if second.required => Err(Refused::SECOND_ORACLE_UNAVAILABLE),
            fresh => Ok(fresh.map(|told| told.price)),
        }
    }
}

/// What a quote reads of what was read.
struct Reading<'s, 'a, F> {
    seen: &'s Seen<'a>,
    may: F,
    /// Whether to plan as if the pool had all liquidity.
    dry: bool,
}

impl<F: Fn(usize, usize) -> Result<(), Hold>> Reads for Reading<'_, '_, F> {
    type Error = Hold;

    fn auction(&mut self) -> Option<Auction> {
        self.seen.auction()
    }

    fn pool(&mut self) -> PoolTerms {
        PoolTerms {
            status: self.seen.market.status,
            min_collateral: self.seen.market.min_collateral,
        }
    }

    fn idle(&mut self, leg: usize) -> i128 {
        let asset = &self.seen.reserves[leg].asset;
        self.seen.vault.idle.get(asset).copied().unwrap_or(0)
    }

    fn floor(&mut self, collateral: usize, debt: usize, latest_only: bool) -> Result<Floor, Hold> {
        (self.may)(collateral, debt)?;
        Ok(self.seen.floor(collateral, debt, latest_only)?)
    }

    fn reserve(&mut self, leg: usize) -> PoolReserve {
        let reserve = self.seen.reserves[leg];
        PoolReserve {
            enabled: reserve.enabled,
            max_utilization_e7: reserve.max_utilization_e7,
            b_rate_e12: reserve.b_rate_e12,
            d_rate_e12: reserve.d_rate_e12,
            b_supply: reserve.b_supply,
            d_supply: if self.dry { 0 } else { reserve.d_supply },
        }
    }
}

fn require_price(feed: &Feed, max_age_seconds: u64, market: &Market) -> Result<(), Refused> {
    let last = feed.last.ok_or(Refused::PRICE_MISSING)?;
    if last.price <= 0 {
        return Err(ballast_core::Refusal::InvalidPrice.into());
    }
    if market.closed_at.saturating_sub(last.timestamp) > max_age_seconds {
        return Err(Refused::PRICE_STALE);
    }
    Ok(())
}

/// An auction in the core's terms, parallel to the legs.
fn core_auction(open: &OpenAuction, reserves: &[&Reserve]) -> Auction {
    Auction {
        start_ledger: open.start_ledger,
        legs: reserves
            .iter()
            .map(|reserve| AuctionLeg {
                lot_b_tokens: open.lot.get(&reserve.asset).copied().unwrap_or(0),
                bid_d_tokens: open.bid.get(&reserve.asset).copied().unwrap_or(0),
            })
            .collect(),
    }
}

/// Rounds as volatility looks back on them.
fn history(feed: &Feed, resolution_seconds: u32) -> History {
    let rounds = feed.rounds.iter().take(VOLATILITY_ROUNDS);
    rounds
        .map(|round| Round {
            number: round.timestamp / u64::from(resolution_seconds.max(1)),
            price: round.price,
        })
        .collect()
}

/// The newest price before the last round's.
fn previous(feed: &Feed, rounds: &[crate::model::PriceRound]) -> Option<i128> {
    let last = feed.last?;
    let mut newest = 0;
    let mut price = None;
    for round in rounds.iter().take(VOLATILITY_ROUNDS) {
        if round.price > 0 && (newest..last.timestamp).contains(&round.timestamp) {
            newest = round.timestamp;
            price = Some(round.price);
        }
    }
    price
}

/// What the feed would serve when asked for two rounds: of what it serves, the two newest that are not
/// older than the oracle's round before its last. The oracle's last round is the newest of any asset.
fn last_two(market: &Market, feed: &Feed) -> Vec<crate::model::PriceRound> {
    let feeds = market.reserves.iter().map(|reserve| &reserve.feed);
    let newest = feeds
        .flat_map(|feed| feed.rounds.iter().chain(&feed.last))
        .map(|round| round.timestamp)
        .max()
        .unwrap_or(0);
    let span = 2 * u64::from(market.resolution_seconds);
    let mut rounds = feed.rounds.clone();
    rounds.retain(|round| round.timestamp.saturating_add(span) > newest);
    rounds.sort_by_key(|round| std::cmp::Reverse(round.timestamp));
    rounds.truncate(2);
    rounds
}
