// Every call that the page makes, as an operation to prepare.
import { Asset as StellarAsset, Operation, xdr } from '@stellar/stellar-sdk';
import type { Step } from '@bindings/vault';
import type { Address, Asset, VaultPolicy } from '../model';
import { address, u32 } from './entries';
import { archivedKeys } from './read';
import type { Network } from './rpc';
import { encodePolicy, invoke } from './spec';

/** An operation, with the entries that it is of where it does not name them itself. */
export type Call = xdr.Operation | { operation: xdr.Operation; footprint: xdr.LedgerKey[] };

export type { Step } from '@bindings/vault';

/** Calls of a vault. Amounts are in the asset's smallest unit; the source of the transaction authorises. */
const call = (vault: Address, method: string, args: object = {}) => invoke(vault, method, args);

export interface Creation {
  factory: Address;
  owner: Address;
  pool: Address;
  version: number;
  policy: VaultPolicy;
  nonce: number;
}

/** By hand: the factory's binding would weigh as much as the vault's, and knows no other type. */
export const create = ({ factory, owner, pool, version, policy, nonce }: Creation) =>
  Operation.invokeContractFunction({
    contract: factory,
    function: 'create',
    args: [address(owner), address(pool), u32(version), encodePolicy(sorted(policy)), u32(nonce)],
  });

export const deposit = (vault: Address, asset: Address, amount: bigint) => call(vault, 'deposit', { asset, amount });
/** An amount above the balance withdraws all of it. */
export const withdraw = (vault: Address, asset: Address, amount: bigint, to: Address) => call(vault, 'withdraw', { asset, amount, to });
export const borrow = (vault: Address, asset: Address, amount: bigint, to: Address) => call(vault, 'borrow', { asset, amount, to });
/** What exceeds the debt is refunded. */
export const repay = (vault: Address, from: Address, asset: Address, amount: bigint) => call(vault, 'repay', { from, asset, amount });
export const fundReserve = (vault: Address, from: Address, asset: Address, amount: bigint) =>
  call(vault, 'fund_reserve', { from, asset, amount });
export const withdrawReserve = (vault: Address, asset: Address, amount: bigint, to: Address) =>
  call(vault, 'withdraw_reserve', { asset, amount, to });
export const setPolicy = (vault: Address, policy: VaultPolicy) => call(vault, 'set_policy', { policy: sorted(policy) });
export const setAutomation = (vault: Address, enabled: boolean) => call(vault, 'set_automation', { enabled });
/** Emissions by reserve token: `index * 2` of a debt, `index * 2 + 1` of a deposit. */
export const claim = (vault: Address, reserveTokenIds: number[], to: Address) =>
  call(vault, 'claim', { reserve_token_ids: reserveTokenIds, to });
/** Unwinds everything by these legs, at the owner's own least proceeds. */
export const close = (vault: Address, legs: Step[], to: Address) => call(vault, 'close', { legs, to });
/** One step at the owner's own terms. */
export const ownerRescue = (vault: Address, step: Step) => call(vault, 'owner_rescue', { step });
export const clearStaleAuction = (vault: Address) => call(vault, 'clear_stale_auction');
/** The whole idle balance of any token. */
export const sweep = (vault: Address, token: Address, to: Address) => call(vault, 'sweep', { token, to });
export const proposeOwner = (vault: Address, newOwner: Address) => call(vault, 'propose_owner', { new_owner: newOwner });
export const acceptOwner = (vault: Address) => call(vault, 'accept_owner');
/** Extends the life of the vault's instance and code, which are restored if they are archived. Anybody may. */
export const restore = (vault: Address) => call(vault, 'extend_ttl');

/** Restores everything of the vault that is archived, and nothing else. Anybody may; null if nothing is. */
export async function restoreAll(network: Network, vault: Address): Promise<Call | null> {
  const footprint = await archivedKeys(network, vault);
  return footprint.length === 0 ? null : { operation: Operation.restoreFootprint({}), footprint };
}

/** A trustline with the largest limit; the account then holds the asset, at a reserve of half a lumen. */
export function changeTrust(asset: Asset): xdr.Operation {
  if (asset.issuer === null) throw new Error(`${asset.code} needs no trustline`);
  return Operation.changeTrust({ asset: new StellarAsset(asset.code, asset.issuer) });
}

/** The host takes maps sorted by their keys only. */
function sorted(policy: VaultPolicy): VaultPolicy {
  if (policy.second_oracle.tag === 'None') return policy;
  const [second] = policy.second_oracle.values;
  const keyed = [...second.assets].map(([asset, name]) => ({ asset, name, bytes: address(asset).toXdr('hex') }));
  keyed.sort((one, other) => (one.bytes < other.bytes ? -1 : 1));
  const assets = new Map(keyed.map(({ asset, name }) => [asset, name]));
  return { ...policy, second_oracle: { tag: 'Feed', values: [{ ...second, assets }] } };
}
