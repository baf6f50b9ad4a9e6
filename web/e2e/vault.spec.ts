// The vault itself: create, policy, automation, ownership.
import { expect, ONE, test } from './fixtures';

test('a newcomer creates a vault and deposits', async ({ wallet, chain, page }) => {
  await wallet.open();
  await wallet.by('connect').click();
  await wallet.by('test-wallet-new').click();
  await expect(wallet.by('connect-dialog')).toBeHidden();
  const create = await wallet.flow('create', 'welcome-create');
  await expect(create.part('vault')).toBeVisible();
  const promised = (await create.line('vault')).match(/C[A-Z2-7]{55}/)![0];
  await create.run();
  expect(await chain.isVault(promised)).toBe(true);
  const owner = await chain.owner(promised);
  expect(promised).toBe(await chain.vaultAddress(owner, 0));
  expect(await chain.balance('XLM', owner)).toBeLessThan(10_000n * ONE);
  await create.part('next').click();
  const deposit = wallet.flowOf('deposit');
  await deposit.choose('asset', 'XLM');
  await deposit.enter('amount', '2 000');
  await deposit.run();
  expect((await chain.leg(promised, 'XLM')).collateral).toBeGreaterThanOrEqual(2_000n * ONE - 2n);
  await deposit.done();
  await expect(page.getByTestId('vault-address').first()).toHaveAttribute('data-address', promised);
});

test('automation is switched off and on', async ({ wallet, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  const isOn = async () => (await chain.state(vault)).automation;
  await wallet.start('alice');
  const off = await wallet.flow('automation');
  await expect(off.part('warnings')).toContainText('Nobody unwinds');
  await off.run();
  await off.done();
  expect(await isOn()).toBe(false);
  await expect(wallet.by('banner-automation-off')).toBeVisible();
  const on = await wallet.flow('automation');
  await on.run();
  await on.done();
  expect(await isOn()).toBe(true);
  await expect(wallet.by('banner-automation-off')).toBeHidden();
});

test('ownership is offered, and another account accepts it', async ({ wallet, sandbox, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  const [alice, carol] = [sandbox.keys('alice').publicKey(), sandbox.keys('carol').publicKey()];
  await wallet.start('alice');
  const transfer = await wallet.flow('transfer');
  await transfer.enter('to', carol.slice(0, -1));
  await transfer.problem('to', /no address/);
  await transfer.enter('to', carol);
  await transfer.run();
  await transfer.done();
  expect(await chain.owner(vault)).toBe(alice);
  await expect(wallet.by('banner-offered')).toContainText('can take this vault over');

  await wallet.disconnect();
  await wallet.connect('carol');
  await wallet.by('welcome-offered').click();
  await expect(wallet.by('banner-offered')).toContainText('offered to you');
  const accept = await wallet.flow('accept', 'banner-offered-action');
  await accept.run();
  await accept.done();
  expect(await chain.owner(vault)).toBe(carol);
  await expect(wallet.by('banner-offered')).toBeHidden();
});
