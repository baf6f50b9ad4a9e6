import type { VaultPolicy } from '../model';
import { Marks, marksHeight } from './marks';
import { pathOf, percent, scaleOf, ticksOf } from './scale';
import { ONE_E7, ratioText, shareText } from './text';
import { useWidth } from './width';
import './drawing.css';

const SIDE = 12;
const MARKS = marksHeight(5);
const PANEL = 52;
const GAP = 34;

/** Where the policy acts on the scale of the risk ratio, and how step and discount grow between soft and hard. */
export function PolicyPicture({ policy, riskRatioE7 }: { policy: VaultPolicy; riskRatioE7?: bigint | null }) {
  const [element, width] = useWidth<HTMLDivElement>();
  const { soft_e7: soft, target_e7: target, hard_e7: hard, rescue_target_e7: rescue } = policy;
  const from = Math.max(0, Math.floor(target / 1e5 - (width < 480 ? 4 : 5)));
  const x = scaleOf(from, 100.6, SIDE, width - SIDE);
  const at = (ratio: number | bigint) => x(percent(ratio));
  const marks = [
    { x: at(ONE_E7), label: 'Liquidation 100%', kind: 'over' },
    { x: at(hard), label: `Hard ${shareText(hard)}`, kind: 'plain' },
    { x: at(soft), label: `Soft ${shareText(soft)}`, kind: 'soft' },
    { x: at(rescue), label: `Rescue lands ${shareText(rescue)}`, kind: 'dashed' },
    { x: at(target), label: `Target ${shareText(target)}`, kind: 'dashed' },
  ];
  const tops = [MARKS + 24, MARKS + 24 + PANEL + GAP];
  const bottom = tops[1]! + PANEL;
  const height = bottom + 24;
  return (
    <div ref={element} class="drawing">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`On the scale of the risk ratio: target ${shareText(target)}, soft ${shareText(soft)}, hard ${shareText(hard)}, liquidation 100%, rescues land at ${shareText(rescue)}. The largest step grows from ${shareText(policy.step_min_e7)} to ${shareText(policy.step_max_e7)} of the debt, the discount from ${shareText(policy.discount_min_e7)} to ${shareText(policy.discount_max_e7)}.`}
      >
        <rect class="picture-zone" x={at(soft)} y={MARKS} width={Math.max(0, at(ONE_E7) - at(soft))} height={bottom - MARKS} />
        <Marks marks={marks} bottom={bottom} />
        {riskRatioE7 != null && percent(riskRatioE7) > from && (
          <path class="pointer" d={`M${at(riskRatioE7)} ${MARKS + 2}l-6 -9h12z`} />
        )}
        <Ramp title="Largest step" top={tops[0]!} least={policy.step_min_e7} most={policy.step_max_e7} scale={10_000_000} softX={at(soft)} hardX={at(hard)} endX={at(ONE_E7)} />
        <Ramp title="Largest discount" top={tops[1]!} least={policy.discount_min_e7} most={policy.discount_max_e7} scale={Math.max(300_000, policy.discount_max_e7)} softX={at(soft)} hardX={at(hard)} endX={at(ONE_E7)} />
        <line class="picture-axis" x1={SIDE} x2={width - SIDE} y1={bottom} y2={bottom} />
        {ticksOf(from, 100, width < 480 ? 4 : 8).map((tick) => (
          <text key={tick} x={x(tick) < 18 ? 0 : x(tick)} y={bottom + 17} text-anchor={x(tick) < 18 ? 'start' : 'middle'}>
            {tick}%
          </text>
        ))}
      </svg>
      {riskRatioE7 != null && percent(riskRatioE7) > from && (
        <p class="quiet small">
          <span aria-hidden="true">▼ </span>The risk ratio now: {ratioText(riskRatioE7)}
        </p>
      )}
    </div>
  );
}

function Ramp(props: { title: string; top: number; least: number; most: number; scale: number; softX: number; hardX: number; endX: number }) {
  const { softX, hardX, endX, top } = props;
  const y = scaleOf(0, props.scale, top + PANEL, top + 14);
  const points = [
    [softX, top + PANEL],
    [softX, y(props.least)],
    [hardX, y(props.most)],
    [endX, y(props.most)],
  ] as const;
  return (
    <g>
      <text class="drawing-strong" x={SIDE} y={top - 6}>
        {props.title}
      </text>
      <path class="picture-area" d={`${pathOf(points)}L${endX.toFixed(1)} ${top + PANEL}Z`} />
      <path class="picture-line" d={pathOf(points)} />
      <text x={softX - 6} y={Math.min(top + PANEL - 3, y(props.least) + 4)} text-anchor="end">
        {shareText(props.least)}
      </text>
      <text x={hardX - 5} y={y(props.most) - 4} text-anchor="end">
        {shareText(props.most)}
      </text>
    </g>
  );
}
