import { useMemo } from 'preact/hooks';
import { assetOf, isOwner } from '../store';
import type { Address, Health, Snapshot } from '../model';
import type { Core } from '../parts';
import { distanceText, lastPrice, ONE_E7, unitOf } from './text';
import { planSentence } from './sentence';

/**
 * The plan for the one price that matters most: where the position, as it stands, would be liquidated. Where unwinding
 * has begun already it is the present price.
 */
export function PlanSentence({ snapshot, health, asset, core }: { snapshot: Snapshot; health: Health; asset: Address; core: Core }) {
  const now = lastPrice(snapshot, asset);
  const isUnderWay = health.riskRatioE7 >= BigInt(health.softE7);
  const price = useMemo(() => (isUnderWay ? now : core.priceAt(snapshot, asset, ONE_E7)), [core, snapshot, asset, now, isUnderWay]);
  const plan = useMemo(() => (price === null ? null : core.plan(snapshot, asset, price)), [core, snapshot, asset, price]);
  const code = assetOf(asset).code;
  if (plan === null || price === null || now === null) {
    return <p data-testid="plan-sentence">No price of {code} alone leads to a liquidation.</p>;
  }
  return (
    <>
      <p class="lead" data-testid="plan-sentence">
        {planSentence({ plan, code, price, from: isUnderWay ? null : now, unit: unitOf(snapshot), isOwner: isOwner.value })}
      </p>
      {!isUnderWay && (
        <p class="quiet small">
          That is {distanceText(now, price)} the present price: there, without a belt, this position can be liquidated.
          {snapshot.state.automation ? ' The plan takes a gradual fall and the least that the policy accepts for a sale; a sudden fall sells less in time.' : ''}
        </p>
      )}
    </>
  );
}
