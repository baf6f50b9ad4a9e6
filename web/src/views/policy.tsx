import { useMemo, useState } from 'preact/hooks';
import { assetOf, core, health, isOwner, openFlow, snapshot } from '../store';
import type { Snapshot, VaultPolicy } from '../model';
import type { Core } from '../parts';
import { Badge, Button, Card, Notice } from '../ui';
import { PolicyForm } from './policy-form';
import { isSamePolicy } from './policy-fields';
import { PolicyPicture } from './policy-picture';
import { BETTER_WITHOUT, BETTER_WITHOUT_CAVEAT, policyWords, presetOf, PRESET_TITLE } from './policy-words';
import { BannerList, NothingYet } from './standing';
import { priceText, ratioText, shareText, unitOf } from './text';
import { sentenceOf } from './words';
import './policy.css';

const WOULD_TRIGGER_NOW = 102;

export function PolicyView() {
  const known = snapshot.value;
  if (!known || !core.value) return <NothingYet />;
  const preset = presetOf(known.state.policy, core.value.presets());
  const now = health.value;
  return (
    <>
      <h1 class="unseen">Policy</h1>
      <BannerList only={(banner) => banner.id !== 'watching' || !isOwner.value} />
      <div class="grid">
        <div class="span-5 stack">
          <Card title="The policy now" actions={<Badge testId="policy-name">{preset ? PRESET_TITLE[preset] : 'Own numbers'}</Badge>} testId="policy-now">
            <PolicyPicture policy={known.state.policy} riskRatioE7={now?.ok && now.value.debtValue > 0n ? now.value.riskRatioE7 : null} />
            <dl class="policy-lines">
              {policyWords(known.state.policy).map((line) => (
                <div key={line.title}>
                  <dt>{line.title}</dt>
                  <dd>{line.words}</dd>
                </div>
              ))}
            </dl>
          </Card>
        </div>
        <div class="span-7 stack">
          <Change key={known.vault} snapshot={known} core={core.value} />
        </div>
      </div>
      <BetterWithout />
    </>
  );
}

function Change({ snapshot: known, core: arithmetic }: { snapshot: Snapshot; core: Core }) {
  const present = known.state.policy;
  const [next, setNext] = useState<VaultPolicy | null>(present);
  // After it was saved elsewhere the form starts anew from what the vault has now.
  const saved = JSON.stringify(present, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const isChanged = next !== null && !isSamePolicy(next, present);
  const assets = useMemo(() => known.reserves.map((reserve) => assetOf(reserve.asset)), [known.reserves.length]);
  return (
    <Card title={isOwner.value ? 'Change it' : 'Try other numbers'}>
      <PolicyForm key={saved} policy={present} resolutionSeconds={known.state.links.resolution_seconds} assets={assets} isPictured={isChanged} onChange={setNext} />
      <div class={isChanged ? 'policy-save policy-save-changed' : 'policy-save'} aria-live="polite">
        {next && isChanged && <Effect snapshot={known} core={arithmetic} policy={next} />}
        {isOwner.value && (
          <Button kind="primary" testId="policy-change" disabled={!isChanged || !known.genuine} onClick={() => next && openFlow('policy', { policy: next })}>
            Change the policy
          </Button>
        )}
      </div>
    </Card>
  );
}

/** What a policy would mean at this moment. */
function Effect({ snapshot: known, core: arithmetic, policy }: { snapshot: Snapshot; core: Core; policy: VaultPolicy }) {
  const found = useMemo(() => arithmetic.health(known, { policy }), [arithmetic, known, policy]);
  if (!found.ok) return <p class="quiet small">Its effect is not known without a price: {sentenceOf(found.code)}</p>;
  const { debtValue, riskRatioE7, softE7, softPrice, legs } = found.value;
  if (debtValue === 0n) return null;
  if (riskRatioE7 >= BigInt(softE7)) {
    return (
      <Notice tone="warning" title="The vault will refuse this policy now" testId="policy-effect">
        <p>
          The risk ratio is {ratioText(riskRatioE7)}, and soft would be {shareText(softE7)}. {sentenceOf(WOULD_TRIGGER_NOW)}
        </p>
      </Notice>
    );
  }
  const single = legs.find((leg) => leg.collateral > 0n);
  return (
    <p class="small" data-testid="policy-effect">
      The risk ratio is {ratioText(riskRatioE7)}; unwinding would start at {shareText(softE7)}
      {softPrice !== null && single ? `, with ${assetOf(single.asset).code} at ${priceText(softPrice, unitOf(known), 'up')}` : ''}.
    </p>
  );
}

export function BetterWithout() {
  return (
    <Card title="When you are better off without a vault" testId="better-without">
      <ul class="without">
        {BETTER_WITHOUT.map((line) => (
          <li key={line.title}>
            <strong>{line.title}.</strong> <span class="quiet">{line.words}</span>
          </li>
        ))}
      </ul>
      <p class="quiet small">{BETTER_WITHOUT_CAVEAT}</p>
    </Card>
  );
}
