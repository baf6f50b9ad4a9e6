// Whose error it is, from a failed call's diagnostic events; as crates/client/src/failure/diagnose.rs.
import { Address as StellarAddress, StrKey, scValToNative, type xdr } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import words from '../../generated/words.json';

interface Code {
  code: number;
  name: string;
  words: string;
}

const TABLES = words as unknown as Record<Role, Code[]> & { network: { name: string; words: string }[] };

/** What a contract is, as the golden list names it. */
export type Role =
  | 'vault'
  | 'factory'
  | 'receiver'
  | 'oracle'
  | 'adapter'
  | 'Blend pool'
  | 'Blend backstop'
  | 'Blend pool factory'
  | 'Comet'
  | 'token'
  | 'contract';

export interface ContractError {
  contract: Address | null;
  role: Role;
  code: number;
  name: string | null;
  words: string | null;
}

/** Why a call failed. */
export interface Fault {
  /** The error of the contract that was called. */
  error: ContractError | null;
  /** Those that led to it, the innermost first. */
  causes: ContractError[];
  /** What the host says, where no contract gave an error. */
  host: string | null;
}

/** By the block of its codes. Contracts that count from one are told apart by their calls. */
function roleByCode(code: number): Role | null {
  if (code >= 100 && code < 200) return 'vault';
  if (code >= 200 && code < 300) return 'factory';
  if (code >= 300 && code < 400) return 'receiver';
  if (code >= 400 && code < 500) return 'oracle';
  if (code >= 500 && code < 600) return 'adapter';
  if (code >= 1000 && code < 1100) return 'Blend backstop';
  if (code >= 1200 && code < 1300) return 'Blend pool';
  if (code >= 1300 && code < 1400) return 'Blend pool factory';
  return null;
}

const CALLS: [Role, string[]][] = [
  ['Comet', ['swap_exact_amount_in', 'swap_exact_amount_out', 'join_pool', 'exit_pool']],
  ['Blend pool', ['submit', 'submit_with_allowance', 'flash_loan', 'new_auction', 'get_reserve']],
  ['Blend backstop', ['queue_withdrawal', 'draw', 'donate']],
  ['token', ['transfer', 'transfer_from', 'approve', 'balance', 'mint', 'burn', 'clawback']],
];

function roleByCalls(functions: string[]): Role {
  return CALLS.find(([, names]) => functions.some((name) => names.includes(name)))?.[0] ?? 'contract';
}

const CAUGHT: Role[] = ['token', 'Blend pool', 'Comet', 'adapter'];

/** Whether an error says no more than that something else was refused. */
export function isVague({ name, words }: ContractError): boolean {
  return words === null || name === 'PoolRefused' || name === 'VenueFailed';
}

export function contractError(contract: Address | null, role: Role, code: number): ContractError {
  const entry = TABLES[role]?.find((each) => each.code === code);
  return { contract, role, code, name: entry?.name ?? null, words: entry?.words ?? null };
}

/** Words of a result code of the network: `txBAD_SEQ`, `CHANGE_TRUST_LOW_RESERVE`. */
export function resultWords(name: string): string | null {
  return TABLES.network?.find((each) => each.name === name)?.words ?? null;
}

/** From the events of a call, and the server's words where it gave any. */
export function diagnose(events: xdr.DiagnosticEvent[], said: string | null): Fault {
  const calls = new Map<Address, string[]>();
  // Errors since the last call that returned: what was caught on the way is none.
  let errors: ContractError[] = [];
  // The last of those, of a token or a venue: a vault that says no more than that something was refused has caught it.
  let caught: ContractError[] = [];
  let host: string | null = null;
  for (const { event } of events) {
    const { topics, data } = event.body.value;
    const kind = symbolOf(topics[0]);
    if (kind === 'fn_call') {
      const [called, name] = [contractOf(topics[1]), symbolOf(topics[2])];
      if (called !== null && name !== null) calls.set(called, [...(calls.get(called) ?? []), name]);
    } else if (kind === 'fn_return') {
      if (errors.some((error) => CAUGHT.includes(error.role))) caught = errors;
      errors = [];
      host = null;
    } else if (kind === 'error' && topics[1]?.type === 'scvError') {
      const error = topics[1].value;
      if (error.type === 'sceContract') {
        // An error is told again by every contract that it passes through.
        if (errors.at(-1)?.code === error.value) continue;
        const of = event.contractId ? StrKey.encodeContract(event.contractId.toXdr()) : null;
        const role = roleByCode(error.value) ?? roleByCalls(calls.get(of ?? '') ?? []);
        errors.push(contractError(of, role, error.value));
      } else {
        host ??= [`${error.type.replace('sce', '')} ${error.value.name.replace('scec', '')}`, message(data)].filter(Boolean).join(': ');
      }
    }
  }
  const code = /Error\(Contract, #(\d+)\)/.exec(said ?? '');
  if (code && errors.at(-1)?.code !== Number(code[1])) {
    errors.push(contractError(null, roleByCode(Number(code[1])) ?? 'contract', Number(code[1])));
  }
  const error = errors.pop() ?? null;
  if (error) return { error, causes: errors.length === 0 && isVague(error) ? caught : errors, host: null };
  return { error, causes: errors, host: host ?? said?.split('\n')[0]?.trim() ?? null };
}

function symbolOf(value: xdr.ScVal | undefined): string | null {
  return value?.type === 'scvSymbol' ? value.value.toString() : null;
}

function contractOf(value: xdr.ScVal | undefined): Address | null {
  if (value?.type === 'scvBytes' && value.value.value.length === 32) return StrKey.encodeContract(value.value.value);
  return value?.type === 'scvAddress' ? StellarAddress.fromScVal(value).toString() : null;
}

/** The text with which the host tells an error; arguments follow it. */
function message(data: xdr.ScVal): string {
  const told: unknown = scValToNative(data);
  const text = Array.isArray(told) ? told[0] : told;
  if (typeof text !== 'string') return '';
  return text.includes('non-existing value for contract instance') ? 'there is no such contract' : text;
}
