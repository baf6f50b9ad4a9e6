// The session against a real RPC: what it writes into the store, what it says while nothing answers, and how it recovers.
import type { Keypair } from '@stellar/stellar-sdk';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { borrow, changeTrust, create, deposit, proposeOwner } from '../../src/chain/operations';
import { refresh, startSession } from '../../src/chain/session';
import { account, connection, failure, history, snapshot, vault, vaults, vaultTrouble, wallet } from '../../src/store';
import { BALANCED } from '../support/policy';
import { ONE, startSandbox, type Sandbox } from './sandbox';

let sandbox: Sandbox;
let owner: Keypair;
let ours: string;
let stop: () => void = () => undefined;

/** The page's document, as far as the session knows it. */
const page = Object.assign(new EventTarget(), { hidden: false });

beforeAll(async () => {
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  sandbox = await startSandbox('--ledger-ms', '500');
  owner = await sandbox.funded();
  const { factory, pool } = sandbox.config.contracts;
  ours = (await sandbox.send(owner, create({ factory, pool, owner: owner.publicKey(), version: 0, policy: BALANCED, nonce: 0 }))).result as string;
  await sandbox.send(owner, changeTrust(sandbox.asset('USDC')));
  await sandbox.send(owner, deposit(ours, sandbox.asset('XLM').contract, 1_000n * ONE));
}, 120_000);
afterEach(async () => {
  stop();
  await sandbox.control('clearFaults');
  page.hidden = false;
  for (const each of [account, connection, failure, snapshot, vault, vaults, vaultTrouble, wallet]) each.value = null;
});
afterAll(() => sandbox?.stop());

const connect = (keys: Keypair) => {
  wallet.value = { id: 'test', name: 'Test', address: keys.publicKey(), canSign: true, test: true, sign: async (xdr) => xdr, disconnect: async () => undefined };
};
const begin = () => (stop = startSession(sandbox.config));
const eventually = (condition: () => boolean, what: string) => vi.waitFor(() => expect(condition(), what).toBe(true), { timeout: 15_000, interval: 50 });

test('shows the connected owner their vault, and each ledger anew', async () => {
  begin();
  await eventually(() => connection.value !== null, 'a ledger');
  expect(snapshot.value).toBeNull();
  connect(owner);
  await eventually(() => snapshot.value?.vault === ours, 'the vault is chosen');
  expect(vaults.value).toEqual([{ address: ours, offered: false }]);
  expect(account.value?.exists).toBe(true);
  await eventually(() => !history.value.loading, 'the history');
  expect(history.value.events.map((event) => event.kind)).toEqual(['deposited']);
  expect(history.value.since).toBe(1);
  const { ledger } = connection.value!;
  await eventually(() => connection.value!.ledger > ledger && snapshot.value!.ledger > ledger, 'newer ledgers');
  expect(connection.value!.trouble).toBeNull();
});

test('shows at once what a transaction changed', async () => {
  connect(owner);
  begin();
  await eventually(() => snapshot.value !== null, 'the vault');
  await sandbox.send(owner, borrow(ours, sandbox.asset('USDC').contract, 10n * ONE, owner.publicKey()));
  await refresh();
  const usdc = snapshot.value!.reserves.find((each) => each.asset === sandbox.asset('USDC').contract)!;
  expect(usdc.dTokens > 0n).toBe(true);
  expect(account.value!.balances.get(usdc.asset)!.amount).toBe(10n * ONE);
  expect(history.value.events[0]!.kind).toBe('borrowed');
});

test('says what is wrong while nothing answers, keeps what it has as of its ledger, and recovers', async () => {
  connect(owner);
  begin();
  await eventually(() => snapshot.value !== null && connection.value?.trouble === null, 'the vault');
  await sandbox.control('fail', { kind: 'http', status: 503 });
  await eventually(() => !!connection.value?.trouble, 'trouble');
  expect(connection.value!.trouble).toMatchObject({ title: 'The network cannot be reached' });
  expect(connection.value!.trouble!.words).toMatch(/503/);
  const { ledger, seenAt } = connection.value!;
  expect(snapshot.value).not.toBeNull();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(connection.value).toMatchObject({ ledger, seenAt });
  await sandbox.control('clearFaults');
  await eventually(() => connection.value!.trouble === null && connection.value!.ledger > ledger, 'it recovers');
});

test('waits where a server is asked too often', async () => {
  begin();
  await eventually(() => connection.value !== null, 'a ledger');
  await sandbox.control('fail', { kind: 'http', status: 429, method: 'getHealth' });
  await eventually(() => /too often/.test(connection.value?.trouble?.words ?? ''), 'it is told');
  const asked = vi.spyOn(globalThis, 'fetch');
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(asked).not.toHaveBeenCalled();
  asked.mockRestore();
});

test('asks nothing while the page is hidden', async () => {
  begin();
  await eventually(() => connection.value !== null, 'a ledger');
  page.hidden = true;
  // A question that was on its way comes to its end.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const asked = vi.spyOn(globalThis, 'fetch');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(asked).not.toHaveBeenCalled();
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await eventually(() => asked.mock.calls.length > 0, 'it wakes');
  asked.mockRestore();
});

test('says where there is no vault, and shows another one that is chosen', async () => {
  vault.value = sandbox.config.contracts.lens;
  begin();
  await eventually(() => vaultTrouble.value !== null, 'no vault');
  expect(vaultTrouble.value!.title).toBe('There is no vault');
  vault.value = ours;
  await eventually(() => snapshot.value?.vault === ours, 'the vault');
  expect(vaultTrouble.value).toBeNull();
});

test('refuses a server of another network', async () => {
  stop = startSession({ ...sandbox.config, networkPassphrase: 'Test SDF Network ; September 2015' });
  await eventually(() => failure.value !== null, 'the failure');
  expect(failure.value!.title).toBe('The server is of another network');
});

test('shows who is proposed as owner', async () => {
  const erin = sandbox.keys('erin');
  await sandbox.send(owner, proposeOwner(ours, erin.publicKey()));
  connect(erin);
  begin();
  await eventually(() => vaults.value !== null, 'the vaults');
  expect(vaults.value).toEqual([{ address: ours, offered: true }]);
  expect(vault.value).toBeNull();
});
