// Keeps what the page shows up to date: asks for the newest ledger again and again, and reads everything anew at each.
import { effect, untracked } from '@preact/signals';
import type { Address, Snapshot } from '../model';
import type { NetworkConfig } from '../parts';
import { account, config, connection, failure, history, snapshot, vault, vaults, vaultTrouble, wallet } from '../store';
import { explain } from './errors';
import { HistoryReader } from './history';
import { noVault, readAccount, readSnapshot, type ReadCache } from './read';
import { checkNetwork, connect, garbage, type Network } from './rpc';
import { Trouble, Unreachable } from './trouble';
import { vaultsOf } from './vaults';

/** Between two questions for the newest ledger. */
const PAUSE_MS = 1_500;
const LONGEST_PAUSE_MS = 20_000;
const LAGGING_LEDGERS = 3;
/** Who is proposed as owner of somebody's vault learns of it after so many ledgers. */
const VAULTS_EVERY_LEDGERS = 12;

let running: Session | null = null;

/** Begins. The session before ends. Returns how to end this one. */
export function startSession(of: NetworkConfig = config.value!): () => void {
  running?.stop();
  const session = new Session(connect(of));
  running = session;
  return () => session.stop();
}

/** Reads everything anew now: after a transaction. */
export async function refresh(): Promise<void> {
  await running?.refresh();
}

/** What is kept from one reading of a vault to the next. */
interface Reading {
  vault: Address;
  reader?: HistoryReader;
  cache: ReadCache;
}

class Session {
  private isStopped = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private turn: Promise<void> | null = null;
  private isChecked = false;
  private failures = 0;
  /** What the last reading was of; read anew where it differs. */
  private read: { ledger: number; vault: Address | null; wallet: Address | null } | null = null;
  private vaultsAt: { ledger: number; wallet: Address } | null = null;
  private reader: Reading | null = null;
  private readonly endings: (() => void)[] = [];

  constructor(private readonly network: Network) {
    const wake = () => {
      if (!document.hidden) this.soon(0);
    };
    document.addEventListener('visibilitychange', wake);
    addEventListener('online', wake);
    this.endings.push(() => {
      document.removeEventListener('visibilitychange', wake);
      removeEventListener('online', wake);
    });
    // What is chosen is read at once, and nothing of what was chosen before stays.
    this.endings.push(
      effect(() => {
        const chosen = vault.value;
        untracked(() => {
          if (snapshot.value?.vault === chosen) return;
          snapshot.value = null;
          vaultTrouble.value = null;
          history.value = { events: [], since: null, loading: chosen !== null };
          this.soon(0);
        });
      }),
      effect(() => {
        const connected = wallet.value?.address ?? null;
        untracked(() => {
          if (account.value?.address === connected) return;
          account.value = null;
          vaults.value = null;
          this.vaultsAt = null;
          this.soon(0);
        });
      }),
    );
    this.soon(0);
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    for (const end of this.endings) end();
    if (running === this) running = null;
  }

  async refresh(): Promise<void> {
    await this.turn;
    this.read = null;
    this.vaultsAt = null;
    await this.take();
  }

