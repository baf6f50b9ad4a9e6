// Policies in the core's words, and which of a policy's fields an error is about.
import type { ErrorCode, VaultPolicy } from '../model';
import type { AnswerReader, QuestionWriter } from './words';

export type PolicyField = Exclude<keyof VaultPolicy, 'second_oracle'>;

const FLAGS: readonly PolicyField[] = ['use_previous_round', 'reserve_first'];

/** In the core's order. */
export const POLICY_FIELDS: readonly PolicyField[] = [
  'soft_e7',
  'target_e7',
  'hard_e7',
  'step_min_e7',
  'step_max_e7',
  'discount_min_e7',
  'discount_max_e7',
  'sold_budget_e7',
  'window_ledgers',
  'max_cost_of_equity_e7',
  'max_price_age_seconds',
  'max_price_deviation_e7',
  'use_previous_round',
  'reserve_first',
  'dust_reserve_e7',
  'rescue_target_e7',
  'rescue_window_ledgers',
  'volatility_z_e2',
  'volatility_shift_max_e7',
];

/** The fields of each of the contract's rules, in the order in which it checks them. */
export const RULES: readonly { code: ErrorCode; fields: readonly PolicyField[] }[] = [
  { code: 160, fields: ['soft_e7', 'target_e7', 'hard_e7', 'rescue_target_e7'] },
  { code: 161, fields: ['step_min_e7', 'step_max_e7'] },
  { code: 162, fields: ['discount_min_e7', 'discount_max_e7'] },
  { code: 163, fields: ['sold_budget_e7', 'window_ledgers'] },
  { code: 164, fields: ['max_cost_of_equity_e7'] },
  { code: 165, fields: ['max_price_age_seconds', 'max_price_deviation_e7'] },
  { code: 166, fields: ['dust_reserve_e7'] },
  { code: 167, fields: ['rescue_window_ledgers'] },
  { code: 168, fields: ['volatility_z_e2', 'volatility_shift_max_e7'] },
];

/** The first rule of which a field is no number of its type: no contract could even read such a policy. */
export function unreadable(policy: VaultPolicy): ErrorCode | null {
  const rule = RULES.find(({ fields }) => fields.some((field) => !isReadable(field, policy[field])));
  return rule?.code ?? null;
}

function isReadable(field: PolicyField, value: unknown): boolean {
  if (field === 'max_price_age_seconds') return typeof value === 'bigint' && value >= 0n && value < 1n << 64n;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

/** A copy of `base` with the fields of one rule taken from `policy`. */
export function withFieldsOf(base: VaultPolicy, policy: VaultPolicy, fields: readonly PolicyField[]): VaultPolicy {
  const copy = { ...base };
  for (const field of fields) Object.assign(copy, { [field]: policy[field] });
  return copy;
}

export function writePolicy(writer: QuestionWriter, policy: VaultPolicy): void {
  for (const field of POLICY_FIELDS) writer.number(BigInt(policy[field]));
}

/** A policy without a second oracle. */
export function readPolicy(reader: AnswerReader): VaultPolicy {
  const policy: Partial<Record<keyof VaultPolicy, unknown>> = { second_oracle: { tag: 'None', values: undefined } };
  for (const field of POLICY_FIELDS) {
    if (FLAGS.includes(field)) policy[field] = reader.flag();
    else policy[field] = field === 'max_price_age_seconds' ? reader.big() : reader.number();
  }
  return policy as unknown as VaultPolicy;
}
