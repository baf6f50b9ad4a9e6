// Simulation: what a call would do now. Nothing is sent.
import { Account, Operation, StrKey, TransactionBuilder, rpc, scValToNative, type Transaction, type xdr } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import { garbage, type Network } from './rpc';
import { simulationError } from './errors';
import { Unreachable } from './trouble';

type Simulation = rpc.Api.SimulateTransactionSuccessResponse | rpc.Api.SimulateTransactionRestoreResponse;

const NOBODY = StrKey.encodeEd25519PublicKey(new Uint8Array(32));

/**
 * Simulates a transaction.
 * @throws {CallError} where the call would fail
 */
export async function simulate(network: Network, transaction: Transaction): Promise<Simulation> {
  const raw = await network.rpc.call<rpc.Api.RawSimulateTransactionResponse>('simulateTransaction', {
    transaction: transaction.toEnvelope().toXdr('base64'),
  });
  let answer: rpc.Api.SimulateTransactionResponse;
  try {
    answer = rpc.parseRawSimulation(raw);
  } catch {
    throw garbage('simulateTransaction');
  }
  if (rpc.Api.isSimulationError(answer)) throw simulationError(answer);
  if (!rpc.Api.isSimulationSuccess(answer) || !Number.isInteger(answer.latestLedger)) throw garbage('simulateTransaction');
  return answer;
}

/** What a call returns, were it made now by nobody, and as of which ledger. */
export async function view(network: Network, contract: Address, method: string, args: xdr.ScVal[] = []) {
  const transaction = new TransactionBuilder(new Account(NOBODY, '0'), { fee: '100', networkPassphrase: network.passphrase })
    .addOperation(Operation.invokeContractFunction({ contract, function: method, args }))
    .setTimeout(0)
    .build();
  const { result, latestLedger } = await simulate(network, transaction);
  if (!result) throw garbage('simulateTransaction');
  return { value: result.retval, ledger: latestLedger };
}

/** What a call of another's contract answers; nothing where it traps: our contracts take it so. */
export async function serves(network: Network, contract: Address, method: string, args: xdr.ScVal[], ledgers = new Set<number>()): Promise<unknown> {
  try {
    const { value, ledger } = await view(network, contract, method, args);
    ledgers.add(ledger);
    return scValToNative(value);
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    return null;
  }
}

/** Runs `work` on each, so many at a time. */
export async function inTurns<T, U>(items: readonly T[], atOnce: number, work: (item: T) => Promise<U>): Promise<U[]> {
  const results = new Array<U>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
