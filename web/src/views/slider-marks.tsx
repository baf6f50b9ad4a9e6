import { LEAST_TENTHS, MOST_TENTHS, tenthsTo } from './moves';
import { scaleOf } from './scale';
import { useWidth } from './width';

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
  // Liquidation lies beyond soft, on whichever side that is: the names go to either side of the two lines.
  const isBelow = soft !== null && soft < now;
  return (
    <div ref={element} class="slider-marks" aria-hidden="true">
      <svg width={width} height={44} viewBox={`0 0 ${width} 44`}>
        <line class="slider-now" x1={x(0)} x2={x(0)} y1={0} y2={8} />
        <text x={x(0)} y={20} text-anchor="middle">
          now
        </text>
        {isHere(soft) && (
          <>
            <line class="slider-soft" x1={at(soft)} x2={at(soft)} y1={0} y2={26} />
            <text x={at(soft) + (isBelow ? 4 : -4)} y={38} text-anchor={isBelow ? 'start' : 'end'}>
              unwinding
            </text>
          </>
        )}
        {isHere(liquidation) && (
          <>
            <line class="slider-over" x1={at(liquidation)} x2={at(liquidation)} y1={0} y2={26} />
            <text x={at(liquidation) + (isBelow ? -4 : 4)} y={38} text-anchor={isBelow ? 'end' : 'start'}>
              liquidation
            </text>
          </>
        )}
      </svg>
    </div>
  );
}
