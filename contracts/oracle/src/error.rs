use soroban_sdk::contracterror;

/// Errors of the oracle, block 400.
#[contracterror]
#[derive(Copy, Clone, Debug, Eq, PartialEq, PartialOrd, Ord)]
#[repr(u32)]
pub enum OracleError {
    /// The script declared the oracle dead: every read traps with this.
    Dead = 400,
    /// A round has one entry for each asset, in the order of `assets`.
    WrongPriceCount = 401,
    /// A round may repeat the last timestamp (it replaces that round) or be later, never earlier.
    RoundOutOfOrder = 402,
    /// The asset is already quoted.
    AssetExists = 403,
    /// The asset is not quoted.
    UnknownAsset = 404,
    /// The oracle quotes at most 32 assets.
    TooManyAssets = 405,
    /// The resolution is in seconds and positive.
    InvalidResolution = 406,
}
