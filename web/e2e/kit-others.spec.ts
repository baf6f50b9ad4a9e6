// Hana and xBull through the real kit and xBull's real library.
import { installSimpleWallets } from './extension/simple';
import { expect, ONE, test } from './fixtures';

for (const { id, name } of [
  { id: 'wallet-hana', name: 'Hana' },
  { id: 'wallet-xbull', name: 'xBull' },
]) {
  test(`${name}: rejects and signs`, async ({ wallet, context, sandbox, borrower, chain }) => {
    const wallets = await installSimpleWallets(context, sandbox.keys('alice'));
    const vault = await borrower({ collateral: 1000n * ONE });
    await wallet.open();
    await wallet.by('connect').click();
    await expect(wallet.by(id)).toContainText('Installed');
    wallets.declines = true;
    await wallet.by(id).click();
    await expect(wallet.by('connect-trouble')).toContainText(`rejected in ${name}`);
    wallets.declines = false;
    await wallet.by('connect-retry').click();
    await expect(wallet.by('connect')).toContainText(name);

    await wallet.by('action-deposit').first().click();
    await wallet.by('deposit-asset').selectOption({ label: 'XLM' });
    await wallet.by('deposit-amount').fill('100');
    wallets.declines = true;
    await wallet.by('deposit-sign').click();
    await expect(wallet.by('deposit-error')).toContainText(`rejected in ${name}`);
    wallets.declines = false;
    await wallet.by('deposit-again').click();
    await wallet.by('deposit-sign').click();
    await expect(wallet.by('deposit-result')).toBeVisible();
    expect((await chain.leg(vault, 'XLM')).collateral).toBeGreaterThan(1099n * ONE);
  });
}

test('a window of a wallet that is closed is a rejection', async ({ wallet, context, guard }) => {
  // Only a reader's choice of that wallet leads there.
  guard.allow('https://wallet.xbull.app');
  await context.route('https://wallet.xbull.app/**', (route) => route.fulfill({ contentType: 'text/html', body: '<title>xBull</title>' }));
  await wallet.open();
  await wallet.by('connect').click();
  const opened = context.waitForEvent('page');
  await wallet.by('wallet-xbull').click();
  const popup = await opened;
  await expect(wallet.by('connect-waiting')).toContainText('Waiting for xBull');
  await popup.close();
  await expect(wallet.by('connect-trouble')).toContainText('its window was closed');

  await wallet.page.evaluate(() => (window.open = () => null));
  await wallet.by('connect-retry').click();
  await expect(wallet.by('connect-trouble')).toContainText('Allow pop-ups');
});
