// How a position stands after a call, in the lines and warnings of a preview.
import type { Address, Health, Snapshot } from '../model';
import type { Core } from '../parts';
import { priceOf, saidPrice, saidShare } from './amounts';
import type { Context, Line, Preview, Warning } from './types';

const ONE_E7 = 10_000_000n;
/** Nearer to soft than this it is worth a word. */
const NEAR_E7 = 500_000n;

/** Healthy with a margin for interest and for the pool's own rounding. */
const HEALED_E7 = 9_998_000n;

/** The least deposit or repayment that makes a position healthy; null where none of that asset does. */
export function healing(core: Core, snapshot: Snapshot, asset: Address, what: 'collateral' | 'debt'): bigint | null {
  const isHealed = (amount: bigint) => {
    const after = core.health(snapshot, { changes: [what === 'debt' ? { asset, debt: -amount } : { asset, collateral: amount }] });
    return after.ok && after.value.riskRatioE7 <= HEALED_E7;
  };
  if (isHealed(0n)) return 0n;
  let [low, high] = [0n, 1n];
  while (!isHealed(high)) {
    if (high > MOST_HEALING) return null;
    [low, high] = [high, high * 4n];
  }
  while (low + 1n < high) {
    const middle = (low + high) / 2n;
    if (isHealed(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** More than anybody has of any token. */
const MOST_HEALING = 10n ** 24n;

/** A risk ratio; more than what can be shown is said in words. */
export const saidRisk = (ratioE7: bigint): string => (ratioE7 > 1_000n * ONE_E7 ? 'over 100 000%' : saidShare(ratioE7, 'up'));

/** Share by which the collateral's value may fall until the ratio is reached, rounded down; none if it is there already. */
export function roomE7(health: Health, untilE7: bigint): bigint {
  if (health.riskRatioE7 >= untilE7) return 0n;
  return ONE_E7 - (health.riskRatioE7 * ONE_E7 + untilE7 - 1n) / untilE7;
}

/** The one collateral whose price decides, if it is one. */
export function onlyCollateral(health: Health) {
  const held = health.legs.filter((leg) => leg.collateral > 0n);
  return held.length === 1 ? held[0]! : null;
}

/** `XLM may fall by 12.3%, to 0.2110 USD`. */
export function fallTo(context: Context, snapshot: Snapshot, health: Health, untilE7: bigint, price: bigint | null): string {
  const only = onlyCollateral(health);
  const now = only && priceOf(snapshot, only.asset);
  if (only && now && price !== null && price > 0n) {
    const code = context.assetOf(only.asset).code;
    if (price >= now) return `already there: ${saidPrice(snapshot, price, 'up')} for ${code}`;
    return `if ${code} falls ${saidShare(((now - price) * ONE_E7) / now, 'down', 1)}, to ${saidPrice(snapshot, price, 'up')}`;
  }
  return `if the collateral falls ${saidShare(roomE7(health, untilE7), 'down', 1)}`;
}

/** Risk before and after, where unwinding starts, where liquidation does. */
export function riskLines(context: Context, preview: Preview): Line[] {
  const { snapshot } = context;
  if (preview.intent.changes === null || !snapshot) return [];
  const before = context.health?.ok ? context.health.value : null;
  if (!preview.after?.ok) return [{ label: 'Risk ratio after', value: 'not known: the price is missing', id: 'risk-after', tone: 'warning' }];
  const after = preview.after.value;
  const tone = toneOf(after, snapshot.state.automation);
  const from = before && before.riskRatioE7 !== after.riskRatioE7 ? `${saidRisk(before.riskRatioE7)} \u2192 ` : '';
  const lines: Line[] = [{ label: 'Risk ratio', value: `${from}${saidRisk(after.riskRatioE7)}`, id: 'risk-after', ...(tone ? { tone } : {}) }];
  if (after.debtValue === 0n) return lines;
  if (snapshot.state.automation) lines.push({ label: 'Unwinding starts', value: fallTo(context, snapshot, after, BigInt(after.softE7), after.softPrice), id: 'soft' });
  lines.push({ label: 'Liquidation', value: fallTo(context, snapshot, after, ONE_E7, after.liquidationPrice), id: 'liquidation' });
  return lines;
}

function toneOf(after: Health, automation: boolean): 'warning' | 'danger' | undefined {
  if (after.riskRatioE7 >= ONE_E7) return 'danger';
  const limit = automation ? BigInt(after.softE7) : ONE_E7;
  return after.debtValue > 0n && roomE7(after, limit) < NEAR_E7 ? 'warning' : undefined;
}

/** What a position with debt can suffer; nothing where it owes nothing. */
export function riskWarnings(context: Context, preview: Preview): Warning[] {
  const { snapshot } = context;
  if (!snapshot || !preview.after?.ok || preview.after.value.debtValue === 0n) return [];
  const after = preview.after.value;
  const warnings: Warning[] = [];
  if (!snapshot.state.automation) {
    warnings.push({ tone: 'warning', text: 'Automation is off: nobody unwinds this vault before the pool liquidates it.' });
  } else if (roomE7(after, BigInt(after.softE7)) < NEAR_E7) {
    warnings.push({ tone: 'warning', text: `Unwinding starts at a risk ratio of ${saidShare(after.softE7, 'down')}: a fall of less than 5% is enough, and keepers then sell a part of your collateral.` });
  }
  warnings.push({ tone: 'info', text: 'A fall that is larger than the distance to liquidation within one price round cannot be unwound beforehand. Interest makes the debt grow.' });
  return warnings;
}
