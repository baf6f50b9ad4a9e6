import { beforeAll, describe, expect, test } from 'vitest';
import { Path } from '@bindings/vault';
import { StrKey } from '@stellar/stellar-sdk';
import { loadCore } from '../src/core';
import { closingLegs, NoRoute, proceeds, rescued, route, sellTo, worth, type Words } from '../src/flows/legs';
import type { Health, Snapshot } from '../src/model';
import type { Core, NetworkConfig } from '../src/parts';
import { coreBytes, EURC, reserve, snapshot, units, USDC, XLM } from './support/snapshot';

const contract = (byte: number) => StrKey.encodeContract(new Uint8Array(32).fill(byte));
const config = {
  contracts: { factory: contract(1), lens: contract(2), pool: contract(3), adapter: contract(4) },
  comet: [{ contract: contract(5), assets: ['XLM', 'USDC'] }],
} as unknown as NetworkConfig;
const words: Words = { codeOf: (asset) => ({ [XLM]: 'XLM', [USDC]: 'USDC', [EURC]: 'EURC' })[asset] ?? '?' };
const TWO_PERCENT = 200_000n;

let core: Core;
beforeAll(async () => {
  core = await loadCore(coreBytes());
});

function stand(debt: number, changes: Partial<Snapshot> = {}): { known: Snapshot; health: Health } {
  const known = snapshot(core.presets().balanced, debt, changes);
  known.state.assets.set(2, { asset: EURC, accepted_collateral_e7: 7_500_000, accepted_liability_e7: 9_500_000 });
  const health = core.health(known);
  if (!health.ok) throw new Error(`code ${health.code}`);
  return { known, health: health.value };
}

describe('a close', () => {
  test('sells what the debt and the slippage need, and bids the debt with its margin', () => {
    const { known, health } = stand(1_000);
    const [leg, ...others] = closingLegs(config, known, health, TWO_PERCENT, words);
    expect(others).toEqual([]);
    const owed = units(1_000) + units(1_000) / 10_000n + 1n;
    expect(leg).toMatchObject({ path: Path.Flash, collateral: XLM, debt: USDC, min_proceeds: owed, adapter: contract(4) });
    // 1,000.1 USDC at 0.25 is 4,000.4 XLM, and a 98th more.
    expect(leg!.sell).toBeGreaterThanOrEqual((units(4_000.4) * 100n) / 98n);
    expect(leg!.sell - (units(4_000.4) * 100n) / 98n).toBeLessThan(1_000n);
    // The sale at the limit still brings the bid.
    expect(proceeds(known, leg!.sell, XLM, USDC, TWO_PERCENT, words)).toBeGreaterThanOrEqual(owed - 1n);
  });

  test('nets what is owed and held of the same asset, and sells only for the rest', () => {
    const reserves = [reserve(XLM, 0, 0.25, { bTokens: units(10_000) }), reserve(USDC, 1, 1, { bTokens: units(400), dTokens: units(1_000) })];
    const { known, health } = stand(0, { reserves });
    const [net, sale] = closingLegs(config, known, health, TWO_PERCENT, words);
    expect(net).toMatchObject({ path: Path.Plain, collateral: USDC, debt: USDC, sell: units(400), min_proceeds: units(400) });
    expect(sale).toMatchObject({ path: Path.Flash, collateral: XLM, debt: USDC, min_proceeds: units(600) + units(1_000) / 10_000n + 1n });
  });

  test('of one asset alone needs no venue', () => {
    const reserves = [reserve(XLM, 0, 0.25), reserve(USDC, 1, 1, { bTokens: units(4_000), dTokens: units(1_000) })];
    const { known, health } = stand(0, { reserves });
    const legs = closingLegs({ ...config, contracts: { ...config.contracts, adapter: null } }, known, health, TWO_PERCENT, words);
    expect(legs).toHaveLength(1);
    expect(legs[0]).toMatchObject({ path: Path.Plain, sell: units(1_000) + units(1_000) / 10_000n + 1n });
  });

  test('does not sell the same collateral twice', () => {
    const reserves = [reserve(XLM, 0, 0.25, { bTokens: units(6_000) }), reserve(USDC, 1, 1, { dTokens: units(500) }), reserve(EURC, 2, 1.1, { bTokens: units(100), dTokens: units(50) })];
    const { known, health } = stand(0, { reserves });
    const sold = new Map<string, bigint>();
    for (const leg of closingLegs(config, known, health, TWO_PERCENT, words)) sold.set(leg.collateral, (sold.get(leg.collateral) ?? 0n) + leg.sell);
    for (const { asset, collateral } of health.legs) expect(sold.get(asset) ?? 0n).toBeLessThanOrEqual(collateral);
  });

  test('without debt sells nothing', () => {
    const { known, health } = stand(0);
    expect(closingLegs(config, known, health, TWO_PERCENT, words)).toEqual([]);
  });

  test('says where it knows no way', () => {
    const reserves = [reserve(XLM, 0, 0.25, { bTokens: units(10_000) }), reserve(USDC, 1, 1), reserve(EURC, 2, 1.1, { dTokens: units(100) })];
    const { known, health } = stand(0, { reserves });
    expect(() => closingLegs(config, known, health, TWO_PERCENT, words)).toThrow(NoRoute);
    expect(() => route({ ...config, contracts: { ...config.contracts, adapter: null } }, 'XLM', 'USDC')).toThrow(/no adapter/);
  });
});

test('the route is the pool\u2019s address as an XDR value of 40 bytes', () => {
  const { route: bytes } = route(config, 'USDC', 'XLM');
  expect(bytes).toHaveLength(40);
  expect([...bytes.slice(0, 8)]).toEqual([0, 0, 0, 18, 0, 0, 0, 1]);
  expect([...bytes.slice(8)]).toEqual(new Array(32).fill(5));
});

describe('a sale to a target', () => {
  const pair = { collateral: XLM, debt: USDC };
  test('is the least that gets there', () => {
    const { known, health } = stand(1_750);
    const target = 9_000_000n;
    const sell = sellTo(core, known, health, pair, target, TWO_PERCENT, words)!;
    const ratioAfter = (amount: bigint) => {
      const repaid = rescued(known, amount, pair, TWO_PERCENT, words);
      const after = core.health(known, { changes: [{ asset: XLM, collateral: -amount }, { asset: USDC, debt: -repaid }] });
      return after.ok ? after.value.riskRatioE7 : null;
    };
    expect(ratioAfter(sell)).toBeLessThanOrEqual(target);
    expect(ratioAfter(sell - 100n)).toBeGreaterThan(target - 10n);
    expect(ratioAfter(sell - units(10))).toBeGreaterThan(target);
  });

  test('is none where selling does not help', () => {
    const { known, health } = stand(1_750);
    expect(sellTo(core, known, health, pair, 1_000n, 5_000_000n, words)).toBeNull();
    expect(sellTo(core, known, health, { collateral: EURC, debt: USDC }, 9_000_000n, TWO_PERCENT, words)).toBeNull();
  });

  test('what a sale must bring is worth what is sold, less the slippage', () => {
    const { known } = stand(1_000);
    expect(worth(known, units(1_000), USDC, XLM, 0n, words)).toBe(units(4_000));
    expect(proceeds(known, units(4_000), XLM, USDC, TWO_PERCENT, words)).toBe(units(980));
  });
});
