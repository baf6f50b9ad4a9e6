// What the page knows of a vault, its pool and an account, all of it as of one ledger.
import { scValToNative, type xdr } from '@stellar/stellar-sdk';
import type { AssetEntry } from '@bindings/vault';
import type { Address, OpenAuction, Reserve, Snapshot, VaultState } from '../model';
import { address, balanceKey, behind, codeKey, Entries, instanceKey, isClassic, isVaultKey, poolKey, readEntries, stored, symbol, variant } from './entries';
import { readFeeds, type Feed, type FeedCache } from './rounds';
import { garbage, type Network } from './rpc';
import { inTurns, serves, view } from './simulate';
import { decodePolicy, decodeVault, type VaultPolicy } from './spec';
import { Trouble } from './trouble';

export { readAccount, type AccountDetails, type BalanceDetails } from './account';
export { freeNonce, latestVersion, vaultsOf, type OwnedVault } from './vaults';

const CALLS_AT_ONCE = 8;
/** Ledgers close between two requests: then both are asked again. */
const TRIES = 10;

/** What of a pool changes seldom. */
interface Layout {
  pool: Address;
  oracle: Address;
  assets: Address[];
  classic: Set<Address>;
  baseName: string;
  priceScalar: bigint;
  resolutionSeconds: number;
}

/** What may be kept from one reading to the next. */
export interface ReadCache extends FeedCache {
  /** A vault never changes its pool. */
  pool?: { vault: Address; pool: Address };
  layout?: Layout;
}

/** A vault and its pool. With a cache older rounds are asked for only where the last one is new. */
export async function readSnapshot(network: Network, vault: Address, cache: ReadCache = {}): Promise<Snapshot> {
  if (cache.pool?.vault !== vault) {
    const entries = await readEntries(network, [instanceKey(vault)]);
    cache.pool = { vault, pool: vaultState(entries.instance(vault), vault).state.links.pool };
  }
  return read(network, cache, cache.pool);
}

/** The pool of the configuration, for whoever has no vault there yet. */
export async function readMarket(network: Network, policy: VaultPolicy, cache: ReadCache = {}): Promise<Snapshot> {
  return read(network, cache, { vault: null, pool: network.config.contracts.pool, policy });
}

interface Target {
  vault: Address | null;
  pool: Address;
  policy?: VaultPolicy;
}

async function read(network: Network, cache: ReadCache, target: Target): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    const layout = cache.layout?.pool === target.pool ? cache.layout : await readLayout(network, target.pool);
    const [latest, entries] = await Promise.all([network.rpc.latest(), readEntries(network, keysOf(network, layout, target.vault))]);
    if (!isStill(layout, entries)) {
      delete cache.layout;
    } else {
      cache.layout = layout;
      const known = target.vault === null ? emptyState(network, layout, target) : vaultState(entries.instance(target.vault), target.vault);
      const ledgers = new Set([latest.ledger, entries.ledger]);
      const feeds = await readFeeds(network, layout.oracle, layout.assets, known.state.policy, ledgers, cache);
      const idle = await otherBalances(network, layout, target.vault, ledgers);
      if (ledgers.size === 1) {
        return {
          ledger: entries.ledger,
          closedAt: latest.closedAt,
          vault: target.vault ?? '',
          ...known,
          pool: poolOf(layout, entries),
          reserves: layout.assets.map((asset, index) => reserveOf(layout, entries, target.vault, asset, index, feeds, idle)),
          auction: target.vault === null ? null : auctionOf(layout, entries, target.vault),
          genuine: target.vault === null || entries.has(isVaultKey(network.config.contracts.factory, target.vault)),
          archived: target.vault !== null && vaultKeys(layout, target.vault).some((key) => entries.isArchived(key)),
        };
      }
    }
    if (attempt >= TRIES) throw behind();
    await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
  }
}

async function readLayout(network: Network, pool: Address): Promise<Layout> {
  const first = await readEntries(network, [instanceKey(pool), poolKey.reserveList(pool)]);
  const oracle = poolConfig(first, pool).oracle;
  const assets = reserveList(first, pool);
  const [instances, decimals, resolution, base] = await Promise.all([
    readEntries(network, assets.map(instanceKey)),
    view(network, oracle, 'decimals'),
    view(network, oracle, 'resolution'),
    view(network, oracle, 'base'),
  ]);
  return {
    pool,
    oracle,
    assets,
    classic: new Set(assets.filter((asset) => isClassic(instances.instance(asset)))),
    baseName: baseName(network, scValToNative(base.value)),
    priceScalar: 10n ** BigInt(scValToNative(decimals.value) as number),
    resolutionSeconds: scValToNative(resolution.value) as number,
  };
}

