// The preview while the form is filled in: made again when the form changes, and with every few ledgers.
import { useEffect, useRef, useState } from 'preact/hooks';
import { CallError, explain } from '../chain/errors';
import type { Network } from '../chain/rpc';
import { prepare } from '../chain/transact';
import type { Explained } from '../parts';
import type { Asset } from '../model';
import { canHold } from './holding';
import type { Context, Intent, Preview } from './types';

export type Previewed =
  | { state: 'none' }
  | { state: 'loading' }
  | { state: 'ready'; preview: Omit<Preview, 'after'> }
  /** It would succeed, and do nothing. */
  | { state: 'pointless'; words: string }
  | { state: 'refused'; error: Explained; missing: Asset | null };

const DEBOUNCE_MS = 350;
/** An old simulation is made again when a ledger closes, not more often than this. */
const REDO_MS = 4_000;

/**
 * What an intent would do. Where the vault or a price is different, or in another `round`, nothing stands of what was
 * said before. With every `ledger` it is asked again; until then the answer stands, and is what is signed.
 */
export function usePreview(network: Network | null, context: Context | null, intent: Intent | null, round: number, ledger: number, isHeld: boolean): Previewed {
  const [previewed, setPreviewed] = useState<{ key: string; of: Previewed } | null>(null);
  const madeAt = useRef(0);
  const turn = useRef(0);
  const latest = useRef({ network, context, intent });
  latest.current = { network, context, intent };
  const key = intent && network && context?.wallet ? `${round} ${context.wallet.address} ${context.version} ${intent.key}` : null;

  const make = async (forKey: string) => {
    const { network, context, intent } = latest.current;
    if (!network || !context?.wallet || !intent) return;
    const mine = ++turn.current;
    madeAt.current = Date.now();
    const of = await ask(network, context, context.wallet.address, intent);
    if (mine === turn.current) setPreviewed({ key: forKey, of });
  };

  useEffect(() => {
    turn.current++;
    if (key === null) return;
    const timer = setTimeout(() => void make(key), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [key]);

  useEffect(() => {
    if (key === null || isHeld || previewed?.key !== key) return;
    const wait = Math.max(0, madeAt.current + REDO_MS - Date.now());
    const timer = setTimeout(() => void make(key), wait);
    return () => clearTimeout(timer);
  }, [ledger, isHeld]);

  if (key === null) return { state: 'none' };
  return previewed?.key === key ? previewed.of : { state: 'loading' };
}

async function ask(network: Network, context: Context, source: string, intent: Intent): Promise<Previewed> {
  try {
    const prepared = await prepare(network, source, await intent.operation(network));
    const pointless = intent.pointless?.(prepared);
    if (pointless) return { state: 'pointless', words: pointless };
    return { state: 'ready', preview: { intent, prepared } };
  } catch (error) {
    // A token that nobody there can hold says only that it refuses.
    const holding = error instanceof CallError ? await canHold(network, context, intent.receives).catch(() => null) : null;
    if (holding && !holding.ok) return { state: 'refused', error: holding.error, missing: holding.missing };
    return { state: 'refused', error: explain(error), missing: null };
  }
}
