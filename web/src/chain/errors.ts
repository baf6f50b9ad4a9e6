// Errors of contracts, network and server in words.
import { type rpc, type xdr } from '@stellar/stellar-sdk';
import type { Address, ErrorCode } from '../model';
import type { Explained } from '../parts';
import { adviceOf, adviceOfResult } from './advice';
import { contractError, diagnose, isVague, resultWords, type ContractError, type Fault } from './diagnose';
import { Trouble } from './trouble';

export { Trouble, Unreachable } from './trouble';

const REFUSED: Record<string, string> = {
  vault: 'The vault refuses',
  factory: 'The factory refuses',
  oracle: 'The oracle refuses',
  adapter: 'The exchange refuses',
  Comet: 'The exchange refuses',
  token: 'The token refuses',
};
const titleOf = (role: string) => REFUSED[role] ?? (role.startsWith('Blend') ? `${role.replace('Blend', "Blend's")} refuses` : 'A contract refuses');

/** A call that fails, and why. */
export class CallError extends Trouble {
  override readonly code: ErrorCode | null;
  readonly contract: Address | null;
  /** The error's name in the contract's specification. */
  readonly errorName: string | null;

  constructor(
    title: string,
    words: string,
    advice: string | null,
    readonly fault: Fault,
  ) {
    super(title, words, advice);
    this.code = fault.error?.code ?? null;
    this.contract = fault.error?.contract ?? null;
    this.errorName = fault.error?.name ?? null;
  }
}

/** The host's own errors that a borrower may meet, by what they say. */
const HOST: [RegExp, string, string | null][] = [
  [/Budget|ExceededLimit/, 'the call takes more than the network allows in one transaction', 'Try a smaller change.'],
  [/Auth /, 'the call needs the signature of somebody else', 'Connect the account that owns the vault.'],
  [/archived/i, 'something that the call needs is archived', 'Restore it first.'],
  [/no such contract/, 'there is no such contract on this network', 'Check the address.'],
];

/** Title, words and advice of a fault. */
export function describe(fault: Fault): { title: string; words: string; advice: string | null } {
  const { error, causes, host } = fault;
  if (error) {
    const [innermost] = causes;
    if (innermost?.words && isVague(error)) {
      const why = causes.length > 1 || error.words ? [sentence(innermost), `Therefore ${toldBy(error)}.`].join(' ') : sentence(innermost);
      return { title: titleOf(innermost.role), words: why, advice: adviceOf(innermost) ?? adviceOf(error) };
    }
    return { title: titleOf(error.role), words: sentence(error), advice: adviceOf(error) };
  }
  const known = HOST.find(([pattern]) => host !== null && pattern.test(host));
  if (known) return { title: 'The call fails', words: `${upper(known[1])}.`, advice: known[2] };
  return { title: 'The call fails', words: host === null ? 'The server does not say why.' : `The network says: ${host}.`, advice: null };
}

function sentence(error: ContractError): string {
  if (error.words === null) return `It gives the error ${error.code}, which this page does not know.`;
  return `${upper(error.words)} (${error.name}, ${error.code}).`;
}

const toldBy = (error: ContractError) =>
  `the ${error.role} gives ${error.name === null ? `the error ${error.code}` : `${error.name} (${error.code})`}`;

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export function simulationError(answer: rpc.Api.SimulateTransactionErrorResponse): CallError {
  const fault = diagnose(answer.events, answer.error);
  const { title, words, advice } = describe(fault);
  return new CallError(title, words, advice, fault);
}

/** A code of the vault or the lens in words, where the page's own arithmetic gave it. */
export function explainCode(code: ErrorCode): Explained {
  const fault: Fault = { error: contractError(null, code >= 200 && code < 300 ? 'factory' : 'vault', code), causes: [], host: null };
  return { ...describe(fault), code };
}

/** Why the network refused a transaction, or why an applied one failed. */
export interface Refusal {
  /** `txBAD_SEQ`. */
  transaction: string;
  /** `INVOKE_HOST_FUNCTION_TRAPPED`: of the first operation that failed. */
  operation: string | null;
}

/** As the network names them. */
export function refusalOf(result: xdr.TransactionResult): Refusal {
  let { result: of }: { result: { type: string; value: unknown } } = result;
  if (of.type === 'txFeeBumpInnerFailed') of = (of.value as xdr.InnerTransactionResultPair).result.result;
  const operations = of.type === 'txFailed' ? (of.value as xdr.OperationResult[]) : [];
  return { transaction: `tx${shout(of.type.slice(2))}`, operation: operations.map(operationCode).find((code) => code !== null) ?? null };
}

function operationCode(result: xdr.OperationResult): string | null {
  if (result.type !== 'opInner') return `op${shout(result.type.slice(2))}`;
  const inner: { type: string } = result.value.value;
  return inner.type.endsWith('Success') ? null : shout(inner.type);
}

/** `invokeHostFunctionTrapped` as `INVOKE_HOST_FUNCTION_TRAPPED`. */
const shout = (name: string) => name.replace(/(?!^)([A-Z])/g, '_$1').toUpperCase();

/** A result in words; a contract's own error says more than the network's code. */
export function describeRefusal(refusal: Refusal, fault: Fault): { words: string; advice: string | null } {
  if (fault.error) return describe(fault);
  const code = refusal.operation ?? refusal.transaction;
  const known = resultWords(code);
  const words = known === null ? `The network says ${code}.` : `${upper(known)} (${code}).`;
  return { words, advice: adviceOfResult(code) ?? 'Look at the newest figures and try again.' };
}

/** Any error in words. */
export function explain(error: unknown): Explained {
  if (error instanceof Trouble) return { title: error.title, words: error.words, advice: error.advice, code: error.code };
  const { words, advice, message, title } = (error ?? {}) as { words?: unknown; advice?: unknown; message?: unknown; title?: unknown };
  // Errors of a wallet have words of their own.
  if (typeof words === 'string') {
    return { title: typeof title === 'string' ? title : 'The wallet did not sign', words, advice: typeof advice === 'string' ? advice : null, code: null };
  }
  return {
    title: 'Something unexpected happened',
    words: typeof message === 'string' && message !== '' ? message : String(error),
    advice: 'Reload the page.',
    code: null,
  };
}
