export interface MarkProps {
  x: number;
  label: string;
  kind: string;
}

const ROW = 17;
/** How wide a letter of the drawings' text is, on the mean. */
const LETTER = 6.4;

/** How much room the names of so many marks take. */
export const marksHeight = (count: number): number => count * ROW + 8;

/**
 * Lines down to `bottom`, each with its name to the left of it, or to the right where the left has no room. The
 * rightmost is named highest, so that no line crosses a name.
 */
export function Marks({ marks, bottom, top = 0 }: { marks: readonly MarkProps[]; bottom: number; top?: number }) {
  return (
    <>
      {[...marks]
        .sort((one, other) => other.x - one.x)
        .map(({ x, label, kind }, row) => {
          const y = top + row * ROW;
          const isLeft = x > label.length * LETTER + 8;
          return (
            <g key={label} class={`mark mark-${kind}`}>
              <line x1={x} x2={x} y1={y + 3} y2={bottom} />
              <text x={isLeft ? x - 5 : x + 5} y={y + 13} text-anchor={isLeft ? 'end' : 'start'}>
                {label}
              </text>
            </g>
          );
        })}
    </>
  );
}
