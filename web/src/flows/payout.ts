// Flows that take something out: borrow, withdraw, take from the reserve, sweep.
import { borrow as borrowCall, sweep as sweepCall, withdraw as withdrawCall, withdrawReserve as withdrawReserveCall } from '../chain/operations';
import { StrKey } from '@stellar/stellar-sdk';
import type { Address, Asset } from '../model';
import { about, amountIn, collateralOf, debtOf, EVERYTHING, fill, hasDebt, isLumens, reserveOf, said } from './amounts';
import { receiverFields, receiverLines, receiverOf, receiverWarnings } from './receiver';
import { riskWarnings } from './risk';
import { chosen, options } from './supply';
import type { Context, Flow, Form, Intent, Meant } from './types';

const begin = (asset: Address | undefined): Form => ({ values: { asset: asset ?? '', amount: '' }, policy: null });
const of = (context: Context, wanted: (asset: Address) => boolean): Address[] => (context.snapshot?.reserves ?? []).map((reserve) => reserve.asset).filter(wanted);
const first = (wanted: Address | undefined, assets: Address[]) => (wanted && assets.includes(wanted) ? wanted : assets[0]);

const enabled = (context: Context): Address[] => {
  const assets = of(context, (asset) => reserveOf(context.snapshot, asset)?.enabled ?? false);
  // Whoever borrows against lumens seldom wants lumens: what is collateral comes last.
  const rank = (asset: Address) => (collateralOf(context, asset) > 0n ? 2 : isLumens(context.assetOf(asset)) ? 1 : 0);
  return assets.sort((one, other) => rank(one) - rank(other));
};
const supplied = (context: Context) => of(context, (asset) => collateralOf(context, asset) > 0n);
const idle = (context: Context) => of(context, (asset) => (reserveOf(context.snapshot, asset)?.idle ?? 0n) > 0n);

const most = (context: Context, asset: Address, what: 'borrow' | 'withdraw'): bigint => (context.snapshot ? context.core.most(context.snapshot, asset, what) : 0n);

export const borrow: Flow = {
  id: 'borrow',
  title: 'Borrow',
  signer: 'owner',
  ofVault: true,
  start: (context) => begin(first(context.from.asset, enabled(context))),
  notes: (context) => (supplied(context).length ? [] : [{ tone: 'info', text: 'The vault has no collateral yet. Deposit some first.' }]),
  fields(context, form) {
    const asset = chosen(context, form, enabled(context));
    if (!asset) return [];
    const limit = most(context, asset.contract, 'borrow');
    const hint =
      limit > 0n
        ? `At most ${about(limit, asset, 'down')}, and then the risk ratio is just below the limit: little room for a fall.`
        : context.health?.ok
          ? 'Nothing more can be borrowed against this collateral.'
          : 'Without a usable price nothing can be borrowed.';
    return [
      { kind: 'select', name: 'asset', label: 'Asset', options: options(enabled(context).map(context.assetOf)) },
      { kind: 'amount', name: 'amount', label: 'Amount', unit: asset.code, hint, fill: fill('Max', limit, asset) },
      ...receiverFields(form),
    ];
  },
  meant(context, form) {
    const asset = chosen(context, form, enabled(context));
    if (!asset) return { problems: { asset: '' } };
    return taken(context, form, asset, (vault, amount, to) => ({
      key: `borrow ${vault} ${asset.contract} ${amount} ${to}`,
      operation: () => borrowCall(vault, asset.contract, amount, to),
      changes: [{ asset: asset.contract, debt: amount }],
      action: `borrow ${said(amount, asset)}`,
      done: `${said(amount, asset)} borrowed.`,
      lines: [
        { label: to === context.wallet?.address ? 'To your account' : 'Paid out', value: said(amount, asset), id: 'out' },
        { label: 'Debt after', value: about(debtOf(context, asset.contract) + amount, asset, 'up'), id: 'debt-after' },
      ],
      receives: [{ asset: asset.contract, to }],
      warnings: (preview) => riskWarnings(context, preview),
    }));
  },
};

