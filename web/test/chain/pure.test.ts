// What needs no network: the configuration, fees, what can be spent, costs of a step, rounds, calls.
import { Account, Asset as StellarAsset, Keypair, TransactionBuilder, xdr, scValToNative } from '@stellar/stellar-sdk';
import { Client as FactoryClient } from '@bindings/factory';
import { describe, expect, test, vi } from 'vitest';
import { spendableOf } from '../../src/chain/account';
import { loadConfig, parseConfig } from '../../src/chain/config';
import { costOf } from '../../src/chain/events';
import { ledgerOf } from '../../src/chain/history';
import { borrow, changeTrust, close, create, ownerRescue, setPolicy } from '../../src/chain/operations';
import { before } from '../../src/chain/rounds';
import { Rpc } from '../../src/chain/rpc';
import { decodePolicy } from '../../src/chain/spec';
import { clampBid, requireNoOthers } from '../../src/chain/transact';
import { BALANCED } from '../support/policy';

const G = Keypair.fromRawEd25519Seed(new Uint8Array(32).fill(7)).publicKey();
const SECRET = Keypair.fromRawEd25519Seed(new Uint8Array(32).fill(7)).secret();
const STANDALONE = 'Standalone Network ; February 2017';
const C = StellarAsset.native().contractId(STANDALONE);
const FILE = {
  rpcUrl: '/',
  networkPassphrase: STANDALONE,
  contracts: { factory: C, lens: C, pool: C, adapter: C, oracle: C },
  assets: [{ code: 'XLM', issuer: null, contract: C, decimals: 7 }],
};

describe('the configuration', () => {
  test('is read, with a relative address and what may be left out', () => {
    const config = parseConfig(FILE, 'https://example.org/wallet/config.json');
    expect(config).toMatchObject({ name: 'Sandbox', rpcUrl: 'https://example.org/', friendbotUrl: null, testWallet: true, accounts: [], comet: [], explorerUrl: null });
    const { adapter: _, ...contracts } = FILE.contracts;
    expect(parseConfig({ ...FILE, contracts }, 'https://example.org/').contracts.adapter).toBeNull();
    const main = { ...FILE, networkPassphrase: 'Public Global Stellar Network ; September 2015', explorerUrl: 'https://example.org/tx/{hash}' };
    expect(parseConfig(main, 'https://example.org/')).toMatchObject({ name: 'Mainnet', testWallet: false, explorerUrl: 'https://example.org/tx/{hash}' });
  });

  const accounts = [{ name: 'alice', publicKey: G, secretKey: SECRET }];
  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /the whole must be an object/],
    ['a list', [], /the whole must be an object/],
    ['no passphrase', { ...FILE, networkPassphrase: undefined }, /networkPassphrase is missing/],
    ['no address', { ...FILE, rpcUrl: '' }, /rpcUrl is missing/],
    ['an address of another kind', { ...FILE, rpcUrl: 'ftp://example.org' }, /rpcUrl must begin with https/],
    ['HTTP on a page of HTTPS', { ...FILE, rpcUrl: 'http://example.org' }, /rpcUrl must begin with https:\/\/, as this page does/],
    ['no contracts, as a bare sandbox has none', { ...FILE, contracts: {}, assets: [] }, /no factory of Ballast/],
    ['no factory', { ...FILE, contracts: { lens: C, pool: C } }, /contracts.factory must be a contract/],
    ['an account for a contract', { ...FILE, contracts: { ...FILE.contracts, pool: G } }, /contracts.pool must be a contract/],
    ['no assets', { ...FILE, assets: [] }, /assets is empty/],
    ['an asset twice', { ...FILE, assets: [...FILE.assets, ...FILE.assets] }, /names a code twice/],
    ['odd decimals', { ...FILE, assets: [{ ...FILE.assets[0], decimals: 7.5 }] }, /assets\[0\].decimals/],
    ['a bad issuer', { ...FILE, assets: [{ ...FILE.assets[0], issuer: 'GABC' }] }, /assets\[0\].issuer must be an account/],
    ['an unknown asset at an exchange', { ...FILE, comet: [{ contract: C, assets: ['XLM', 'USDC'] }] }, /comet\[0\].assets names an asset/],
    ['keys on another network', { ...FILE, networkPassphrase: 'x', accounts }, /accounts has secret keys/],
    ['a test wallet on another network', { ...FILE, networkPassphrase: 'x', testWallet: true }, /testWallet is for a sandbox only/],
    ['a bad key', { ...FILE, accounts: [{ ...accounts[0], secretKey: 'S' }] }, /accounts\[0\].secretKey/],
    ['an explorer without a place for the hash', { ...FILE, explorerUrl: 'https://example.org' }, /explorerUrl must have \{hash\}/],
  ])('with %s says what is wrong', (_, file, words) => {
    expect(() => parseConfig(file, 'https://example.org/')).toThrow(words);
  });

  test('that cannot be loaded says so', async () => {
    const answer = vi.spyOn(globalThis, 'fetch');
    answer.mockResolvedValueOnce(new Response('x', { status: 404 }));
    await expect(loadConfig()).rejects.toThrow(/the server answers 404/);
    answer.mockResolvedValueOnce(new Response('<html>'));
    await expect(loadConfig()).rejects.toThrow(/not valid JSON/);
    answer.mockRejectedValueOnce(new TypeError('failed'));
    await expect(loadConfig()).rejects.toThrow(/cannot be loaded/);
    answer.mockRestore();
  });
});

