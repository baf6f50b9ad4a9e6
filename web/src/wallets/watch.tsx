import { useState } from 'preact/hooks';
import type { NetworkConfig, Wallet } from '../parts';
import { vault } from '../store';
import { Button, TextField } from '../ui';
import { addressProblem } from './address';
import { watched } from './connection';

/** Looks at any account's vaults, or at one vault, without a key. */
export function WatchSection(props: { config: NetworkConfig; onConnected(wallet: Wallet): void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const watch = async () => {
    const address = text.trim();
    const wrong = await addressProblem(address);
    setProblem(wrong);
    if (wrong) return;
    props.onConnected(watched(props.config, address));
    if (address.startsWith('C')) vault.value = address;
  };
  return (
    <section class="wallet-section" aria-label="Watch an address">
      <form
        class="wallet-watch"
        onSubmit={(event) => {
          event.preventDefault();
          void watch();
        }}
      >
        <TextField
          label="Or only watch an address"
          hint="An account (G\u2026) or a vault (C\u2026). Nothing can be signed."
          value={text}
          onInput={(next) => {
            setText(next);
            setProblem(null);
          }}
          problem={problem}
          testId="watch-address"
        />
        <Button submit testId="watch-submit">
          Watch
        </Button>
      </form>
    </section>
  );
}
