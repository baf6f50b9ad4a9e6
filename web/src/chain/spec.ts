// The contracts' own specifications, by the generated bindings: they encode calls and decode values.
import { Client as FactoryClient } from '@bindings/factory';
import { Client as VaultClient, type VaultPolicy, type VaultState } from '@bindings/vault';
import { Operation, xdr, type contract, type rpc } from '@stellar/stellar-sdk';
import type { Address } from '../model';

export type { VaultPolicy, VaultState };

const NO_SERVER = {} as rpc.Server;
const specOf = (Client: typeof VaultClient | typeof FactoryClient): (() => contract.Spec) => {
  let spec: contract.Spec | null = null;
  // The client is made for its specification alone; nothing is asked through it.
  return () => (spec ??= new Client({ contractId: '', networkPassphrase: '', rpcUrl: '', server: NO_SERVER }).spec);
};
export const vaultSpec = specOf(VaultClient);
export const factorySpec = specOf(FactoryClient);

/** A value of one of the vault's types, by the type's name. */
export function decodeVault(name: string, value: xdr.ScVal): unknown {
  const type = xdr.ScSpecTypeDef.scSpecTypeUdt(new xdr.ScSpecTypeUdt({ name }));
  return vaultSpec().scValToNative(value, type);
}

/** A policy. The specification gives maps as lists of pairs, and takes maps. */
export function decodePolicy(value: xdr.ScVal): VaultPolicy {
  return withMaps(decodeVault('VaultPolicy', value) as VaultPolicy);
}

export function withMaps(policy: VaultPolicy): VaultPolicy {
  if (policy.second_oracle.tag === 'None') return policy;
  const [second] = policy.second_oracle.values;
  return { ...policy, second_oracle: { tag: 'Feed', values: [{ ...second, assets: new Map(second.assets) }] } };
}

/** A call of one of our contracts. */
export function invoke(spec: () => contract.Spec, contractId: Address, method: string, args: object): xdr.Operation {
  return Operation.invokeContractFunction({ contract: contractId, function: method, args: spec().funcArgsToScVals(method, args) });
}
