// Through the real kit and Ledger's real libraries, with a device that stands in for a Ledger and really signs.
import { HASHES_OFF, LOCKED, NO_APP, plugInLedger, REFUSED, TOO_LARGE, type Ledger } from './extension/ledger';
import { expect, ONE, test as base, type WalletPage } from './fixtures';

const test = base.extend<{ ledger: Ledger }>({
  // Alice's key is the second of the device.
  ledger: async ({ context, sandbox }, use) => use(await plugInLedger(context, [sandbox.keys('bob'), sandbox.keys('alice')])),
});

async function sign(wallet: WalletPage): Promise<void> {
  await expect(wallet.by('deposit-sign')).toBeEnabled();
  await wallet.by('deposit-sign').click();
}

test('a Ledger: locked, then chosen by its second account; shows, refuses, and signs', async ({ wallet, ledger, sandbox, borrower, chain }) => {
  const vault = await borrower({ collateral: 1000n * ONE });
  const alice = sandbox.keys('alice').publicKey();
  await wallet.open();
  await wallet.by('connect').click();
  ledger.fault = LOCKED;
  await wallet.by('wallet-ledger').click();
  await expect(wallet.by('connect-trouble')).toContainText('Ledger is locked');
  ledger.fault = NO_APP;
  await wallet.by('connect-retry').click();
  await expect(wallet.by('connect-trouble')).toContainText('Open the Stellar app');
  ledger.fault = null;
  await wallet.by('connect-retry').click();
  await wallet.page.getByRole('button', { name: "44'/148'/1'" }).click();
  await expect(wallet.by('connect')).toContainText('Ledger');

  await wallet.page.reload();
  await wallet.by('action-deposit').first().click();
  await wallet.by('deposit-asset').selectOption({ label: 'XLM' });
  await wallet.by('deposit-amount').fill('100');

  ledger.transactionFault = REFUSED;
  await sign(wallet);
  await expect(wallet.by('deposit-error')).toContainText('Not signed');
  await wallet.by('deposit-again').click();

  // Too large for its display, and not allowed to sign what it cannot show.
  ledger.transactionFault = TOO_LARGE;
  ledger.hashFault = HASHES_OFF;
  await sign(wallet);
  await expect(wallet.by('deposit-error')).toContainText('hash signing');
  await wallet.by('deposit-again').click();
  expect(ledger.signed).toEqual([]);

  ledger.hashFault = null;
  await sign(wallet);
  await expect(wallet.by('deposit-result')).toBeVisible();
  await wallet.by('deposit-done').click();
  expect(ledger.signed).toEqual(['hash']);

  ledger.transactionFault = null;
  await wallet.by('action-deposit').first().click();
  await wallet.by('deposit-asset').selectOption({ label: 'XLM' });
  await wallet.by('deposit-amount').fill('200');
  await sign(wallet);
  await expect(wallet.by('deposit-result')).toBeVisible();
  expect(ledger.signed).toEqual(['hash', 'transaction']);
  expect((await chain.leg(vault, 'XLM')).collateral).toBeGreaterThan(1299n * ONE);
  expect(await chain.owner(vault)).toBe(alice);
});