describe('the server', () => {
  const answering = async (response: Response | Error) => {
    const answer = vi.spyOn(globalThis, 'fetch');
    if (response instanceof Error) answer.mockRejectedValueOnce(response);
    else answer.mockResolvedValueOnce(response);
    try {
      return await new Rpc('http://localhost/').call('getHealth').catch((error: unknown) => error);
    } finally {
      answer.mockRestore();
    }
  };

  test.each<[string, Response | Error, object]>([
    ['nothing', new TypeError('failed'), { kind: 'offline' }],
    ['nothing in time', Object.assign(new Error('late'), { name: 'TimeoutError' }), { kind: 'timeout' }],
    ['too often', new Response('', { status: 429, headers: { 'retry-after': '7' } }), { kind: 'rate-limit', retryAfterSeconds: 7 }],
    ['too often, without a time', new Response('', { status: 429 }), { kind: 'rate-limit', retryAfterSeconds: 5 }],
    ['an error page', new Response('<html>', { status: 502 }), { kind: 'server' }],
    ['no JSON', new Response('\u0000\u0001'), { kind: 'garbage' }],
    ['JSON of another shape', new Response('[]'), { kind: 'garbage' }],
    ['no result', new Response('{"jsonrpc":"2.0","id":1}'), { kind: 'garbage' }],
    ['an error', new Response('{"error":{"code":-32602,"message":"bad\\nmore"}}'), { kind: 'refused', rpcCode: -32602, words: 'The server refuses to answer getHealth: bad.' }],
  ])('that answers with %s has words', async (_, response, expected) => {
    const error = await answering(response);
    expect(error).toMatchObject({ name: 'Unreachable', ...expected });
  });

  test('tells the time in one question, or in two', async () => {
    const answer = vi.spyOn(globalThis, 'fetch');
    answer.mockResolvedValueOnce(Response.json({ result: { latestLedger: 5, latestLedgerCloseTime: '99', oldestLedger: 2 } }));
    const rpc = new Rpc('http://localhost/');
    expect(await rpc.latest()).toEqual({ ledger: 5, closedAt: 99n, oldestLedger: 2 });
    answer.mockResolvedValueOnce(Response.json({ result: { latestLedger: 5, oldestLedger: 2 } }));
    answer.mockResolvedValueOnce(Response.json({ result: { sequence: 6, closeTime: '104' } }));
    expect(await rpc.latest()).toEqual({ ledger: 6, closedAt: 104n, oldestLedger: 2 });
    answer.mockRestore();
  });
});

