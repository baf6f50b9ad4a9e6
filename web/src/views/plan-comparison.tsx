import type { ComponentChildren } from 'preact';
import type { Health, Outcome, Plan } from '../model';
import { formatPercentUp, ONE_E7, ratioText, valueText, type Unit } from './text';
import { wordsOf } from './words';

interface Column {
  title: string;
  steps: ComponentChildren;
  sold: ComponentChildren;
  cost: ComponentChildren;
  reserve: ComponentChildren;
  risk: ComponentChildren;
  end: ComponentChildren;
}

const NONE = '\u2013';
const refused = (title: string, code: number): Column => ({ title, steps: NONE, sold: NONE, cost: NONE, reserve: NONE, risk: NONE, end: wordsOf(code) });

function bareColumn(bare: Outcome<Health>): Column {
  const title = 'Without a belt';
  if (!bare.ok) return refused(title, bare.code);
  const { riskRatioE7 } = bare.value;
  return { title, steps: NONE, sold: NONE, cost: NONE, reserve: NONE, risk: ratioText(riskRatioE7), end: riskRatioE7 >= ONE_E7 ? 'Can be liquidated' : 'Not liquidated' };
}

function planColumn(title: string, plan: Outcome<Plan>, unit: Unit): Column {
  if (!plan.ok) return refused(title, plan.code);
  const { steps, soldShareE7, costValue, reserveSpentValue, after, end, refusal } = plan.value;
  const sold = steps.filter((step) => step.sell > 0n).length;
  const ends = { safe: 'Below soft', waiting: `Waits${refusal === null ? '' : `: ${wordsOf(refusal)}`}`, liquidatable: 'Can be liquidated: the auction\u2019s clock decides' };
  return {
    title,
    steps: sold,
    sold: formatPercentUp(soldShareE7),
    cost: valueText(costValue, unit, 'up'),
    reserve: valueText(reserveSpentValue, unit, 'up'),
    risk: after.debtValue === 0n ? 'no debt' : ratioText(after.riskRatioE7),
    end: ends[end],
  };
}

const ROWS: readonly { key: Exclude<keyof Column, 'title'>; label: string }[] = [
  { key: 'steps', label: 'Steps' },
  { key: 'sold', label: 'Collateral sold' },
  { key: 'cost', label: 'Cost at most' },
  { key: 'reserve', label: 'Reserve spent' },
  { key: 'risk', label: 'Risk ratio after' },
  { key: 'end', label: 'Then' },
];

/** The same price, reached slowly, at once, and without a belt. What a liquidation would cost depends on who fills it: it is left out. */
export function PlanComparison(props: { bare: Outcome<Health>; gradual: Outcome<Plan>; jump: Outcome<Plan>; unit: Unit }) {
  const columns = [planColumn('Slowly', props.gradual, props.unit), planColumn('At once', props.jump, props.unit), bareColumn(props.bare)];
  return (
    <table class="comparison">
      <caption class="unseen">The same price, reached slowly, at once, and without a belt</caption>
      <thead>
        <tr>
          <td />
          {columns.map((column) => (
            <th key={column.title} scope="col">
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map((row) => (
          <tr key={row.key}>
            <th scope="row">{row.label}</th>
            {columns.map((column) => (
              <td key={column.title}>{column[row.key]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
