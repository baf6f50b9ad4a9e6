// Windows of wallets that are blocked or closed, and what is remembered between visits.
import { Keypair } from '@stellar/stellar-sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NetworkConfig } from '../src/parts';
import { connected, reconnect, watched } from '../src/wallets/connection';
import { withWindow } from '../src/wallets/popups';
import { addressProblem } from '../src/wallets/address';

const OURS = 'Standalone Network ; February 2017';

class Storage {
  private readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a window of a wallet', () => {
  const never = new Promise<string>(() => undefined);
  let popup: { closed: boolean } | null;
  let open: () => unknown;

  beforeEach(() => {
    vi.useFakeTimers();
    popup = { closed: false };
    open = () => popup;
    vi.stubGlobal('window', { open });
  });

  const asking = (answer: Promise<string>) => () => {
    window.open('https://wallet.example/');
    return answer;
  };

  test('that is blocked is told at once', async () => {
    popup = null;
    await expect(withWindow('Albedo', 'connect', asking(never))).rejects.toMatchObject({ failure: 'absent', advice: expect.stringMatching(/Allow pop-ups/) });
  });

  test('that is closed without an answer is a rejection', async () => {
    const asked = withWindow('Albedo', 'sign', asking(never)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    popup!.closed = true;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await asked).toMatchObject({ failure: 'rejected' });
  });

  test('may answer as it closes', async () => {
    let tell: (answer: string) => void = () => undefined;
    const asked = withWindow('xBull', 'sign', asking(new Promise((resolve) => (tell = resolve))));
    popup!.closed = true;
    await vi.advanceTimersByTimeAsync(900);
    tell('signed');
    expect(await asked).toBe('signed');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is watched during the request alone', async () => {
    expect(await withWindow('Freighter', 'sign', () => Promise.resolve('signed'))).toBe('signed');
    expect(window.open).toBe(open);
    await expect(withWindow('Freighter', 'sign', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the next visit', () => {
  const keys = Keypair.random();
  const alice = { name: 'alice', publicKey: keys.publicKey(), secretKey: keys.secret() };
  const config = { name: 'Sandbox', networkPassphrase: OURS, accounts: [alice], assets: [], contracts: {}, testWallet: true, walletConnectProjectId: null } as unknown as NetworkConfig;

  beforeEach(() => vi.stubGlobal('localStorage', new Storage()));

  test('starts without a wallet where none was connected', async () => {
    expect(await reconnect(config)).toBeNull();
  });

  test('has the test account that was used before, and not where its key is gone', async () => {
    connected(config, 'ballast-test', alice.publicKey);
    expect(await reconnect(config)).toMatchObject({ id: 'ballast-test', name: 'Test: alice', address: alice.publicKey, canSign: true, test: true });
    expect(await reconnect({ ...config, accounts: [] })).toBeNull();
    expect(await reconnect({ ...config, testWallet: false })).toBeNull();
  });

  test('has the address that was watched, which signs nothing', async () => {
    watched(config, alice.publicKey);
    const wallet = await reconnect(config);
    expect(wallet).toMatchObject({ id: 'watch', canSign: false, test: false });
    await expect(wallet!.sign('', OURS)).rejects.toMatchObject({ failure: 'unsupported' });
    await wallet!.disconnect();
    expect(await reconnect(config)).toBeNull();
  });

  test('has a wallet that needs no window to know its address, and its path', async () => {
    connected(config, 'LEDGER', alice.publicKey, "44'/148'/3'");
    expect(await reconnect(config)).toMatchObject({ id: 'LEDGER', name: 'Ledger', address: alice.publicKey, canSign: true });
    expect(JSON.parse(localStorage.getItem('ballast-wallet')!)).toMatchObject({ path: "44'/148'/3'" });
  });

  test('does not carry a connection to another network, nor one that is no longer offered', async () => {
    connected(config, 'albedo', alice.publicKey);
    expect(await reconnect({ ...config, networkPassphrase: 'Test SDF Network ; September 2015' })).toBeNull();
    connected(config, 'wallet_connect', alice.publicKey);
    expect(await reconnect(config)).toBeNull();
    connected(config, 'some-wallet', alice.publicKey);
    expect(await reconnect(config)).toBeNull();
  });

  test.each(['', 'null', '[]', '{', '{"id":1,"address":"G","network":""}', '{"id":"watch"}'])('survives what is no memory of ours: %s', async (text) => {
    localStorage.setItem('ballast-wallet', text);
    expect(await reconnect(config)).toBeNull();
  });

  test('works where storage is forbidden', async () => {
    vi.stubGlobal('localStorage', undefined);
    expect(connected(config, 'ballast-test', alice.publicKey)).toMatchObject({ address: alice.publicKey });
    expect(await reconnect(config)).toBeNull();
  });
});

describe('an address to watch', () => {
  const account = Keypair.random();
  test('may be an account or a contract', async () => {
    expect(await addressProblem(account.publicKey())).toBeNull();
    expect(await addressProblem('CDCK7DROTRVXHNUPNY4CFPQVT2K6CSFMXMEVPSTFYD4BHMCEXYVTHWG5')).toBeNull();
  });

  test.each([
    ['', /Enter an address/],
    [account.secret(), /secret key/],
    ['alice*example.org', /starts with G/],
    ['GABC', /this has 4/],
    [`${account.publicKey().slice(0, -1)}1`, /capital letters/],
    ['CDCK7DROTRVXHNUPNY4CFPQVT2K6CSFMXMEVPSTFYD4BHMCEXYVTHWG6', /checksum/],
  ])('is refused with words: %s', async (text, words) => {
    expect(await addressProblem(text)).toMatch(words);
  });
});
