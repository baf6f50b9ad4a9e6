// For those who use a keyboard or a screen reader: axe on every view and dialog, and a vault without a mouse.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Chain, type Page, type Sandbox } from './fixtures';

/** Colours are all that the dark theme changes: there nothing else is looked at again. */
type Rules = 'all' | 'colours';

async function check(page: Page, where: string, rules: Rules = 'all'): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules === 'all' ? axe : axe.withRules('color-contrast')).analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = bad.flatMap(({ id, help, nodes }) => nodes.map((node) => `${where}: ${id}: ${help}: ${node.target.join(' ')} ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`));
  expect(told).toEqual([]);
}

/** A vault with some steps behind it and an auction that is open. */
async function eventful(sandbox: Sandbox, chain: Chain, vault: string): Promise<void> {
  await chain.scalePrice('XLM', 965n);
  await chain.fill(vault, sandbox.keys('carol'));
  await chain.scalePrice('XLM', 930n);
  await chain.openAuction(vault, sandbox.keys('dave'));
}

for (const [scheme, rules] of [
  ['light', 'all'],
  ['dark', 'colours'],
] as const) {
  test(`no serious violation in any view, ${scheme}`, async ({ wallet, sandbox, chain, borrower, page }) => {
    test.slow();
    await eventful(sandbox, chain, await borrower({ riskE7: 9_300_000n }));
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await wallet.open();
    await expect(wallet.by('welcome-connect')).toBeVisible();
    await check(page, 'welcome', rules);
    await wallet.connect('alice');
    await expect(wallet.by('step-row').first()).toBeVisible();
    await check(page, 'overview', rules);
    for (const view of ['What if', 'Auction', 'History', 'Policy'] as const) {
      await wallet.view(view);
      await expect(page.getByRole('heading', { level: 1, name: view })).toBeAttached();
      if (view === 'Policy') await wallet.by('policy-expert').locator('summary').click();
      await check(page, view, rules);
    }
  });

  test(`no serious violation in any dialog, ${scheme}`, async ({ wallet, sandbox, chain, borrower, page }) => {
    test.slow();
    await eventful(sandbox, chain, await borrower({ riskE7: 9_300_000n }));
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    // What is under a dialog is inert, and the views have their own test.
    const dialog = (where: string) => check(page, where, rules);
    await wallet.open();
    await wallet.by('connect').click();
    await expect(wallet.by('wallet-freighter')).toContainText('Not installed');
    await dialog('connect');
    await page.keyboard.press('Escape');
    await wallet.connect('alice');
    const deposit = await wallet.flow('deposit');
    await deposit.enter('amount', '1,5');
    await deposit.problem('amount', /point/);
    await dialog('deposit with a mistake');
    await deposit.choose('asset', 'XLM');
    await deposit.enter('amount', '9000');
    const preview = await deposit.preview();
    await dialog('deposit with a preview');
    await deposit.sign();
    await expect(wallet.by('test-wallet')).toBeVisible();
    await dialog('test wallet');
    await wallet.approve();
    await deposit.result(preview);
    await dialog('deposit done');
    await deposit.done();
    for (const id of rules === 'all' ? ['borrow', 'close', 'transfer', 'sweep', 'automation'] : ['close']) {
      const flow = await wallet.flow(id);
      await dialog(id);
      await page.keyboard.press('Escape');
      await expect(flow.dialog).toBeHidden();
    }
    await wallet.by('open-create').click();
    await expect(wallet.by('create-preview')).toBeVisible();
    await dialog('create');
  });
}

/** Moves the focus on until it is on a part of the page. */
async function tabTo(page: Page, testId: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.getAttribute('data-testid') === wanted, testId)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${testId} is not reached with Tab`);
}

test('a vault is created and filled by keyboard alone', async ({ wallet, chain, sandbox, page }) => {
  const keys = await sandbox.funded();
  await wallet.know(keys);
  await wallet.open();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await tabTo(page, 'connect');
  await page.keyboard.press('Enter');
  await expect(wallet.by('connect-dialog')).toBeVisible();
  await tabTo(page, 'test-account-own-1');
  await page.keyboard.press('Enter');
  await expect(wallet.by('connect-dialog')).toBeHidden();
  await tabTo(page, 'welcome-create');
  await page.keyboard.press('Enter');
  const create = wallet.flowOf('create');
  const created = await create.preview();
  await tabTo(page, 'create-sign');
  await page.keyboard.press('Enter');
  await expect(wallet.by('test-wallet')).toBeVisible();
  await tabTo(page, 'test-wallet-approve');
  await page.keyboard.press('Enter');
  await create.result(created);
  await tabTo(page, 'create-next');
  await page.keyboard.press('Enter');
  const deposit = wallet.flowOf('deposit');
  await expect(deposit.dialog).toBeVisible();
  await tabTo(page, 'deposit-amount');
  await page.keyboard.type('123');
  const deposited = await deposit.preview();
  // Enter in a field signs, as it would press the button.
  await page.keyboard.press('Enter');
  await expect(wallet.by('test-wallet')).toBeVisible();
  await tabTo(page, 'test-wallet-approve');
  await page.keyboard.press('Enter');
  await deposit.result(deposited);
  const vault = await chain.vaultAddress(keys.publicKey(), 0);
  expect((await chain.leg(vault, 'XLM')).collateral).toBeGreaterThan(1_229_999_990n);
});

test('the focus stays in a dialog, and goes back to what opened it', async ({ wallet, borrower, page }) => {
  await borrower({ riskE7: 8_000_000n });
  await wallet.start('alice');
  for (const [button, dialog] of [
    ['action-deposit', 'deposit-dialog'],
    ['connect', 'connect-dialog'],
  ] as const) {
    await wallet.by(button).first().focus();
    await page.keyboard.press('Enter');
    await expect(wallet.by(dialog)).toBeVisible();
    const outside = await page.evaluate(() => document.activeElement?.closest('dialog') === null && document.activeElement !== document.body);
    expect(outside, 'the focus is in the dialog').toBe(false);
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      // Beyond the last control is the browser's own, and then the body has it.
      const left = await page.evaluate(() => document.activeElement !== document.body && document.activeElement?.closest('dialog') === null);
      expect(left, `after ${presses + 1} times Tab in ${dialog}`).toBe(false);
    }
    await page.keyboard.press('Escape');
    await expect(wallet.by(dialog)).toBeHidden();
    await expect(wallet.by(button).first()).toBeFocused();
  }
});