export const withdraw: Flow = {
  id: 'withdraw',
  title: 'Withdraw collateral',
  signer: 'owner',
  ofVault: true,
  start: (context) => begin(first(context.from.asset, supplied(context))),
  notes: (context) => (supplied(context).length ? [] : [{ tone: 'info', text: 'The vault has no collateral.' }]),
  fields(context, form) {
    const asset = chosen(context, form, supplied(context));
    if (!asset) return [];
    const there = collateralOf(context, asset.contract);
    // Without debt nothing holds the collateral, and no price is needed to know it.
    const limit = hasDebt(context) ? most(context, asset.contract, 'withdraw') : there;
    const button = limit >= there ? fill('All', there, asset, 'all') : fill('Max', limit, asset);
    const hint = limit >= there ? `The vault has ${about(there, asset, 'down')}.` : `The vault has ${about(there, asset, 'down')}; at most ${about(limit, asset, 'down')} can leave while it owes.`;
    return [
      { kind: 'select', name: 'asset', label: 'Asset', options: options(supplied(context).map(context.assetOf)) },
      { kind: 'amount', name: 'amount', label: 'Amount', unit: asset.code, hint, fill: button },
      ...receiverFields(form),
    ];
  },
  meant(context, form) {
    const asset = chosen(context, form, supplied(context));
    if (!asset) return { problems: { asset: '' } };
    const there = collateralOf(context, asset.contract);
    return taken(context, form, asset, (vault, amount, to) => {
      const all = form.values.all === '1';
      const sent = all ? EVERYTHING : amount;
      return {
        key: `withdraw ${vault} ${asset.contract} ${sent} ${to}`,
        operation: () => withdrawCall(vault, asset.contract, sent, to),
        changes: [{ asset: asset.contract, collateral: all ? -there : -amount }],
        action: all ? `withdraw all ${asset.code}` : `withdraw ${said(amount, asset)}`,
        done: all ? `All ${asset.code} withdrawn.` : `${said(amount, asset)} withdrawn.`,
        lines: [
          { label: to === context.wallet?.address ? 'To your account' : 'Paid out', value: all ? `${about(there, asset, 'down')} and interest since` : said(amount, asset), id: 'out' },
          { label: 'Collateral after', value: about(all || amount > there ? 0n : there - amount, asset, 'down'), id: 'collateral-after' },
        ],
        receives: [{ asset: asset.contract, to }],
        warnings: (preview) => [...receiverWarnings(context, to), ...riskWarnings(context, preview)],
      };
    });
  },
};

export const withdrawReserve: Flow = {
  id: 'withdraw-reserve',
  title: 'Take from the reserve',
  signer: 'owner',
  ofVault: true,
  start: (context) => begin(first(context.from.asset, idle(context))),
  notes: (context) => (idle(context).length ? [] : [{ tone: 'info', text: 'The reserve is empty.' }]),
  fields(context, form) {
    const asset = chosen(context, form, idle(context));
    if (!asset) return [];
    const there = reserveOf(context.snapshot, asset.contract)?.idle ?? 0n;
    return [
      { kind: 'select', name: 'asset', label: 'Asset', options: options(idle(context).map(context.assetOf)) },
      { kind: 'amount', name: 'amount', label: 'Amount', unit: asset.code, hint: `The reserve has ${said(there, asset)}.`, fill: fill('All', there, asset) },
      ...receiverFields(form),
    ];
  },
  meant(context, form) {
    const asset = chosen(context, form, idle(context));
    if (!asset) return { problems: { asset: '' } };
    const there = reserveOf(context.snapshot, asset.contract)?.idle ?? 0n;
    return taken(context, form, asset, (vault, amount, to) => ({
      key: `withdrawReserve ${vault} ${asset.contract} ${amount} ${to}`,
      operation: () => withdrawReserveCall(vault, asset.contract, amount, to),
      changes: null,
      action: `take ${said(amount, asset)}`,
      done: `${said(amount, asset)} taken from the reserve.`,
      lines: [
        { label: to === context.wallet?.address ? 'To your account' : 'Paid out', value: said(amount, asset), id: 'out' },
        { label: 'Reserve after', value: said(amount > there ? 0n : there - amount, asset), id: 'reserve-after' },
      ],
      receives: [{ asset: asset.contract, to }],
      warnings: () => [...receiverWarnings(context, to), { tone: 'info', text: 'Without a reserve, keepers sell collateral from the first step on.' }],
    }));
  },
};

