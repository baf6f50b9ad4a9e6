import { describe, expect, test } from 'vitest';
import { AmountError } from '../src/format/units';
import type { Core, StepEvent, VaultEvent } from '../src/parts';
import { chartOf, remember, timeTicks, type SeenPoint } from '../src/views/chart-data';
import { curveOf } from '../src/views/curve';
import { firstMove, moveText, moveWords, parseMove, priceAfter, tenthsTo } from '../src/views/moves';
import { pathOf, ratioDomain, scaleOf, ticksOf } from '../src/views/scale';
import { costBps, explorerLink, isStep, titleOf, totalsOf } from '../src/views/totals';
import { snapshotOf, USDC, VAULT, XLM } from './views-fixture';

describe('a move of a price', () => {
  test('is read and written, and clamped', () => {
    for (const [text, tenths] of [['-12.5', -125], ['\u221212.5%', -125], ['+3', 30], ['0', 0], ['-99', -600], ['80', 300]] as const) expect(parseMove(text)).toBe(tenths);
    for (const text of ['', '-', 'x', '1.25', '1,5']) expect(() => parseMove(text)).toThrow(AmountError);
    expect([moveText(-125), moveText(30), moveText(0)]).toEqual(['\u221212.5', '+3', '0']);
    expect([moveWords(-125), moveWords(0)]).toEqual(['12.5% lower', 'unchanged']);
  });

  test('leads to a price and back', () => {
    expect(priceAfter(24_330_000_000_000n, -150)).toBe(20_680_500_000_000n);
    expect(tenthsTo(1000n, 850n)).toBe(-150);
    expect(tenthsTo(0n, 850n)).toBe(0);
    expect(firstMove(1000n, 822n)).toBe(-180);
    expect(firstMove(1000n, null)).toBe(-150);
    expect(firstMove(1000n, 10n)).toBe(-150);
  });
});

describe('scales', () => {
  test('keep marks within the picture', () => {
    const x = scaleOf(70, 105, 10, 360);
    expect([x(70), x(105), x(10), x(400)]).toEqual([10, 360, 10, 360]);
    expect(scaleOf(5, 5, 0, 10)(5)).toBe(0);
  });

  test('show enough of the ratios, and stay while they move a little', () => {
    expect(ratioDomain([8_226_000n], 9_400_000)).toEqual({ from: 70, to: 105 });
    expect(ratioDomain([9_700_000n], 9_400_000)).toEqual({ from: 70, to: 105 });
    expect(ratioDomain([300_000n], 9_400_000)).toEqual({ from: 0, to: 105 });
    expect(ratioDomain([], 2_000_000).from).toBe(0);
    expect(ratioDomain([10_585_000n], 9_400_000).to).toBe(110);
    expect(ratioDomain([(1n << 127n) - 1n], 9_400_000).to).toBe(210);
  });

  test('have round ticks', () => {
    expect(ticksOf(70, 100, 4)).toEqual([70, 80, 90, 100]);
    expect(ticksOf(0, 0, 4)).toEqual([0]);
    expect(ticksOf(-29_000, 35_000, 4)).toEqual([-20_000, 0, 20_000]);
    expect(timeTicks(1000, 8000, 4)).toEqual([1800, 3600, 5400, 7200]);
    expect(timeTicks(1000, 2000, 4, 1800)).toEqual([1200, 1500, 1800]);
  });

  test('make paths', () => expect(pathOf([[1, 2], [3.14159, 4]])).toBe('M1.0 2.0L3.1 4.0'));
});

const step: StepEvent = {
  id: '1',
  ledger: 1,
  closedAt: 1_794_999_900n,
  transaction: 'ab'.repeat(32),
  kind: 'step',
  caller: 'G',
  collateral: XLM,
  debt: USDC,
  path: 'fill',
  rescue: false,
  sold: 100_0000000n,
  repaid: 19_9000000n,
  proceeds: 19_9000000n,
  reward: 0n,
  discountE7: 50_000n,
  collateralPrice: 20_000_000_000_000n,
  debtPrice: 10n ** 14n,
  riskBeforeE7: 9_700_000n,
  riskAfterE7: 9_400_000n,
  costValue: 10_000_000_000_001n,
};
const spent = { ...step, id: '2', kind: 'reserveSpent' as const, amount: 5n };
const deposit: VaultEvent = { id: '3', ledger: 1, closedAt: 1n, transaction: '', kind: 'deposited', asset: XLM, amount: 1n, party: null };

