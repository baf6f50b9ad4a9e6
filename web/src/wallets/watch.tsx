import { useState } from 'preact/hooks';
import type { NetworkConfig, Wallet } from '../parts';
import { vault } from '../store';
import { Button, TextField } from '../ui';
import { watched } from './connection';

/** Why something is no address of an account or a contract; null if it is one. */
async function addressProblem(text: string): Promise<string | null> {
  if (text === '') return 'Enter an address.';
  if (text.startsWith('S') && text.length === 56) return 'That is a secret key. Never enter it into a page. Enter the address that starts with G.';
  if (!/^[GC]/.test(text)) return 'An address starts with G (an account) or C (a vault).';
  if (!/^[A-Z2-7]{56}$/.test(text)) return `An address has 56 capital letters and digits; this has ${text.length} characters.`;
  const { StrKey } = await import('@stellar/stellar-sdk');
  return StrKey.isValidEd25519PublicKey(text) || StrKey.isValidContract(text) ? null : 'The address has a typing error: its checksum is wrong.';
}

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
