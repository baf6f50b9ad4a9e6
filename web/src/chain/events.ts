// Events of a vault, and the transfers of a transaction.
import { StrKey, scValToNative, type xdr } from '@stellar/stellar-sdk';
import type { ContractEvent as ParsedEvent } from '@bindings/vault';
import type { Address } from '../model';
import type { AmountEvent, OtherEvent, StepEvent, VaultEvent } from '../parts';
import { vaultSpec } from './spec';

/** Where and when an event was told. */
export interface EventPlace {
  id: string;
  ledger: number;
  closedAt: bigint;
  transaction: string;
}

/** Tokens that moved; `null` is nobody: minted or burnt. */
export interface Transfer {
  asset: Address;
  from: Address | null;
  to: Address | null;
  amount: bigint;
}

export type DecimalsOf = (asset: Address) => number;

/** The event, or null where it is none that the page knows. */
export function decodeEvent(topics: xdr.ScVal[], data: xdr.ScVal, place: EventPlace, decimalsOf: DecimalsOf): VaultEvent | null {
  const parsed = vaultSpec().parseEvent(topics, data) as ParsedEvent | undefined;
  return parsed ? typed(parsed, place, decimalsOf) : null;
}

function typed(event: ParsedEvent, place: EventPlace, decimalsOf: DecimalsOf): VaultEvent | null {
  // The binding calls what is no topic optional; a contract of ours always tells it.
  const of = event.data as Record<string, unknown>;
  const bigint = (name: string) => of[name] as bigint;
  const address = (name: string) => of[name] as Address;
  const amount = (kind: AmountEvent['kind'], party: string | null): AmountEvent => ({
    ...place,
    kind,
    asset: address('asset'),
    amount: bigint('amount'),
    party: party === null || of[party] === of['owner'] ? null : address(party),
  });
  const other = (kind: OtherEvent['kind'], words: string): OtherEvent => ({ ...place, kind, words });
  switch (event.name) {
    case 'StepExecuted': {
      const step = {
        collateral: address('collateral'),
        debt: address('debt'),
        sold: bigint('sold'),
        repaid: bigint('repaid'),
        proceeds: bigint('proceeds'),
        reward: bigint('reward'),
        collateralPrice: bigint('collateral_price'),
        debtPrice: bigint('debt_price'),
      };
      return {
        ...place,
        ...step,
        kind: 'step',
        caller: address('caller'),
        path: of['path'] === null || of['path'] === undefined ? 'fill' : of['path'] === 0 ? 'plain' : 'flash',
        rescue: of['rescue'] === true,
        discountE7: bigint('discount_e7'),
        riskBeforeE7: bigint('risk_before_e7'),
        riskAfterE7: bigint('risk_after_e7'),
        costValue: costOf(step, decimalsOf),
      };
    }
    case 'ReserveSpent':
      return {
        ...place,
        kind: 'reserveSpent',
        caller: address('caller'),
        debt: address('debt'),
        amount: bigint('amount'),
        riskBeforeE7: bigint('risk_before_e7'),
        riskAfterE7: bigint('risk_after_e7'),
        rescue: of['rescue'] === true,
      };
    case 'Deposited':
      return amount('deposited', null);
    case 'Withdrawn':
      return amount('withdrawn', 'to');
    case 'Borrowed':
      return amount('borrowed', 'to');
    case 'Repaid':
      return amount('repaid', 'from');
    case 'ReserveFunded':
      return amount('reserveFunded', 'from');
    case 'ReserveWithdrawn':
      return amount('reserveWithdrawn', 'to');
    case 'Claimed':
      return other('claimed', `Claimed ${decimal(bigint('amount'))} BLND to ${address('to')}.`);
    case 'PolicySet':
      return other('policySet', 'The policy was replaced.');
    case 'AutomationSet':
      return other('automationSet', of['enabled'] === true ? 'Automation was switched on.' : 'Automation was switched off.');
    case 'Closed':
      return other('closed', `Everything was unwound and sent to ${address('to')}.`);
    case 'OwnerProposed':
      return other('ownerProposed', `${address('proposed')} was proposed as owner.`);
    case 'OwnerChanged':
      return other('ownerChanged', `The owner is now ${address('owner')}.`);
    case 'AuctionCleared':
      return other('auctionCleared', `The auction that began in ledger ${String(of['start_ledger'])} was deleted; nothing was sold.`);
    case 'Submitted':
      return other('submitted', "The owner made requests of their own at Blend's pool.");
    case 'Upgraded':
      return other('upgraded', "The vault's code was replaced by another version of the factory.");
    default:
      return null;
  }
}

