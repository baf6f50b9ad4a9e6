// The wallets that the page offers, as far as the dialog needs to know them before the kit is loaded.
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Networks } from './networks';

/** For what shows no wallet's own picture. */
export const PAGE_ICON = './icon.svg';
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
  /** Its initials and their ground: no mark of a third party is shown or loaded. */
  initials: string;
  colour: string;
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
  { id: FREIGHTER_ID, name: 'Freighter', initials: 'F', colour: '#5b46c9', site: 'https://www.freighter.app/', kind: 'extension', networks: null },
  { id: XBULL_ID, name: 'xBull', initials: 'X', colour: '#b3273d', site: 'https://xbull.app/', kind: 'window', window: 'wallet.xbull.app', networks: null },
  { id: 'albedo', name: 'Albedo', initials: 'A', colour: '#1f6fa8', site: 'https://albedo.link/', kind: 'window', window: 'albedo.link', networks: [Networks.public, Networks.test] },
  { id: 'lobstr', name: 'LOBSTR', initials: 'L', colour: '#0f6b8c', site: 'https://lobstr.co/', kind: 'extension', networks: [Networks.public] },
  { id: 'hana', name: 'Hana', initials: 'H', colour: '#7a3f9d', site: 'https://www.hanawallet.io/', kind: 'extension', networks: null },
  { id: LEDGER_ID, name: 'Ledger', initials: 'Le', colour: '#4a515c', site: 'https://www.ledger.com/', kind: 'device', networks: null },
  { id: WALLET_CONNECT_ID, name: 'WalletConnect', initials: 'WC', colour: '#2b62d9', site: 'https://walletconnect.network/', kind: 'phone', networks: [Networks.public, Networks.test] },
];

/** What a wallet wants to be shown while the page waits for it. */
export const waitingFor = signal<ComponentChildren>(null);

export function walletName(id: string): string {
  if (id === TEST_ID) return 'Test wallet';
  if (id === WATCH_ID) return 'Watching';
  return WALLETS.find((wallet) => wallet.id === id)?.name ?? id;
}
