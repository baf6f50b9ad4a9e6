import { useMemo } from 'preact/hooks';
import { connection, core, isOwner, openFlow, snapshot, wallet } from '../store';
import { formatDuration, formatLedgers } from '../format/time';
import { linkTo } from '../route';
import type { AuctionView as View, Snapshot } from '../model';
import type { Core, FlowName } from '../parts';
import { Button, Card, Figure, Figures, Notice, Row, Rows } from '../ui';
import { AuctionCurve } from './auction-curve';
import { BID_NOTHING_AGE, curveOf } from './curve';
import { BannerList, NothingYet } from './standing';
import { costText, unitOf, valueText, type Unit } from './text';
import { sentenceOf } from './words';
import './auction.css';

export function AuctionView() {
  const known = snapshot.value;
  const arithmetic = core.value;
  if (!known || !arithmetic) return <NothingYet />;
  return (
    <>
      <h1 class="unseen">Auction</h1>
      <BannerList only={(banner) => banner.id !== 'auction'} />
      {known.auction ? (
        <Open snapshot={known} core={arithmetic} />
      ) : (
        <Card title="No auction is open">
          <p data-testid="auction-none">Nobody is liquidating this vault.</p>
          <p>
            <a href={linkTo('overview')}>Back to the overview</a>
          </p>
        </Card>
      )}
    </>
  );
}

function Open({ snapshot: known, core: arithmetic }: { snapshot: Snapshot; core: Core }) {
  const ledger = Math.max(known.ledger, connection.value?.ledger ?? 0);
  const found = useMemo(() => arithmetic.auction(known, ledger), [arithmetic, known, ledger]);
  const points = useMemo(() => curveOf(arithmetic, known), [arithmetic, known]);
  const unit = unitOf(known);
  if (!found) return null;
  return (
    <>
      {found.ok ? (
        <div class="grid">
          <div class="span-7 stack">
            <Card title="Liquidation auction" testId="auction">
              <Clock view={found.value} unit={unit} />
              <AuctionCurve points={points} view={found.value} unit={unit} />
              <p class="quiet small">What being filled costs you, in {unit.name}, by ledgers since the start, at present prices. Below zero you gain and whoever fills it loses: nobody does that.</p>
            </Card>
          </div>
          <div class="span-5 stack">
            <Ahead view={found.value} core={arithmetic} snapshot={known} ledger={ledger} unit={unit} />
          </div>
        </div>
      ) : (
        <Notice tone="warning" title="The auction cannot be valued" testId="auction-trouble">
          <p>{sentenceOf(found.code)}</p>
        </Notice>
      )}
      <WhatToDo snapshot={known} view={found.ok ? found.value : null} />
    </>
  );
}

/** What a fill costs the owner, in words. */
function fillText(costValue: bigint, unit: Unit): string {
  const { word, value } = costText(costValue, unit);
  return word === 'gain' ? `a gain of ${value}` : value;
}

function Clock({ view, unit }: { view: View; unit: Unit }) {
  const whom = isOwner.value ? 'you' : 'the owner';
  return (
    <div class="pair">
      <Figures>
        <Figure label="Age" value={`${view.age} of ${BID_NOTHING_AGE} ledgers`} note={`Started about ${formatLedgers(view.age)} ago`} testId="auction-age" />
        <Figure
          label={`A fill now would cost ${whom}`}
          value={view.costValue < 0n ? 'nothing' : valueText(view.costValue, unit, 'up')}
          note={view.costValue < 0n ? `It would be ${fillText(view.costValue, unit)}` : `They take ${valueText(view.lotValue, unit, 'up')} and repay ${valueText(view.bidValue, unit, 'down')}`}
          {...(view.costValue > 0n ? { tone: 'danger' as const } : {})}
          testId="auction-cost-now"
        />
      </Figures>
    </div>
  );
}

const LOOK_AHEAD = [12, 60, 120];

