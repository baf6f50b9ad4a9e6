// WalletConnect's module, loaded on a click where the configuration has a project for it. It talks to WalletConnect's relay.
import { WalletConnectModule, WalletConnectTargetChain } from '@creit.tech/stellar-wallets-kit/modules/wallet-connect';
import type { ModuleInterface } from '@creit.tech/stellar-wallets-kit/types';
import { WalletError } from './errors';
import { Networks } from './networks';

const START_MS = 15_000;
const LOOK_EVERY_MS = 100;

export async function walletConnectModule(projectId: string, passphrase: string): Promise<ModuleInterface> {
  const module = new WalletConnectModule({
    projectId,
    metadata: { name: 'Ballast', description: 'Vaults that unwind before they are liquidated', url: location.origin, icons: [new URL('icon.svg', location.href).href] },
    allowedChains: [passphrase === Networks.public ? WalletConnectTargetChain.PUBLIC : WalletConnectTargetChain.TESTNET],
  });
  // It starts by itself and does not say when it is done.
  for (const since = Date.now(); !(await module.isAvailable()); ) {
    if (Date.now() - since > START_MS) throw new WalletError('failed', 'WalletConnect did not start', 'Its relay could not be reached.', 'See that nothing blocks relay.walletconnect.org, then load this page again.');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return module;
}
