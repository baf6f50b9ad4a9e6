// A transaction on its way: signing, sending, waiting for the ledger. It outlives the dialog that began it.
import { computed, signal, type Signal } from '@preact/signals';
import { explain } from '../chain/errors';
import type { Network } from '../chain/rpc';
import { submit, type Done } from '../chain/transact';
import type { Explained, Wallet } from '../parts';
import type { Intent, Preview } from './types';

export type RunState =
  | { stage: 'signing' }
  | { stage: 'sending' | 'waiting' }
  | { stage: 'done'; done: Done }
  | { stage: 'failed'; error: Explained; hash: string | null };

export interface Run {
  id: number;
  flowId: string;
  account: string;
  preview: Preview;
  intent: Intent;
  state: Signal<RunState>;
  /** Gives up waiting for the wallet: what it may still sign is not sent. */
  stop(): void;
}

/** Every transaction of this visit that is not put away yet, oldest first. */
export const runs = signal<Run[]>([]);
/** The one that the dialog shows. */
export const shown = signal<number | null>(null);

const isOver = ({ stage }: RunState) => stage === 'done' || stage === 'failed';

/** Sent and not known yet: another of the same account would use the same sequence number. */
export const underWay = computed(() => runs.value.filter((run) => !isOver(run.state.value)));

/** What the reader has closed the dialog of. */
export const aside = computed(() => runs.value.filter((run) => run.id !== shown.value));

export function putAway(run: Run): void {
  runs.value = runs.value.filter((each) => each !== run);
}

let lastId = 0;

export interface Begin {
  network: Network;
  wallet: Wallet;
  flowId: string;
  preview: Preview;
  /** Called once it is applied. */
  onDone(done: Done): void;
}

export function begin({ network, wallet, flowId, preview, onDone }: Begin): Run {
  const state = signal<RunState>({ stage: 'signing' });
  let isStopped = false;
  const run: Run = {
    id: ++lastId,
    flowId,
    account: wallet.address,
    preview,
    intent: preview.intent,
    state,
    stop() {
      if (state.value.stage !== 'signing') return;
      isStopped = true;
      state.value = { stage: 'failed', hash: null, error: { title: 'Not signed', words: 'You stopped waiting for the wallet. Nothing was sent, and nothing will be.', advice: null, code: null } };
    },
  };
  const { prepared } = preview;
  const follow = async () => {
    const signed = await wallet.sign(prepared.transaction.toXdr(), network.passphrase);
    if (isStopped) return;
    state.value = { stage: 'sending' };
    const done = await submit(network, signed, prepared, (stage) => {
      if (stage === 'waiting') state.value = { stage };
    });
    state.value = { stage: 'done', done };
    onDone(done);
  };
  follow().catch((error: unknown) => {
    if (!isStopped) state.value = { stage: 'failed', error: explain(error), hash: hashOf(error) };
  });
  runs.value = [...runs.value, run];
  shown.value = run.id;
  return run;
}

const hashOf = (error: unknown): string | null => {
  const { hash } = (error ?? {}) as { hash?: unknown };
  return typeof hash === 'string' ? hash : null;
};
