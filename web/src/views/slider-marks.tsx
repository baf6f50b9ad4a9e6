import { LEAST_TENTHS, MOST_TENTHS, tenthsTo } from './moves';
import { scaleOf } from './scale';
import { useWidth } from './width';
import './drawing.css';

/** Half of what browsers draw as the slider's handle. */
const HANDLE = 8;

/** Under the slider: where the price is now, where unwinding starts and where liquidation is. */
export function SliderMarks({ now, soft, liquidation }: { now: bigint; soft: bigint | null; liquidation: bigint | null }) {
  const [element, width] = useWidth<HTMLDivElement>();
  const x = scaleOf(LEAST_TENTHS, MOST_TENTHS, HANDLE, width - HANDLE);
  const isHere = (price: bigint | null): price is bigint => {
    if (price === null) return false;
    const tenths = tenthsTo(now, price);
    return tenths >= LEAST_TENTHS && tenths <= MOST_TENTHS;
  };
  const at = (price: bigint) => x(tenthsTo(now, price));
  return (
    <div ref={element} class="drawing slider-marks" aria-hidden="true">
      <svg width={width} height={58} viewBox={`0 0 ${width} 58`}>
        <line x1={x(0)} x2={x(0)} y1={0} y2={8} />
        <text x={x(0)} y={20} text-anchor="middle">
          now
        </text>
        {isHere(soft) && <Mark x={at(soft)} y={38} label="unwinding starts" kind="soft" width={width} />}
        {isHere(liquidation) && <Mark x={at(liquidation)} y={54} label="liquidation" kind="over" width={width} />}
      </svg>
    </div>
  );
}

function Mark(props: { x: number; y: number; label: string; kind: string; width: number }) {
  const isRight = props.x + 6 + props.label.length * 6.4 < props.width;
  return (
    <g class={`mark mark-${props.kind}`}>
      <line x1={props.x} x2={props.x} y1={0} y2={props.y} />
      <text x={props.x + (isRight ? 5 : -5)} y={props.y} text-anchor={isRight ? 'start' : 'end'}>
        {props.label}
      </text>
    </g>
  );
}
