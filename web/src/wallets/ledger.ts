// Ledger's module and what it stands on, loaded on a click.
import { Buffer } from 'buffer';
import type { ModuleInterface } from '@creit.tech/stellar-wallets-kit/types';

export async function ledgerModule(): Promise<ModuleInterface> {
  // Ledger's libraries expect Node's Buffer.
  (globalThis as { Buffer?: unknown }).Buffer ??= Buffer;
  const { LedgerModule } = await import('@creit.tech/stellar-wallets-kit/modules/ledger');
  return new LedgerModule();
}
