// What brings something in: deposit, repay, reserve.
import { expect, ONE, test } from './fixtures';
import { expectRiskShown } from './page';

test('a deposit: the preview is what then happens', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  const alice = sandbox.keys('alice').publicKey();
  const [held, before] = [await chain.balance('XLM', alice), await chain.leg(vault, 'XLM')];
  await wallet.start('alice');
  const flow = await wallet.flow('deposit');
  await flow.choose('asset', 'XLM');
  await flow.enter('amount', '1234.5678901');
  expect(await flow.amount('in')).toBe(1_234_5678901n);
  const { preview, result } = await flow.run();
  const after = await chain.leg(vault, 'XLM');
  expect(await chain.balance('XLM', alice)).toBe(held - 1_234_5678901n - result.feeCharged);
  // The pool rounds the shares down: by less than a unit, and never more than was paid in.
  expect(after.collateral - before.collateral).toBeLessThanOrEqual(1_234_5678901n + ONE / 1000n);
  expect(after.collateral - before.collateral).toBeGreaterThanOrEqual(1_234_5678901n - 2n);
  expectRiskShown(preview.riskE7, await chain.risk(vault));
  await flow.done();
  await expect(async () => expectRiskShown(await wallet.risk(), await chain.risk(vault))).toPass();
});

test('a repayment lowers the risk as previewed', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  const alice = sandbox.keys('alice').publicKey();
  const [held, owed] = [await chain.balance('USDC', alice), (await chain.leg(vault, 'USDC')).debt];
  await wallet.start('alice');
  const flow = await wallet.flow('repay');
  await flow.choose('asset', 'USDC');
  await flow.enter('amount', '500');
  const { preview } = await flow.run();
  expect(await chain.balance('USDC', alice)).toBe(held - 500n * ONE);
  const debt = (await chain.leg(vault, 'USDC')).debt;
  expect(debt).toBeGreaterThanOrEqual(owed - 500n * ONE);
  expect(debt).toBeLessThan(owed - 499n * ONE);
  expectRiskShown(preview.riskE7, await chain.risk(vault));
});

test('all debt is repaid, and what was too much comes back', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  const alice = sandbox.keys('alice').publicKey();
  const [held, owed] = [await chain.balance('USDC', alice), (await chain.leg(vault, 'USDC')).debt];
  await wallet.start('alice');
  const flow = await wallet.flow('repay');
  await expect(flow.part('amount-action')).toHaveText('All');
  await flow.part('amount-action').click();
  await flow.run();
  expect((await chain.leg(vault, 'USDC')).debt).toBe(0n);
  const paid = held - (await chain.balance('USDC', alice));
  expect(paid).toBeGreaterThanOrEqual(owed);
  expect(paid).toBeLessThan(owed + ONE);
  await flow.done();
  await expect(wallet.by('risk-ratio')).toHaveText('0%');
});

test('a reserve is added and taken back', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  const alice = sandbox.keys('alice').publicKey();
  const held = await chain.balance('USDC', alice);
  await wallet.start('alice');
  const fund = await wallet.flow('fund-reserve');
  await fund.choose('asset', 'USDC');
  await fund.enter('amount', '250.5');
  await expect(fund.part('reserve-after')).toBeVisible();
  expect(await fund.amount('reserve-after')).toBe(250n * ONE + ONE / 2n);
  await fund.run();
  await fund.done();
  expect(await chain.balance('USDC', vault)).toBe(250n * ONE + ONE / 2n);
  expect(await chain.balance('USDC', alice)).toBe(held - 250n * ONE - ONE / 2n);

  const take = await wallet.flow('withdraw-reserve');
  await expect(take.part('amount-action')).toBeEnabled();
  await take.part('amount-action').click();
  await take.run();
  await take.done();
  expect(await chain.balance('USDC', vault)).toBe(0n);
  expect(await chain.balance('USDC', alice)).toBe(held);
});

test('anybody may repay, and is told whose debt it is', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  const owed = (await chain.leg(vault, 'USDC')).debt;
  await wallet.start('carol');
  await wallet.choose(vault);
  await expect(wallet.by('banner-watching')).toBeVisible();
  const flow = await wallet.flow('repay');
  await expect(flow.part('notes-warnings')).toContainText('somebody else');
  await flow.enter('amount', '10');
  await flow.run();
  expect((await chain.leg(vault, 'USDC')).debt).toBeLessThan(owed - 9n * ONE);
  expect(await chain.balance('USDC', sandbox.keys('carol').publicKey())).toBe(20_000n * ONE - 10n * ONE);
});
