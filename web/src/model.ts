// What the page knows of a network, a vault and its pool. Everything that is an amount, a price, a rate or a
// value is a bigint: amounts in the token's smallest unit, prices and values in the decimals of the pool's oracle,
// shares and factors with 7 decimals (`E7`), rates with 12 (`E12`). Nothing here is ever a floating-point number.
import type { VaultPolicy, VaultState } from '@bindings/vault';

export type { VaultPolicy, VaultState };

/** `G...` or `C...`. */
export type Address = string;

/** An asset that the page knows by name. */
export interface Asset {
  code: string;
  /** None for lumens and for tokens that are no classic asset. */
  issuer: string | null;
  contract: Address;
  decimals: number;
}

/** The last price of an asset, or an older one. */
export interface PriceRound {
  /** Unix seconds. */
  timestamp: bigint;
  price: bigint;
}

/** A reserve of the pool, with what the vault has of it. */
export interface Reserve {
  asset: Address;
  /** Place in the pool's list. */
  index: number;
  decimals: number;
  collateralFactorE7: number;
  liabilityFactorE7: number;
  maxUtilizationE7: number;
  enabled: boolean;
  /** Blend's interest curve: `util`, `r_base`, `r_one`, `r_two`, `r_three`, `reactivity`. */
  curve: {
    targetE7: number;
    baseE7: number;
    oneE7: number;
    twoE7: number;
    threeE7: number;
    reactivityE7: number;
  };
  /** As the pool has stored it: the core accrues it to the snapshot's time. */
  stored: {
    bRateE12: bigint;
    dRateE12: bigint;
    modifierE7: bigint;
    bSupply: bigint;
    dSupply: bigint;
    /** Unix seconds. */
    accruedAt: bigint;
  };
  /** Most that may be supplied, smallest unit. */
  supplyCap: bigint;
  /** The vault's collateral and debt shares, and what it has lent without making it collateral. */
  bTokens: bigint;
  dTokens: bigint;
  lentTokens: bigint;
  /** The vault's own balance of the token: its reserve. */
  idle: bigint;
  /**
   * Rounds of the pool's oracle, newest first: its last price, then what `prices` serves before it when asked for as
   * many rounds as the contracts ask for: 13 where the policy counts volatility, else 2. None without a last price.
   */
  rounds: PriceRound[];
  /** What the second oracle says, where the policy names one and it has something to say. */
  second: PriceRound | null;
}

/** An open liquidation auction, shares before the age's modifier. */
export interface OpenAuction {
  startLedger: number;
  lot: Map<Address, bigint>;
  bid: Map<Address, bigint>;
}

/** A vault and its pool, as of one ledger. */
export interface Snapshot {
  ledger: number;
  /** When it closed, unix seconds. */
  closedAt: bigint;
  vault: Address;
  state: VaultState;
  /** The proposed owner, if somebody is proposed. */
  proposedOwner: Address | null;
  pool: {
    /** 0 and 1 active, 2 and 3 on ice, 4 and 5 frozen. */
    status: number;
    /** Least collateral base of a position with debt. */
    minCollateral: bigint;
    backstopTakeRateE7: number;
    /** What the pool's oracle prices in, as it calls it: `USD`. */
    baseName: string;
  };
  /** All reserves of the pool, by index. */
  reserves: Reserve[];
  auction: OpenAuction | null;
  /**
   * Whether the configured factory deployed it. A link can name any contract, also one that only says that it is a
   * vault of the reader's: such a one is shown with a warning, and nothing is ever signed for it.
   */
  genuine: boolean;
  /** Whether vault entries are archived: the next call restores them, at a cost. */
  archived: boolean;
}

export type PathName = 'fill' | 'plain' | 'flash';

/** A number of the contracts' error list. */
export type ErrorCode = number;

export type Outcome<T> = { ok: true; value: T } | { ok: false; code: ErrorCode };

/** As the lens's `Health`; `Leg` beside it. */
export interface Health {
  riskRatioE7: bigint;
  nominalLtvE7: bigint;
  liquidationLtvE7: bigint;
  softE7: number;
  targetE7: number;
  hardE7: number;
  collateralValue: bigint;
  debtValue: bigint;
  /** For one collateral and one debt, rounded up; else null. */
  liquidationPrice: bigint | null;
  /** The collateral's price at which unwinding starts, likewise. */
  softPrice: bigint | null;
  legs: Leg[];
}

/** What the vault holds and owes of one reserve. */
export interface Leg {
  asset: Address;
  /** Rounded down, and its value likewise. */
  collateral: bigint;
  collateralValue: bigint;
  /** Rounded up, and its value likewise. */
  debt: bigint;
  debtValue: bigint;
}

/** As the lens's `StepQuote`. */
export interface Quote {
  collateral: Address;
  debt: Address;
  sell: bigint;
  minProceeds: bigint;
  floor: bigint;
  largestReward: bigint;
  reserveSpent: bigint;
  budgetLeft: bigint;
  riskAfterE7: bigint;
  rescue: boolean;
}

/** One step of a plan. */
export interface PlannedStep {
  collateral: Address;
  debt: Address;
  /** Price of the collateral at which it happens. */
  price: bigint;
  /** Price then of the asset that moves, which may be another one. */
  movedPrice: bigint;
  sell: bigint;
  repay: bigint;
  reserveSpent: bigint;
  /** Most that it costs: what is sold less what is repaid, at the oracle's price, rounded up. */
  costValue: bigint;
  riskBeforeE7: bigint;
  riskAfterE7: bigint;
  rescue: boolean;
}

/** How a path of prices ends for the vault, as far as its own rules decide. */
export interface Plan {
  steps: PlannedStep[];
  /** Value sold and most that it costs, at the prices of the steps, rounded up. */
  soldValue: bigint;
  costValue: bigint;
  /** Share of the collateral (at the last price) that is sold, 7 decimals, rounded up. */
  soldShareE7: bigint;
  reserveSpentValue: bigint;
  after: Health;
  /**
   * `safe`: below soft. `waiting`: at or above soft, and `refusal` says why no step is possible at that moment.
   * `liquidatable`: at 100% or more: an auction may be opened, and its clock decides.
   */
  end: 'safe' | 'waiting' | 'liquidatable';
  refusal: ErrorCode | null;
}

/** An open auction, now. */
export interface AuctionView {
  age: number;
  lotModifierE7: bigint;
  bidModifierE7: bigint;
  /** What a filler of all of it gets (rounded down) and takes over (rounded up), now. */
  lotValue: bigint;
  bidValue: bigint;
  /** `lotValue - bidValue`: what a fill now would cost the owner; negative while it would be a gain. */
  costValue: bigint;
  /** First age at which a fill costs the owner something, and at which a filler makes 10%; null if never. */
  breakEvenAge: number | null;
  fillerAge: number | null;
  /** First age from which keepers may rescue; null if never. */
  rescueAge: number | null;
  /** Age at which anybody may delete it. */
  staleAge: number;
}

/** Amounts that a call would change, smallest unit. */
export interface Change {
  asset: Address;
  collateral?: bigint;
  debt?: bigint;
}
