// Prices: what the contracts ask of the oracles (contracts/snapshot), and an asset's last rounds for the chart.
import type { Address, PriceRound } from '../model';
import { address, symbol, u32, variant } from './entries';
import type { Network } from './rpc';
import { inTurns, serves } from './simulate';
import type { VaultPolicy } from './spec';

/** Rounds that the contracts look back on at most: those of the volatility. */
const VOLATILITY_ROUNDS = 13;
const FEEDS_AT_ONCE = 8;

/** A feed's older rounds change only with its last one. */
export interface FeedCache {
  older?: Map<string, PriceRound[]>;
}

export interface Feed {
  rounds: PriceRound[];
  second: PriceRound | null;
}

/** Feeds of assets. The ledgers of the answers are added to `ledgers`. */
export async function readFeeds(network: Network, oracle: Address, assets: Address[], policy: VaultPolicy, ledgers: Set<number>, cache: FeedCache) {
  const older = new Map<string, PriceRound[]>();
  const feeds = new Map<Address, Feed>();
  await inTurns(assets, FEEDS_AT_ONCE, async (asset) => {
    const name = variant('Stellar', address(asset));
    const [last, second] = await Promise.all([
      serves(network, oracle, 'lastprice', [name], ledgers),
      secondPrice(network, policy, asset, ledgers),
    ]);
    const newest = toRound(last);
    if (newest === null) {
      feeds.set(asset, { rounds: [], second });
      return;
    }
    const key = `${oracle} ${asset} ${newest.timestamp} ${newest.price}`;
    let rounds = cache.older?.get(key);
    if (!rounds) {
      const served = await serves(network, oracle, 'prices', [name, u32(VOLATILITY_ROUNDS)], ledgers);
      rounds = before(newest, toRounds(served).slice(0, VOLATILITY_ROUNDS));
    }
    older.set(key, rounds);
    feeds.set(asset, { rounds: [newest, ...rounds], second });
  });
  if (cache.older) cache.older = older;
  return feeds;
}

async function secondPrice(network: Network, policy: VaultPolicy, asset: Address, ledgers: Set<number>) {
  if (policy.second_oracle.tag === 'None') return null;
  const [second] = policy.second_oracle.values;
  const name = second.assets.get(asset);
  if (!name) return null;
  const value = name.tag === 'Stellar' ? address(name.values[0]) : symbol(name.values[0]);
  return toRound(await serves(network, second.oracle, 'lastprice', [variant(name.tag, value)], ledgers));
}

export function toRound(value: unknown): PriceRound | null {
  const { price, timestamp } = (value ?? {}) as Partial<PriceRound>;
  return typeof price === 'bigint' && typeof timestamp === 'bigint' ? { price, timestamp } : null;
}

/** Rounds that a feed served, in its order. */
export function toRounds(value: unknown): PriceRound[] {
  return Array.isArray(value) ? value.map(toRound).filter((round) => round !== null) : [];
}

/** Rounds before the last one, newest first. Feeds differ in their order; of two with one time the later served counts. */
export function before(last: PriceRound, served: PriceRound[]): PriceRound[] {
  const earlier = served.filter((round) => round.timestamp < last.timestamp);
  return earlier.sort((one, other) => Number(one.timestamp - other.timestamp)).reverse();
}

/** As many as oracles serve. */
export const MOST_ROUNDS = 20;

/** Rounds, newest first; none where the oracle has nothing to say. */
export async function roundsOf(network: Network, oracle: Address, asset: Address, count = MOST_ROUNDS): Promise<PriceRound[]> {
  const served = toRounds(await serves(network, oracle, 'prices', [variant('Stellar', address(asset)), u32(count)]));
  return served.sort((one, other) => Number(other.timestamp - one.timestamp));
}
