// The vault's own specification, by the generated binding: it encodes calls and decodes values.
import { Client, type VaultPolicy, type VaultState } from '@bindings/vault';
import { Operation, xdr, type contract, type rpc } from '@stellar/stellar-sdk';
import type { Address } from '../model';

export type { VaultPolicy, VaultState };

const NO_SERVER = {} as rpc.Server;
let spec: contract.Spec | null = null;

export function vaultSpec(): contract.Spec {
  // The client is made for its specification alone; nothing is asked through it.
  return (spec ??= new Client({ contractId: '', networkPassphrase: '', rpcUrl: '', server: NO_SERVER }).spec);
}

const typeOf = (name: string) => xdr.ScSpecTypeDef.scSpecTypeUdt(new xdr.ScSpecTypeUdt({ name }));

/** A value of one of the vault's types, by the type's name. */
export function decodeVault(name: string, value: xdr.ScVal): unknown {
  return vaultSpec().scValToNative(value, typeOf(name));
}

export const encodePolicy = (policy: VaultPolicy): xdr.ScVal => vaultSpec().nativeToScVal(policy, typeOf('VaultPolicy'));

/** A policy. The specification gives maps as lists of pairs, and takes maps. */
export function decodePolicy(value: xdr.ScVal): VaultPolicy {
  return withMaps(decodeVault('VaultPolicy', value) as VaultPolicy);
}

export function withMaps(policy: VaultPolicy): VaultPolicy {
  if (policy.second_oracle.tag === 'None') return policy;
  const [second] = policy.second_oracle.values;
  return { ...policy, second_oracle: { tag: 'Feed', values: [{ ...second, assets: new Map(second.assets) }] } };
}

/** A call of a vault. */
export function invoke(vault: Address, method: string, args: object): xdr.Operation {
  return Operation.invokeContractFunction({ contract: vault, function: method, args: vaultSpec().funcArgsToScVals(method, args) });
}
