import { assetOf, isOwner, openFlow, wallet } from '../store';
import type { Health, Snapshot } from '../model';
import type { FlowName } from '../parts';
import { Button, Card } from '../ui';
import { holdingsOf, type Holding } from './position';
import { amountText, unitOf, valueText, type Unit } from './text';
import type { Rounding } from '../format/units';

interface Group {
  title: string;
  id: string;
  holdings: Holding[];
  total: bigint | null;
  rounding: Rounding;
  none: string;
  note: string;
  actions: { flow: FlowName; label: string; isPossible: boolean; isPrimary?: boolean; isAnybodys?: boolean }[];
}

/** What the vault has and owes, each group with what can be done to it. */
export function Holdings({ snapshot, health }: { snapshot: Snapshot; health: Health | null }) {
  const held = holdingsOf(snapshot, health);
  const unit = unitOf(snapshot);
  const owner = isOwner.value;
  const canSign = Boolean(wallet.value?.canSign) && snapshot.genuine;
  const isEmpty = held.collateral.length === 0;
  const groups: Group[] = [
    {
      title: 'Collateral',
      id: 'collateral',
      holdings: held.collateral,
      total: held.collateralValue,
      rounding: 'down',
      none: 'Nothing deposited yet.',
      note: 'Earns interest in the pool, and backs the debt.',
      actions: [
        { flow: 'deposit', label: 'Deposit', isPossible: owner && canSign, isPrimary: isEmpty },
        { flow: 'withdraw', label: 'Withdraw', isPossible: owner && canSign && !isEmpty },
      ],
    },
    {
      title: 'Debt',
      id: 'debt',
      holdings: held.debt,
      total: held.debtValue,
      rounding: 'up',
      none: 'Nothing borrowed.',
      note: 'Grows by interest until it is repaid.',
      actions: [
        { flow: 'borrow', label: 'Borrow', isPossible: owner && canSign && !isEmpty },
        { flow: 'repay', label: 'Repay', isPossible: canSign && held.debt.length > 0, isAnybodys: true },
      ],
    },
    {
      title: 'Reserve',
      id: 'reserve',
      holdings: held.reserve,
      total: held.reserveValue,
      rounding: 'down',
      none: 'Nothing kept in the vault itself.',
      note: snapshot.state.policy.reserve_first ? 'Of the debt\u2019s asset: spent on debt before collateral is sold.' : 'The policy does not spend it on debt.',
      actions: [
        { flow: 'fundReserve', label: 'Add', isPossible: canSign, isAnybodys: true },
        { flow: 'withdrawReserve', label: 'Withdraw', isPossible: owner && canSign && held.reserve.length > 0 },
      ],
    },
  ];
  return (
    <section aria-labelledby="position-title" class="stack">
      <header class="section-head">
        <h2 id="position-title">Position</h2>
        <p>
          <span class="quiet">Net equity </span>
          <strong class="number" data-testid="equity">
            {held.equity === null ? 'not known' : valueText(held.equity, unit, held.equity < 0n ? 'up' : 'down')}
          </strong>
        </p>
      </header>
      <div class="grid even position">
        {groups.map((group) => (
          <div class="span-4" key={group.id}>
            <GroupCard group={group} unit={unit} />
          </div>
        ))}
      </div>
    </section>
  );
}

function GroupCard({ group, unit }: { group: Group; unit: Unit }) {
  return (
    <Card testId={`position-${group.id}`}>
      <header class="group-head">
        <h3>{group.title}</h3>
        <p class="group-total number">{group.total === null ? 'Value not known' : valueText(group.total, unit, group.rounding)}</p>
      </header>
      {group.holdings.length === 0 ? (
        <p class="quiet">{group.none}</p>
      ) : (
        <ul class="holdings">
          {group.holdings.map(({ asset, amount, value }) => {
            const named = assetOf(asset);
            return (
              <li key={asset} data-testid={`${group.id}-${named.code}`}>
                <span class="number">{amountText(amount, named, group.rounding)}</span>
                {group.holdings.length > 1 && <span class="quiet number">{value === null ? 'no price' : valueText(value, unit, group.rounding)}</span>}
              </li>
            );
          })}
        </ul>
      )}
      <p class="quiet small">{group.note}</p>
      <div class="buttons group-actions">
        {group.actions.filter((action) => isOwner.value || (action.isAnybodys && wallet.value?.canSign)).map((action) => (
          <Button key={action.flow} kind={action.isPrimary ? 'primary' : 'plain'} disabled={!action.isPossible} testId={`action-${action.flow}`} onClick={() => openFlow(action.flow)}>
            {action.label}
            {group.id === 'reserve' && <span class="unseen"> {action.flow === 'fundReserve' ? 'to the reserve' : 'from the reserve'}</span>}
          </Button>
        ))}
      </div>
    </Card>
  );
}
