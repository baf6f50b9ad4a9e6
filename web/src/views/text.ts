// Numbers as the views show them, each kind rounded towards caution: debt, cost and risk up, what one has down.
import { decimalsOf, formatPrice, formatShareE7, formatUnits, type Rounding } from '../format/units';
import type { Address, Asset, Snapshot } from '../model';

export const ONE_E7 = 10_000_000n;
/** Ratios above this say nothing more: the core gives the largest integer for debt without collateral. */
const LARGEST_RATIO_E7 = 10n * ONE_E7;

/** What values and prices are in. */
export interface Unit {
  name: string;
  decimals: number;
}

export function unitOf(snapshot: Snapshot): Unit {
  return { name: snapshot.pool.baseName, decimals: decimalsOf(snapshot.state.links.price_scalar) };
}

/** `1 234.56 USD`. */
export function valueText(value: bigint, unit: Unit, rounding: Rounding): string {
  return `${formatUnits(value, unit.decimals, { digits: 2, leastDigits: 2, rounding })} ${unit.name}`;
}

/** `0.21345 USD`. */
export function priceText(price: bigint, unit: Unit, rounding: Rounding): string {
  return `${formatPrice(price, unit.decimals, rounding)} ${unit.name}`;
}

const SIGNIFICANT = 7;

/** `1 234.567 XLM`: two decimals at least, and more where the number is small. */
export function amountText(amount: bigint, asset: Asset, rounding: Rounding): string {
  const whole = (amount < 0n ? -amount : amount) / 10n ** BigInt(asset.decimals);
  const digits = Math.max(2, SIGNIFICANT - (whole === 0n ? 0 : whole.toString().length));
  return `${formatUnits(amount, asset.decimals, { digits, rounding })} ${asset.code}`;
}

/** A risk ratio, rounded up. */
export function ratioText(ratioE7: bigint | number, digits = 2): string {
  const ratio = BigInt(ratioE7);
  if (ratio > LARGEST_RATIO_E7) return 'over 1\u202f000%';
  return formatShareE7(ratio, { digits, rounding: 'up' });
}

/** A number of the policy, exactly as it stands. */
export function shareText(shareE7: bigint | number): string {
  return formatShareE7(shareE7, { digits: 5 });
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** How far a price is from another, share of the first: never more than it is. Negative is below. */
export function moveE7(from: bigint, to: bigint): bigint {
  return from === 0n ? 0n : ((to - from) * ONE_E7) / from;
}

/** `12.3% below`, `4.1% above`. */
export function distanceText(from: bigint, to: bigint): string {
  const move = moveE7(from, to);
  if (move === 0n) return 'where it is now';
  return `${formatShareE7(move < 0n ? -move : move, { digits: 1 })} ${move < 0n ? 'below' : 'above'}`;
}

/** The last price of the pool's oracle; null where it has none. */
export function lastPrice(snapshot: Snapshot, asset: Address): bigint | null {
  return snapshot.reserves.find((each) => each.asset === asset)?.rounds[0]?.price ?? null;
}

/** Bigint division rounded up, of what is not negative. */
export function divideUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** A share, rounded up: tenths of a percent below ten, whole percents above. */
export function formatPercentUp(shareE7: bigint): string {
  return formatShareE7(shareE7, { digits: shareE7 >= 1_000_000n ? 0 : 1, rounding: 'up' });
}

/** A cost, rounded up; what is negative is called a gain and rounded down. */
export function costText(costValue: bigint, unit: Unit): { word: 'cost' | 'gain'; value: string } {
  return costValue < 0n ? { word: 'gain', value: valueText(-costValue, unit, 'down') } : { word: 'cost', value: valueText(costValue, unit, 'up') };
}
