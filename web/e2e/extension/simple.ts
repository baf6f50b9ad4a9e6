// Stand-ins for the extensions of xBull and Hana, which put an object into the page. They sign for real, in the test's
// process.
import type { BrowserContext } from '@playwright/test';
import { type Keypair, TransactionBuilder } from '@stellar/stellar-sdk';

export interface SimpleWallets {
  keys: Keypair;
  declines: boolean;
}

export async function installSimpleWallets(context: BrowserContext, keys: Keypair): Promise<SimpleWallets> {
  const wallets: SimpleWallets = { keys, declines: false };
  await context.exposeFunction('standInForSimple', (xdr: string | null, passphrase: string): string | null => {
    if (wallets.declines) return null;
    if (xdr === null) return wallets.keys.publicKey();
    const transaction = TransactionBuilder.fromXDR(xdr, passphrase);
    transaction.sign(wallets.keys);
    return transaction.toXDR();
  });
  await context.addInitScript(() => {
    const page = window as unknown as Record<string, unknown> & { standInForSimple(xdr: string | null, passphrase: string): Promise<string | null> };
    const orReject = async (asked: Promise<string | null>) => {
      const answer = await asked;
      if (answer === null) throw new Error('User rejected');
      return answer;
    };
    page.hanaWallet = {
      stellar: {
        getPublicKey: () => orReject(page.standInForSimple(null, '')),
        signTransaction: (given: { xdr: string; networkPassphrase: string }) => orReject(page.standInForSimple(given.xdr, given.networkPassphrase)),
      },
    };
    const declined = { error: { code: -4, message: 'Request denied by the user' } };
    page.xBullSDK = {
      getAddress: async () => {
        const address = await page.standInForSimple(null, '');
        return address === null ? declined : { address };
      },
      signTransaction: async (given: { xdr: string; opts: { networkPassphrase: string } }) => {
        const signedTxXdr = await page.standInForSimple(given.xdr, given.opts.networkPassphrase);
        return signedTxXdr === null ? declined : { signedTxXdr };
      },
    };
  });
  return wallets;
}
