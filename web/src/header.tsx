// What stands above every view: whose page it is, where it works, what is connected, which vault is shown.
import { linkTo, VIEWS, view, type View } from './route';
import { config, connecting, isOwner, openFlow, snapshot, vault, vaults, wallet } from './store';
import { nextTheme, theme } from './theme';
import { shortAddress } from './format/time';
import { AddressText, Badge, Button, Icon } from './ui';

const TITLES: Record<View, string> = { overview: 'Overview', plan: 'What if', auction: 'Auction', history: 'History', policy: 'Policy' };

export function Header() {
  const network = config.value;
  return (
    <header class="top">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // The hash belongs to the views.
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        Skip to the content
      </a>
      <div class="top-row">
        <a class="brand" href={linkTo('overview')}>
          <img src="./icon.svg" alt="" width="28" height="28" />
          <span>Ballast</span>
        </a>
        {network && (
          <Badge tone={network.testWallet ? 'warning' : 'info'} testId="network">
            {network.name}
          </Badge>
        )}
        <span class="top-space" />
        <button type="button" class="icon-button" aria-label={`Colours: ${theme.value}. Change.`} onClick={nextTheme} data-testid="theme">
          <Icon name="theme" />
        </button>
        {network && <ConnectButton />}
      </div>
      {vault.value && <Tabs />}
    </header>
  );
}

function ConnectButton() {
  const connected = wallet.value;
  if (!connected) {
    return (
      <Button kind="primary" testId="connect" onClick={() => (connecting.value = true)}>
        <Icon name="wallet" />
        Connect
      </Button>
    );
  }
  return (
    <Button testId="connect" onClick={() => (connecting.value = true)}>
      <Icon name={connected.canSign ? 'wallet' : 'eye'} />
      <span class="account">
        <span class="unseen">Wallet: </span>
        <span>{connected.name}</span>
        <span class="account-address">{shortAddress(connected.address)}</span>
      </span>
    </Button>
  );
}

function Tabs() {
  const shown = VIEWS.filter((each) => each !== 'auction' || snapshot.value?.auction || view.value === 'auction');
  return (
    <nav class="tabs" aria-label="Views">
      {shown.map((each) => (
        <a key={each} href={linkTo(each)} aria-current={view.value === each ? 'page' : undefined} data-testid={`tab-${each}`}>
          {TITLES[each]}
        </a>
      ))}
    </nav>
  );
}

/** Which vault is shown, the others of the connected address, and a new one. */
export function VaultBar() {
  const [shown, mine] = [vault.value, vaults.value ?? []];
  if (!shown) return null;
  const listed = mine.some((each) => each.address === shown);
  return (
    <div class="vault-bar">
      {mine.length > 1 || (mine.length === 1 && !listed) ? (
        <label class="vault-choice">
          <span class="quiet">Vault</span>
          <select value={shown} onChange={(event) => (vault.value = event.currentTarget.value)} data-testid="vault-select">
            {!listed && <option value={shown}>{shortAddress(shown)} (looked at)</option>}
            {mine.map((each) => (
              <option key={each.address} value={each.address}>
                {shortAddress(each.address)}
                {each.offered ? ' (offered to you)' : ''}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <span class="quiet">Vault</span>
      )}
      <AddressText address={shown} label="the vault's address" testId="vault-address" />
      <Badges />
      {wallet.value?.canSign && (
        <button type="button" class="link-button small" onClick={() => openFlow('create')} data-testid="open-create">
          New vault
        </button>
      )}
    </div>
  );
}

/** Whose it is, and whether it acts by itself. */
function Badges() {
  const known = snapshot.value;
  if (!known) return null;
  return (
    <>
      {isOwner.value ? <Badge tone="good">Yours</Badge> : <Badge>Looked at</Badge>}
      {known.state.automation ? <Badge tone="good">Automation on</Badge> : <Badge tone="warning">Automation off</Badge>}
    </>
  );
}
