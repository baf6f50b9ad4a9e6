// Flows that bring something in: deposit, repay, add to the reserve.
import { deposit as depositCall, fundReserve as fundReserveCall, repay as repayCall } from '../chain/operations';
import type { Address, Asset } from '../model';
import { amountIn, clearing, collateralOf, debtOf, fill, isLumens, least, needsTrustline, payable, reserveOf, said, about } from './amounts';
import { healing, riskWarnings } from './risk';
import type { Context, Field, Flow, Form, Intent, Meant, Warning } from './types';

const begin = (asset: Address | undefined): Form => ({ values: { asset: asset ?? '', amount: '' }, policy: null });

export function options(assets: Asset[]) {
  return assets.map((asset) => ({ value: asset.contract, label: asset.code }));
}

/** The asset that is chosen, among those that may be. */
export function chosen(context: Context, form: Form, assets: Address[]): Asset | null {
  const asset = assets.find((each) => each === form.values.asset) ?? assets[0];
  return asset ? context.assetOf(asset) : null;
}

/** The first of some assets that is wanted, or that the wallet has most use for. */
const prefer = (wanted: Address | undefined, assets: Address[]) => (wanted && assets.includes(wanted) ? wanted : assets[0]);

const reserves = (context: Context): Address[] => (context.snapshot?.reserves ?? []).filter((reserve) => reserve.enabled).map((reserve) => reserve.asset);
const held = (context: Context, assets: Address[]) => assets.filter((asset) => (context.account?.balances.get(asset)?.spendable ?? 0n) > 0n);

/** What the wallet has, in words under the field. */
function balanceHint(context: Context, asset: Asset): string {
  const holder = context.wallet?.address;
  const balance = context.account?.balances.get(asset.contract);
  if (!holder || !context.account) return '';
  if (!context.account.exists) return 'Your account does not exist on this network yet. Send it lumens first.';
  if (!balance) return needsTrustline(asset, holder) ? `Your account has no trustline for ${asset.code}, so it holds none.` : `You have no ${asset.code}.`;
  const kept = isLumens(asset) ? ' Max leaves 1 XLM for fees.' : '';
  return `You have ${said(balance.spendable, asset)} to spend.${kept}`;
}

function payProblem(context: Context, asset: Asset, amount: bigint): string | null {
  if (!context.account) return null;
  const balance = context.account.balances.get(asset.contract);
  if (balance && !balance.authorized) return `The issuer of ${asset.code} has frozen your balance.`;
  const spendable = balance?.spendable ?? 0n;
  return amount > spendable ? `You have only ${said(spendable, asset)} to spend.` : null;
}

/** With an open auction the pool takes only what makes the position healthy again: how much that is. */
function auctionNote(context: Context, form: Form, assets: Address[], what: 'collateral' | 'debt'): Warning[] {
  const asset = chosen(context, form, assets);
  if (!context.snapshot?.auction || !asset) return [];
  const enough = healing(context.core, context.snapshot, asset.contract, what);
  const needed = enough === null ? `No amount of ${asset.code} alone is enough for that.` : enough === 0n ? 'Any amount is enough.' : `That takes at least ${about(enough, asset, 'up')}.`;
  return [{ tone: 'warning', text: `A liquidation auction is open. This ends it, and is refused unless the position is healthy afterwards. ${needed}` }];
}

const HEALING = { [114]: 'Enter a larger amount: with an open auction the position must be healthy afterwards.' };

/** An amount of the reader's own, of any asset of the pool. */
function fromAccount(context: Context, form: Form): Field[] {
  const asset = chosen(context, form, reserves(context));
  if (!asset) return [];
  return [
    { kind: 'select', name: 'asset', label: 'Asset', options: options(reserves(context).map(context.assetOf)) },
    { kind: 'amount', name: 'amount', label: 'Amount', unit: asset.code, hint: balanceHint(context, asset), fill: fill('Max', payable(context.account, asset), asset) },
  ];
}

export const deposit: Flow = {
  id: 'deposit',
  title: 'Deposit collateral',
  signer: 'owner',
  ofVault: true,
  advice: HEALING,
  start: (context) => begin(prefer(context.from.asset, held(context, reserves(context)).concat(reserves(context)))),
  notes: (context, form) => auctionNote(context, form, reserves(context), 'collateral'),
  fields: fromAccount,
  meant(context, form) {
    const asset = chosen(context, form, reserves(context));
    if (!asset) return { problems: { asset: 'The pool takes nothing.' } };
    return paid(context, form, asset, (vault, amount) => ({
      key: `deposit ${vault} ${asset.contract} ${amount}`,
      operation: () => depositCall(vault, asset.contract, amount),
      changes: [{ asset: asset.contract, collateral: amount }],
      action: `deposit ${said(amount, asset)}`,
      done: `${said(amount, asset)} deposited.`,
      lines: [
        { label: 'From your account', value: said(amount, asset), id: 'in' },
        { label: 'Collateral after', value: about(collateralOf(context, asset.contract) + amount, asset, 'down'), id: 'collateral-after' },
      ],
      receives: [],
      warnings: (preview) => [
        { tone: 'info', text: 'Collateral can be liquidated: once the vault owes something, all of it stands for the debt. It can be withdrawn while the pool has enough that is not lent out.' },
        ...riskWarnings(context, preview),
      ],
    }));
  },
};