function Ahead({ view, core: arithmetic, snapshot: known, ledger, unit }: { view: View; core: Core; snapshot: Snapshot; ledger: number; unit: Unit }) {
  const later = LOOK_AHEAD.flatMap((ledgers) => {
    const at = arithmetic.auction(known, ledger + ledgers);
    return at?.ok ? [{ ledgers, costValue: at.value.costValue }] : [];
  });
  const until = (age: number | null, never: string) => {
    if (age === null) return never;
    return age <= view.age ? 'now' : `in ${age - view.age} ledgers, about ${formatDuration((age - view.age) * 5)}`;
  };
  return (
    <Card title="What comes">
      <Rows>
        <Row label="Keepers may rescue" testId="auction-rescue">
          {known.state.automation ? until(view.rescueAge, 'not at present prices') : 'no: automation is off'}
        </Row>
        <Row label={isOwner.value ? 'A fill begins to cost you' : 'A fill begins to cost the owner'}>{until(view.breakEvenAge, 'not at present prices')}</Row>
        <Row label="A filler makes 10%" testId="auction-filler">
          {until(view.fillerAge, 'not at present prices')}
        </Row>
        <Row label="Anybody may delete it">{until(view.staleAge, 'never')}</Row>
        {later.map(({ ledgers, costValue }) => (
          <Row key={ledgers} label={`A fill ${formatLedgers(ledgers)} from now`}>
            {fillText(costValue, unit)}
          </Row>
        ))}
      </Rows>
      <p class="quiet small">Times are reckoned at five seconds a ledger. A filler that asks for less than 10% comes earlier, and any of them may take a part only.</p>
    </Card>
  );
}

interface Option {
  flow: FlowName;
  label: string;
  words: string;
  isPossible: boolean;
  isPrimary?: boolean;
}

function WhatToDo({ snapshot: known, view }: { snapshot: Snapshot; view: View | null }) {
  const owner = isOwner.value;
  const canSign = Boolean(wallet.value?.canSign) && known.genuine;
  const isFree = view !== null && view.costValue <= 0n;
  const options: Option[] = [
    { flow: 'repay', label: 'Repay', words: 'Enough that the risk ratio is below 100%: the auction is deleted in the same transaction. Costs nothing but what you owe anyway.', isPossible: canSign, isPrimary: true },
    { flow: 'deposit', label: 'Deposit', words: 'More collateral does the same, and sells nothing.', isPossible: owner && canSign },
    { flow: 'rescue', label: 'Rescue', words: 'Sell collateral yourself, at a price that you accept, to just below the rescue target. You need not wait for the auction\u2019s clock.', isPossible: owner && canSign },
    { flow: 'close', label: 'Close', words: 'Repay everything out of the collateral and take the rest out.', isPossible: owner && canSign },
  ];
  if (view && view.age >= view.staleAge) {
    options.push({ flow: 'clearAuction', label: 'Delete the auction', words: 'It is old enough that anybody may. A new one may be opened if the vault is still at 100% or more.', isPossible: canSign });
  }
  return (
    <Card title={owner ? 'What you can do now' : 'What can be done now'} testId="auction-options">
      <ul class="options">
        {options.map((option) => (
          <li key={option.flow}>
            <Button kind={option.isPrimary ? 'primary' : 'plain'} disabled={!option.isPossible} testId={`auction-option-${option.flow}`} onClick={() => openFlow(option.flow)}>
              {option.label}
            </Button>
            <p>{option.words}</p>
          </li>
        ))}
        <li>
          <strong class="option-wait">Wait</strong>
          <p>
            {isFree
              ? `While a fill costs you nothing, waiting is free, and the price may come back.${known.state.automation ? ' Keepers may rescue shortly before it begins to cost.' : ' Automation is off: no keeper will rescue it.'}`
              : 'A fill costs you more with every ledger. Waiting pays only if the price comes back at once, or a keeper rescues before anybody fills it.'}
          </p>
        </li>
      </ul>
    </Card>
  );
}
