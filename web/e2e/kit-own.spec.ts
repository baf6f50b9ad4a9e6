// The test wallet's own accounts.
import { expect, test } from './fixtures';

test('a new account is funded once, and chosen again without asking the friendbot', async ({ wallet, page, sandbox }) => {
  const asked: string[] = [];
  page.on('request', (request) => request.url().includes('/friendbot') && asked.push(request.url()));
  await wallet.open();
  await wallet.by('connect').click();
  await wallet.by('test-wallet-new').click();
  await expect(wallet.by('connect')).toContainText('own 1');
  expect(asked).toHaveLength(1);
  await wallet.connect('bob');
  await wallet.connect('own-1');
  expect(asked).toHaveLength(1);

  // As after a sandbox that was started anew.
  await sandbox.revert('new');
  await wallet.connect('bob');
  await wallet.connect('own-1');
  expect(asked).toHaveLength(2);
});

test('says that the account could not be funded, and can try again', async ({ wallet, guard, sandbox }) => {
  guard.expect(/503/);
  await sandbox.fail({ kind: 'http', status: 503, method: 'friendbot', requests: 1 });
  await wallet.open();
  await wallet.by('connect').click();
  await wallet.by('test-wallet-new').click();
  await expect(wallet.by('connect-trouble')).toContainText('The account was not funded');
  await wallet.by('connect-retry').click();
  await expect(wallet.by('connect')).toContainText('own 1');
});
