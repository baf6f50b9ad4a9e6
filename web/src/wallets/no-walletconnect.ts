// Stands in for `walletconnect.ts` in a build whose configuration has no project for it: the licence of WalletConnect's
// packages is their makers' own, so they are only part of a page whose host has asked for them.
import type { ModuleInterface } from '@creit.tech/stellar-wallets-kit/types';
import { WalletError } from './errors';

export function walletConnectModule(_projectId: string, _passphrase: string): Promise<ModuleInterface> {
  return Promise.reject(new WalletError('unsupported', 'Without WalletConnect', 'This page was built without it.', 'Whoever serves it must build it with a configuration that has walletConnectProjectId.'));
}
