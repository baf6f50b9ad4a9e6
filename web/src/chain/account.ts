// What of an account's lumens can be spent.
import type { xdr } from '@stellar/stellar-sdk';
import type { AccountView, Balance } from '../parts';
import type { Address } from '../model';

/** What the network keeps back for an account and for each of its entries, stroops. */
export const BASE_RESERVE = 5_000_000n;

export interface BalanceDetails extends Balance {
  /** What it can still receive; null where there is no limit. */
  room: bigint | null;
}

export interface AccountDetails extends AccountView {
  balances: Map<Address, BalanceDetails>;
  /** Trustlines, offers, signers and data: each of them takes a reserve. */
  subentries: number;
  xlmSpendable: bigint;
  /** The last sequence number used. */
  sequence: bigint;
  ledger: number;
}

/** Lumens above the reserves and above what offers hold, stroops; never negative. */
export function spendableOf(entry: xdr.AccountEntry): bigint {
  const first = entry.ext.type === 'v1' ? entry.ext.value : null;
  const second = first?.ext.type === 'v2' ? first.ext.value : null;
  const units = 2 + entry.numSubEntries + (second?.numSponsoring ?? 0) - (second?.numSponsored ?? 0);
  const spendable = entry.balance - BigInt(units) * BASE_RESERVE - (first?.liabilities.selling ?? 0n);
  return spendable > 0n ? spendable : 0n;
}
