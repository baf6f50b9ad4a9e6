// The policy: a preset, and every number of it with the contract's own words.
import { expect, test } from './fixtures';

test('a preset is set as the contracts have it', async ({ wallet, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  await wallet.start('alice');
  await wallet.view('Policy');
  await expect(wallet.by('policy-change')).toBeDisabled();
  await wallet.by('policy-preset-early').first().check();
  const flow = await wallet.flow('policy', 'policy-change');
  await flow.run();
  await flow.done();
  const policy = await chain.policy(vault);
  expect([policy.soft_e7, policy.target_e7]).toEqual([9_200_000, 9_000_000]);
  await expect(wallet.by('policy-name')).toHaveText('Early');
});

test('what the vault would refuse is said while it is typed, and what it takes is set', async ({ wallet, chain, borrower }) => {
  const vault = await borrower({ riskE7: 8_000_000n });
  await wallet.start('alice');
  await wallet.view('Policy');
  await wallet.by('policy-expert').locator('summary').click();
  const soft = wallet.by('policy-soft');
  await expect(soft).toHaveValue('96');
  // As far as the numbers of a preset, and the form stays as the reader opened it.
  await soft.fill('95');
  await soft.fill('96');
  await expect(soft).toBeFocused();
  // Soft below target: 160, by the vault.
  await soft.fill('94.5');
  await expect(wallet.by('policy-problem')).toBeVisible();
  await expect(wallet.by('policy-change')).toBeDisabled();
  const said = await wallet.by('policy-problem').innerText();
  const refused = await chain.refusal(vault, { soft_e7: 9_450_000 });
  expect(refused.code).toBe(160);
  expect(said.toLowerCase()).toContain(refused.words.toLowerCase());
  // No number.
  await soft.fill('96,5');
  await expect(wallet.by('policy-soft-problem')).toContainText('point');
  await expect(wallet.by('policy-change')).toBeDisabled();
  // Fine.
  await soft.fill('95.12345');
  await expect(wallet.by('policy-soft-problem')).toHaveText('');
  const flow = await wallet.flow('policy', 'policy-change');
  await flow.run();
  await flow.done();
  expect((await chain.policy(vault)).soft_e7).toBe(9_512_345);
  await expect(wallet.by('policy-name')).toHaveText('Own numbers');
});

test('every broken rule of the form is one that the vault refuses', async ({ wallet, chain, borrower }) => {
  const vault = await borrower();
  await wallet.start('alice');
  await wallet.view('Policy');
  await wallet.by('policy-expert').locator('summary').click();
  // Own numbers, whatever is typed below.
  await wallet.by('policy-soft').fill('95.5');
  const cases = [
    { field: 'hard', text: '100.5', policy: { hard_e7: 10_050_000 } },
    { field: 'step-min', text: '0.5', policy: { step_min_e7: 50_000 } },
    { field: 'discount-max', text: '11', policy: { discount_max_e7: 1_100_000 } },
    { field: 'sold-budget', text: '0.5', policy: { sold_budget_e7: 50_000 } },
    { field: 'max-cost-of-equity', text: '0', policy: { max_cost_of_equity_e7: 0 } },
    { field: 'max-price-age', text: '599', policy: { max_price_age_seconds: 599n } },
    { field: 'dust-reserve', text: '11', policy: { dust_reserve_e7: 1_100_000 } },
    { field: 'rescue-window', text: '201', policy: { rescue_window_ledgers: 201 } },
    { field: 'volatility-z', text: '10.01', policy: { volatility_z_e2: 1_001 } },
  ];
  for (const { field, text, policy } of cases) {
    const input = wallet.by(`policy-${field}`);
    const before = await input.inputValue();
    await input.fill(text);
    const { code, words } = await chain.refusal(vault, policy);
    expect(code, field).toBeGreaterThanOrEqual(160);
    await expect(wallet.by('policy-problem'), field).toContainText(words, { ignoreCase: true });
    await expect(wallet.by('policy-change'), field).toBeDisabled();
    await input.fill(before);
    await expect(wallet.by('policy-problem'), field).toHaveCount(0);
  }
});
