// Errors in words: every code of every contract, the innermost cause, results of the network, errors of the server.
import { readFileSync } from 'node:fs';
import { StrKey, nativeToScVal, xdr } from '@stellar/stellar-sdk';
import { describe, expect, test } from 'vitest';
import { contractError, diagnose, resultWords, type Role } from '../../src/chain/diagnose';
import { CallError, describe as inWords, describeRefusal, explain, explainCode, refusalOf } from '../../src/chain/errors';
import { Unreachable } from '../../src/chain/trouble';

const GOLDEN = JSON.parse(readFileSync(new URL('../../../tests/goldens/words.json', import.meta.url), 'utf8')) as Record<string, { code?: number; name: string; words: string }[]>;
const ids = (number: number) => new Uint8Array(32).fill(number);
const address = (number: number) => StrKey.encodeContract(ids(number));

function event(of: number | null, topics: xdr.ScVal[], data: xdr.ScVal): xdr.DiagnosticEvent {
  return new xdr.DiagnosticEvent({
    inSuccessfulContractCall: false,
    event: new xdr.ContractEvent({
      ext: xdr.ExtensionPoint.fromXdrObject({ v: 0 } as never),
      contractId: of === null ? null : new xdr.ContractId(ids(of)),
      type: xdr.ContractEventType.diagnostic,
      body: xdr.ContractEventBody.v0(new xdr.ContractEventV0({ topics, data })),
    }),
  });
}
const symbol = (name: string) => xdr.ScVal.scvSymbol(name);
const called = (by: number | null, contract: number, name: string) => event(by, [symbol('fn_call'), xdr.ScVal.scvBytes(ids(contract)), symbol(name)], xdr.ScVal.scvVoid());
const returned = (contract: number, name: string) => event(contract, [symbol('fn_return'), symbol(name)], xdr.ScVal.scvVoid());
const failed = (contract: number, code: number, words: string) =>
  event(contract, [symbol('error'), xdr.ScVal.scvError(xdr.ScError.sceContract(code))], nativeToScVal([words, 'more']));
const [VAULT, POOL, TOKEN, VENUE] = [1, 2, 3, 4];

describe('codes', () => {
  const cases = Object.entries(GOLDEN).flatMap(([role, codes]) => (role === 'network' ? [] : codes.map((each) => [role, each.name, each] as const)));

  test('are all there', () => {
    expect(cases.length).toBeGreaterThan(170);
    expect(cases.filter(([role]) => role === 'vault').length).toBe(58);
  });

  test.each(cases)('%s %s has words', (role, name, { code, words }) => {
    const fault = { error: contractError(null, role as Role, code!), causes: [], host: null };
    const told = inWords(fault);
    expect(told.words).toContain(name);
    expect(told.words.toLowerCase()).toContain(words.toLowerCase());
    expect(told.words.endsWith('.')).toBe(true);
    expect(told.title).not.toContain('undefined');
    if (told.advice !== null) expect(told.advice).toMatch(/\.$/);
  });

  test('of the page’s own arithmetic', () => {
    expect(explainCode(102)).toMatchObject({ title: 'The vault refuses', code: 102 });
    expect(explainCode(163).advice).toBe('Change the policy.');
    expect(explainCode(203).title).toBe('The factory refuses');
    expect(explainCode(199).words).toBe('It gives the error 199, which this page does not know.');
  });

  test('that a borrower meets have advice', () => {
    for (const code of [102, 105, 106, 111, 112, 114, 115, 116, 120, 122, 131, 200, 203]) expect(explainCode(code).advice, String(code)).not.toBeNull();
    for (const code of [6, 10, 11, 13]) expect(inWords({ error: contractError(null, 'token', code), causes: [], host: null }).advice).not.toBeNull();
  });
});

