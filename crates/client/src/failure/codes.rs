//! The error codes of every contract that a call may pass through, with their words.
//!
//! A contract's specification is the truth; the tests compare each table with it.

/// A code, its name in the contract's specification, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(pub u32, pub &'static str, pub &'static str);

/// The vault, and the lens.
pub const VAULT: &[Code] = &[
    Code(100, "AutomationOff", "automation is switched off; only the owner acts"),
    Code(101, "DeadlinePassed", "the call arrived after its deadline"),
    Code(102, "WouldTriggerNow", "the call would leave the vault at or above its own soft threshold"),
    Code(103, "AdapterForbidden", "the adapter is a contract that the vault trusts or holds: vault, pool, token, oracle, receiver or factory"),
    Code(104, "UnknownAsset", "the asset is not a reserve of the pool, or not part of the position"),
    Code(105, "PriceMissing", "the pool's oracle has no price for an asset of the position"),
    Code(106, "PriceStale", "the pool oracle's last round is older than the policy allows"),
    Code(107, "SecondOracleUnavailable", "the second oracle is required by the policy and has no fresh price"),
    Code(108, "ProceedsTooLow", "less arrived than min_proceeds"),
    Code(109, "BalanceDropped", "a token balance of the vault would be lower than before"),
    Code(110, "PositionMismatch", "the pool reports a position that is worse than the checked one"),
    Code(111, "NoPoolLiquidity", "utilization leaves nothing to withdraw or to lend"),
    Code(112, "PoolStatusForbids", "the pool's status (on ice, frozen) forbids it"),
    Code(113, "PoolPriceInvalid", "the pool itself refuses the oracle's price"),
    Code(114, "PoolUnhealthy", "the position would not be healthy"),
    Code(115, "PoolMinCollateral", "debt would stand on less than the pool's minimum collateral"),
    Code(116, "AuctionOpen", "a liquidation auction is open"),
    Code(117, "PoolRefused", "Blend refused for another reason, or a token refused the transfer"),
    Code(118, "NoAuction", "no liquidation auction is open"),
    Code(119, "NoProposal", "nobody was proposed as owner"),
    Code(120, "InsufficientReserve", "the vault holds less of the token than asked for"),
    Code(121, "PoolMaxPositions", "the pool allows no more positions"),
    Code(122, "PoolSupplyCap", "the reserve's supply cap is reached"),
    Code(123, "PoolReserveDisabled", "the reserve is disabled"),
    Code(124, "DebtRemains", "debt is left: a leg repaid too little and the reserve does not cover the rest"),
    Code(125, "VenueFailed", "the adapter failed"),
    Code(126, "TooManyAssets", "the vault uses as many reserves of its pool as it can, ten"),
    Code(127, "VersionNotListed", "the factory lists no version with that hash"),
    Code(128, "RequestUnsupported", "a vault cannot make that request: filling an interest auction needs a donation to the backstop, of an amount that nobody can authorise beforehand"),
    Code(130, "Overflow", "an intermediate or final number does not fit 128 bits"),
    Code(131, "InvalidAmount", "an amount is zero or negative"),
    Code(132, "NoDebt", "the position has no debt, or none in the asset that the step repays"),
    Code(133, "NoCollateral", "the position holds none of the collateral that the step sells"),
    Code(134, "NotAtRisk", "the risk ratio is below the soft threshold"),
    Code(135, "BelowFloor", "the step repays less than the floor for what it sells"),
    Code(136, "StepTooSmall", "the step is smaller than the smallest useful one"),
    Code(137, "StepTooLarge", "the step is larger than the cap for the present risk ratio"),
    Code(138, "BudgetExhausted", "the window's budget of sales does not cover the step"),
    Code(139, "LandsBelowTarget", "the step lands further than the target"),
    Code(140, "LandsAboveRescueTarget", "a rescue does not reach the rescue target"),
    Code(141, "DoesNotImprove", "the step does not improve health: at this discount selling makes it worse"),
    Code(142, "UnhealthyAfter", "the position after the step would fail the pool's own health check"),
    Code(143, "PlainExceedsSlack", "the plain path would fail the pool's check of health or of the minimum collateral between withdrawal and repayment"),
    Code(144, "ExceedsCollateral", "the step sells more of the collateral than the position holds"),
    Code(145, "LeavesStub", "the step would leave debt on collateral under the pool's minimum"),
    Code(146, "RescueTooEarly", "the risk ratio is 100% or more and no auction is open, or the open auction's lot is not yet worth what a filler would take: waiting is still free"),
    Code(147, "TooDeep", "the rescue would cost more than being filled"),
    Code(148, "PriceDiverges", "two price sources differ by more than the policy allows"),
    Code(149, "InvalidPrice", "a price is zero or negative"),
    Code(160, "PolicyThresholds", "thresholds must satisfy 10% <= target, target + 1% <= soft < hard <= 100% and target < rescue_target <= 99.5%"),
    Code(161, "PolicySteps", "steps must satisfy 1% <= step_min <= step_max <= 100%"),
    Code(162, "PolicyDiscounts", "discounts must satisfy 0 < discount_min <= discount_max <= 10%"),
    Code(163, "PolicyBudget", "the budget must be 1%..=1000% and its window 1..=17,280 ledgers"),
    Code(164, "PolicyCostOfEquity", "the share of equity must be in 0 < share <= 100%"),
    Code(165, "PolicyPrices", "the price age must be between twice the oracle's resolution and 24 hours, the deviation 0 < deviation <= 50%"),
    Code(166, "PolicyReserve", "the dust share must be at most 10%"),
    Code(167, "PolicyRescue", "the rescue window must be at most 200 ledgers"),
    Code(168, "PolicyVolatility", "volatility_z must be at most ten, and target - volatility_shift_max at least 10%"),
];

