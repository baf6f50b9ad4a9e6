// The wallets kit, in a chunk of its own: loaded when somebody connects.
import { FreighterModule } from '@creit.tech/stellar-wallets-kit/modules/freighter';
import { AlbedoModule } from '@creit.tech/stellar-wallets-kit/modules/albedo';
import { HanaModule } from '@creit.tech/stellar-wallets-kit/modules/hana';
import { LobstrModule } from '@creit.tech/stellar-wallets-kit/modules/lobstr';
import { xBullModule } from '@creit.tech/stellar-wallets-kit/modules/xbull';
import { StellarWalletsKit } from '@creit.tech/stellar-wallets-kit/sdk';
import type { ModuleInterface, Networks as KitNetwork } from '@creit.tech/stellar-wallets-kit/types';
import type { Address } from '../model';
import type { NetworkConfig } from '../parts';
import { offNetwork, rejected, toWalletError, unsupportedNetwork, type Doing, type WalletError } from './errors';
import { FREIGHTER_ID, LEDGER_ID, PAGE_ICON, TEST_ID, WALLET_CONNECT_ID, WALLETS, walletName, XBULL_ID } from './list';
import { networkName } from './networks';
import { withWindow } from './popups';
import { TestWalletModule } from './testwallet';
import { verifySigned } from './verify';

interface Signer {
  id: string;
  address: Address;
  path?: string | undefined;
}

export interface LedgerAccount {
  address: Address;
  path: string;
}

/** How long a wallet may take to say that it is there. Freighter's and LOBSTR's libraries wait two seconds. */
const PRESENCE_MS = 2500;

export class Kit {
  private readonly modules: ModuleInterface[];
  private readonly test: TestWalletModule | null;

  constructor(private readonly config: NetworkConfig) {
    this.test = config.testWallet ? new TestWalletModule(config) : null;
    this.modules = [new FreighterModule(), new xBullModule(), new AlbedoModule(), new LobstrModule(), new HanaModule()];
    if (this.test) this.modules.push(this.test);
    this.start();
  }

  private start(): void {
    // The kit's own pictures are at a third party.
    for (const module of this.modules) module.productIcon = PAGE_ICON;
    StellarWalletsKit.init({ modules: this.modules, network: this.config.networkPassphrase as KitNetwork });
  }

