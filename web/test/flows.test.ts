import { beforeAll, describe, expect, test } from 'vitest';
import { Keypair, StrKey } from '@stellar/stellar-sdk';
import { loadCore } from '../src/core';
import { FLOWS } from '../src/flows/all';
import { clearing, EVERYTHING, payable } from '../src/flows/amounts';
import { essence } from '../src/flows/context';
import { feeWarnings, isExcessive } from '../src/flows/fee';
import { permissionOf } from '../src/flows/permission';
import { addressProblem } from '../src/flows/receiver';
import { healing, riskLines, roomE7 } from '../src/flows/risk';
import type { Context, Flow, Form, Intent, Preview } from '../src/flows/types';
import type { Asset, Snapshot } from '../src/model';
import type { Core, FlowName, OpenFlow } from '../src/parts';
import { coreBytes, reserve, snapshot, units, USDC, XLM, EURC } from './support/snapshot';

const OWNER = Keypair.random().publicKey();
const OTHER = Keypair.random().publicKey();
const VAULT = StrKey.encodeContract(new Uint8Array(32).fill(7));
const ADAPTER = StrKey.encodeContract(new Uint8Array(32).fill(8));
const COMET = StrKey.encodeContract(new Uint8Array(32).fill(9));
const ISSUER = Keypair.random().publicKey();
const ASSETS: Asset[] = [
  { code: 'XLM', issuer: null, contract: XLM, decimals: 7 },
  { code: 'USDC', issuer: ISSUER, contract: USDC, decimals: 7 },
  { code: 'EURC', issuer: ISSUER, contract: EURC, decimals: 7 },
];
const GROUP = '\u202f';

let core: Core;
beforeAll(async () => {
  core = await loadCore(coreBytes());
});

function contextOf(of: Partial<Snapshot> & { debt?: number } = {}, more: Partial<Context> = {}): Context {
  const { debt = 1_000, ...changes } = of;
  const base = snapshot(core.presets().balanced, debt, changes);
  const known = { ...base, vault: VAULT, state: { ...base.state, owner: OWNER, ...(changes.state ?? {}) } };
  const balance = (amount: number) => ({ amount: units(amount), spendable: units(amount), authorized: true, limit: null });
  return {
    config: {
      name: 'Sandbox',
      rpcUrl: '',
      friendbotUrl: null,
      networkPassphrase: '',
      contracts: { factory: VAULT, lens: VAULT, pool: VAULT, adapter: ADAPTER },
      assets: ASSETS,
      comet: [{ contract: COMET, assets: ['XLM', 'USDC'] }],
      accounts: [],
      testWallet: true,
      walletConnectProjectId: null,
      explorerUrl: null,
    },
    core,
    wallet: { id: 'test', name: 'Test', address: OWNER, canSign: true, test: true, sign: () => Promise.reject(), disconnect: () => Promise.resolve() },
    account: { address: OWNER, exists: true, balances: new Map([[XLM, balance(500)], [USDC, balance(2_000)]]) },
    vault: VAULT,
    snapshot: known,
    health: core.health(known),
    ledger: known.ledger,
    version: '',
    from: { name: 'deposit' },
    assetOf: (contract) => ASSETS.find((asset) => asset.contract === contract) ?? { code: '?', issuer: null, contract, decimals: 7 },
    ...more,
  };
}

const formOf = (context: Context, flow: Flow, values: Record<string, string>): Form => {
  const start = flow.start(context);
  return { ...start, values: { ...start.values, ...values } };
};

function meant(name: FlowName, context: Context, values: Record<string, string> = {}) {
  return FLOWS[name].meant(context, formOf(context, FLOWS[name], values));
}

function intentOf(name: FlowName, context: Context, values: Record<string, string> = {}): Intent {
  const result = meant(name, context, values);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.intent;
}

const problemsOf = (name: FlowName, context: Context, values: Record<string, string> = {}) => {
  const result = meant(name, context, values);
  return 'problems' in result ? result.problems : {};
};

const previewOf = (context: Context, intent: Intent): Preview => ({
  intent,
  prepared: { result: null, transfers: [], restores: false } as unknown as Preview['prepared'],
  after: intent.changes && context.snapshot ? core.health(context.snapshot, { changes: intent.changes }) : null,
});

