// The policy as text that can be edited, and back. Names and bounds are those of the contracts.
import { AmountError, formatShareE7, formatUnits, parseShareE7, parseUnits } from '../format/units';
import type { Address, ErrorCode, VaultPolicy } from '../model';

type NumberName = Exclude<keyof VaultPolicy, 'second_oracle' | 'use_previous_round' | 'reserve_first'>;
type SwitchName = 'use_previous_round' | 'reserve_first';
type Kind = 'share' | 'ledgers' | 'seconds' | 'times';

export interface NumberField {
  name: NumberName;
  /** As the documentation calls it; `policy-<id>` is the control's test id. */
  id: string;
  kind: Kind;
  label: string;
  hint: string;
}

export interface SwitchField {
  name: SwitchName;
  id: string;
  label: string;
}

export interface FieldGroup {
  title: string;
  words: string;
  /** Errors of the vault that are about these fields. */
  codes: ErrorCode[];
  numbers: NumberField[];
  switches: SwitchField[];
}

export const GROUPS: readonly FieldGroup[] = [
  {
    title: 'Thresholds',
    words: 'Risk ratios: liability base over collateral base. At 100% the pool liquidates.',
    codes: [160],
    numbers: [
      { name: 'soft_e7', id: 'soft', kind: 'share', label: 'Soft', hint: 'Unwinding starts here. At least 1% above the target.' },
      { name: 'target_e7', id: 'target', kind: 'share', label: 'Target', hint: 'Unwinding stops here. At least 10%.' },
      { name: 'hard_e7', id: 'hard', kind: 'share', label: 'Hard', hint: 'Steps and discount are largest from here, and the budget no longer binds. Above soft, at most 100%.' },
      { name: 'rescue_target_e7', id: 'rescue-target', kind: 'share', label: 'Rescue target', hint: 'A rescue out of an auction lands just below it. Above the target, at most 99.5%.' },
    ],
    switches: [],
  },
  {
    title: 'Size of a step',
    words: 'Shares of the debt value.',
    codes: [161],
    numbers: [
      { name: 'step_min_e7', id: 'step-min', kind: 'share', label: 'Largest step at soft', hint: '1% or more. Half of it is the smallest step.' },
      { name: 'step_max_e7', id: 'step-max', kind: 'share', label: 'Largest step at hard', hint: 'At most 100%.' },
    ],
    switches: [],
  },
  {
    title: 'Price of a step',
    words: 'Most that is given up per unit sold, against the highest price ratio that the vault knows.',
    codes: [162, 164],
    numbers: [
      { name: 'discount_min_e7', id: 'discount-min', kind: 'share', label: 'Discount at soft', hint: 'Above 0%.' },
      { name: 'discount_max_e7', id: 'discount-max', kind: 'share', label: 'Discount at hard', hint: 'At most 10%. More attracts keepers in a crash, and is what a lying price feed can take.' },
      { name: 'max_cost_of_equity_e7', id: 'max-cost-of-equity', kind: 'share', label: 'Most cost of equity', hint: 'If the whole debt were repaid at the discount. Above 0%, at most 100%.' },
    ],
    switches: [],
  },
  {
    title: 'Budget',
    words: 'What may be sold in a stretch of time, below hard.',
    codes: [163],
    numbers: [
      { name: 'sold_budget_e7', id: 'sold-budget', kind: 'share', label: 'Budget of a window', hint: 'In largest steps at its first risk ratio: 100% is one. 1% to 1000%.' },
      { name: 'window_ledgers', id: 'window-ledgers', kind: 'ledgers', label: 'Length of a window', hint: 'A ledger takes about 5 seconds. 1 to 17280.' },
    ],
    switches: [],
  },
  {
    title: 'Prices',
    words: 'Which prices the vault acts upon.',
    codes: [165],
    numbers: [
      { name: 'max_price_age_seconds', id: 'max-price-age', kind: 'seconds', label: 'Oldest price', hint: 'Twice the oracle\u2019s round at least, at most 86400 (a day).' },
      { name: 'max_price_deviation_e7', id: 'max-price-deviation', kind: 'share', label: 'Largest difference', hint: 'Between the pool\u2019s oracle and the second one. Above 0%, at most 50%.' },
    ],
    switches: [{ name: 'use_previous_round', id: 'use-previous-round', label: 'Also hold a sale against the round before, so that one bad round is not sold into' }],
  },
  {
    title: 'Reserve',
    words: 'Idle tokens of the vault.',
    codes: [166],
    numbers: [{ name: 'dust_reserve_e7', id: 'dust-reserve', kind: 'share', label: 'Dust', hint: 'Less than this share of the debt is left alone. At most 10%.' }],
    switches: [{ name: 'reserve_first', id: 'reserve-first', label: 'Spend the reserve on debt before collateral is sold' }],
  },
  {
    title: 'Rescue',
    words: 'While a liquidation auction is open.',
    codes: [167],
    numbers: [
      { name: 'rescue_window_ledgers', id: 'rescue-window', kind: 'ledgers', label: 'Opens early by', hint: 'Ledgers before the lot is worth a filler\u2019s while. At most 200.' },
    ],
    switches: [],
  },
  {
    title: 'Volatility',
    words: 'Lower thresholds while prices move much. Off with 0; in the study it did not earn its place.',
    codes: [168],
    numbers: [
      { name: 'volatility_z_e2', id: 'volatility-z', kind: 'times', label: 'Standard deviations', hint: 'Of one oracle round. 0 to 10.' },
      { name: 'volatility_shift_max_e7', id: 'volatility-shift-max', kind: 'share', label: 'Lowered at most by', hint: 'The target stays at 10% or above.' },
    ],
    switches: [],
  },
];

