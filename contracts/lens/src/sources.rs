//! The floor of a pair, from sources that are read when a pair is considered: as the call does, and
//! so that an asset without a source refuses its own pairs only.

use ballast_core::health::{Position, MAX_LEGS};
use ballast_core::price::{floor_ratio, Floor, SourcePrices};
use ballast_interfaces::error::VaultError;
use ballast_interfaces::vault::VaultState;
use ballast_snapshot::Snapshot;
use soroban_sdk::Env;

/// What the other sources say of each leg, as far as it was read.
pub struct Sources<'a> {
    env: &'a Env,
    state: &'a VaultState,
    snapshot: &'a Snapshot,
    read: [Option<Result<SourcePrices, VaultError>>; MAX_LEGS],
}

impl<'a> Sources<'a> {
    pub fn new(env: &'a Env, state: &'a VaultState, snapshot: &'a Snapshot) -> Self {
        Sources {
            env,
            state,
            snapshot,
            read: [None; MAX_LEGS],
        }
    }

    /// The ratio under which the collateral of leg `collateral` is not sold for the debt of leg
    /// `debt`.
    ///
    /// # Errors
    /// * [`VaultError::SecondOracleUnavailable`], [`VaultError::PriceDiverges`].
    pub fn floor(
        &mut self,
        collateral: usize,
        debt: usize,
        latest_only: bool,
    ) -> Result<Floor, VaultError> {
        let Position { legs, .. } = &self.snapshot.position;
        let of_collateral = self.of(collateral)?;
        let of_debt = self.of(debt)?;
        Ok(floor_ratio(
            (&legs[collateral], &of_collateral),
            (&legs[debt], &of_debt),
            i128::from(self.state.policy.max_price_deviation_e7),
            latest_only,
        )?)
    }

    fn of(&mut self, leg: usize) -> Result<SourcePrices, VaultError> {
        let (env, state, snapshot) = (self.env, self.state, self.snapshot);
        *self.read[leg]
            .get_or_insert_with(|| snapshot.sources_of(env, &state.links, &state.policy, leg))
    }
}
