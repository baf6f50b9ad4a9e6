// The page as a person uses it: connect, open a flow, fill it in, sign, read what is shown.
import { expect, type Locator, type Page } from '@playwright/test';
import { Keypair } from '@stellar/stellar-sdk';
import type { Guard } from './fixtures';
import type { Sandbox } from './sandbox';

/** Digits of a text without what groups them. */
export function plain(text: string): string {
  return text.replace(/[\u202f\u00a0\u2009 ]/g, ' ').trim();
}

/** The first decimal number in a text, in units of so many decimals. Fails where there is none. */
export function amountIn(text: string, decimals = 7): bigint {
  const found = /(-|\u2212)?(\d[\d\u202f\u00a0\u2009, ]*)(?:\.(\d+))?/.exec(text);
  if (!found) throw new Error(`no number in ${JSON.stringify(text)}`);
  const whole = BigInt((found[2] ?? '0').replace(/[^\d]/g, ''));
  const fraction = (found[3] ?? '').padEnd(decimals, '0');
  if (fraction.length > decimals) throw new Error(`${text} has more than ${decimals} decimals`);
  const value = whole * 10n ** BigInt(decimals) + BigInt(fraction || '0');
  return found[1] ? -value : value;
}

/** A percentage in a text, 7 decimals of one. */
export const percentIn = (text: string) => amountIn(text, 5);

const camel = (id: string) => id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

export class WalletPage {
  private links = 0;

  constructor(
    readonly page: Page,
    readonly sandbox: Sandbox,
    readonly guard: Guard,
  ) {}

  by(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  async open(hash = ''): Promise<void> {
    await this.page.goto(`${this.sandbox.url}/${hash}`);
    await expect(this.by('connect')).toBeVisible();
  }

  /** A link within the page. */
  async view(name: 'Overview' | 'What if' | 'Auction' | 'History' | 'Policy'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name }).click();
  }

  // ---- The wallet ------------------------------------------------------------------------------------

  /** Connects one of the sandbox's accounts through the dialog, as anybody would. */
  async connect(name: string): Promise<void> {
    await this.by('connect').click();
    await this.by(`test-account-${name}`).click();
    await expect(this.by('connect-dialog')).toBeHidden();
    await expect(this.by('connect')).toContainText(name.replace('-', ' '));
  }

  async disconnect(): Promise<void> {
    await this.by('connect').click();
    await this.by('disconnect').click();
    await expect(this.by('connect')).toHaveText(/^\s*Connect\s*$/);
  }

  /** Shows a vault, among those of the connected account or by a link. */
  async choose(vault: string): Promise<void> {
    // Always another address: the page follows changes of it.
    await this.page.goto(`${this.sandbox.url}/#/overview?vault=${vault}&link=${++this.links}`);
    await expect(this.by('vault-address').first()).toHaveAttribute('data-address', vault);
  }

  async start(name: string, hash = ''): Promise<void> {
    await this.open(hash);
    await this.connect(name);
  }

  /** Makes the test wallet know a key of ours: it is `own-1` in the dialog. Before `open`. */
  async know(keys: Keypair): Promise<void> {
    const own = { network: this.sandbox.written.networkPassphrase, address: keys.publicKey(), secret: keys.secret() };
    await this.page.addInitScript((text) => {
      if (!localStorage.getItem('ballast-test-accounts')) localStorage.setItem('ballast-test-accounts', text);
    }, JSON.stringify([own]));
  }

  /** The flow's dialog, opened by a button of the view that is shown. */
  async flow(id: string, button = `action-${camel(id)}`): Promise<Flow> {
    await this.by(button).first().click();
    const flow = new Flow(this, id);
    await expect(flow.dialog).toBeVisible();
    return flow;
  }

  flowOf(id: string): Flow {
    return new Flow(this, id);
  }

  // ---- What the overview shows ---------------------------------------------------------------------

  async risk(): Promise<bigint> {
    return percentIn(await this.by('risk-ratio').innerText());
  }

  async approve(): Promise<void> {
    await this.by('test-wallet-approve').click();
  }

  async reject(): Promise<void> {
    await this.by('test-wallet-reject').click();
  }
}

