import { useId } from 'preact/hooks';
import { Marks, marksHeight } from './marks';
import { percent, ratioDomain, scaleOf, ticksOf } from './scale';
import { ONE_E7, ratioText, shareText } from './text';
import { useWidth } from './width';
import './drawing.css';

export interface GaugeProps {
  riskRatioE7: bigint;
  targetE7: number;
  softE7: number;
  /** Null where there is nothing to liquidate: the scale is drawn without a pointer. */
  hasDebt: boolean;
  /** Where the ratio is at present, where another is shown. */
  fromE7?: bigint;
  label?: string;
}

const SIDE = 10;
const BAR = marksHeight(3) + 6;
const HEIGHT = 20;

/** The risk ratio on its scale. Zones differ by pattern, marks by name: colour only repeats what they say. */
export function Gauge(props: GaugeProps) {
  const { riskRatioE7, targetE7, softE7, hasDebt, fromE7 } = props;
  const [element, width] = useWidth<HTMLDivElement>();
  const id = useId();
  const domain = ratioDomain(hasDebt ? [riskRatioE7, ...(fromE7 === undefined ? [] : [fromE7])] : [], targetE7);
  const x = scaleOf(domain.from, domain.to, SIDE, width - SIDE);
  const at = (ratioE7: bigint | number) => x(percent(ratioE7));
  const tone = !hasDebt || riskRatioE7 < BigInt(softE7) ? 'calm' : riskRatioE7 < ONE_E7 ? 'soft' : 'over';
  const text = hasDebt ? ratioText(riskRatioE7) : 'no debt';
  const pointer = at(riskRatioE7);
  const bottom = BAR + HEIGHT;
  return (
    <div
      ref={element}
      class={`drawing gauge-${tone}`}
      role="meter"
      aria-label={props.label ?? 'Risk ratio'}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={hasDebt ? Math.min(100, percent(riskRatioE7)) : 0}
      aria-valuetext={`${text}. Unwinding stops at ${shareText(targetE7)} and starts at ${shareText(softE7)}; liquidation at 100%.`}
      data-testid="gauge"
    >
      <svg width={width} height={bottom + 46} viewBox={`0 0 ${width} ${bottom + 46}`} aria-hidden="true" focusable="false">
        <defs>
          <pattern id={`${id}hatch`} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect class="gauge-hatch-ground" width="7" height="7" />
            <line class="gauge-hatch-line" x1="0" y1="0" x2="0" y2="7" />
          </pattern>
          <pattern id={`${id}cross`} width="6" height="6" patternUnits="userSpaceOnUse">
            <rect class="gauge-cross-ground" width="6" height="6" />
            <path class="gauge-cross-line" d="M0 0L6 6M6 0L0 6" />
          </pattern>
        </defs>
        <rect class="gauge-track" x={SIDE} y={BAR} width={width - 2 * SIDE} height={HEIGHT} rx="4" />
        <rect fill={`url(#${id}hatch)`} x={at(softE7)} y={BAR} width={Math.max(0, at(ONE_E7) - at(softE7))} height={HEIGHT} />
        <rect fill={`url(#${id}cross)`} x={at(ONE_E7)} y={BAR} width={Math.max(0, width - SIDE - at(ONE_E7))} height={HEIGHT} />
        {hasDebt && <rect class="gauge-fill" x={SIDE} y={BAR + 5} width={Math.max(0, pointer - SIDE)} height={HEIGHT - 10} />}
        <Marks
          bottom={bottom}
          marks={[
            { x: at(ONE_E7), label: 'Liquidation 100%', kind: 'over' },
            { x: at(softE7), label: `Unwinding starts ${shareText(softE7)}`, kind: 'soft' },
            { x: at(targetE7), label: `and stops ${shareText(targetE7)}`, kind: 'plain' },
          ]}
        />
        {ticksOf(domain.from, domain.to - 4, width < 420 ? 4 : 8).map((tick) => (
          <g key={tick} class="gauge-tick">
            <line x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 5} />
            <text x={x(tick) < 16 ? 0 : x(tick)} y={bottom + 42} text-anchor={x(tick) < 16 ? 'start' : 'middle'}>
              {tick}%
            </text>
          </g>
        ))}
        {hasDebt && fromE7 !== undefined && fromE7 !== riskRatioE7 && (
          <path class="gauge-ghost" d={`M${at(fromE7)} ${bottom + 2}l-6 9h12z`} />
        )}
        {hasDebt && (
          <>
            <line class="needle" x1={pointer} x2={pointer} y1={BAR - 4} y2={bottom + 2} />
            <path class="pointer" d={`M${pointer} ${bottom + 1}l-7 10h14z`} />
            <text class="drawing-strong gauge-value" x={Math.max(36, Math.min(width - 36, pointer))} y={bottom + 26} text-anchor="middle">
              {text}
            </text>
          </>
        )}
      </svg>
    </div>
  );
}
