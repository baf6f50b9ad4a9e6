import { Account, FeeBumpTransaction, Keypair, Networks, Operation, TransactionBuilder, Transaction } from '@stellar/stellar-sdk';
import { describe, expect, test } from 'vitest';
import type { NetworkConfig } from '../src/parts';
import { toWalletError, WalletError, type Doing, type WalletFailure } from '../src/wallets/errors';
import { testAccounts } from '../src/wallets/testaccounts';
import { summarise, type SummaryLine } from '../src/wallets/summary';
import { TestWalletModule } from '../src/wallets/testwallet';
import { verifySigned } from '../src/wallets/verify';

const OURS = 'Standalone Network ; February 2017';
const owner = Keypair.random();
const other = Keypair.random();

function unsigned(passphrase = OURS, bumpTo = '9'): Transaction {
  const source = new Account(owner.publicKey(), '5');
  return new TransactionBuilder(source, { fee: '1234567', networkPassphrase: passphrase })
    .addOperation(Operation.bumpSequence({ bumpTo }))
    .setTimebounds(0, 2_000_000_000)
    .build();
}

function signed(passphrase: string, keys: Keypair, bumpTo = '9'): string {
  const transaction = unsigned(passphrase, bumpTo);
  transaction.sign(keys);
  return transaction.toXDR();
}

