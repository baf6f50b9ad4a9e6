// Whether whoever is to receive something can hold it: asked when a call fails, because a token only says that it refuses.
import { scValToNative } from '@stellar/stellar-sdk';
import { accountKey, instanceKey, readEntries, stored, symbol, trustlineKey } from '../chain/entries';
import type { Network } from '../chain/rpc';
import { view } from '../chain/simulate';
import type { Address, Asset } from '../model';
import type { Explained } from '../parts';
import { needsTrustline } from './amounts';
import type { Context, Intent } from './types';

/** `missing` names a trustline that the wallet's own account lacks: it can be added here. */
export type Holding = { ok: true } | { ok: false; error: Explained; missing: Asset | null };

/** Stands for the token that the pool's emissions are paid in. */
export const EMISSIONS = 'emissions';
const CLASSIC = /^([A-Za-z0-9]{1,12}):(G[A-Z2-7]{55})$/;
const AUTHORIZED_FLAG = 1;

const refused = (words: string, advice: string | null, missing: Asset | null = null): Holding => ({ ok: false, error: { title: 'It could not be received', words, advice, code: null }, missing });

export async function canHold(network: Network, context: Context, receives: Intent['receives']): Promise<Holding> {
  for (const { asset, to } of receives) {
    // A contract needs nothing to hold a token.
    if (!to.startsWith('G')) continue;
    const known = await assetFor(network, context, asset);
    if (!known) continue;
    const holding = await account(network, context, known, to);
    if (!holding.ok) return holding;
  }
  return { ok: true };
}

async function account(network: Network, context: Context, asset: Asset, to: Address): Promise<Holding> {
  const wanted = needsTrustline(asset, to);
  const line = wanted ? trustlineKey(to, asset.code, asset.issuer ?? '') : null;
  const entries = await readEntries(network, line ? [accountKey(to), line] : [accountKey(to)]);
  const isSelf = to === context.wallet?.address;
  const who = isSelf ? 'Your account' : 'The receiver';
  if (!entries.data(accountKey(to))) {
    return refused(`${who} does not exist on this network.`, isSelf ? 'Send it lumens first.' : 'Check the address. An account exists once somebody has sent it lumens.');
  }
  if (!line) return { ok: true };
  const data = entries.data(line);
  if (data?.type !== 'trustline') {
    return isSelf
      ? refused(`Your account has no trustline for ${asset.code}, so it cannot receive any.`, 'Add it first: what you have entered here stays.', asset)
      : refused(`The receiver has no trustline for ${asset.code}, so it cannot receive any.`, 'Its owner must add one first, or choose another receiver.');
  }
  if ((data.value.flags & AUTHORIZED_FLAG) === 0) return refused(`The issuer of ${asset.code} does not allow ${isSelf ? 'your account' : 'the receiver'} to hold it.`, 'Choose another receiver.');
  return { ok: true };
}

/** The asset behind a token: from the configuration, or from what the token says of itself. */
async function assetFor(network: Network, context: Context, token: Address): Promise<Asset | null> {
  const contract = token === EMISSIONS ? await emissionToken(network, context.snapshot?.state.links.pool ?? network.config.contracts.pool) : token;
  if (!contract) return null;
  const listed = network.config.assets.find((asset) => asset.contract === contract);
  if (listed) return listed;
  const name = await view(network, contract, 'name').then(({ value }) => scValToNative(value) as unknown, () => null);
  const match = typeof name === 'string' ? CLASSIC.exec(name) : null;
  return match ? { code: match[1]!, issuer: match[2]!, contract, decimals: 7 } : null;
}

/** Blend's pools keep it in their instance. */
async function emissionToken(network: Network, pool: Address): Promise<Address | null> {
  const instance = (await readEntries(network, [instanceKey(pool)])).instance(pool);
  const value = instance && stored(instance, symbol('BLNDTkn'));
  return value ? (scValToNative(value) as Address) : null;
}
