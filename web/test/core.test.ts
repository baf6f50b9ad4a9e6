import { beforeAll, describe, expect, it } from 'vitest';
import { loadCore, RULES } from '../src/core';
import type { Snapshot, VaultPolicy } from '../src/model';
import type { Core } from '../src/parts';
import { BALANCED } from './support/policy';
import { codeOf, coreBytes, EURC, NOW, reserve, snapshot, units, USDC, value, XLM } from './support/snapshot';

let core: Core;
let balanced: VaultPolicy;

beforeAll(async () => {
  core = await loadCore(coreBytes());
  ({ balanced } = core.presets());
});

describe('policies', () => {
  it('has the presets of docs/policy.md', () => {
    const { early, late } = core.presets();
    const thresholds = ({ soft_e7, target_e7, hard_e7 }: VaultPolicy) => [soft_e7, target_e7, hard_e7];
    expect(thresholds(early)).toEqual([9_200_000, 9_000_000, 9_800_000]);
    expect(thresholds(balanced)).toEqual([9_600_000, 9_400_000, 9_900_000]);
    expect(thresholds(late)).toEqual([9_800_000, 9_700_000, 9_950_000]);
    expect(balanced).toEqual(BALANCED);
    for (const policy of [early, balanced, late]) expect(core.validatePolicy(policy, 300)).toBeNull();
  });

  const bounds: [Partial<VaultPolicy>, number][] = [
    [{ target_e7: 999_999 }, 160],
    [{ target_e7: 9_500_001 }, 160],
    [{ soft_e7: 9_900_000 }, 160],
    [{ hard_e7: 10_000_001 }, 160],
    [{ rescue_target_e7: 9_400_000 }, 160],
    [{ rescue_target_e7: 9_950_001 }, 160],
    [{ step_min_e7: 99_999 }, 161],
    [{ step_min_e7: 5_000_000, step_max_e7: 4_999_999 }, 161],
    [{ step_max_e7: 10_000_001 }, 161],
    [{ discount_min_e7: 0 }, 162],
    [{ discount_min_e7: 300_001 }, 162],
    [{ discount_max_e7: 1_000_001 }, 162],
    [{ sold_budget_e7: 99_999 }, 163],
    [{ sold_budget_e7: 100_000_001 }, 163],
    [{ window_ledgers: 0 }, 163],
    [{ window_ledgers: 17_281 }, 163],
    [{ max_cost_of_equity_e7: 0 }, 164],
    [{ max_cost_of_equity_e7: 10_000_001 }, 164],
    [{ max_price_age_seconds: 599n }, 165],
    [{ max_price_age_seconds: 86_401n }, 165],
    [{ max_price_deviation_e7: 0 }, 165],
    [{ max_price_deviation_e7: 5_000_001 }, 165],
    [{ dust_reserve_e7: 1_000_001 }, 166],
    [{ rescue_window_ledgers: 201 }, 167],
    [{ volatility_z_e2: 1_001 }, 168],
    [{ volatility_shift_max_e7: 8_400_001 }, 168],
  ];
  it.each(bounds)('refuses %o with %i', (wrong, code) => {
    const policy = { ...balanced, ...wrong };
    expect(core.validatePolicy(policy, 300)).toBe(code);
    expect(core.problems(policy, 300).map((problem) => problem.code)).toEqual([code]);
  });

  it('takes what is just within the bounds', () => {
    const edges: Partial<VaultPolicy>[] = [
      { target_e7: 9_500_000 },
      { hard_e7: 10_000_000 },
      { max_price_age_seconds: 600n },
      { max_price_age_seconds: 86_400n },
      { window_ledgers: 17_280 },
      { volatility_z_e2: 1_000, volatility_shift_max_e7: 8_400_000 },
    ];
    for (const edge of edges) expect(core.validatePolicy({ ...balanced, ...edge }, 300)).toBeNull();
  });

  it('tells every rule that is broken, the first one first', () => {
    const wrong = { ...balanced, soft_e7: 0, step_max_e7: 0, max_price_age_seconds: 0n, volatility_z_e2: 5_000 };
    expect(core.problems(wrong, 300).map((problem) => problem.code)).toEqual([160, 161, 165, 168]);
    expect(core.validatePolicy(wrong, 300)).toBe(160);
  });

  it('finds a number that no contract could read out of its bounds', () => {
    for (const number of [-1, 2 ** 32, 0.5, Number.NaN]) {
      for (const { code, fields } of RULES) {
        for (const field of fields) {
          if (field !== 'max_price_age_seconds') expect(core.validatePolicy({ ...balanced, [field]: number }, 300)).toBe(code);
        }
      }
    }
    expect(core.validatePolicy({ ...balanced, max_price_age_seconds: -1n }, 300)).toBe(165);
    expect(core.validatePolicy({ ...balanced, max_price_age_seconds: 1n << 64n }, 300)).toBe(165);
  });
});

