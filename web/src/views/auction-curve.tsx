import type { AuctionView } from '../model';
import { LOT_FULL_AGE, STALE_AGE, type CurvePoint } from './curve';
import { Marks, marksHeight } from './marks';
import { pathOf, scaleOf, ticksOf } from './scale';
import { formatUnits } from '../format/units';
import type { Unit } from './text';
import { useWidth } from './width';
import './drawing.css';

const PLOT = 170;
const SIDE = 10;

/** The auction's clock and the cost of being filled on one axis: ledgers since its start. */
export function AuctionCurve({ points, view, unit }: { points: readonly CurvePoint[]; view: AuctionView; unit: Unit }) {
  const [element, width] = useWidth<HTMLDivElement>();
  const ages = [
    { age: view.rescueAge, label: 'Keepers may rescue', kind: 'accent' },
    { age: view.breakEvenAge, label: 'A fill costs you', kind: 'over' },
    { age: view.fillerAge, label: 'A filler makes 10%', kind: 'dashed' },
    { age: LOT_FULL_AGE, label: 'Lot is whole', kind: 'dashed' },
    { age: view.staleAge, label: 'May be deleted', kind: 'dashed' },
  ].filter((mark): mark is { age: number; label: string; kind: string } => mark.age !== null);
  const top = marksHeight(ages.length) + 2;
  const bottom = top + PLOT;
  const costs = points.map((point) => Number(point.costValue) / 10 ** unit.decimals);
  const [least, most] = [Math.min(0, ...costs), Math.max(0, ...costs)];
  const left = 56;
  const x = scaleOf(0, Math.max(STALE_AGE, view.age) + 10, left, width - SIDE);
  const y = scaleOf(least, most, bottom - 6, top + 6);
  const curve = points.map((point, index) => [x(point.age), y(costs[index]!)] as const);
  const now = x(view.age);
  return (
    <div ref={element} class="drawing">
      <svg
        width={width}
        height={bottom + 42}
        viewBox={`0 0 ${width} ${bottom + 42}`}
        role="img"
        aria-label={`Cost of being filled by the age of the auction. It is ${view.age} ledgers old. ${ages.map((mark) => `${mark.label} from ${mark.age}.`).join(' ')}`}
      >
        <rect class="curve-gain" x={left} y={y(0)} width={width - SIDE - left} height={Math.max(0, bottom - y(0))} />
        {ticksOf(least, most, 4).map((tick) => (
          <g key={tick}>
            <line class="curve-grid" x1={left} x2={width - SIDE} y1={y(tick)} y2={y(tick)} />
            <text x={left - 6} y={y(tick) + 4} text-anchor="end">
              {short(tick)}
            </text>
          </g>
        ))}
        <line class="curve-zero" x1={left} x2={width - SIDE} y1={y(0)} y2={y(0)} />
        <Marks marks={ages.map((mark) => ({ ...mark, x: x(mark.age) }))} bottom={bottom} />
        <path class="curve-line" d={pathOf(curve)} />
        <line class="needle" x1={now} x2={now} y1={top} y2={bottom + 4} />
        <path class="pointer" d={`M${now} ${bottom + 2}l-7 10h14z`} />
        <text class="drawing-strong" x={Math.max(left, Math.min(width - 30, now))} y={bottom + 26} text-anchor="middle">
          now {view.age}
        </text>
        {ticksOf(0, STALE_AGE, 5)
          .filter((tick) => Math.abs(x(tick) - now) > 46)
          .map((tick) => (
            <text key={tick} x={x(tick)} y={bottom + 26} text-anchor="middle">
              {tick}
            </text>
          ))}
      </svg>
    </div>
  );
}

/** `12k`, for an axis. */
function short(value: number): string {
  const size = Math.abs(value);
  const sign = value < 0 ? '\u2212' : '';
  if (size >= 1e6) return `${sign}${formatUnits(BigInt(Math.round(size / 1e5)), 1)}M`;
  if (size >= 1e3) return `${sign}${formatUnits(BigInt(Math.round(size / 1e2)), 1)}k`;
  return `${sign}${formatUnits(BigInt(Math.round(size * 100)), 2)}`;
}
