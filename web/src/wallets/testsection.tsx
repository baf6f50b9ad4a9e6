import { useState } from 'preact/hooks';
import type { Address } from '../model';
import type { NetworkConfig } from '../parts';
import { Badge, Button, CheckField } from '../ui';
import { TestMark } from './mark';
import { asksApproval, setAsksApproval, testAccounts } from './testaccounts';

/** The sandbox's own wallet, first in the list, since a newcomer has no other. */
export function TestSection(props: { config: NetworkConfig; onPick(address: Address): void; onNew(): void }) {
  const [asks, setAsks] = useState(asksApproval());
  const change = (next: boolean) => {
    setAsksApproval(next);
    setAsks(next);
  };
  return (
    <section class="wallet-section" aria-label="Test wallet" data-testid="test-wallet-section">
      <div class="wallet-title">
        <TestMark />
        <p>
          <span class="wallet-name">Test wallet</span> <Badge tone="warning">sandbox only</Badge>
          <span class="wallet-state">Its keys are public. Nothing in it is worth anything.</span>
        </p>
      </div>
      <Button kind="primary" onClick={props.onNew} testId="test-wallet-new">
        Try with a new account
      </Button>
      <p class="small quiet" id="test-accounts-label">
        Or use one that has XLM, USDC and EURC:
      </p>
      <div class="wallet-accounts" role="group" aria-labelledby="test-accounts-label">
        {testAccounts(props.config).map((account) => (
          <Button key={account.address} onClick={() => props.onPick(account.address)} title={account.address} testId={`test-account-${account.name.replace(/\s+/g, '-')}`}>
            {account.name}
          </Button>
        ))}
      </div>
      <CheckField label="Ask before each signature, as a real wallet does" checked={asks} onChange={change} testId="test-wallet-asks" />
    </section>
  );
}
