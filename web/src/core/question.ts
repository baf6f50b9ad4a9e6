// A snapshot, and what is asked of it, in the core's words.
import type { Address, Change, PathName, Reserve, Snapshot, VaultPolicy } from '../model';
import { writePolicy } from './policy';
import type { QuestionWriter } from './words';

/** Rounds that the core takes of an asset. */
const MOST_ROUNDS = 14;
const PATHS: Record<PathName, number> = { fill: 0, plain: 1, flash: 2 };

export interface Asked {
  path?: PathName;
  /** Number of the reserve that is asked about. */
  reserve?: number;
  mode?: boolean;
  /** A price, or a ratio. */
  amount?: bigint;
  newestLedger?: number;
  policy?: VaultPolicy;
  prices?: Map<Address, bigint>;
  changes?: Change[];
}

export function writeQuestion(writer: QuestionWriter, snapshot: Snapshot, asked: Asked): void {
  const { state, pool } = snapshot;
  const policy = asked.policy ?? state.policy;
  writer.number(PATHS[asked.path ?? 'fill']);
  writer.flag(asked.reserve !== undefined).number(asked.reserve ?? 0);
  writer.flag(asked.mode ?? false).wide(asked.amount ?? 0n);
  writer.number(asked.newestLedger ?? snapshot.ledger);
  writer.number(state.links.resolution_seconds);
  writePolicy(writer, policy);
  writer.number(secondOracle(policy));
  writer.number(snapshot.ledger).number(snapshot.closedAt).flag(state.automation);
  writer.wide(state.links.price_scalar);
  writer.number(state.window.start_ledger).wide(state.window.budget_value).wide(state.window.sold_value);
  writer.number(pool.status).wide(pool.minCollateral).number(pool.backstopTakeRateE7);
  writer.flag(snapshot.auction !== null).number(snapshot.auction?.startLedger ?? 0);
  writer.number(snapshot.reserves.length);
  for (const reserve of snapshot.reserves) writeReserve(writer, snapshot, reserve, policy, asked);
}

/** 0 none, 1 named, 2 required. */
function secondOracle(policy: VaultPolicy): number {
  if (policy.second_oracle.tag === 'None') return 0;
  return policy.second_oracle.values[0].required ? 2 : 1;
}

function writeReserve(writer: QuestionWriter, snapshot: Snapshot, reserve: Reserve, policy: VaultPolicy, asked: Asked): void {
  const { curve, stored, asset } = reserve;
  writer.flag(snapshot.state.assets.get(reserve.index)?.asset === asset);
  writer.number(reserve.decimals).number(reserve.collateralFactorE7).number(reserve.liabilityFactorE7);
  writer.number(reserve.maxUtilizationE7).flag(reserve.enabled);
  writer.number(curve.targetE7).number(curve.baseE7).number(curve.oneE7);
  writer.number(curve.twoE7).number(curve.threeE7).number(curve.reactivityE7);
  writer.wide(stored.bRateE12).wide(stored.dRateE12).wide(stored.modifierE7);
  writer.wide(stored.bSupply).wide(stored.dSupply).number(stored.accruedAt);
  writer.wide(reserve.bTokens).wide(reserve.dTokens).wide(reserve.idle);
  writer.wide(snapshot.auction?.lot.get(asset) ?? 0n).wide(snapshot.auction?.bid.get(asset) ?? 0n);
  const second = isNamed(policy, asset) ? reserve.second : null;
  writer.flag(second !== null).number(second?.timestamp ?? 0n).wide(second?.price ?? 0n);
  const given = asked.prices?.get(asset);
  writer.flag(given !== undefined).wide(given ?? 0n);
  const changes = (asked.changes ?? []).filter((change) => change.asset === asset);
  writer.wide(changes.reduce((sum, change) => sum + (change.collateral ?? 0n), 0n));
  writer.wide(changes.reduce((sum, change) => sum + (change.debt ?? 0n), 0n));
  writeRounds(writer, reserve);
}

/** An asset that the policy does not list has no second price, whatever the oracle says. */
function isNamed(policy: VaultPolicy, asset: Address): boolean {
  return policy.second_oracle.tag === 'Feed' && policy.second_oracle.values[0].assets.has(asset);
}

function writeRounds(writer: QuestionWriter, reserve: Reserve): void {
  const rounds = reserve.rounds.slice(0, MOST_ROUNDS);
  writer.number(rounds.length);
  for (const round of rounds) writer.number(round.timestamp).wide(round.price);
  for (let absent = rounds.length; absent < MOST_ROUNDS; absent += 1) writer.number(0).wide(0n);
}