describe('deposit', () => {
  test('says what it does on its button, in full', () => {
    const intent = intentOf('deposit', contextOf(), { asset: XLM, amount: '400.5' });
    expect(intent.action).toBe('deposit 400.5 XLM');
    expect(intent.changes).toEqual([{ asset: XLM, collateral: units(400.5) }]);
  });

  test('is not more than there is', () => {
    expect(problemsOf('deposit', contextOf(), { asset: XLM, amount: '500.0000001' }).amount).toContain('only 500 XLM');
    expect(problemsOf('deposit', contextOf(), { asset: XLM, amount: '0' }).amount).toContain('above zero');
    expect(problemsOf('deposit', contextOf(), { asset: XLM, amount: '1,5' }).amount).toContain('point');
    expect(problemsOf('deposit', contextOf(), { asset: XLM, amount: '' }).amount).toBe('');
  });

  test('keeps lumens for fees', () => {
    const { account } = contextOf();
    expect(payable(account, ASSETS[0]!)).toBe(units(499));
    expect(payable(account, ASSETS[1]!)).toBe(units(2_000));
    expect(payable(account, ASSETS[2]!)).toBe(0n);
  });
});

describe('repay', () => {
  test('of everything sends a little more than the debt, which comes back', () => {
    const context = contextOf();
    const all = clearing(context, USDC);
    const debt = context.health?.ok ? context.health.value.legs.find((leg) => leg.asset === USDC)!.debt : 0n;
    expect(all).toBe(debt + debt / 10_000n + 1n);
    const field = FLOWS.repay.fields(context, formOf(context, FLOWS.repay, {})).find((each) => each.kind === 'amount');
    expect(field?.kind === 'amount' && field.fill).toMatchObject({ label: 'All' });
    const intent = intentOf('repay', context, { amount: '1000.2' });
    expect(intent.action).toBe('repay all USDC');
    expect(previewOf(context, intent).after).toMatchObject({ ok: true, value: { debtValue: 0n } });
    const back = intent.found!({ result: null, transfers: [{ asset: USDC, from: VAULT, to: OWNER, amount: units(0.1) }, { asset: USDC, from: OWNER, to: VAULT, amount: units(1000.2) }] });
    expect(back[0]?.value).toBe('0.1 USDC');
  });

  test('is limited by the balance', () => {
    const context = contextOf({ debt: 1_500 }, {});
    const poor = { ...context, account: { ...context.account!, balances: new Map([[USDC, { amount: units(200), spendable: units(200), authorized: true, limit: null }]]) } };
    const field = FLOWS.repay.fields(poor, formOf(poor, FLOWS.repay, {})).find((each) => each.kind === 'amount');
    expect(field?.kind === 'amount' && field.fill).toEqual({ label: 'Max', amount: '200' });
  });

  test('works without a price', () => {
    const dead = [reserve(XLM, 0, 0.25, { bTokens: units(10_000), rounds: [] }), reserve(USDC, 1, 1, { dTokens: units(1_000), rounds: [] })];
    const context = contextOf({ reserves: dead });
    expect(context.health?.ok).toBe(false);
    expect(clearing(context, USDC)).toBe(units(1_010) + 1n);
    expect(intentOf('repay', context, { amount: '1010' }).action).toBe('repay all USDC');
  });
});

