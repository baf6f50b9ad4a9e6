// Flows that sell: close, and the owner's rescue.
import { Path, type Step, type StepReport } from '@bindings/vault';
import * as calls from '../chain/operations';
import { parseShareE7, AmountError } from '../format/units';
import type { Address, Snapshot } from '../model';
import { about, amountIn, fill, least, priceOf, reserveOf, said, saidShare, saidValue, withMargin } from './amounts';
import { closingLegs, MOST_SLIPPAGE_E7, netted, NoRoute, rescued, route, sellTo, type Words } from './legs';
import { receiverFields, receiverLines, receiverOf, receiverWarnings } from './receiver';
import { riskWarnings } from './risk';
import { chosen, options, owed } from './supply';
import type { Context, Ended, Field, Flow, Form, Intent, Line, Warning } from './types';

const SLIPPAGE: Field = { kind: 'text', name: 'slippage', label: 'Slippage at most', unit: '%', decimal: true, hint: 'How much less than the oracle\u2019s price a sale may bring. If it would bring less, the call is refused.' };
const DEFAULT_SLIPPAGE = '2';

function slippageIn(form: Form): { slippageE7: bigint } | { problem: string } {
  const text = form.values.slippage ?? '';
  if (text.trim() === '') return { problem: 'Enter a percentage: 2' };
  try {
    const slippageE7 = parseShareE7(text);
    return slippageE7 > MOST_SLIPPAGE_E7 ? { problem: 'At most 50%.' } : { slippageE7 };
  } catch (error) {
    if (error instanceof AmountError) return { problem: error.message };
    throw error;
  }
}

const wordsOf = (context: Context): Words => ({ codeOf: (asset) => context.assetOf(asset).code });

/** Sums of what reaches an address, by asset. */
export function arrivals(prepared: Pick<Ended, 'transfers'>, to: Address): Map<Address, bigint> {
  const sums = new Map<Address, bigint>();
  for (const each of prepared.transfers) {
    if (each.to === to) sums.set(each.asset, (sums.get(each.asset) ?? 0n) + each.amount);
    if (each.from === to) sums.set(each.asset, (sums.get(each.asset) ?? 0n) - each.amount);
  }
  return sums;
}

export const close: Flow = {
  id: 'close',
  title: 'Close the vault\u2019s position',
  signer: 'owner',
  ofVault: true,
  start: () => ({ values: { slippage: DEFAULT_SLIPPAGE }, policy: null }),
  notes: () => [{ tone: 'info', text: 'Sells as much collateral as the debts need, repays them, and pays everything else out, the reserve included. One transaction: all of it or nothing. The vault stays, empty.' }],
  fields: (context, form) => [...(needsSale(context) ? [SLIPPAGE] : []), ...receiverFields(form)],
  meant(context, form) {
    const { vault, snapshot } = context;
    const slippage = slippageIn(form);
    const receiver = receiverOf(context, form);
    if ('problem' in slippage) return { problems: { slippage: slippage.problem } };
    if ('problem' in receiver) return { problems: { to: receiver.problem } };
    if (!vault || !snapshot) return { problems: { close: '' } };
    if (!context.health?.ok && owed(context).length) return { problems: { close: 'The pool\u2019s oracle has no usable price, so nothing can be sold. Repay the debt from your account, then withdraw.' } };
    let legs: Step[];
    try {
      legs = context.health?.ok ? closingLegs(context.config, snapshot, context.health.value, slippage.slippageE7, wordsOf(context)) : [];
    } catch (error) {
      if (error instanceof NoRoute) return { problems: { close: error.message } };
      throw error;
    }
    const { to } = receiver;
    const used = [...snapshot.state.assets.values()].map(({ asset }) => asset);
    if (used.length === 0) return { problems: { close: 'The vault has never held anything.' } };
    return { intent: closing(context, vault, legs, to, used) };
  },
};

const needsSale = (context: Context) => owed(context).some((asset) => (context.health?.ok ? saleOf(context, asset) : false));
const saleOf = (context: Context, asset: Address) => {
  const leg = context.health?.ok ? context.health.value.legs.find((each) => each.asset === asset) : undefined;
  return Boolean(leg && leg.collateral < withMargin(leg.debt));
};

