// A policy in a flow: the form of the policy view, with what it has to know of the pool.
import { useEffect, useRef, useState } from 'preact/hooks';
import { readMarket } from '../chain/read';
import type { Snapshot, VaultPolicy } from '../model';
import { linkTo } from '../route';
import { flow } from '../store';
import { PolicyForm } from '../views';
import { network } from './context';
import type { Context } from './types';

interface Props {
  id: string;
  context: Context;
  /** Null while what is entered is no policy: the form keeps what was typed. */
  value: VaultPolicy | null;
  problem: string | null;
  onChange(policy: VaultPolicy | null): void;
}

export function PolicyField({ id, context, value, problem, onChange }: Props) {
  const presets = context.core.presets();
  const start = useRef(value ?? presets.balanced);
  const pool = useMarket(id === 'create' ? null : context.snapshot, start.current);
  const assets = pool ? pool.reserves.map(({ asset }) => context.assetOf(asset)) : context.config.assets;
  return (
    <div class="stack">
      <PolicyForm policy={start.current} resolutionSeconds={pool?.state.links.resolution_seconds ?? 0} assets={assets} isShort isPictured={false} onChange={onChange} />
      <p class="problem" aria-live="polite" data-testid={`${id}-policy-problem`}>
        {problem ?? ''}
      </p>
      <p class="small">
        <a href={linkTo('policy')} onClick={() => (flow.value = null)}>
          What the presets are worth, and when you are better off without a vault
        </a>
      </p>
    </div>
  );
}

/** The vault's pool, or, where there is no vault yet, the one that it is created on. */
function useMarket(known: Snapshot | null, policy: VaultPolicy): Snapshot | null {
  const [market, setMarket] = useState<Snapshot | null>(null);
  useEffect(() => {
    const of = network.peek();
    let isOver = false;
    // Without an answer the form is less strict than the vault, and the simulation says what is wrong.
    if (!known && of) readMarket(of, policy).then((read) => !isOver && setMarket(read), () => undefined);
    return () => void (isOver = true);
  }, []);
  return known ?? market;
}
