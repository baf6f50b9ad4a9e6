// The Content-Security-Policy that the page carries itself.
import { readFileSync } from 'node:fs';

const directives = readFileSync(new URL('../content-security-policy.txt', import.meta.url), 'utf8').trim().split('\n');

/** WalletConnect's relay, which is asked only where a project id is configured. */
const RELAY = 'wss://relay.walletconnect.org';

/** For a network's `config.json`; null for a page whose server is the network. */
export function metaPolicy(config: string | null): string {
  const origins = config === null ? [] : originsOf(config);
  return directives
    // Browsers heed it in headers alone.
    .filter((directive) => !directive.startsWith('frame-ancestors'))
    .map((directive) => (directive.startsWith('connect-src') ? [directive, ...origins].join(' ') : directive))
    .join('; ');
}

/** Where a page of this configuration sends requests to, other than its own server. */
function originsOf(text: string): string[] {
  const config = JSON.parse(text) as Partial<Record<'rpcUrl' | 'friendbotUrl' | 'walletConnectProjectId', unknown>>;
  const origins = new Set<string>();
  for (const name of ['rpcUrl', 'friendbotUrl'] as const) {
    const address = config[name];
    if (address === undefined || address === null) continue;
    if (typeof address !== 'string') throw new Error(`the configuration's ${name} is no text`);
    // Relative ones are the page's own server.
    if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) continue;
    const url = new URL(address);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`the configuration's ${name} is ${address}: neither http nor https`);
    origins.add(url.origin);
  }
  if (config.walletConnectProjectId) origins.add(RELAY);
  return [...origins];
}
