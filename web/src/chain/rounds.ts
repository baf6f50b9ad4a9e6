// Prices of an asset over the last rounds of an oracle, for the chart.
import type { Address, PriceRound } from '../model';
import { address, u32, variant } from './entries';
import { toRounds } from './read';
import type { Network } from './rpc';
import { serves } from './simulate';

/** As many as oracles serve. */
export const MOST_ROUNDS = 20;

/** Rounds, newest first; none where the oracle has nothing to say. */
export async function roundsOf(network: Network, oracle: Address, asset: Address, count = MOST_ROUNDS): Promise<PriceRound[]> {
  const served = toRounds(await serves(network, oracle, 'prices', [variant('Stellar', address(asset)), u32(count)]));
  return served.sort((one, other) => Number(other.timestamp - one.timestamp));
}