const NUMBERS = GROUPS.flatMap((group) => group.numbers);
const U32_MOST = 4_294_967_295n;

/** The policy as its fields are typed. */
export interface Draft {
  numbers: Record<NumberName, string>;
  use_previous_round: boolean;
  reserve_first: boolean;
  second: { isOn: boolean; oracle: string; required: boolean; names: Record<Address, string> };
}

function numberText(value: bigint | number, kind: Kind): string {
  if (kind === 'share') return formatShareE7(value, { digits: 5 }).replace('%', '').replaceAll('\u202f', '');
  return formatUnits(BigInt(value), kind === 'times' ? 2 : 0).replaceAll('\u202f', '');
}

export function draftOf(policy: VaultPolicy): Draft {
  const numbers = Object.fromEntries(NUMBERS.map(({ name, kind }) => [name, numberText(policy[name], kind)])) as Draft['numbers'];
  const source = policy.second_oracle;
  const feed = source.tag === 'Feed' ? source.values[0] : null;
  const names = Object.fromEntries([...(feed?.assets ?? [])].map(([asset, name]): [Address, string] => [asset, name.values[0]]).sort());
  return {
    numbers,
    use_previous_round: policy.use_previous_round,
    reserve_first: policy.reserve_first,
    second: { isOn: feed !== null, oracle: feed?.oracle ?? '', required: feed?.required ?? false, names },
  };
}

const CONTRACT = /^C[A-Z2-7]{55}$/;
const SYMBOL = /^[A-Za-z0-9_]{1,32}$/;

export interface Read {
  /** Null where something cannot be read. */
  policy: VaultPolicy | null;
  /** By the field's `id`; `oracle` and `oracle-<asset>` of the second oracle. */
  problems: Record<string, string>;
}

/** Reads what was typed. What the vault thinks of the numbers is for the core to say. */
export function readDraft(draft: Draft): Read {
  const problems: Record<string, string> = {};
  const numbers: Partial<Record<NumberName, bigint>> = {};
  for (const { name, id, kind } of NUMBERS) {
    try {
      numbers[name] = readNumber(draft.numbers[name], kind);
    } catch (error) {
      if (!(error instanceof AmountError)) throw error;
      problems[id] = error.message;
    }
  }
  const second = readSecond(draft, problems);
  if (Object.keys(problems).length > 0) return { policy: null, problems };
  const values = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, name === 'max_price_age_seconds' ? value : Number(value)]));
  const { use_previous_round, reserve_first } = draft;
  return { policy: { ...(values as unknown as Record<NumberName, never>), use_previous_round, reserve_first, second_oracle: second }, problems };
}

function readNumber(text: string, kind: Kind): bigint {
  if (text.trim() === '') throw new AmountError('Enter a number.');
  const value = kind === 'share' ? parseShareE7(text) : parseUnits(text, kind === 'times' ? 2 : 0);
  if (value > U32_MOST) throw new AmountError('That is more than the contract can take.');
  return value;
}

function readSecond(draft: Draft, problems: Record<string, string>): VaultPolicy['second_oracle'] {
  const { isOn, oracle, required, names } = draft.second;
  if (!isOn) return { tag: 'None', values: undefined };
  if (!CONTRACT.test(oracle.trim())) problems.oracle = 'Enter the contract of the feed: C and 55 more letters and digits.';
  const assets = new Map<Address, { tag: 'Stellar'; values: readonly [string] } | { tag: 'Other'; values: readonly [string] }>();
  for (const [asset, typed] of Object.entries(names)) {
    const name = typed.trim();
    if (name === '') continue;
    if (CONTRACT.test(name)) assets.set(asset, { tag: 'Stellar', values: [name] });
    else if (SYMBOL.test(name)) assets.set(asset, { tag: 'Other', values: [name] });
    else problems[`oracle-${asset}`] = 'A contract, or a symbol of at most 32 letters, digits and underscores.';
  }
  if (assets.size === 0 && problems.oracle === undefined) problems.oracle = 'Name at least one asset as the feed calls it.';
  return { tag: 'Feed', values: [{ oracle: oracle.trim(), required, assets }] };
}

/** Whether two policies are the same in every field. */
export function isSamePolicy(one: VaultPolicy, other: VaultPolicy): boolean {
  return JSON.stringify(draftOf(one)) === JSON.stringify(draftOf(other));
}
