import { assetOf, snapshot, wallet } from '../store';
import { formatTime, shortAddress } from '../format/time';
import type { ReserveSpentEvent, StepEvent } from '../parts';
import { amountText, costText, ratioText, unitOf, type Unit } from './text';

/** The newest steps, in short. */
export function StepList({ events }: { events: (StepEvent | ReserveSpentEvent)[] }) {
  const known = snapshot.value;
  if (!known) return null;
  const unit = unitOf(known);
  return (
    <ul class="step-list">
      {events.map((event) => (
        <li key={event.id} data-testid="step-row">
          <p class="step-what">
            {event.kind === 'step' ? (
              <>
                {event.rescue ? 'Rescue: sold ' : 'Sold '}
                <strong>{amountText(event.sold, assetOf(event.collateral), 'up')}</strong>, repaid <strong>{amountText(event.repaid, assetOf(event.debt), 'down')}</strong>
              </>
            ) : (
              <>
                Spent <strong>{amountText(event.amount, assetOf(event.debt), 'up')}</strong> of the reserve on debt
              </>
            )}
          </p>
          <p class="quiet small">
            {formatTime(event.closedAt)} · risk {ratioText(event.riskBeforeE7)} to {ratioText(event.riskAfterE7)}
            {event.kind === 'step' && ` · ${costWords(event, unit)}`} · <span class="nowrap">by {whoIs(event.caller)}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}

function costWords(event: StepEvent, unit: Unit): string {
  const { word, value } = costText(event.costValue, unit);
  return `${word} ${value}`;
}

export function whoIs(address: string): string {
  if (address === snapshot.value?.state.owner) return address === wallet.value?.address ? 'you' : 'the owner';
  return `keeper ${shortAddress(address)}`;
}
