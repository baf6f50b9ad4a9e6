// The wallets that the page offers, as far as the dialog needs to know them before the kit is loaded.
import { Networks } from './networks';
import albedo from './icons/albedo.svg';
import freighter from './icons/freighter.svg';
import hana from './icons/hana.svg';
import ledger from './icons/ledger.svg';
import lobstr from './icons/lobstr.svg';
import test from './icons/test.svg';
import walletConnect from './icons/walletconnect.svg';
import watch from './icons/watch.svg';
import xbull from './icons/xbull.svg';

export const TEST_ID = 'ballast-test';
export const WATCH_ID = 'watch';
export const LEDGER_ID = 'LEDGER';
export const WALLET_CONNECT_ID = 'wallet_connect';
export const FREIGHTER_ID = 'freighter';
export const XBULL_ID = 'xbull';

export interface WalletEntry {
  /** The kit's `productId`. */
  id: string;
  name: string;
  icon: string;
  /** Where to get it. */
  site: string;
  /** How it is reached: an extension, a page of its own, a device, or a phone. */
  kind: 'extension' | 'window' | 'device' | 'phone';
  /** Host of the window that it opens where there is no extension. */
  window?: string;
  /** Networks that it signs for; null for any. */
  networks: readonly string[] | null;
}

export const WALLETS: readonly WalletEntry[] = [
  { id: FREIGHTER_ID, name: 'Freighter', icon: freighter, site: 'https://www.freighter.app/', kind: 'extension', networks: null },
  { id: XBULL_ID, name: 'xBull', icon: xbull, site: 'https://xbull.app/', kind: 'window', window: 'wallet.xbull.app', networks: null },
  { id: 'albedo', name: 'Albedo', icon: albedo, site: 'https://albedo.link/', kind: 'window', window: 'albedo.link', networks: [Networks.public, Networks.test] },
  { id: 'lobstr', name: 'LOBSTR', icon: lobstr, site: 'https://lobstr.co/', kind: 'extension', networks: [Networks.public] },
  { id: 'hana', name: 'Hana', icon: hana, site: 'https://www.hanawallet.io/', kind: 'extension', networks: null },
  { id: LEDGER_ID, name: 'Ledger', icon: ledger, site: 'https://www.ledger.com/', kind: 'device', networks: null },
  { id: WALLET_CONNECT_ID, name: 'WalletConnect', icon: walletConnect, site: 'https://walletconnect.network/', kind: 'phone', networks: [Networks.public, Networks.test] },
];

export const TEST_ICON = test;
export const WATCH_ICON = watch;

export function walletName(id: string): string {
  if (id === TEST_ID) return 'Test wallet';
  if (id === WATCH_ID) return 'Watching';
  return WALLETS.find((wallet) => wallet.id === id)?.name ?? id;
}