describe('totals of a history', () => {
  test('add up steps, and round the cost up', () => {
    const totals = totalsOf([step, { ...step, rescue: true }, spent, spent, deposit], () => 7);
    expect(totals.steps).toBe(2);
    expect(totals.rescues).toBe(1);
    expect(totals.soldValue).toBe(4_000_000_000_000_000n);
    expect(totals.costBps).toBe(51n);
    expect(totals.reserveSpent).toEqual(new Map([[USDC, 10n]]));
    expect(costBps({ ...step, costValue: 10_000_000_000_000n }, 7)).toBe(50n);
    expect(costBps({ ...step, costValue: -10_000_000_000_001n }, 7)).toBe(-50n);
  });

  test('of nothing are nothing', () => expect(totalsOf([deposit], () => 7)).toMatchObject({ steps: 0, soldValue: 0n, costValue: 0n, costBps: null }));

  test('tell steps from the rest', () => {
    expect([step, spent, deposit].map(isStep)).toEqual([true, true, false]);
    expect([titleOf(step), titleOf({ ...step, rescue: true }), titleOf(deposit)]).toEqual(['Step', 'Rescue', 'Deposited']);
  });

  test('link a transaction only where the link can be nothing else', () => {
    expect(explorerLink('https://example.org/tx/{hash}', step.transaction)).toBe(`https://example.org/tx/${step.transaction}`);
    expect(explorerLink(null, step.transaction)).toBeNull();
    expect(explorerLink('javascript:alert(1)//{hash}', step.transaction)).toBeNull();
    expect(explorerLink('https://example.org/tx/{hash}', '../../x')).toBeNull();
  });
});

describe('the chart', () => {
  const snapshot = snapshotOf();
  const health: Pick<Core, 'health'> = {
    // Risk is what the debt's price is over the collateral's: enough to see which prices were asked for.
    health: (_, options) => ({ ok: true, value: { riskRatioE7: (options!.prices!.get(USDC)! * 10_000_000n) / options!.prices!.get(XLM)! } as never }),
  };
  const at = (secondsAgo: bigint, price: bigint) => ({ timestamp: snapshot.closedAt - secondsAgo, price });
  const rounds = new Map([
    [XLM, [at(600n, 200n), at(0n, 100n), at(300n, 400n)]],
    [USDC, [at(300n, 100n), at(600n, 50n)]],
  ]);

  test('reckons the ratio at every round, with what every other asset was then', () => {
    const data = chartOf({ snapshot, core: health, asset: XLM, rounds, seen: [], events: [step, { ...step, id: '9', closedAt: 5n }] })!;
    expect(data.reckoned.map((point) => point.ratioE7)).toEqual([2_500_000n, 2_500_000n, 10_000_000n]);
    expect(data.price.map((point) => point.price)).toEqual([200n, 400n, 100n]);
    expect(data.to - data.from).toBe(600);
    expect(data.steps.map((mark) => mark.id)).toEqual(['1']);
    expect(data.earlier).toBe(1);
  });

  test('takes what was seen of this vault only, once a ledger', () => {
    const point = (time: number, vault = VAULT): SeenPoint => ({ vault, time, prices: new Map([[XLM, 7n]]), ratioE7: 5n });
    let seen = remember([], point(10));
    expect(remember(seen, point(10))).toBe(seen);
    seen = remember(remember(seen, point(15, 'other')), point(20));
    const data = chartOf({ snapshot, core: health, asset: XLM, rounds, seen, events: [] })!;
    expect(data.seen).toEqual([{ time: 10, ratioE7: 5n }, { time: 20, ratioE7: 5n }]);
    expect(data.from).toBe(10);
    for (let time = 30; time < 3000; time++) seen = remember(seen, point(time));
    expect(seen.length).toBe(720);
  });

  test('is none where nothing is known', () => expect(chartOf({ snapshot, core: health, asset: XLM, rounds: new Map(), seen: [], events: [] })).toBeNull());
});

test('the curve of an auction asks for its whole clock', () => {
  const asked: number[] = [];
  const core = {
    auction: (_: unknown, ledger: number) => {
      asked.push(ledger);
      return { ok: true, value: { costValue: BigInt(ledger) } };
    },
  } as unknown as Core;
  const auction = { startLedger: 1000, lot: new Map<string, bigint>(), bid: new Map<string, bigint>() };
  expect(curveOf(core, snapshotOf({ auction }), 100)).toHaveLength(6);
  expect(asked).toEqual([1000, 1100, 1200, 1300, 1400, 1500]);
  expect(curveOf(core, snapshotOf())).toEqual([]);
});
