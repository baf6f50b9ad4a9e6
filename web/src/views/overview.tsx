import { useMemo } from 'preact/hooks';
import { core, health, history, isOwner, openFlow, snapshot, wallet } from '../store';
import { linkTo } from '../route';
import type { Health, Snapshot } from '../model';
import { formatShareE7 } from '../format/units';
import type { FlowName } from '../parts';
import { Button, Card, Figure, Figures } from '../ui';
import { Gauge } from './gauge';
import { Holdings } from './holdings';
import { NewSteps } from './new-steps';
import { PlanSentence } from './plan-sentence';
import { mainCollateral } from './position';
import { Prices } from './prices';
import { BannerList, NothingYet } from './standing';
import { STANDING, standingOf, UNWINDING_ALONE } from './state';
import { StepList } from './steps';
import { ratioText, shareText } from './text';
import './views.css';

export function Overview() {
  const known = snapshot.value;
  if (!known) return <NothingYet />;
  const found = health.value;
  const now = found?.ok ? found.value : null;
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <BannerList />
      <NewSteps />
      <div class="grid even">
        <div class="span-7">
          <Safety snapshot={known} health={now} />
        </div>
        <div class="span-5">
          <Prices snapshot={known} health={now} />
        </div>
        {now && now.debtValue > 0n && now.collateralValue > 0n && !known.auction && <ThePlan snapshot={known} health={now} />}
      </div>
      <Holdings snapshot={known} health={now} />
      <div class="grid">
        <div class="span-7 stack">
          <RecentSteps />
        </div>
        <div class="span-5 stack">
          <More snapshot={known} />
        </div>
      </div>
    </>
  );
}

function Safety({ snapshot: known, health: now }: { snapshot: Snapshot; health: Health | null }) {
  if (!now) {
    return (
      <Card title="Safety">
        <p class="quiet">The risk ratio is not known without a price of everything that the vault has and owes.</p>
      </Card>
    );
  }
  const standing = standingOf(known, now);
  const { title, words, tone } = STANDING[standing];
  const hasDebt = now.debtValue > 0n;
  const { policy } = known.state;
  const isAlone = standing === 'unwinding' && !known.state.automation;
  return (
    <Card title="Safety" testId="safety">
      <div class="pair">
        <Figures>
        <Figure
          label="Risk ratio"
          value={hasDebt ? ratioText(now.riskRatioE7) : '0%'}
          {...(tone === 'warning' || tone === 'danger' ? { tone } : {})}
          note={title}
          testId="risk-ratio"
        />
        <Figure
          label="Loan to value"
          value={hasDebt ? ratioText(now.nominalLtvE7) : '0%'}
          note={hasDebt ? `Liquidated at ${formatShareE7(now.liquidationLtvE7)}` : 'Nothing is owed'}
          testId="ltv"
        />
      </Figures>
      </div>
      <Gauge riskRatioE7={now.riskRatioE7} targetE7={now.targetE7} softE7={now.softE7} hasDebt={hasDebt} />
      <p data-testid="standing">{isAlone ? UNWINDING_ALONE : words}</p>
      {now.softE7 !== policy.soft_e7 && (
        <p class="quiet small">
          Prices have been moving: soft and target are lower by {shareText(policy.soft_e7 - now.softE7)} at present, as the policy says.
        </p>
      )}
    </Card>
  );
}

function ThePlan({ snapshot: known, health: now }: { snapshot: Snapshot; health: Health }) {
  const main = useMemo(() => mainCollateral(now), [now]);
  if (!main || !core.value) return null;
  return (
    <Card title="What the belt does" actions={<a href={linkTo('plan')}>Try other prices</a>}>
      <PlanSentence snapshot={known} health={now} asset={main} core={core.value} />
    </Card>
  );
}

function RecentSteps() {
  const steps = history.value.events.filter((event) => event.kind === 'step' || event.kind === 'reserveSpent').slice(0, 3);
  return (
    <Card title="Recent steps" actions={<a href={linkTo('history')}>Whole history</a>} testId="recent-steps">
      {steps.length > 0 ? <StepList events={steps} /> : <p class="quiet">{history.value.loading ? 'Reading the history.' : 'No step in the history that the server still has.'}</p>}
    </Card>
  );
}

function More({ snapshot: known }: { snapshot: Snapshot }) {
  const owner = isOwner.value;
  const canSign = Boolean(wallet.value?.canSign);
  const act = (name: FlowName, label: string, isPossible: boolean) => (
    <Button key={name} testId={`action-${name}`} disabled={!isPossible || !known.genuine} onClick={() => openFlow(name)}>
      {label}
    </Button>
  );
  const { policy, automation } = known.state;
  const hasPosition = known.reserves.some((reserve) => reserve.bTokens > 0n || reserve.dTokens > 0n);
  return (
    <Card title="Vault" actions={<a href={linkTo('policy')}>Policy</a>}>
      <p>
        Unwinding starts at a risk ratio of {shareText(policy.soft_e7)} and stops at {shareText(policy.target_e7)}.
        {automation ? ' Any keeper may do it, within these rules.' : ' Automation is off: only the owner can.'}
      </p>
      <div class="vault-actions">
        {owner && act('automation', automation ? 'Switch automation off' : 'Switch automation on', true)}
        {owner && act('close', 'Close position', hasPosition)}
        {owner && act('claim', 'Claim emissions', true)}
        {owner && act('transfer', 'Transfer vault', true)}
        {owner && act('sweep', 'Sweep tokens', true)}
        {known.auction && canSign && act('clearAuction', 'Clear the auction', true)}
      </div>
    </Card>
  );
}
