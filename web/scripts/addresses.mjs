// Addresses of third parties in a built page: each is known, with why the page does not load anything from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const LINK = 'where to get a wallet: a link for people';
const WINDOW = 'a window that a person opens by choosing that wallet';
/** By host. */
const KNOWN = {
  'www.w3.org': 'names of namespaces',
  'json-schema.org': 'name of a schema',
  localhost: 'what a relative address is resolved against where there is no browser, in tests',
  'rolldown.rs': "an error message of the bundler's",
  'www.freighter.app': LINK,
  'freighter.app': LINK,
  'xbull.app': LINK,
  'lobstr.co': LINK,
  'hanawallet.io': LINK,
  'www.hanawallet.io': LINK,
  'www.ledger.com': LINK,
  'walletconnect.network': LINK,
  'stellarwalletskit.dev': "the kit's own link",
  'albedo.link': WINDOW,
  'wallet.xbull.app': WINDOW,
  'stellar.creit.tech': "the kit's pictures of wallets: ours stand in for them, and the policy forbids them",
  'horizon.stellar.org': "the kit's default, which nothing asks: what the page reads comes from its own RPC",
};

/**
 * Looks through the files that the page loads by itself. WalletConnect's and Ledger's code, which a click loads, names
 * many more; the page's policy lets it reach the relay alone, and that only where it is configured.
 */
export function addresses(folder, files) {
  const hosts = new Map();
  for (const file of files.filter((file) => !/\.(png|jpe?g|webp|ico|wasm|woff2)$/.test(file))) {
    // What the page's policy names is what it was configured for.
    const text = readFileSync(join(folder, file), 'utf8').replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
    for (const [, host] of text.matchAll(/(?:https?|wss?):\/\/([a-z0-9.-]+)/gi)) hosts.set(host.toLowerCase(), file);
  }
  const known = [...hosts.keys()].filter((host) => host in KNOWN).sort();
  return {
    told: known.map((host) => `${host.padEnd(24)} ${KNOWN[host]}`),
    unknown: [...hosts].filter(([host]) => !(host in KNOWN)).map(([host, file]) => `${file} has an address of ${host}: does the page load anything from there? (scripts/addresses.mjs)`),
  };
}
