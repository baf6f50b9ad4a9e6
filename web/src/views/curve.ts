// What being filled costs by an auction's age, as points of a curve.
import type { Snapshot } from '../model';
import type { Core } from '../parts';

/** Ledgers until the lot is whole, until the bid is nothing, and until anybody may delete the auction. */
export const LOT_FULL_AGE = 200;
export const BID_NOTHING_AGE = 400;
export const STALE_AGE = 500;

export interface CurvePoint {
  age: number;
  costValue: bigint;
}

/** At present prices: they will not stay. */
export function curveOf(core: Core, snapshot: Snapshot, everyLedgers = 10): CurvePoint[] {
  const { auction } = snapshot;
  if (!auction) return [];
  const points: CurvePoint[] = [];
  for (let age = 0; age <= STALE_AGE; age += everyLedgers) {
    const at = core.auction(snapshot, auction.startLedger + age);
    if (at?.ok) points.push({ age, costValue: at.value.costValue });
  }
  return points;
}
