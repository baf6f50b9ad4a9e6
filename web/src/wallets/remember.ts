// What was connected, for the next visit: which wallet and which address, never a key.
import type { Address } from '../model';

export interface Remembered {
  id: string;
  address: Address;
  /** The network that it was connected on. */
  network: string;
  /** Path of a Ledger's key. */
  path?: string | undefined;
}

const KEY = 'ballast-wallet';

export function remembered(): Remembered | null {
  try {
    const read = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Partial<Remembered> | null;
    if (typeof read?.id !== 'string' || typeof read.address !== 'string' || typeof read.network !== 'string') return null;
    return { id: read.id, address: read.address, network: read.network, path: typeof read.path === 'string' ? read.path : undefined };
  } catch {
    return null;
  }
}

export function remember(what: Remembered | null): void {
  try {
    if (what) localStorage.setItem(KEY, JSON.stringify(what));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage may be forbidden: then the connection lasts as long as the page.
  }
}
