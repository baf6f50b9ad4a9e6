// A fee that is far from the usual: the server names the resources, so it is the server's word that is believed.
import { formatUnits } from '../format/units';
import type { Warning } from './types';

const LUMEN = 10_000_000n;
/** A call usually costs less than half a lumen. */
const UNUSUAL = 5n * LUMEN;
const EXCESSIVE = 50n * LUMEN;

export const saidFee = (stroops: bigint): string => `${formatUnits(stroops, 7, { rounding: 'up' })} XLM`;

/** Whether the reader must say that it is meant. */
export const isExcessive = (stroops: bigint): boolean => stroops > EXCESSIVE;

export function feeWarnings(stroops: bigint, restores: boolean): Warning[] {
  if (stroops <= UNUSUAL) return [];
  const why = restores ? 'Restoring archived entries costs rent for months.' : 'If you do not know why, do not sign: the server that this page asks may be wrong.';
  return [{ tone: isExcessive(stroops) ? 'danger' : 'warning', text: `The network fee is unusually high: up to ${saidFee(stroops)}. ${why}` }];
}
