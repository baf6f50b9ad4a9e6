// The policy of the page: what it may load and whom it may ask, served by the sandbox and by a host without headers.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { metaPolicy } from '../scripts/policy';
import { expect, test, type Sandbox } from './fixtures';

const THIRD_PARTY = /https?:\/\/(?!127\.0\.0\.1|localhost|www\.w3\.org\/)[a-z0-9.-]+/g;

test('headers and meta forbid everything that the page does not need', async ({ sandbox, request }) => {
  const response = await request.get(`${sandbox.url}/`, { headers: { accept: 'text/html' } });
  const headers = response.headers();
  const policy = headers['content-security-policy'] ?? '';
  const directives = new Map(policy.split(';').map((part) => part.trim().split(/\s+/)).map(([name, ...values]) => [name!, values]));
  expect(directives.get('default-src')).toEqual(["'none'"]);
  expect(directives.get('connect-src')).toEqual(["'self'"]);
  expect(directives.get('script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
  expect(directives.get('form-action')).toEqual(["'none'"]);
  expect(directives.get('base-uri')).toEqual(["'none'"]);
  expect(policy).not.toContain('unsafe-inline');
  expect(policy).not.toMatch(/'unsafe-eval'/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
  const html = await response.text();
  expect(html).toContain('http-equiv="Content-Security-Policy"');
  expect(html.match(THIRD_PARTY) ?? [], 'addresses of others in the page').toEqual([]);
  expect(html).not.toMatch(/<script(?![^>]*src=)/);
  expect(html).not.toMatch(/ on[a-z]+=| style=/);
});

test('a script that somebody slips in is not run, and nothing is sent elsewhere', async ({ wallet, guard, page }) => {
  await wallet.open();
  guard.expect(/Content Security Policy|policy violation|violates the following/i);
  guard.expect(/Failed to load resource|Fetch API cannot load/);
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.slipped = true';
    document.body.append(script);
    const sent = await fetch('https://example.com/').then(
      () => 'sent',
      () => 'refused',
    );
    return { slipped: 'slipped' in window, sent };
  });
  expect(outcome).toEqual({ slipped: false, sent: 'refused' });
});

/** The page's files as another host has them: its own configuration, and no header of ours. */
async function otherHost(sandbox: Sandbox): Promise<{ url: string; server: Server }> {
  const { friendbotUrl, networkPassphrase, contracts, assets, comet, accounts } = sandbox.written;
  const config = JSON.stringify({ rpcUrl: `${sandbox.url}/rpc`, friendbotUrl, networkPassphrase, contracts, assets, comet, accounts, testWallet: true });
  const server = createServer((request, response) => {
    void (async () => {
      const path = new URL(request.url ?? '/', 'http://host').pathname;
      if (path === '/config.json') {
        response.setHeader('content-type', 'application/json');
        response.end(config);
        return;
      }
      const found = await fetch(`${sandbox.url}${path}`, { headers: { accept: 'text/html,*/*' } });
      response.statusCode = found.status;
      response.setHeader('content-type', found.headers.get('content-type') ?? 'application/octet-stream');
      const body = Buffer.from(await found.arrayBuffer());
      if (path !== '/') {
        response.end(body);
        return;
      }
      // As a build for this configuration writes it.
      const policy = metaPolicy(config).replaceAll("'", '&#39;');
      response.end(body.toString('utf8').replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, `$1${policy}`));
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a static host: the page asks the network that its configuration names', async ({ wallet, sandbox, chain, borrower, guard, page }) => {
  const vault = await borrower();
  const { url, server } = await otherHost(sandbox);
  try {
    guard.allow(url);
    await page.goto(`${url}/`);
    await wallet.connect('alice');
    const flow = await wallet.flow('borrow');
    await flow.choose('asset', 'USDC');
    await flow.enter('amount', '12');
    await flow.run();
    expect((await chain.leg(vault, 'USDC')).debt).toBeGreaterThanOrEqual(120_000_000n);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
