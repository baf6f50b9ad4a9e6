// A transaction before it is signed: simulated, assembled, with its fees and with what it would do.
import { Account, Asset as StellarAsset, Operation, SorobanDataBuilder, TransactionBuilder, rpc, scValToNative, type Transaction, type xdr } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import type { VaultEvent } from '../parts';
import { BASE_RESERVE, spendableOf } from './account';
import { accountKey, readEntries } from './entries';
import type { Call } from './operations';
import { effectsOf, told, type Transfer } from './events';
import { knownDecimals, type Network } from './rpc';
import { simulate } from './simulate';
import { hex } from './submit';
import { Trouble } from './trouble';

export type { Transfer } from './events';
export { settle, submit, TransactionError, type Done, type Stage } from './submit';

/** How long a prepared transaction may be signed and sent. It can never be applied afterwards. */
const GOOD_SECONDS = 120n;
/** Bounds of the bid for the inclusion, stroops. */
const LEAST_BID = 100n;
const MOST_BID = 100_000n;

export interface Prepared {
  /** Unsigned. */
  transaction: Transaction;
  /** Hexadecimal. */
  hash: string;
  source: Address;
  /** Most that it costs, stroops; a part of it comes back. */
  feeMost: bigint;
  /** The bid, and most that resources and rent cost. */
  feeParts: { inclusion: bigint; resource: bigint };
  /** What the call would return. */
  result: unknown;
  /** What the vault would tell. */
  events: VaultEvent[];
  /** What tokens would move. */
  transfers: Transfer[];
  /** Whether it brings archived entries back, or needs `restore` applied before. */
  restores: boolean;
  /** A transaction to sign and send first; then prepare again. */
  restore: Prepared | null;
  /** Unix seconds of the ledger's clock. */
  goodUntil: bigint;
  /** The ledger that it was simulated at. */
  ledger: number;
}

/**
 * Simulates and assembles a transaction of one operation, which its source alone authorises.
 * @throws {CallError} where it would fail, and {Trouble} where it cannot be paid for or needs other signatures
 */
export async function prepare(network: Network, source: Address, call: Call): Promise<Prepared> {
  const { operation, footprint } = 'footprint' in call ? call : { operation: call, footprint: null };
  const isCall = ['invokeHostFunction', 'extendFootprintTtl', 'restoreFootprint'].includes(operation.body.type);
  const [entries, latest, bid] = await Promise.all([readEntries(network, [accountKey(source)]), network.rpc.latest(), bidOf(network, isCall)]);
  const entry = entries.data(accountKey(source));
  if (entry?.type !== 'account') {
    throw new Trouble('The account does not exist', `${source} is not on this network yet.`, 'Send it lumens first: that creates it.');
  }
  const goodUntil = latest.closedAt + GOOD_SECONDS;
  const build = (of: xdr.Operation, data?: xdr.SorobanTransactionData) =>
    new TransactionBuilder(new Account(source, entry.value.seqNum.toString()), {
      fee: bid.toString(),
      networkPassphrase: network.passphrase,
      timebounds: { minTime: 0, maxTime: Number(goodUntil) },
      ...(data && { sorobanData: data }),
    })
      .addOperation(of)
      .build();
  const bare = build(operation, footprint ? new SorobanDataBuilder().setReadWrite(footprint).build() : undefined);
  const common = { source, goodUntil, ledger: latest.ledger };
  const finish = (transaction: Transaction, more: Partial<Prepared>): Prepared => {
    const feeMost = BigInt(transaction.fee);
    const feeParts = { inclusion: bid, resource: feeMost - bid };
    return { ...common, transaction, hash: hex(transaction.hash()), feeMost, feeParts, result: null, events: [], transfers: [], restores: false, restore: null, ...more };
  };
  const payable = (prepared: Prepared): Prepared => {
    const lumens = StellarAsset.native().contractId(network.passphrase);
    requireLumens(prepared.feeMost + (prepared.restore?.feeMost ?? 0n), paidBy(source, lumens, prepared.transfers), spendableOf(entry.value));
    return prepared;
  };
  if (!isCall) {
    if (operation.body.type === 'changeTrust') requireLumens(bid, BASE_RESERVE, spendableOf(entry.value));
    return payable(finish(bare, {}));
  }

  const simulation = await simulate(network, bare);
  requireNoOthers(simulation.result?.auth ?? []);
  const transaction = rpc.assembleTransaction(bare, withFee(simulation)).build();
  const tellings = simulation.events.flatMap(({ event }) => told(event) ?? []);
  const place = { id: '', ledger: simulation.latestLedger, closedAt: latest.closedAt, transaction: '' };
  const preamble = rpc.Api.isSimulationRestore(simulation) ? simulation.restorePreamble : null;
  const restore = preamble && finish(build(Operation.restoreFootprint({}), dataOf(preamble)), { restores: true });
  return payable(
    finish(transaction, {
      result: simulation.result ? scValToNative(simulation.result.retval) : null,
      ...effectsOf(tellings, place, knownDecimals(network)),
      restores: restore !== null || footprint !== null || archivedIn(simulation.transactionData.build()) > 0,
      restore,
      ledger: simulation.latestLedger,
    }),
  );
}