describe('diagnosis', () => {
  test('finds the innermost cause, and tells equal numbers of different contracts apart', () => {
    const events = [
      called(null, VAULT, 'deposit'),
      called(VAULT, POOL, 'submit'),
      called(POOL, TOKEN, 'transfer'),
      failed(TOKEN, 10, 'balance is not sufficient to spend'),
      failed(POOL, 10, 'contract call failed'),
      failed(VAULT, 117, 'failing with contract error'),
    ];
    const fault = diagnose(events, 'HostError: Error(Contract, #117)');
    expect(fault.error).toMatchObject({ role: 'vault', name: 'PoolRefused', contract: address(VAULT) });
    expect(fault.causes).toMatchObject([{ role: 'token', name: 'BalanceError', contract: address(TOKEN) }]);
    expect(inWords(fault)).toMatchObject({ title: 'The token refuses', words: 'The balance does not suffice (BalanceError, 10). Therefore the vault gives PoolRefused (117).' });
    expect(diagnose([called(null, VENUE, 'swap_exact_amount_in'), failed(VENUE, 20, 'x')], null).error?.name).toBe('ErrLimitOut');
    expect(diagnose([called(null, TOKEN, 'transfer'), failed(TOKEN, 13, 'x')], null).error?.name).toBe('TrustlineMissingError');
  });

  test('takes what was caught for the cause of an error that says nothing itself', () => {
    const events = [
      called(null, VAULT, 'borrow'),
      called(VAULT, POOL, 'submit'),
      called(POOL, TOKEN, 'transfer'),
      failed(TOKEN, 13, 'trustline entry is missing for account'),
      called(VAULT, POOL, 'get_positions'),
      returned(POOL, 'get_positions'),
      failed(VAULT, 117, 'escalating'),
    ];
    expect(inWords(diagnose(events, null)).words).toMatch(/^The account has no trustline/);
    const clear = [...events.slice(0, -1), failed(VAULT, 102, 'escalating')];
    expect(inWords(diagnose(clear, null)).words).toMatch(/soft threshold/);
  });

  test('has the server’s words where there are no events', () => {
    expect(diagnose([], 'HostError: Error(Contract, #203)\n\nEvent log').error?.name).toBe('VaultExists');
    expect(diagnose([], 'Could not unmarshal transaction\nmore')).toEqual({ error: null, causes: [], host: 'Could not unmarshal transaction' });
    const auth = event(VAULT, [symbol('error'), xdr.ScVal.scvError(xdr.ScError.sceAuth(xdr.ScErrorCode.scecInvalidAction))], nativeToScVal('Unauthorized'));
    expect(inWords(diagnose([auth], null)).words).toMatch(/signature of somebody else/);
  });
});

describe('results of the network', () => {
  const result = (of: xdr.TransactionResultResult) =>
    new xdr.TransactionResult({ feeCharged: 100n, result: of, ext: xdr.TransactionResultExt.fromXdrObject({ v: 0 } as never) });

  test('are named as the network names them', () => {
    expect(refusalOf(result(xdr.TransactionResultResult.txBadSeq()))).toEqual({ transaction: 'txBAD_SEQ', operation: null });
    expect(refusalOf(result(xdr.TransactionResultResult.txBadAuthExtra())).transaction).toBe('txBAD_AUTH_EXTRA');
    const trapped = xdr.OperationResult.opInner(xdr.OperationResultTr.invokeHostFunction(xdr.InvokeHostFunctionResult.invokeHostFunctionTrapped()));
    const trust = xdr.OperationResult.opInner(xdr.OperationResultTr.changeTrust(xdr.ChangeTrustResult.changeTrustLowReserve()));
    expect(refusalOf(result(xdr.TransactionResultResult.txFailed([trapped]))).operation).toBe('INVOKE_HOST_FUNCTION_TRAPPED');
    expect(refusalOf(result(xdr.TransactionResultResult.txFailed([trust]))).operation).toBe('CHANGE_TRUST_LOW_RESERVE');
    expect(refusalOf(result(xdr.TransactionResultResult.txFailed([xdr.OperationResult.opNoAccount()]))).operation).toBe('opNO_ACCOUNT');
  });

  test.each(GOLDEN.network!)('$name has words', ({ name, words }) => {
    expect(resultWords(name)).toBe(words);
    const told = describeRefusal({ transaction: 'txFAILED', operation: name }, { error: null, causes: [], host: null });
    expect(told.words).toContain(name);
    expect(told.advice).toMatch(/\.$/);
  });
});

test('any error has words', () => {
  expect(explain(new Unreachable('offline', 'The server does not answer.', null))).toMatchObject({ title: 'The network cannot be reached', code: null });
  expect(explain(new Error('odd'))).toMatchObject({ title: 'Something unexpected happened', words: 'odd' });
  expect(explain('odd').words).toBe('odd');
  expect(explain(null).words).toBe('null');
  expect(explain({ words: 'You declined.', advice: 'Try again.', title: 'Not signed' })).toEqual({ title: 'Not signed', words: 'You declined.', advice: 'Try again.', code: null });
  const fault = { error: contractError(address(VAULT), 'vault', 120), causes: [], host: null };
  const error = new CallError('t', 'w', 'a', fault);
  expect(error).toMatchObject({ code: 120, errorName: 'InsufficientReserve', contract: address(VAULT) });
});
