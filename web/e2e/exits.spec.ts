// Ways out: close, claim, the owner's own rescue, an auction that is over, archived entries.
import type { Chain, Sandbox } from './fixtures';
import { expect, ONE, test } from './fixtures';
import { amountIn } from './page';

/** XLM falls until the pool may liquidate, and dave opens an auction. */
async function auctioned(sandbox: Sandbox, chain: Chain, vault: string): Promise<void> {
  await chain.scalePrice('XLM', 920n);
  expect(await chain.risk(vault)).toBeGreaterThan(10_000_000n);
  await chain.openAuction(vault, sandbox.keys('dave'));
}

test('a position is closed: what comes back is at least what was shown', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  const alice = sandbox.keys('alice').publicKey();
  const held = await chain.balance('XLM', alice);
  await wallet.start('alice');
  const flow = await wallet.flow('close');
  await expect(flow.part('sold')).toBeVisible();
  const shown = await flow.amount('back-XLM');
  const { result } = await flow.run();
  const back = (await chain.balance('XLM', alice)) - held + result.feeCharged;
  expect(back).toBeGreaterThanOrEqual(shown - ONE / 100n);
  expect(await flow.amount('result-back-XLM')).toBe((back / 1_000n) * 1_000n);
  expect(await chain.leg(vault, 'XLM')).toEqual({ collateral: 0n, debt: 0n });
  expect((await chain.leg(vault, 'USDC')).debt).toBe(0n);
  expect(await chain.balance('USDC', vault)).toBe(0n);
  await flow.done();
  await expect(wallet.by('risk-ratio')).toHaveText('0%');
});

test('nothing is claimed where no emissions gather, and nothing is asked of the wallet', async ({ wallet, borrower }) => {
  await borrower({ riskE7: 8_000_000n });
  await wallet.start('alice');
  const flow = await wallet.flow('claim');
  await expect(flow.part('nothing')).toContainText('Nothing is to be claimed');
  await expect(flow.part('sign')).toBeDisabled();
});

test('the owner rescues the vault out of an open auction', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  await auctioned(sandbox, chain, vault);
  const before = await chain.leg(vault, 'XLM');
  await wallet.start('alice');
  await expect(wallet.by('banner-auction')).toBeVisible();
  await wallet.view('Auction');
  const flow = await wallet.flow('rescue', 'auction-option-rescue');
  await expect(flow.part('notes-warnings')).toContainText('auction is open');
  await flow.part('amount-action').click();
  await flow.preview();
  const [sold, repaid] = [await flow.amount('sold'), await flow.amount('repaid')];
  const { preview } = await flow.run();
  const risk = await chain.risk(vault);
  expect(risk).toBeLessThan(10_000_000n);
  expect(risk, 'no higher than what was previewed').toBeLessThanOrEqual(preview.riskE7! + 20n);
  expect(before.collateral - (await chain.leg(vault, 'XLM')).collateral).toBeLessThanOrEqual(sold + 2n);
  expect(repaid).toBeGreaterThan(0n);
  expect(await chain.auction(vault), 'the auction is gone').toBeNull();
  await flow.done();
  await expect(wallet.by('banner-auction')).toBeHidden();
});

test('an auction of a healthy position is cleared by anybody', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 9_300_000n });
  await auctioned(sandbox, chain, vault);
  await chain.scalePrice('XLM', 1100n);
  await wallet.start('carol');
  await wallet.choose(vault);
  const flow = await wallet.flow('clear-auction');
  await expect(flow.part('started')).toHaveText(String((await chain.auction(vault))!.block));
  await flow.run();
  await flow.done();
  expect(await chain.auction(vault)).toBeNull();
  await expect(wallet.by('banner-auction')).toBeHidden();
});

test('a vault whose entries are archived is restored', async ({ wallet, sandbox, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  await sandbox.warp({ ledgers: 2_100_000 });
  await wallet.start('alice');
  await wallet.choose(vault);
  await expect(wallet.by('banner-archived')).toBeVisible();
  const flow = await wallet.flow('restore', 'banner-archived-action');
  // Rent for everything at once is dear: it must be meant.
  await expect(flow.part('preview')).toBeVisible();
  await expect(flow.part('sign')).toBeDisabled();
  await flow.part('fee-meant').check();
  await flow.run();
  await flow.done();
  await expect(wallet.by('banner-archived')).toBeHidden();
  expect(amountIn(await wallet.by('risk-ratio').innerText(), 5)).toBeGreaterThan(7_900_000n);
});