describe('payouts', () => {
  test('of all there is go by the pool\u2019s own word for it', () => {
    const context = contextOf({ reserves: [reserve(XLM, 0, 0.25, { bTokens: units(10_000) }), reserve(USDC, 1, 1)] });
    const [, amount] = FLOWS.withdraw.fields(context, formOf(context, FLOWS.withdraw, {}));
    expect(amount?.kind === 'amount' && amount.fill).toEqual({ label: 'All', amount: '10000', mark: 'all' });
    const intent = intentOf('withdraw', context, { amount: '10000', all: '1' });
    expect(intent.key).toContain(String(EVERYTHING));
    expect(intent.action).toBe('withdraw all XLM');
    // Typed by hand it is exactly that.
    expect(intentOf('withdraw', context, { amount: '10000' }).key).toContain(` ${units(10_000)} `);
  });

  test('while something is owed are limited, and the limit holds', () => {
    const context = contextOf();
    const [, amount] = FLOWS.withdraw.fields(context, formOf(context, FLOWS.withdraw, {}));
    if (amount?.kind !== 'amount' || !amount.fill) throw new Error('no button');
    expect(amount.fill.label).toBe('Max');
    const { after } = previewOf(context, intentOf('withdraw', context, { amount: amount.fill.amount }));
    expect(after?.ok && after.value.riskRatioE7 < BigInt(after.value.softE7)).toBe(true);
  });

  test('prefer what is not collateral, and say how far the price may fall', () => {
    const context = contextOf({ debt: 0 });
    const intent = intentOf('borrow', context, { amount: '1000' });
    expect(intent.action).toBe(`borrow 1${GROUP}000 USDC`);
    expect(intent.receives).toEqual([{ asset: USDC, to: OWNER }]);
    const lines = riskLines(context, previewOf(context, intent));
    expect(lines.map(({ label }) => label)).toEqual(['Risk ratio', 'Unwinding starts', 'Liquidation']);
    expect(lines[2]?.value).toMatch(/^if XLM falls 43\.8%, to 0\.14036 USD$/);
  });

  test('of an asset that the vault has not used yet are previewed too', () => {
    const context = contextOf();
    expect(previewOf(context, intentOf('borrow', context, { asset: EURC, amount: '10' })).after).toMatchObject({ ok: true });
  });

  test('can go elsewhere, where that can be', () => {
    const to = { elsewhere: '1', amount: '1' };
    expect(problemsOf('borrow', contextOf(), { ...to, to: OWNER.slice(0, -1) }).to).toContain('no address');
    expect(problemsOf('borrow', contextOf(), { ...to, to: VAULT }).to).toContain('vault itself');
    expect(problemsOf('borrow', contextOf(), to).to).toBe('');
    const intent = intentOf('withdraw', contextOf(), { ...to, to: COMET });
    expect(intent.warnings(previewOf(contextOf(), intent))[0]?.text).toContain('contract');
    expect(addressProblem(Keypair.random().secret())).toContain('secret');
    expect(addressProblem(OTHER)).toBeNull();
  });
});

describe('who may sign', () => {
  const may = (name: FlowName, more: Partial<Context>, of = {}) => permissionOf(contextOf(of, more), FLOWS[name]);
  const stranger = { wallet: { ...({} as NonNullable<Context['wallet']>), name: 'Test', address: OTHER, canSign: true } };

  test('the owner, for everything of the vault', () => {
    for (const [name, flow] of Object.entries(FLOWS)) {
      if (flow.signer === 'proposed') continue;
      expect(may(name as FlowName, {}).may).toBe('sign');
    }
  });

  test('others only what anybody may', () => {
    const allowed = Object.keys(FLOWS).filter((name) => may(name as FlowName, stranger).may === 'sign');
    expect(allowed.sort()).toEqual(['clearAuction', 'create', 'fundReserve', 'repay', 'restore', 'trustline']);
    expect(may('accept', stranger, { proposedOwner: OTHER }).may).toBe('sign');
    expect(may('accept', {}, { proposedOwner: OTHER }).may).toBe('nothing');
    expect(may('accept', stranger).may).toBe('nothing');
  });

  test('nobody for a vault that the factory did not deploy', () => {
    for (const [name, flow] of Object.entries(FLOWS)) {
      if (flow.ofVault) expect(may(name as FlowName, {}, { genuine: false, proposedOwner: OWNER })).toMatchObject({ may: 'nothing', danger: true });
    }
  });

  test('nobody who only watches', () => {
    expect(may('deposit', { wallet: { ...contextOf().wallet!, canSign: false } })).toMatchObject({ may: 'look', connect: true });
    expect(may('deposit', { wallet: { ...contextOf().wallet!, canSign: false, address: OTHER } })).toMatchObject({ may: 'nothing' });
    expect(may('deposit', { wallet: null })).toMatchObject({ may: 'nothing', connect: true });
  });
});

