// Through the real kit and the real freighter-api, with an extension that stands in for Freighter and really signs.
import { Keypair, Networks, TransactionBuilder } from '@stellar/stellar-sdk';
import { installFreighter, type Freighter } from './extension/freighter';
import { expect, ONE, test as base, type WalletPage } from './fixtures';

const test = base.extend<{ freighter: Freighter; sends: string[] }>({
  freighter: async ({ context, sandbox }, use) => use(await installFreighter(context, sandbox.keys('alice'), sandbox.written.networkPassphrase)),
  /** Envelopes that the page has sent, in order. */
  sends: async ({ page }, use) => {
    const sends: string[] = [];
    page.on('request', (request) => {
      const body = request.method() === 'POST' ? (request.postDataJSON() as { method?: string; params?: { transaction?: string } } | null) : null;
      if (body?.method === 'sendTransaction') sends.push(body.params?.transaction ?? '');
    });
    await use(sends);
  },
});

async function connect(wallet: WalletPage): Promise<void> {
  await wallet.open();
  await wallet.by('connect').click();
  await expect(wallet.by('wallet-freighter')).toContainText('Installed');
  await wallet.by('wallet-freighter').click();
}

async function connected(wallet: WalletPage): Promise<void> {
  await connect(wallet);
  await expect(wallet.by('connect-dialog')).toBeHidden();
  await expect(wallet.by('connect')).toContainText('Freighter');
}

/** Opens the deposit and fills it in, up to the button. */
async function fillDeposit(wallet: WalletPage, amount: string): Promise<void> {
  await wallet.by('action-deposit').first().click();
  await wallet.by('deposit-asset').selectOption({ label: 'XLM' });
  await wallet.by('deposit-amount').fill(amount);
  await expect(wallet.by('deposit-sign')).toBeEnabled();
}

test('creates a vault, deposits and borrows', async ({ wallet, freighter, sandbox, chain, sends }) => {
  const alice = freighter.keys.publicKey();
  const before = await chain.balance('USDC', alice);
  await connected(wallet);

  await wallet.by('welcome-create').click();
  await wallet.by('create-sign').click();
  await expect(wallet.by('create-result')).toBeVisible();
  const vault = await chain.vaultAddress(alice, 0);
  expect(await chain.isVault(vault)).toBe(true);
  expect(await chain.owner(vault)).toBe(alice);
  await expect(wallet.by('create-result-vault')).toContainText(vault);
  await wallet.by('create-next').click();

  await wallet.by('deposit-asset').selectOption({ label: 'XLM' });
  await wallet.by('deposit-amount').fill('20000');
  await wallet.by('deposit-sign').click();
  await expect(wallet.by('deposit-result')).toBeVisible();
  await wallet.by('deposit-done').click();
  expect((await chain.leg(vault, 'XLM')).collateral).toBeGreaterThan(19_999n * ONE);

  await wallet.by('action-borrow').first().click();
  await wallet.by('borrow-asset').selectOption({ label: 'USDC' });
  await wallet.by('borrow-amount').fill('1000');
  await wallet.by('borrow-sign').click();
  await expect(wallet.by('borrow-result')).toBeVisible();
  expect(await chain.balance('USDC', alice)).toBe(before + 1000n * ONE);
  expect((await chain.leg(vault, 'USDC')).debt).toBeGreaterThanOrEqual(1000n * ONE);

  // What the network took is what the extension signed, and nothing else.
  expect(sends).toEqual(freighter.signed.map(({ back }) => back));
  expect(sends).toHaveLength(3);
  for (const { given } of freighter.signed) expect(TransactionBuilder.fromXDR(given, sandbox.written.networkPassphrase).signatures).toHaveLength(0);
  await expect(wallet.by('borrow-result-hash')).toContainText(hashOf(sends[2]!, sandbox.written.networkPassphrase).slice(0, 6));
});

test('says that a signature was rejected, sends nothing, and can try again', async ({ wallet, freighter, sandbox, borrower, chain, sends }) => {
  const vault = await borrower({ collateral: 1000n * ONE });
  await connected(wallet);
  await fillDeposit(wallet, '100');
  const sequence = (await sandbox.server.getAccount(freighter.keys.publicKey())).sequenceNumber();

  freighter.declines = true;
  await wallet.by('deposit-sign').click();
  await expect(wallet.by('deposit-error')).toContainText('Not signed');
  await expect(wallet.by('deposit-error')).toContainText('rejected in Freighter');
  await expect(wallet.by('deposit-error')).toContainText('Nothing was sent');
  expect(sends).toEqual([]);
  expect((await sandbox.server.getAccount(freighter.keys.publicKey())).sequenceNumber()).toBe(sequence);

  freighter.declines = false;
  await wallet.by('deposit-again').click();
  await expect(wallet.by('deposit-amount')).toHaveValue('100');
  await wallet.by('deposit-sign').click();
  await expect(wallet.by('deposit-result')).toBeVisible();
  expect(sends).toHaveLength(1);
  expect((await chain.leg(vault, 'XLM')).collateral).toBeGreaterThan(1099n * ONE);
});

