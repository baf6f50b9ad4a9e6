// What a flow says of itself. The dialog does the rest: fields, preview, signing, sending, the result.
import type { Call } from '../chain/operations';
import type { Network } from '../chain/rpc';
import type { Prepared, Transfer } from '../chain/transact';
import type { Address, Asset, Change, Health, Outcome, Snapshot, VaultPolicy } from '../model';
import type { AccountView, Core, NetworkConfig, OpenFlow, Wallet } from '../parts';

/** What a flow goes by. It changes when something changes that matters, not with every ledger. */
export interface Context {
  config: NetworkConfig;
  core: Core;
  wallet: Wallet | null;
  account: AccountView | null;
  vault: Address | null;
  snapshot: Snapshot | null;
  /** Another one once something in the snapshot is different that matters: what was simulated before is old then. */
  version: string;
  health: Outcome<Health> | null;
  /** The newest one known. */
  ledger: number;
  from: OpenFlow;
  assetOf(contract: Address): Asset;
  /** An asset that a trustline is wanted for, where the configuration does not list it. */
  trust?: Asset;
}

/** What was entered: text by field, as it was typed. */
export interface Form {
  values: Readonly<Record<string, string>>;
  policy: VaultPolicy | null;
}

export type Field =
  | { kind: 'select'; name: string; label: string; options: { value: string; label: string }[]; hint?: string }
  | { kind: 'amount'; name: string; label: string; unit: string; hint?: string; fill?: Fill | undefined }
  | { kind: 'text'; name: string; label: string; unit?: string; hint?: string; decimal?: boolean }
  | { kind: 'check'; name: string; label: string }
  | { kind: 'policy'; name: 'policy'; label: string };

/** The button in an amount's field: what it is called and what it enters. `mark` says that the amount means all there is. */
export interface Fill {
  label: 'Max' | 'All' | 'Target';
  amount: string;
  mark?: string;
}

export interface Line {
  label: string;
  value: string;
  /** Ends the test id: `deposit-in`. */
  id?: string;
  tone?: 'warning' | 'danger';
  /** An address of which every letter is to be compared. */
  whole?: boolean;
}

export interface Warning {
  tone: 'info' | 'warning' | 'danger';
  text: string;
}

/** What was found before signing. */
export interface Preview {
  intent: Intent;
  prepared: Prepared;
  /** Health after it, where the position or the policy changes; from the same snapshot as everything else that is shown. */
  after: Outcome<Health> | null;
}

/** How a call ends, simulated or applied. */
export interface Ended {
  /** What it returns. */
  result: unknown;
  /** Tokens that move. */
  transfers: Transfer[];
  /** Whether it restores archived entries first. */
  restores?: boolean;
}

/** A call that the form means, with all its amounts. */
export interface Intent {
  /** The same key means the same transaction. */
  key: string;
  operation(network: Network): Call | Promise<Call>;
  /** What it changes of the position; null where health is beside the point. */
  changes: Change[] | null;
  policy?: VaultPolicy;
  /** After `Sign and`: `deposit 20 000 XLM`. */
  action: string;
  /** When it is done: `20 000 XLM deposited`. */
  done: string;
  lines: Line[];
  /** Who must be able to hold what arrives. */
  receives: { asset: Address; to: Address }[];
  /** What can go wrong, in words. */
  warnings(preview: Preview): Warning[];
  /** What the simulation adds to the lines, and later what really happened. */
  found?(ended: Ended): Line[];
  /** A simulation that succeeds and yet would do nothing. */
  pointless?(ended: Ended): string | null;
}

/** What is wrong, by field. An empty text keeps the button off and says nothing: the field is not filled in yet. */
export type Problems = Record<string, string>;

export type Meant = { intent: Intent } | { problems: Problems };

export interface Flow {
  /** Begins test ids: `fund-reserve`. */
  id: string;
  title: string;
  /** Who must sign it. */
  signer: 'owner' | 'anybody' | 'proposed';
  /** Whether it is about a vault. */
  ofVault: boolean;
  start(context: Context): Form;
  fields(context: Context, form: Form): Field[];
  meant(context: Context, form: Form): Meant;
  /** What to do about an error of the simulation, where this flow knows better. */
  advice?: Partial<Record<number, string>>;
  /** Above the fields. */
  notes?(context: Context, form: Form): Warning[];
}
