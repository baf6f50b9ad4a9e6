// Transactions against a real RPC: success, a contract's refusal before and after, a race, time running out, the server
// gone in between, the account used elsewhere, archived entries.
import { Keypair, Operation, TransactionBuilder, nativeToScVal, scValToNative, xdr } from '@stellar/stellar-sdk';
import { address, u32 } from '../../src/chain/entries';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { historyOf, HistoryReader } from '../../src/chain/history';
import { acceptOwner, borrow, changeTrust, clearStaleAuction, create, deposit, proposeOwner, repay, restore, restoreAll, setAutomation, withdraw } from '../../src/chain/operations';
import { readAccount, readSnapshot } from '../../src/chain/read';
import { view } from '../../src/chain/simulate';
import { invoke } from '../../src/chain/spec';
import { roundsOf } from '../../src/chain/rounds';
import { prepare, settle, submit, type Stage } from '../../src/chain/transact';
import { explain } from '../../src/chain/errors';
import { BALANCED } from '../support/policy';
import { ONE, startSandbox, type Sandbox } from './sandbox';

let sandbox: Sandbox;
let owner: Keypair;
let vault: string;
let xlm: string;
let usdc: string;

beforeAll(async () => {
  sandbox = await startSandbox('--ledger-ms', '500');
  owner = await sandbox.funded();
  [xlm, usdc] = [sandbox.asset('XLM').contract, sandbox.asset('USDC').contract];
}, 120_000);
beforeEach(() => sandbox.control('clearFaults'));
afterAll(() => sandbox?.stop());

const prepared = (operation: Parameters<typeof prepare>[2], who = owner) => prepare(sandbox.network, who.publicKey(), operation);
const signed = (of: Awaited<ReturnType<typeof prepare>>, who = owner) => sandbox.sign(who, of.transaction.toXdr());
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable('it should fail'),
    (error) => error,
  );

describe('what works', () => {
  test('a vault is created, with its fees and its result', async () => {
    const { factory, pool } = sandbox.config.contracts;
    const creation = create({ factory, pool, owner: owner.publicKey(), version: 0, policy: BALANCED, nonce: 0 });
    const preview = await prepared(creation);
    expect(preview.feeParts.inclusion).toBe(100n);
    expect(preview.feeMost).toBe(preview.feeParts.inclusion + preview.feeParts.resource);
    expect(preview.feeMost).toBe(BigInt(preview.transaction.fee));
    expect(preview.restores).toBe(false);
    expect(Number(preview.transaction.timeBounds!.maxTime)).toBe(Number(preview.goodUntil));
    const stages: Stage[] = [];
    const done = await submit(sandbox.network, signed(preview), preview, (stage) => stages.at(-1) !== stage && stages.push(stage));
    expect(stages).toEqual(['sending', 'waiting', 'applied']);
    vault = done.result as string;
    expect(done.result).toBe(preview.result);
    expect(done.hash).toBe(preview.hash);
    expect(done.feeCharged > 0n && done.feeCharged <= preview.feeMost).toBe(true);
  });

  test('a preview shows what moves, and the result what moved', async () => {
    const preview = await prepared(deposit(vault, xlm, 5_000n * ONE));
    expect(preview.events).toMatchObject([{ kind: 'deposited', asset: xlm, amount: 5_000n * ONE, party: null }]);
    expect(preview.transfers).toContainEqual({ asset: xlm, from: owner.publicKey(), to: vault, amount: 5_000n * ONE });
    const done = await submit(sandbox.network, signed(preview), preview, () => undefined);
    expect(done.events).toMatchObject([{ kind: 'deposited', ledger: done.ledger, transaction: done.hash }]);
    expect(done.transfers).toEqual(preview.transfers);
  });

  test('a trustline: no simulation, a fee of its own', async () => {
    const preview = await prepared(changeTrust(sandbox.asset('USDC')));
    expect(preview.feeParts).toEqual({ inclusion: 100n, resource: 0n });
    await submit(sandbox.network, signed(preview), preview, () => undefined);
    await sandbox.send(owner, borrow(vault, usdc, 200n * ONE, owner.publicKey()));
    const paidBack = await sandbox.send(owner, repay(vault, owner.publicKey(), usdc, 50n * ONE));
    expect(paidBack.events).toMatchObject([{ kind: 'repaid', amount: 50n * ONE, party: owner.publicKey() }]);
  });
});

