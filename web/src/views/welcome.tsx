import { config, connecting, openFlow, snapshot, vault, vaults, vaultTrouble, wallet } from '../store';
import { AddressText, Button, Card, Icon, Notice, Trouble, Waiting } from '../ui';
import { BetterWithout } from './policy';
import './welcome.css';

const STEPS: readonly { title: string; words: string }[] = [
  { title: 'Connect a wallet', words: 'It signs; the page never sees a key.' },
  { title: 'Create a vault', words: 'A contract of your own: only you can take anything out, and keepers only sell to repay your debt.' },
  { title: 'Deposit', words: 'Collateral goes into the pool, in the vault\u2019s name, and earns interest.' },
  { title: 'Borrow', words: 'Up to what your policy allows.' },
  { title: 'Set the belt', words: 'Where unwinding starts and stops, and what it may cost.' },
];

/** For whoever has no wallet connected, or no vault yet. */
export function Welcome() {
  const connected = wallet.value;
  const settings = config.value;
  const done = connected ? 1 : 0;
  return (
    <>
      <section class="hero">
        <div class="hero-text">
          <h1>A belt for your Blend loan</h1>
          <p class="lead">
            Ballast holds a loan on Blend in a vault of your own. When the loan comes close to liquidation, anybody may sell a little of the collateral to repay debt, within a price floor and
            rules that you set. The vault checks every sale itself, so no keeper needs to be trusted.
          </p>
          {connected ? <Connected /> : <Disconnected />}
          {settings?.testWallet && !connected && (
            <p class="quiet" data-testid="welcome-sandbox">
              This is a sandbox: nothing here is worth anything. Choose <strong>Test wallet</strong> for an account with funds.
            </p>
          )}
        </div>
        <ol class="steps" aria-label="How to begin">
          {STEPS.map((step, index) => (
            <li key={step.title} class={index < done ? 'step-done' : index === done ? 'step-next' : undefined} aria-current={index === done ? 'step' : undefined}>
              <span class="step-number" aria-hidden="true">
                {index < done ? <Icon name="check" /> : index + 1}
              </span>
              <span>
                <strong>{step.title}</strong>
                {index < done && <span class="unseen"> (done)</span>}
                <span class="step-words">{step.words}</span>
              </span>
            </li>
          ))}
        </ol>
      </section>
      <Notice tone="warning" title="The contracts are not audited" testId="welcome-audit">
        <p>A mistake in them can cost everything that is in a vault. A vault lowers the price of a liquidation; it does not rule one out.</p>
      </Notice>
      <BetterWithout />
    </>
  );
}

function Disconnected() {
  return (
    <div class="buttons">
      <Button kind="primary" testId="welcome-connect" onClick={() => (connecting.value = true)}>
        <Icon name="wallet" />
        Connect a wallet
      </Button>
      <Button testId="welcome-watch" onClick={() => (connecting.value = true)}>
        <Icon name="eye" />
        Watch an address
      </Button>
    </div>
  );
}

function Connected() {
  const connected = wallet.value;
  const known = vaults.value;
  if (vaultTrouble.value && !snapshot.value) return <Trouble of={vaultTrouble.value} />;
  if (!connected) return null;
  if (known === null) return <Waiting>Looking for vaults of this account</Waiting>;
  const offered = known.filter((each) => each.offered);
  return (
    <div class="stack">
      <p>
        <AddressText address={connected.address} /> has no vault yet.
      </p>
      {connected.canSign ? (
        <div class="buttons">
          <Button kind="primary" testId="welcome-create" onClick={() => openFlow('create')}>
            Create a vault
          </Button>
        </div>
      ) : (
        <p class="quiet">It is only watched: connect its wallet to create one.</p>
      )}
      {offered.length > 0 && (
        <Card title="Offered to you">
          <ul class="offered">
            {offered.map((each) => (
              <li key={each.address}>
                <AddressText address={each.address} />
                <Button testId="welcome-offered" onClick={() => (vault.value = each.address)}>
                  Look at it
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}
