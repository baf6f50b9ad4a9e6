// What happens to the vaults of the parity test, one moment after the other; after each of them all are compared.
import { nativeToScVal } from '@stellar/stellar-sdk';
import { address, u32 } from '../../src/chain/entries';
import { repay } from '../../src/chain/operations';
import { readSnapshot } from '../../src/chain/read';
import { loadCore } from '../../src/core';
import { coreBytes } from '../support/snapshot';
import { ALL_LUMENS, override, SHAPES, type Code, type Fleet } from './fleet';
import { ONE } from './sandbox';

const PRICE = 10n ** 14n;
/** A fall of a third in small steps, a recovery, and wobbles between. */
const FALL = [0.358, 0.355, 0.352, 0.35, 0.3512, 0.348, 0.3465, 0.3444, 0.342];
const EURO = [1.083, 1.076, 1.09, 1.1, 1.07, 1.12, 1.085, 1.02, 1.08];
/** Ages of auctions at which vaults are compared. */
const AGES = [60, 160, 185, 199, 205, 220, 260, 330, 405, 520];

export async function play(fleet: Fleet, compare: (moment: string) => Promise<void>): Promise<void> {
  const poolAdmin = fleet.sandbox.keys('poolAdmin');
  const { pool } = fleet.sandbox.config.contracts;
  const both = (xlm: number, eurc: number) => ({ XLM: xlm.toFixed(7), EURC: eurc.toFixed(7) });
  // A minimum collateral of 60 USD, so that small positions are closed entirely.
  await fleet.call(poolAdmin, pool, 'update_pool', u32(1_000_000), u32(8), nativeToScVal(60n * PRICE, { type: 'i128' }));
  await secondRound(fleet, 0.36, 1.08);
  for (const shape of SHAPES) await fleet.create(shape);
  await compare('at first');

  for (const [index, xlm] of FALL.entries()) {
    const eurc = EURO[index]!;
    await fleet.prices(both(xlm, eurc), index % 3 === 2 ? 0 : 300);
    // The other oracle agrees, differs a little, or differs too much.
    await secondRound(fleet, xlm * [1, 1.004, 0.97, 1.2][index % 4]!, eurc);
    await compare(`falling ${index}`);
    if (index === 5) await takeSteps(fleet);
  }
  await troubles(fleet, compare);

  await fleet.prices(both(0.31, 1.1));
  await secondRound(fleet, 0.31, 1.1);
  await compare('beyond 100%');
  for (const vault of fleet.vaults) await fleet.openAuction(vault);
  await compare('auctions open');
  let age = 0;
  for (const next of AGES) {
    await fleet.warp(next - age, 5);
    age = next;
    await compare(`auctions of age ${next}`);
  }
  await fleet.call(poolAdmin, pool, 'set_status', u32(2));
  await compare('on ice, auctions open');
  await fleet.prices(both(0.4, 1.08));
  await compare('on ice, recovered');
  await fleet.call(poolAdmin, pool, 'set_status', u32(0));
  await fleet.prices(both(0.34, 1.08));
  await compare('active again');
}

async function secondRound(fleet: Fleet, xlm: number, eurc: number): Promise<void> {
  const fraction = (price: number) => nativeToScVal(BigInt(Math.round(price * 1e7)) * 10n ** 7n, { type: 'i128' });
  const now = await fleet.now();
  const timestamp = nativeToScVal(now - (now % 300n), { type: 'u64' });
  const prices = nativeToScVal([fraction(xlm), fraction(1), fraction(eurc)]);
  await fleet.call(fleet.owner, fleet.second, 'set_round', timestamp, prices);
}

/** Keepers make steps, so that windows run and reserves are spent. */
async function takeSteps(fleet: Fleet): Promise<void> {
  const core = await loadCore(coreBytes());
  const keeper = fleet.owner;
  for (const vault of fleet.vaults.slice(0, 28)) {
    const quote = core.quote(await readSnapshot(fleet.sandbox.network, vault.address), 'fill');
    if (!quote.ok || quote.value.sell === 0n) continue;
    const { collateral, debt, minProceeds, sell } = quote.value;
    const amount = (value: bigint) => nativeToScVal(value, { type: 'i128' });
    const deadline = nativeToScVal((await fleet.now()) + 3_600n, { type: 'u64' });
    await fleet.call(keeper, vault.address, 'fill', address(keeper.publicKey()), address(collateral), address(debt), amount(minProceeds), amount(sell), deadline);
  }
}

/** Prices that are missing, old, zero or in strange shapes; a pool on ice; a pool without liquidity. */
async function troubles(fleet: Fleet, compare: (moment: string) => Promise<void>): Promise<void> {
  const forced = async (moment: string, code: Code, value: Parameters<Fleet['force']>[2], oracle: 'pool' | 'second' = 'pool') => {
    await fleet.force(oracle, code, value);
    await compare(moment);
    await fleet.force(oracle, code, override.off());
  };
  const now = await fleet.now();
  await forced('no price of lumens', 'XLM', override.absent());
  await forced('no price of euros', 'EURC', override.absent());
  await forced('an old price', 'XLM', override.fixed((PRICE * 35n) / 100n, now - 1_000n));
  await forced('a price of zero', 'USDC', override.fixed(0n, now));
  await forced('a price of now', 'XLM', override.stable((PRICE * 345n) / 1_000n));
  await forced('the second oracle is silent', 'XLM', override.absent(), 'second');
  await forced('the second oracle is old', 'XLM', override.fixed((PRICE * 345n) / 1_000n, now - 1_000n), 'second');
  const { pool } = fleet.sandbox.config.contracts;
  const poolAdmin = fleet.sandbox.keys('poolAdmin');
  await fleet.call(poolAdmin, pool, 'set_status', u32(2));
  await compare('on ice');
  await fleet.call(poolAdmin, pool, 'set_status', u32(0));
  // Somebody borrows every lumen that the pool lends.
  await fleet.create(ALL_LUMENS);
  await compare('without liquidity');
  const lender = fleet.vaults.at(-1)!.address;
  await fleet.apply(fleet.owner, repay(lender, fleet.owner.publicKey(), fleet.contract('XLM'), 8_000_000n * ONE));
}
