import { useEffect, useMemo, useState } from 'preact/hooks';
import { assetOf, core, health, isOwner, snapshot } from '../store';
import { AmountError } from '../format/units';
import type { Address, Health, Outcome, Plan, PlannedStep, Snapshot } from '../model';
import type { Core } from '../parts';
import { Card, Figure, Figures, SelectField, TextField } from '../ui';
import { Gauge } from './gauge';
import { firstMove, LEAST_TENTHS, MOST_TENTHS, moveText, moveWords, parseMove, priceAfter, STEP_TENTHS } from './moves';
import { PlanComparison } from './plan-comparison';
import { pricedAssets } from './position';
import { distanceOf } from './prices';
import { planSentence } from './sentence';
import { SliderMarks } from './slider-marks';
import { BannerList, NothingYet } from './standing';
import { DataTable } from './table';
import { amountText, formatPercentUp, lastPrice, priceText, ratioText, unitOf, valueText } from './text';
import './plan.css';

export function PlanView() {
  const known = snapshot.value;
  const arithmetic = core.value;
  if (!known || !arithmetic) return <NothingYet />;
  const found = health.value;
  return (
    <>
      <h1 class="unseen">What if</h1>
      <BannerList only={(banner) => banner.tone === 'danger' || banner.id === 'automation-off' || banner.id === 'stale'} />
      {found?.ok && found.value.debtValue > 0n && found.value.collateralValue > 0n ? (
        <WhatIf snapshot={known} core={arithmetic} health={found.value} />
      ) : (
        <Card title="What if a price moves?">
          <p class="quiet">{found?.ok ? 'Nothing happens at any price while nothing is owed. Borrow first.' : 'No plan can be made without a price of everything that the vault has and owes.'}</p>
        </Card>
      )}
    </>
  );
}

