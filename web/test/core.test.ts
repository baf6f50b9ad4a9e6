import { beforeAll, describe, expect, it } from 'vitest';
import { loadCore, RULES } from '../src/core';
import type { Snapshot, VaultPolicy } from '../src/model';
import type { Core } from '../src/parts';
import { AnswerReader, QuestionWriter } from '../src/core/words';
import { coreBytes, EURC, NOW, reserve, snapshot, units, USDC, XLM } from './support/snapshot';

let core: Core;
let balanced: VaultPolicy;

beforeAll(async () => {
  core = await loadCore(coreBytes());
  ({ balanced } = core.presets());
});

/** The value of an outcome that must be one. */
function value<T>(outcome: { ok: true; value: T } | { ok: false; code: number }): T {
  if (!outcome.ok) throw new Error(`code ${outcome.code}`);
  return outcome.value;
}

const codeOf = (outcome: { ok: boolean; code?: number } | null) => (outcome && !outcome.ok ? outcome.code : null);

describe('policies', () => {
  it('has the presets of docs/policy.md', () => {
    const { early, late } = core.presets();
    const thresholds = ({ soft_e7, target_e7, hard_e7 }: VaultPolicy) => [soft_e7, target_e7, hard_e7];
    expect(thresholds(early)).toEqual([9_200_000, 9_000_000, 9_800_000]);
    expect(thresholds(balanced)).toEqual([9_600_000, 9_400_000, 9_900_000]);
    expect(thresholds(late)).toEqual([9_800_000, 9_700_000, 9_950_000]);
    expect(balanced).toEqual({
      soft_e7: 9_600_000,
      target_e7: 9_400_000,
      hard_e7: 9_900_000,
      step_min_e7: 2_500_000,
      step_max_e7: 10_000_000,
      discount_min_e7: 60_000,
      discount_max_e7: 300_000,
      sold_budget_e7: 10_000_000,
      window_ledgers: 60,
      max_cost_of_equity_e7: 2_000_000,
      max_price_age_seconds: 900n,
      max_price_deviation_e7: 1_000_000,
      use_previous_round: true,
      reserve_first: true,
      dust_reserve_e7: 10_000,
      rescue_target_e7: 9_550_000,
      rescue_window_ledgers: 20,
      volatility_z_e2: 0,
      volatility_shift_max_e7: 0,
      second_oracle: { tag: 'None', values: undefined },
    });
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

describe('plans', () => {
  const price = (usd: number) => BigInt(Math.round(usd * 1e7)) * 10n ** 7n;

  it('sell a little at a time when the price falls slowly', () => {
    const state = snapshot(balanced, 1_600);
    const plan = value(core.plan(state, XLM, price(0.2)));
    expect([plan.end, plan.refusal]).toEqual(['safe', null]);
    expect(plan.steps.length).toBeGreaterThan(3);
    for (const step of plan.steps) {
      expect([step.collateral, step.debt]).toEqual([XLM, USDC]);
      expect(step.riskAfterE7).toBeLessThan(step.riskBeforeE7);
      expect(step.price).toBe(step.movedPrice);
      // At most the largest discount of what is sold.
      const soldValue = (step.sell * step.price) / units(1) + 1n;
      expect(step.costValue).toBeLessThanOrEqual((soldValue * 300_000n) / 10_000_000n + 2n);
    }
    expect(plan.costValue).toBe(plan.steps.reduce((sum, step) => sum + step.costValue, 0n));
    expect(plan.after.riskRatioE7).toBeLessThan(BigInt(plan.after.softE7));
    expect(plan.soldShareE7).toBeGreaterThan(0n);
    // The same with another policy: an early one sells more.
    const early = value(core.plan(state, XLM, price(0.2), { policy: core.presets().early }));
    expect(early.soldValue).toBeGreaterThan(plan.soldValue);
  });

  it('leave a gap beyond 100% to the auction', () => {
    const plan = value(core.plan(snapshot(balanced, 1_600), XLM, price(0.15), { jump: true }));
    expect([plan.end, plan.refusal, plan.steps]).toEqual(['liquidatable', 146, []]);
    expect(plan.after.riskRatioE7).toBeGreaterThan(10_000_000n);
  });

  it('do nothing for a price that helps', () => {
    const plan = value(core.plan(snapshot(balanced, 1_600), XLM, price(0.5)));
    expect([plan.end, plan.steps, plan.costValue]).toEqual(['safe', [], 0n]);
  });

  it('say what the contract would of a price that is none', () => {
    expect(codeOf(core.plan(snapshot(balanced, 1_600), XLM, 0n))).toBe(149);
    expect(() => core.plan(snapshot(balanced, 1_600), 'CNONE', 1n)).toThrow('no such asset');
  });

  it('spend the reserve before anything is sold', () => {
    const state = snapshot(balanced, 1_600);
    state.reserves[1]!.idle = units(2_000);
    const plan = value(core.plan(state, XLM, price(0.2)));
    expect(plan.soldValue).toBe(0n);
    expect(plan.reserveSpentValue).toBeGreaterThan(0n);
    expect(plan.steps.every((step) => step.sell === 0n && step.reserveSpent > 0n)).toBe(true);
  });
});

describe('the most', () => {
  it('that can be borrowed leaves the vault below soft', () => {
    const state = snapshot(balanced, 1_000);
    const most = core.most(state, USDC, 'borrow');
    const riskAt = (debt: bigint) => value(core.health(state, { changes: [{ asset: USDC, debt }] })).riskRatioE7;
    expect(riskAt(most)).toBeLessThan(9_600_000n);
    expect(riskAt(most + units(0.1))).toBeGreaterThanOrEqual(9_600_000n);
    state.state.automation = false;
    const whole = core.most(state, USDC, 'borrow');
    expect(riskAt(whole)).toBeLessThanOrEqual(9_999_900n);
    expect(whole).toBeGreaterThan(most);
  });

  it('that can be withdrawn likewise; without debt all of it', () => {
    const state = snapshot(balanced, 1_000);
    const most = core.most(state, XLM, 'withdraw');
    expect(value(core.health(state, { changes: [{ asset: XLM, collateral: -most }] })).riskRatioE7).toBeLessThan(9_600_000n);
    expect(core.most(state, USDC, 'withdraw')).toBe(0n);
    const free = snapshot(balanced, 0);
    free.reserves.forEach((each) => each.rounds.splice(0));
    expect(core.most(free, XLM, 'withdraw')).toBe(units(10_000));
  });

  it('is nothing with an auction open, on ice, or at risk', () => {
    const open = snapshot(balanced, 1_000, { auction: { startLedger: 990, lot: new Map(), bid: new Map() } });
    expect([core.most(open, USDC, 'borrow'), core.most(open, XLM, 'withdraw')]).toEqual([0n, 0n]);
    const iced = snapshot(balanced, 1_000);
    iced.pool.status = 2;
    expect(core.most(iced, USDC, 'borrow')).toBe(0n);
    expect(core.most(snapshot(balanced, 1_720), USDC, 'borrow')).toBe(0n);
  });

  it('is what the pool has', () => {
    const state = snapshot(balanced, 1_000);
    state.reserves[1]!.stored.dSupply = (units(1e8) * 95n) / 100n - units(100_000);
    state.reserves[0]!.bTokens = units(1e9);
    const most = core.most(state, USDC, 'borrow');
    // Less ten millionths of what is owed, for interest.
    expect(most).toBeLessThan(units(100_000) - units(900));
    expect(most).toBeGreaterThan(units(98_000));
  });
});

describe('auctions', () => {
  const auction = { startLedger: 1_000, lot: new Map([[XLM, units(8_000)]]), bid: new Map([[USDC, units(1_800)]]) };

  it('have a clock', () => {
    // 2,000 USD against 1,800 USDC.
    const state = snapshot(balanced, 1_900, { auction });
    const at = (ledger: number) => value(core.auction(state, ledger)!);
    expect(at(1_100)).toMatchObject({ age: 100, lotModifierE7: 5_000_000n, bidModifierE7: 10_000_000n });
    expect(at(1_100)).toMatchObject({ lotValue: 1_000n * 10n ** 14n, bidValue: 1_800n * 10n ** 14n, costValue: -800n * 10n ** 14n });
    expect(at(1_300)).toMatchObject({ lotModifierE7: 10_000_000n, bidModifierE7: 5_000_000n, costValue: 1_100n * 10n ** 14n });
    // The lot is worth the bid at 90% of it, a tenth more at 99%; a rescue opens 20 ledgers before it is worth 90%.
    expect(at(1_000)).toMatchObject({ breakEvenAge: 181, fillerAge: 198, rescueAge: 142, staleAge: 500 });
    state.state.automation = false;
    expect(at(1_000).rescueAge).toBeNull();
  });

  it('go on while prices are old, and are not there when none is open', () => {
    const state = snapshot(balanced, 1_900, { auction });
    state.reserves[0]!.rounds.forEach((round) => (round.timestamp -= 10_000n));
    expect(value(core.auction(state, 1_001)!).age).toBe(1);
    state.reserves[0]!.rounds.splice(0);
    expect(codeOf(core.auction(state, 1_001))).toBe(105);
    expect(core.auction(snapshot(balanced, 1_900), 1_000)).toBeNull();
  });
});

describe('the buffer', () => {
  const view = (words: number) => new DataView(new ArrayBuffer(words * 8));

  it('holds numbers as they are', () => {
    const buffer = view(12);
    new QuestionWriter(buffer, 1).number(7).flag(true).wide(-1n).wide((1n << 127n) - 1n).finish();
    expect([buffer.getBigUint64(0, true), buffer.getBigUint64(8, true)]).toEqual([1n, 8n]);
    // An answer's length is where a question has its version.
    buffer.setBigUint64(0, 8n, true);
    const reader = new AnswerReader(buffer);
    reader.big();
    expect([reader.number(), reader.flag(), reader.wide(), reader.wide()]).toEqual([7, true, -1n, (1n << 127n) - 1n]);
    reader.finish();
    expect(() => reader.big()).toThrow('too short');
  });

  it('takes no number that does not fit', () => {
    const writer = () => new QuestionWriter(view(4), 1);
    expect(() => writer().number(-1)).toThrow(RangeError);
    expect(() => writer().number(1n << 64n)).toThrow(RangeError);
    expect(() => writer().wide(1n << 127n)).toThrow(RangeError);
    expect(() => writer().number(1).number(1).number(1)).toThrow(RangeError);
  });

  it('is believed nothing that is malformed', () => {
    const answer = (...words: bigint[]) => {
      const buffer = view(words.length);
      words.forEach((word, index) => buffer.setBigUint64(index * 8, word, true));
      return new AnswerReader(buffer);
    };
    expect(() => answer(0n)).toThrow('length');
    expect(() => answer(3n, 1n)).toThrow('length');
    expect(() => new AnswerReader(view(0))).toThrow('length');
    expect(() => answer(2n, 2n).flag()).toThrow('flag');
    expect(() => answer(2n, 1n << 32n).number()).toThrow('too large');
    expect(() => answer(3n, 1n, 1n).finish()).toThrow('too long');
    expect(() => answer(2n, 1n).wide()).toThrow('too short');
  });

  it('needs a module that is the core', async () => {
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    await expect(loadCore(empty)).rejects.toThrow('the core has no');
  });
});
