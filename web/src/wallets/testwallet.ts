// The sandbox's test wallet as a module of the kit. It really signs, with keys that everybody knows.
import { ModuleType, type ModuleInterface } from '@creit.tech/stellar-wallets-kit/types';
import { Keypair, TransactionBuilder } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import type { NetworkConfig } from '../parts';
import { askApproval } from './approve';
import { rejected } from './errors';
import { PAGE_ICON, TEST_ID } from './list';
import { networkName } from './networks';
import { summarise, type SummaryLine } from './summary';
import { asksApproval, testAccounts } from './testaccounts';

const UNSUPPORTED = { code: -3, message: 'not supported' };

export class TestWalletModule implements ModuleInterface {
  readonly moduleType = ModuleType.HOT_WALLET;
  readonly productId = TEST_ID;
  readonly productName = 'Test wallet';
  readonly productUrl = '';
  readonly productIcon = PAGE_ICON;
  private chosen: Address | null = null;

  /** `approve` asks the reader; the dialog unless told. */
  constructor(
    private readonly config: NetworkConfig,
    private readonly approve: (lines: SummaryLine[]) => Promise<boolean> = askApproval,
  ) {}

  choose(address: Address): void {
    this.chosen = address;
  }

  isAvailable(): Promise<boolean> {
    return Promise.resolve(this.config.testWallet);
  }

  async getAddress(): Promise<{ address: string }> {
    return { address: this.account(this.chosen ?? undefined).address };
  }

  async signTransaction(xdr: string, options?: { networkPassphrase?: string; address?: string }): Promise<{ signedTxXdr: string; signerAddress: string }> {
    const passphrase = options?.networkPassphrase ?? this.config.networkPassphrase;
    // Keys that everybody knows must not sign for a network where something is worth something.
    if (passphrase !== this.config.networkPassphrase) throw { code: -3, message: `this wallet does not support ${networkName(passphrase)}` };
    const { address, secret } = this.account(options?.address);
    const transaction = TransactionBuilder.fromXDR(xdr, passphrase);
    const lines = summarise(xdr, passphrase, this.config);
    if (asksApproval() && !(await this.approve(lines))) throw rejected(this.productName, 'sign');
    transaction.sign(Keypair.fromSecret(secret));
    return { signedTxXdr: transaction.toXDR(), signerAddress: address };
  }

  signAuthEntry(): Promise<never> {
    return Promise.reject(UNSUPPORTED);
  }

  signMessage(): Promise<never> {
    return Promise.reject(UNSUPPORTED);
  }

  getNetwork(): Promise<{ network: string; networkPassphrase: string }> {
    return Promise.resolve({ network: this.config.name, networkPassphrase: this.config.networkPassphrase });
  }

  private account(address: string | undefined) {
    const account = testAccounts(this.config).find((each) => each.address === address);
    if (!account) throw { code: -1, message: 'the test wallet has no key of this account' };
    return account;
  }
}
