// A signed transaction, from the wallet to its end. It is said to have failed only where that is certain.
import { scValToNative, xdr } from '@stellar/stellar-sdk';
import type { ErrorCode } from '../model';
import type { Explained, VaultEvent } from '../parts';
import { verifySigned } from '../wallets/verify';
import { diagnose, type Fault } from './diagnose';
import { describeRefusal, explain, refusalOf, type Refusal } from './errors';
import { effectsOf, told, type Transfer } from './events';
import { garbage, knownDecimals, seconds, type Network } from './rpc';
import type { Prepared } from './transact';
import { Trouble, Unreachable } from './trouble';

export type Stage = 'sending' | 'waiting' | 'applied';

/** Told at every change; with it what is wrong with the server, while that is. */
export type OnStage = (stage: Stage, trouble?: Explained | null) => void;

export interface Done {
  hash: string;
  ledger: number;
  /** Unix seconds. */
  closedAt: bigint;
  feeCharged: bigint;
  result: unknown;
  events: VaultEvent[];
  transfers: Transfer[];
}

/**
 * `refused`: not taken, nothing happened. `failed`: applied without effect, the fee is spent. `expired`: not applied,
 * and never will be. `unknown`: it may still be applied, or may have been.
 */
export type TransactionEnd = 'refused' | 'failed' | 'expired' | 'unknown';

export class TransactionError extends Trouble {
  override readonly code: ErrorCode | null;

  constructor(
    readonly kind: TransactionEnd,
    title: string,
    words: string,
    advice: string | null,
    readonly hash: string,
    readonly fault: Fault | null = null,
    /** Of one that failed, stroops. */
    readonly feeCharged: bigint | null = null,
  ) {
    super(title, words, advice);
    this.code = fault?.error?.code ?? null;
  }
}

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 2_000;
/** How much longer than its time bound an end is waited for, where the server is silent or ledgers do not close. */
const GRACE_SECONDS = 60n;
/** A queue drops what is not included for this many ledgers: then it is handed in again. */
const RESEND_LEDGERS = 5;

/** Of a server that takes it later. */
const BUSY: Explained = {
  title: 'The network is busy',
  words: 'The server does not take the transaction yet: another one of this account is pending, or there are too many. The page tries again.',
  advice: null,
  code: null,
};

/**
 * Verifies what the wallet gave back, sends it and follows it.
 * @throws {WalletError} where it is not what was given, signed by its source for our network: nothing was sent
 * @throws {TransactionError}
 */
export async function submit(network: Network, signedXdr: string, prepared: Prepared, onStage: OnStage): Promise<Done> {
  verifySigned(prepared.transaction.toXdr(), signedXdr, prepared.source, network.passphrase);
  onStage('sending');
  return follow(network, prepared, signedXdr, onStage);
}

/** Waits for the end of a transaction whose end was `unknown`, without sending it again. */
export function settle(network: Network, prepared: Prepared, onStage: OnStage = () => undefined): Promise<Done> {
  return follow(network, prepared, null, onStage);
}

interface RawSent {
  status: 'PENDING' | 'DUPLICATE' | 'TRY_AGAIN_LATER' | 'ERROR';
  latestLedger: number;
  errorResultXdr?: string;
  diagnosticEventsXdr?: string[];
}

interface RawFound {
  status: 'SUCCESS' | 'FAILED' | 'NOT_FOUND';
  latestLedger: number;
  latestLedgerCloseTime: string;
  oldestLedger: number;
  ledger?: number;
  createdAt?: string;
  resultXdr?: string;
  resultMetaXdr?: string;
  diagnosticEventsXdr?: string[];
  events?: { contractEventsXdr?: string[][] };
}

async function follow(network: Network, prepared: Prepared, envelope: string | null, onStage: OnStage): Promise<Done> {
  const { hash } = prepared;
  // This machine's clock may be wrong; how long has passed on it is not.
  const patienceMs = Number(prepared.goodUntil - (await startedAt(network, prepared)) + GRACE_SECONDS) * 1000;
  const until = Date.now() + Math.max(patienceMs, 0);
  // Whether a server has it, or may have it although no answer said so.
  let mayHave = envelope === null;
  let takenAt: number | null = null;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    let trouble: Unreachable | null = null;
    try {
      if (envelope !== null && takenAt === null) {
        const sent = await send(network, envelope, hash, () => (mayHave = true), mayHave);
        if (sent !== null) {
          mayHave = true;
          takenAt = sent;
          onStage('waiting');
        } else {
          onStage(mayHave ? 'waiting' : 'sending', BUSY);
        }
      }
      const found = await network.rpc.call<RawFound>('getTransaction', { hash });
      const end = endOf(network, hash, found);
      if (end !== null) {
        onStage('applied');
        return end;
      }
      if (seconds(found.latestLedgerCloseTime, 'getTransaction') > prepared.goodUntil) {
        throw over(hash, prepared, found.oldestLedger);
      }
      if (takenAt !== null && found.latestLedger >= takenAt + RESEND_LEDGERS) takenAt = null;
      if (takenAt !== null) onStage('waiting', null);
    } catch (error) {
      if (error instanceof Trouble && !(error instanceof Unreachable)) throw error;
      // What cannot be decoded says nothing of the transaction either.
      trouble = error instanceof Unreachable ? error : garbage('getTransaction');
      onStage(mayHave ? 'waiting' : 'sending', explain(trouble));
    }
    if (Date.now() >= until) throw unknown(hash, trouble);
    const asked = (trouble?.retryAfterSeconds ?? 0) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(pauseMs, asked)));
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
  }
}

async function startedAt(network: Network, prepared: Prepared): Promise<bigint> {
  try {
    return (await network.rpc.latest()).closedAt;
  } catch {
    return prepared.goodUntil - 120n;
  }
}