/** What nine of ten paid lately, within bounds. */
async function bidOf(network: Network, isCall: boolean): Promise<bigint> {
  const stats = await network.rpc.call<Record<'sorobanInclusionFee' | 'inclusionFee', { p90?: string }>>('getFeeStats');
  return clampBid((isCall ? stats.sorobanInclusionFee : stats.inclusionFee)?.p90);
}

export function clampBid(usual: string | undefined): bigint {
  const bid = usual !== undefined && /^\d{1,18}$/.test(usual) ? BigInt(usual) : LEAST_BID;
  return bid < LEAST_BID ? LEAST_BID : bid > MOST_BID ? MOST_BID : bid;
}

interface Resources {
  transactionData: SorobanDataBuilder;
  minResourceFee: string;
}

/** Resources with at least the fee that the server names. */
function dataOf({ transactionData, minResourceFee }: Resources): xdr.SorobanTransactionData {
  const data = transactionData.build();
  const least = BigInt(minResourceFee);
  return data.resourceFee >= least ? data : new SorobanDataBuilder(data).setResourceFee(least).build();
}

function withFee<T extends Resources>(simulation: T): T {
  return { ...simulation, transactionData: new SorobanDataBuilder(dataOf(simulation)) };
}

/** How many archived entries the transaction restores by itself. */
function archivedIn(data: xdr.SorobanTransactionData): number {
  return data.ext.type === 'resourceExt' ? data.ext.value.archivedSorobanEntries.length : 0;
}

/** The page asks a wallet for one signature, that of the source. */
export function requireNoOthers(auth: xdr.SorobanAuthorizationEntry[]): void {
  if (auth.every((entry) => entry.credentials.type === 'sorobanCredentialsSourceAccount')) return;
  throw new Trouble(
    'Another signature is needed',
    'This call must be authorised by somebody else than the connected account. Nothing was signed.',
    'Connect the account that owns the vault.',
  );
}

/** What an address pays of an asset, less what it gets. */
export function paidBy(source: Address, asset: Address, transfers: Transfer[]): bigint {
  const moved = transfers.filter((transfer) => transfer.asset === asset);
  const sum = (end: 'from' | 'to') => moved.reduce((total, transfer) => (transfer[end] === source ? total + transfer.amount : total), 0n);
  return sum('from') - sum('to');
}

/** The simulation takes no fee, and the ledger takes it first. */
function requireLumens(feeMost: bigint, paid: bigint, spendable: bigint): void {
  if (spendable < feeMost) {
    throw new Trouble(
      'Too few lumens for the fee',
      `The fee is at most ${lumens(feeMost)} XLM, and the account can spend ${lumens(spendable)} XLM.`,
      'Send lumens to the account first.',
    );
  }
  if (spendable < feeMost + paid) {
    throw new Trouble(
      'Too few lumens for amount and fee',
      `With the fee of at most ${lumens(feeMost)} XLM this takes ${lumens(feeMost + paid)} XLM, and the account can spend ${lumens(spendable)} XLM.`,
      'Use a smaller amount, or send lumens to the account first.',
    );
  }
}

/** All seven digits. */
function lumens(stroops: bigint): string {
  const digits = stroops.toString().padStart(8, '0');
  return `${digits.slice(0, -7)}.${digits.slice(-7)}`;
}
