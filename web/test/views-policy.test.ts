import { describe, expect, test } from 'vitest';
import { draftOf, GROUPS, isSamePolicy, readDraft } from '../src/views/policy-fields';
import { policyWords, presetOf } from '../src/views/policy-words';
import { BALANCED } from './support/policy';
import { EURC, USDC, XLM } from './views-fixture';

describe('a policy as text', () => {
  test('comes back as it was', () => {
    expect(readDraft(draftOf(BALANCED))).toEqual({ policy: BALANCED, problems: {} });
    const odd = { ...BALANCED, soft_e7: 9_612_345, sold_budget_e7: 100_000_000, volatility_z_e2: 150, max_price_age_seconds: 86_400n };
    expect(draftOf(odd).numbers.soft_e7).toBe('96.12345');
    expect(draftOf(odd).numbers.sold_budget_e7).toBe('1000');
    expect(draftOf(odd).numbers.volatility_z_e2).toBe('1.5');
    expect(readDraft(draftOf(odd)).policy).toEqual(odd);
  });

  test('has a field for every number, once', () => {
    const names = GROUPS.flatMap((group) => [...group.numbers, ...group.switches]).map((field) => field.name);
    expect([...names, 'second_oracle'].sort()).toEqual(Object.keys(BALANCED).sort());
    expect(GROUPS.flatMap((group) => group.codes).sort()).toEqual([160, 161, 162, 163, 164, 165, 166, 167, 168]);
  });

  test('says what cannot be read', () => {
    const draft = draftOf(BALANCED);
    const wrong = { ...draft, numbers: { ...draft.numbers, soft_e7: '9x', target_e7: '', window_ledgers: '1.5', hard_e7: '99999' } };
    const { policy, problems } = readDraft(wrong);
    expect(policy).toBeNull();
    expect(Object.keys(problems).sort()).toEqual(['hard', 'soft', 'target', 'window-ledgers']);
  });

  test('takes a second oracle with the names that it knows', () => {
    const draft = draftOf(BALANCED);
    const second = { isOn: true, oracle: EURC, required: true, names: { [XLM]: 'XLM', [USDC]: USDC, [EURC]: ' ' } };
    const { policy } = readDraft({ ...draft, second });
    expect(policy?.second_oracle).toEqual({
      tag: 'Feed',
      values: [{ oracle: EURC, required: true, assets: new Map([[XLM, { tag: 'Other', values: ['XLM'] }], [USDC, { tag: 'Stellar', values: [USDC] }]]) }],
    });
    expect(draftOf(policy!).second.names).toEqual({ [XLM]: 'XLM', [USDC]: USDC });
    expect(readDraft({ ...draft, second: { ...second, oracle: 'x', names: { [XLM]: 'a b' } } }).problems).toHaveProperty(`oracle-${XLM}`);
    expect(readDraft({ ...draft, second: { ...second, names: {} } }).problems).toHaveProperty('oracle');
  });
});

test('a preset is known by its numbers', () => {
  const presets = { early: { ...BALANCED, soft_e7: 9_200_000 }, balanced: BALANCED, late: { ...BALANCED, soft_e7: 9_800_000 } };
  expect(presetOf({ ...BALANCED }, presets)).toBe('balanced');
  expect(presetOf({ ...BALANCED, soft_e7: 9_500_000 }, presets)).toBeNull();
  expect(isSamePolicy(BALANCED, presets.early)).toBe(false);
});

test('a policy is told in full', () => {
  const words = policyWords({ ...BALANCED, volatility_z_e2: 200, volatility_shift_max_e7: 200_000 }).map((line) => line.words).join(' ');
  for (const part of ['96%', '94%', '25%', '60 ledgers (5 min)', '0.6%', '20%', '15 min', '0.1%', '95.5%', '2 standard deviations']) expect(words).toContain(part);
});