describe('what a contract refuses', () => {
  test('is said before anything is signed', async () => {
    const error = await outcome(prepared(borrow(vault, usdc, 1_100n * ONE, owner.publicKey())));
    expect(error).toMatchObject({ name: 'CallError', code: 102, errorName: 'WouldTriggerNow' });
    expect(explain(error)).toMatchObject({ title: 'The vault refuses', code: 102 });
    expect(explain(error).advice).toMatch(/smaller amount/);
  });

  test('is told by its innermost cause', async () => {
    const poor = await outcome(prepared(deposit(vault, xlm, 50_000n * ONE)));
    expect(poor.words).toMatch(/balance/i);
    expect(poor.advice).toMatch(/at most what you can spend/);
    const stranger = await sandbox.funded();
    const line = await outcome(prepared(borrow(vault, usdc, ONE, stranger.publicKey())));
    expect(line.words).toMatch(/no trustline/);
    expect(line.advice).toMatch(/trustline/);
  });

  test('is another signature, where the owner is somebody else', async () => {
    const stranger = await sandbox.funded();
    const error = await outcome(prepared(setAutomation(vault, false), stranger));
    expect(error.title).toBe('Another signature is needed');
  });

  test('may come after the preview: applied, failed and explained', async () => {
    const first = await prepared(withdraw(vault, xlm, ONE, owner.publicKey()));
    // Between preview and ledger the collateral loses its value.
    const before = await roundsOf(sandbox.network, sandbox.file.contracts.oracle, xlm);
    await sandbox.control('setPrice', { asset: 'XLM', price: '0.04' });
    const failed = await outcome(submit(sandbox.network, signed(first), first, () => undefined));
    expect(failed).toMatchObject({ name: 'TransactionError', kind: 'failed' });
    expect([102, 114]).toContain(failed.code);
    expect(failed.words).toMatch(/Only the fee was spent/);
    expect(failed.words).toMatch(/earlier ledger/);
    const digits = before[0]!.price.toString().padStart(15, '0');
    await sandbox.control('setPrice', { asset: 'XLM', price: `${digits.slice(0, -14)}.${digits.slice(-14)}` });
    expect((await roundsOf(sandbox.network, sandbox.file.contracts.oracle, xlm))[0]!.price).toBe(before[0]!.price);
  });
});

describe('what stands in the way', () => {
  test('an account that does not exist, or cannot pay', async () => {
    expect((await outcome(prepared(setAutomation(vault, true), Keypair.random()))).title).toBe('The account does not exist');
    const poor = Keypair.random();
    await sandbox.send(owner, Operation.createAccount({ destination: poor.publicKey(), startingBalance: '1' }));
    const all = await outcome(prepared(deposit(vault, xlm, (await readAccount(sandbox.network, owner.publicKey())).xlmSpendable)));
    expect(all.title).toBe('Too few lumens for amount and fee');
    const error = await outcome(prepared(restore(vault), poor));
    expect(error.title).toBe('Too few lumens for the fee');
    expect(error.words).toMatch(/0\.0000000 XLM\.$/);
  });

  test('a wallet on another network, another account or with other contents', async () => {
    const preview = await prepared(restore(vault));
    const elsewhere = sandbox.sign(owner, preview.transaction.toXdr(), 'Test SDF Network ; September 2015');
    expect((await outcome(submit(sandbox.network, elsewhere, preview, () => undefined))).failure).toBe('wrong-network');
    expect((await outcome(submit(sandbox.network, signed(preview, sandbox.keys('bob')), preview, () => undefined))).failure).toBe('wrong-account');
    const other = await prepared(setAutomation(vault, false));
    expect((await outcome(submit(sandbox.network, signed(other), preview, () => undefined))).failure).toBe('changed');
  });

  test('the account used elsewhere', async () => {
    const [one, other] = [await prepared(restore(vault)), await prepared(setAutomation(vault, true))];
    await submit(sandbox.network, signed(other), other, () => undefined);
    const error = await outcome(submit(sandbox.network, signed(one), one, () => undefined));
    expect(error).toMatchObject({ kind: 'refused', title: 'The account was used elsewhere' });
    expect(error.advice).toMatch(/again/);
  });

  test('time', async () => {
    const preview = await prepared(restore(vault));
    await sandbox.control('warp', { seconds: 200 });
    const error = await outcome(submit(sandbox.network, signed(preview), preview, () => undefined));
    expect(error).toMatchObject({ kind: 'expired' });
    expect(error.words).toMatch(/never will be/);
  });

  test('a server that is gone in between: it is waited for', async () => {
    const preview = await prepared(restore(vault));
    const troubles: string[] = [];
    // Taken, and then no answer to anything for a while.
    await sandbox.control('fail', { kind: 'drop', method: 'getTransaction', requests: 3 });
    const done = await submit(sandbox.network, signed(preview), preview, (_, trouble) => trouble && troubles.push(trouble.title));
    expect(done.ledger).toBeGreaterThan(0);
    expect(troubles).toEqual(['The network cannot be reached', 'The network cannot be reached', 'The network cannot be reached']);
  });

  test('an answer that was lost: the same transaction again, once applied', async () => {
    for (const kind of [{ kind: 'drop' }, { kind: 'http', status: 503 }, { kind: 'garbage' }]) {
      const preview = await prepared(restore(vault));
      await sandbox.control('fail', { ...kind, method: 'sendTransaction', requests: 2 });
      const done = await submit(sandbox.network, signed(preview), preview, () => undefined);
      expect(done.hash).toBe(preview.hash);
      await sandbox.control('clearFaults');
    }
  });

  test('a transaction that arrived although no answer said so is found', async () => {
    const preview = await prepared(restore(vault));
    const envelope = signed(preview);
    await sandbox.network.rpc.call('sendTransaction', { transaction: envelope });
    const done = await settle(sandbox.network, preview);
    expect(done.hash).toBe(preview.hash);
    // Handed in once more it is recognised, not applied again.
    expect((await submit(sandbox.network, envelope, preview, () => undefined)).ledger).toBe(done.ledger);
  });
});