  /** Whether an extension is there. */
  async isInstalled(id: string, patienceMs = PRESENCE_MS): Promise<boolean> {
    // The kit says yes for xBull, since it can open xBull's page instead.
    if (id === XBULL_ID) return 'xBullSDK' in window;
    const module = this.modules.find((each) => each.productId === id);
    if (!module) return false;
    const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), patienceMs));
    return Promise.race([module.isAvailable(), late]).catch(() => false);
  }

  /** Asks a wallet for its address. It may show a window. */
  async connect(id: string): Promise<Address> {
    return this.doing(id, 'connect', async () => {
      this.refuseForeignNetwork(id, this.config.networkPassphrase);
      await this.ready(id);
      StellarWalletsKit.setWallet(id);
      const { address } = await withWindow(walletName(id), 'connect', () => StellarWalletsKit.fetchAddress());
      if (!address) throw rejected(walletName(id), 'connect');
      return address;
    });
  }

  async connectTest(address: Address): Promise<Address> {
    this.test?.choose(address);
    return this.connect(TEST_ID);
  }

  /** The address that Freighter shows this page without asking; null where it does not say. */
  async silentAddress(id: string): Promise<Address | null> {
    const module = this.modules.find((each) => each.productId === id);
    return module ? module.getAddress({ skipRequestAccess: true }).then(
      ({ address }) => address,
      () => null,
    ) : null;
  }

  /** Ten accounts of a Ledger. */
  async ledgerAccounts(page: number): Promise<LedgerAccount[]> {
    return this.doing(LEDGER_ID, 'connect', async () => {
      const module = await this.ready(LEDGER_ID);
      if (!('getAddresses' in module)) throw new Error('no Ledger module');
      const { getAddresses } = module as ModuleInterface & { getAddresses(page: number): Promise<{ publicKey: string; index: number }[]> };
      const accounts = await getAddresses.call(module, page);
      return accounts.map((account) => ({ address: account.publicKey, path: `44'/148'/${account.index}'` }));
    });
  }

  /** What is wrong with the network that the wallet is set to, as far as it tells. Only Freighter does. */
  async networkTrouble(id: string, doing: Doing): Promise<WalletError | null> {
    if (id !== FREIGHTER_ID) return null;
    const module = this.modules.find((each) => each.productId === id);
    const set = await module?.getNetwork().catch(() => null);
    if (!set?.networkPassphrase || set.networkPassphrase === this.config.networkPassphrase) return null;
    return offNetwork(walletName(id), networkName(set.networkPassphrase), networkName(this.config.networkPassphrase), doing);
  }

  /** Has a transaction signed, and checks what comes back. */
  async sign(signer: Signer, xdr: string, passphrase: string): Promise<string> {
    return this.doing(signer.id, 'sign', async () => {
      const name = walletName(signer.id);
      this.refuseForeignNetwork(signer.id, passphrase);
      const module = await this.ready(signer.id);
      const trouble = await this.networkTrouble(signer.id, 'sign');
      if (trouble) throw trouble;
      StellarWalletsKit.setWallet(module.productId);
      const { address, path } = signer;
      const options = path === undefined ? { networkPassphrase: passphrase, address } : { networkPassphrase: passphrase, address, path };
      const { signedTxXdr } = await withWindow(name, 'sign', () => (signer.id === LEDGER_ID ? signOnLedger(xdr, options) : StellarWalletsKit.signTransaction(xdr, options)));
      if (!signedTxXdr) throw rejected(name, 'sign');
      return verifySigned(xdr, signedTxXdr, address, passphrase);
    });
  }

  async disconnect(): Promise<void> {
    await StellarWalletsKit.disconnect().catch(() => undefined);
  }

  private refuseForeignNetwork(id: string, passphrase: string): void {
    const networks = WALLETS.find((wallet) => wallet.id === id)?.networks;
    if (networks && !networks.includes(passphrase)) throw unsupportedNetwork(walletName(id), networkName(passphrase));
  }

  private async doing<T>(id: string, doing: Doing, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      // A Ledger that was unplugged needs a new connection.
      if (id === LEDGER_ID) void this.modules.find((each) => each.productId === id)?.disconnect?.().catch(() => undefined);
      throw toWalletError(error, walletName(id), doing);
    }
  }

  /** The module of a wallet; Ledger's and WalletConnect's are loaded when they are asked for. */
  private async ready(id: string): Promise<ModuleInterface> {
    const there = this.modules.find((module) => module.productId === id);
    if (there) return there;
    let module: ModuleInterface;
    if (id === LEDGER_ID) module = await (await import('./ledger')).ledgerModule();
    else if (id === WALLET_CONNECT_ID && this.config.walletConnectProjectId) module = await (await import('./walletconnect')).walletConnectModule(this.config.walletConnectProjectId, this.config.networkPassphrase);
    else throw new Error(`there is no wallet "${id}"`);
    this.modules.push(module);
    this.start();
    return module;
  }
}

/** In full on the device's display; by its hash where it is too large for that, which the device asks about itself. */
async function signOnLedger(xdr: string, options: { networkPassphrase: string; address: string; path?: string }): Promise<{ signedTxXdr: string }> {
  try {
    return await StellarWalletsKit.signTransaction(xdr, { ...options, nonBlindTx: true } as typeof options);
  } catch (error) {
    const kind = error instanceof Error ? error.name : '';
    if (kind !== 'StellarDataTooLargeError' && kind !== 'StellarDataParsingFailedError') throw error;
    return StellarWalletsKit.signTransaction(xdr, options);
  }
}
