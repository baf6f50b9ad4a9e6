// A sandbox: the real program with the page in it, its controls, and accounts that act beside the page.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Asset, Keypair, Operation, TransactionBuilder, rpc, type xdr } from '@stellar/stellar-sdk';

const release = fileURLToPath(new URL('../../target/release/ballast', import.meta.url));
export const PROGRAM = process.env.BALLAST_PROGRAM ?? release;
/** Short, so that nobody waits long; the time between is a network's all the same. */
const LEDGER_MS = 250;
const START_MS = 60_000;
const FOLLOW_MS = 50;

/** One unit of an asset: all of the sandbox's have seven decimals. */
export const ONE = 10_000_000n;

interface Written {
  rpcUrl: string;
  friendbotUrl: string;
  networkPassphrase: string;
  contracts: Record<string, string>;
  assets: { code: string; issuer: string | null; contract: string; decimals: number }[];
  comet: { contract: string; assets: string[] }[];
  oracle: { contract: string; decimals: number; resolutionSeconds: number };
  accounts: { name: string; publicKey: string; secretKey: string }[];
}

export type Fault = { method?: string; requests?: number; rate?: string } & (
  | { kind: 'drop' }
  | { kind: 'http'; status: number }
  | { kind: 'latency'; ms: number }
  | { kind: 'stale'; ledgers: number }
  | { kind: 'rateLimit'; perSecond: number }
  | { kind: 'error'; code?: number; message?: string }
  | { kind: 'garbage'; form?: 'bytes' | 'truncated' | 'html' | 'empty' | 'shape' }
);

export class Sandbox {
  readonly server: rpc.Server;
  /** Why the program ended, if it did. */
  ended: string | null = null;
  /** What was staged, by the name of the snapshot that has it. */
  private readonly staged = new Map<string, unknown>();

  constructor(
    readonly file: string,
    readonly written: Written,
    private readonly program: ChildProcess,
    private readonly folder: string,
  ) {
    this.server = new rpc.Server(written.rpcUrl, { allowHttp: true });
    program.once('exit', (code, signal) => (this.ended ??= `the sandbox ended with ${code ?? signal}`));
  }

  /** Where the page is. */
  get url(): string {
    return this.written.rpcUrl;
  }

  contract(name: string): string {
    const found = this.written.contracts[name];
    if (!found) throw new Error(`the sandbox has no ${name}`);
    return found;
  }

  asset(code: string) {
    const found = this.written.assets.find((each) => each.code === code);
    if (!found) throw new Error(`the sandbox has no ${code}`);
    return found;
  }

  keys(name: string): Keypair {
    const found = this.written.accounts.find((each) => each.name === name);
    if (!found) throw new Error(`the sandbox has no ${name}`);
    return Keypair.fromSecret(found.secretKey);
  }

  // ---- Controls ------------------------------------------------------------------------------------

