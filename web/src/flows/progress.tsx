// A transaction on its way, and how it ended.
import { useEffect, useRef } from 'preact/hooks';
import { config, health, openFlow, snapshot } from '../store';
import { AddressText, Button, Notice, Row, Rows, Trouble, Waiting } from '../ui';
import { saidFee } from './fee';
import { Lines } from './preview';
import { saidRisk } from './risk';
import { type Run, type RunState } from './run';

export const WORDS: Record<RunState['stage'], string> = {
  signing: 'Waiting for the signature.',
  sending: 'Sending the transaction.',
  waiting: 'Sent. Waiting for the ledger.',
  done: 'Done.',
  failed: 'Not done.',
};

/** Where the reader is, of preview, signature, sending and ledger. */
export function Stages({ at, failed }: { at: number; failed: boolean }) {
  return (
    <ol class="flow-stages" aria-hidden="true">
      {['Preview', 'Sign', 'Send', 'Ledger'].map((name, index) => (
        <li key={name} class={index < at ? 'is-past' : index === at ? (failed ? 'is-failed' : 'is-now') : undefined}>
          {name}
        </li>
      ))}
    </ol>
  );
}

export function placeOf(state: RunState | null): number {
  if (state === null) return 0;
  // What was never sent failed at the signature.
  if (state.stage === 'failed') return state.hash === null ? 1 : 3;
  return { signing: 1, sending: 2, waiting: 3, done: 4 }[state.stage];
}

interface Props {
  id: string;
  run: Run;
  walletName: string;
  /** What the button of a result says, where the reader comes from something else. */
  doneWords?: string;
  onAgain(): void;
  onClose(): void;
}

export function Progress({ id, run, walletName, doneWords, onAgain, onClose }: Props) {
  const state = run.state.value;
  switch (state.stage) {
    case 'signing':
      return (
        <div class="stack">
          <Waiting>Confirm in {walletName}: {run.restoring ? 'restore archived entries' : run.intent.action}.</Waiting>
          <p class="quiet small">Compare what the wallet shows with this. Nothing is sent before you confirm there.</p>
          <div class="buttons">
            <Button onClick={run.stop} testId={`${id}-stop`}>
              Stop waiting
            </Button>
          </div>
        </div>
      );
    case 'sending':
    case 'waiting':
      return (
        <div class="stack">
          <Waiting>{state.stage === 'sending' ? 'Handing it to the network' : 'Waiting until a ledger has it: about five seconds'}</Waiting>
          {state.trouble && (
            <Notice tone="warning" title={state.trouble.title} testId={`${id}-trouble`}>
              {state.trouble.words} {state.stage === 'waiting' ? 'The transaction is under way all the same.' : 'The page hands it in again as soon as it can, for two minutes.'}
            </Notice>
          )}
          {canLeave(state) && (
            <>
              <p class="quiet small">It goes on if you close this. The page tells you how it ended.</p>
              <div class="buttons">
                <Button onClick={onClose} testId={`${id}-leave`}>
                  Close
                </Button>
              </div>
            </>
          )}
        </div>
      );
    case 'done':
      if (run.restoring) return <Restored id={id} onAgain={onAgain} />;
      return <Result id={id} run={run} state={state} doneWords={doneWords ?? 'Done'} onClose={onClose} />;
    case 'failed':
      return <Failed id={id} run={run} state={state} onAgain={onAgain} onClose={onClose} />;
  }
}

function useFocus() {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}

/** Archived entries came first; now the call itself. */
function Restored({ id, onAgain }: { id: string; onAgain(): void }) {
  const element = useFocus();
  return (
    <div class="stack flow-end" ref={element} tabIndex={-1} data-testid={`${id}-restored`}>
      <Notice tone="good" title="The archived entries are restored.">
        The call itself comes next, with a preview and a signature of its own.
      </Notice>
      <div class="buttons">
        <Button kind="primary" onClick={onAgain} testId={`${id}-again`}>
          Go on
        </Button>
      </div>
    </div>
  );
}

/** Whether the dialog may be closed while the transaction goes on. */
export const canLeave = (state: RunState): boolean => state.stage === 'waiting' || (state.stage === 'sending' && state.trouble !== null);

type Ended<Stage extends RunState['stage']> = { id: string; run: Run; state: Extract<RunState, { stage: Stage }>; onClose(): void };

function Result({ id, run, state, doneWords, onClose }: Ended<'done'> & { doneWords: string }) {
  const element = useFocus();
  const { done } = state;
  const lines = run.intent.found?.(done) ?? [];
  const isFresh = (snapshot.value?.ledger ?? 0) >= done.ledger;
  const now = run.intent.changes !== null && isFresh && health.value?.ok ? health.value.value : null;
  return (
    <div class="stack flow-end" ref={element} tabIndex={-1} data-testid={`${id}-result`}>
      <Notice tone="good" title={run.intent.done} />
      <Rows>
        <Lines id={`${id}-result`} lines={lines} />
        {now && (
          <Row label="Risk ratio now" testId={`${id}-result-risk`}>
            {saidRisk(now.riskRatioE7)}
          </Row>
        )}
        <Row label="Fee charged" testId={`${id}-result-fee`}>
          {saidFee(done.feeCharged)}
        </Row>
        <Row label="Ledger" testId={`${id}-result-ledger`}>
          {String(done.ledger)}
        </Row>
        <Row label="Transaction">
          <Hash hash={done.hash} testId={`${id}-result-hash`} />
        </Row>
      </Rows>
      <div class="buttons">
        {id === 'create' && (
          <Button kind="primary" onClick={() => openFlow('deposit')} testId={`${id}-next`}>
            Deposit collateral
          </Button>
        )}
        <Button kind={id === 'create' ? 'plain' : 'primary'} onClick={onClose} testId={`${id}-done`}>
          {doneWords}
        </Button>
      </div>
    </div>
  );
}

function Failed({ id, run, state, onAgain, onClose }: Ended<'failed'> & { onAgain(): void }) {
  const element = useFocus();
  return (
    <div class="stack flow-end" ref={element} tabIndex={-1}>
      <Trouble of={state.error} testId={`${id}-error`}>
        {state.hash && (
          <p>
            Transaction <Hash hash={state.hash} testId={`${id}-error-hash`} />
          </p>
        )}
      </Trouble>
      <div class="buttons">
        {state.unknown ? (
          <Button kind="primary" onClick={run.look} testId={`${id}-look`}>
            Look again
          </Button>
        ) : (
          <Button kind="primary" onClick={onAgain} testId={`${id}-again`}>
            Try again
          </Button>
        )}
        <Button onClick={onClose} testId={`${id}-close`}>
          Close
        </Button>
      </div>
    </div>
  );
}

export function Hash({ hash, testId }: { hash: string; testId?: string }) {
  const explorer = config.value?.explorerUrl;
  return (
    <>
      <AddressText address={hash} label="transaction hash" {...(testId ? { testId } : {})} />
      {explorer && (
        <a href={explorer.replace('{hash}', hash)} target="_blank" rel="noreferrer noopener">
          Explorer
        </a>
      )}
    </>
  );
}
