import { describe, expect, test } from 'vitest';
import type { Outcome, Plan, PlannedStep } from '../src/model';
import { bannersOf, changedFactors, type Seen } from '../src/views/banners';
import { holdingsOf } from '../src/views/position';
import { planSentence } from '../src/views/sentence';
import { amountText, distanceText, moveE7, priceText, ratioText, valueText } from '../src/views/text';
import { EURC, OWNER, reserveOf, snapshotOf, USDC, XLM } from './views-fixture';

const UNIT = { name: 'USD', decimals: 14 };
const health = {
  riskRatioE7: 9_412_345n,
  nominalLtvE7: 6_700_000n,
  liquidationLtvE7: 7_125_000n,
  softE7: 9_600_000,
  targetE7: 9_400_000,
  hardE7: 9_900_000,
  collateralValue: 5n * 10n ** 18n,
  debtValue: 3n * 10n ** 18n,
  liquidationPrice: null,
  softPrice: null,
  legs: [],
};
const step: PlannedStep = { collateral: XLM, debt: USDC, price: 1n, movedPrice: 1n, sell: 5n, repay: 4n, reserveSpent: 0n, costValue: 1n, riskBeforeE7: 1n, riskAfterE7: 1n, rescue: false };
const planned = (parts: Partial<Plan>): Outcome<Plan> => ({
  ok: true,
  value: { steps: [], soldValue: 0n, costValue: 0n, soldShareE7: 0n, reserveSpentValue: 0n, after: health, end: 'safe', refusal: null, ...parts },
});
const told = { code: 'XLM', price: 21_000_000_000_000n, from: 24_000_000_000_000n, unit: UNIT, isOwner: true };

describe('numbers', () => {
  test('are rounded towards caution', () => {
    expect(ratioText(9_412_301n)).toBe('94.13%');
    expect(valueText(31_000_000_000_000_001n, { name: 'USD', decimals: 15 }, 'up')).toBe('31.01 USD');
    expect(priceText(20_012_345_678_901n, UNIT, 'up')).toBe('0.20013 USD');
    expect(distanceText(100n, 88n)).toBe('12% below');
    expect(distanceText(1000n, 877n)).toBe('12.3% below');
    expect(distanceText(30n, 31n)).toBe('3.3% above');
    expect(distanceText(0n, 5n)).toBe('where it is now');
    expect(moveE7(3n, 2n)).toBe(-3_333_333n);
  });

  test('have more digits where they are small', () => {
    const asset = { code: 'BTC', issuer: null, contract: XLM, decimals: 8 };
    expect(amountText(12_345_678n, asset, 'down')).toBe('0.1234567 BTC');
    expect(amountText(1_234_56789012n, asset, 'down')).toBe('1\u202f234.567 BTC');
    expect(amountText(123_456_789_12345678n, asset, 'up')).toBe('123\u202f456\u202f789.13 BTC');
  });

  test('of a debt without collateral say no more than that they are large', () => {
    expect(ratioText((1n << 127n) - 1n)).toBe('over 1\u202f000%');
  });
});

describe('the plan in a sentence', () => {
  test('says what is sold and what it costs at most', () => {
    const plan = planned({ steps: [step, step], soldShareE7: 795_000n, costValue: 30_990_000_000_000_01n });
    expect(planSentence({ ...told, plan })).toBe(
      'If XLM falls to 0.21 USD, about 8% of your collateral is sold in 2 steps at a cost of at most 31.00 USD. The risk ratio is then 94.13%.',
    );
    expect(planSentence({ ...told, plan, isOwner: false })).toContain('8% of the collateral');
  });

  test('names the reserve, and a price that rises or stays', () => {
    const plan = planned({ steps: [step], soldShareE7: 1_201_000n, costValue: 1n, reserveSpentValue: 5n * 10n ** 15n });
    expect(planSentence({ ...told, plan })).toContain('50.00 USD of the reserve is spent first, then about 13% of your collateral is sold in 1 step');
    expect(planSentence({ ...told, plan, price: 25_000_000_000_000n })).toMatch(/^If XLM rises to 0\.25 USD, /);
    expect(planSentence({ ...told, plan, from: null })).toMatch(/^With XLM at 0\.21 USD, as it is now, /);
    expect(planSentence({ ...told, plan: planned({ reserveSpentValue: 1n }) })).toContain('0.01 USD of the reserve is spent. ');
  });

  test('says how it ends where it does not end well', () => {
    expect(planSentence({ ...told, plan: planned({}) })).toContain('nothing is sold');
    expect(planSentence({ ...told, plan: planned({ end: 'liquidatable' }) })).toContain('the clock of a liquidation auction decides');
    expect(planSentence({ ...told, plan: planned({ end: 'waiting', refusal: 138 }) })).toMatch(/no step is possible at that moment: .+\.$/);
    expect(planSentence({ ...told, plan: { ok: false, code: 105 } })).toMatch(/no plan can be made: .+\.$/);
  });
});

