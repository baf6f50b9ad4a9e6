import { useState } from 'preact/hooks';
import { assetOf, config, history, snapshot } from '../store';
import { formatLedgers, formatTime } from '../format/time';
import type { Snapshot } from '../model';
import type { StepEvent, VaultEvent } from '../parts';
import { AddressText, Card, CheckField, Figure, Figures, Icon, Waiting } from '../ui';
import { ActivityChart } from './chart';
import { NewSteps } from './new-steps';
import { BannerList, NothingYet } from './standing';
import { whoIs } from './steps';
import { DataTable } from './table';
import { amountText, costText, counted, ratioText, unitOf, valueText, type Unit } from './text';
import { costBps, explorerLink, isStep, titleOf, totalsOf } from './totals';
import './history.css';

export function HistoryView() {
  const known = snapshot.value;
  if (!known) return <NothingYet />;
  return (
    <>
      <h1 class="unseen">History</h1>
      <BannerList only={(banner) => banner.tone === 'danger' || banner.id === 'stale'} />
      <NewSteps />
      <Totals snapshot={known} />
      <ActivityChart />
      <Events snapshot={known} />
    </>
  );
}

function Totals({ snapshot: known }: { snapshot: Snapshot }) {
  const unit = unitOf(known);
  const totals = totalsOf(history.value.events, (asset) => assetOf(asset).decimals);
  const reserve = [...totals.reserveSpent].map(([asset, amount]) => amountText(amount, assetOf(asset), 'up')).join(', ');
  const cost = costText(totals.costValue, unit);
  return (
    <Card title="What the belt has done" testId="history-totals">
      <div class="totals">
      <Figures>
        <Figure label="Steps" value={totals.steps} note={totals.rescues > 0 ? `of them ${counted(totals.rescues, 'rescue')}` : ''} testId="history-total-steps" />
        <Figure label="Sold" value={valueText(totals.soldValue, unit, 'down')} testId="history-total-sold" />
        <Figure
          label={cost.word === 'gain' ? 'Gained' : 'Cost'}
          value={cost.value}
          note={totals.costBps === null ? '' : `${totals.costBps < 0n ? -totals.costBps : totals.costBps} bps of what was sold`}
          testId="history-total-cost"
        />
        <Figure label="Reserve spent" value={reserve || 'none'} testId="history-total-reserve" />
      </Figures>
      </div>
      <Reach snapshot={known} />
    </Card>
  );
}

/** How far back anything is known. */
function Reach({ snapshot: known }: { snapshot: Snapshot }) {
  const { since, loading } = history.value;
  if (loading) return <Waiting>Reading the history</Waiting>;
  if (since === null) return null;
  return (
    <p class="quiet small" data-testid="history-since">
      The server keeps events since ledger {since}, about {formatLedgers(Math.max(0, known.ledger - since))} back. What came before is not counted here; it stays on the ledger.
    </p>
  );
}

function Events({ snapshot: known }: { snapshot: Snapshot }) {
  const [onlySteps, setOnlySteps] = useState(false);
  const { events, loading } = history.value;
  const shown = onlySteps ? events.filter(isStep) : events;
  const unit = unitOf(known);
  return (
    <Card title="Events" actions={events.length > 0 && <CheckField label="Only steps" checked={onlySteps} onChange={setOnlySteps} testId="history-only-steps" />}>
      {shown.length === 0 ? (
        !loading && (
          <p class="quiet" data-testid="history-empty">
            {events.length === 0 ? 'Nothing has happened in the time that the server keeps.' : 'No step in the time that the server keeps: the risk ratio was below soft, or no keeper acted.'}
          </p>
        )
      ) : (
        <DataTable
          caption="Events, newest first"
          testId="history-table"
          rows={shown}
          keyOf={(event) => event.id}
          rowTestId={(event) => (isStep(event) ? 'step-row' : 'event-row')}
          columns={[
            { title: 'What', isLead: true, cell: (event) => <What event={event} /> },
            { title: 'When', cell: (event) => formatTime(event.closedAt) },
            { title: 'Risk ratio', isNumber: true, cell: (event) => (isStep(event) ? `${ratioText(event.riskBeforeE7)} to ${ratioText(event.riskAfterE7)}` : null) },
            { title: 'Cost', isNumber: true, cell: (event) => (event.kind === 'step' ? <Cost event={event} unit={unit} /> : null) },
            { title: 'By', cell: (event) => ('caller' in event ? whoIs(event.caller) : 'party' in event && event.party !== null ? whoIs(event.party) : null) },
            { title: 'Transaction', cell: (event) => <Transaction hash={event.transaction} /> },
          ]}
        />
      )}
    </Card>
  );
}

function What({ event }: { event: VaultEvent }) {
  if (event.kind === 'step') {
    return (
      <>
        <strong>{titleOf(event)}</strong>
        <span class="event-detail">
          sold {amountText(event.sold, assetOf(event.collateral), 'up')}, repaid {amountText(event.repaid, assetOf(event.debt), 'down')}
        </span>
      </>
    );
  }
  if (event.kind === 'reserveSpent') {
    return (
      <>
        <strong>{titleOf(event)}</strong>
        <span class="event-detail">repaid {amountText(event.amount, assetOf(event.debt), 'down')}</span>
      </>
    );
  }
  if ('amount' in event) {
    const isOut = event.kind === 'withdrawn' || event.kind === 'reserveWithdrawn' || event.kind === 'repaid';
    return (
      <>
        <strong>{titleOf(event)}</strong>
        <span class="event-detail">{amountText(event.amount, assetOf(event.asset), isOut ? 'down' : 'up')}</span>
      </>
    );
  }
  return (
    <>
      <strong>{titleOf(event)}</strong>
      <span class="event-detail">{event.words}</span>
    </>
  );
}

function Cost({ event, unit }: { event: StepEvent; unit: Unit }) {
  const { word, value } = costText(event.costValue, unit);
  const bps = costBps(event, assetOf(event.collateral).decimals);
  return (
    <>
      {word === 'gain' ? `gain ${value}` : value}
      {bps !== null && <span class="event-detail">{`${bps < 0n ? -bps : bps} bps`}</span>}
    </>
  );
}

function Transaction({ hash }: { hash: string }) {
  const link = explorerLink(config.value?.explorerUrl ?? null, hash);
  return (
    <span class="event-hash">
      <AddressText address={hash} label="the transaction's hash" />
      {link && (
        <a href={link} target="_blank" rel="noopener noreferrer" aria-label="Look the transaction up">
          <Icon name="out" />
        </a>
      )}
    </span>
  );
}
