// WalletConnect's real libraries against a relay that answers and has no wallet behind it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Networks } from '@stellar/stellar-sdk';
import { expect, test, type Page } from './fixtures';

const PROJECT = { walletConnectProjectId: 'a'.repeat(32), networkPassphrase: Networks.TESTNET, testWallet: false, accounts: [] };

/** Builds the page for a configuration, as `make page CONFIG=...` does. */
function built(folder: string, config: object): string {
  const [file, page] = [join(folder, 'config.json'), join(folder, 'page')];
  writeFileSync(file, JSON.stringify(config));
  const web = fileURLToPath(new URL('..', import.meta.url));
  execFileSync(process.execPath, [join(web, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', '--outDir', page], {
    cwd: web,
    env: { ...process.env, BALLAST_PAGE_CONFIG: file },
  });
  return page;
}

/** Has the sandbox's address answer with files of another build. */
async function serve(page: Page, url: string, folder: string): Promise<void> {
  await page.route(
    ({ origin }) => origin === new URL(url).origin,
    async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = join(folder, pathname === '/' ? 'index.html' : pathname);
      await (route.request().method() === 'GET' && existsSync(file) ? route.fulfill({ path: file }) : route.fallback());
    },
  );
}

test('a page that was built without WalletConnect says so', async ({ wallet, page }) => {
  await page.route('**/config.json', async (route) => {
    const config = (await (await route.fetch()).json()) as Record<string, unknown>;
    await route.fulfill({ json: { ...config, ...PROJECT } });
  });
  await wallet.open();
  await wallet.by('connect').click();
  await wallet.by('wallet-wallet-connect').click();
  await expect(wallet.by('connect-trouble')).toContainText('built without it');
});

test('shows WalletConnect where it is configured: a code in our own dialog', async ({ wallet, page, guard, sandbox }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-page-'));
  const written = (await (await fetch(`${sandbox.url}/config.json`)).json()) as object;
  await serve(page, sandbox.url, built(folder, { ...written, ...PROJECT }));
  // The kit's module also asks for its maker's figures and fonts, which the policy of the page forbids.
  guard.expect(/web3modal|walletconnect|reown/i);
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
  rmSync(folder, { recursive: true });
});