test('does not send what is signed wrong, and says what is wrong', async ({ wallet, freighter, borrower, sends }) => {
  const cases: { title: string; words: RegExp; change(): void; back(): void }[] = [
    { title: 'Wrong network', words: /signed for the test network/, change: () => (freighter.signsFor = Networks.TESTNET), back: () => (freighter.signsFor = null) },
    { title: 'Wrong network', words: /nor for any other network/, change: () => (freighter.signsFor = 'Somewhere else'), back: () => (freighter.signsFor = null) },
    { title: 'Signed by another account', words: /with another account/, change: () => (freighter.signsWith = Keypair.random()), back: () => (freighter.signsWith = null) },
    { title: 'The wallet changed the transaction', words: /another transaction/, change: () => (freighter.changesFee = true), back: () => (freighter.changesFee = false) },
    { title: 'Freighter is locked', words: /Unlock Freighter/, change: () => (freighter.locked = true), back: () => (freighter.locked = false) },
  ];
  await borrower({ collateral: 1000n * ONE });
  await connected(wallet);
  await fillDeposit(wallet, '100');
  for (const { title, words, change, back } of cases) {
    change();
    await wallet.by('deposit-sign').click();
    await expect(wallet.by('deposit-error')).toContainText(title);
    await expect(wallet.by('deposit-error')).toContainText(words);
    await expect(wallet.by('deposit-error')).toContainText(/Nothing was sent|It was not sent/);
    back();
    await wallet.by('deposit-again').click();
  }
  expect(sends).toEqual([]);
  await wallet.by('deposit-sign').click();
  await expect(wallet.by('deposit-result')).toBeVisible();
  expect(sends).toHaveLength(1);
});

test('says that Freighter is set to another network before anything is signed', async ({ wallet, freighter, borrower, sandbox, sends }) => {
  await borrower({ collateral: 1000n * ONE });
  freighter.passphrase = Networks.PUBLIC;
  await connect(wallet);
  await expect(wallet.by('connect-trouble')).toContainText('Freighter is set to the public network');
  await wallet.by('connect-anyway').click();
  await expect(wallet.by('connect-dialog')).toBeHidden();

  await fillDeposit(wallet, '100');
  await wallet.by('deposit-sign').click();
  await expect(wallet.by('deposit-error')).toContainText('Wrong network');
  expect(freighter.requests).not.toContain('SUBMIT_TRANSACTION');
  expect(sends).toEqual([]);

  freighter.passphrase = sandbox.written.networkPassphrase;
  await wallet.by('deposit-again').click();
  await wallet.by('deposit-sign').click();
  await expect(wallet.by('deposit-result')).toBeVisible();
});

test('says that Freighter is locked, or that access was rejected, and can try again', async ({ wallet, freighter }) => {
  freighter.locked = true;
  await connect(wallet);
  await expect(wallet.by('connect-trouble')).toContainText('Freighter is locked');
  await expect(wallet.by('connect-trouble')).toContainText('Unlock Freighter');
  freighter.locked = false;
  freighter.declines = true;
  await wallet.by('connect-retry').click();
  await expect(wallet.by('connect-trouble')).toContainText('rejected in Freighter');
  freighter.declines = false;
  await wallet.by('connect-retry').click();
  await expect(wallet.by('connect')).toContainText('Freighter');
});

test('connects again at the next visit without asking, as the account that is chosen then', async ({ wallet, freighter, sandbox, page }) => {
  await connected(wallet);
  freighter.requests.length = 0;
  await page.reload();
  await expect(wallet.by('connect')).toContainText('Freighter');
  freighter.keys = sandbox.keys('bob');
  await page.reload();
  await expect(wallet.by('connect')).toContainText('Freighter');
  await wallet.by('connect').click();
  await expect(wallet.by('connected-address')).toHaveAttribute('data-address', sandbox.keys('bob').publicKey());
  expect(freighter.requests).not.toContain('REQUEST_ACCESS');

  await wallet.by('disconnect').click();
  await expect(wallet.by('connect')).toContainText('Connect');
  await page.reload();
  await expect(wallet.by('connect')).toContainText('Connect');
});

base('says that Freighter is not there, and where to get it', async ({ wallet }) => {
  await wallet.open();
  await wallet.by('connect').click();
  await expect(wallet.by('wallet-freighter')).toContainText('Not installed');
  await expect(wallet.page.getByRole('link', { name: 'Get Freighter' })).toHaveAttribute('rel', /noopener/);
  await wallet.by('wallet-freighter').click();
  await expect(wallet.by('connect-trouble')).toContainText('Freighter was not found');
  await wallet.page.getByRole('button', { name: 'Choose another' }).click();
  for (const [id, words] of [
    ['wallet-hana', 'Hana was not found'],
    ['wallet-albedo', 'Albedo cannot sign for a standalone network'],
    ['wallet-lobstr', 'LOBSTR cannot sign for a standalone network'],
  ] as const) {
    await wallet.by(id).click();
    await expect(wallet.by('connect-trouble')).toContainText(words);
    await wallet.page.getByRole('button', { name: 'Choose another' }).click();
  }
});

function hashOf(envelope: string, passphrase: string): string {
  return Buffer.from(TransactionBuilder.fromXDR(envelope, passphrase).hash()).toString('hex');
}
