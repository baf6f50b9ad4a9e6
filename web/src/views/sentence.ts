// The plan in one sentence or two.
import type { Outcome, Plan } from '../model';
import { counted, formatPercentUp, priceText, ratioText, valueText, type Unit } from './text';
import { wordsOf } from './words';

export interface Told {
  plan: Outcome<Plan>;
  /** What moves, and to where. */
  code: string;
  price: bigint;
  /** Where it is now: null says that the price is the present one. */
  from: bigint | null;
  unit: Unit;
  isOwner: boolean;
}

/** `If XLM falls to 0.21 USD, about 8% of your collateral is sold in 2 steps at a cost of at most 31 USD.` */
export function planSentence(told: Told): string {
  const { plan, unit, isOwner } = told;
  const when = condition(told);
  if (!plan.ok) return `${when}, no plan can be made: ${wordsOf(plan.code)}.`;
  const { steps, soldShareE7, costValue, reserveSpentValue, after } = plan.value;
  const sold = steps.filter((step) => step.sell > 0n).length;
  const reserve = reserveSpentValue > 0n ? `${valueText(reserveSpentValue, unit, 'up')} of the reserve ${sold > 0 ? 'is spent first, then' : 'is spent'}` : '';
  const whose = isOwner ? 'your' : 'the';
  const sale = sold > 0 ? `about ${formatPercentUp(soldShareE7)} of ${whose} collateral is sold in ${counted(sold, 'step')} at a cost of at most ${valueText(costValue, unit, 'up')}` : '';
  const nothing = reserve || sale ? '' : 'nothing is sold';
  const what = [reserve, sale].filter(Boolean).join(' ') || nothing;
  return `${when}, ${what}. ${ending(plan.value, after.riskRatioE7)}`;
}

function condition({ code, price, from, unit }: Told): string {
  if (from === null || from === price) return `With ${code} at ${priceText(price, unit, 'down')}, as it is now`;
  return price < from ? `If ${code} falls to ${priceText(price, unit, 'up')}` : `If ${code} rises to ${priceText(price, unit, 'down')}`;
}

function ending(plan: Plan, riskE7: bigint): string {
  switch (plan.end) {
    case 'safe':
      return plan.after.debtValue === 0n ? 'No debt is left then.' : `The risk ratio is then ${ratioText(riskE7)}.`;
    case 'waiting':
      return `The risk ratio is then ${ratioText(riskE7)}, and no step is possible at that moment${plan.refusal === null ? '' : `: ${wordsOf(plan.refusal)}`}.`;
    case 'liquidatable':
      return `The risk ratio is then ${ratioText(riskE7)}: at 100% or more the clock of a liquidation auction decides.`;
  }
}