/** Follows a value at most once a frame: a slider moves faster than that. */
function useFrame<T>(value: T): T {
  const [shown, setShown] = useState(value);
  useEffect(() => {
    const frame = requestAnimationFrame(() => setShown(() => value));
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return shown;
}

function WhatIf({ snapshot: known, core: arithmetic, health: present }: { snapshot: Snapshot; core: Core; health: Health }) {
  const assets = useMemo(() => pricedAssets(present), [present]);
  const [chosen, setChosen] = useState<Address | null>(null);
  const asset = chosen && assets.includes(chosen) ? chosen : assets[0]!;
  const now = lastPrice(known, asset) ?? 0n;
  const distance = useMemo(() => distanceOf(arithmetic, known, present, asset), [arithmetic, known, present, asset]);
  const [move, setMove] = useState(() => firstMove(now, distance?.liquidation ?? null));
  const tenths = useFrame(move);
  const price = priceAfter(now, tenths);
  const unit = unitOf(known);
  const code = assetOf(asset).code;
  const target = priceAfter(now, move);
  const targetText = priceText(target, unit, target < now ? 'up' : 'down');
  const gradual = useMemo(() => arithmetic.plan(known, asset, price), [arithmetic, known, asset, price]);
  const jump = useMemo(() => arithmetic.plan(known, asset, price, { jump: true }), [arithmetic, known, asset, price]);
  const bare = useMemo(() => arithmetic.health(known, { prices: new Map([[asset, price]]) }), [arithmetic, known, asset, price]);
  return (
    <>
      <div class="grid even">
        <div class="span-5">
          <Card title="What if a price moves?">
            {assets.length > 1 && (
              <SelectField label="Asset" value={asset} options={assets.map((each) => ({ value: each, label: assetOf(each).code }))} testId="whatif-asset" onChange={setChosen} />
            )}
            <div class="slider">
              <label for="whatif">Price of {code}</label>
              <p class="slider-value" aria-hidden="true">
                <strong>{moveText(move)}%</strong> <span class="quiet">to {targetText}</span>
              </p>
              <input
                id="whatif"
                type="range"
                min={LEAST_TENTHS}
                max={MOST_TENTHS}
                step={STEP_TENTHS}
                value={move}
                onInput={(event) => setMove(Number(event.currentTarget.value))}
                aria-valuetext={`${moveWords(move)}, ${targetText}`}
                data-testid="whatif-slider"
              />
              <SliderMarks now={now} soft={distance?.soft ?? null} liquidation={distance?.liquidation ?? null} />
            </div>
            <MoveField key={asset} move={move} onMove={setMove} />
          </Card>
        </div>
        <div class="span-7">
          <Result plan={gradual} present={present} sentence={planSentence({ plan: gradual, code, price, from: now, unit, isOwner: isOwner.value })} unit={unit} />
        </div>
      </div>
      <Card title="Slowly, or at once">
        <PlanComparison bare={bare} gradual={gradual} jump={jump} unit={unit} />
        <p class="quiet small">
          Slowly: the price moves in rounds of 1%, and keepers act in each. At once: one round, as in a crash between two prices. Sales are taken at the least that the policy accepts; a keeper that bids more costs less.
          {known.state.automation ? '' : ' Automation is off: keepers do nothing.'}
        </p>
      </Card>
      {gradual.ok && gradual.value.steps.length > 0 && (
        <Card title="The steps, if it moves slowly">
          <PlannedSteps steps={gradual.value.steps} snapshot={known} code={code} />
        </Card>
      )}
    </>
  );
}

function MoveField({ move, onMove }: { move: number; onMove(tenths: number): void }) {
  const [typed, setTyped] = useState<{ text: string; problem: string | null } | null>(null);
  useEffect(() => setTyped((last) => (last && last.problem === null && safeMove(last.text) !== move ? null : last)), [move]);
  return (
    <TextField
      label="Or enter the change"
      unit="%"
      inputMode="text"
      value={typed?.text ?? moveText(move)}
      problem={typed?.problem}
      hint={`From ${moveText(LEAST_TENTHS)} to ${moveText(MOST_TENTHS)}.`}
      testId="whatif-move"
      onInput={(text) => {
        try {
          const next = parseMove(text);
          setTyped({ text, problem: null });
          onMove(next);
        } catch (error) {
          if (!(error instanceof AmountError)) throw error;
          setTyped({ text, problem: error.message });
        }
      }}
    />
  );
}

function safeMove(text: string): number | null {
  try {
    return parseMove(text);
  } catch {
    return null;
  }
}

function Result({ plan, present, sentence, unit }: { plan: Outcome<Plan>; present: Health; sentence: string; unit: ReturnType<typeof unitOf> }) {
  const sold = plan.ok ? plan.value.steps.filter((step) => step.sell > 0n).length : 0;
  return (
    <Card title="What happens">
      {plan.ok && (
        <>
          <Gauge
            riskRatioE7={plan.value.after.riskRatioE7}
            targetE7={plan.value.after.targetE7}
            softE7={plan.value.after.softE7}
            hasDebt={plan.value.after.debtValue > 0n}
            fromE7={present.riskRatioE7}
            label="Risk ratio afterwards"
          />
          <div class="pair">
            <Figures>
              <Figure label="Steps" value={sold} note={sold > 0 ? `${formatPercentUp(plan.value.soldShareE7)} of the collateral sold` : 'Nothing is sold'} testId="whatif-steps" />
              <Figure label="Cost at most" value={valueText(plan.value.costValue, unit, 'up')} note={sold > 0 ? `for ${valueText(plan.value.soldValue, unit, 'up')} sold` : ''} testId="whatif-cost" />
            </Figures>
          </div>
        </>
      )}
      <p class="lead" aria-live="polite" data-testid="whatif-sentence">
        {sentence}
      </p>
    </Card>
  );
}

function PlannedSteps({ steps, snapshot: known, code }: { steps: readonly PlannedStep[]; snapshot: Snapshot; code: string }) {
  const unit = unitOf(known);
  const rows = steps.map((step, index) => ({ ...step, number: index + 1 }));
  return (
    <DataTable
      caption="Planned steps"
      testId="whatif-table"
      rowTestId={() => 'whatif-step'}
      keyOf={(row) => row.number}
      rows={rows}
      columns={[
        { title: 'Step', isLead: true, cell: (row) => `Step ${row.number}${row.rescue ? ', a rescue' : ''}` },
        { title: `Price of ${code}`, isNumber: true, cell: (row) => priceText(row.movedPrice, unit, 'down') },
        { title: 'Sells', isNumber: true, cell: (row) => (row.sell > 0n ? amountText(row.sell, assetOf(row.collateral), 'up') : 'nothing') },
        { title: 'Repays', isNumber: true, cell: (row) => amountText(row.repay + row.reserveSpent, assetOf(row.debt), 'down') },
        { title: 'From the reserve', isNumber: true, cell: (row) => (row.reserveSpent > 0n ? amountText(row.reserveSpent, assetOf(row.debt), 'up') : '\u2013') },
        { title: 'Costs at most', isNumber: true, cell: (row) => valueText(row.costValue, unit, 'up') },
        { title: 'Risk ratio', isNumber: true, cell: (row) => `${ratioText(row.riskBeforeE7)} to ${ratioText(row.riskAfterE7)}` },
      ]}
    />
  );
}
