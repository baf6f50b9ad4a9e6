// Reading against a real RPC: a snapshot of a vault, accounts, vaults of an owner, a consistent ledger.
import { Keypair, scValToNative } from '@stellar/stellar-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { borrow, changeTrust, create, deposit, fundReserve, proposeOwner } from '../../src/chain/operations';
import { readAccount, readMarket, readSnapshot, vaultsOf, freeNonce, latestVersion, type ReadCache } from '../../src/chain/read';
import { address } from '../../src/chain/entries';
import { view } from '../../src/chain/simulate';
import { BALANCED } from '../support/policy';
import { ONE, startSandbox, type Sandbox } from './sandbox';

let sandbox: Sandbox;
let owner: Keypair;
let vault: string;

beforeAll(async () => {
  sandbox = await startSandbox('--ledger-ms', '500');
  owner = await sandbox.funded();
  const { network, config } = sandbox;
  const { factory, pool } = config.contracts;
  const created = await sandbox.send(owner, create({ factory, pool, owner: owner.publicKey(), version: 0, policy: BALANCED, nonce: 0 }));
  vault = created.result as string;
  await sandbox.send(owner, changeTrust(sandbox.asset('USDC')));
  await sandbox.send(owner, deposit(vault, sandbox.asset('XLM').contract, 5_000n * ONE));
  await sandbox.send(owner, borrow(vault, sandbox.asset('USDC').contract, 100n * ONE, owner.publicKey()));
  await sandbox.send(owner, fundReserve(vault, owner.publicKey(), sandbox.asset('USDC').contract, 7n * ONE));
  expect(network.passphrase).toBe(config.networkPassphrase);
}, 120_000);
afterAll(() => sandbox?.stop());

/** What a call of a contract says now, as plain values. */
const said = async (contract: string, method: string, ...args: string[]) =>
  scValToNative((await view(sandbox.network, contract, method, args.map(address))).value);

describe('a snapshot', () => {
  test('says what the contracts say', async () => {
    const snapshot = await readSnapshot(sandbox.network, vault);
    expect(snapshot.genuine).toBe(true);
    expect(snapshot.archived).toBe(false);
    expect(snapshot.auction).toBeNull();
    expect(snapshot.proposedOwner).toBeNull();
    expect(snapshot.pool.baseName).toBe('USD');
    expect(snapshot.state.owner).toBe(owner.publicKey());
    expect(snapshot.state.policy).toEqual(BALANCED);
    const state = await said(vault, 'state');
    expect(snapshot.state.links).toEqual(state.links);
    expect(Object.fromEntries(snapshot.state.assets)).toEqual(state.assets);
    expect(snapshot.state.window).toEqual(state.window);

    const positions = await said(sandbox.config.contracts.pool, 'get_positions', vault);
    const xlm = snapshot.reserves.find((each) => each.asset === sandbox.asset('XLM').contract)!;
    const usdc = snapshot.reserves.find((each) => each.asset === sandbox.asset('USDC').contract)!;
    expect(xlm.bTokens).toBe(positions.collateral[xlm.index]);
    expect(usdc.dTokens).toBe(positions.liabilities[usdc.index]);
    expect(usdc.idle).toBe(7n * ONE);
    expect(xlm.idle).toBe(0n);

    const reserve = await said(sandbox.config.contracts.pool, 'get_reserve', usdc.asset);
    expect(usdc.collateralFactorE7).toBe(reserve.config.c_factor);
    expect(usdc.curve.targetE7).toBe(reserve.config.util);
    expect(usdc.supplyCap).toBe(reserve.config.supply_cap);
    // A sandbox begins with an hour of them.
    expect(usdc.rounds.length).toBeGreaterThanOrEqual(12);
    expect(usdc.rounds[0]!.timestamp > usdc.rounds[1]!.timestamp).toBe(true);
  });

  test('is of one ledger, however fast ledgers close', async () => {
    const cache: ReadCache = { older: new Map() };
    for (let count = 0; count < 5; count++) {
      const snapshot = await readSnapshot(sandbox.network, vault, cache);
      const { ledgers } = await sandbox.network.rpc.call<{ ledgers: { sequence: number; ledgerCloseTime: string }[] }>('getLedgers', {
        startLedger: snapshot.ledger,
        pagination: { limit: 1 },
      });
      expect(ledgers[0]).toMatchObject({ sequence: snapshot.ledger, ledgerCloseTime: snapshot.closedAt.toString() });
    }
  });

  test('shows the pool to whoever has no vault', async () => {
    const market = await readMarket(sandbox.network, BALANCED);
    expect(market.reserves.map((each) => each.bTokens)).toEqual([0n, 0n, 0n]);
    expect(market.state.links.price_scalar).toBe(10n ** 14n);
    expect(market.state.links.resolution_seconds).toBe(300);
  });

  test('is not genuine where the factory knows nothing of the vault, and none where there is no vault', async () => {
    const other = { ...sandbox.network, config: { ...sandbox.config, contracts: { ...sandbox.config.contracts, factory: sandbox.config.contracts.lens } } };
    expect((await readSnapshot(other, vault)).genuine).toBe(false);
    await expect(readSnapshot(sandbox.network, sandbox.config.contracts.lens)).rejects.toMatchObject({ title: 'There is no vault' });
  });
});

describe('an owner', () => {
  test('has vaults, and those that were offered', async () => {
    expect(await vaultsOf(sandbox.network, owner.publicKey())).toEqual([{ address: vault, offered: false }]);
    const bob = sandbox.keys('bob').publicKey();
    expect(await vaultsOf(sandbox.network, bob)).toEqual([]);
    await sandbox.send(owner, proposeOwner(vault, bob));
    expect(await vaultsOf(sandbox.network, bob)).toEqual([{ address: vault, offered: true }]);
    expect((await readSnapshot(sandbox.network, vault)).proposedOwner).toBe(bob);
    expect(await freeNonce(sandbox.network, owner.publicKey())).toBe(1);
    expect(await freeNonce(sandbox.network, bob)).toBe(0);
    expect(await latestVersion(sandbox.network)).toBe(0);
  });

  test('has what can be spent', async () => {
    const account = await readAccount(sandbox.network, owner.publicKey());
    const xlm = account.balances.get(sandbox.asset('XLM').contract)!;
    // Two base reserves, and one of the trustline.
    expect(xlm.amount - xlm.spendable).toBe(15_000_000n);
    expect(account.xlmSpendable).toBe(xlm.spendable);
    expect(account.subentries).toBe(1);
    const usdc = account.balances.get(sandbox.asset('USDC').contract)!;
    expect(usdc).toMatchObject({ amount: 93n * ONE, spendable: 93n * ONE, authorized: true });
    expect(usdc.room).toBe(usdc.limit! - 93n * ONE);
    expect(account.balances.has(sandbox.asset('EURC').contract)).toBe(false);
  });

  test('may not exist, or be a contract', async () => {
    const nobody = await readAccount(sandbox.network, Keypair.random().publicKey());
    expect(nobody).toMatchObject({ exists: false, xlmSpendable: 0n });
    expect(nobody.balances.size).toBe(0);
    const contract = await readAccount(sandbox.network, vault);
    expect(contract.exists).toBe(true);
    expect(contract.balances.get(sandbox.asset('USDC').contract)).toMatchObject({ amount: 7n * ONE });
  });
});
