import { effect, signal, untracked } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { connect } from '../chain/rpc';
import { roundsOf } from '../chain/rounds';
import { assetOf, config, core, health, history, snapshot } from '../store';
import { formatTime } from '../format/time';
import type { Address, Health, PriceRound, Snapshot } from '../model';
import type { Core } from '../parts';
import { Card } from '../ui';
import { ChartDrawing } from './chart-drawing';
import { chartOf, remember, type ChartData, type SeenPoint } from './chart-data';
import { mainCollateral, pricedAssets } from './position';
import { DataTable } from './table';
import { counted, priceText, ratioText, unitOf, type Unit } from './text';
import { isStep } from './totals';
import './chart.css';

/** What the page has seen since it was opened. */
const seen = signal<readonly SeenPoint[]>([]);

effect(() => {
  const [known, found] = [snapshot.value, health.value];
  if (!known || !found?.ok || found.value.debtValue === 0n) return;
  const prices = new Map(known.reserves.flatMap((reserve) => (reserve.rounds[0] ? [[reserve.asset, reserve.rounds[0].price] as const] : [])));
  const point = { vault: known.vault, time: Number(known.closedAt), prices, ratioE7: found.value.riskRatioE7 };
  untracked(() => (seen.value = remember(seen.value, point)));
});

/** Rounds of the oracle for some assets, read anew when one of them has a newer one. */
function useRounds(known: Snapshot, assets: readonly Address[]): Map<Address, readonly PriceRound[]> {
  const newest = assets.map((asset) => known.reserves.find((reserve) => reserve.asset === asset)?.rounds[0]?.timestamp ?? 0n).join();
  const [read, setRead] = useState<Map<Address, readonly PriceRound[]>>(new Map());
  const settings = config.value;
  const { oracle } = known.state.links;
  useEffect(() => {
    if (!settings) return;
    let isCurrent = true;
    const network = connect(settings);
    Promise.all(assets.map(async (asset) => [asset, await roundsOf(network, oracle, asset)] as const)).then(
      (pairs) => isCurrent && setRead(new Map(pairs)),
      // The chart does with what the snapshot has; that the server is gone is said elsewhere.
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [settings, oracle, assets.join(), newest]);
  return useMemo(
    () =>
      new Map(
        assets.map((asset) => {
          const own = known.reserves.find((reserve) => reserve.asset === asset)?.rounds ?? [];
          const times = new Set(own.map((round) => round.timestamp));
          return [asset, [...own, ...(read.get(asset) ?? []).filter((round) => !times.has(round.timestamp))]];
        }),
      ),
    [read, newest, assets.join()],
  );
}

/** Price of the main collateral and risk ratio over time, with the steps. */
export function ActivityChart() {
  const [known, arithmetic, found] = [snapshot.value, core.value, health.value];
  if (!known || !arithmetic || !found?.ok) return null;
  const asset = mainCollateral(found.value);
  if (asset === null || found.value.debtValue === 0n) return null;
  return <Activity snapshot={known} core={arithmetic} health={found.value} asset={asset} />;
}

function Activity({ snapshot: known, core: arithmetic, health: now, asset }: { snapshot: Snapshot; core: Core; health: Health; asset: Address }) {
  const assets = pricedAssets(now);
  const rounds = useRounds(known, assets);
  const { events } = history.value;
  const points = seen.value;
  const data = useMemo(
    () => chartOf({ snapshot: known, core: arithmetic, asset, rounds, seen: points, events: events.filter(isStep) }),
    [known, arithmetic, asset, rounds, points, events],
  );
  if (!data) return null;
  const code = assetOf(asset).code;
  const unit = unitOf(known);
  return (
    <Card title="Price and risk" testId="activity">
      <ChartDrawing data={data} code={code} unit={unit} softE7={now.softE7} targetE7={now.targetE7} />
      <ul class="chart-key" aria-hidden="true">
        <li>
          <span class="key-line key-reckoned" /> at today's position, by the oracle's rounds
        </li>
        <li>
          <span class="key-line key-seen" /> as this page has seen it
        </li>
        <li>
          <span class="key-step" /> a step, from before to after
        </li>
      </ul>
      {data.earlier > 0 && <p class="quiet small">{counted(data.earlier, 'step')} came before: the oracle keeps no prices of that time. The list below has them.</p>}
      <details class="chart-table">
        <summary>The same as a table</summary>
        <ChartTable data={data} unit={unit} code={code} />
      </details>
    </Card>
  );
}

interface TableRow {
  key: string;
  time: number;
  price: bigint | null;
  ratio: string;
  source: string;
}

const MOST_ROWS = 60;

function ChartTable({ data, unit, code }: { data: ChartData; unit: Unit; code: string }) {
  const priceAt = (time: number) => data.price.findLast((point) => point.time <= time)?.price ?? null;
  const rows: TableRow[] = [
    ...data.reckoned.map((point) => ({ key: `r${point.time}`, time: point.time, price: priceAt(point.time), ratio: ratioText(point.ratioE7), source: 'at today\u2019s position' })),
    ...data.seen.map((point) => ({ key: `s${point.time}`, time: point.time, price: priceAt(point.time), ratio: ratioText(point.ratioE7), source: 'seen by this page' })),
    ...data.steps.map((step) => ({ key: step.id, time: step.time, price: step.price, ratio: `${ratioText(step.beforeE7)} to ${ratioText(step.afterE7)}`, source: 'a step' })),
  ]
    .sort((one, other) => other.time - one.time)
    .slice(0, MOST_ROWS);
  return (
    <DataTable
      caption={`Price of ${code} and risk ratio, newest first`}
      rows={rows}
      keyOf={(row) => row.key}
      columns={[
        { title: 'When', isLead: true, cell: (row) => formatTime(row.time) },
        { title: `Price of ${code}`, isNumber: true, cell: (row) => (row.price === null ? null : priceText(row.price, unit, 'down')) },
        { title: 'Risk ratio', isNumber: true, cell: (row) => row.ratio },
        { title: 'What', cell: (row) => row.source },
      ]}
    />
  );
}
