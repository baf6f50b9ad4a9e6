// What the page shows, in one place: `chain/session` and the shell write it, views and flows read it.
import { computed, signal } from '@preact/signals';
import type { Address, Asset, Health, Outcome, Snapshot } from './model';
import type { AccountView, Connection, Core, Explained, FlowName, History, NetworkConfig, OpenFlow, Wallet } from './parts';

export const config = signal<NetworkConfig | null>(null);
export const core = signal<Core | null>(null);
/** Why the page cannot work at all: no configuration, no core. */
export const failure = signal<Explained | null>(null);

export const wallet = signal<Wallet | null>(null);
export const connecting = signal(false);
export const account = signal<AccountView | null>(null);

/** Vaults of the connected address (owned or offered to it); null until they are known. */
export const vaults = signal<{ address: Address; offered: boolean }[] | null>(null);
export const vault = signal<Address | null>(null);
export const snapshot = signal<Snapshot | null>(null);
/** Why the chosen vault cannot be shown. */
export const vaultTrouble = signal<Explained | null>(null);
/** A pool without a vault of ours: what a first deposit is previewed with. */
export const history = signal<History>({ events: [], since: null, loading: true });
export const connection = signal<Connection | null>(null);

export const flow = signal<OpenFlow | null>(null);

export function openFlow(name: FlowName, from: Omit<OpenFlow, 'name'> = {}): void {
  flow.value = { name, ...from };
}

/** The vault's health now; null until a vault and the core are there. */
export const health = computed<Outcome<Health> | null>(() => {
  const [known, arithmetic] = [snapshot.value, core.value];
  return known && arithmetic ? arithmetic.health(known) : null;
});

/** Whether the connected wallet can sign for the vault that is shown. */
export const isOwner = computed(() => {
  const [known, signer] = [snapshot.value, wallet.value];
  return Boolean(known && signer?.canSign && known.state.owner === signer.address);
});

/** Milliseconds of this machine's clock, renewed every second while the page is seen. */
export const now = signal(Date.now());

const UNKNOWN_DECIMALS = 7;

/** The asset of a contract; one that the configuration does not list goes by its address. */
export function assetOf(contract: Address): Asset {
  const listed = config.value?.assets.find((asset) => asset.contract === contract);
  if (listed) return listed;
  const reserve = snapshot.value?.reserves.find((each) => each.asset === contract);
  return { code: `${contract.slice(0, 4)}\u2026${contract.slice(-4)}`, issuer: null, contract, decimals: reserve?.decimals ?? UNKNOWN_DECIMALS };
}
