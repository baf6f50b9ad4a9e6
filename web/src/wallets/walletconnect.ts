// WalletConnect's module, loaded on a click where the configuration has a project for it. It talks to WalletConnect's
// relay; its code is shown in our dialog.
import { WalletConnectModule, WalletConnectTargetChain } from '@creit.tech/stellar-wallets-kit/modules/wallet-connect';
import type { ModuleInterface } from '@creit.tech/stellar-wallets-kit/types';
import { h } from 'preact';
import { WalletError } from './errors';
import { waitingFor } from './list';
import { Pairing } from './pairing';
import { Networks } from './networks';

const START_MS = 20_000;
const LOOK_EVERY_MS = 100;

const unreachable = () => new WalletError('failed', 'WalletConnect did not start', 'Its relay could not be reached.', 'See that nothing blocks relay.walletconnect.org, then try again.');

export async function walletConnectModule(projectId: string, passphrase: string): Promise<ModuleInterface> {
  const module = new WalletConnectModule({
    projectId,
    metadata: { name: 'Ballast', description: 'Vaults that unwind before they are liquidated', url: location.origin, icons: [new URL('icon.svg', location.href).href] },
    allowedChains: [passphrase === Networks.public ? WalletConnectTargetChain.PUBLIC : WalletConnectTargetChain.TESTNET],
  });
  const shown = { open: async ({ uri }: { uri: string }) => void (waitingFor.value = h(Pairing, { uri })), close: async () => void (waitingFor.value = null) };
  module.modal = shown as unknown as typeof module.modal;
  // Without its relay it waits for ever.
  const ask = module.getAddress.bind(module);
  module.getAddress = () =>
    new Promise((resolve, reject) => {
      const patience = setTimeout(() => waitingFor.value === null && reject(unreachable()), START_MS);
      void ask().then(resolve, reject).finally(() => clearTimeout(patience));
    });
  // It starts by itself and does not say when it is done.
  for (const since = Date.now(); !(await module.isAvailable()); ) {
    if (Date.now() - since > START_MS) throw unreachable();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return module;
}
