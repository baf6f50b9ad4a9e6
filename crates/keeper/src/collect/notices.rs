//! What the operator was told already: a notice is for what has begun or ended.

use super::{saver::Saver, told::Notice, Endpoints};
use crate::model::Market;
use ballast_client::value::Address;
use std::collections::{BTreeMap, BTreeSet};

/// A price is frozen when it is older than so many rounds of its oracle.
const FROZEN_ROUNDS: u64 = 3;

/// Troubles that were told of.
#[derive(Debug, Default)]
pub(super) struct Known {
    oracles: BTreeMap<(Address, Address), Trouble>,
    pools: BTreeSet<Address>,
    strange: BTreeSet<Address>,
    failed: BTreeSet<String>,
    lagging: BTreeSet<String>,
    not_saved: bool,
    /// For the next tick.
    kept: Vec<Notice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Missing,
    Frozen,
    Invalid,
}

impl Known {
    /// Keeps notices for the next tick.
    pub fn keep(&mut self, notices: Vec<Notice>) {
        self.kept.extend(notices);
    }

    /// Prices of a pool.
    pub fn prices(&mut self, market: &Market, notices: &mut Vec<Notice>) {
        let pool = &market.pool;
        for reserve in &market.reserves {
            let asset = &reserve.asset;
            let age = |at: u64| market.closed_at.saturating_sub(at);
            let longest = FROZEN_ROUNDS * u64::from(market.resolution_seconds.max(1));
            let trouble = match reserve.feed.last {
                None => Some(Trouble::Missing),
                Some(last) if last.price <= 0 => Some(Trouble::Invalid),
                Some(last) if age(last.timestamp) > longest => Some(Trouble::Frozen),
                Some(_) => None,
            };
            let place = (pool.clone(), asset.clone());
            let before = match trouble {
                Some(trouble) => self.oracles.insert(place, trouble),
                None => self.oracles.remove(&place),
            };
            if before == trouble {
                continue;
            }
            let (pool, asset, last) = (pool.clone(), asset.clone(), reserve.feed.last);
            notices.push(match trouble {
                None => Notice::OracleServes { pool, asset },
                Some(Trouble::Missing) => Notice::OracleMissing { pool, asset },
                Some(Trouble::Frozen) => Notice::OracleFrozen {
                    pool,
                    asset,
                    age_seconds: last.map_or(0, |last| age(last.timestamp)),
                },
                Some(Trouble::Invalid) => Notice::OracleInvalid {
                    pool,
                    asset,
                    price: last.map_or(0, |last| last.price),
                },
            });
        }
    }

    /// A pool could be read.
    pub fn readable(&mut self, pool: &Address, notices: &mut Vec<Notice>) {
        if self.pools.remove(pool) {
            notices.push(Notice::PoolReadable { pool: pool.clone() });
        }
    }

    /// A pool could not.
    pub fn unreadable(&mut self, pool: &Address, why: String, notices: &mut Vec<Notice>) {
        if self.pools.insert(pool.clone()) {
            let pool = pool.clone();
            notices.push(Notice::PoolUnreadable { pool, why });
        }
    }

    /// Whose entries make no sense, and why.
    pub fn strange(&mut self, now: &BTreeMap<Address, String>, notices: &mut Vec<Notice>) {
        for (address, why) in now {
            if self.strange.insert(address.clone()) {
                let (address, why) = (address.clone(), why.clone());
                notices.push(Notice::Unreadable { address, why });
            }
        }
        self.strange.retain(|address| {
            let still = now.contains_key(address);
            if !still {
                let address = address.clone();
                notices.push(Notice::Readable { address });
            }
            still
        });
    }

    /// Endpoints and database.
    pub fn look(&mut self, endpoints: &Endpoints, saver: &Saver, notices: &mut Vec<Notice>) {
        notices.append(&mut self.kept);
        for standing in endpoints.standing() {
            let url = standing.url;
            if !standing.healthy && standing.failures > 0 {
                if self.failed.insert(url.clone()) {
                    let error = standing.last_error.unwrap_or_default();
                    let url = url.clone();
                    notices.push(Notice::EndpointFailed { url, error });
                }
            } else if self.failed.remove(&url) {
                notices.push(Notice::EndpointServes { url: url.clone() });
            }
            if standing.behind > endpoints.lag_ledgers() {
                if self.lagging.insert(url.clone()) {
                    let ledgers = standing.behind;
                    notices.push(Notice::EndpointLags { url, ledgers });
                }
            } else {
                self.lagging.remove(&url);
            }
        }
        match saver.trouble() {
            Some(why) if !self.not_saved => {
                self.not_saved = true;
                notices.push(Notice::NotSaved { why });
            }
            None if self.not_saved => {
                self.not_saved = false;
                notices.push(Notice::Saved);
            }
            _ => {}
        }
    }
}
