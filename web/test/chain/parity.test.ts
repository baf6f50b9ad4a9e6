// The page's arithmetic against the chain's: what the core says of a snapshot that the page reads is what the lens
// says at that ledger, number by number and error by error.
import { scValToNative, xdr } from '@stellar/stellar-sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { address, u32 } from '../../src/chain/entries';
import { CallError } from '../../src/chain/errors';
import { readSnapshot, type ReadCache } from '../../src/chain/read';
import { inTurns, view } from '../../src/chain/simulate';
import { loadCore } from '../../src/core';
import type { Health, Outcome, PathName, Quote, Snapshot } from '../../src/model';
import type { Core } from '../../src/parts';
import { coreBytes } from '../support/snapshot';
import { Fleet, type Vault } from './fleet';
import { play } from './moments';
import { startSandbox } from './sandbox';

const LEAST_STATES = 1_000;
const AT_ONCE = 8;
const PATHS: PathName[] = ['fill', 'plain', 'flash'];

let core: Core;
let fleet: Fleet;
beforeAll(async () => {
  core = await loadCore(coreBytes());
  fleet = new Fleet(await startSandbox('--ledger-ms', 'manual', '--limits', 'unlimited'), core);
}, 60_000);
afterAll(() => fleet?.sandbox.stop());

/** What was met, by name. */
const met = new Map<string, number>();
const count = (name: string) => met.set(name, (met.get(name) ?? 0) + 1);
const different: string[] = [];
let states = 0;

test('the core says what the lens says', async () => {
  await fleet.deploySecondOracle();
  await play(fleet, async (moment) => {
    await inTurns(fleet.vaults, AT_ONCE, (vault) => compare(moment, vault));
  });
  report();
  expect(different).toEqual([]);
  expect(states).toBeGreaterThanOrEqual(LEAST_STATES);
  const missing = WANTED.filter((name) => !met.has(name));
  expect(missing).toEqual([]);
}, 600_000);

/** Kinds of answers without which the test would prove little. */
const WANTED = [
  ...PATHS.map((path) => `${path}: a step`),
  ...['a step of two assets', 'netting', 'a rescue', 'reserve and a sale', 'reserve alone', 'a lowered threshold', 'a liquidation price'],
  ...['a second oracle decides', 'risk from soft to 100%', 'risk of 100% or more', 'an open auction'],
  ...[100, 105, 106, 107, 111, 112, 132, 134, 138, 143, 146, 148, 149].map((code) => `code ${code}`),
];

async function compare(moment: string, vault: Vault): Promise<void> {
  const snapshot = await readSnapshot(fleet.sandbox.network, vault.address, cacheOf(vault));
  states += 1;
  if (snapshot.auction) count('an open auction');
  const health = core.health(snapshot);
  note(moment, vault, 'health', plainHealth(health), await lensHealth(vault));
  if (health.ok) describeHealth(snapshot, health.value);
  for (const path of PATHS) {
    const quote = core.quote(snapshot, path);
    note(moment, vault, path, quote, await lensQuote(vault, path));
    describeQuote(snapshot, path, quote);
  }
}

const caches: Record<string, ReadCache> = { short: { older: new Map() }, long: { older: new Map() } };
const cacheOf = ({ policy }: Vault): ReadCache => caches[policy?.volatility_z_e2 ? 'long' : 'short']!;

function note(moment: string, vault: Vault, what: string, ours: unknown, theirs: unknown): void {
  const [mine, lens] = [ours, theirs].map((value) => JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)));
  if (mine !== lens) different.push(`${moment}, ${vault.name}, ${what}: ${mine} is not the lens's ${lens}`);
}

// ---- What the lens says -----------------------------------------------------------------------

async function lens<T>(method: string, args: xdr.ScVal[], as: (value: any) => T): Promise<Outcome<T>> {
  try {
    const { value } = await view(fleet.sandbox.network, fleet.sandbox.config.contracts.lens, method, args);
    return { ok: true, value: as(scValToNative(value)) };
  } catch (error) {
    if (error instanceof CallError && error.code !== null) return { ok: false, code: error.code };
    throw error;
  }
}

function lensQuote(vault: Vault, path: PathName): Promise<Outcome<Quote>> {
  const adapter = fleet.sandbox.config.contracts.adapter!;
  const route = xdr.ScVal.scvBytes(new Uint8Array());
  const args = [address(vault.address), u32(path === 'flash' ? 1 : 0), address(adapter), route];
  const as = (quote: any): Quote => ({
    collateral: quote.step.collateral,
    debt: quote.step.debt,
    sell: quote.step.sell,
    minProceeds: quote.step.min_proceeds,
    floor: quote.floor,
    largestReward: quote.largest_reward,
    reserveSpent: quote.reserve_spent,
    budgetLeft: quote.budget_left,
    riskAfterE7: quote.risk_after_e7,
    rescue: quote.rescue,
  });
  return path === 'fill' ? lens('quote_fill', args.slice(0, 1), as) : lens('quote_rebalance', args, as);
}

type PlainHealth = Omit<Health, 'hardE7' | 'softPrice' | 'legs'>;

/** What the lens tells too. */
function plainHealth(health: Outcome<Health>): Outcome<PlainHealth> {
  if (!health.ok) return health;
  const { riskRatioE7, nominalLtvE7, liquidationLtvE7, softE7, targetE7, collateralValue, debtValue, liquidationPrice } = health.value;
  return { ok: true, value: { riskRatioE7, nominalLtvE7, liquidationLtvE7, softE7, targetE7, collateralValue, debtValue, liquidationPrice } };
}

function lensHealth(vault: Vault): Promise<Outcome<PlainHealth>> {
  return lens('health', [address(vault.address)], (health) => ({
    riskRatioE7: health.risk_ratio_e7,
    nominalLtvE7: health.nominal_ltv_e7,
    liquidationLtvE7: health.liquidation_ltv_e7,
    softE7: health.soft_e7,
    targetE7: health.target_e7,
    collateralValue: health.collateral_value,
    debtValue: health.debt_value,
    liquidationPrice: health.liquidation_price ?? null,
  }));
}

// ---- What was met -----------------------------------------------------------------------------

function describeHealth(snapshot: Snapshot, health: Health): void {
  if (health.softE7 < snapshot.state.policy.soft_e7) count('a lowered threshold');
  if (health.liquidationPrice !== null) count('a liquidation price');
  if (health.riskRatioE7 >= 10_000_000n) count('risk of 100% or more');
  else if (health.riskRatioE7 >= BigInt(health.softE7)) count('risk from soft to 100%');
}

function describeQuote(snapshot: Snapshot, path: PathName, quote: Outcome<Quote>): void {
  if (!quote.ok) {
    count(`code ${quote.code}`);
    return;
  }
  const { collateral, debt, sell, reserveSpent, rescue } = quote.value;
  count(`${path}: a step`);
  if (rescue) count('a rescue');
  if (sell === 0n) count('reserve alone');
  else {
    count(collateral === debt ? 'netting' : 'a step of two assets');
    if (reserveSpent > 0n) count('reserve and a sale');
    if (snapshot.reserves.some((reserve) => reserve.second !== null)) count('a second oracle decides');
  }
}

function report(): void {
  const lines = [...met].sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }));
  console.log(`${states} states of ${fleet.vaults.length} vaults, ${states * PATHS.length} quotes:\n${lines.map(([name, times]) => `  ${name}: ${times}`).join('\n')}`);
}