describe('fees and what can be spent', () => {
  test('the bid has bounds', () => {
    expect(clampBid('100')).toBe(100n);
    expect(clampBid('2500')).toBe(2_500n);
    expect(clampBid('1')).toBe(100n);
    expect(clampBid('99999999')).toBe(100_000n);
    expect(clampBid(undefined)).toBe(100n);
    expect(clampBid('-5')).toBe(100n);
    expect(clampBid('1e9')).toBe(100n);
  });

  /** An account as the ledger has it. */
  function entry(balance: bigint, numSubEntries: number, more?: { selling: bigint; sponsoring: number; sponsored: number }): xdr.AccountEntry {
    const second =
      more &&
      xdr.AccountEntryExtensionV1Ext.v2(
        new xdr.AccountEntryExtensionV2({
          numSponsored: more.sponsored,
          numSponsoring: more.sponsoring,
          signerSponsoringIDs: [],
          ext: xdr.AccountEntryExtensionV2Ext.v0(),
        }),
      );
    const first = more && xdr.AccountEntryExt.v1(new xdr.AccountEntryExtensionV1({ liabilities: new xdr.Liabilities({ buying: 5n, selling: more.selling }), ext: second! }));
    return new xdr.AccountEntry({
      accountId: Keypair.fromPublicKey(G).xdrAccountId(),
      balance,
      seqNum: 1n,
      numSubEntries,
      inflationDest: null,
      flags: 0,
      homeDomain: '',
      thresholds: new Uint8Array([1, 0, 0, 0]),
      signers: [],
      ext: first ?? xdr.AccountEntryExt.v0(),
    });
  }

  test('reserves, offers and sponsorships hold lumens back', () => {
    expect(spendableOf(entry(100_0000000n, 0))).toBe(99_0000000n);
    expect(spendableOf(entry(100_0000000n, 3))).toBe(97_5000000n);
    expect(spendableOf(entry(100_0000000n, 3, { selling: 10_0000000n, sponsoring: 2, sponsored: 1 }))).toBe(87_0000000n);
    expect(spendableOf(entry(5000000n, 0))).toBe(0n);
  });

  test('a step costs what was sold less what stayed, rounded up', () => {
    const sale = { collateral: 'A', debt: 'B', collateralPrice: 25n, debtPrice: 100n, repaid: 0n };
    const two = () => 2;
    // 400 units at 0.25 less 98 at 1: the keeper's reward did not stay.
    expect(costOf({ ...sale, sold: 40_000n, proceeds: 9_900n, reward: 100n }, two)).toBe(200n);
    expect(costOf({ ...sale, sold: 40_001n, proceeds: 9_900n, reward: 100n }, two)).toBe(201n);
    // A gain is rounded towards zero.
    expect(costOf({ ...sale, sold: 40_000n, proceeds: 10_101n, reward: 0n }, two)).toBe(-101n);
    expect(costOf({ ...sale, sold: 39_999n, proceeds: 10_101n, reward: 0n }, two)).toBe(-101n);
    const decimals = (asset: string) => (asset === 'A' ? 3 : 1);
    expect(costOf({ ...sale, sold: 400_000n, proceeds: 980n, reward: 0n }, decimals)).toBe(200n);
  });
});

test('rounds before the last one, whatever the order of the feed', () => {
  const round = (timestamp: bigint, price = timestamp) => ({ timestamp, price });
  expect(before(round(50n), [round(20n), round(50n), round(40n), round(60n), round(30n)])).toEqual([round(40n), round(30n), round(20n)]);
  expect(before(round(50n), [round(40n, 1n), round(40n, 2n)])).toEqual([round(40n, 2n), round(40n, 1n)]);
});

test('the ledger of a cursor', () => {
  expect(ledgerOf('0000000085899345920-0000000001')).toBe(20);
  expect(ledgerOf(null)).toBe(0);
  expect(ledgerOf('odd')).toBe(0);
});

