// Pictures of the six main views, for people to judge: only with BALLAST_SCREENSHOTS=folder, into that folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BALANCED, expect, test, type Page } from './fixtures';
import type { WalletPage } from './page';

const folder = process.env.BALLAST_SCREENSHOTS ?? '';
const ROUND = { ledgers: 60, seconds: 300 };

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // Without the focus ring of what was clicked last, and from the top.
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
  });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: 'disabled' });
}

async function view(wallet: WalletPage, name: 'What if' | 'Auction' | 'History' | 'Policy'): Promise<void> {
  await wallet.view(name);
  await expect(wallet.page.getByRole('heading', { level: 1, name })).toBeAttached();
}

for (const scheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280] as const) {
    test(`pictures, ${scheme}, ${width}`, { tag: '@screenshots' }, async ({ wallet, sandbox, chain, borrower, page }) => {
      const name = (what: string) => `${what}-${scheme}-${width}`;
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
      const vault = await borrower({ riskE7: 9_300_000n, policy: BALANCED });
      // A fall in rounds, with steps of a keeper in it.
      for (const thousandths of [990n, 985n, 980n, 990n, 1005n, 985n]) {
        await sandbox.warp(ROUND);
        await chain.scalePrice('XLM', thousandths);
        if ((await chain.risk(vault)) >= 9_600_000n) await chain.fill(vault, sandbox.keys('carol'));
      }
      await wallet.open();
      await expect(wallet.by('welcome-connect')).toBeVisible();
      await picture(page, name('welcome'));
      await wallet.connect('alice');
      await expect(wallet.by('step-row').first()).toBeVisible();
      await picture(page, name('overview'));
      await view(wallet, 'What if');
      await wallet.by('whatif-move').fill('-12');
      await expect(wallet.by('whatif-step').first()).toBeVisible();
      await picture(page, name('plan'));
      await view(wallet, 'History');
      await expect(wallet.by('step-row').first()).toBeVisible();
      await picture(page, name('history'));
      await view(wallet, 'Policy');
      await picture(page, name('policy'));
      // One round too large for the belt, and an auction that has been open for a while.
      await chain.scalePrice('XLM', 930n);
      await chain.openAuction(vault, sandbox.keys('dave'));
      await sandbox.warp({ ledgers: 90, seconds: 450 });
      await expect(wallet.by('tab-auction')).toBeVisible();
      await view(wallet, 'Auction');
      await expect(wallet.by('auction-age')).toBeVisible();
      await picture(page, name('auction'));
    });
  }
}
