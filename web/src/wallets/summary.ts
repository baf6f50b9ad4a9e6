// A transaction in a few lines, as a wallet shows it before it signs.
import { Address as StellarAddress, FeeBumpTransaction, scValToNative, TransactionBuilder, type Transaction } from '@stellar/stellar-sdk';
import { shortAddress } from '../format/time';
import { formatUnits } from '../format/units';
import type { NetworkConfig } from '../parts';
import { networkName } from './networks';

export interface SummaryLine {
  label: string;
  value: string;
}

const STROOP_DECIMALS = 7;
const MOST_LETTERS = 160;

type Operation = Transaction['operations'][number];

export function summarise(xdr: string, passphrase: string, config: NetworkConfig): SummaryLine[] {
  const transaction = TransactionBuilder.fromXDR(xdr, passphrase);
  if (transaction instanceof FeeBumpTransaction) throw new Error('a fee bump is not signed here');
  return [
    { label: 'Account', value: named(transaction.source, config) },
    { label: 'Network', value: networkName(passphrase) },
    { label: 'Highest fee', value: `${formatUnits(BigInt(transaction.fee), STROOP_DECIMALS, { rounding: 'up' })} XLM` },
    ...transaction.operations.flatMap((operation) => operationLines(operation, config)),
  ];
}

function operationLines(operation: Operation, config: NetworkConfig): SummaryLine[] {
  if (operation.type === 'invokeHostFunction' && operation.func.type === 'hostFunctionTypeInvokeContract') {
    const call = operation.func.invokeContract;
    return [
      { label: 'Contract', value: named(StellarAddress.fromScAddress(call.contractAddress).toString(), config) },
      { label: 'Call', value: new TextDecoder().decode(call.functionName.bytes) },
      ...call.args.map((argument, index) => ({ label: `Argument ${index + 1}`, value: written(scValToNative(argument), config) })),
    ];
  }
  if (operation.type === 'changeTrust' && 'code' in operation.line) {
    return [{ label: 'Trustline', value: `${operation.line.code} of ${named(operation.line.issuer ?? '', config)}, limit ${operation.limit}` }];
  }
  if (operation.type === 'restoreFootprint') return [{ label: 'Operation', value: 'restore archived entries' }];
  return [{ label: 'Operation', value: operation.type }];
}

/** A name where the configuration has one, beside the address. */
function named(address: string, config: NetworkConfig): string {
  const contract = Object.entries(config.contracts).find(([, each]) => each === address)?.[0];
  const name = contract ?? config.accounts.find((account) => account.publicKey === address)?.name ?? config.assets.find((asset) => asset.contract === address)?.code;
  return name ? `${name} (${shortAddress(address)})` : shortAddress(address);
}

function written(value: unknown, config: NetworkConfig): string {
  const text = typeof value === 'string' || typeof value !== 'object' || value === null ? plain(value, config) : JSON.stringify(value, (_, each: unknown) => (isLeaf(each) ? plain(each, config) : each));
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}\u2026` : text;
}

const isLeaf = (value: unknown) => typeof value === 'bigint' || typeof value === 'string' || value instanceof Uint8Array;

function plain(value: unknown, config: NetworkConfig): string {
  if (typeof value === 'string') return /^[GC][A-Z2-7]{55}$/.test(value) ? named(value, config) : value;
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return String(value);
}
