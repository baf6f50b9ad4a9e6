// What every test begins with: a sandbox that is as new, a browser without a past, and a guard over both.
import { test as base, expect, type BrowserContext, type ConsoleMessage, type Page } from '@playwright/test';
import { BALANCED, Chain, type VaultPolicy } from './chain';
import { Keeper } from './keeper';
import { WalletPage } from './page';
import { ONE, startSandbox, type Sandbox } from './sandbox';

export { expect, ONE, BALANCED };
export type { Sandbox, Chain, WalletPage, VaultPolicy };

/** What no page of ours may do. A test that makes the network fail says which messages it expects. */
export class Guard {
  private readonly wrong: string[] = [];
  private readonly expected: RegExp[] = [];

  constructor(private readonly origins: Set<string>) {}

  expect(message: RegExp): void {
    this.expected.push(message);
  }

  allow(origin: string): void {
    this.origins.add(origin);
  }

  async watch(context: BrowserContext): Promise<void> {
    context.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') this.wrong.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.wrong.push(`uncaught: ${error.error().stack ?? error.error().message}`));
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol !== 'data:' && url.protocol !== 'blob:' && !this.origins.has(url.origin)) this.wrong.push(`request to a third party: ${request.url()}`);
    });
    context.on('page', (page) => page.on('websocket', (socket) => this.wrong.push(`websocket: ${socket.url()}`)));
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));
    });
  }

  /** Everything that went wrong and was not expected. */
  unexpected(): string[] {
    return this.wrong.filter((wrong) => !this.expected.some((pattern) => pattern.test(wrong)));
  }
}

/** What a borrower's state is staged from. */
export interface Staging {
  /** XLM deposited. */
  collateral?: bigint;
  /** Risk ratio after borrowing USDC; none: nothing is owed. */
  riskE7?: bigint;
  policy?: VaultPolicy;
}

interface Tests {
  sandbox: Sandbox;
  chain: Chain;
  guard: Guard;
  wallet: WalletPage;
  /** Alice with a vault. */
  borrower(staging?: Staging): Promise<string>;
  /** Starts the real keeper, which ends with the test. */
  keeper(): Promise<Keeper>;
}

interface Workers {
  running: Sandbox;
}

export const test = base.extend<Tests, Workers>({
  running: [
    async ({}, use) => {
      const sandbox = await startSandbox();
      await sandbox.snapshot('new');
      await use(sandbox);
      const ended = sandbox.ended;
      await sandbox.stop();
      if (ended) throw new Error(ended);
    },
    { scope: 'worker' },
  ],

  sandbox: async ({ running }, use) => {
    await running.revert('new');
    await use(running);
    expect(running.ended).toBeNull();
    await running.clearFaults();
  },

  chain: async ({ sandbox }, use) => use(new Chain(sandbox)),

  guard: async ({ context, sandbox }, use) => {
    const guard = new Guard(new Set([sandbox.url]));
    await guard.watch(context);
    await use(guard);
    expect(guard.unexpected(), 'what the page did wrong').toEqual([]);
  },

  wallet: async ({ page, sandbox, guard }, use) => use(new WalletPage(page, sandbox, guard)),

  borrower: async ({ sandbox, chain }, use) => {
    await use(({ collateral = 20_000n * ONE, riskE7, policy = BALANCED }: Staging = {}) => {
      const name = JSON.stringify([collateral, riskE7, policy], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      const key = `vault ${hash(name)}`;
      return sandbox.stage(key, async () => {
        const alice = sandbox.keys('alice');
        const vault = await chain.create(alice, policy);
        if (collateral > 0n) await chain.deposit(vault, alice, 'XLM', collateral);
        if (riskE7 !== undefined) await chain.borrowTo(vault, alice, 'USDC', riskE7);
        return vault;
      });
    });
  },

  keeper: async ({ sandbox }, use) => {
    const started: Keeper[] = [];
    await use(async () => {
      const keeper = await Keeper.start(sandbox);
      started.push(keeper);
      return keeper;
    });
    for (const keeper of started) await keeper.stop();
  },
});

/** A short name for a text. */
function hash(text: string): string {
  let value = 0;
  for (const letter of text) value = (value * 31 + letter.charCodeAt(0)) >>> 0;
  return value.toString(36);
}

export type { Page };
