// A policy in words, and what its presets were measured to be worth: figures of docs/policy.md.
import { formatDuration, formatLedgers } from '../format/time';
import { formatShareE7, formatUnits } from '../format/units';
import type { VaultPolicy } from '../model';
import type { PresetName } from '../parts';
import { isSamePolicy } from './policy-fields';
import { shareText } from './text';

export const PRESETS: readonly PresetName[] = ['early', 'balanced', 'late'];
export const PRESET_TITLE: Record<PresetName, string> = { early: 'Early', balanced: 'Balanced', late: 'Late' };

export const PRESET_FOR: Record<PresetName, string> = {
  early: 'For those who mind an auction more than a sale into a dip. Bears slow keepers best.',
  balanced: 'The default. The smallest regret among what does well everywhere.',
  late: 'For those who mind selling more. Needs keepers that act within a minute.',
};

/** The test on the three months that were not used to choose: XLM, 1,360 simulated weeks a preset. */
export const MEASURED: readonly { label: string; note?: string; bare: string; of: Record<PresetName, string> }[] = [
  { label: 'Weeks with a filled auction', bare: '23.2%', of: { early: '7.5%', balanced: '6.7%', late: '9.0%' } },
  { label: 'Gain on the mean, bps (standard error)', bare: '\u2013', of: { early: '+32 (10)', balanced: '+34 (12)', late: '+21 (6)' } },
  { label: 'Where no auction came, bps', bare: '\u2013', of: { early: '\u22129.4', balanced: '\u22124.4', late: '\u22122.2' } },
  { label: 'Sold without need, bps', bare: '\u2013', of: { early: '172', balanced: '54', late: '20' } },
  { label: 'Worst week, bps', bare: '\u2013', of: { early: '\u22121016', balanced: '\u2212903', late: '\u2212968' } },
];

export const MEASURED_CAVEAT =
  'October to December 2025, XLM, against the same position without a vault, in hundredths of a percent of the collateral. On BTC balanced cut weeks with a filled auction from 8% to 2%, on ETH from 17% to 1%. Most of the gain comes from two spells: three months are a small sample with one historic crash in it. The worst week lost all of the equity, where the bare position kept a quarter of it.';

/** When a vault is not worth its while, each with what was measured. */
export const BETTER_WITHOUT: readonly { title: string; words: string }[] = [
  { title: 'With a health factor of 1.5 or more', words: 'Such a position is filled in 1% to 2% of weeks, and a vault gains 0 to 2 bps: there is next to nothing to insure.' },
  { title: 'When a week falls and recovers', words: 'Then everything that was sold is regretted: 51 bps of the collateral on the mean at health 1.20 on XLM. In one week of November 2024 it cost 999 bps at health 1.10.' },
  { title: 'Where those who fill auctions compete', words: 'A liquidation costs their margin. At a margin of 2% the default gains 7 bps on XLM, at 10% it gains 42.' },
  { title: 'With slow keepers and a late policy', words: 'At a delay of five minutes late keeps a third of its gain. If nobody serves your vault within a minute, choose early, or no vault.' },
  { title: 'If you watch it yourself', words: 'Adding collateral in time sells nothing. No policy does that.' },
];

export const BETTER_WITHOUT_CAVEAT =
  'A vault lowers the price of liquidation; it does not lift it: compared with a position that nobody liquidates, every borrower loses, the owner of a vault too. Figures are means of simulated weeks (1 bps is 0.01% of the collateral); the median week is zero. One keeper, no lying price feed and no crowd of vaults were simulated.';

export function presetOf(policy: VaultPolicy, presets: Record<PresetName, VaultPolicy>): PresetName | null {
  return PRESETS.find((name) => isSamePolicy(policy, presets[name])) ?? null;
}

/** What a policy does, a line for each part of it. */
export function policyWords(policy: VaultPolicy): { title: string; words: string }[] {
  const { soft_e7: soft, target_e7: target, hard_e7: hard } = policy;
  const lines = [
    { title: 'When', words: `Nothing is sold below a risk ratio of ${shareText(soft)}. From there any keeper may sell collateral until it is back at ${shareText(target)}.` },
    {
      title: 'How much',
      words: `A step repays at most ${shareText(policy.step_min_e7)} of the debt at ${shareText(soft)}, rising to ${shareText(policy.step_max_e7)} at ${shareText(hard)}. Below ${shareText(hard)} at most ${shareText(policy.sold_budget_e7)} of a largest step is sold in ${policy.window_ledgers} ledgers (${formatLedgers(policy.window_ledgers)}).`,
    },
    {
      title: 'At what price',
      words: `At most ${shareText(policy.discount_min_e7)} under the oracle at ${shareText(soft)}, rising to ${shareText(policy.discount_max_e7)} at ${shareText(hard)}; never so much that unwinding everything would cost over ${shareText(policy.max_cost_of_equity_e7)} of the equity.`,
    },
    {
      title: 'By which prices',
      words: `The pool\u2019s oracle${policy.use_previous_round ? ', its round before too,' : ''} no older than ${formatDuration(Number(policy.max_price_age_seconds))}${secondWords(policy)}.`,
    },
    {
      title: 'Reserve',
      words: policy.reserve_first ? `Idle tokens of the debt\u2019s asset are spent first, from ${shareText(policy.dust_reserve_e7)} of the debt upwards.` : 'Idle tokens are not spent on debt.',
    },
    {
      title: 'In an auction',
      words: `Keepers may rescue from ${policy.rescue_window_ledgers} ledgers before the auction is worth a filler\u2019s while, to just below ${shareText(policy.rescue_target_e7)}.`,
    },
  ];
  if (policy.volatility_z_e2 > 0) {
    lines.push({
      title: 'Volatility',
      words: `Soft, target and hard are lowered by ${formatUnits(BigInt(policy.volatility_z_e2), 2)} standard deviations of a price round, at most by ${formatShareE7(policy.volatility_shift_max_e7)}.`,
    });
  }
  return lines;
}

function secondWords(policy: VaultPolicy): string {
  if (policy.second_oracle.tag === 'None') return '; no second oracle';
  const [{ required }] = policy.second_oracle.values;
  return `; a second oracle${required ? ' is required and' : ''} may differ by at most ${shareText(policy.max_price_deviation_e7)}`;
}