/// The factory.
pub const FACTORY: &[Code] = &[
    Code(200, "CreationPaused", "the admin has paused creation"),
    Code(201, "UnknownVersion", "no version has that index"),
    Code(
        202,
        "NotABlendPool",
        "Blend's pool factory did not deploy that pool",
    ),
    Code(
        203,
        "VaultExists",
        "the owner has a vault on that pool with that nonce",
    ),
    Code(204, "NoProposal", "nobody was proposed as admin"),
    Code(205, "InvalidPolicy", "the vault would refuse the policy"),
    Code(
        206,
        "VersionExists",
        "a version with that wasm hash is listed already",
    ),
];

/// The flash-loan receiver.
pub const RECEIVER: &[Code] = &[
    Code(300, "NotArmed", "the vault has armed nothing"),
    Code(
        301,
        "WrongLoan",
        "token or amount of the loan differ from what was armed",
    ),
];

/// The oracle of sandboxes and replays.
pub const ORACLE: &[Code] = &[
    Code(
        400,
        "Dead",
        "the script declared the oracle dead: every read traps with this",
    ),
    Code(
        401,
        "WrongPriceCount",
        "a round has one entry for each asset, in the order of assets",
    ),
    Code(
        402,
        "RoundOutOfOrder",
        "a round may repeat the last timestamp (it replaces that round) or be later, never earlier",
    ),
    Code(403, "AssetExists", "the asset is already quoted"),
    Code(404, "UnknownAsset", "the asset is not quoted"),
    Code(405, "TooManyAssets", "the oracle quotes at most 32 assets"),
    Code(
        406,
        "InvalidResolution",
        "the resolution is in seconds and positive",
    ),
];

/// Swap adapters.
pub const ADAPTER: &[Code] = &[Code(
    500,
    "InvalidRoute",
    "the route does not decode to what this adapter expects",
)];