describe('health', () => {
  it('is what the formulas of Blend give', () => {
    // 2,500 USD at c = 0.75 against 1,000 USD at l = 0.95.
    const health = value(core.health(snapshot(balanced, 1_000)));
    expect(health.collateralValue).toBe(2_500n * 10n ** 14n);
    expect(health.debtValue).toBe(1_000n * 10n ** 14n);
    expect(health.riskRatioE7).toBe(5_614_036n);
    expect(health.nominalLtvE7).toBe(4_000_000n);
    expect(health.liquidationLtvE7).toBe(7_125_000n - 1n);
    expect(health.liquidationPrice).toBe(14_035_087_720_000n);
    expect([health.softE7, health.targetE7, health.hardE7]).toEqual([9_600_000, 9_400_000, 9_900_000]);
    expect(health.legs).toEqual([
      { asset: XLM, collateral: units(10_000), collateralValue: 2_500n * 10n ** 14n, debt: 0n, debtValue: 0n },
      { asset: USDC, collateral: 0n, collateralValue: 0n, debt: units(1_000), debtValue: 1_000n * 10n ** 14n },
    ]);
  });

  it('reaches 100% at the liquidation price and soft at the soft price', () => {
    const state = snapshot(balanced, 1_000);
    const { liquidationPrice, softPrice } = value(core.health(state));
    expect(core.priceAt(state, XLM, 10_000_000n)).toBe(liquidationPrice);
    expect(core.priceAt(state, XLM, 9_600_000n)).toBe(softPrice);
    const at = (price: bigint) => value(core.health(state, { prices: new Map([[XLM, price]]) })).riskRatioE7;
    // The liability base is rounded up to the token's unit, which moves the ratio by less than one in ten million.
    expect(at(liquidationPrice! + 2n)).toBeLessThanOrEqual(10_000_000n);
    expect(at(liquidationPrice! - 10_000_000n)).toBeGreaterThan(10_000_000n);
    expect(at(softPrice! + 2n)).toBeLessThanOrEqual(9_600_000n);
    // Of a debt it is the price above which there is too much of it.
    const dear = core.priceAt(state, USDC, 10_000_000n)!;
    expect(value(core.health(state, { prices: new Map([[USDC, dear + 10_000_000n]]) })).riskRatioE7).toBeGreaterThan(10_000_000n);
    expect(core.priceAt(state, EURC, 10_000_000n)).toBeNull();
  });

  it('applies changes as the pool does', () => {
    const state = snapshot(balanced, 1_000);
    const more = value(core.health(state, { changes: [{ asset: XLM, collateral: units(10_000) }] }));
    expect(more.riskRatioE7).toBe(2_807_018n);
    const less = value(core.health(state, { changes: [{ asset: USDC, debt: -units(5_000) }] }));
    expect([less.riskRatioE7, less.debtValue]).toEqual([0n, 0n]);
    // An asset that the vault has not used yet.
    const other = value(core.health(state, { changes: [{ asset: EURC, debt: units(100) }] }));
    expect(other.legs.map((leg) => leg.asset)).toEqual([XLM, USDC, EURC]);
    expect(codeOf(core.health(state, { changes: [{ asset: XLM, collateral: 1n << 120n }] }))).toBe(130);
  });

  it('gives the contract’s errors in its order', () => {
    const bent = (change: (state: Snapshot) => void) => {
      const state = snapshot(balanced, 1_000);
      change(state);
      return codeOf(core.health(state));
    };
    expect(bent((state) => state.reserves[0]!.rounds.splice(0))).toBe(105);
    expect(bent((state) => state.reserves[0]!.rounds.forEach((round) => (round.timestamp -= 801n)))).toBe(106);
    expect(bent((state) => state.reserves[0]!.rounds.forEach((round) => (round.timestamp -= 800n)))).toBeNull();
    expect(bent((state) => (state.reserves[1]!.rounds[0]!.price = 0n))).toBe(149);
    expect(bent((state) => state.state.assets.delete(1))).toBe(104);
    expect(
      bent((state) => {
        state.state.assets.delete(0);
        state.reserves[1]!.rounds.splice(0);
      }),
    ).toBe(105);
    // No price is asked for what is neither held nor owed.
    expect(bent((state) => state.reserves[2]!.rounds.splice(0))).toBeNull();
  });

  it('accrues interest to the snapshot’s time', () => {
    const state = snapshot(balanced, 1_000);
    state.reserves[1] = reserve(USDC, 1, 1, { dTokens: units(1_000), stored: { ...state.reserves[1]!.stored, accruedAt: NOW - 31_536_000n } });
    const { debtValue } = value(core.health(state));
    // Utilization 40% of a target of 80%: 1% and half of 4% a year.
    expect(debtValue).toBe(1_030n * 10n ** 14n);
  });
});

describe('quotes', () => {
  it('are refused while nothing is due', () => {
    expect(codeOf(core.quote(snapshot(balanced, 1_000), 'fill'))).toBe(134);
    expect(codeOf(core.quote(snapshot(balanced, 0), 'fill'))).toBe(132);
    const off = snapshot(balanced, 1_000);
    off.state.automation = false;
    expect(codeOf(core.quote(off, 'fill'))).toBe(100);
  });

  it('lead to the target at the floor', () => {
    const state = snapshot(balanced, 1_725);
    const quote = value(core.quote(state, 'fill'));
    expect([quote.collateral, quote.debt, quote.rescue]).toEqual([XLM, USDC, false]);
    expect(quote.sell).toBeGreaterThan(0n);
    expect(quote.minProceeds).toBeGreaterThanOrEqual(quote.floor);
    expect(quote.riskAfterE7).toBeLessThanOrEqual(9_400_000n);
    expect(quote.riskAfterE7).toBeGreaterThanOrEqual(9_350_000n);
    state.reserves[1]!.idle = units(2_000);
    const fromReserve = value(core.quote(state, 'flash'));
    expect([fromReserve.sell, fromReserve.reserveSpent > 0n]).toEqual([0n, true]);
  });
});