/** What Blend's pool tells of a vault's liquidation; null where it is something else. */
export function decodeAuction(topics: xdr.ScVal[], data: xdr.ScVal, place: EventPlace): VaultEvent | null {
  const told: unknown = scValToNative(data);
  if (topics[0]?.type !== 'scvSymbol' || !Array.isArray(told)) return null;
  switch (topics[0].value.toString()) {
    case 'new_auction':
      return { ...place, kind: 'auctionOpened', words: `Somebody opened a liquidation auction of ${String(told[0])}% of the debt.` };
    case 'fill_auction':
      return {
        ...place,
        kind: 'auctionFilled',
        words: `${String(told[0])} filled ${String(told[1])}% of the liquidation auction: it took collateral of the vault, and debt with it.`,
      };
    default:
      return null;
  }
}

/** BLND has seven decimals. */
function decimal(amount: bigint): string {
  const digits = amount.toString().padStart(8, '0');
  return `${digits.slice(0, -7)}.${digits.slice(-7)}`.replace(/\.?0+$/, '');
}

type Sale = Pick<StepEvent, 'collateral' | 'debt' | 'sold' | 'repaid' | 'proceeds' | 'reward' | 'collateralPrice' | 'debtPrice'>;

/**
 * What a step cost its owner: the value of what was sold less that of what came for it and stayed (repaid, or kept as
 * reserve; the keeper's reward did not), at the oracle's prices, rounded up. Negative where the sale was a gain.
 */
export function costOf(step: Sale, decimalsOf: DecimalsOf): bigint {
  const kept = step.proceeds - step.reward;
  // One fraction of both values, so that only the difference is rounded.
  const [collateralScale, debtScale] = [10n ** BigInt(decimalsOf(step.collateral)), 10n ** BigInt(decimalsOf(step.debt))];
  const cost = step.sold * step.collateralPrice * debtScale - kept * step.debtPrice * collateralScale;
  const scale = collateralScale * debtScale;
  const quotient = cost / scale;
  return cost > 0n && quotient * scale !== cost ? quotient + 1n : quotient;
}

/** A contract's event, with its contract. */
export interface Told {
  contract: Address;
  topics: xdr.ScVal[];
  data: xdr.ScVal;
}

export function told(event: xdr.ContractEvent): Told | null {
  if (event.type.name !== 'contract' || event.contractId === null) return null;
  const { topics, data } = event.body.value;
  return { contract: StrKey.encodeContract(event.contractId.toXdr()), topics, data };
}

/** A token's event (SEP-41): transfer, mint, burn or clawback. */
export function transferOf({ contract, topics, data }: Told): Transfer | null {
  const [name, first, second] = topics;
  if (name?.type !== 'scvSymbol' || first?.type !== 'scvAddress') return null;
  const value: unknown = scValToNative(data);
  // With a muxed receiver the amount stands in a map.
  const amount = typeof value === 'bigint' ? value : (value as { amount?: unknown } | null)?.amount;
  if (typeof amount !== 'bigint') return null;
  const [one, other] = [scValToNative(first) as Address, second?.type === 'scvAddress' ? (scValToNative(second) as Address) : null];
  switch (name.value.toString()) {
    case 'transfer':
      return other === null ? null : { asset: contract, from: one, to: other, amount };
    case 'mint':
      // Before protocol 23 the admin stood first.
      return { asset: contract, from: null, to: other ?? one, amount };
    case 'burn':
      return { asset: contract, from: one, to: null, amount };
    case 'clawback':
      return { asset: contract, from: other ?? one, to: null, amount };
    default:
      return null;
  }
}

/** Events of vaults, and transfers, among what the contracts of a transaction told. */
export function effectsOf(tellings: Told[], place: EventPlace, decimalsOf: DecimalsOf): { events: VaultEvent[]; transfers: Transfer[] } {
  const event = ({ topics, data }: Told, index: number) => decodeEvent(topics, data, { ...place, id: `${place.id}${index}` }, decimalsOf) ?? [];
  return { events: tellings.flatMap(event), transfers: tellings.flatMap((each) => transferOf(each) ?? []) };
}
