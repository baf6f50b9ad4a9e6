import { useEffect, useRef, useState } from 'preact/hooks';
import { assetOf, history, snapshot } from '../store';
import type { ReserveSpentEvent, StepEvent } from '../parts';
import { Notice } from '../ui';
import { whoIs } from './steps';
import { amountText, costText, ratioText, unitOf, type Unit } from './text';
import { isStep } from './totals';

/** Says a step that comes while the page is open. What was there at first is not news. */
export function NewSteps() {
  const { events, loading } = history.value;
  const known = snapshot.value;
  const newest = events.find(isStep);
  const heard = useRef<{ vault: string; id: string | null } | null>(null);
  const [said, setSaid] = useState<{ title: string; words: string } | null>(null);
  useEffect(() => {
    if (!known || loading) return;
    const last = heard.current;
    heard.current = { vault: known.vault, id: newest?.id ?? null };
    if (!last || last.vault !== known.vault || !newest || last.id === newest.id) return;
    const isRescue = newest.kind === 'step' && newest.rescue;
    setSaid({ title: isRescue ? 'A rescue just now' : 'A step just now', words: newsOf(newest, unitOf(known)) });
  }, [known?.vault, newest?.id, loading]);
  return (
    <div role="status" aria-live="polite" class={said ? 'new-step' : 'unseen'} data-testid="new-step">
      {said && (
        <Notice tone="info" title={said.title}>
          <p>{said.words}</p>
        </Notice>
      )}
    </div>
  );
}

function newsOf(step: StepEvent | ReserveSpentEvent, unit: Unit): string {
  const who = whoIs(step.caller);
  const risk = `The risk ratio went from ${ratioText(step.riskBeforeE7)} to ${ratioText(step.riskAfterE7)}.`;
  if (step.kind === 'reserveSpent') return `${who} spent ${amountText(step.amount, assetOf(step.debt), 'up')} of the reserve. ${risk}`;
  const { word, value } = costText(step.costValue, unit);
  return `${who} sold ${amountText(step.sold, assetOf(step.collateral), 'up')} at a ${word} of ${value}. ${risk}`;
}