function failureOf(run: () => unknown): WalletError {
  try {
    run();
  } catch (error) {
    if (error instanceof WalletError) return error;
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('what a wallet gives back', () => {
  const given = unsigned().toXDR();
  const verify = (back: string, source = owner) => verifySigned(given, back, source.publicKey(), OURS);

  test('is sent when it is what was given, signed by the source for our network', () => {
    const back = signed(OURS, owner);
    expect(verify(back)).toBe(back);
  });

  test('is also sent when others signed beside the source', () => {
    const transaction = unsigned();
    transaction.sign(other, owner);
    expect(verify(transaction.toXDR())).toBe(transaction.toXDR());
  });

  test.each([
    [Networks.TESTNET, /the test network/],
    [Networks.PUBLIC, /the public network/],
    [Networks.FUTURENET, /Futurenet/],
  ])('names the network that it was signed for: %s', (passphrase, words) => {
    const error = failureOf(() => verify(signed(passphrase, owner)));
    expect(error.failure).toBe('wrong-network');
    expect(error.words).toMatch(words);
    expect(error.advice).toMatch(/Switch the wallet to a standalone network/);
  });

  test('is refused when the source signed for a network that nobody knows', () => {
    const error = failureOf(() => verify(signed('Private network of somebody', owner)));
    expect(error.failure).toBe('wrong-network');
    expect(error.words).toMatch(/nor for any other network/);
  });

  test('is refused when another account signed', () => {
    expect(failureOf(() => verify(signed(OURS, other))).failure).toBe('wrong-account');
    expect(failureOf(() => verify(signed(Networks.TESTNET, other))).failure).toBe('wrong-account');
  });

  test('is refused when the transaction was changed, however well it is signed', () => {
    const error = failureOf(() => verify(signed(OURS, owner, '10')));
    expect(error.failure).toBe('changed');
    expect(error.words).toMatch(/another transaction/);
  });

  test('is refused when it was wrapped in a fee bump', () => {
    const inner = unsigned();
    inner.sign(owner);
    const bump = TransactionBuilder.buildFeeBumpTransaction(other, '2000000', inner, OURS);
    bump.sign(other);
    expect(bump).toBeInstanceOf(FeeBumpTransaction);
    const error = failureOf(() => verify(bump.toXDR()));
    expect(error.failure).toBe('changed');
    expect(error.words).toMatch(/wrapped/);
  });

  test('is refused when it has no signature, a broken one, or is no transaction', () => {
    expect(failureOf(() => verify(given))).toMatchObject({ failure: 'failed', title: 'Not signed' });
    const transaction = unsigned();
    transaction.sign(owner);
    const bytes = Buffer.from(transaction.toXDR(), 'base64');
    bytes[bytes.length - 1]! ^= 1;
    expect(failureOf(() => verify(bytes.toString('base64'))).failure).toBe('wrong-network');
    for (const garbage of ['', 'garbage', 'AAAA', '{"signed":true}', given.slice(0, -8)]) {
      expect(failureOf(() => verify(garbage)).failure).toBe('failed');
    }
  });

  test('a fee bump is not given to a wallet in the first place', () => {
    const inner = unsigned();
    inner.sign(owner);
    const bump = TransactionBuilder.buildFeeBumpTransaction(other, '2000000', inner, OURS).toXDR();
    expect(() => verifySigned(bump, bump, owner.publicKey(), OURS)).toThrow(/plain transaction/);
  });
});

describe('errors of wallets', () => {
  /** As the wallets' libraries and the kit give them. */
  const shapes: [string, string, Doing, unknown, WalletFailure][] = [
    ['declines', 'Freighter', 'sign', { code: -4, message: 'The user rejected this request.' }, 'rejected'],
    ['declines access', 'Freighter', 'connect', { code: -4, message: 'The user rejected this request.', ext: undefined }, 'rejected'],
    ['older text', 'Freighter', 'connect', 'User declined access', 'rejected'],
    ['is not there', 'Freighter', 'connect', { code: -1, message: 'Freighter is not connected', ext: undefined }, 'absent'],
    ['gives no address', 'Freighter', 'connect', { code: -3, message: 'Getting the address from Freighter is not allowed, please request access first.' }, 'locked'],
    ['is locked', 'Freighter', 'sign', { code: -1, message: 'Freighter is locked' }, 'locked'],
    ['breaks', 'Freighter', 'sign', { code: -1, message: 'The wallet encountered an internal error. Please try again or contact the wallet if the problem persists.' }, 'failed'],
    ['rejects on its page', 'xBull', 'sign', { code: -1, message: 'Request rejected from the wallet' }, 'rejected'],
    ['window closed', 'xBull', 'connect', { code: -1, message: 'no elements in sequence' }, 'rejected'],
    ['extension declines', 'xBull', 'sign', { code: -4, message: 'Request denied' }, 'rejected'],
    ['window did not open', 'xBull', 'connect', new Error("xBull Wallet is not open, we can't connect with it"), 'absent'],
    ['no auth entries', 'xBull', 'sign', { code: -3, message: 'xBull does not support the "signAuthEntry" function' }, 'unsupported'],
    ['rejects', 'Albedo', 'sign', { code: -4, message: 'Action request was rejected by the user.' }, 'rejected'],
    ['rejects, wrapped', 'Albedo', 'sign', { error: { code: -4, message: 'Action request was rejected by the user.' } }, 'rejected'],
    ['invalid request', 'Albedo', 'sign', { code: -3, message: 'Intent request is invalid.', ext: 'Parameter "xdr" is required.' }, 'failed'],
    ['is not there', 'LOBSTR', 'connect', { code: -1, message: 'Lobstr is not connected' }, 'absent'],
    ['a text', 'LOBSTR', 'connect', 'User rejected the request', 'rejected'],
    ['a text, parsed', 'LOBSTR', 'sign', { code: -1, message: 'User declined access' }, 'rejected'],
    ['is not there', 'Hana', 'connect', { code: -1, message: 'Hana Wallet is not installed' }, 'absent'],
    ['rejects', 'Hana', 'sign', { code: -1, message: 'User rejected' }, 'rejected'],
    ['gone after a reload', 'Hana', 'sign', { code: -1, message: "Cannot read properties of undefined (reading 'stellar')" }, 'absent'],
    ['refused on the device', 'Ledger', 'sign', Object.assign(new Error('User refused the request'), { name: 'StellarUserRefusedError' }), 'rejected'],
    ['no device chosen', 'Ledger', 'connect', Object.assign(new Error('No device selected.'), { name: 'TransportOpenUserCancelled' }), 'rejected'],
    ['locked', 'Ledger', 'connect', Object.assign(new Error('Ledger device: Locked device (0x5515)'), { name: 'LockedDeviceError', statusCode: 0x5515 }), 'locked'],
    ['another app is open', 'Ledger', 'connect', Object.assign(new Error('Ledger device: CLA_NOT_SUPPORTED (0x6e00)'), { name: 'TransportStatusError', statusCode: 0x6e00 }), 'locked'],
    ['code alone', 'Ledger', 'connect', { name: 'TransportStatusError', message: '', statusCode: 0x6511 }, 'locked'],
    ['hash signing off', 'Ledger', 'sign', Object.assign(new Error('Hash signing not allowed. Have you enabled it in the app settings?'), { name: 'StellarHashSigningNotEnabledError' }), 'unsupported'],
    ['unplugged', 'Ledger', 'sign', Object.assign(new Error('The device was disconnected.'), { name: 'DisconnectedDevice' }), 'absent'],
    ['used elsewhere', 'Ledger', 'connect', Object.assign(new Error('Unable to claim interface.'), { name: 'TransportInterfaceNotAvailable' }), 'absent'],
    ['no WebUSB', 'Ledger', 'connect', new Error('Ledger wallets can not be used'), 'absent'],
    ['rejects the proposal', 'WalletConnect', 'connect', { code: 5000, message: 'User rejected.' }, 'rejected'],
    ['rejects the request', 'WalletConnect', 'sign', { code: 4001, message: '' }, 'rejected'],
    ['session over', 'WalletConnect', 'sign', { code: -1, message: 'No WalletConnect session found or it expired for the selected address.' }, 'failed'],
    ['other network', 'WalletConnect', 'connect', { code: -1, message: `Network ${OURS} is not supported by WalletConnect.` }, 'unsupported'],
    ['nothing', 'Hana', 'sign', undefined, 'failed'],
    ['nothing, as null', 'Hana', 'sign', null, 'failed'],
    ['a number', 'Hana', 'sign', 7, 'failed'],
  ];

  test.each(shapes)('%s: %s, %s', (_, name, doing, shape, failure) => {
    const error = toWalletError(shape, name, doing);
    expect(error.failure).toBe(failure);
    expect(error.title).not.toBe('');
    expect(error.words).toMatch(/\.$|\u2026$|\?$/);
    expect(error.advice).toMatch(/\.$/);
    if (doing === 'sign' && failure === 'rejected') expect(error.words).toMatch(/Nothing was sent/);
  });

  test('each kind has its own words', () => {
    const of = (failure: WalletFailure) => shapes.find(([, name, , , each]) => each === failure && name === 'Freighter');
    const words = (['rejected', 'locked', 'absent', 'failed'] as const).map((failure) => {
      const [, name, doing, shape] = of(failure)!;
      return toWalletError(shape, name, doing).words;
    });
    expect(new Set(words).size).toBe(words.length);
  });

  test('a long answer is cut, and an error of ours stays as it is', () => {
    expect(toWalletError(new Error('x'.repeat(5000)), 'Hana', 'sign').words.length).toBeLessThan(300);
    const ours = new WalletError('wrong-network', 'Wrong network', 'Words.', 'Advice.');
    expect(toWalletError(ours, 'Hana', 'sign')).toBe(ours);
  });
});

describe('the test wallet', () => {
  const named = (name: string) => {
    const keys = Keypair.random();
    return { name, publicKey: keys.publicKey(), secretKey: keys.secret() };
  };
  const alice = { name: 'alice', publicKey: owner.publicKey(), secretKey: owner.secret() };
  const config: NetworkConfig = {
    name: 'Sandbox',
    rpcUrl: 'http://127.0.0.1:1/rpc',
    friendbotUrl: null,
    networkPassphrase: OURS,
    contracts: { factory: 'CDCK7DROTRVXHNUPNY4CFPQVT2K6CSFMXMEVPSTFYD4BHMCEXYVTHWG5', lens: 'CDRUHAVHXIYPXDTDO3JLPIIJBUODSSYJCSCWABK7ETEVJJKBVR5PK27V', pool: 'CBDSLKKCPE33S6J4GZXMR2E3JHAARBG3BCANMZ2AELUOECYSRCKGFT2M', adapter: null },
    assets: [],
    comet: [],
    accounts: [alice, named('bob'), named('issuer'), named('faucet'), named('lender'), named('poolAdmin'), named('factoryAdmin')],
    testWallet: true,
    walletConnectProjectId: null,
    explorerUrl: null,
  };
  const wallet = (answer: boolean, asked: SummaryLine[][] = []) =>
    new TestWalletModule(config, (lines) => {
      asked.push(lines);
      return Promise.resolve(answer);
    });

  test('offers borrowers, not those who run the sandbox', () => {
    expect(testAccounts(config).map((account) => account.name)).toEqual(['alice', 'bob']);
  });

  test('shows the address that was chosen, and none that it has no key of', async () => {
    const module = wallet(true);
    await expect(module.getAddress()).rejects.toMatchObject({ code: -1 });
    module.choose(alice.publicKey);
    expect(await module.getAddress()).toEqual({ address: alice.publicKey });
    module.choose(other.publicKey());
    await expect(module.getAddress()).rejects.toMatchObject({ code: -1 });
  });

  test('signs for real once it is approved', async () => {
    const asked: SummaryLine[][] = [];
    const given = unsigned().toXDR();
    const { signedTxXdr, signerAddress } = await wallet(true, asked).signTransaction(given, { networkPassphrase: OURS, address: alice.publicKey });
    expect(signerAddress).toBe(alice.publicKey);
    expect(verifySigned(given, signedTxXdr, alice.publicKey, OURS)).toBe(signedTxXdr);
    expect(asked).toEqual([summarise(given, OURS, config)]);
    expect(asked[0]).toContainEqual({ label: 'Highest fee', value: '0.1234567 XLM' });
  });

  test('does not sign what was rejected', async () => {
    await expect(wallet(false).signTransaction(unsigned().toXDR(), { networkPassphrase: OURS, address: alice.publicKey })).rejects.toMatchObject({ failure: 'rejected' });
  });

  test('signs for no other network and for no other account', async () => {
    const public_ = unsigned(Networks.PUBLIC).toXDR();
    const refusal = await wallet(true).signTransaction(public_, { networkPassphrase: Networks.PUBLIC, address: alice.publicKey }).catch((error: unknown) => error);
    expect(toWalletError(refusal, 'Test wallet', 'sign').failure).toBe('unsupported');
    await expect(wallet(true).signTransaction(unsigned().toXDR(), { networkPassphrase: OURS, address: other.publicKey() })).rejects.toMatchObject({ code: -1 });
  });

  test('refuses what it is not asked for', async () => {
    await expect(wallet(true).signAuthEntry()).rejects.toMatchObject({ code: -3 });
    await expect(wallet(true).signMessage()).rejects.toMatchObject({ code: -3 });
    expect(await wallet(true).getNetwork()).toEqual({ network: 'Sandbox', networkPassphrase: OURS });
  });
});