export const repay: Flow = {
  id: 'repay',
  title: 'Repay debt',
  signer: 'anybody',
  ofVault: true,
  advice: HEALING,
  start: (context) => begin(prefer(context.from.asset, owed(context))),
  notes: (context, form) => [...auctionNote(context, form, owed(context), 'debt'), ...(owed(context).length ? [] : [{ tone: 'info' as const, text: 'The vault owes nothing.' }]), ...strangerNote(context, 'What you repay reduces the debt of somebody else\u2019s vault. You get nothing for it.')],
  fields(context, form) {
    const asset = chosen(context, form, owed(context));
    if (!asset) return [];
    const debt = debtOf(context, asset.contract);
    const all = clearing(context, asset.contract);
    const most = least(all, payable(context.account, asset));
    const hint = `The vault owes ${about(debt, asset, 'up')}. ${balanceHint(context, asset)}`;
    return [
      { kind: 'select', name: 'asset', label: 'Asset', options: options(owed(context).map(context.assetOf)) },
      { kind: 'amount', name: 'amount', label: 'Amount', unit: asset.code, hint, fill: fill(most === all ? 'All' : 'Max', most, asset) },
    ];
  },
  meant(context, form) {
    const asset = chosen(context, form, owed(context));
    if (!asset) return { problems: { asset: '' } };
    const from = context.wallet?.address ?? '';
    const debt = debtOf(context, asset.contract);
    return paid(context, form, asset, (vault, amount) => ({
      key: `repay ${vault} ${from} ${asset.contract} ${amount}`,
      operation: () => repayCall(vault, from, asset.contract, amount),
      changes: [{ asset: asset.contract, debt: -amount }],
      action: amount >= debt ? `repay all ${asset.code}` : `repay ${said(amount, asset)}`,
      done: amount >= debt ? `All debt in ${asset.code} repaid.` : `${said(amount, asset)} repaid.`,
      lines: [
        { label: 'From your account', value: said(amount, asset), id: 'in' },
        { label: 'Debt after', value: about(amount >= debt ? 0n : debt - amount, asset, 'up'), id: 'debt-after' },
      ],
      receives: [],
      found: ({ transfers }) => {
        const back = transfers.filter((each) => each.to === from && each.asset === asset.contract).reduce((sum, each) => sum + each.amount, 0n);
        return back > 0n ? [{ label: 'Comes back to you', value: about(back, asset, 'down'), id: 'refund' }] : [];
      },
      warnings: (preview) => [
        ...(amount > debt ? [{ tone: 'info' as const, text: 'A little more than the debt is sent, because interest accrues until the call arrives. What is too much comes back in the same call.' }] : []),
        ...(isOwner(context) && owed(context).length === 1 && amount >= debt ? [] : riskWarnings(context, preview)),
      ],
    }));
  },
};

export const fundReserve: Flow = {
  id: 'fund-reserve',
  title: 'Add to the reserve',
  signer: 'anybody',
  ofVault: true,
  start: (context) => begin(prefer(context.from.asset, [...owed(context), ...reserves(context)])),
  notes: (context) => [
    {
      tone: 'info',
      text: 'The reserve is what the vault holds itself, outside the pool. It earns nothing. Keepers spend it on debt in the same asset before they sell collateral. The owner can take it out at any time.',
    },
    ...strangerNote(context, 'The reserve belongs to the owner of this vault: you cannot take it back.'),
  ],
  fields: fromAccount,
  meant(context, form) {
    const asset = chosen(context, form, reserves(context));
    if (!asset) return { problems: { asset: '' } };
    const from = context.wallet?.address ?? '';
    const idle = reserveOf(context.snapshot, asset.contract)?.idle ?? 0n;
    return paid(context, form, asset, (vault, amount) => ({
      key: `fundReserve ${vault} ${from} ${asset.contract} ${amount}`,
      operation: () => fundReserveCall(vault, from, asset.contract, amount),
      changes: null,
      action: `add ${said(amount, asset)}`,
      done: `${said(amount, asset)} added to the reserve.`,
      lines: [
        { label: 'From your account', value: said(amount, asset), id: 'in' },
        { label: 'Reserve after', value: said(idle + amount, asset), id: 'reserve-after' },
      ],
      receives: [],
      warnings: () => {
        const warnings: Warning[] = [];
        if (debtOf(context, asset.contract) === 0n) warnings.push({ tone: 'warning', text: `The vault owes no ${asset.code}: a reserve of it is of no use to keepers until it does.` });
        if (context.snapshot && !context.snapshot.state.policy.reserve_first) warnings.push({ tone: 'warning', text: 'The policy says not to spend the reserve first: it lies idle.' });
        warnings.push({ tone: 'info', text: 'The reserve does not lower the risk ratio by itself. To lower it now, repay instead.' });
        return warnings;
      },
    }));
  },
};

/** A call that takes an amount from the wallet. */
function paid(context: Context, form: Form, asset: Asset, intent: (vault: Address, amount: bigint) => Intent): Meant {
  const entered = amountIn(form, 'amount', asset);
  if ('problem' in entered) return { problems: { amount: entered.problem } };
  const problem = payProblem(context, asset, entered.amount);
  if (problem) return { problems: { amount: problem } };
  if (!context.vault || !context.wallet) return { problems: { amount: '' } };
  return { intent: intent(context.vault, entered.amount) };
}

export const isOwner = (context: Context) => context.wallet?.address === context.snapshot?.state.owner;

export const owed = (context: Context): Address[] => (context.snapshot?.reserves ?? []).filter((reserve) => reserve.dTokens > 0n).map((reserve) => reserve.asset);

const strangerNote = (context: Context, text: string): Warning[] => (context.wallet && context.snapshot && !isOwner(context) ? [{ tone: 'warning', text }] : []);
