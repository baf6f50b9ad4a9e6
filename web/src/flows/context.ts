// What flows go by, out of the store. A snapshot comes with every ledger; flows go on with the one they have until
// something in it changes that matters, so that amounts do not move under the reader's eyes.
import { computed, effect, signal } from '@preact/signals';
import { connect, type Network } from '../chain/rpc';
import type { Snapshot } from '../model';
import type { OpenFlow } from '../parts';
import { account, assetOf, config, connection, core, snapshot, vault, wallet } from '../store';
import type { Context } from './types';

/** Interest is well inside the margins of all flows for so long. */
const MOST_AGE_SECONDS = 60n;

export const network = computed<Network | null>(() => (config.value ? connect(config.value) : null));

/** What a flow's amounts depend on, but for interest and time. */
export function essence(of: Snapshot): string {
  return JSON.stringify(
    [
      of.vault,
      of.state,
      of.proposedOwner,
      of.pool,
      of.genuine,
      of.archived,
      of.auction && [of.auction.startLedger, [...of.auction.lot], [...of.auction.bid]],
      of.reserves.map(({ asset, enabled, bTokens, dTokens, idle, rounds, second }) => [asset, enabled, bTokens, dTokens, idle, rounds[0]?.price, rounds[1]?.price, second?.price]),
    ],
    (_, value) => (typeof value === 'bigint' ? `${value}n` : value instanceof Map ? [...value] : value),
  );
}

const steady = signal<{ of: Snapshot; version: string } | null>(null);
effect(() => {
  const next = snapshot.value;
  const last = steady.peek();
  const version = next && essence(next);
  const isSame = next && last && next.closedAt - last.of.closedAt < MOST_AGE_SECONDS && version === last.version;
  if (!isSame) steady.value = next && version ? { of: next, version } : null;
});

export function contextOf(from: OpenFlow): Context | null {
  if (!config.value || !core.value) return null;
  const held = steady.value?.of.vault === vault.value ? steady.value : null;
  const known = held?.of ?? null;
  return {
    config: config.value,
    core: core.value,
    wallet: wallet.value,
    account: account.value?.address === wallet.value?.address ? account.value : null,
    vault: vault.value,
    snapshot: known,
    version: held?.version ?? '',
    health: known ? core.value.health(known) : null,
    // The clock of an auction goes by it; amounts do not.
    ledger: connection.value?.ledger ?? known?.ledger ?? 0,
    from,
    assetOf,
  };
}
