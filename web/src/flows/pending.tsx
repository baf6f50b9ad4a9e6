// Transactions whose dialog was closed: they go on, and here is how they end.
import { Button, Icon, Waiting } from '../ui';
import { Hash } from './progress';
import { aside, putAway, type Run } from './run';
import './flows.css';

export function PendingNotices() {
  if (aside.value.length === 0) return null;
  return (
    <aside class="flow-aside" aria-label="Transactions" data-testid="pending">
      {aside.value.map((run) => (
        <Pending key={run.id} run={run} />
      ))}
    </aside>
  );
}

function Pending({ run }: { run: Run }) {
  const state = run.state.value;
  if (state.stage === 'done') {
    return (
      <Ended run={run} tone="good" words={run.intent.done}>
        <p class="small">
          Ledger {state.done.ledger}, <Hash hash={state.done.hash} />
        </p>
      </Ended>
    );
  }
  if (state.stage === 'failed') {
    return (
      <Ended run={run} tone="danger" words={`${state.error.title}: ${run.intent.action}`}>
        <p class="small">
          {state.error.words} {state.error.advice}
        </p>
        {state.unknown && (
          <div class="buttons">
            <Button onClick={run.look}>Look again</Button>
          </div>
        )}
      </Ended>
    );
  }
  return (
    <div class="notice notice-info" data-testid="pending-row">
      <Waiting>Under way: {run.intent.action}</Waiting>
    </div>
  );
}

function Ended({ run, tone, words, children }: { run: Run; tone: 'good' | 'danger'; words: string; children: preact.ComponentChildren }) {
  return (
    <div class={`notice notice-${tone}`} role="status" data-testid="pending-row">
      <Icon name={tone === 'good' ? 'check' : 'warning'} />
      <div>
        <p class="notice-title">{words}</p>
        {children}
      </div>
      <Button onClick={() => putAway(run)} aria-label={`Put away: ${words}`}>
        OK
      </Button>
    </div>
  );
}
