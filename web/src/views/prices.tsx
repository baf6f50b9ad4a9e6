import { useMemo } from 'preact/hooks';
import { assetOf, core } from '../store';
import type { Address, Health, Snapshot } from '../model';
import type { Core } from '../parts';
import { formatPrice } from '../format/units';
import { Card, Figure, Figures, Row, Rows } from '../ui';
import { mainCollateral, pricedAssets } from './position';
import { distanceText, lastPrice, ONE_E7, priceText, unitOf } from './text';

export interface Distance {
  asset: Address;
  now: bigint;
  soft: bigint | null;
  liquidation: bigint | null;
}

/** The prices of one asset at which something happens, every other price as it is. */
export function distanceOf(arithmetic: Core, snapshot: Snapshot, health: Health, asset: Address): Distance | null {
  const now = lastPrice(snapshot, asset);
  if (now === null) return null;
  const isOnly = health.liquidationPrice !== null && mainCollateral(health) === asset;
  return {
    asset,
    now,
    soft: isOnly ? health.softPrice : arithmetic.priceAt(snapshot, asset, BigInt(health.softE7)),
    liquidation: isOnly ? health.liquidationPrice : arithmetic.priceAt(snapshot, asset, ONE_E7),
  };
}

/** How far prices are from where something happens. */
export function Prices({ snapshot, health }: { snapshot: Snapshot; health: Health | null }) {
  const arithmetic = core.value;
  const distances = useMemo(
    () => (arithmetic && health ? pricedAssets(health).flatMap((asset) => distanceOf(arithmetic, snapshot, health, asset) ?? []) : []),
    [arithmetic, snapshot, health],
  );
  const unit = unitOf(snapshot);
  const [main, ...others] = distances;
  const hasRisk = health && health.debtValue > 0n && health.collateralValue > 0n;
  if (!hasRisk || !main) {
    return (
      <Card title="Prices">
        <p class="quiet">{health ? 'No price matters while nothing is owed.' : 'Not known without a price.'}</p>
      </Card>
    );
  }
  const code = assetOf(main.asset).code;
  const show = (price: bigint | null, from: bigint) => (price === null ? 'none' : priceText(price, unit, price > from ? 'down' : 'up'));
  const bare = (price: bigint | null, from: bigint) => (price === null ? 'none' : formatPrice(price, unit.decimals, price > from ? 'down' : 'up'));
  const far = (price: bigint | null, from: bigint) => {
    if (price === null) return `No price of ${code} leads there`;
    return price >= from && main.asset === mainCollateral(health) ? 'Reached' : `${distanceText(from, price)} now`;
  };
  return (
    <Card title={`Price of ${code}`}>
      <div class="pair">
        <Figures>
        <Figure label="Unwinding starts at" value={show(main.soft, main.now)} note={far(main.soft, main.now)} testId="soft-price" />
        <Figure label="Liquidation at" value={show(main.liquidation, main.now)} note={far(main.liquidation, main.now)} testId="liquidation-price" />
        </Figures>
      </div>
      <Rows>
        <Row label={`${code} now`} testId="price-now">
          {priceText(main.now, unit, 'down')}
        </Row>
      </Rows>
      {others.length > 0 && (
        <div class="scroll">
          <table class="price-table">
            <caption>If another price moves alone, in {unit.name}</caption>
            <thead>
              <tr>
                <th scope="col">Asset</th>
                <th scope="col" class="right">
                  Now
                </th>
                <th scope="col" class="right">
                  Unwinding
                </th>
                <th scope="col" class="right">
                  Liquidation
                </th>
              </tr>
            </thead>
            <tbody>
              {others.map(({ asset, now, soft, liquidation }) => (
                <tr key={asset}>
                  <th scope="row">{assetOf(asset).code}</th>
                  <td class="right number">{bare(now, now)}</td>
                  <td class="right number">{bare(soft, now)}</td>
                  <td class="right number">{bare(liquidation, now)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