/** A token that the vault holds and that the page may not know of. */
export const sweep: Flow = {
  id: 'sweep',
  title: 'Sweep a token',
  signer: 'owner',
  ofVault: true,
  start: (context) => ({ values: { token: context.from.asset ?? '' }, policy: null }),
  notes: () => [{ tone: 'info', text: 'Takes the whole balance that the vault itself holds of a token, its reserve of that token included. What it has at the pool stays.' }],
  fields: (context, form) => {
    const known = context.config.assets.map((asset) => ({ value: asset.contract, label: asset.code }));
    const fields = receiverFields(form);
    const select = { kind: 'select' as const, name: 'token', label: 'Token', options: [...known, { value: 'other', label: 'Another token' }] };
    const isOther = !known.some(({ value }) => value === form.values.token) && form.values.token !== '';
    return isOther ? [select, { kind: 'text', name: 'contract', label: 'Contract of the token', hint: 'C...' }, ...fields] : [select, ...fields];
  },
  meant(context, form) {
    const known = context.config.assets.map((asset) => asset.contract);
    const chosenToken = form.values.token || known[0] || 'other';
    const isOther = !known.includes(chosenToken);
    const token = isOther ? (form.values.contract ?? '').trim() : chosenToken;
    if (isOther && !StrKey.isValidContract(token)) return { problems: { contract: token === '' ? '' : 'That is no address of a contract (C...).' } };
    const receiver = receiverOf(context, form);
    if ('problem' in receiver) return { problems: { to: receiver.problem } };
    if (!context.vault) return { problems: { token: '' } };
    const { vault } = context;
    const { to } = receiver;
    const asset = context.assetOf(token);
    return {
      intent: {
        key: `sweep ${vault} ${token} ${to}`,
        operation: () => sweepCall(vault, token, to),
        changes: null,
        action: `sweep ${asset.code}`,
        done: `All idle ${asset.code} taken out.`,
        lines: receiverLines(context, to),
        found: ({ result }) => [{ label: 'Paid out', value: typeof result === 'bigint' ? swept(context, result, asset) : asset.code, id: 'out' }],
        pointless: ({ result }) => (result === 0n ? `The vault holds no ${asset.code} outside the pool: there is nothing to take out.` : null),
        receives: [{ asset: token, to }],
        warnings: () => receiverWarnings(context, to),
      },
    };
  },
};

/** Of a token that nobody told the decimals of, the number alone. */
function swept(context: Context, amount: bigint, asset: Asset): string {
  const isKnown = context.config.assets.some((each) => each.contract === asset.contract) || reserveOf(context.snapshot, asset.contract) !== undefined;
  return isKnown ? said(amount, asset) : `${amount} of the token\u2019s smallest unit`;
}

/** A call that pays an amount out. */
function taken(context: Context, form: Form, asset: Asset, intent: (vault: Address, amount: bigint, to: Address) => Intent): Meant {
  const entered = amountIn(form, 'amount', asset);
  const receiver = receiverOf(context, form);
  const problems: Record<string, string> = {};
  if ('problem' in entered) problems.amount = entered.problem;
  if ('problem' in receiver) problems.to = receiver.problem;
  if ('problem' in entered || 'problem' in receiver) return { problems };
  if (!context.vault) return { problems: { amount: '' } };
  const made = intent(context.vault, entered.amount, receiver.to);
  return { intent: { ...made, lines: [...made.lines, ...receiverLines(context, receiver.to)] } };
}
