import { useEffect } from 'preact/hooks';
import { explain } from './chain/errors';
import { loadConfig } from './chain/config';
import { startSession } from './chain/session';
import { loadCore } from './core';
import { FlowDialog, PendingNotices } from './flows';
import { formatDuration } from './format/time';
import { Header, VaultBar } from './header';
import { startRouting, view } from './route';
import { config, connecting, connection, core, failure, now, snapshot, vault, vaultTrouble, wallet } from './store';
import { Trouble, Waiting } from './ui';
import { AuctionView, HistoryView, Overview, PlanView, PolicyView, Welcome } from './views';
import { ConnectDialog, reconnect } from './wallets';

const SHOWN = { overview: Overview, plan: PlanView, auction: AuctionView, history: HistoryView, policy: PolicyView };
const CLOCK_MS = 1000;

/** Reads what the page cannot work without, and begins to follow the network. */
async function begin(isOver: () => boolean): Promise<() => void> {
  const [network, arithmetic] = await Promise.all([loadConfig(), loadCore()]);
  if (isOver()) return () => undefined;
  core.value = arithmetic;
  config.value = network;
  const before = await reconnect(network).catch(() => null);
  // Somebody may have connected meanwhile.
  wallet.value ??= before;
  return isOver() ? () => undefined : startSession();
}

export function App() {
  useEffect(() => {
    let isOver = false;
    let stop = () => {};
    startRouting();
    begin(() => isOver).then(
      (end) => (stop = end),
      (error: unknown) => (failure.value = explain(error)),
    );
    const clock = setInterval(() => {
      if (!document.hidden) now.value = Date.now();
    }, CLOCK_MS);
    return () => {
      isOver = true;
      clearInterval(clock);
      stop();
    };
  }, []);
  return (
    <>
      <Header />
      <main id="main" tabIndex={-1}>
        <Content />
      </main>
      <Footer />
      <PendingNotices />
      <FlowDialog />
      {config.value && (
        <ConnectDialog
          config={config.value}
          open={connecting.value}
          onClose={() => (connecting.value = false)}
          onConnected={(connected) => {
            // A vault that is looked at by its own address stays; another account's does not.
            const isVault = connected.address.startsWith('C');
            if (wallet.value?.address !== connected.address) vault.value = isVault ? connected.address : null;
            wallet.value = connected;
            connecting.value = false;
          }}
        />
      )}
    </>
  );
}

function Content() {
  if (failure.value) return <Trouble of={failure.value} testId="failure" />;
  if (!config.value) return <Waiting>Reading the configuration</Waiting>;
  if (!vault.value) return <Welcome />;
  if (vaultTrouble.value && !snapshot.value) {
    return (
      <>
        <VaultBar />
        <Trouble of={vaultTrouble.value} testId="vault-trouble" />
      </>
    );
  }
  const Shown = SHOWN[view.value];
  return (
    <>
      <VaultBar />
      {snapshot.value ? <Shown /> : <Waiting>Reading the vault</Waiting>}
    </>
  );
}

/** As of which ledger everything above is. */
function Footer() {
  const seen = connection.value;
  return (
    <footer class="foot">
      {seen && (
        <span data-testid="as-of">
          {seen.trouble ? 'Last known' : 'As of'} ledger {seen.ledger}, {formatDuration((now.value - seen.seenAt) / 1000)} ago
        </span>
      )}
      <span>The contracts have not been audited.</span>
    </footer>
  );
}