describe('history', () => {
  test('has every step with its place, page by page and incrementally', async () => {
    const reader = new HistoryReader(sandbox.network, vault, sandbox.config.contracts.pool);
    const history = await reader.update();
    const kinds = history.events.map((event) => event.kind).reverse();
    expect(kinds.slice(0, 4)).toEqual(['deposited', 'borrowed', 'repaid', 'automationSet']);
    expect(history).toMatchObject({ since: 1, loading: false });
    await sandbox.send(owner, setAutomation(vault, false));
    const more = await reader.update();
    expect(more.events.length).toBe(history.events.length + 1);
    expect(more.events[0]).toMatchObject({ kind: 'automationSet', words: 'Automation was switched off.' });
    expect(new Set(more.events.map((event) => event.id)).size).toBe(more.events.length);
    expect(await historyOf(sandbox.network, vault)).toEqual(more.events);
  });

  test('has ownership', async () => {
    const carol = sandbox.keys('carol');
    await sandbox.send(owner, proposeOwner(vault, carol.publicKey()));
    await sandbox.send(carol, acceptOwner(vault));
    await sandbox.send(carol, proposeOwner(vault, owner.publicKey()));
    const done = await sandbox.send(owner, acceptOwner(vault));
    expect(done.events).toMatchObject([{ kind: 'ownerChanged' }]);
    expect((await readSnapshot(sandbox.network, vault)).state.owner).toBe(owner.publicKey());
  });
});

/** A price in the oracle's decimals, in this round and the one before. */
async function setXlm(price: bigint): Promise<void> {
  const digits = price.toString().padStart(15, '0');
  const text = `${digits.slice(0, -14)}.${digits.slice(-14)}`;
  await sandbox.control('setPrice', { asset: 'XLM', price: text });
  await sandbox.control('warp', { seconds: 300 });
  await sandbox.control('setPrice', { asset: 'XLM', price: text });
}

/** The price of XLM at which the vault's risk ratio is so much. */
async function priceAt(riskE7: bigint): Promise<bigint> {
  const { lens, oracle } = sandbox.file.contracts as Record<string, string>;
  const health = scValToNative((await view(sandbox.network, lens!, 'health', [address(vault)])).value);
  const [last] = await roundsOf(sandbox.network, oracle!, xlm);
  return (last!.price * health.risk_ratio_e7) / riskE7;
}

describe('a step', () => {
  test('shows in the history with what it cost', async () => {
    const keeper = sandbox.keys('faucet');
    await sandbox.send(owner, setAutomation(vault, true));
    const fallen = await priceAt(9_750_000n);
    await setXlm(fallen);
    const lens = sandbox.config.contracts.lens;
    const { step } = scValToNative((await view(sandbox.network, lens, 'quote_fill', [address(vault)])).value);
    const { closedAt } = await sandbox.network.rpc.latest();
    const fill = invoke(vault, 'fill', {
      keeper: keeper.publicKey(),
      collateral: step.collateral,
      debt: step.debt,
      repay: step.min_proceeds,
      collateral_out: step.sell,
      deadline: closedAt + 600n,
    });
    const done = await sandbox.send(keeper, fill);
    const [event] = done.events;
    expect(event).toMatchObject({ kind: 'step', path: 'fill', rescue: false, caller: keeper.publicKey(), sold: step.sell, repaid: step.min_proceeds, collateralPrice: fallen });
    const cost = (event as { costValue: bigint }).costValue;
    const exact = step.sell * fallen - step.min_proceeds * 10n ** 14n;
    expect(cost).toBe((exact + ONE - 1n) / ONE);
    expect(cost > 0n).toBe(true);
    const [newest] = await historyOf(sandbox.network, vault);
    expect(newest).toMatchObject({ kind: 'step', costValue: cost, transaction: done.hash, ledger: done.ledger });
  });
});

