// What every part of the walk shares: the sandbox's addresses and keys, its controls, and how a
// transaction is signed, sent and followed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Keypair, TransactionBuilder, rpc } from '@stellar/stellar-sdk';

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: scripts/clients.sh starts a sandbox and sets it`);
  return value;
}

/** What `ballast sandbox` wrote. */
export const sandbox = JSON.parse(readFileSync(required('BALLAST_SANDBOX'), 'utf8'));
export const { rpcUrl, networkPassphrase, contracts } = sandbox;

const contractsFolder = required('BALLAST_CONTRACTS');
/** The bytes of one of our contracts. */
export const wasm = (name) => readFileSync(`${contractsFolder}/ballast_${name}.wasm`);

export const server = new rpc.Server(rpcUrl, { allowHttp: true });

/** One of the sandbox's assets. */
export const asset = (code) => sandbox.assets.find((each) => each.code === code);
/** The key pair of one of the sandbox's accounts. */
export const account = (name) =>
  Keypair.fromSecret(sandbox.accounts.find((each) => each.name === name).secretKey);

/** One unit of an asset: all of them have seven decimals. */
export const ONE = 10_000_000n;

/** A price as the oracle has it, as decimal text. */
export function priceText(price) {
  const { decimals } = sandbox.oracle;
  const digits = String(price).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The default policy, by the vault's names. */
export const POLICY = {
  soft_e7: 9_600_000,
  target_e7: 9_400_000,
  hard_e7: 9_900_000,
  step_min_e7: 2_500_000,
  step_max_e7: 10_000_000,
  discount_min_e7: 60_000,
  discount_max_e7: 300_000,
  sold_budget_e7: 10_000_000,
  window_ledgers: 60,
  max_cost_of_equity_e7: 2_000_000,
  max_price_age_seconds: 900n,
  max_price_deviation_e7: 1_000_000,
  use_previous_round: true,
  reserve_first: true,
  dust_reserve_e7: 10_000,
  rescue_target_e7: 9_550_000,
  rescue_window_ledgers: 20,
  volatility_z_e2: 0,
  volatility_shift_max_e7: 0,
  second_oracle: { tag: 'None', values: undefined },
};

/** A control of the sandbox: not part of any network, so no SDK knows it. */
export async function control(method, params = {}) {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: `ballast_${method}`, params }),
  });
  const answer = await response.json();
  assert.equal(answer.error, undefined, `${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}

/** A transaction of one operation, not prepared and not signed. */
export async function build(source, operation) {
  return new TransactionBuilder(await server.getAccount(source.publicKey()), {
    fee: '10000',
    networkPassphrase,
  })
    .addOperation(operation)
    .setTimeout(60)
    .build();
}

/** Sends a signed transaction and follows it until it is in a ledger. */
export async function follow(transaction) {
  const sent = await server.sendTransaction(transaction);
  assert.equal(sent.status, 'PENDING', JSON.stringify(sent));
  return server.pollTransaction(sent.hash, { attempts: 200, sleepStrategy: () => 50 });
}

/** Signs, sends and expects success. */
export async function submit(transaction, ...signers) {
  transaction.sign(...signers);
  const applied = await follow(transaction);
  assert.equal(applied.status, 'SUCCESS', JSON.stringify(applied.resultXdr));
  return applied;
}

/** A contract call or another operation of Soroban: simulated, then as `submit`. */
export async function invoke(source, operation) {
  return submit(await server.prepareTransaction(await build(source, operation)), source);
}

/** A new key pair with an account that friendbot made. */
export async function funded() {
  const keys = Keypair.random();
  await server.requestAirdrop(keys.publicKey());
  return keys;
}
