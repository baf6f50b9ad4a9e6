// Connected wallets, and what was connected before.
import type { Address } from '../model';
import type { NetworkConfig, Wallet } from '../parts';
import { WalletError } from './errors';
import type { Kit } from './kit';
import { FREIGHTER_ID, TEST_ID, WALLET_CONNECT_ID, WALLETS, WATCH_ID, walletName } from './list';
import { remember, remembered } from './remember';
import { testAccounts } from './testaccounts';

/** The page waits for this before it shows anybody's vaults; an extension that is there answers in milliseconds. */
const RECONNECT_MS = 1000;

let kit: { config: NetworkConfig; loading: Promise<Kit> } | null = null;

/** The kit's chunk, once. */
export function loadKit(config: NetworkConfig): Promise<Kit> {
  if (kit?.config === config) return kit.loading;
  const loading = import('./kit').then(
    (chunk) => new chunk.Kit(config),
    () => {
      kit = null;
      throw new WalletError('failed', 'The wallets could not be loaded', 'A part of this page did not arrive.', 'See that you are online, then load this page again.');
    },
  );
  kit = { config, loading };
  return loading;
}

/** A wallet of the kit that has shown its address. */
export function connected(config: NetworkConfig, id: string, address: Address, path?: string): Wallet {
  remember({ id, address, network: config.networkPassphrase, path });
  const account = id === TEST_ID ? testAccounts(config).find((each) => each.address === address) : undefined;
  return {
    id,
    name: account ? `Test: ${account.name}` : walletName(id),
    address,
    canSign: true,
    test: id === TEST_ID,
    sign: async (xdr, passphrase) => (await loadKit(config)).sign({ id, address, path }, xdr, passphrase),
    disconnect: async () => {
      remember(null);
      await (await loadKit(config)).disconnect();
    },
  };
}

/** An address that is looked at, without a key. */
export function watched(config: NetworkConfig, address: Address): Wallet {
  remember({ id: WATCH_ID, address, network: config.networkPassphrase });
  return {
    id: WATCH_ID,
    name: walletName(WATCH_ID),
    address,
    canSign: false,
    test: false,
    sign: () => Promise.reject(new WalletError('unsupported', 'This address is only watched', 'The page has no wallet for it, so it cannot sign.', 'Connect the wallet that holds its key.')),
    disconnect: async () => remember(null),
  };
}

/** What was connected before this visit, without asking anything of the reader; null if nothing was. */
export async function reconnect(config: NetworkConfig): Promise<Wallet | null> {
  const before = remembered();
  if (!before || before.network !== config.networkPassphrase) return null;
  const { id, address, path } = before;
  if (id === WATCH_ID) return watched(config, address);
  if (id === TEST_ID) return config.testWallet && testAccounts(config).some((account) => account.address === address) ? connected(config, id, address) : null;
  if (!WALLETS.some((wallet) => wallet.id === id) || (id === WALLET_CONNECT_ID && !config.walletConnectProjectId)) return null;
  if (id !== FREIGHTER_ID) return connected(config, id, address, path);
  // Freighter tells the account that is chosen in it now, unless it is locked: then it asks when it signs.
  const loaded = await loadKit(config).catch(() => null);
  if (!loaded || !(await loaded.isInstalled(id, RECONNECT_MS))) return null;
  return connected(config, id, (await loaded.silentAddress(id)) || address);
}