describe('a liquidation', () => {
  test('shows in snapshot and history, with who filled it', async () => {
    const { pool } = sandbox.config.contracts;
    const bob = sandbox.keys('bob');
    const call = (name: string, ...args: xdr.ScVal[]) => Operation.invokeContractFunction({ contract: pool, function: name, args });
    const list = (of: string) => xdr.ScVal.scvVec([address(of)]);
    await setXlm(await priceAt(10_050_000n));
    // The pool takes no more than leaves the position healthy enough, and no less.
    for (let percent = 100; percent > 0; percent -= 4) {
      const opening = call('new_auction', u32(0), address(vault), list(usdc), list(xlm), u32(percent));
      const isOpen = await sandbox.send(bob, opening).then(
        () => true,
        () => false,
      );
      if (isOpen) break;
    }
    const { auction, ledger } = await readSnapshot(sandbox.network, vault);
    expect(auction!.startLedger).toBeLessThanOrEqual(ledger + 1);
    expect([...auction!.lot.keys()]).toEqual([xlm]);
    expect([...auction!.bid.keys()]).toEqual([usdc]);
    const refused = await outcome(prepared(borrow(vault, usdc, ONE, owner.publicKey())));
    expect(refused.code).toBe(116);

    // A filler with collateral of its own takes half of it when the lot is whole.
    await sandbox.control('close', { count: 190 });
    const request = (type: number, of: string, amount: bigint) => nativeToScVal({ address: address(of), amount: nativeToScVal(amount, { type: 'i128' }), request_type: u32(type) }, { type: { address: ['symbol'], amount: ['symbol'], request_type: ['symbol'] } });
    const requests = xdr.ScVal.scvVec([request(2, xlm, 9_000n * ONE), request(6, vault, 50n)]);
    await sandbox.send(bob, call('submit', address(bob.publicKey()), address(bob.publicKey()), address(bob.publicKey()), requests));
    const [filled, opened] = (await historyOf(sandbox.network, vault)).slice(0, 2);
    expect(opened).toMatchObject({ kind: 'auctionOpened' });
    expect(filled).toMatchObject({ kind: 'auctionFilled' });
    expect((filled as { words: string }).words).toContain(`${bob.publicKey()} filled 50%`);
    await sandbox.control('setPrice', { asset: 'XLM', price: '0.36' });
    await sandbox.send(owner, clearStaleAuction(vault));
    expect((await readSnapshot(sandbox.network, vault)).auction).toBeNull();
    expect((await historyOf(sandbox.network, vault))[0]).toMatchObject({ kind: 'auctionCleared' });
  });
});

describe('archived', () => {
  test('entries are restored by the call that needs them', async () => {
    await sandbox.control('warp', { ledgers: 3_200_000 });
    const snapshot = await readSnapshot(sandbox.network, vault);
    expect(snapshot.archived).toBe(true);
    expect(snapshot.state.owner).toBe(owner.publicKey());
    const call = (await restoreAll(sandbox.network, vault))!;
    const preview = await prepared(call);
    expect(preview.restores).toBe(true);
    expect(preview.restore).toBeNull();
    await submit(sandbox.network, signed(preview), preview, () => undefined);
    expect((await readSnapshot(sandbox.network, vault)).archived).toBe(false);
    expect(await restoreAll(sandbox.network, vault)).toBeNull();
    // The pool's own entries are archived too: the call that needs them restores them.
    const deposited = await prepared(deposit(vault, xlm, ONE));
    expect(deposited.restores).toBe(true);
    await submit(sandbox.network, signed(deposited), deposited, () => undefined);
  }, 60_000);
});

test('the test signs what it was given', async () => {
  const preview = await prepared(restore(vault));
  expect(TransactionBuilder.fromXdr(signed(preview), sandbox.network.passphrase).signatures.length).toBe(1);
});
