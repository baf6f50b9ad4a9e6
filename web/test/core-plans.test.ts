import { beforeAll, describe, expect, it } from 'vitest';
import { loadCore } from '../src/core';
import type { VaultPolicy } from '../src/model';
import type { Core } from '../src/parts';
import { codeOf, coreBytes, snapshot, units, USDC, value, XLM } from './support/snapshot';

let core: Core;
let balanced: VaultPolicy;

beforeAll(async () => {
  core = await loadCore(coreBytes());
  ({ balanced } = core.presets());
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
