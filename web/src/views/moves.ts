// A move of a price, in tenths of a percent: what the slider and the field beside it speak.
import { formatUnits, parseUnits } from '../format/units';

export const LEAST_TENTHS = -600;
export const MOST_TENTHS = 300;
/** What one key press moves the slider by. */
export const STEP_TENTHS = 5;

/** `−12.5`. */
export function moveText(tenths: number): string {
  return formatUnits(BigInt(tenths), 1, { sign: true });
}

/** Reads `-12.5`, `−12.5%`, `+3`. Throws as `parseUnits` does; clamps to what the slider can show. */
export function parseMove(text: string): number {
  const plain = text.trim().replace(/%$/, '').trim();
  const isBelow = /^[-\u2212\u2013]/.test(plain);
  const size = Number(parseUnits(plain.replace(/^[-\u2212\u2013+]\s*/, ''), 1));
  return Math.max(LEAST_TENTHS, Math.min(MOST_TENTHS, isBelow ? -size : size));
}

export function priceAfter(price: bigint, tenths: number): bigint {
  return (price * BigInt(1000 + tenths)) / 1000n;
}

/** Where a price lies on the slider, in tenths; may be outside of it. */
export function tenthsTo(now: bigint, price: bigint): number {
  return now === 0n ? 0 : Number(((price - now) * 10_000n) / now) / 10;
}

/** Where the slider stands at first: at the liquidation, where the belt shows what it does. */
export function firstMove(now: bigint, liquidation: bigint | null): number {
  const tenths = liquidation === null ? -150 : Math.floor(tenthsTo(now, liquidation) / STEP_TENTHS) * STEP_TENTHS;
  return tenths >= LEAST_TENTHS && tenths <= MOST_TENTHS ? tenths : -150;
}

/** In words: `12.5% lower`. */
export function moveWords(tenths: number): string {
  if (tenths === 0) return 'unchanged';
  return `${formatUnits(BigInt(Math.abs(tenths)), 1)}% ${tenths < 0 ? 'lower' : 'higher'}`;
}