function closing(context: Context, vault: Address, legs: Step[], to: Address, used: Address[]): Intent {
  const health = context.health?.ok ? context.health.value : null;
  const lines = legs.map((leg): Line => {
    const [sold, bought] = [context.assetOf(leg.collateral), context.assetOf(leg.debt)];
    return leg.path === Path.Plain
      ? { label: 'Netted', value: `${about(leg.sell, sold, 'up')} of collateral against the same debt`, id: 'netted' }
      : { label: 'Sold', value: `${about(leg.sell, sold, 'up')} for at least ${about(leg.min_proceeds, bought, 'down')}`, id: 'sold' };
  });
  const sold = new Set(legs.filter((leg) => leg.path === Path.Flash).map((leg) => leg.debt));
  const paid = (ended: Ended): Line[] =>
    [...arrivals(ended, to)]
      .filter(([, amount]) => amount > 0n)
      .map(([token, amount]) => {
        const asset = context.assetOf(token);
        // What a sale brings above its debt is what may be less when it is applied.
        const least = 'restores' in ended && sold.has(token) ? `, at least ${about(reserveOf(context.snapshot, token)?.idle ?? 0n, asset, 'down')}` : '';
        return { label: 'Comes back', value: `${about(amount, asset, 'down')}${least}`, id: `back-${asset.code}` };
      });
  return {
    key: `close ${vault} ${to} ${legs.map((leg) => `${leg.collateral} ${leg.debt} ${leg.sell} ${leg.min_proceeds}`).join(' ')}`,
    operation: () => calls.close(vault, legs, to),
    changes: (health?.legs ?? []).map((leg) => ({ asset: leg.asset, collateral: -leg.collateral, debt: -leg.debt })),
    action: legs.some((leg) => leg.path === Path.Flash) ? 'sell, repay and take out all' : legs.length ? 'repay and take out all' : 'take out all',
    done: 'The position is closed.',
    lines: [...lines, ...receiverLines(context, to)],
    found: (ended) => [...paid(ended), ...costLines(context, legs, arrivals(ended, to))],
    receives: receivable(context, to, used),
    pointless: (ended) => (paid(ended).length === 0 && legs.length === 0 && ended.transfers.length === 0 ? 'The vault holds nothing: there is nothing to close.' : null),
    warnings: () => [
      ...(context.snapshot?.reserves.some((reserve) => reserve.lentTokens > 0n) ? [{ tone: 'warning' as const, text: 'What the vault has lent to the pool without making it collateral stays there.' }] : []),
      ...(legs.some((leg) => leg.path === Path.Flash)
        ? [
            { tone: 'warning' as const, text: 'What comes back is what the sale brings now. When it is applied it may bring less, down to the limit; below it nothing happens and only the fee is gone.' },
            { tone: 'info' as const, text: 'Repaying from your own account and withdrawing sells nothing.' },
          ]
        : []),
      ...receiverWarnings(context, to),
    ],
  };
}

/** What the sales cost: collateral sold, less debt repaid and what is left over, by the oracle. */
function costLines(context: Context, legs: Step[], back: Map<Address, bigint>): Line[] {
  const { snapshot, health } = context;
  const sales = legs.filter((leg) => leg.path === Path.Flash);
  if (!snapshot || !health?.ok || sales.length === 0) return [];
  const bought = [...new Set(sales.map((leg) => leg.debt))];
  const paid = sales.reduce((sum, leg) => sum + valueOf(snapshot, leg.sell, leg.collateral), 0n);
  const got = bought.reduce((sum, asset) => {
    const debt = health.value.legs.find((leg) => leg.asset === asset)?.debt ?? 0n;
    const offset = legs.filter((leg) => leg.path === Path.Plain && leg.debt === asset).reduce((all, leg) => all + leg.min_proceeds, 0n);
    const idle = reserveOf(snapshot, asset)?.idle ?? 0n;
    return sum + valueOf(snapshot, debt - offset + (back.get(asset) ?? 0n) - idle, asset);
  }, 0n);
  const cost = paid - got + 1n;
  return [{ label: 'Cost at the oracle\u2019s price', value: saidCost(snapshot, cost), id: 'cost' }];
}

const valueOf = (snapshot: Snapshot, amount: bigint, asset: Address) => (amount * (priceOf(snapshot, asset) ?? 0n)) / 10n ** BigInt(reserveOf(snapshot, asset)?.decimals ?? 7);

/** What may arrive: collateral, what a sale brings above its debt, and the reserve. */
function receivable(context: Context, to: Address, used: Address[]) {
  return used
    .filter((asset) => {
      const reserve = reserveOf(context.snapshot, asset);
      return reserve && (reserve.bTokens > 0n || reserve.dTokens > 0n || reserve.idle > 0n);
    })
    .map((asset) => ({ asset, to }));
}

