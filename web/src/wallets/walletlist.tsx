import { useEffect, useState } from 'preact/hooks';
import type { NetworkConfig } from '../parts';
import { Waiting } from '../ui';
import { loadKit } from './connection';
import { LEDGER_ID, WALLET_CONNECT_ID, WALLETS, type WalletEntry, XBULL_ID } from './list';
import { Mark } from './mark';
import { networkName } from './networks';

/** An extension that is there answers at once. What answers later moves up in the list. */
const PATIENCE_MS = 500;

/** Whether wallets are installed, by id; absent while nothing is known. */
function usePresence(config: NetworkConfig, wallets: readonly WalletEntry[]): { presence: Map<string, boolean>; settled: boolean } {
  const [presence, setPresence] = useState(new Map<string, boolean>());
  const [settled, setSettled] = useState(false);
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    loadKit(config).then(
      (kit) => {
        if (gone) return;
        timer = setTimeout(() => setSettled(true), PATIENCE_MS);
        const asked = wallets.filter((wallet) => wallet.kind === 'extension' || wallet.id === XBULL_ID);
        const answers = asked.map(async (wallet) => {
          const there = await kit.isInstalled(wallet.id);
          if (!gone) setPresence((before) => new Map(before).set(wallet.id, there));
        });
        void Promise.all(answers).then(() => !gone && setSettled(true));
      },
      () => !gone && setSettled(true),
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [config, wallets]);
  return { presence, settled };
}

interface Standing {
  /** Lower stands higher. */
  rank: number;
  words: string;
  link: boolean;
}

function standing(wallet: WalletEntry, installed: boolean | undefined, config: NetworkConfig): Standing {
  if (wallet.networks && !wallet.networks.includes(config.networkPassphrase)) return { rank: 3, words: `Cannot sign for ${networkName(config.networkPassphrase)}`, link: false };
  if (installed) return { rank: 0, words: 'Installed', link: false };
  if (wallet.kind === 'extension') return { rank: 2, words: 'Not installed', link: true };
  if (wallet.window) return { rank: 1, words: `Opens ${wallet.window} in a window`, link: false };
  if (wallet.kind === 'phone') return { rank: 1, words: 'A wallet on your phone', link: false };
  return 'usb' in navigator ? { rank: 1, words: 'Over USB', link: false } : { rank: 2, words: 'This browser has no WebUSB', link: true };
}

export function WalletList(props: { config: NetworkConfig; onPick(id: string): void }) {
  const { config } = props;
  const [wallets] = useState(() => WALLETS.filter((wallet) => wallet.id !== WALLET_CONNECT_ID || config.walletConnectProjectId));
  const { presence, settled } = usePresence(config, wallets);
  if (!settled) return <Waiting>Looking for wallets</Waiting>;
  const rows = wallets.map((wallet) => ({ wallet, ...standing(wallet, presence.get(wallet.id), config) })).sort((one, other) => one.rank - other.rank);
  return (
    <ul class="wallet-list" data-testid="wallet-list">
      {rows.map(({ wallet, words, link }) => (
        <li key={wallet.id} class="wallet-row">
          <button type="button" class="wallet-button" onClick={() => props.onPick(wallet.id)} data-testid={`wallet-${wallet.id === LEDGER_ID ? 'ledger' : wallet.id.replace('_', '-')}`}>
            <Mark initials={wallet.initials} colour={wallet.colour} />
            <span>
              <span class="wallet-name">{wallet.name}</span>
              <span class="wallet-state">{words}</span>
            </span>
          </button>
          {link && (
            <a class="wallet-site" href={wallet.site} target="_blank" rel="noopener noreferrer">
              <span class="unseen">Get {wallet.name} in a new tab: </span>
              {new URL(wallet.site).host.replace(/^www\./, '')}
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}
