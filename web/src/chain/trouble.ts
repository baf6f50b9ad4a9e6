// What goes wrong, in words for whoever reads the page.

/** An error that says what happened and what to do. */
export class Trouble extends Error {
  /** Number of a contract's error, where there is one. */
  readonly code: number | null = null;

  constructor(
    readonly title: string,
    readonly words: string,
    readonly advice: string | null = null,
  ) {
    super(`${title}: ${words}`);
    this.name = new.target.name;
  }
}

/**
 * `offline`: no answer. `timeout`: none in time. `rate-limit`: asked too often. `server`: an HTTP error.
 * `garbage`: an answer that makes no sense. `refused`: an error of JSON-RPC. `behind`: answers of different ledgers.
 */
export type UnreachableKind = 'offline' | 'timeout' | 'rate-limit' | 'server' | 'garbage' | 'refused' | 'behind';

/** The RPC did not answer, or not sensibly: nothing is known. */
export class Unreachable extends Trouble {
  constructor(
    readonly kind: UnreachableKind,
    words: string,
    advice: string | null,
    /** How long the server asks to wait. */
    readonly retryAfterSeconds: number | null = null,
    /** Code of a JSON-RPC error. */
    readonly rpcCode: number | null = null,
  ) {
    super('The network cannot be reached', words, advice);
  }
}
