// What takes something out: borrow, withdraw, sweep.
import { expect, ONE, test } from './fixtures';
import { expectRiskShown } from './page';

test('a loan: amount, fee and risk are as previewed', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower();
  const alice = sandbox.keys('alice').publicKey();
  const held = await chain.balance('USDC', alice);
  await wallet.start('alice');
  const flow = await wallet.flow('borrow');
  await flow.choose('asset', 'USDC');
  await flow.enter('amount', '3000');
  const { preview } = await flow.run();
  expect(await chain.balance('USDC', alice)).toBe(held + 3_000n * ONE);
  expect((await chain.leg(vault, 'USDC')).debt).toBeGreaterThanOrEqual(3_000n * ONE);
  expectRiskShown(preview.riskE7, await chain.risk(vault));
  await flow.done();
  await expect(async () => expectRiskShown(await wallet.risk(), await chain.risk(vault))).toPass();
});

test('the most that may be borrowed is accepted, and is below soft', async ({ wallet, chain, borrower }) => {
  const vault = await borrower();
  await wallet.start('alice');
  const flow = await wallet.flow('borrow');
  await flow.choose('asset', 'USDC');
  await flow.part('amount-action').click();
  const { preview } = await flow.run();
  const risk = await chain.risk(vault);
  expectRiskShown(preview.riskE7, risk);
  expect(risk).toBeLessThan(9_600_000n);
  expect(risk).toBeGreaterThan(9_500_000n);
});

test('a new account borrows: the missing trustline is added on the way', async ({ wallet, sandbox, chain }) => {
  const keys = await sandbox.funded();
  const vault = await chain.create(keys);
  await chain.deposit(vault, keys, 'XLM', 5_000n * ONE);
  await wallet.know(keys);
  await wallet.start('own-1');
  const flow = await wallet.flow('borrow');
  await flow.choose('asset', 'USDC');
  await flow.enter('amount', '100.25');
  await expect(flow.part('error')).toContainText('trustline');
  await expect(flow.part('sign')).toBeDisabled();
  await flow.part('trust').click();
  const trust = wallet.flowOf('trustline');
  await trust.run();
  await trust.part('done').click();
  // The form is as it was left.
  await expect(flow.part('amount')).toHaveValue('100.25');
  await flow.run();
  expect(await chain.balance('USDC', keys.publicKey())).toBe(100n * ONE + ONE / 4n);
});

test('collateral is withdrawn to the owner', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  const alice = sandbox.keys('alice').publicKey();
  const held = await chain.balance('XLM', alice);
  await wallet.start('alice');
  const flow = await wallet.flow('withdraw');
  await flow.choose('asset', 'XLM');
  await flow.enter('amount', '100');
  const { preview, result } = await flow.run();
  expect(await chain.balance('XLM', alice)).toBe(held + 100n * ONE - result.feeCharged);
  expectRiskShown(preview.riskE7, await chain.risk(vault));
});

test('all collateral is withdrawn where nothing is owed, to another address', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower();
  const judy = sandbox.keys('judy').publicKey();
  const held = await chain.balance('XLM', judy);
  await wallet.start('alice');
  const flow = await wallet.flow('withdraw');
  await expect(flow.part('amount-action')).toHaveText('All');
  await flow.part('amount-action').click();
  await flow.part('elsewhere').check();
  await flow.enter('to', judy);
  await flow.run();
  expect((await chain.leg(vault, 'XLM')).collateral).toBe(0n);
  const received = (await chain.balance('XLM', judy)) - held;
  expect(received).toBeGreaterThanOrEqual(20_000n * ONE - 2n);
  expect(received).toBeLessThan(20_001n * ONE);
});

test('a token in the vault is swept', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower();
  const alice = sandbox.keys('alice');
  await chain.vault(vault, alice, 'fund_reserve', { from: alice.publicKey(), asset: sandbox.asset('EURC').contract, amount: 7n * ONE });
  const held = await chain.balance('EURC', alice.publicKey());
  await wallet.start('alice');
  const flow = await wallet.flow('sweep');
  await flow.choose('token', 'USDC');
  await expect(flow.part('nothing')).toContainText(/holds no USDC/);
  await flow.choose('token', 'EURC');
  await expect(flow.part('out')).toBeVisible();
  expect(await flow.amount('out')).toBe(7n * ONE);
  await flow.run();
  expect(await chain.balance('EURC', alice.publicKey())).toBe(held + 7n * ONE);
  expect(await chain.balance('EURC', vault)).toBe(0n);
});
