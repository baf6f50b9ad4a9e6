import { timeTicks, type ChartData } from './chart-data';
import { pathOf, percent, scaleOf, ticksOf } from './scale';
import { priceText, ratioText, type Unit } from './text';
import { useWidth } from './width';
import './drawing.css';

const LEFT = 52;
/** Room for the names of the thresholds. */
const RIGHT = 74;
const LINE = 13;
const PRICE_TOP = 24;
const PRICE_HEIGHT = 110;
const RATIO_TOP = PRICE_TOP + PRICE_HEIGHT + 40;
const RATIO_HEIGHT = 170;
const BOTTOM = RATIO_TOP + RATIO_HEIGHT;
const HEIGHT = BOTTOM + 26;

/** A price holds until the next round: lines have corners, not slopes. */
function stepped(points: readonly (readonly [number, number])[], end: number): string {
  const corners: [number, number][] = [];
  points.forEach(([x, y], index) => {
    const before = points[index - 1];
    if (before) corners.push([x, before[1]]);
    corners.push([x, y]);
  });
  const last = points.at(-1);
  if (last) corners.push([Math.max(end, last[0]), last[1]]);
  return pathOf(corners);
}

interface Props {
  data: ChartData;
  code: string;
  unit: Unit;
  softE7: number;
  targetE7: number;
}

/** Two panels over one time axis: a price, and below it the risk ratio with its thresholds and the steps. */
export function ChartDrawing({ data, code, unit, softE7, targetE7 }: Props) {
  const [element, width] = useWidth<HTMLDivElement>();
  const right = width - RIGHT;
  const x = scaleOf(data.from, data.to, LEFT, right);
  const prices = [...data.price.map((point) => point.price), ...data.steps.flatMap((step) => step.price ?? [])].map((price) => Number(price) / 10 ** unit.decimals);
  const [leastPrice, mostPrice] = padded(Math.min(...prices), Math.max(...prices));
  const yPrice = scaleOf(leastPrice, mostPrice, PRICE_TOP + PRICE_HEIGHT, PRICE_TOP);
  const ratios = [...data.reckoned, ...data.seen].map((point) => percent(point.ratioE7)).concat(data.steps.flatMap((step) => [percent(step.beforeE7), percent(step.afterE7)]));
  const yRatio = scaleOf(Math.floor(Math.min(targetE7 / 1e5, ...ratios) - 2), Math.min(130, Math.ceil(Math.max(100, ...ratios) + 2)), BOTTOM, RATIO_TOP);
  const offset = -new Date(data.to * 1000).getTimezoneOffset() * 60;
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
  const lines = [
    { ratio: 100, label: 'liquidation', kind: 'over' },
    { ratio: softE7 / 1e5, label: 'soft', kind: 'soft' },
    { ratio: targetE7 / 1e5, label: 'target', kind: 'target' },
  ];
  // Names from the top down, none over another.
  const names: number[] = [];
  for (const line of lines) names.push(Math.max(yRatio(line.ratio) + 4, (names.at(-1) ?? 0) + LINE));
  const last = data.seen.at(-1) ?? data.reckoned.at(-1);
  const lastPrice = data.price.at(-1);
  return (
    <div ref={element} class="drawing">
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={`Price of ${code}${lastPrice ? `, last ${priceText(lastPrice.price, unit, 'down')}` : ''}, and risk ratio${last ? `, last ${ratioText(last.ratioE7)}` : ''}, with ${data.steps.length} steps. A table follows.`}
      >
        <text class="drawing-strong" x={0} y={13}>
          Price of {code}, {unit.name}
        </text>
        {ticksOf(leastPrice, mostPrice, 5).map((tick) => (
          <g key={tick}>
            <line class="chart-grid" x1={LEFT} x2={right} y1={yPrice(tick)} y2={yPrice(tick)} />
            <text x={LEFT - 8} y={yPrice(tick) + 4} text-anchor="end">
              {axisNumber(tick, mostPrice - leastPrice)}
            </text>
          </g>
        ))}
        <path class="chart-price" d={stepped(data.price.map((point) => [x(point.time), yPrice(Number(point.price) / 10 ** unit.decimals)] as const), right)} />

        <text class="drawing-strong" x={0} y={RATIO_TOP - 11}>
          Risk ratio
        </text>
        <rect class="chart-over" x={LEFT} y={RATIO_TOP} width={right - LEFT} height={Math.max(0, yRatio(100) - RATIO_TOP)} />
        <rect class="chart-zone" x={LEFT} y={yRatio(100)} width={right - LEFT} height={Math.max(0, yRatio(softE7 / 1e5) - yRatio(100))} />
        {ticksOf(yRatio.from, yRatio.to, 5).map((tick) => (
          <g key={tick}>
            <line class="chart-grid" x1={LEFT} x2={right} y1={yRatio(tick)} y2={yRatio(tick)} />
            <text x={LEFT - 8} y={yRatio(tick) + 4} text-anchor="end">
              {tick}%
            </text>
          </g>
        ))}
        {lines.map((line) => (
          <line key={line.kind} class={`chart-line chart-line-${line.kind}`} x1={LEFT} x2={right} y1={yRatio(line.ratio)} y2={yRatio(line.ratio)} />
        ))}
        <path class="chart-reckoned" d={stepped(data.reckoned.map((point) => [x(point.time), yRatio(percent(point.ratioE7))] as const), right)} />
        <path class="chart-seen" d={pathOf(data.seen.map((point) => [x(point.time), yRatio(percent(point.ratioE7))] as const))} />
        {data.steps.map((step) => {
          const [place, before, after] = [x(step.time), yRatio(percent(step.beforeE7)), yRatio(percent(step.afterE7))];
          return (
            <g key={step.id} class="chart-step">
              <line x1={place} x2={place} y1={PRICE_TOP} y2={PRICE_TOP + PRICE_HEIGHT} class="chart-step-guide" />
              <line x1={place} x2={place} y1={before} y2={after} />
              <circle cx={place} cy={before} r="3" class="chart-step-before" />
              <path d={`M${place} ${after + 5}l-5 -8h10z`} />
            </g>
          );
        })}
        {lines.map((line, index) => (
          <text key={line.kind} x={right + 5} y={names[index]}>
            {line.label}
          </text>
        ))}
        <line class="chart-axis" x1={LEFT} x2={right} y1={BOTTOM} y2={BOTTOM} />
        {timeTicks(data.from, data.to, width < 480 ? 3 : 9, offset).map((tick) => (
          <g key={tick}>
            <line class="chart-axis" x1={x(tick)} x2={x(tick)} y1={BOTTOM} y2={BOTTOM + 4} />
            <text x={x(tick)} y={BOTTOM + 19} text-anchor="middle">
              {clock.format(tick * 1000)}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

/** Room above and below, also where a price never moved. */
function padded(least: number, most: number): [number, number] {
  const room = (most - least) * 0.08 || most * 0.02 || 1;
  return [least - room, most + room];
}

function axisNumber(value: number, span: number): string {
  return value.toFixed(Math.max(0, Math.min(7, 1 - Math.floor(Math.log10(span || 1)))));
}
