// JSON-RPC to a Stellar RPC server. Not the SDK's server class: it answers every fault with another kind of error,
// never gives up waiting, and asks for whole ledgers where a number would do.
import type { NetworkConfig } from './config';
import type { Address } from '../model';
import { Trouble, Unreachable } from './trouble';

export { Unreachable } from './trouble';

const TIMEOUT_MS = 15_000;
const WAIT_ADVICE = 'What you see may be old. The page keeps trying.';

/** A network, as the page talks to it. */
export interface Network {
  config: NetworkConfig;
  rpc: Rpc;
  passphrase: string;
}

export function connect(config: NetworkConfig): Network {
  return { config, rpc: new Rpc(config.rpcUrl), passphrase: config.networkPassphrase };
}

/** The newest ledger that the server knows, and how far back it remembers. */
export interface Latest {
  ledger: number;
  /** Unix seconds. */
  closedAt: bigint;
  oldestLedger: number;
}

export class Rpc {
  private lastId = 0;
  constructor(readonly url: string) {}

  /**
   * Asks once.
   * @throws {Unreachable}
   */
  async call<T>(method: string, params?: object, timeoutMs = TIMEOUT_MS): Promise<T> {
    const id = ++this.lastId;
    let response: Response;
    let body: string;
    try {
      response = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params }),
        signal: AbortSignal.timeout(timeoutMs),
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
      body = await response.text();
    } catch (error) {
      const isLate = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
      if (isLate) throw new Unreachable('timeout', `The server did not answer within ${timeoutMs / 1000} seconds.`, WAIT_ADVICE);
      throw new Unreachable('offline', 'The server does not answer.', `Check your connection. ${WAIT_ADVICE}`);
    }
    if (response.status === 429) {
      const seconds = retryAfter(response.headers.get('retry-after'));
      const when = seconds === null ? '' : ` It asks to wait ${seconds} s.`;
      throw new Unreachable('rate-limit', `The server is asked too often.${when}`, WAIT_ADVICE, seconds ?? 5);
    }
    let answer: unknown;
    try {
      answer = JSON.parse(body);
    } catch {
      // An error page of a proxy says more by its status than by its text.
      if (!response.ok) throw httpError(response.status);
      throw garbage(method);
    }
    if (typeof answer !== 'object' || answer === null) throw garbage(method);
    const { result, error } = answer as { result?: T; error?: { code?: unknown; message?: unknown } };
    if (typeof error === 'object' && error !== null) {
      const said = typeof error.message === 'string' ? error.message.split('\n')[0]!.slice(0, 300) : 'no reason given';
      const code = typeof error.code === 'number' ? error.code : null;
      throw new Unreachable('refused', `The server refuses to answer ${method}: ${said}.`, WAIT_ADVICE, null, code);
    }
    if (!response.ok) throw httpError(response.status);
    if (result === undefined || result === null) throw garbage(method);
    return result;
  }

  /** The newest ledger. */
  async latest(): Promise<Latest> {
    interface Health {
      latestLedger: number;
      latestLedgerCloseTime?: string;
      oldestLedger?: number;
    }
    const health = await this.call<Health>('getHealth');
    if (!Number.isInteger(health.latestLedger)) throw garbage('getHealth');
    const oldestLedger = health.oldestLedger ?? health.latestLedger;
    if (health.latestLedgerCloseTime !== undefined) {
      return { ledger: health.latestLedger, closedAt: seconds(health.latestLedgerCloseTime, 'getHealth'), oldestLedger };
    }
    // Older servers tell the time only beside the whole ledger.
    const newest = await this.call<{ sequence: number; closeTime: string }>('getLatestLedger');
    if (!Number.isInteger(newest.sequence)) throw garbage('getLatestLedger');
    return { ledger: newest.sequence, closedAt: seconds(newest.closeTime, 'getLatestLedger'), oldestLedger };
  }
}

/** Decimals of the assets that the configuration lists; most others have seven. */
export function knownDecimals({ config }: Network): (asset: Address) => number {
  return (asset) => config.assets.find((each) => each.contract === asset)?.decimals ?? 7;
}

/** Refuses a server of another network. */
export async function checkNetwork(network: Network): Promise<void> {
  const { passphrase } = await network.rpc.call<{ passphrase: string }>('getNetwork');
  if (typeof passphrase !== 'string') throw garbage('getNetwork');
  if (passphrase !== network.passphrase) {
    throw new Trouble(
      'The server is of another network',
      `It serves "${passphrase}", and this page is set up for "${network.passphrase}".`,
      'Whoever serves this page must mend config.json. Sign nothing until then.',
    );
  }
}

export function garbage(method: string): Unreachable {
  return new Unreachable('garbage', `The server's answer to ${method} makes no sense.`, WAIT_ADVICE);
}

/** Unix seconds, which servers tell as text. */
export function seconds(value: unknown, method: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) throw garbage(method);
  return BigInt(value);
}

function httpError(status: number): Unreachable {
  return new Unreachable('server', `The server answers with the error ${status}.`, WAIT_ADVICE);
}

/** Seconds of a Retry-After, which may be a date. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const count = Number(header);
  const wait = Number.isFinite(count) ? count : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(wait) ? Math.min(Math.max(Math.ceil(wait), 1), 300) : null;
}
