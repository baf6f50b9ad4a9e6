// A transaction on its way: signing, sending, waiting for the ledger. It outlives the dialog that began it.
import { computed, signal, type Signal } from '@preact/signals';
import { explain } from '../chain/errors';
import type { Network } from '../chain/rpc';
import type { OnStage } from '../chain/submit';
import { settle, submit, TransactionError, type Done, type Prepared } from '../chain/transact';
import type { Explained, Wallet } from '../parts';
import type { Intent, Preview } from './types';

export type RunState =
  | { stage: 'signing' }
  /** `trouble` says why nothing is heard, while that is so. */
  | { stage: 'sending' | 'waiting'; trouble: Explained | null }
  | { stage: 'done'; done: Done }
  /** `unknown`: it may have been applied, or may still be. */
  | { stage: 'failed'; error: Explained; hash: string | null; unknown: boolean };

export interface Run {
  id: number;
  flowId: string;
  account: string;
  intent: Intent;
  state: Signal<RunState>;
  /** What is signed: the call, or the restoring of archived entries that must come before it. */
  prepared: Prepared;
  restoring: boolean;
  /** Gives up waiting for the wallet: what it may still sign is not sent. */
  stop(): void;
  /** Asks again what became of it. */
  look(): void;
}

/** Every transaction of this visit that is not put away yet, oldest first. */
export const runs = signal<Run[]>([]);
/** The one that the dialog shows. */
export const shown = signal<number | null>(null);

const isOver = (state: RunState) => state.stage === 'done' || state.stage === 'failed';

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
  preview: Omit<Preview, 'after'>;
  /** Called once it is applied. */
  onDone(done: Done): void;
}

export function begin({ network, wallet, flowId, preview, onDone }: Begin): Run {
  const state = signal<RunState>({ stage: 'signing' });
  const { restore } = preview.prepared;
  const prepared = restore ?? preview.prepared;
  let isStopped = false;
  const onStage: OnStage = (stage, trouble = null) => {
    if (stage !== 'applied') state.value = { stage, trouble };
  };
  const end = async (ending: Promise<Done>) => {
    try {
      const done = await ending;
      state.value = { stage: 'done', done };
      onDone(done);
    } catch (error) {
      if (isStopped) return;
      const known = error instanceof TransactionError ? error : null;
      state.value = { stage: 'failed', error: explain(error), hash: known?.hash ?? null, unknown: known?.kind === 'unknown' };
    }
  };
  const run: Run = {
    id: ++lastId,
    flowId,
    account: wallet.address,
    intent: preview.intent,
    prepared,
    restoring: restore !== null,
    state,
    stop() {
      if (state.value.stage !== 'signing') return;
      isStopped = true;
      const error = { title: 'Not signed', words: 'You stopped waiting for the wallet. Nothing was sent, and nothing will be.', advice: null, code: null };
      state.value = { stage: 'failed', hash: null, error, unknown: false };
    },
    look() {
      state.value = { stage: 'waiting', trouble: null };
      void end(settle(network, prepared, onStage));
    },
  };
  const send = async (): Promise<Done> => {
    const signed = await wallet.sign(prepared.transaction.toXdr(), network.passphrase);
    if (isStopped) return new Promise(() => undefined);
    state.value = { stage: 'sending', trouble: null };
    return submit(network, signed, prepared, onStage);
  };
  runs.value = [...runs.value, run];
  shown.value = run.id;
  void end(send());
  return run;
}
