// A sandbox of its own for a test: the real RPC over a simulated ledger.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Keypair, TransactionBuilder, type xdr } from '@stellar/stellar-sdk';
import { vi } from 'vitest';
import { parseConfig } from '../../src/chain/config';
import { connect, type Network } from '../../src/chain/rpc';
import { prepare, submit, type Done } from '../../src/chain/transact';
import type { Asset } from '../../src/model';
import type { NetworkConfig } from '../../src/parts';

/** Built by `cargo build --release`, or named by BALLAST_PROGRAM. */
const PROGRAM = process.env.BALLAST_PROGRAM ?? fileURLToPath(new URL('../../../target/release/ballast', import.meta.url));
const START_MS = 60_000;

// Ledgers close in their own time, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** One unit of any of the sandbox's assets. */
export const ONE = 10_000_000n;

export class Sandbox {
  readonly config: NetworkConfig;
  readonly network: Network;

  constructor(
    /** What the program wrote. */
    readonly file: Record<string, any>,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {
    this.config = parseConfig(file, 'http://localhost/');
    this.network = connect(this.config);
  }

  /** A control of the sandbox: `setPrice`, `close`, `warp`, `fail`, `clearFaults`, `snapshot`, `revert`, ... */
  control<T = any>(method: string, params: object = {}): Promise<T> {
    return this.network.rpc.call<T>(`ballast_${method}`, params, 60_000);
  }

  /** One of its accounts: alice, bob, ..., faucet. */
  keys(name: string): Keypair {
    const account = this.config.accounts.find((each) => each.name === name);
    if (!account) throw new Error(`the sandbox has no ${name}`);
    return Keypair.fromSecret(account.secretKey);
  }

  asset(code: string): Asset {
    return this.config.assets.find((each) => each.code === code)!;
  }

  /** Prepares, signs, sends and follows. With manual ledgers one is closed meanwhile. */
  async send(keys: Keypair, operation: xdr.Operation): Promise<Done> {
    const prepared = await prepare(this.network, keys.publicKey(), operation);
    return submit(this.network, this.sign(keys, prepared.transaction.toXdr()), prepared, () => undefined);
  }

  /** A transaction's envelope with a signature, as a wallet gives it back. */
  sign(keys: Keypair, envelope: string, passphrase = this.network.passphrase): string {
    const transaction = TransactionBuilder.fromXdr(envelope, passphrase);
    transaction.sign(keys);
    return transaction.toXdr();
  }

  /** A new key pair with an account that friendbot made. */
  async funded(): Promise<Keypair> {
    const keys = Keypair.random();
    const response = await fetch(`${this.config.friendbotUrl}?addr=${keys.publicKey()}`, { method: 'POST' });
    if (!response.ok) throw new Error(`friendbot: ${response.status}`);
    return keys;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts one on a free port; further options as on the command line. */
export async function startSandbox(...options: string[]): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-web-'));
  const output = join(folder, 'sandbox.json');
  const program = spawn(PROGRAM, ['sandbox', '--port', '0', '--output', output, ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  program.stderr.on('data', (text) => (said += text));
  const failed = new Promise<never>((_, reject) => {
    program.once('error', reject);
    program.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}: ${said}`)));
  });
  failed.catch(() => undefined);
  const started = async () => {
    const until = Date.now() + START_MS;
    // The file is there a moment before it is filled.
    while (!existsSync(output) || readFileSync(output, 'utf8') === '') {
      if (Date.now() > until) throw new Error(`the sandbox did not start: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new Sandbox(JSON.parse(readFileSync(output, 'utf8')), program, folder);
  };
  try {
    return await Promise.race([started(), failed]);
  } catch (error) {
    program.kill('SIGKILL');
    throw error;
  }
}