/** `["Other", "USD"]` or `["Stellar", "C..."]`. */
function baseName(network: Network, base: unknown): string {
  const name = Array.isArray(base) && typeof base[1] === 'string' ? base[1] : '?';
  return network.config.assets.find((asset) => asset.contract === name)?.code ?? name;
}

function isStill(layout: Layout, entries: Entries): boolean {
  const assets = reserveList(entries, layout.pool);
  const isSame = assets.length === layout.assets.length && assets.every((asset, index) => asset === layout.assets[index]);
  return isSame && poolConfig(entries, layout.pool).oracle === layout.oracle;
}

/** Entries that are the vault's own. */
function vaultKeys(layout: Layout, vault: Address): xdr.LedgerKey[] {
  const balances = layout.assets.filter((asset) => layout.classic.has(asset)).map((asset) => balanceKey(asset, vault));
  return [instanceKey(vault), poolKey.positions(layout.pool, vault), ...balances];
}

/** What of the vault is archived, its code included. */
export async function archivedKeys(network: Network, vault: Address): Promise<xdr.LedgerKey[]> {
  const first = await readEntries(network, [instanceKey(vault)]);
  const layout = await readLayout(network, vaultState(first.instance(vault), vault).state.links.pool);
  const code = codeKey(first.instance(vault));
  const keys = [...vaultKeys(layout, vault), ...(code === null ? [] : [code])];
  const entries = await readEntries(network, keys);
  return keys.filter((key) => entries.isArchived(key));
}

function keysOf(network: Network, layout: Layout, vault: Address | null): xdr.LedgerKey[] {
  const { pool, assets } = layout;
  const reserves = assets.flatMap((asset) => [poolKey.reserveConfig(pool, asset), poolKey.reserveData(pool, asset)]);
  const own = vault === null ? [] : [...vaultKeys(layout, vault), poolKey.auction(pool, vault), isVaultKey(network.config.contracts.factory, vault)];
  return [instanceKey(pool), poolKey.reserveList(pool), ...reserves, ...own];
}

// ---- Entries ----------------------------------------------------------------------------------

export function noVault(vault: Address): Trouble {
  return new Trouble('There is no vault', `${vault} is no vault on this network.`, 'Check the address.');
}

function vaultState(instance: xdr.ScContractInstance | null, vault: Address) {
  const part = (name: string) => instance && stored(instance, variant(name));
  const [owner, links, policy] = [part('Owner'), part('Links'), part('Policy')];
  if (!owner || !links || !policy) {
    throw noVault(vault);
  }
  const [window, assets, proposed] = [part('Window'), part('Assets'), part('ProposedOwner')];
  const state: VaultState = {
    owner: scValToNative(owner) as Address,
    links: decodeVault('Links', links) as VaultState['links'],
    policy: decodePolicy(policy),
    automation: part('AutomationOff') === null,
    window: window ? (decodeVault('BudgetWindow', window) as VaultState['window']) : { start_ledger: 0, budget_value: 0n, sold_value: 0n },
    assets: new Map(assets ? numbered<AssetEntry>(scValToNative(assets)) : []),
  };
  return { state, proposedOwner: proposed ? (scValToNative(proposed) as Address) : null };
}

function emptyState(network: Network, layout: Layout, { policy }: Target): { state: VaultState; proposedOwner: null } {
  const { pool, oracle, priceScalar: price_scalar, resolutionSeconds: resolution_seconds } = layout;
  const links = { pool, oracle, price_scalar, resolution_seconds, receiver: '', factory: network.config.contracts.factory };
  const window = { start_ledger: 0, budget_value: 0n, sold_value: 0n };
  return { state: { owner: '', links, policy: policy!, automation: true, window, assets: new Map() }, proposedOwner: null };
}

interface PoolConfig {
  oracle: Address;
  min_collateral: bigint;
  bstop_rate: number;
  status: number;
}