  private soon(milliseconds: number): void {
    if (this.isStopped) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      // A hidden page asks nothing; it wakes when it is seen.
      if (document.hidden) return;
      void this.take();
    }, milliseconds);
  }

  /** One turn at a time. */
  private take(): Promise<void> {
    this.turn ??= this.once().finally(() => {
      this.turn = null;
    });
    return this.turn;
  }

  private async once(): Promise<void> {
    let pauseMs = PAUSE_MS;
    try {
      if (!this.isChecked) {
        await checkNetwork(this.network);
        this.isChecked = true;
        failure.value = null;
      }
      const latest = await this.network.rpc.latest();
      if (this.isStopped) return;
      const behind = (connection.value?.ledger ?? 0) - latest.ledger;
      // Servers behind one address may lag a little: an older answer is no news. A ledger set back is (a sandbox's).
      if (behind <= 0 || behind > LAGGING_LEDGERS) {
        if (behind > LAGGING_LEDGERS) this.reader = null;
        await this.readAt(latest.ledger);
      }
      this.failures = 0;
      if (this.isStopped) return;
      const known = connection.value;
      const isNews = known === null || behind < 0 || behind > LAGGING_LEDGERS;
      const seen = isNews ? { ledger: latest.ledger, closedAt: latest.closedAt, seenAt: Date.now() } : known;
      connection.value = { ledger: seen.ledger, closedAt: seen.closedAt, seenAt: seen.seenAt, trouble: null };
    } catch (error) {
      if (this.isStopped) return;
      pauseMs = this.fail(error);
    }
    // What was chosen while this turn read is read at once.
    const isStale = this.read !== null && (this.read.vault !== vault.value || this.read.wallet !== (wallet.value?.address ?? null));
    this.soon(isStale ? 0 : pauseMs);
  }

  /** Tells that what is shown is old. Returns how long to wait. */
  private fail(error: unknown): number {
    this.failures += 1;
    // Whatever cannot be read is an answer that makes no sense.
    const trouble = explain(error instanceof Trouble ? error : garbage('what it was asked'));
    if (error instanceof Trouble && !(error instanceof Unreachable) && !this.isChecked) failure.value = trouble;
    const { ledger = 0, closedAt = 0n, seenAt = Date.now() } = connection.value ?? {};
    connection.value = { ledger, closedAt, seenAt, trouble };
    const asked = error instanceof Unreachable ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    return Math.max(asked, Math.min(PAUSE_MS * 1.6 ** this.failures, LONGEST_PAUSE_MS));
  }

  /** Reads what is shown, where the ledger or the choice is new. */
  private async readAt(ledger: number): Promise<void> {
    const chosen = { ledger, vault: vault.value, wallet: wallet.value?.address ?? null };
    const before = this.read;
    if (before?.ledger === ledger && before.vault === chosen.vault && before.wallet === chosen.wallet) return;
    await Promise.all([
      chosen.wallet === null ? null : this.readWallet(chosen.wallet, ledger),
      chosen.vault === null ? null : this.readVault(chosen.vault),
    ]);
    this.read = chosen;
  }

  private async readWallet(address: Address, ledger: number): Promise<void> {
    const due = this.vaultsAt?.wallet !== address || ledger >= this.vaultsAt.ledger + VAULTS_EVERY_LEDGERS || ledger < this.vaultsAt.ledger;
    const [view, owned] = await Promise.all([readAccount(this.network, address), due ? vaultsOf(this.network, address) : null]);
    if (this.isStopped || wallet.value?.address !== address) return;
    account.value = view;
    if (owned === null) return;
    this.vaultsAt = { ledger, wallet: address };
    vaults.value = owned;
    // Who owns one vault sees it without choosing.
    vault.value ??= owned.find((each) => !each.offered)?.address ?? null;
  }

  private async readVault(address: Address): Promise<void> {
    const of: Reading = this.reader?.vault === address ? this.reader : { vault: address, cache: { older: new Map() } };
    this.reader = of;
    const isChosen = () => !this.isStopped && vault.value === address;
    let read: Snapshot;
    try {
      read = await readSnapshot(this.network, address, of.cache);
      if (!isChosen()) return;
      snapshot.value = read;
      vaultTrouble.value = null;
    } catch (error) {
      if (error instanceof Unreachable || !isChosen()) throw error;
      snapshot.value = null;
      // The server's answer was sound, so it is the contract that has what no vault has.
      vaultTrouble.value = explain(error instanceof Trouble ? error : noVault(address));
      return;
    }
    const decimals = new Map(read.reserves.map((reserve) => [reserve.asset, reserve.decimals]));
    of.reader ??= new HistoryReader(this.network, address, read.state.links.pool, (asset) => decimals.get(asset) ?? 7);
    const known = await of.reader.update((page) => {
      if (isChosen()) history.value = page;
    });
    if (isChosen() && isOther(history.value, known)) history.value = known;
  }
}

/** Whether there is something new: equal histories draw nothing anew. */
function isOther(one: typeof history.value, other: typeof history.value): boolean {
  return one.loading !== other.loading || one.since !== other.since || one.events.length !== other.events.length || one.events[0]?.id !== other.events[0]?.id;
}
