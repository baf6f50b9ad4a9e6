// "Connect": which wallet, and what became of it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { shortAddress } from '../format/time';
import type { Address } from '../model';
import type { Explained, NetworkConfig, Wallet } from '../parts';
import { wallet } from '../store';
import { AddressText, Button, Dialog, Notice, Trouble, Waiting } from '../ui';
import { connected, loadKit } from './connection';
import { toWalletError } from './errors';
import type { LedgerAccount } from './kit';
import { LEDGER_ID, TEST_ID, waitingFor, walletName } from './list';
import { ensureFunded, newAccount, ownAccounts } from './testaccounts';
import { TestSection } from './testsection';
import { WalletList } from './walletlist';
import { WatchSection } from './watch';
import './wallets.css';

interface Props {
  config: NetworkConfig;
  open: boolean;
  onClose(): void;
  onConnected(wallet: Wallet): void;
}

/** What the dialog shows. `retry` does again what failed; `anyway` connects all the same. */
type Stage =
  | { name: 'choose' }
  | { name: 'waiting'; for: string; words: string }
  | { name: 'trouble'; of: Explained; retry(): void; anyway?: () => void }
  | { name: 'ledger'; accounts: LedgerAccount[]; page: number };

/** What is connected now. */
function Connected(props: { of: Wallet; onClose(): void }) {
  const { name, address, canSign } = props.of;
  const leave = () => {
    wallet.value = null;
    props.onClose();
    void props.of.disconnect().catch(() => undefined);
  };
  return (
    <section class="wallet-section" aria-label="Connected">
      <div class="wallet-connected">
        <p>
          <span class="wallet-name">{name}</span>
          <span class="wallet-state">{canSign ? 'Connected' : 'Watched: nothing can be signed'}</span>
          <AddressText address={address} testId="connected-address" />
        </p>
        <Button onClick={leave} testId="disconnect">
          Disconnect
        </Button>
      </div>
    </section>
  );
}

export function ConnectDialog(props: Props) {
  return props.open ? <Connect {...props} /> : null;
}

function Connect({ config, onClose, onConnected }: Props) {
  const [stage, setStage] = useState<Stage>({ name: 'choose' });
  // A wallet may answer after the reader has given up on it: only the newest attempt counts.
  const attempt = useRef(0);
  useEffect(() => {
    void loadKit(config).catch(() => undefined);
    return () => {
      attempt.current += 1;
    };
  }, [config]);

  // What had the focus is gone when the stage changes.
  const content = useRef<HTMLDivElement>(null);
  const before = useRef(stage);
  useEffect(() => {
    if (before.current !== stage) content.current?.focus();
    before.current = stage;
  }, [stage]);

  const choose = () => {
    attempt.current += 1;
    setStage({ name: 'choose' });
  };

  /** Runs one attempt. `run` gives what to do with its outcome, which is left undone if the reader has moved on. */
  const start = (id: string, words: string, run: () => Promise<() => void>) => {
    const mine = ++attempt.current;
    waitingFor.value = null;
    setStage({ name: 'waiting', for: walletName(id), words });
    run().then(
      (then) => mine === attempt.current && then(),
      (error: unknown) => {
        if (mine === attempt.current) setStage({ name: 'trouble', of: toWalletError(error, walletName(id), 'connect'), retry: () => start(id, words, run) });
      },
    );
  };

  const finish = (id: string, address: Address, path?: string) => onConnected(connected(config, id, address, path));

  const pick = (id: string) => {
    if (id === LEDGER_ID) return pickLedger(0);
    start(id, 'Confirm in the wallet. It may have opened a window.', async () => {
      const kit = await loadKit(config);
      const address = await kit.connect(id);
      const trouble = await kit.networkTrouble(id, 'connect');
      if (!trouble) return () => finish(id, address);
      return () => setStage({ name: 'trouble', of: trouble, retry: () => pick(id), anyway: () => finish(id, address) });
    });
  };

  const pickLedger = (page: number) =>
    start(LEDGER_ID, 'Plug the device in, unlock it and open its Stellar app.', async () => {
      const accounts = await (await loadKit(config)).ledgerAccounts(page);
      return () => setStage({ name: 'ledger', accounts, page });
    });

  const pickTest = (address: Address) =>
    start(TEST_ID, 'Connecting.', async () => {
      if (ownAccounts(config).some((own) => own.address === address)) await ensureFunded(config, address);
      const shown = await (await loadKit(config)).connectTest(address);
      return () => finish(TEST_ID, shown);
    });

  const makeAccount = () =>
    start(TEST_ID, 'Making an account and asking the friendbot for lumens.', async () => {
      const account = await newAccount(config);
      const shown = await (await loadKit(config)).connectTest(account.address);
      return () => finish(TEST_ID, shown);
    });

  return (
    <Dialog title={wallet.value ? 'Your wallet' : 'Connect a wallet'} onClose={onClose} testId="connect-dialog">
      <div ref={content} tabIndex={-1} class="wallet-stage">
        {stage.name === 'choose' && (
          <>
            {wallet.value && <Connected of={wallet.value} onClose={onClose} />}
            {config.testWallet && <TestSection config={config} onPick={pickTest} onNew={makeAccount} />}
            <section class="wallet-section" aria-label="Wallets">
              <WalletList config={config} onPick={pick} />
            </section>
            <WatchSection config={config} onConnected={onConnected} />
          </>
        )}
        {stage.name === 'waiting' && (
          <div class="stack" data-testid="connect-waiting">
            <Waiting>Waiting for {stage.for}</Waiting>
            {waitingFor.value ?? <p class="quiet">{stage.words}</p>}
            <div class="buttons">
              <Button onClick={choose} testId="connect-cancel">
                Choose another
              </Button>
            </div>
          </div>
        )}
        {stage.name === 'trouble' && (
          <div class="stack">
            <Trouble of={stage.of} testId="connect-trouble" />
            <div class="buttons">
              <Button kind="primary" onClick={stage.retry} testId="connect-retry">
                Try again
              </Button>
              {stage.anyway && (
                <Button onClick={stage.anyway} testId="connect-anyway">
                  Connect all the same, to look
                </Button>
              )}
              <Button onClick={choose}>Choose another</Button>
            </div>
          </div>
        )}
        {stage.name === 'ledger' && (
          <div class="stack">
            <Notice tone="info">Choose the account. Ask the device to show its address if you are not sure.</Notice>
            <ul class="wallet-list">
              {stage.accounts.map((account) => (
                <li key={account.path} class="wallet-row">
                  <button type="button" class="wallet-button wallet-ledger" onClick={() => finish(LEDGER_ID, account.address, account.path)}>
                    <span>
                      {shortAddress(account.address)}
                      <span class="wallet-state">{account.path}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            <div class="buttons">
              <Button onClick={() => pickLedger(stage.page + 1)}>More accounts</Button>
              {stage.page > 0 && <Button onClick={() => pickLedger(stage.page - 1)}>Earlier ones</Button>}
              <Button onClick={choose}>Choose another wallet</Button>
            </div>
          </div>
        )}
      </div>
    </Dialog>
  );
}
