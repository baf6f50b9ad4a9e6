// What the steps of a history come to, and each event in words.
import type { Address } from '../model';
import type { AmountEvent, OtherEvent, ReserveSpentEvent, StepEvent, VaultEvent } from '../parts';
import { divideUp } from './text';

export interface Totals {
  steps: number;
  rescues: number;
  /** At the price of each step, rounded down. */
  soldValue: bigint;
  costValue: bigint;
  /** Cost in hundredths of a percent of what was sold, rounded up; null where nothing was sold. */
  costBps: bigint | null;
  /** By asset. */
  reserveSpent: Map<Address, bigint>;
}

export function totalsOf(events: readonly VaultEvent[], decimalsOf: (asset: Address) => number): Totals {
  const totals: Totals = { steps: 0, rescues: 0, soldValue: 0n, costValue: 0n, costBps: null, reserveSpent: new Map() };
  for (const event of events) {
    if (event.kind === 'step') {
      totals.steps++;
      if (event.rescue) totals.rescues++;
      totals.soldValue += (event.sold * event.collateralPrice) / 10n ** BigInt(decimalsOf(event.collateral));
      totals.costValue += event.costValue;
    } else if (event.kind === 'reserveSpent') {
      totals.reserveSpent.set(event.debt, (totals.reserveSpent.get(event.debt) ?? 0n) + event.amount);
    }
  }
  if (totals.soldValue > 0n) {
    const cost = totals.costValue * 10_000n;
    totals.costBps = cost >= 0n ? divideUp(cost, totals.soldValue) : cost / totals.soldValue;
  }
  return totals;
}

/** Cost of one step in hundredths of a percent of what it sold, rounded up; null where nothing was sold. */
export function costBps(event: StepEvent, decimals: number): bigint | null {
  return totalsOf([event], () => decimals).costBps;
}

const AMOUNT_TITLES: Record<AmountEvent['kind'], string> = {
  deposited: 'Deposited',
  withdrawn: 'Withdrew',
  borrowed: 'Borrowed',
  repaid: 'Repaid',
  reserveFunded: 'Added to the reserve',
  reserveWithdrawn: 'Took from the reserve',
};

const OTHER_TITLES: Record<OtherEvent['kind'], string> = {
  claimed: 'Claimed emissions',
  policySet: 'Set the policy',
  automationSet: 'Switched automation',
  closed: 'Closed the position',
  ownerProposed: 'Offered ownership',
  ownerChanged: 'Changed the owner',
  auctionOpened: 'Auction opened',
  auctionFilled: 'Auction filled',
  auctionCleared: 'Cleared an auction',
  submitted: 'Sent requests to the pool',
  upgraded: 'Upgraded the contract',
};

export function titleOf(event: VaultEvent): string {
  switch (event.kind) {
    case 'step':
      return event.rescue ? 'Rescue' : 'Step';
    case 'reserveSpent':
      return 'Spent the reserve';
    case 'deposited':
    case 'withdrawn':
    case 'borrowed':
    case 'repaid':
    case 'reserveFunded':
    case 'reserveWithdrawn':
      return AMOUNT_TITLES[event.kind];
    default:
      return OTHER_TITLES[event.kind];
  }
}

export const isStep = (event: VaultEvent): event is StepEvent | ReserveSpentEvent => event.kind === 'step' || event.kind === 'reserveSpent';

/** Where a transaction can be looked up; null unless the configuration names a place. */
export function explorerLink(explorerUrl: string | null, hash: string): string | null {
  if (explorerUrl === null || !/^https?:\/\//.test(explorerUrl) || !/^[0-9a-f]{64}$/i.test(hash)) return null;
  return explorerUrl.replaceAll('{hash}', hash);
}
