// On a phone and on a desk: nothing is cut off, and everything can be tapped.
import { expect, test, type Page } from './fixtures';

/** Smallest side of what is tapped, CSS pixels; what most of it has. */
const LEAST = 24;
const USUAL = 44;

interface Found {
  scrolls: string[];
  cut: string[];
  small: string[];
  large: number;
  all: number;
}

/** Looks at all that is shown now. */
function look(page: Page): Promise<Found> {
  return page.evaluate(
    ({ least, usual }) => {
      const nameOf = (element: Element) => `${element.tagName.toLowerCase()}.${element.className || element.id} "${(element.textContent ?? '').trim().slice(0, 40)}"`;
      const open = [...document.querySelectorAll('dialog[open]')].at(-1);
      const root = open ?? document.body;
      const isShown = (element: Element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.closest('.unseen') && element.getClientRects().length > 0;
      const width = document.documentElement.clientWidth;
      const page = document.scrollingElement!;
      const scrolls = page.scrollWidth > page.clientWidth ? [`the page: ${page.scrollWidth} of ${page.clientWidth}`] : [];
      const cut: string[] = [];
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (!isShown(element) || element.closest('svg')) continue;
        const box = element.getBoundingClientRect();
        const scroller = element.closest('[data-scrolls], .tabs, .table-scroll, .scroll');
        if (!scroller && (box.right > width + 1 || box.left < -1) && box.width > 1) cut.push(`beyond the edge: ${nameOf(element)}`);
        const style = getComputedStyle(element);
        const hides = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
        if (hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1 && box.width > 1 && style.textOverflow !== 'ellipsis') cut.push(`cut: ${nameOf(element)}`);
        if (hides(style.overflowY) && element.scrollHeight > element.clientHeight + 1 && box.height > 1) cut.push(`cut below: ${nameOf(element)}`);
      }
      const targets = [...root.querySelectorAll<HTMLElement>('button, a[href], input, select, summary')].filter(isShown);
      const small: string[] = [];
      let large = 0;
      let all = 0;
      for (const target of targets) {
        // A label is tapped for its control; a link within a sentence is as tall as its line.
        const tapped = target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio') ? (target.closest('label') ?? target) : target;
        if (target instanceof HTMLAnchorElement && target.closest('p, li, td, dd, .skip')) continue;
        const box = tapped.getBoundingClientRect();
        if (box.width <= 1 || box.height <= 1) continue;
        all++;
        if (Math.min(box.width, box.height) < least - 0.5) small.push(`${Math.round(box.width)} x ${Math.round(box.height)}: ${nameOf(target)}`);
        if (box.height >= usual - 0.5) large++;
      }
      return { scrolls, cut, small, large, all };
    },
    { least: LEAST, usual: USUAL },
  );
}

async function check(page: Page, where: string, sums: { large: number; all: number }): Promise<void> {
  const { scrolls, cut, small, large, all } = await look(page);
  expect.soft([...scrolls, ...cut], `${where}: cut off`).toEqual([]);
  expect.soft(small, `${where}: too small to tap`).toEqual([]);
  sums.large += large;
  sums.all += all;
}

for (const [width, height] of [
  [360, 740],
  [1280, 900],
] as const) {
  test(`every view and dialog at ${width} x ${height}`, async ({ wallet, sandbox, chain, borrower, page }) => {
    const vault = await borrower({ riskE7: 9_300_000n });
    await chain.scalePrice('XLM', 965n);
    await chain.fill(vault, sandbox.keys('carol'));
    await chain.scalePrice('XLM', 930n);
    await chain.openAuction(vault, sandbox.keys('dave'));
    await page.setViewportSize({ width, height });
    const sums = { large: 0, all: 0 };
    await wallet.open();
    await check(page, 'welcome', sums);
    await wallet.by('connect').click();
    await expect(wallet.by('wallet-freighter')).toContainText('Not installed');
    await check(page, 'connect dialog', sums);
    await page.keyboard.press('Escape');
    await wallet.connect('alice');
    await expect(wallet.by('step-row').first()).toBeVisible();
    await check(page, 'Overview', sums);
    for (const view of ['What if', 'Auction', 'History', 'Policy'] as const) {
      await wallet.view(view);
      await expect(page.getByRole('heading', { level: 1, name: view })).toBeAttached();
      if (view === 'Policy') await wallet.by('policy-expert').locator('summary').click();
      await check(page, view, sums);
    }
    await wallet.view('Overview');
    const deposit = await wallet.flow('deposit');
    await deposit.choose('asset', 'XLM');
    await deposit.enter('amount', '9000');
    await deposit.preview();
    await check(page, 'deposit', sums);
    await page.keyboard.press('Escape');
    await wallet.by('open-create').click();
    await expect(wallet.by('create-preview')).toBeVisible();
    await check(page, 'create', sums);
    if (width < 500) expect(sums.large / sums.all, 'most of what is tapped has 44 pixels').toBeGreaterThan(0.5);
  });
}
