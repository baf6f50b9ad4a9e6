// What the parts of the page offer one another: the interfaces between `core`, `chain`, `wallets`, `flows` and `views`.
import type { Address, Asset, AuctionView, Change, ErrorCode, Health, Outcome, PathName, Plan, Quote, Snapshot, VaultPolicy } from './model';

/** Where the page works: `config.json` beside it, in the shape of the sandbox's `sandbox.json`. */
export interface NetworkConfig {
  name: string;
  /** Absolute. */
  rpcUrl: string;
  friendbotUrl: string | null;
  networkPassphrase: string;
  contracts: { factory: Address; lens: Address; pool: Address; adapter: Address | null };
  assets: Asset[];
  comet: { contract: Address; assets: string[] }[];
  /** Accounts whose keys everybody knows: on a sandbox only. */
  accounts: { name: string; publicKey: Address; secretKey: string }[];
  testWallet: boolean;
  walletConnectProjectId: string | null;
  /** `{hash}` in it is replaced by a transaction's hash. */
  explorerUrl: string | null;
}

/** The chain's own arithmetic. Every method gives what the contracts would give at that state. */
export interface Core {
  /** 160 to 168, or null where the vault would take the policy. */
  validatePolicy(policy: VaultPolicy, resolutionSeconds: number): ErrorCode | null;
  /** Every rule that the policy breaks, with the fields that it is about: for a form. */
  problems(policy: VaultPolicy, resolutionSeconds: number): { code: ErrorCode; fields: readonly (keyof VaultPolicy)[] }[];
  presets(): Record<PresetName, VaultPolicy>;
  health(snapshot: Snapshot, options?: HealthOptions): Outcome<Health>;
  quote(snapshot: Snapshot, path: PathName): Outcome<Quote>;
  /** What keepers do at the floor when one price moves, in rounds of at most 1%, or in one round (`jump`). */
  plan(snapshot: Snapshot, asset: Address, price: bigint, options?: { jump?: boolean; policy?: VaultPolicy }): Outcome<Plan>;
  /** Null where no auction is open. `ledger` is the newest one known. */
  auction(snapshot: Snapshot, ledger: number): Outcome<AuctionView> | null;
  /** Largest amount after which the vault's rules are still kept, with a margin for interest; zero if none. */
  most(snapshot: Snapshot, asset: Address, what: 'borrow' | 'withdraw'): bigint;
  /** Price of an asset at which the risk ratio is `ratioE7`, other prices unchanged, rounded up; null if there is none. */
  priceAt(snapshot: Snapshot, asset: Address, ratioE7: bigint): bigint | null;
}

export type PresetName = 'early' | 'balanced' | 'late';

export interface HealthOptions {
  /** Instead of the last prices, by asset. */
  prices?: Map<Address, bigint>;
  /** Applied before. */
  changes?: Change[];
  policy?: VaultPolicy;
}

/** An error in words. */
export interface Explained {
  title: string;
  words: string;
  advice: string | null;
  code: ErrorCode | null;
}

export interface Wallet {
  id: string;
  name: string;
  address: Address;
  /** False for an address that is only watched. */
  canSign: boolean;
  /** Whether it is the sandbox's test wallet. */
  test: boolean;
  sign(xdr: string, passphrase: string): Promise<string>;
  disconnect(): Promise<void>;
}

/** What an account has of an asset. */
export interface Balance {
  amount: bigint;
  /** Without what reserves and offers hold. */
  spendable: bigint;
  authorized: boolean;
  /** Most that it can hold; null for lumens and for contracts. */
  limit: bigint | null;
}

export interface AccountView {
  address: Address;
  exists: boolean;
  /** By asset contract; assets without a trustline are absent. */
  balances: Map<Address, Balance>;
}

/** How fresh what is shown is. */
export interface Connection {
  ledger: number;
  closedAt: bigint;
  /** When the page learned of it, milliseconds of this machine's clock. */
  seenAt: number;
  /** Why nothing newer is known, if something is wrong. */
  trouble: Explained | null;
}

interface EventBase {
  /** The RPC's id: sorts, and is unique. */
  id: string;
  ledger: number;
  closedAt: bigint;
  transaction: string;
}

/** A step that a keeper or the owner made. Prices have the decimals of the oracle. */
export interface StepEvent extends EventBase {
  kind: 'step';
  caller: Address;
  collateral: Address;
  debt: Address;
  path: PathName;
  rescue: boolean;
  sold: bigint;
  repaid: bigint;
  proceeds: bigint;
  reward: bigint;
  discountE7: bigint;
  collateralPrice: bigint;
  debtPrice: bigint;
  riskBeforeE7: bigint;
  riskAfterE7: bigint;
  /** What it cost the owner: value sold less value repaid and kept, rounded up. */
  costValue: bigint;
}

export interface ReserveSpentEvent extends EventBase {
  kind: 'reserveSpent';
  caller: Address;
  debt: Address;
  amount: bigint;
  riskBeforeE7: bigint;
  riskAfterE7: bigint;
  rescue: boolean;
}

export interface AmountEvent extends EventBase {
  kind: 'deposited' | 'withdrawn' | 'borrowed' | 'repaid' | 'reserveFunded' | 'reserveWithdrawn';
  asset: Address;
  amount: bigint;
  /** Who paid, or where it went; null where that is the owner. */
  party: Address | null;
}

/** Anything else: `words` say what. */
export interface OtherEvent extends EventBase {
  kind:
    | 'claimed'
    | 'policySet'
    | 'automationSet'
    | 'closed'
    | 'ownerProposed'
    | 'ownerChanged'
    | 'auctionOpened'
    | 'auctionFilled'
    | 'auctionCleared'
    | 'submitted'
    | 'upgraded';
  words: string;
}

export type VaultEvent = StepEvent | ReserveSpentEvent | AmountEvent | OtherEvent;

export interface History {
  /** Newest first. */
  events: VaultEvent[];
  /** First ledger that the server still has: nothing is known of what came before. */
  since: number | null;
  loading: boolean;
}

export type FlowName =
  | 'create'
  | 'trustline'
  | 'deposit'
  | 'borrow'
  | 'repay'
  | 'withdraw'
  | 'fundReserve'
  | 'withdrawReserve'
  | 'policy'
  | 'automation'
  | 'close'
  | 'claim'
  | 'transfer'
  | 'accept'
  | 'rescue'
  | 'restore'
  | 'clearAuction'
  | 'sweep';

/** A flow that is open, with what it begins from. */
export interface OpenFlow {
  name: FlowName;
  asset?: Address;
  policy?: VaultPolicy;
}