describe('other flows', () => {
  test('a policy that the vault would refuse is refused in its words', () => {
    const context = contextOf();
    const policy = { ...core.presets().balanced, target_e7: 9_600_000 };
    const result = FLOWS.policy.meant(context, { values: {}, policy });
    expect('problems' in result && result.problems.policy).toMatch(/thresholds/i);
    const same = FLOWS.policy.meant(context, { values: {}, policy: { ...core.presets().balanced } });
    expect('problems' in same && same.problems.policy).toBe('');
    const early = FLOWS.policy.meant(context, { values: {}, policy: core.presets().early });
    expect('intent' in early).toBe(true);
  });

  test('emissions are claimed of every reserve that the vault has used, debts and deposits', () => {
    expect(intentOf('claim', contextOf()).key).toContain(' 0 1 2 3 ');
    expect(intentOf('claim', contextOf()).pointless!({ result: 0n, transfers: [] })).toContain('Nothing');
  });

  test('ownership is offered to somebody else, and can be taken back', () => {
    expect(problemsOf('transfer', contextOf(), { to: VAULT }).to).toContain('never accept');
    expect(intentOf('transfer', contextOf(), { to: OTHER }).action).toBe('propose the new owner');
    expect(intentOf('transfer', contextOf({ proposedOwner: OTHER }), { to: OWNER }).action).toBe('take the proposal back');
    expect(problemsOf('transfer', contextOf({ proposedOwner: OTHER }), { to: OTHER }).to).toContain('already');
  });

  test('a trustline is offered for what the account cannot hold', () => {
    const field = FLOWS.trustline.fields(contextOf(), FLOWS.trustline.start(contextOf()))[0];
    expect(field?.kind === 'select' && field.options.map(({ label }) => label)).toEqual(['EURC']);
  });

  test('every flow begins without an error, with and without a vault', () => {
    const bare = contextOf({}, { snapshot: null, vault: null, health: null, account: null });
    for (const [name, flow] of Object.entries(FLOWS)) {
      for (const context of [contextOf({}, { from: { name: name as FlowName } as OpenFlow }), bare]) {
        const form = flow.start(context);
        flow.notes?.(context, form);
        flow.fields(context, form);
        flow.meant(context, form);
      }
    }
  });
});

describe('what a flow goes by', () => {
  test('stays the same while only interest accrues, and not when a price or the position moves', () => {
    const first = contextOf().snapshot!;
    const later = { ...first, ledger: first.ledger + 1, closedAt: first.closedAt + 5n };
    expect(essence(later)).toBe(essence(first));
    const [xlm, ...rest] = first.reserves;
    expect(essence({ ...first, reserves: [{ ...xlm!, bTokens: 1n }, ...rest] })).not.toBe(essence(first));
    expect(essence({ ...first, reserves: [{ ...xlm!, rounds: [{ ...xlm!.rounds[0]!, price: 1n }] }, ...rest] })).not.toBe(essence(first));
    expect(essence({ ...first, state: { ...first.state, automation: false } })).not.toBe(essence(first));
  });

  test('room to a ratio is rounded down', () => {
    const { health } = contextOf();
    if (!health?.ok) throw new Error('no health');
    expect(roomE7({ ...health.value, riskRatioE7: 5_000_000n }, 10_000_000n)).toBe(5_000_000n);
    expect(roomE7({ ...health.value, riskRatioE7: 3_333_333n }, 9_600_000n)).toBe(6_527_778n);
    expect(roomE7({ ...health.value, riskRatioE7: 9_600_000n }, 9_600_000n)).toBe(0n);
  });
});

describe('with an open auction', () => {
  test('a repayment says how much makes the position healthy', () => {
    const auction = { startLedger: 990, lot: new Map([[XLM, units(5_000)]]), bid: new Map([[USDC, units(900)]]) };
    const context = contextOf({ debt: 1_900, auction });
    const enough = healing(core, context.snapshot!, USDC, 'debt')!;
    const after = (amount: bigint) => core.health(context.snapshot!, { changes: [{ asset: USDC, debt: -amount }] });
    expect(after(enough)).toMatchObject({ ok: true });
    const [at, before] = [after(enough), after(enough - 1n)];
    expect(at.ok && at.value.riskRatioE7 < 10_000_000n).toBe(true);
    expect(before.ok && at.ok && before.value.riskRatioE7 > at.value.riskRatioE7).toBe(true);
    expect(FLOWS.repay.notes!(context, formOf(context, FLOWS.repay, {}))[0]?.text).toContain('at least');
    expect(healing(core, context.snapshot!, EURC, 'debt')).toBeNull();
    expect(healing(core, contextOf().snapshot!, USDC, 'debt')).toBe(0n);
  });
});

test('a fee that is far from the usual is said, and must be meant', () => {
  expect(feeWarnings(units(0.4), false)).toEqual([]);
  expect(feeWarnings(units(6), false)[0]).toMatchObject({ tone: 'warning' });
  expect(feeWarnings(units(86.28), true)[0]).toMatchObject({ tone: 'danger', text: expect.stringContaining('86.28 XLM') });
  expect([units(50), units(50.1)].map(isExcessive)).toEqual([false, true]);
});