/// Blend's pool.
pub const POOL: &[Code] = &[
    Code(1, "InternalError", "the contract met what cannot be"),
    Code(
        3,
        "AlreadyInitializedError",
        "the contract is initialised already",
    ),
    Code(4, "UnauthorizedError", "the caller may not do that"),
    Code(8, "NegativeAmountError", "an amount is negative"),
    Code(10, "BalanceError", "the balance does not suffice"),
    Code(12, "OverflowError", "a number does not fit"),
    Code(1200, "BadRequest", "the request makes no sense"),
    Code(
        1201,
        "InvalidPoolConfigArgs",
        "the pool cannot be configured so",
    ),
    Code(
        1202,
        "InvalidReserveMetadata",
        "the reserve cannot be configured so",
    ),
    Code(
        1203,
        "InitNotUnlocked",
        "the queued change of the reserve is not due",
    ),
    Code(1204, "StatusNotAllowed", "the status may not be set now"),
    Code(1205, "InvalidHf", "the position would not be healthy"),
    Code(1206, "InvalidPoolStatus", "the pool's status forbids it"),
    Code(
        1207,
        "InvalidUtilRate",
        "utilization leaves nothing to withdraw or to lend",
    ),
    Code(
        1208,
        "MaxPositionsExceeded",
        "the pool allows no more positions",
    ),
    Code(
        1209,
        "InternalReserveNotFound",
        "the asset is no reserve of the pool",
    ),
    Code(
        1210,
        "InvalidPrice",
        "the pool refuses the oracle's price: it is missing, zero or too old",
    ),
    Code(
        1211,
        "InvalidLiquidation",
        "the position may not be auctioned so",
    ),
    Code(1212, "AuctionInProgress", "an auction is open"),
    Code(
        1213,
        "InvalidLiqTooLarge",
        "the auction would take too much",
    ),
    Code(
        1214,
        "InvalidLiqTooSmall",
        "the auction would take too little",
    ),
    Code(
        1215,
        "InterestTooSmall",
        "too little interest for an auction",
    ),
    Code(
        1216,
        "InvalidBTokenMintAmount",
        "too little for a share of the supply",
    ),
    Code(
        1217,
        "InvalidBTokenBurnAmount",
        "too little of the supply, or more than there is",
    ),
    Code(
        1218,
        "InvalidDTokenMintAmount",
        "too little for a share of the debt",
    ),
    Code(
        1219,
        "InvalidDTokenBurnAmount",
        "too little of the debt, or more than there is",
    ),
    Code(
        1220,
        "ExceededSupplyCap",
        "the reserve's supply cap is reached",
    ),
    Code(1221, "InvalidBid", "the bid is not what the auction asks"),
    Code(1222, "InvalidLot", "the lot is not what the auction gives"),
    Code(1223, "ReserveDisabled", "the reserve is disabled"),
    Code(
        1224,
        "MinCollateralNotMet",
        "debt would stand on less than the pool's minimum collateral",
    ),
];

/// Blend's backstop.
pub const BACKSTOP: &[Code] = &[
    Code(1, "InternalError", "the contract met what cannot be"),
    Code(
        3,
        "AlreadyInitializedError",
        "the contract is initialised already",
    ),
    Code(4, "UnauthorizedError", "the caller may not do that"),
    Code(8, "NegativeAmountError", "an amount is negative"),
    Code(10, "BalanceError", "the balance does not suffice"),
    Code(12, "OverflowError", "a number does not fit"),
    Code(1000, "BadRequest", "the request makes no sense"),
    Code(1001, "NotExpired", "the queued withdrawal is not due"),
    Code(
        1002,
        "InvalidRewardZoneEntry",
        "the pool may not enter the reward zone",
    ),
    Code(
        1003,
        "InsufficientFunds",
        "the backstop does not hold so much",
    ),
    Code(1004, "NotPool", "that is no pool"),
    Code(1005, "InvalidShareMintAmount", "too little for a share"),
    Code(1006, "InvalidTokenWithdrawAmount", "too little to withdraw"),
    Code(1007, "TooManyQ4WEntries", "too many queued withdrawals"),
    Code(
        1008,
        "NotInRewardZone",
        "the pool is not in the reward zone",
    ),
    Code(1009, "RewardZoneFull", "the reward zone is full"),
    Code(
        1010,
        "MaxBackfillEmissions",
        "no more emissions can be made up for",
    ),
    Code(1011, "BadDebtExists", "the pool has bad debt"),
];

/// Blend's pool factory.
pub const POOL_FACTORY: &[Code] = &[
    Code(1, "InternalError", "the contract met what cannot be"),
    Code(
        3,
        "AlreadyInitializedError",
        "the contract is initialised already",
    ),
    Code(1300, "InvalidPoolInitArgs", "a pool cannot be made so"),
];

