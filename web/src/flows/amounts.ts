// Amounts that flows begin from: what there is, what is owed, and the most that can be moved.
import { formatPrice, formatShareE7, formatUnits, parseUnits, plainUnits, AmountError, decimalsOf } from '../format/units';
import type { Address, Asset, Leg, Reserve, Snapshot } from '../model';
import type { AccountView } from '../parts';
import type { Context, Fill, Form } from './types';

/** Interest that may accrue until a repayment of everything arrives, one part in so many of the debt. */
const INTEREST_MARGIN = 10_000n;
/** The same where the debt is only known as of the pool's last change. */
const COARSE_MARGIN = 100n;
/** Lumens that stay for fees when everything else is moved: a close costs an eighth of it. */
export const FEES_KEPT = 10_000_000n;
/** The pool takes an amount above the balance for all of it. */
export const EVERYTHING = (1n << 127n) - 1n;
const RATE_E12 = 1_000_000_000_000n;

/** An amount in full, `20 000 XLM`. */
export const said = (amount: bigint, asset: Asset): string => `${formatUnits(amount, asset.decimals)} ${asset.code}`;

/** About an amount: four decimals, towards caution. */
export const about = (amount: bigint, asset: Asset, rounding: 'up' | 'down'): string =>
  `${formatUnits(amount, asset.decimals, { digits: Math.min(4, asset.decimals), rounding })} ${asset.code}`;

export const isLumens = (asset: Asset): boolean => asset.code === 'XLM' && asset.issuer === null;

/** Whether an account needs a trustline to hold it. An issuer holds its own asset without. */
export const needsTrustline = (asset: Asset, holder: Address): boolean => asset.issuer !== null && asset.issuer !== holder && holder.startsWith('G');

export function reserveOf(snapshot: Snapshot | null, asset: Address): Reserve | undefined {
  return snapshot?.reserves.find((reserve) => reserve.asset === asset);
}

export function legOf(context: Context, asset: Address): Leg | undefined {
  return context.health?.ok ? context.health.value.legs.find((leg) => leg.asset === asset) : undefined;
}

const ceil = (amount: bigint, by: bigint) => (amount + by - 1n) / by;

/** What the vault owes, rounded up. Without a price the core says nothing: then as of the pool's last change. */
export function debtOf(context: Context, asset: Address): bigint {
  const leg = legOf(context, asset);
  if (leg) return leg.debt;
  const reserve = reserveOf(context.snapshot, asset);
  return reserve ? ceil(reserve.dTokens * reserve.stored.dRateE12, RATE_E12) : 0n;
}

/** What the vault has supplied as collateral, rounded down. */
export function collateralOf(context: Context, asset: Address): bigint {
  const leg = legOf(context, asset);
  if (leg) return leg.collateral;
  const reserve = reserveOf(context.snapshot, asset);
  return reserve ? (reserve.bTokens * reserve.stored.bRateE12) / RATE_E12 : 0n;
}

/** What surely clears a debt: the excess comes back. */
export function clearing(context: Context, asset: Address): bigint {
  const debt = debtOf(context, asset);
  return debt === 0n ? 0n : debt + debt / (context.health?.ok ? INTEREST_MARGIN : COARSE_MARGIN) + 1n;
}

export const withMargin = (debt: bigint): bigint => debt + debt / INTEREST_MARGIN + 1n;

export const hasDebt = (context: Context): boolean => (context.snapshot?.reserves ?? []).some((reserve) => reserve.dTokens > 0n);

/** What the wallet can pay of an asset, with fees kept back. */
export function payable(account: AccountView | null, asset: Asset): bigint {
  const spendable = account?.balances.get(asset.contract)?.spendable ?? 0n;
  if (!isLumens(asset)) return spendable;
  return spendable > FEES_KEPT ? spendable - FEES_KEPT : 0n;
}

export const least = (...amounts: bigint[]): bigint => amounts.reduce((one, other) => (one < other ? one : other));

export const fill = (label: Fill['label'], amount: bigint, asset: Asset, mark?: string): Fill => ({
  label,
  amount: plainUnits(amount, asset.decimals),
  ...(mark ? { mark } : {}),
});

/** Reads a field: an amount, or what is wrong with it. */
export function amountIn(form: Form, name: string, asset: Asset): { amount: bigint } | { problem: string } {
  const text = form.values[name] ?? '';
  if (text.trim() === '') return { problem: '' };
  try {
    const amount = parseUnits(text, asset.decimals);
    return amount === 0n ? { problem: 'Enter an amount above zero.' } : { amount };
  } catch (error) {
    if (error instanceof AmountError) return { problem: error.message };
    throw error;
  }
}

/** Price of an asset now, or null. */
export const priceOf = (snapshot: Snapshot, asset: Address): bigint | null => {
  const price = reserveOf(snapshot, asset)?.rounds[0]?.price;
  return price !== undefined && price > 0n ? price : null;
};

export const saidPrice = (snapshot: Snapshot, price: bigint, rounding: 'up' | 'down'): string =>
  `${formatPrice(price, decimalsOf(snapshot.state.links.price_scalar), rounding)} ${snapshot.pool.baseName}`;

export const saidValue = (snapshot: Snapshot, value: bigint, rounding: 'up' | 'down'): string =>
  `${formatUnits(value, decimalsOf(snapshot.state.links.price_scalar), { digits: 2, leastDigits: 2, rounding })} ${snapshot.pool.baseName}`;

/** A share in percent, `12.3%`. */
export const saidShare = (shareE7: bigint | number, rounding: 'up' | 'down', digits = 2): string => formatShareE7(shareE7, { digits, rounding });
