// Integers as decimal text and back. No floating-point number is ever made of an amount.

/** Where a number that has more digits than are shown is rounded to. */
export type Rounding = 'down' | 'up';

/** Groups digits, and survives being pasted into an amount field. Neither a comma nor a point: both mean decimals somewhere. */
const GROUP = '\u202f';

export interface UnitsFormat {
  /** Most digits after the point; all of them unless told. */
  digits?: number;
  /** Least digits after the point; zeros are dropped down to it. */
  leastDigits?: number;
  /** Towards zero unless told; `up` is away from zero. */
  rounding?: Rounding;
  /** Put a plus before what is positive. */
  sign?: boolean;
}

/** `12345678n` with 7 decimals is `1.2345678`. */
export function formatUnits(amount: bigint, decimals: number, format: UnitsFormat = {}): string {
  const digits = Math.min(format.digits ?? decimals, decimals);
  const leastDigits = Math.min(format.leastDigits ?? 0, digits);
  const cut = 10n ** BigInt(decimals - digits);
  const size = amount < 0n ? -amount : amount;
  const kept = format.rounding === 'up' ? (size + cut - 1n) / cut : size / cut;
  const text = kept.toString().padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, GROUP);
  let fraction = text.slice(text.length - digits);
  while (fraction.length > leastDigits && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  const sign = kept === 0n ? '' : amount < 0n ? '\u2212' : format.sign ? '+' : '';
  return `${sign}${whole}${fraction && `.${fraction}`}`;
}

/** What is wrong with the text of an amount; the words are for whoever typed it. */
export class AmountError extends Error {}

/** Largest amount that a contract takes. */
const MAX_AMOUNT = (1n << 127n) - 1n;

/**
 * The smallest units that a text means. Spaces between digits are dropped.
 *
 * @throws AmountError with words for the reader: an empty text, anything but digits and one point, more decimals than
 *   the asset has, more than a contract can take.
 */
export function parseUnits(text: string, decimals: number): bigint {
  const digits = text.replace(/[\s\u202f\u2009\u00a0]/g, '');
  if (digits === '') throw new AmountError('Enter an amount.');
  if (digits.includes(',')) throw new AmountError('Use a point for decimals and no commas: 1234.5');
  const match = /^(\d*)(?:\.(\d*))?$/.exec(digits);
  if (!match || digits === '.') throw new AmountError('An amount is digits with at most one point: 1234.5');
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) throw new AmountError(`At most ${decimals} digits after the point.`);
  const amount = BigInt((match[1] || '0') + fraction.padEnd(decimals, '0'));
  if (amount > MAX_AMOUNT) throw new AmountError('That is more than a contract can take.');
  return amount;
}

/** The text of an amount that `parseUnits` reads back: without groups. */
export function plainUnits(amount: bigint, decimals: number): string {
  return formatUnits(amount, decimals).replaceAll(GROUP, '').replace('\u2212', '-');
}

/** A share with 7 decimals as a percentage: `9_234_567n` is `92.35%` rounded up. */
export function formatShareE7(share: bigint | number, format: { digits?: number; rounding?: Rounding; sign?: boolean } = {}): string {
  return `${formatUnits(BigInt(share), 5, { digits: format.digits ?? 2, leastDigits: 0, rounding: format.rounding ?? 'down', sign: format.sign ?? false })}%`;
}

/** The share with 7 decimals that a percentage means: `96.5` is `9_650_000n`. Throws as `parseUnits`. */
export function parseShareE7(text: string): bigint {
  return parseUnits(text.replace(/%\s*$/, ''), 5);
}

/** Digits after the point so that at least `significant` digits of a price say something. */
function priceDigits(price: bigint, decimals: number, significant: number): number {
  const length = price.toString().length;
  return Math.max(2, Math.min(decimals, decimals - length + significant));
}

/** A price with five significant digits, two decimals at least. */
export function formatPrice(price: bigint, decimals: number, rounding: Rounding = 'down', significant = 5): string {
  return formatUnits(price, decimals, { digits: priceDigits(price, decimals, significant), leastDigits: 2, rounding });
}

/** Decimals of a power of ten: `10_000_000n` has 7. */
export function decimalsOf(scalar: bigint): number {
  return scalar.toString().length - 1;
}
