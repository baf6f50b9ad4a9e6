// Sales that the owner makes at own terms: the legs of a close and the step of a rescue, as `ballast vault` builds them.
import { Address as StellarAddress } from '@stellar/stellar-sdk';
import { Path, type Step } from '@bindings/vault';
import type { Address, Health, Snapshot } from '../model';
import type { Core, NetworkConfig } from '../parts';
import { least, priceOf, withMargin } from './amounts';

const ONE_E7 = 10_000_000n;
/** The most that anybody may lose on a sale: half of it. */
export const MOST_SLIPPAGE_E7 = ONE_E7 / 2n;

/** A sale that cannot be built, with words for the reader. */
export class NoRoute extends Error {}

const ceil = (amount: bigint, by: bigint) => (amount + by - 1n) / by;
const scalar = (snapshot: Snapshot, asset: Address) => 10n ** BigInt(snapshot.reserves.find((reserve) => reserve.asset === asset)?.decimals ?? 7);

export interface Words {
  codeOf(asset: Address): string;
}

function price(snapshot: Snapshot, asset: Address, words: Words): bigint {
  const found = priceOf(snapshot, asset);
  if (found === null) throw new NoRoute(`The pool's oracle has no price of ${words.codeOf(asset)}. Repay the debt instead.`);
  return found;
}

/** How much of one asset is worth an amount of another, plus what a sale may lose, rounded up. */
export function worth(snapshot: Snapshot, amount: bigint, of: Address, as: Address, slippageE7: bigint, words: Words): bigint {
  const value = ceil(amount * price(snapshot, of, words), scalar(snapshot, of));
  const even = ceil(value * scalar(snapshot, as), price(snapshot, as, words));
  return ceil(even * ONE_E7, ONE_E7 - slippageE7);
}

/** What a sale brings at least, rounded down. */
export function proceeds(snapshot: Snapshot, sell: bigint, of: Address, as: Address, slippageE7: bigint, words: Words): bigint {
  const value = (sell * price(snapshot, of, words)) / scalar(snapshot, of);
  const even = (value * scalar(snapshot, as)) / price(snapshot, as, words);
  return (even * (ONE_E7 - slippageE7)) / ONE_E7;
}

/** Adapter and route of a sale at Comet: the adapter takes the pool's address as an XDR value. */
export function route(config: NetworkConfig, sold: string, bought: string): { adapter: Address; route: Uint8Array } {
  const { adapter } = config.contracts;
  if (!adapter) throw new NoRoute('This page knows no adapter to sell through. Repay the debt from your account instead.');
  const pool = config.comet.find(({ assets }) => assets.includes(sold) && assets.includes(bought));
  if (!pool) throw new NoRoute(`This page knows no pool that sells ${sold} for ${bought}. Repay the debt from your account instead.`);
  return { adapter, route: new Uint8Array(StellarAddress.fromString(pool.contract).toScVal().toXdr()) };
}

/** Netted at the pool, without a venue. */
export const netted = (asset: Address, amount: bigint): Step => ({
  path: Path.Plain,
  collateral: asset,
  debt: asset,
  sell: amount,
  min_proceeds: amount,
  adapter: asset,
  route: new Uint8Array(),
});

/** A sale for each debt: of the same asset as far as there is some, else of the most valuable collateral. */
export function closingLegs(config: NetworkConfig, snapshot: Snapshot, health: Health, slippageE7: bigint, words: Words): Step[] {
  // What earlier legs have sold is gone for later ones.
  const left = new Map(health.legs.map((leg) => [leg.asset, leg.collateral]));
  const steps: Step[] = [];
  const add = (step: Step) => {
    left.set(step.collateral, (left.get(step.collateral) ?? 0n) - step.sell);
    steps.push(step);
  };
  for (const { asset, debt } of health.legs.filter((leg) => leg.debt > 0n)) {
    let owed = withMargin(debt);
    const same = least(left.get(asset) ?? 0n, owed);
    if (same > 0n) add(netted(asset, same));
    owed -= same;
    if (owed > 0n) add(sale(config, snapshot, left, asset, owed, slippageE7, words));
  }
  return steps;
}

function sale(config: NetworkConfig, snapshot: Snapshot, left: Map<Address, bigint>, debt: Address, owed: bigint, slippageE7: bigint, words: Words): Step {
  const valued = [...left]
    .filter(([, amount]) => amount > 0n)
    .map(([asset, amount]) => ({ asset, amount, value: (amount * price(snapshot, asset, words)) / scalar(snapshot, asset) }))
    .sort((one, other) => (one.value > other.value ? -1 : 1));
  const best = valued[0];
  if (!best) throw new NoRoute(`There is no collateral to sell for the debt in ${words.codeOf(debt)}. Repay it from your account instead.`);
  const sell = least(worth(snapshot, owed, debt, best.asset, slippageE7, words), best.amount);
  return { path: Path.Flash, collateral: best.asset, debt, sell, min_proceeds: owed, ...route(config, words.codeOf(best.asset), words.codeOf(debt)) };
}

/**
 * The least sale after which the risk ratio is at most `targetE7`, when it brings what the oracle says less the
 * slippage; null where no sale gets there.
 */
export function sellTo(core: Core, snapshot: Snapshot, health: Health, pair: { collateral: Address; debt: Address }, targetE7: bigint, slippageE7: bigint, words: Words): bigint | null {
  const { collateral, debt } = pair;
  const held = health.legs.find((leg) => leg.asset === collateral)?.collateral ?? 0n;
  const owed = health.legs.find((leg) => leg.asset === debt)?.debt ?? 0n;
  if (held === 0n || owed === 0n) return null;
  const reaches = (sell: bigint): boolean => {
    const repaid = least(rescued(snapshot, sell, pair, slippageE7, words), owed);
    const changes =
      collateral === debt ? [{ asset: debt, collateral: -sell, debt: -repaid }] : [{ asset: collateral, collateral: -sell }, { asset: debt, debt: -repaid }];
    const after = core.health(snapshot, { changes });
    return after.ok && after.value.riskRatioE7 <= targetE7;
  };
  let [low, high] = [0n, least(held, collateral === debt ? owed : worth(snapshot, owed, debt, collateral, slippageE7, words))];
  if (!reaches(high)) return null;
  while (low + 1n < high) {
    const middle = (low + high) / 2n;
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** What a rescue's sale brings at least. */
export const rescued = (snapshot: Snapshot, sell: bigint, { collateral, debt }: { collateral: Address; debt: Address }, slippageE7: bigint, words: Words): bigint =>
  collateral === debt ? sell : proceeds(snapshot, sell, collateral, debt, slippageE7, words);
