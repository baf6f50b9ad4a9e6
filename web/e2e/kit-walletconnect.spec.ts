// WalletConnect's real libraries against a relay that answers and has no wallet behind it.
import { Networks } from '@stellar/stellar-sdk';
import { expect, test } from './fixtures';

test('shows WalletConnect where it is configured: a code in our own dialog', async ({ wallet, page, guard }) => {
  // The kit's module also asks for its maker's figures and fonts, which the policy of the page forbids.
  guard.expect(/web3modal|walletconnect|reown/i);
  await page.route('**/config.json', async (route) => {
    const config = (await (await route.fetch()).json()) as Record<string, unknown>;
    await route.fulfill({ json: { ...config, walletConnectProjectId: 'a'.repeat(32), networkPassphrase: Networks.TESTNET, testWallet: false, accounts: [] } });
  });
  await page.routeWebSocket('wss://relay.walletconnect.org/**', (relay) =>
    relay.onMessage((message) => {
      const { id, method } = JSON.parse(String(message)) as { id: number; method: string };
      relay.send(JSON.stringify({ id, jsonrpc: '2.0', result: method === 'irn_subscribe' ? 'a'.repeat(64) : true }));
    }),
  );
  await wallet.open();
  await wallet.by('connect').click();
  await expect(wallet.by('test-wallet-section')).toHaveCount(0);
  await wallet.by('wallet-wallet-connect').click();
  await expect(wallet.by('pairing')).toHaveAttribute('data-uri', /^wc:[0-9a-f]{64}@2\?.*symKey=/);
  await expect(page.getByRole('img', { name: /Code to scan/ })).toBeVisible();
  await page.getByRole('button', { name: 'Choose another' }).click();
  await expect(wallet.by('wallet-list')).toBeVisible();
  await expect(wallet.by('pairing')).toHaveCount(0);
});
