use sep_40_oracle::{Asset, PriceData};
use soroban_sdk::{contracttype, Address, Env, Vec};

/// What the script forces for one asset, whatever its rounds say.
#[contracttype]
#[derive(Clone)]
pub enum Override {
    /// Nothing: rounds decide.
    Off,
    /// No price: `lastprice`, `price` and `prices` are `None`.
    Absent,
    /// Always exactly this price and timestamp.
    Fixed(PriceData),
    /// Always this price, as of now; earlier rounds have it too.
    Stable(i128),
    /// `prices` answers exactly this, in this order and whatever number was asked for; `lastprice` is
    /// its newest. So feeds can be scripted that order their rounds otherwise or invent them.
    Rounds(Vec<PriceData>),
}

/// Price feed after SEP-40. Prices carry `decimals` decimals and are in units of `base`.
///
/// # Errors
/// Every function traps with [`crate::OracleError::Dead`] while the oracle is dead, except `base`,
/// `assets`, `decimals` and `resolution`. An asset that is not quoted has no price: `None`.
pub trait PriceFeed {
    /// The asset that prices are quoted in.
    fn base(env: Env) -> Asset;
    /// The assets quoted, in the order in which a round lists their prices.
    fn assets(env: Env) -> Vec<Asset>;
    /// Decimals of every price.
    fn decimals(env: Env) -> u32;
    /// Seconds between rounds.
    fn resolution(env: Env) -> u32;
    /// The price of the round that `timestamp` (seconds) falls into, if that round is among the last 20.
    fn price(env: Env, asset: Asset, timestamp: u64) -> Option<PriceData>;
    /// Prices of the last `records` rounds (at most 20), newest first, without those that the asset
    /// missed. `None` if there is none. Rounds that never came count towards `records`: what is
    /// served lies within `records` resolutions of the last round.
    fn prices(env: Env, asset: Asset, records: u32) -> Option<Vec<PriceData>>;
    /// The price of the last round. `None` if the asset missed that round, or from the moment when
    /// the round is two resolutions old.
    fn lastprice(env: Env, asset: Asset) -> Option<PriceData>;
}

/// The script. Every function needs the admin's authorisation.
pub trait OracleScript {
    /// Sets up an oracle that quotes `assets` in `base`, without any round yet.
    ///
    /// # Errors
    /// * [`crate::OracleError::InvalidResolution`] - `resolution` (seconds) is zero.
    /// * [`crate::OracleError::AssetExists`] - an asset twice.
    /// * [`crate::OracleError::TooManyAssets`] - more than 32.
    fn __constructor(
        env: Env,
        admin: Address,
        base: Asset,
        assets: Vec<Asset>,
        decimals: u32,
        resolution: u32,
    );
    /// Publishes the round of `timestamp` (seconds): one price for each asset in the order of
    /// `assets`, any sign, `None` for an asset that misses the round. The same timestamp again
    /// replaces the round.
    ///
    /// # Errors
    /// * [`crate::OracleError::WrongPriceCount`] - not one entry for each asset.
    /// * [`crate::OracleError::RoundOutOfOrder`] - earlier than the last round.
    fn set_round(env: Env, timestamp: u64, prices: Vec<Option<i128>>);
    /// Forces what is served for one asset, until set to [`Override::Off`].
    ///
    /// # Errors
    /// * [`crate::OracleError::UnknownAsset`] - the asset is not quoted.
    fn set_override(env: Env, asset: Asset, value: Override);
    /// Quotes one more asset, which has missed all rounds until now.
    ///
    /// # Errors
    /// * [`crate::OracleError::AssetExists`] - it is quoted already.
    /// * [`crate::OracleError::TooManyAssets`] - 32 are quoted already.
    fn add_asset(env: Env, asset: Asset);
    /// Makes every read of a price trap, or serve again.
    fn set_dead(env: Env, dead: bool);
}
