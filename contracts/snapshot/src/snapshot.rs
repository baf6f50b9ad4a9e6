//! What a step is judged by: the position, the reserves and the prices, read once per call.

use arrayvec::ArrayVec;
use ballast_core::health::{Leg, Position, MAX_LEGS};
use ballast_core::policy::Policy;
use ballast_core::price::SourcePrices;
use ballast_core::volatility::{policy_in_force, History, VOLATILITY_ROUNDS};
use ballast_interfaces::blend::{PoolClient, Positions, Reserve};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::oracle::PriceData;
use ballast_interfaces::vault::{AssetEntry, Links, VaultPolicy};
use soroban_sdk::{Address, Env, Map};

use crate::prices;

/// The vault's position with rates, factors and prices of now.
#[derive(Clone)]
pub struct Snapshot {
    /// In the core's terms.
    pub position: Position,
    /// The asset of each leg.
    pub assets: ArrayVec<Address, MAX_LEGS>,
    /// Reserve index of each leg.
    pub indices: ArrayVec<u32, MAX_LEGS>,
    /// The pool oracle's last round of each leg.
    pub rounds: ArrayVec<PriceData, MAX_LEGS>,
    /// The round before it, of each leg, where [`Snapshot::policy_in_force`] has read it.
    previous: ArrayVec<Option<i128>, MAX_LEGS>,
}

impl Snapshot {
    /// Reads everything that health of `vault` depends on. `assets` is the vault's list of the
    /// reserves that it has used; a round older than `max_price_age_seconds` is refused.
    ///
    /// # Errors
    /// * [`VaultError::UnknownAsset`], [`VaultError::PriceMissing`], [`VaultError::PriceStale`],
    ///   [`VaultError::InvalidPrice`].
    pub fn load(
        env: &Env,
        vault: &Address,
        links: &Links,
        assets: &Map<u32, AssetEntry>,
        max_price_age_seconds: u64,
    ) -> Result<Self, VaultError> {
        let pool = PoolClient::new(env, &links.pool);
        let positions = pool.get_positions(vault);
        let mut snapshot = Snapshot {
            position: Position {
                legs: ArrayVec::new(),
                price_scalar: links.price_scalar,
            },
            assets: ArrayVec::new(),
            indices: ArrayVec::new(),
            rounds: ArrayVec::new(),
            previous: ArrayVec::new(),
        };
        let mut unknown = positions.collateral.len() + positions.liabilities.len();
        for (index, entry) in assets.iter() {
            let (b_tokens, d_tokens) = shares(&positions, index);
            if b_tokens == 0 && d_tokens == 0 {
                continue;
            }
            // The pool keeps no balance of zero.
            unknown -= u32::from(b_tokens != 0) + u32::from(d_tokens != 0);
            let reserve = pool.get_reserve(&entry.asset);
            let round = prices::pool_price(env, links, &entry.asset, max_price_age_seconds)?;
            snapshot
                .position
                .legs
                .try_push(leg(&reserve, round.price, b_tokens, d_tokens))
                .map_err(|_| VaultError::UnknownAsset)?;
            snapshot.assets.push(entry.asset);
            snapshot.indices.push(index);
            snapshot.rounds.push(round);
        }
        if unknown > 0 {
            return Err(VaultError::UnknownAsset);
        }
        Ok(snapshot)
    }

    /// The leg of `asset`.
    ///
    /// # Errors
    /// * [`VaultError::UnknownAsset`] - the position neither holds nor owes it.
    pub fn leg_of(&self, asset: &Address) -> Result<usize, VaultError> {
        self.assets
            .iter()
            .position(|held| held == asset)
            .ok_or(VaultError::UnknownAsset)
    }

    /// The policy that this call is judged by: thresholds are lowered by the volatility of the
    /// position over the last rounds of the pool's oracle. Where the policy does not ask for it,
    /// nothing is read; where the oracle does not serve enough rounds, nothing is lowered.
    pub fn policy_in_force(&mut self, env: &Env, links: &Links, policy: &VaultPolicy) -> Policy {
        let rules = policy.to_core();
        if rules.volatility_z_e2 == 0 {
            return rules;
        }
        let mut histories: ArrayVec<History, MAX_LEGS> = ArrayVec::new();
        for (asset, last) in self.assets.iter().zip(&self.rounds) {
            let served = prices::served(env, links, asset, last, VOLATILITY_ROUNDS);
            self.previous.push(served.previous);
            histories.push(served.rounds);
        }
        policy_in_force(&rules, &self.position, &histories)
    }

    /// The floor's other sources for one leg.
    ///
    /// # Errors
    /// * [`VaultError::SecondOracleUnavailable`].
    pub fn sources_of(
        &self,
        env: &Env,
        links: &Links,
        policy: &VaultPolicy,
        leg: usize,
    ) -> Result<SourcePrices, VaultError> {
        let (asset, last) = (&self.assets[leg], &self.rounds[leg]);
        let previous = match self.previous.get(leg) {
            _ if !policy.use_previous_round => None,
            Some(read) => *read,
            None => prices::served(env, links, asset, last, 2).previous,
        };
        Ok(SourcePrices {
            previous,
            second: prices::second(env, policy, asset)?,
        })
    }

    /// Takes over the shares that the pool reports after a call.
    pub fn set_shares(&mut self, positions: &Positions) {
        for (leg, index) in self.position.legs.iter_mut().zip(&self.indices) {
            (leg.b_tokens, leg.d_tokens) = shares(positions, *index);
        }
    }
}

/// Collateral and debt shares of the reserve at `index`.
pub fn shares(positions: &Positions, index: u32) -> (i128, i128) {
    (
        positions.collateral.get(index).unwrap_or(0),
        positions.liabilities.get(index).unwrap_or(0),
    )
}

fn leg(reserve: &Reserve, price: i128, b_tokens: i128, d_tokens: i128) -> Leg {
    Leg {
        price,
        asset_scalar: reserve.scalar,
        collateral_factor_e7: i128::from(reserve.c_factor),
        liability_factor_e7: i128::from(reserve.l_factor),
        b_rate_e12: reserve.b_rate,
        d_rate_e12: reserve.d_rate,
        b_tokens,
        d_tokens,
    }
}