function poolConfig(entries: Entries, pool: Address): PoolConfig {
  const instance = entries.instance(pool);
  const config = instance && stored(instance, symbol('Config'));
  if (!config) throw new Trouble('There is no pool', `${pool} is no Blend pool on this network.`, 'Whoever serves this page must mend config.json.');
  return scValToNative(config) as PoolConfig;
}

function reserveList(entries: Entries, pool: Address): Address[] {
  const list = entries.value(poolKey.reserveList(pool));
  return list ? (scValToNative(list) as Address[]) : [];
}

function poolOf(layout: Layout, entries: Entries): Snapshot['pool'] {
  const config = poolConfig(entries, layout.pool);
  return {
    status: config.status,
    minCollateral: config.min_collateral,
    backstopTakeRateE7: config.bstop_rate,
    baseName: layout.baseName,
  };
}

/** As Blend stores them; shares of a user by reserve index. */
interface StoredPositions {
  liabilities: Record<string, bigint>;
  collateral: Record<string, bigint>;
  supply: Record<string, bigint>;
}

function reserveOf(
  layout: Layout,
  entries: Entries,
  vault: Address | null,
  asset: Address,
  index: number,
  feeds: Map<Address, Feed>,
  others: Map<Address, bigint>,
): Reserve {
  const configValue = entries.value(poolKey.reserveConfig(layout.pool, asset));
  const dataValue = entries.value(poolKey.reserveData(layout.pool, asset));
  // Entries that the list names are there: archived ones are given too.
  if (!configValue || !dataValue) throw garbage('getLedgerEntries');
  const config = scValToNative(configValue) as Record<string, number> & { supply_cap: bigint; enabled: boolean };
  const data = scValToNative(dataValue) as Record<string, bigint>;
  const positionsValue = vault === null ? null : entries.value(poolKey.positions(layout.pool, vault));
  const positions = positionsValue ? (scValToNative(positionsValue) as StoredPositions) : null;
  const balance = vault === null ? null : entries.value(balanceKey(asset, vault));
  const feed = feeds.get(asset);
  return {
    asset,
    index,
    decimals: config.decimals!,
    collateralFactorE7: config.c_factor!,
    liabilityFactorE7: config.l_factor!,
    maxUtilizationE7: config.max_util!,
    enabled: config.enabled,
    curve: {
      targetE7: config.util!,
      baseE7: config.r_base!,
      oneE7: config.r_one!,
      twoE7: config.r_two!,
      threeE7: config.r_three!,
      reactivityE7: config.reactivity!,
    },
    stored: {
      bRateE12: data.b_rate!,
      dRateE12: data.d_rate!,
      modifierE7: data.ir_mod!,
      bSupply: data.b_supply!,
      dSupply: data.d_supply!,
      accruedAt: data.last_time!,
    },
    supplyCap: config.supply_cap,
    bTokens: positions?.collateral[index] ?? 0n,
    dTokens: positions?.liabilities[index] ?? 0n,
    lentTokens: positions?.supply[index] ?? 0n,
    idle: others.get(asset) ?? (balance ? (scValToNative(balance) as { amount: bigint }).amount : 0n),
    rounds: feed?.rounds ?? [],
    second: feed?.second ?? null,
  };
}

function auctionOf(layout: Layout, entries: Entries, vault: Address): OpenAuction | null {
  const key = poolKey.auction(layout.pool, vault);
  const value = entries.value(key);
  if (!value || entries.isArchived(key)) return null;
  const { block, lot, bid } = scValToNative(value) as { block: number; lot: Record<Address, bigint>; bid: Record<Address, bigint> };
  return { startLedger: block, lot: new Map(Object.entries(lot)), bid: new Map(Object.entries(bid)) };
}

/** Balances of the vault in tokens that are no classic assets, and keep them as they like. */
async function otherBalances(network: Network, layout: Layout, vault: Address | null, ledgers: Set<number>): Promise<Map<Address, bigint>> {
  const others = vault === null ? [] : layout.assets.filter((asset) => !layout.classic.has(asset));
  const balances = await inTurns(others, CALLS_AT_ONCE, async (asset) => {
    const amount = await serves(network, asset, 'balance', [address(vault!)], ledgers);
    return [asset, typeof amount === 'bigint' ? amount : 0n] as const;
  });
  return new Map(balances);
}

function numbered<T>(record: unknown): [number, T][] {
  return Object.entries(record as Record<string, T>).map(([index, value]) => [Number(index), value]);
}