describe('calls', () => {
  const args = (operation: xdr.Operation) => {
    const built = new TransactionBuilder(new Account(G, '1'), { fee: '100', networkPassphrase: STANDALONE }).addOperation(operation).setTimeout(0).build();
    const record = built.operations[0] as unknown as { func: { value: { functionName: { toString(): string }; args: xdr.ScVal[] } } };
    return { name: record.func.value.functionName.toString(), args: record.func.value.args };
  };

  test('have the contract’s types and order', () => {
    const { name, args: given } = args(borrow(C, C, 5n, G));
    expect(name).toBe('borrow');
    expect(given.map((value) => value.type)).toEqual(['scvAddress', 'scvI128', 'scvAddress']);
    expect(given.map(scValToNative)).toEqual([C, 5n, G]);
    const step = { adapter: C, collateral: C, debt: C, min_proceeds: 5n, path: 1, route: new Uint8Array([1]), sell: 7n };
    expect(scValToNative(args(ownerRescue(C, step)).args[0]!)).toEqual(step);
    expect(args(close(C, [step], G)).args.length).toBe(2);
    const creation = { owner: G, pool: C, version: 0, policy: BALANCED, nonce: 3 };
    const { spec } = new FactoryClient({ contractId: C, networkPassphrase: STANDALONE, rpcUrl: 'http://localhost', allowHttp: true });
    const encoded = (values: xdr.ScVal[]) => values.map((value) => value.toXdr('base64'));
    expect(encoded(args(create({ factory: C, ...creation })).args)).toEqual(encoded(spec.funcArgsToScVals('create', creation)));
  });

  test('a policy survives its way', () => {
    const other = StellarAsset.native().contractId('Another Network');
    const assets = new Map([[C, { tag: 'Stellar', values: [C] as const } as const], [other, { tag: 'Other', values: ['XLM'] as const } as const]]);
    const policy = { ...BALANCED, second_oracle: { tag: 'Feed', values: [{ assets, oracle: C, required: true }] as const } as const };
    const encoded = new Set<string>();
    for (const order of [[...assets], [...assets].reverse()]) {
      const given = { ...policy, second_oracle: { ...policy.second_oracle, values: [{ ...policy.second_oracle.values[0], assets: new Map(order) }] as const } };
      const value = args(setPolicy(C, given)).args[0]!;
      expect(decodePolicy(value)).toEqual(policy);
      encoded.add(value.toXdr('base64'));
    }
    // The host takes sorted maps only.
    expect(encoded.size).toBe(1);
    expect(decodePolicy(args(setPolicy(C, BALANCED)).args[0]!)).toEqual({ ...BALANCED, second_oracle: { tag: 'None' } });
  });

  test('a trustline is for an issued asset only', () => {
    expect(changeTrust({ code: 'USDC', issuer: G, contract: C, decimals: 7 }).body.type).toBe('changeTrust');
    expect(() => changeTrust({ code: 'XLM', issuer: null, contract: C, decimals: 7 })).toThrow();
  });

  test('nobody else is asked to sign', () => {
    expect(() => requireNoOthers([])).not.toThrow();
    const invocation = new xdr.SorobanAuthorizedInvocation({
      function: xdr.SorobanAuthorizedFunction.sorobanAuthorizedFunctionTypeContractFn(
        new xdr.InvokeContractArgs({ contractAddress: xdr.ScAddress.scAddressTypeContract(new xdr.ContractId(new Uint8Array(32))), functionName: 'f', args: [] }),
      ),
      subInvocations: [],
    });
    const entry = (credentials: xdr.SorobanCredentials) => new xdr.SorobanAuthorizationEntry({ credentials, rootInvocation: invocation });
    const source = entry(xdr.SorobanCredentials.sorobanCredentialsSourceAccount());
    const other = entry(
      xdr.SorobanCredentials.sorobanCredentialsAddress(
        new xdr.SorobanAddressCredentials({
          address: xdr.ScAddress.scAddressTypeContract(new xdr.ContractId(new Uint8Array(32))),
          nonce: 1n,
          signatureExpirationLedger: 1,
          signature: xdr.ScVal.scvVoid(),
        }),
      ),
    );
    expect(() => requireNoOthers([source])).not.toThrow();
    expect(() => requireNoOthers([source, other])).toThrow(/somebody else/);
  });
});