  private async control<T = unknown>(method: string, params: object = {}): Promise<T> {
    if (this.ended) throw new Error(this.ended);
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: `ballast_${method}`, params }),
    });
    const answer = (await response.json()) as { error?: unknown; result: T };
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  /** A round of the oracle: decimals as text. */
  setPrices(prices: Record<string, string>) {
    return this.control('setPrice', { prices });
  }

  setPrice(code: string, price: string) {
    return this.setPrices({ [code]: price });
  }

  /** Whether the oracle's last prices are no longer repeated. */
  pauseOracle(paused = true) {
    return this.control('oracle', { paused });
  }

  /** Its prices are so old. A round that was on its way when it paused lands before the second warp. */
  async silenceOracle(seconds: number): Promise<void> {
    await this.pauseOracle();
    await this.warp({ ledgers: 10, seconds });
    await this.close(2);
    await this.warp({ ledgers: 10, seconds });
  }

  warp(by: { ledgers?: number; seconds?: number }) {
    return this.control('warp', by);
  }

  close(count = 1) {
    return this.control('close', { count });
  }

  fail(fault: Fault) {
    return this.control('fail', fault);
  }

  clearFaults() {
    return this.control('clearFaults');
  }

  snapshot(name: string) {
    return this.control('snapshot', { name });
  }

  async revert(name: string): Promise<void> {
    await this.clearFaults();
    await this.pauseOracle(false);
    await this.control('revert', { name });
  }

  /** Goes to a state that `build` makes, from a new sandbox, the first time that it is asked for. */
  async stage<T>(name: string, build: () => Promise<T>): Promise<T> {
    if (this.staged.has(name)) {
      await this.revert(name);
    } else {
      const built = await build();
      await this.snapshot(name);
      this.staged.set(name, built);
    }
    return this.staged.get(name) as T;
  }

  // ---- Accounts that act beside the page -------------------------------------------------------------

  /** Signs, sends and follows. A Soroban call is simulated first. */
  async send(keys: Keypair, operation: xdr.Operation, isCall = true): Promise<rpc.Api.GetSuccessfulTransactionResponse> {
    const account = await this.server.getAccount(keys.publicKey());
    const built = new TransactionBuilder(account, { fee: '100000', networkPassphrase: this.written.networkPassphrase })
      .addOperation(operation)
      // For ever: the ledger's time may be another than this machine's.
      .setTimeout(0)
      .build();
    const transaction = isCall ? await this.server.prepareTransaction(built) : built;
    transaction.sign(keys);
    const sent = await this.server.sendTransaction(transaction);
    if (sent.status !== 'PENDING') throw new Error(`not taken: ${JSON.stringify(sent)}`);
    await this.close();
    const end = await this.server.pollTransaction(sent.hash, { attempts: 200, sleepStrategy: () => FOLLOW_MS });
    if (end.status !== 'SUCCESS') throw new Error(`${end.status}: ${JSON.stringify('resultXdr' in end ? end.resultXdr : null)}`);
    return end;
  }

  classic(code: string): Asset {
    const { issuer } = this.asset(code);
    return issuer ? new Asset(code, issuer) : Asset.native();
  }

  trust(keys: Keypair, code: string) {
    return this.send(keys, Operation.changeTrust({ asset: this.classic(code) }), false);
  }

  /** The faucet pays. */
  give(to: string, code: string, amount: string) {
    return this.send(this.keys('faucet'), Operation.payment({ destination: to, asset: this.classic(code), amount }), false);
  }

  /** A new account with 10,000 XLM and nothing else. */
  async funded(): Promise<Keypair> {
    const keys = Keypair.random();
    await this.server.fundAddress(keys.publicKey());
    return keys;
  }

  async stop(): Promise<void> {
    this.ended ??= 'the sandbox was stopped';
    if (this.program.exitCode === null && this.program.signalCode === null) {
      const ended = new Promise((resolve) => this.program.once('exit', resolve));
      this.program.kill('SIGTERM');
      const patience = setTimeout(() => this.program.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(patience);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The page is the program's own, or that of the folder BALLAST_PAGE. */
export async function startSandbox(): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-e2e-'));
  const file = join(folder, 'sandbox.json');
  const page = process.env.BALLAST_PAGE ? ['--page', process.env.BALLAST_PAGE] : [];
  const options = ['--port', '0', '--ledger-ms', String(LEDGER_MS), '--output', file, ...page];
  const program = spawn(PROGRAM, ['sandbox', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  program.stderr.on('data', (text) => (said += String(text)));
  let failed: Error | null = null;
  program.once('error', (error) => (failed = error));
  // The file is there before it is filled.
  for (const began = Date.now(); !existsSync(file) || statSync(file).size === 0; ) {
    if (failed || program.exitCode !== null || Date.now() - began > START_MS) {
      program.kill('SIGKILL');
      throw new Error(`the sandbox does not start: ${String(failed ?? said)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_MS));
  }
  return new Sandbox(file, JSON.parse(readFileSync(file, 'utf8')) as Written, program, folder);
}
