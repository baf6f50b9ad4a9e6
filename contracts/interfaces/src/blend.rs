//! The part of Blend's pool that the vault calls (`pool/src/contract.rs` of Blend v2.0.0).
//!
//! Reserve and configuration are read field by field: the pool's own types ([`crate::pool`]) have 24
//! and 5, and to decode them all takes 1.3 KB of the vault.

use ballast_interfaces_macros::docs_off_chain;
use soroban_sdk::{
    contractclient, contracttype, symbol_short, Address, ConversionError, Env, Map, Symbol,
    TryFromVal, Val, Vec,
};

pub use crate::pool::{AuctionData, FlashLoan, Positions};

/// One request of a batch, see [`crate::request`].
#[docs_off_chain]
#[cfg_attr(feature = "vault", contracttype)]
#[cfg_attr(not(feature = "vault"), contracttype(export = false))]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// The asset; of an auction the user whose it is.
    pub address: Address,
    /// Amount, smallest unit; of an auction the percentage.
    pub amount: i128,
    /// Blend's number of the request's type.
    pub request_type: u32,
}

/// A pool.
#[contractclient(name = "PoolClient")]
pub trait Pool {
    /// The pool's configuration.
    fn get_config(env: Env) -> PoolConfig;

    /// The assets, by reserve index.
    fn get_reserve_list(env: Env) -> Vec<Address>;

    /// A reserve, its rates accrued to now. Traps where there is none.
    fn get_reserve(env: Env, asset: Address) -> Reserve;

    /// What `address` holds and owes, by reserve index.
    fn get_positions(env: Env, address: Address) -> Positions;

    /// Runs a batch on the position of `from`. What it owes is pulled from `spender`, asset by
    /// asset, with one `transfer` each; what it pays goes to `to`.
    fn submit(
        env: Env,
        from: Address,
        spender: Address,
        to: Address,
        requests: Vec<Request>,
    ) -> Positions;

    /// As `submit`, but pulls what the batch owes, less what it pays, with `transfer_from`.
    fn submit_with_allowance(
        env: Env,
        from: Address,
        spender: Address,
        to: Address,
        requests: Vec<Request>,
    ) -> Positions;

    /// Lends, calls the receiver, runs a batch and pulls what it owes with `transfer_from`.
    fn flash_loan(
        env: Env,
        from: Address,
        flash_loan: FlashLoan,
        requests: Vec<Request>,
    ) -> Positions;

    /// Pays the emissions of `from` to `to`.
    fn claim(env: Env, from: Address, reserve_token_ids: Vec<u32>, to: Address) -> i128;

    /// An open auction. Traps where there is none.
    fn get_auction(env: Env, auction_type: u32, user: Address) -> AuctionData;

    /// Deletes an auction that is stale.
    fn del_auction(env: Env, auction_type: u32, user: Address);
}

/// What the vault reads of a pool's configuration.
#[derive(Clone)]
pub struct PoolConfig {
    /// A SEP-40 feed.
    pub oracle: Address,
    /// Least collateral base of a position with debt, oracle decimals.
    pub min_collateral: i128,
}

/// What the vault reads of a reserve.
#[derive(Clone)]
pub struct Reserve {
    /// Place in the pool's list; never moves.
    pub index: u32,
    /// `10^decimals` of the asset.
    pub scalar: i128,
    /// Collateral factor, 7 decimals.
    pub c_factor: u32,
    /// Liability factor, 7 decimals.
    pub l_factor: u32,
    /// Underlying per b-token, 12 decimals.
    pub b_rate: i128,
    /// Underlying per d-token, 12 decimals.
    pub d_rate: i128,
}

impl TryFromVal<Env, Val> for PoolConfig {
    type Error = ConversionError;

    fn try_from_val(env: &Env, value: &Val) -> Result<Self, ConversionError> {
        let config = Fields::try_from_val(env, value)?;
        Ok(PoolConfig {
            oracle: field(&config, symbol_short!("oracle"))?,
            min_collateral: field(&config, Symbol::new(env, "min_collateral"))?,
        })
    }
}

impl TryFromVal<Env, Val> for Reserve {
    type Error = ConversionError;

    fn try_from_val(env: &Env, value: &Val) -> Result<Self, ConversionError> {
        let reserve = Fields::try_from_val(env, value)?;
        let config: Fields = field(&reserve, symbol_short!("config"))?;
        let data: Fields = field(&reserve, symbol_short!("data"))?;
        Ok(Reserve {
            index: field(&config, symbol_short!("index"))?,
            scalar: field(&reserve, symbol_short!("scalar"))?,
            c_factor: field(&config, symbol_short!("c_factor"))?,
            l_factor: field(&config, symbol_short!("l_factor"))?,
            b_rate: field(&data, symbol_short!("b_rate"))?,
            d_rate: field(&data, symbol_short!("d_rate"))?,
        })
    }
}

/// A contract type as the host holds it.
pub(crate) type Fields = Map<Symbol, Val>;

pub(crate) fn field<T: TryFromVal<Env, Val>>(
    fields: &Fields,
    name: Symbol,
) -> Result<T, ConversionError> {
    let value = fields.get(name).ok_or(ConversionError)?;
    T::try_from_val(fields.env(), &value).map_err(|_| ConversionError)
}
