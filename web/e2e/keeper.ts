// The real keeper, on a sandbox: `ballast keeper init`, then `ballast keeper`.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROGRAM, type Sandbox } from './sandbox';

const POLL_MS = 50;
/** Ledgers that a transaction of its is good for: they are short here. */
const VALID_LEDGERS = 40;
const START_MS = 20_000;

export class Keeper {
  private constructor(
    private readonly program: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Starts it as bob, and waits until it watches. It sells on the sandbox's venues, and has nothing of its own. */
  static async start(sandbox: Sandbox): Promise<Keeper> {
    const folder = mkdtempSync(join(tmpdir(), 'ballast-e2e-keeper-'));
    const init = ['keeper', 'init', '--sandbox', sandbox.file, '--account', 'bob', '--channels', '2', '--trust'];
    await promisify(execFile)(PROGRAM, init, { cwd: folder });
    const config = join(folder, 'keeper.toml');
    const text = readFileSync(config, 'utf8')
      .replace(/^# poll_ms = .*$/m, `poll_ms = ${POLL_MS}`)
      .replace(/^# valid_ledgers = .*$/m, `valid_ledgers = ${VALID_LEDGERS}`)
      .replace(/^bind = .*$/m, 'bind = "127.0.0.1:0"');
    writeFileSync(config, text);
    const program = spawn(PROGRAM, ['keeper', '--config', config], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const keeper = new Keeper(program, folder);
    let said = '';
    const watching = new Promise<void>((resolve, reject) => {
      const hear = (text: unknown) => {
        said += String(text);
        if (/watching \d+ vaults? of/.test(said)) resolve();
      };
      program.stdout.on('data', hear);
      program.stderr.on('data', hear);
      program.once('exit', (code) => reject(new Error(`the keeper ended with ${code}: ${said}`)));
      setTimeout(() => reject(new Error(`the keeper does not start: ${said}`)), START_MS).unref();
    });
    try {
      await watching;
    } catch (error) {
      await keeper.stop();
      throw error;
    }
    // It uses no channel before what an earlier run might have sent is over.
    await sandbox.close(VALID_LEDGERS + 2);
    return keeper;
  }

  async stop(): Promise<void> {
    if (this.program.exitCode === null && this.program.signalCode === null) {
      const ended = new Promise((resolve) => this.program.once('exit', resolve));
      this.program.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
