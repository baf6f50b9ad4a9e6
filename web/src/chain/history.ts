// What a vault has told: its events, page by page, as far back as the server remembers.
import { xdr } from '@stellar/stellar-sdk';
import type { Address } from '../model';
import type { History, VaultEvent } from '../parts';
import { address, symbol, u32 } from './entries';
import { decodeAuction, decodeEvent, type DecimalsOf } from './events';
import { garbage, knownDecimals, type Network } from './rpc';
import { Unreachable } from './trouble';

/** Events of a page. A server looks through 10,000 ledgers a call, however few events it finds. */
const PAGE = 1_000;

interface RawEvent {
  id: string;
  ledger: number;
  ledgerClosedAt: string;
  inSuccessfulContractCall?: boolean;
  contractId?: string;
  txHash: string;
  topic?: string[];
  value: string;
}

interface RawPage {
  events?: RawEvent[] | null;
  cursor?: string;
  latestLedger: number;
  oldestLedger: number;
}

/** Reads all of it once, and afterwards what is new. */
export class HistoryReader {
  private readonly known = new Map<string, VaultEvent>();
  private cursor: string | null = null;
  private since: number | null = null;

  private readonly filters: object[];

  constructor(
    private readonly network: Network,
    private readonly vault: Address,
    /** Its auctions are told by the pool. */
    pool: Address,
    private readonly decimalsOf: DecimalsOf = knownDecimals(network),
  ) {
    const USER_LIQUIDATION = 0;
    const of = [u32(USER_LIQUIDATION), address(vault)];
    const topics = ['new_auction', 'fill_auction'].map((name) => [symbol(name), ...of].map((topic) => topic.toXdr('base64')));
    this.filters = [
      { type: 'contract', contractIds: [vault] },
      { type: 'contract', contractIds: [pool], topics },
    ];
  }

  /** Everything up to the newest ledger; `onPage` is told what is known on the way. */
  async update(onPage: (history: History) => void = () => undefined): Promise<History> {
    for (;;) {
      const page = await this.page();
      const events = page.events ?? [];
      for (const raw of events) {
        const event = raw.inSuccessfulContractCall === false ? null : this.decode(raw);
        if (event) this.known.set(event.id, event);
      }
      this.since ??= page.oldestLedger;
      const next = page.cursor ?? events.at(-1)?.id ?? null;
      const isStuck = next === null || next === this.cursor;
      this.cursor = next ?? this.cursor;
      const isEnd = isStuck || (events.length < PAGE && ledgerOf(next) >= page.latestLedger);
      const history = { events: this.newestFirst(), since: this.since, loading: !isEnd };
      if (isEnd) return history;
      onPage(history);
    }
  }

  private async page(): Promise<RawPage> {
    const ask = (from: object, limit: object) => this.network.rpc.call<RawPage>('getEvents', { filters: this.filters, ...from, pagination: { limit: PAGE, ...limit } });
    if (this.cursor !== null) {
      try {
        return checked(await ask({}, { cursor: this.cursor }));
      } catch (error) {
        // The server has forgotten the ledger of the cursor, or was set back: begin anew with what it has.
        if (!(error instanceof Unreachable) || error.kind !== 'refused') throw error;
        this.cursor = null;
        this.since = null;
        this.known.clear();
      }
    }
    // The oldest ledger may be forgotten between the two questions.
    const { oldestLedger, ledger } = await this.network.rpc.latest();
    return checked(await ask({ startLedger: Math.min(oldestLedger + (oldestLedger > 2 ? 5 : 0), ledger) }, {}));
  }

  private decode(raw: RawEvent): VaultEvent | null {
    const closedAt = Date.parse(raw.ledgerClosedAt);
    if (!Number.isFinite(closedAt)) throw garbage('getEvents');
    const place = { id: raw.id, ledger: raw.ledger, closedAt: BigInt(Math.floor(closedAt / 1000)), transaction: raw.txHash };
    const topics = (raw.topic ?? []).map((topic) => xdr.ScVal.fromXdr(topic, 'base64'));
    const data = xdr.ScVal.fromXdr(raw.value, 'base64');
    return raw.contractId === this.vault ? decodeEvent(topics, data, place, this.decimalsOf) : decodeAuction(topics, data, place);
  }

  private newestFirst(): VaultEvent[] {
    return [...this.known.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  }
}

/** All that the server remembers, newest first. */
export async function historyOf(network: Network, vault: Address, pool = network.config.contracts.pool): Promise<VaultEvent[]> {
  return (await new HistoryReader(network, vault, pool).update()).events;
}

/** The ledger of a cursor or an event's id: the upper half of its first number. */
export function ledgerOf(cursor: string | null): number {
  const [first] = (cursor ?? '').split('-');
  return /^\d{1,19}$/.test(first ?? '') ? Number(BigInt(first!) >> 32n) : 0;
}

function checked(page: RawPage): RawPage {
  if (!Number.isInteger(page.latestLedger) || !Number.isInteger(page.oldestLedger)) throw garbage('getEvents');
  return page;
}
