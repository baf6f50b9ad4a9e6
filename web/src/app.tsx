import { useEffect } from 'preact/hooks';
import { linkTo, startRouting, VIEWS, view, type View } from './route';
import { connecting, config, connection, failure, flow, now, snapshot, vault, wallet } from './store';
import { nextTheme, theme } from './theme';
import { Button, Icon, Trouble, Waiting } from './ui';

const TITLES: Record<View, string> = { overview: 'Overview', plan: 'What if', auction: 'Auction', history: 'History', policy: 'Policy' };

function Header() {
  const connected = wallet.value;
  return (
    <header class="top">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <div class="top-row">
        <a class="brand" href={linkTo('overview')}>
          <img src="./icon.svg" alt="" />
          Ballast
        </a>
        <span class="top-space" />
        <button type="button" class="icon-button" aria-label={`Colours: ${theme.value}. Change`} onClick={nextTheme}>
          <Icon name="theme" />
        </button>
        <Button kind={connected ? 'plain' : 'primary'} testId="connect" onClick={() => (connecting.value = true)}>
          <Icon name="wallet" />
          {connected ? connected.name : 'Connect'}
        </Button>
      </div>
      {vault.value && (
        <nav class="tabs" aria-label="Views">
          {VIEWS.filter((each) => each !== 'auction' || snapshot.value?.auction).map((each) => (
            <a key={each} href={linkTo(each)} aria-current={view.value === each ? 'page' : undefined}>
              {TITLES[each]}
            </a>
          ))}
        </nav>
      )}
    </header>
  );
}

export function App() {
  useEffect(() => {
    startRouting();
    const clock = setInterval(() => {
      if (!document.hidden) now.value = Date.now();
    }, 1000);
    return () => clearInterval(clock);
  }, []);
  return (
    <>
      <Header />
      <main id="main" tabIndex={-1}>
        {failure.value ? <Trouble of={failure.value} /> : !config.value ? <Waiting>Reading the configuration</Waiting> : null}
      </main>
      <footer class="foot">
        {connection.value && <span>Ledger {connection.value.ledger}</span>}
        <span hidden>{flow.value?.name}</span>
      </footer>
    </>
  );
}
