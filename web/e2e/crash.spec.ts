// The price falls as it did on 2025-10-10, a keeper acts, and the page that is open shows it.
import { expect, test } from './fixtures';
import { amountIn, expectRiskShown } from './page';

/** Of one percent each: as the plan takes them. */
const ROUNDS = 8;
const ROUND = { ledgers: 60, seconds: 300 };
const SOFT_E7 = 9_600_000n;

declare global {
  interface Window {
    unloaded?: false;
  }
}

test('steps appear in the open page as the keeper makes them, with what they cost, and within the plan', async ({ wallet, sandbox, chain, borrower, keeper, page }) => {
  test.slow();
  const vault = await borrower({ riskE7: 9_500_000n });
  await keeper();
  await wallet.start('alice');
  await wallet.view('What if');
  await wallet.by('whatif-move').fill('-8');
  await expect(wallet.by('whatif-sentence')).toContainText('0.33');
  const plannedSteps = Number(await wallet.by('whatif-steps').innerText());
  const plannedCost = amountIn(await wallet.by('whatif-cost').innerText());
  expect(plannedSteps).toBeGreaterThan(1);
  expect(plannedCost).toBeGreaterThan(0n);

  await wallet.view('History');
  await expect(wallet.by('history-total-steps')).toHaveText('0');
  await page.evaluate(() => (window.unloaded = false));
  for (let round = 0; round < ROUNDS; round++) {
    await sandbox.warp(ROUND);
    await chain.scalePrice('XLM', 990n);
    await expect.poll(() => chain.risk(vault), { message: `round ${round}: the keeper steps`, timeout: 30_000 }).toBeLessThan(SOFT_E7);
    // What the keeper kept for the vault is its reserve, which the next step spends first: a row of its own.
    const [steps, spent] = await Promise.all([chain.steps(vault), chain.events(vault, 'reserve_spent')]);
    await expect(wallet.by('step-row'), `round ${round}`).toHaveCount(steps.length + spent.length);
  }

  const steps = await chain.steps(vault);
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.length).toBeLessThanOrEqual(plannedSteps);
  await expect(wallet.by('history-total-steps')).toHaveText(String(steps.length));
  // What was sold, less what was repaid and kept, at the oracle's prices: units times price, 21 decimals.
  const cost = steps.reduce((sum, step) => sum + step.sold * step.collateral_price - (step.proceeds - step.reward) * step.debt_price, 0n);
  const shown = amountIn(await wallet.by('history-total-cost').innerText(), 21);
  const CENTS = 2n * 10n ** 19n;
  // A gain has a word of its own, and no sign.
  const signed = cost < 0n ? -shown : shown;
  expect(signed - cost).toBeGreaterThanOrEqual(-CENTS);
  expect(signed - cost).toBeLessThanOrEqual(CENTS);
  expect(cost, 'the plan bounds what it cost').toBeLessThanOrEqual(plannedCost * 10n ** 14n);

  await wallet.view('Overview');
  await expect(async () => expectRiskShown(await wallet.risk(), await chain.risk(vault))).toPass();
  expect(await page.evaluate(() => window.unloaded), 'the page was never loaded again').toBe(false);
});
