// What an account has, and what of it can be spent.
import { Asset as StellarAsset, StrKey, type xdr } from '@stellar/stellar-sdk';
import type { Address, Asset } from '../model';
import type { AccountView, Balance } from '../parts';
import { accountKey, address, instanceKey, readEntries, trustlineKey } from './entries';
import type { Network } from './rpc';
import { inTurns, serves } from './simulate';

/** What the network keeps back for an account and for each of its entries, stroops. */
export const BASE_RESERVE = 5_000_000n;

/** Of a trustline: its balance may be used. */
const AUTHORIZED_FLAG = 1;
const CALLS_AT_ONCE = 8;

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

/** What an address has of the configured assets. */
export async function readAccount(network: Network, of: Address): Promise<AccountDetails> {
  const { assets } = network.config;
  const lumens = StellarAsset.native().contractId(network.passphrase);
  const isAccount = StrKey.isValidEd25519PublicKey(of);
  const classic = isAccount ? assets.filter((asset) => asset.issuer !== null) : [];
  const lineKey = (asset: Asset) => trustlineKey(of, asset.code, asset.issuer!);
  const keys = isAccount ? [accountKey(of), ...classic.map(lineKey)] : [instanceKey(of)];
  const entries = await readEntries(network, keys);
  const entry = isAccount ? entries.data(accountKey(of)) : null;
  const balances = new Map<Address, BalanceDetails>();
  const unknown: BalanceDetails = { amount: 0n, spendable: 0n, authorized: true, limit: null, room: null };
  let base = { sequence: 0n, subentries: 0, xlmSpendable: 0n };
  if (entry?.type === 'account') {
    const { balance, seqNum, numSubEntries } = entry.value;
    const spendable = spendableOf(entry.value);
    base = { sequence: seqNum, subentries: numSubEntries, xlmSpendable: spendable };
    balances.set(lumens, { ...unknown, amount: balance, spendable });
    for (const asset of classic) {
      const line = entries.data(lineKey(asset));
      // The issuer holds no balance: it makes and takes back as much as it likes.
      if (line?.type === 'trustline') balances.set(asset.contract, lineBalance(line.value));
    }
  }
  const exists = isAccount ? entry !== null : entries.instance(of) !== null;
  const others = assets.filter((asset) => exists && asset.contract !== lumens && !(isAccount && asset.issuer !== null));
  const more = isAccount ? others : [...others, ...assets.filter((asset) => asset.contract === lumens)];
  await inTurns(exists ? more : [], CALLS_AT_ONCE, async (asset) => {
    const amount = await serves(network, asset.contract, 'balance', [address(of)]);
    if (typeof amount === 'bigint') balances.set(asset.contract, { ...unknown, amount, spendable: amount });
  });
  return { address: of, exists, balances, ledger: entries.ledger, ...base };
}

function lineBalance(line: xdr.TrustLineEntry): BalanceDetails {
  const { buying, selling } = line.ext.type === 'v1' ? line.ext.value.liabilities : { buying: 0n, selling: 0n };
  const authorized = (line.flags & AUTHORIZED_FLAG) !== 0;
  return {
    amount: line.balance,
    spendable: authorized ? line.balance - selling : 0n,
    authorized,
    limit: line.limit,
    room: authorized ? line.limit - line.balance - buying : 0n,
  };
}