const supplied = (context: Context): Address[] => (context.snapshot?.reserves ?? []).filter((reserve) => reserve.bTokens > 0n).map((reserve) => reserve.asset);

/** The sale that a rescue begins with: to where the policy's own rescues land, or its steps. */
function suggestion(context: Context, form: Form, slippageE7: bigint): bigint | null {
  const { snapshot, health, core } = context;
  const [collateral, debt] = pairOf(context, form);
  if (!snapshot || !health?.ok || !collateral || !debt) return null;
  const { policy } = snapshot.state;
  const target = BigInt(snapshot.auction ? policy.rescue_target_e7 : health.value.targetE7);
  try {
    return sellTo(core, snapshot, health.value, { collateral: collateral.contract, debt: debt.contract }, target, slippageE7, wordsOf(context));
  } catch (error) {
    if (error instanceof NoRoute) return null;
    throw error;
  }
}

const pairOf = (context: Context, form: Form) => [
  chosen(context, { ...form, values: { asset: form.values.asset ?? '' } }, supplied(context)),
  chosen(context, { ...form, values: { asset: form.values.debt ?? '' } }, owed(context)),
] as const;

export const rescue: Flow = {
  id: 'rescue',
  title: 'Lower the risk yourself',
  signer: 'owner',
  ofVault: true,
  start: (context) => ({ values: { asset: context.from.asset ?? '', debt: '', amount: '', slippage: DEFAULT_SLIPPAGE }, policy: null }),
  notes(context) {
    if (owed(context).length === 0) return [{ tone: 'info', text: 'The vault owes nothing: there is no risk to lower.' }];
    const notes: Warning[] = [{ tone: 'info', text: 'Sells collateral and repays debt with it in one transaction, on your own terms: no floor, no budget, at any time. Repaying or depositing from your account sells nothing.' }];
    return context.snapshot?.auction ? [...notes, ...waiting(context)] : notes;
  },
  fields(context, form) {
    const [collateral, debt] = pairOf(context, form);
    if (!collateral || !debt) return [];
    const slippage = slippageIn(form);
    const amount = 'slippageE7' in slippage ? suggestion(context, form, slippage.slippageE7) : null;
    const target = context.snapshot?.auction ? context.snapshot.state.policy.rescue_target_e7 : context.health?.ok ? context.health.value.targetE7 : 0;
    const isThere = context.health?.ok && context.health.value.riskRatioE7 <= BigInt(target);
    const hint = isThere ? `The risk ratio is already below ${saidShare(target, 'up')}, where unwinding would stop.` : amount === null ? 'No sale of this pair alone reaches the target.' : `${about(amount, collateral, 'up')} lead to a risk ratio of ${saidShare(target, 'up')}.`;
    return [
      { kind: 'select', name: 'asset', label: 'Collateral to sell', options: options(supplied(context).map(context.assetOf)) },
      { kind: 'select', name: 'debt', label: 'Debt to repay', options: options(owed(context).map(context.assetOf)) },
      { kind: 'amount', name: 'amount', label: 'Amount to sell', unit: collateral.code, hint, ...(amount === null || isThere ? {} : { fill: { ...fill('Max', amount, collateral), label: 'Target' as const } }) },
      ...(collateral.contract === debt.contract ? [] : [SLIPPAGE]),
    ];
  },
  meant(context, form) {
    const { vault, snapshot, health } = context;
    const [collateral, debt] = pairOf(context, form);
    if (!vault || !snapshot || !collateral || !debt) return { problems: { amount: '' } };
    if (!health?.ok) return { problems: { amount: 'The pool\u2019s oracle has no usable price, so nothing can be sold. Repay from your account instead.' } };
    const entered = amountIn(form, 'amount', collateral);
    const slippage = slippageIn(form);
    if ('problem' in entered) return { problems: { amount: entered.problem } };
    if ('problem' in slippage) return { problems: { slippage: slippage.problem } };
    const leg = health.value.legs.find((each) => each.asset === collateral.contract);
    if (!leg || entered.amount > leg.collateral) return { problems: { amount: `The vault has only ${about(leg?.collateral ?? 0n, collateral, 'down')}.` } };
    const owedNow = health.value.legs.find((each) => each.asset === debt.contract)?.debt ?? 0n;
    let step: Step;
    try {
      const bid = least(rescued(snapshot, entered.amount, { collateral: collateral.contract, debt: debt.contract }, slippage.slippageE7, wordsOf(context)), withMargin(owedNow));
      if (bid === 0n) return { problems: { amount: 'That is too little to repay anything.' } };
      step =
        collateral.contract === debt.contract
          ? netted(debt.contract, bid)
          : { path: Path.Flash, collateral: collateral.contract, debt: debt.contract, sell: entered.amount, min_proceeds: bid, ...route(context.config, collateral.code, debt.code) };
    } catch (error) {
      if (error instanceof NoRoute) return { problems: { amount: error.message } };
      throw error;
    }
    return { intent: rescuing(context, vault, step) };
  },
};

