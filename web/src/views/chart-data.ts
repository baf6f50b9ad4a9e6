// What the activity chart draws: rounds of the oracle, what the page has seen itself, and the steps.
import type { Address, PriceRound, Snapshot } from '../model';
import type { Core, ReserveSpentEvent, StepEvent } from '../parts';

/** What the page saw at a ledger. */
export interface SeenPoint {
  vault: Address;
  /** Unix seconds. */
  time: number;
  prices: Map<Address, bigint>;
  ratioE7: bigint;
}

export interface PricePoint {
  time: number;
  price: bigint;
}

export interface RatioPoint {
  time: number;
  ratioE7: bigint;
}

export interface StepMark {
  id: string;
  time: number;
  beforeE7: bigint;
  afterE7: bigint;
  price: bigint | null;
  event: StepEvent | ReserveSpentEvent;
}

export interface ChartData {
  from: number;
  to: number;
  price: PricePoint[];
  /** At today's position, by the oracle's rounds. */
  reckoned: RatioPoint[];
  /** As it was. */
  seen: RatioPoint[];
  steps: StepMark[];
  /** Steps before the chart begins. */
  earlier: number;
}

export interface ChartInput {
  snapshot: Snapshot;
  core: Pick<Core, 'health'>;
  /** Whose price is drawn. */
  asset: Address;
  /** By asset, in any order; all assets of the position. */
  rounds: Map<Address, readonly PriceRound[]>;
  seen: readonly SeenPoint[];
  events: readonly (StepEvent | ReserveSpentEvent)[];
}

/** Least that the time axis spans. */
const LEAST_SECONDS = 600;

export function chartOf(input: ChartInput): ChartData | null {
  const { snapshot, core, asset } = input;
  const rounds = new Map([...input.rounds].map(([each, known]) => [each, [...known].sort((one, other) => Number(one.timestamp - other.timestamp))]));
  const times = [...new Set([...rounds.values()].flat().map((round) => Number(round.timestamp)))].sort((one, other) => one - other);
  const own = input.seen.filter((point) => point.vault === snapshot.vault);
  const [first] = [...times, ...own.map((point) => point.time)].sort((one, other) => one - other);
  if (first === undefined) return null;
  const to = Math.max(Number(snapshot.closedAt), ...times, ...own.map((point) => point.time));
  const from = Math.min(first, to - LEAST_SECONDS);
  const reckoned: RatioPoint[] = [];
  for (const time of times) {
    const prices = new Map<Address, bigint>();
    for (const [each, known] of rounds) {
      const price = at(known, time);
      if (price !== null) prices.set(each, price);
    }
    const health = core.health(snapshot, { prices });
    if (health.ok) reckoned.push({ time, ratioE7: health.value.riskRatioE7 });
  }
  const steps = input.events.map(markOf).sort((one, other) => one.time - other.time);
  const price = [
    ...(rounds.get(asset) ?? []).map((round) => ({ time: Number(round.timestamp), price: round.price })),
    ...own.flatMap((point) => (point.prices.has(asset) ? [{ time: point.time, price: point.prices.get(asset)! }] : [])),
  ].sort((one, other) => one.time - other.time);
  return {
    from,
    to,
    price,
    reckoned,
    seen: own.map((point) => ({ time: point.time, ratioE7: point.ratioE7 })),
    steps: steps.filter((step) => step.time >= from),
    earlier: steps.filter((step) => step.time < from).length,
  };

  function markOf(event: StepEvent | ReserveSpentEvent): StepMark {
    const known = event.kind === 'step' && event.collateral === asset ? event.collateralPrice : null;
    return { id: event.id, time: Number(event.closedAt), beforeE7: event.riskBeforeE7, afterE7: event.riskAfterE7, price: known, event };
  }
}

/** The price in force at a time; before the first round that is known, the first. */
function at(rounds: readonly PriceRound[], time: number): bigint | null {
  let price = rounds[0]?.price ?? null;
  for (const round of rounds) if (Number(round.timestamp) <= time) price = round.price;
  return price;
}

const TIME_STEPS = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Round times of the reader's clock within a range. `offset` is what that clock is ahead of UTC, seconds. */
export function timeTicks(from: number, to: number, count: number, offset = 0): number[] {
  const step = TIME_STEPS.find((each) => (to - from) / each <= count) ?? Math.ceil((to - from) / count / 86_400) * 86_400;
  const ticks: number[] = [];
  for (let tick = Math.ceil((from + offset) / step) * step; tick <= to + offset; tick += step) ticks.push(tick - offset);
  return ticks;
}

const MOST_SEEN = 720;

/** Adds what is seen now, unless it is known: a point a ledger. */
export function remember(seen: readonly SeenPoint[], point: SeenPoint): readonly SeenPoint[] {
  const last = seen.at(-1);
  if (last && last.vault === point.vault && last.time >= point.time) return seen;
  return [...seen, point].slice(-MOST_SEEN);
}