/// Comet.
pub const COMET: &[Code] = &[
    Code(1, "ErrFinalized", "the pool is finalised"),
    Code(2, "ErrNegative", "an amount is negative"),
    Code(3, "ErrMinFee", "the fee is too low"),
    Code(4, "ErrMaxFee", "the fee is too high"),
    Code(
        5,
        "ErrNotController",
        "the caller does not control the pool",
    ),
    Code(6, "ErrInvalidVectorLen", "lists of different lengths"),
    Code(7, "AlreadyInitialized", "the pool is initialised already"),
    Code(8, "ErrIsBound", "the token is in the pool already"),
    Code(9, "ErrNotBound", "the token is not in the pool"),
    Code(10, "ErrMaxTokens", "too many tokens"),
    Code(11, "ErrMinWeight", "the weight is too low"),
    Code(12, "ErrMaxWeight", "the weight is too high"),
    Code(13, "ErrMinBalance", "the balance is too low"),
    Code(
        14,
        "ErrFreezeOnlyWithdrawals",
        "only withdrawals are allowed",
    ),
    Code(15, "ErrMinTokens", "too few tokens"),
    Code(16, "ErrSwapFee", "the fee of swaps is wrong"),
    Code(
        17,
        "ErrMaxInRatio",
        "more goes in than a third of the balance",
    ),
    Code(18, "ErrMathApprox", "the arithmetic is not exact enough"),
    Code(19, "ErrLimitIn", "more would go in than allowed"),
    Code(20, "ErrLimitOut", "less would come out than asked"),
    Code(
        21,
        "ErrMaxOutRatio",
        "more comes out than a third of the balance",
    ),
    Code(22, "ErrBadLimitPrice", "the price limit is below the price"),
    Code(23, "ErrLimitPrice", "the price after exceeds the limit"),
    Code(24, "ErrTotalWeight", "the weights do not add up"),
    Code(25, "ErrTokenAmountIsNegative", "an amount is negative"),
    Code(26, "ErrNotAuthorizedByAdmin", "the caller is not the admin"),
    Code(
        27,
        "ErrInsufficientAllowance",
        "the allowance does not suffice",
    ),
    Code(28, "ErrDeauthorized", "the balance is frozen"),
    Code(29, "ErrInsufficientBalance", "the balance does not suffice"),
    Code(30, "ErrAddOverflow", "a number does not fit"),
    Code(31, "ErrSubUnderflow", "a number would be negative"),
    Code(32, "ErrDivInternal", "a division by zero"),
    Code(33, "ErrMulOverflow", "a number does not fit"),
    Code(34, "ErrCPowBaseTooLow", "the base of a power is too low"),
    Code(35, "ErrCPowBaseTooHigh", "the base of a power is too high"),
    Code(36, "ErrInvalidExpirationLedger", "the expiration is wrong"),
    Code(37, "ErrNegativeOrZero", "an amount is zero or negative"),
    Code(38, "ErrTokenInvalid", "the token is wrong"),
];

/// Stellar asset contracts.
pub const TOKEN: &[Code] = &[
    Code(1, "InternalError", "the token met what cannot be"),
    Code(2, "OperationNotSupportedError", "the token cannot do that"),
    Code(
        3,
        "AlreadyInitializedError",
        "the token is initialised already",
    ),
    Code(4, "UnauthorizedError", "the caller may not do that"),
    Code(5, "AuthenticationError", "a signature is missing or wrong"),
    Code(6, "AccountMissingError", "the account does not exist"),
    Code(7, "AccountIsNotClassic", "the address is not an account"),
    Code(8, "NegativeAmountError", "an amount is negative"),
    Code(9, "AllowanceError", "the allowance does not suffice"),
    Code(10, "BalanceError", "the balance does not suffice"),
    Code(
        11,
        "BalanceDeauthorizedError",
        "the issuer has frozen the balance",
    ),
    Code(12, "OverflowError", "a number does not fit"),
    Code(
        13,
        "TrustlineMissingError",
        "the account has no trustline for the asset",
    ),
];