describe('holdings', () => {
  test('are grouped, valued and added up', () => {
    const snapshot = snapshotOf();
    const legs = [
      { asset: XLM, collateral: 205_500_1234567n, collateralValue: 500n, debt: 0n, debtValue: 0n },
      { asset: USDC, collateral: 0n, collateralValue: 0n, debt: 29_300_7654321n, debtValue: 300n },
    ];
    const held = holdingsOf(snapshot, { ...health, legs });
    expect(held.collateral.map((each) => each.asset)).toEqual([XLM]);
    expect(held.debtValue).toBe(300n);
    expect(held.reserveValue).toBe(512_5000000n * 10n ** 7n);
    expect(held.equity).toBe(200n + 512_5000000n * 10n ** 7n);
  });

  test('without prices have amounts and no values', () => {
    const held = holdingsOf(snapshotOf({ reserves: [reserveOf(XLM, 0, 0n, { rounds: [], bTokens: 5n, idle: 1n })] }), null);
    expect(held.collateral).toEqual([{ asset: XLM, amount: 5n, value: null }]);
    expect([held.collateralValue, held.reserveValue, held.equity]).toEqual([null, null, null]);
  });
});

describe('banners', () => {
  const seen: Seen = {
    snapshot: snapshotOf(),
    health: { ok: true, value: health },
    connection: { ledger: 1, closedAt: 0n, seenAt: 1_000_000, trouble: null },
    trouble: null,
    signer: OWNER,
    canSign: true,
    isOwner: true,
    now: 1_005_000,
    codeOf: (asset) => (asset === XLM ? 'XLM' : asset === USDC ? 'USDC' : 'EURC'),
  };
  const ids = (parts: Partial<Seen>) => bannersOf({ ...seen, ...parts }).map((banner) => banner.id);

  test('are absent while all is well', () => expect(ids({})).toEqual([]));

  test('say first what makes everything else worthless', () => {
    const snapshot = snapshotOf({ genuine: false, archived: true, pool: { ...seen.snapshot.pool, status: 3 } });
    expect(ids({ snapshot })).toEqual(['not-genuine', 'archived', 'pool']);
  });

  test('tell old figures from a network that is gone', () => {
    expect(ids({ now: 1_031_000 })).toEqual(['stale']);
    const trouble = { title: 'The network cannot be reached', words: 'It does not answer.', advice: null, code: null };
    expect(ids({ now: 1_031_000, connection: { ...seen.connection!, trouble } })).toEqual(['unreachable']);
  });

  test('name what oracles, auctions and switches do', () => {
    expect(ids({ health: { ok: false, code: 106 } })).toEqual(['oracle']);
    expect(ids({ health: { ok: false, code: 130 } })).toEqual(['health']);
    expect(ids({ health: { ok: true, value: { ...health, riskRatioE7: 10_000_000n } } })).toEqual(['liquidatable']);
    const { state } = seen.snapshot;
    const auction = { startLedger: 1, lot: new Map<string, bigint>(), bid: new Map<string, bigint>() };
    expect(ids({ snapshot: snapshotOf({ auction, state: { ...state, automation: false } }) })).toEqual(['auction', 'automation-off']);
    const second_oracle = { tag: 'Feed' as const, values: [{ oracle: EURC, required: true, assets: new Map() }] as const };
    expect(ids({ snapshot: snapshotOf({ state: { ...state, policy: { ...state.policy, second_oracle } } }) })).toEqual(['second-oracle']);
  });

  test('say whose vault it is', () => {
    expect(ids({ isOwner: false, signer: null })).toEqual(['watching']);
    const offered = snapshotOf({ proposedOwner: EURC });
    expect(ids({ snapshot: offered })).toEqual(['offered']);
    const [banner] = bannersOf({ ...seen, snapshot: offered, isOwner: false, signer: EURC });
    expect(banner?.flow?.name).toBe('accept');
    const [hostile] = bannersOf({ ...seen, snapshot: { ...offered, genuine: false }, isOwner: false, signer: EURC }).filter((each) => each.id === 'offered');
    expect(hostile?.flow).toBeUndefined();
  });

  test('name the assets whose factors moved', () => {
    const [first, ...rest] = seen.snapshot.reserves;
    const snapshot = snapshotOf({ reserves: [{ ...first!, collateralFactorE7: 7_000_000 }, ...rest] });
    expect(changedFactors(snapshot)).toEqual([XLM]);
    expect(ids({ snapshot })).toEqual(['factors']);
  });
});
