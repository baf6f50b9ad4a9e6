// What goes wrong, and that the page says what happened and what to do.
import { expect, ONE, test } from './fixtures';
import { expectRiskShown } from './page';

const OFFLINE = /Failed to load resource|net::ERR/;

test('a rejected signature: nothing is sent, and what was entered is kept', async ({ wallet, chain, borrower, page }) => {
  const vault = await borrower();
  const before = await chain.leg(vault, 'XLM');
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.postData()?.includes('"sendTransaction"')) sent.push(request.url());
  });
  await wallet.start('alice');
  const flow = await wallet.flow('deposit');
  await flow.enter('amount', '321.5');
  await flow.preview();
  await flow.sign();
  await wallet.reject();
  await expect(flow.part('error')).toContainText(/reject/i);
  expect(sent).toEqual([]);
  await flow.part('again').click();
  await expect(flow.part('amount')).toHaveValue('321.5');
  await flow.run();
  expect(sent).toHaveLength(1);
  expect((await chain.leg(vault, 'XLM')).collateral - before.collateral).toBeGreaterThanOrEqual(321n * ONE);
});

test('the server is gone: figures stay, are marked as old, and are fresh again when it is back', async ({ wallet, sandbox, chain, borrower, guard }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  await wallet.start('alice');
  await expect(wallet.by('risk-ratio')).toBeVisible();
  const shown = await wallet.by('risk-ratio').innerText();
  guard.expect(OFFLINE);
  await sandbox.fail({ kind: 'http', status: 503 });
  await expect(wallet.by('banner-unreachable')).toBeVisible();
  await expect(wallet.by('risk-ratio')).toHaveText(shown);
  await expect(wallet.by('as-of')).toContainText('Last known');
  // Nobody is told that a price moved before the server is back.
  await sandbox.setPrice('XLM', '0.351');
  await expect(wallet.by('risk-ratio')).toHaveText(shown);
  await sandbox.clearFaults();
  await expect(wallet.by('banner-unreachable')).toBeHidden({ timeout: 30_000 });
  await expect(wallet.by('as-of')).toContainText('As of');
  await expect(async () => expectRiskShown(await wallet.risk(), await chain.risk(vault))).toPass();
});

for (const kind of ['drop', 'http'] as const) {
  test(`the server is gone while a transaction waits (${kind}): it is never called failed`, async ({ wallet, sandbox, chain, borrower, guard }) => {
    const vault = await borrower();
    const before = (await chain.leg(vault, 'XLM')).collateral;
    await wallet.start('alice');
    const flow = await wallet.flow('deposit');
    await flow.enter('amount', '55');
    const preview = await flow.preview();
    guard.expect(OFFLINE);
    const gone = (method: string) => sandbox.fail(kind === 'drop' ? { kind, method } : { kind, method, status: 502 });
    for (const method of ['getTransaction', 'getHealth', 'getLatestLedger', 'getEvents']) await gone(method);
    await flow.sign();
    await wallet.approve();
    await expect(flow.part('stage')).toHaveAttribute('data-stage', 'waiting');
    // It is applied, and the page cannot know.
    await expect.poll(async () => (await chain.leg(vault, 'XLM')).collateral).toBeGreaterThan(before);
    await expect(flow.dialog).toContainText(/answer|reach/i);
    await expect(flow.part('stage')).toHaveAttribute('data-stage', 'waiting');
    await expect(flow.part('error')).toBeHidden();
    await sandbox.clearFaults();
    await flow.result(preview);
  });
}

test('the signed transaction does not arrive: it is said, and the next attempt is one transaction', async ({ wallet, sandbox, chain, borrower, guard }) => {
  const vault = await borrower();
  const before = (await chain.leg(vault, 'XLM')).collateral;
  await wallet.start('alice');
  const flow = await wallet.flow('deposit');
  await flow.enter('amount', '10');
  const preview = await flow.preview();
  guard.expect(OFFLINE);
  await sandbox.fail({ kind: 'drop', method: 'sendTransaction', requests: 1 });
  await flow.sign();
  await wallet.approve();
  await flow.result(preview);
  const after = (await chain.leg(vault, 'XLM')).collateral;
  expect(after - before).toBeGreaterThanOrEqual(10n * ONE - 2n);
  expect(after - before).toBeLessThan(11n * ONE);
});

test('a keeper is faster: the page says why the call failed, and offers it again as things are now', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  const alice = sandbox.keys('alice');
  await chain.vault(vault, alice, 'fund_reserve', { from: alice.publicKey(), asset: sandbox.asset('USDC').contract, amount: 200n * ONE });
  await wallet.start('alice');
  const flow = await wallet.flow('withdraw-reserve');
  await flow.enter('amount', '200');
  await flow.preview();
  await flow.sign();
  await expect(wallet.by('test-wallet')).toBeVisible();
  // Before the owner confirms, the price falls, and a keeper spends the reserve on debt.
  await chain.scalePrice('XLM', 950n);
  await chain.fill(vault, sandbox.keys('carol'));
  expect(await chain.balance('USDC', vault)).toBeLessThan(200n * ONE);
  await wallet.approve();
  await expect(flow.part('error')).toBeVisible({ timeout: 30_000 });
  await expect(flow.part('error')).not.toContainText('unexpected');
  await expect(flow.part('error-hash')).toBeVisible();
  await flow.part('again').click();
  // The form goes by the vault as it is now.
  await expect(flow.dialog).toContainText(/reserve is empty|The reserve has/);
  await expect(flow.part('sign')).toBeDisabled();
  await expect(async () => expectRiskShown(await wallet.risk(), await chain.risk(vault))).toPass();
});

