// How a vault stands, in one word and one sentence.
import type { Health, Snapshot } from '../model';
import type { Tone } from '../ui';
import { ONE_E7 } from './text';

export type Standing = 'empty' | 'no-debt' | 'safe' | 'unwinding' | 'liquidatable' | 'auction';

export function standingOf(snapshot: Snapshot, health: Health): Standing {
  if (snapshot.auction) return 'auction';
  if (health.debtValue === 0n) return health.collateralValue === 0n ? 'empty' : 'no-debt';
  if (health.riskRatioE7 >= ONE_E7) return 'liquidatable';
  return health.riskRatioE7 >= BigInt(health.softE7) ? 'unwinding' : 'safe';
}

export const STANDING: Record<Standing, { title: string; words: string; tone: Tone }> = {
  empty: { title: 'Empty', words: 'The vault holds no collateral and owes nothing.', tone: 'info' },
  'no-debt': { title: 'No debt', words: 'Nothing can be liquidated while nothing is owed.', tone: 'good' },
  safe: { title: 'Below soft', words: 'Nothing is sold while the risk ratio stays below soft.', tone: 'good' },
  unwinding: { title: 'Unwinding', words: 'At soft or above, keepers sell collateral in steps until the target is reached.', tone: 'warning' },
  liquidatable: { title: 'Liquidatable', words: 'At 100% anybody may open a liquidation auction. Repay debt or add collateral now.', tone: 'danger' },
  auction: { title: 'Auction open', words: 'A liquidation auction runs. Its clock decides what being filled costs.', tone: 'danger' },
};

/** Words for the same where the owner has switched keepers off. */
export const UNWINDING_ALONE = 'The risk ratio is at soft or above, but automation is off: no keeper acts. Repay debt or add collateral.';