/** A flow's dialog, by the name that begins its test ids. */
export class Flow {
  constructor(
    readonly wallet: WalletPage,
    readonly id: string,
  ) {}

  /** One of its parts. */
  part(name: string): Locator {
    return this.wallet.by(`${this.id}-${name}`);
  }

  get dialog(): Locator {
    return this.part('dialog');
  }

  async choose(field: string, option: string): Promise<void> {
    await this.part(field).selectOption({ label: option });
  }

  async enter(field: string, text: string): Promise<void> {
    await this.part(field).fill(text);
  }

  /** The text of a line of the preview or the result. */
  async line(name: string): Promise<string> {
    return plain(await this.part(name).innerText());
  }

  async amount(name: string): Promise<bigint> {
    return amountIn(await this.part(name).innerText());
  }

  /** Waits for a simulation that succeeds; what it says of fee and risk. */
  async preview(): Promise<Preview> {
    await expect(this.part('preview'), `${this.id}: a preview`).toBeVisible();
    await expect(this.part('sign')).toBeEnabled();
    const risk = this.part('risk-after');
    // `before -> after`, or after alone.
    const said = (await risk.count()) > 0 ? (await risk.innerText()).split('\u2192').at(-1)! : '';
    // It may not be known: without a price.
    const riskText = /\d/.test(said) ? said : null;
    return { feeMost: await this.amount('fee'), riskE7: riskText === null ? null : percentIn(riskText) };
  }

  /** What is wrong with a field. */
  async problem(field: string, words: RegExp): Promise<void> {
    await expect(this.part(`${field}-problem`)).toHaveText(words);
    await expect(this.part('sign')).toBeDisabled();
  }

  async sign(): Promise<void> {
    await this.part('sign').click();
  }

  /** Waits until the transaction is in a ledger, and compares what is shown with what the server says. */
  async result(preview: Preview): Promise<Result> {
    const end = this.part('result').or(this.part('error'));
    await expect(end).toBeVisible({ timeout: 30_000 });
    await expect(this.part('result'), await end.innerText()).toBeVisible();
    const hash = (await this.part('result-hash').getAttribute('data-address'))!;
    const feeCharged = await this.amount('result-fee');
    const applied = await this.wallet.sandbox.server.getTransaction(hash);
    expect(applied.status, 'what the server says of it').toBe('SUCCESS');
    if (applied.status !== 'SUCCESS') throw new Error('not reached');
    expect(feeCharged, 'the fee that is shown is the one that was charged').toBe(applied.resultXdr.feeCharged);
    expect(preview.feeMost, 'the fee of the preview is at least what was charged').toBeGreaterThanOrEqual(feeCharged);
    expect(await this.line('result-ledger')).toBe(String(applied.ledger));
    return { hash, ledger: applied.ledger, feeCharged };
  }

  /** Previews, signs, approves in the test wallet, and waits for the end. */
  async run(): Promise<{ preview: Preview; result: Result }> {
    const preview = await this.preview();
    await this.sign();
    await this.wallet.approve();
    return { preview, result: await this.result(preview) };
  }

  async done(): Promise<void> {
    await this.part('done').click();
    await expect(this.dialog).toBeHidden();
  }
}

export interface Preview {
  feeMost: bigint;
  riskE7: bigint | null;
}

export interface Result {
  hash: string;
  ledger: number;
  feeCharged: bigint;
}

/** Shown rounded up to a hundredth of a percent: never below the chain's, and not further above than that and some interest. */
export function expectRiskShown(shownE7: bigint | null, chainE7: bigint): void {
  const INTEREST_E7 = 20n;
  expect(shownE7, 'a risk ratio is shown').not.toBeNull();
  expect(shownE7!, 'the risk ratio that is shown').toBeGreaterThanOrEqual(chainE7 - INTEREST_E7);
  expect(shownE7!, 'the risk ratio that is shown').toBeLessThanOrEqual(chainE7 + 1_000n + INTEREST_E7);
}
