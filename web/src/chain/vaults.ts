// Vaults of an owner, and what the factory keeps.
import { scValToNative } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import { address, instanceKey, readEntries, stored, u32, variant, vaultAtKey } from './entries';
import type { Network } from './rpc';
import { inTurns, view } from './simulate';
import { Trouble } from './trouble';

/** Factories are read so far back; older vaults of an owner are found by their address. */
const MOST_VAULTS = 2_000;
/** How many vaults of one owner on one pool are looked for by their address. */
const NONCES = 8;

export interface OwnedVault {
  address: Address;
  /** Owned by somebody else, who proposed this address as owner. */
  offered: boolean;
}

/** Vaults of the factory that an address owns or is proposed as owner of, in the order of creation. */
export async function vaultsOf(network: Network, owner: Address): Promise<OwnedVault[]> {
  const { factory } = network.config.contracts;
  const count = await factoryNumber(network, 'VaultCount');
  const first = Math.max(0, count - MOST_VAULTS);
  const indices = Array.from({ length: count - first }, (_, offset) => vaultAtKey(factory, first + offset));
  const listed = indices.length === 0 ? null : await readEntries(network, indices);
  const candidates = indices.map((key) => listed?.value(key)).filter((value) => !!value).map((value) => scValToNative(value!) as Address);
  if (first > 0) {
    candidates.unshift(...(await addressesOf(network, owner)));
  }
  const unique = [...new Set(candidates)];
  const entries = unique.length === 0 ? null : await readEntries(network, unique.map(instanceKey));
  return unique.flatMap((vault): OwnedVault[] => {
    const found = entries?.instance(vault);
    const value = (name: string) => {
      const kept = found && stored(found, variant(name));
      return kept ? (scValToNative(kept) as Address) : null;
    };
    if (value('Owner') === owner) return [{ address: vault, offered: false }];
    return value('ProposedOwner') === owner ? [{ address: vault, offered: true }] : [];
  });
}

/** What the factory's instance keeps. */
async function factoryNumber(network: Network, name: string): Promise<number> {
  const { factory } = network.config.contracts;
  const instance = (await readEntries(network, [instanceKey(factory)])).instance(factory);
  const value = instance && stored(instance, variant(name));
  if (!value) {
    throw new Trouble('There is no factory', `${factory} is no factory on this network.`, 'Whoever serves this page must mend config.json.');
  }
  return scValToNative(value) as number;
}

/** Where the factory puts an owner's vaults on the pool, by nonce. */
async function addressesOf(network: Network, owner: Address): Promise<Address[]> {
  const { factory, pool } = network.config.contracts;
  const nonces = Array.from({ length: NONCES }, (_, nonce) => nonce);
  return inTurns(nonces, NONCES, async (nonce) => {
    const { value } = await view(network, factory, 'vault_address', [address(owner), address(pool), u32(nonce)]);
    return scValToNative(value) as Address;
  });
}

/** The newest version of the vault's code that the factory lists. */
export async function latestVersion(network: Network): Promise<number> {
  const count = await factoryNumber(network, 'VersionCount');
  if (count === 0) throw new Trouble('No vault can be created', 'The factory lists no version.', null);
  return count - 1;
}

/** The first nonce with which the owner has created no vault on the pool. */
export async function freeNonce(network: Network, owner: Address): Promise<number> {
  const addresses = await addressesOf(network, owner);
  const entries = await readEntries(network, addresses.map(instanceKey));
  const nonce = addresses.findIndex((vault) => !entries.has(instanceKey(vault)));
  if (nonce < 0) throw new Trouble('No vault can be created', `This account has created ${NONCES} vaults on the pool.`, 'Use one of them, or another account.');
  return nonce;
}