function rescuing(context: Context, vault: Address, step: Step): Intent {
  const [sold, bought] = [context.assetOf(step.collateral), context.assetOf(step.debt)];
  const isNetted = step.path === Path.Plain;
  return {
    key: `rescue ${vault} ${step.collateral} ${step.debt} ${step.sell} ${step.min_proceeds}`,
    operation: () => calls.ownerRescue(vault, step),
    changes: isNetted
      ? [{ asset: step.debt, collateral: -step.sell, debt: -step.min_proceeds }]
      : [
          { asset: step.collateral, collateral: -step.sell },
          { asset: step.debt, debt: -step.min_proceeds },
        ],
    action: isNetted ? `net ${about(step.sell, sold, 'up')}` : `sell ${about(step.sell, sold, 'up')}`,
    done: isNetted ? `${about(step.sell, sold, 'up')} of collateral netted against debt.` : `${about(step.sell, sold, 'up')} sold, and debt repaid.`,
    lines: [
      { label: 'Sold', value: said(step.sell, sold), id: 'sold' },
      { label: 'Repaid', value: about(step.min_proceeds, bought, 'down'), id: 'repaid' },
    ],
    found(ended) {
      const report = ended.result as Partial<StepReport> | null;
      const [proceeds, repaid] = [report?.proceeds, report?.repaid];
      if (typeof proceeds !== 'bigint' || typeof repaid !== 'bigint' || isNetted) return [];
      return [
        { label: 'Brought in by the sale', value: about(proceeds, bought, 'down'), id: 'proceeds' },
        ...(proceeds > repaid ? [{ label: 'Kept as reserve', value: about(proceeds - repaid, bought, 'down'), id: 'kept' }] : []),
        { label: 'Cost at the oracle\u2019s price', value: costOf(context, step, proceeds), id: 'cost' },
      ];
    },
    receives: [],
    warnings: (preview) => [
      ...(isNetted ? [] : [{ tone: 'warning' as const, text: 'The sale may bring less when it is applied, down to the limit; below it nothing happens and only the fee is gone.' }]),
      { tone: 'info', text: 'If the price recovers, what was sold is sold.' },
      ...riskWarnings(context, preview),
    ],
  };
}

/** What is sold less what comes in, by the oracle. */
function costOf(context: Context, step: Step, proceeds: bigint): string {
  const { snapshot } = context;
  if (!snapshot) return '';
  const cost = valueOf(snapshot, step.sell, step.collateral) - valueOf(snapshot, proceeds, step.debt) + 1n;
  return saidCost(snapshot, cost);
}

const saidCost = (snapshot: Snapshot, cost: bigint) => (cost > 0n ? saidValue(snapshot, cost, 'up') : `none: it brings ${saidValue(snapshot, -cost, 'down')} more`);

/** What waiting for the auction's clock means. */
function waiting(context: Context): Warning[] {
  const { snapshot, core } = context;
  if (!snapshot) return [];
  const view = core.auction(snapshot, context.ledger);
  if (!view?.ok) return [];
  const { costValue, age, breakEvenAge, rescueAge } = view.value;
  const now = costValue > 0n ? `would cost you ${saidValue(snapshot, costValue, 'up')} more than it repays` : 'would cost you nothing';
  const later = breakEvenAge !== null && breakEvenAge > age ? ` It costs something from age ${breakEvenAge} on.` : '';
  const keepers = snapshot.state.automation && rescueAge !== null ? ` Keepers may take the vault out from age ${rescueAge} on.` : '';
  return [{ tone: 'warning', text: `A liquidation auction is open, at age ${age} ledgers: a fill of all of it now ${now}.${later}${keepers} Waiting is free until then, and the price may come back; selling now is certain.` }];
}