test('somebody else clears the auction first: the page says so', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  await chain.scalePrice('XLM', 920n);
  await chain.openAuction(vault, sandbox.keys('dave'));
  await chain.scalePrice('XLM', 1100n);
  await wallet.start('alice');
  const flow = await wallet.flow('clear-auction');
  await flow.preview();
  await flow.sign();
  await expect(wallet.by('test-wallet')).toBeVisible();
  await chain.vault(vault, sandbox.keys('carol'), 'clear_stale_auction');
  await wallet.approve();
  await expect(flow.part('error')).toContainText(/no .*auction/i, { timeout: 30_000 });
  await flow.part('again').click();
  await expect(flow.part('notes-warnings')).toContainText('No auction is open');
});

test('the oracle is stale: no risk is claimed, deposits work, and it is over with the next price', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  await wallet.start('alice');
  await expect(wallet.by('risk-ratio')).toBeVisible();
  await sandbox.silenceOracle(1_000);
  await expect(wallet.by('banner-oracle')).toBeVisible();
  await expect(wallet.by('risk-ratio')).toBeHidden();
  const borrow = await wallet.flow('borrow');
  await borrow.enter('amount', '1');
  await expect(borrow.part('error')).toContainText(/price/i);
  await borrow.dialog.getByRole('button', { name: 'Close' }).first().click();
  const deposit = await wallet.flow('deposit');
  await deposit.enter('amount', '5');
  await deposit.run();
  await deposit.done();
  await sandbox.pauseOracle(false);
  await sandbox.setPrice('XLM', '0.36');
  await sandbox.setPrices({ USDC: '1', EURC: '1.16' });
  await expect(wallet.by('banner-oracle')).toBeHidden();
  await expect(async () => expectRiskShown(await wallet.risk(), await chain.risk(vault))).toPass();
});

test('the oracle has no price at all: repaying still works', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  await sandbox.silenceOracle(3 * 86_400);
  await wallet.start('alice');
  await expect(wallet.by('banner-oracle')).toBeVisible();
  const debt = (await chain.debtShares(vault)).usdc;
  const repay = await wallet.flow('repay');
  await repay.enter('amount', '100');
  await repay.run();
  expect((await chain.debtShares(vault)).usdc).toBeLessThan(debt);
});

test('too large a loan: the vault\u2019s own words, before anything is signed', async ({ wallet, borrower }) => {
  await borrower({ riskE7: 9_300_000n });
  await wallet.start('alice');
  const flow = await wallet.flow('borrow');
  await flow.choose('asset', 'USDC');
  // The pool would lend it; the vault's own policy does not.
  await flow.enter('amount', '200');
  await expect(flow.part('error')).toContainText('leave the vault at or above its own soft threshold');
  await expect(flow.part('error')).toContainText('102');
  await expect(flow.part('sign')).toBeDisabled();
  // Nor would the pool.
  await flow.enter('amount', '400');
  await expect(flow.part('error')).toContainText('would not be healthy');
  await expect(flow.part('error')).toContainText('114');
  await expect(flow.part('sign')).toBeDisabled();
});

test('amounts that are none are refused as they are typed', async ({ wallet, borrower }) => {
  await borrower();
  await wallet.start('alice');
  const flow = await wallet.flow('deposit');
  await flow.choose('asset', 'USDC');
  for (const [text, words] of [
    ['1,5', /point for decimals/],
    ['0.12345678', /At most 7 digits/],
    ['0', /above zero/],
    ['-1', /digits/],
    ['1e3', /digits/],
    ['99999999', /only 20.000 USDC/],
    ['9'.repeat(40), /more than a contract can take/],
  ] as const) {
    await flow.enter('amount', text);
    await flow.problem('amount', words);
  }
  await flow.enter('amount', '1 000.5');
  await flow.preview();
});

test('a contract that only says it is a vault is shown with a warning, and nothing can be signed for it', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower();
  const fake = await chain.deployUnofficial(vault, sandbox.keys('alice'));
  await wallet.start('alice');
  await wallet.choose(fake);
  await expect(wallet.by('banner-not-genuine')).toBeVisible();
  await expect(wallet.by('action-deposit').first()).toBeDisabled();
  await expect(wallet.by('action-transfer').first()).toBeDisabled();
  expect(await chain.isVault(fake)).toBe(false);
});

test('a link to a contract that is no vault says so', async ({ wallet, sandbox, borrower }) => {
  await borrower();
  await wallet.start('alice');
  await wallet.page.goto(`${sandbox.url}/#/overview?vault=${sandbox.contract('pool')}`);
  await expect(wallet.by('vault-trouble')).toContainText(/vault/i);
  await expect(wallet.by('action-deposit')).toHaveCount(0);
});
