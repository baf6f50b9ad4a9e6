// From numbers to pixels. This is the only place where a ratio or a price becomes a floating-point number.

export interface Scale {
  (value: number | bigint): number;
  from: number;
  to: number;
}

/** Linear, clamped to its ends: a mark never leaves the picture. */
export function scaleOf(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  const scale = (value: number | bigint) => {
    const share = (Number(value) - from) / span;
    return start + Math.max(0, Math.min(1, share)) * (end - start);
  };
  return Object.assign(scale, { from, to });
}

/** Round numbers within a range, at most about `count` of them. */
export function ticksOf(from: number, to: number, count: number): number[] {
  if (!(to > from) || count < 1) return [from];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? 10 * power;
  const ticks: number[] = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index++) ticks.push(index * step);
  return ticks;
}

/** Beyond it a pointer stands at the end of its scale. */
const MOST_DRAWN = 200;

/**
 * What part of the scale of ratios is drawn, in percent: to 105 or a little beyond the ratio, and from so low that ratio
 * and target both stand clear of the left end. In round numbers, so that it stays where it is while the ratio moves.
 */
export function ratioDomain(ratiosE7: readonly (bigint | number)[], targetE7: number): { from: number; to: number } {
  const lowest = Math.min(targetE7 / 1e5 - 20, ...ratiosE7.map((ratio) => Number(ratio) / 1e5 - 4));
  const highest = Math.max(0, ...ratiosE7.map((ratio) => Math.min(MOST_DRAWN, percent(ratio))));
  return { from: Math.max(0, Math.floor(lowest / 10) * 10), to: Math.max(105, Math.ceil((highest + 3) / 10) * 10) };
}

/** Percent as a number, for pixels. */
export const percent = (ratioE7: bigint | number): number => Math.min(Number(ratioE7), 1e9) / 1e5;

/** An SVG path through points. */
export function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}
