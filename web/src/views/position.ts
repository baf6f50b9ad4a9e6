// What a vault has, owes and keeps, in the groups in which it is shown.
import type { Address, Health, Leg, Snapshot } from '../model';
import { lastPrice } from './text';

export interface Holding {
  asset: Address;
  amount: bigint;
  /** Null where the oracle has no price. */
  value: bigint | null;
}

export interface Holdings {
  collateral: Holding[];
  debt: Holding[];
  reserve: Holding[];
  /** Totals; null as soon as one value is unknown. */
  collateralValue: bigint | null;
  debtValue: bigint | null;
  reserveValue: bigint | null;
  /** Collateral and reserve less debt. */
  equity: bigint | null;
}

const ONE_E12 = 10n ** 12n;

/** Without prices the legs are shown all the same, by the rates that the pool has stored. */
function legsOf(snapshot: Snapshot, health: Health | null): (Leg & { valued: boolean })[] {
  if (health) return health.legs.map((leg) => ({ ...leg, valued: true }));
  return snapshot.reserves
    .filter((reserve) => reserve.bTokens > 0n || reserve.dTokens > 0n)
    .map((reserve) => ({
      asset: reserve.asset,
      collateral: (reserve.bTokens * reserve.stored.bRateE12) / ONE_E12,
      debt: (reserve.dTokens * reserve.stored.dRateE12 + ONE_E12 - 1n) / ONE_E12,
      collateralValue: 0n,
      debtValue: 0n,
      valued: false,
    }));
}

function total(holdings: Holding[]): bigint | null {
  let sum = 0n;
  for (const { value } of holdings) {
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

const byValue = (one: Holding, other: Holding) => Number((other.value ?? 0n) > (one.value ?? 0n)) - Number((other.value ?? 0n) < (one.value ?? 0n));

export function holdingsOf(snapshot: Snapshot, health: Health | null): Holdings {
  const legs = legsOf(snapshot, health);
  const collateral = legs
    .filter((leg) => leg.collateral > 0n)
    .map((leg) => ({ asset: leg.asset, amount: leg.collateral, value: leg.valued ? leg.collateralValue : null }))
    .sort(byValue);
  const debt = legs
    .filter((leg) => leg.debt > 0n)
    .map((leg) => ({ asset: leg.asset, amount: leg.debt, value: leg.valued ? leg.debtValue : null }))
    .sort(byValue);
  const reserve = snapshot.reserves
    .filter((each) => each.idle > 0n)
    .map((each) => {
      const price = lastPrice(snapshot, each.asset);
      return { asset: each.asset, amount: each.idle, value: price === null ? null : (each.idle * price) / 10n ** BigInt(each.decimals) };
    })
    .sort(byValue);
  const [collateralValue, debtValue, reserveValue] = [total(collateral), total(debt), total(reserve)];
  const equity = collateralValue === null || debtValue === null || reserveValue === null ? null : collateralValue + reserveValue - debtValue;
  return { collateral, debt, reserve, collateralValue, debtValue, reserveValue, equity };
}

/** The collateral that weighs most: what the headline prices are of. */
export function mainCollateral(health: Health): Address | null {
  let main: Leg | null = null;
  for (const leg of health.legs) if (leg.collateral > 0n && (main === null || leg.collateralValue > main.collateralValue)) main = leg;
  return main?.asset ?? null;
}

/** Assets whose price matters: collateral first, largest first, then debts. */
export function pricedAssets(health: Health): Address[] {
  const bySize = (size: (leg: Leg) => bigint) =>
    health.legs.filter((leg) => size(leg) > 0n).sort((one, other) => Number(size(other) > size(one)) - Number(size(other) < size(one)));
  const ordered = [...bySize((leg) => leg.collateralValue), ...bySize((leg) => leg.debtValue)].map((leg) => leg.asset);
  return [...new Set(ordered)];
}