/** Hands the envelope in once. The ledger at which the server took it, or null where it did not yet. */
async function send(network: Network, envelope: string, hash: string, arrived: () => void, mayHave: boolean): Promise<number | null> {
  let sent: RawSent;
  try {
    sent = await network.rpc.call<RawSent>('sendTransaction', { transaction: envelope });
  } catch (error) {
    // An answer may be lost on its way back; one that refuses the request itself is certain.
    const INVALID_PARAMETERS = -32602;
    if (error instanceof Unreachable && error.rpcCode === INVALID_PARAMETERS && !mayHave) {
      throw new TransactionError('refused', 'The transaction was not taken', error.words, 'Prepare it again.', hash);
    }
    if (!(error instanceof Unreachable && error.kind === 'rate-limit')) arrived();
    throw error;
  }
  switch (sent.status) {
    case 'PENDING':
    case 'DUPLICATE':
      return sent.latestLedger;
    case 'TRY_AGAIN_LATER':
      return null;
    case 'ERROR': {
      const refusal = refusedBy(sent.errorResultXdr);
      // Its number may be used because it was applied meanwhile: the next question tells.
      if (mayHave && refusal.transaction === 'txBAD_SEQ') return sent.latestLedger;
      const fault = diagnose(decodeAll(sent.diagnosticEventsXdr), null);
      throw refused(hash, refusal, fault);
    }
    default:
      throw garbage('sendTransaction');
  }
}

function refusedBy(result: string | undefined): Refusal {
  return result === undefined ? { transaction: 'no result', operation: null } : refusalOf(xdr.TransactionResult.fromXdr(result, 'base64'));
}

function refused(hash: string, refusal: Refusal, fault: Fault): TransactionError {
  const { words, advice } = describeRefusal(refusal, fault);
  if (refusal.transaction === 'txBAD_SEQ') {
    const used = 'The account has made another transaction in the meantime, so this one can no longer be applied. Nothing happened.';
    return new TransactionError('refused', 'The account was used elsewhere', used, 'Prepare it again.', hash, fault);
  }
  if (refusal.transaction === 'txTOO_LATE') return expired(hash);
  return new TransactionError('refused', 'The network refuses the transaction', `${words} Nothing happened.`, advice, hash, fault);
}

/** What became of it; null if it is in no ledger that the server knows. */
function endOf(network: Network, hash: string, found: RawFound): Done | null {
  if (found.status === 'NOT_FOUND') return null;
  if ((found.status !== 'SUCCESS' && found.status !== 'FAILED') || found.ledger === undefined || found.resultXdr === undefined) throw garbage('getTransaction');
  const result = xdr.TransactionResult.fromXdr(found.resultXdr, 'base64');
  const meta = found.resultMetaXdr === undefined ? null : xdr.TransactionMeta.fromXdr(found.resultMetaXdr, 'base64');
  if (found.status === 'FAILED') throw failed(hash, result, diagnosticsOf(found, meta));
  const contractEvents = (found.events?.contractEventsXdr ?? []).flat().map((event) => xdr.ContractEvent.fromXdr(event, 'base64'));
  const place = { id: `${hash}-`, ledger: found.ledger, closedAt: seconds(found.createdAt ?? '0', 'getTransaction'), transaction: hash };
  const returned = meta?.type === 'v3' || meta?.type === 'v4' ? meta.value.sorobanMeta?.returnValue : null;
  return {
    hash,
    ledger: place.ledger,
    closedAt: place.closedAt,
    feeCharged: result.feeCharged,
    result: returned ? scValToNative(returned) : null,
    ...effectsOf(contractEvents.flatMap((event) => told(event) ?? []), place, knownDecimals(network)),
  };
}

function diagnosticsOf(found: RawFound, meta: xdr.TransactionMeta | null): xdr.DiagnosticEvent[] {
  if (found.diagnosticEventsXdr?.length) return decodeAll(found.diagnosticEventsXdr);
  if (meta?.type === 'v4') return meta.value.diagnosticEvents;
  return meta?.type === 'v3' ? (meta.value.sorobanMeta?.diagnosticEvents ?? []) : [];
}

const decodeAll = (events: string[] | undefined) => (events ?? []).map((event) => xdr.DiagnosticEvent.fromXdr(event, 'base64'));

function failed(hash: string, result: xdr.TransactionResult, diagnostics: xdr.DiagnosticEvent[]): TransactionError {
  const fault = diagnose(diagnostics, null);
  const { words, advice } = describeRefusal(refusalOf(result), fault);
  const spent = `${words} Only the fee was spent.`;
  const moved = fault.error ? ' The preview was of an earlier ledger: since then a keeper, a price or somebody else has changed something.' : '';
  return new TransactionError('failed', 'The transaction failed', spent + moved, advice, hash, fault, result.feeCharged);
}

/** Its time is over. Where the server no longer has the ledgers since it was sent, it does not know. */
function over(hash: string, prepared: Prepared, oldestLedger: number): TransactionError {
  if (oldestLedger > prepared.ledger + 1) return unknown(hash, null);
  return expired(hash);
}

function expired(hash: string): TransactionError {
  return new TransactionError(
    'expired',
    'The transaction expired',
    'It was not included within its time, and never will be. Nothing happened, and no fee was spent.',
    'Prepare it again. If the network is busy, wait a little first.',
    hash,
  );
}

function unknown(hash: string, trouble: Unreachable | null): TransactionError {
  const why = trouble === null ? 'The server does not say what became of it.' : trouble.words;
  return new TransactionError(
    'unknown',
    'It is not known whether it was applied',
    `The transaction was handed in. ${why}`,
    'Do not repeat it. Look at the history once the network can be reached again.',
    hash,
  );
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
