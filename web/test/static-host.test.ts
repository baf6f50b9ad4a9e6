import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, existsSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addresses } from '../scripts/addresses.mjs';
import { metaPolicy } from '../scripts/policy.ts';

const script = (name: string) => fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));

describe('the policy that the page carries', () => {
  const directive = (policy: string, name: string) => policy.split('; ').find((one) => one.startsWith(`${name} `));

  test('is that of the header, without what only headers may say', () => {
    const header = readFileSync(fileURLToPath(new URL('../content-security-policy.txt', import.meta.url)), 'utf8').trim().split('\n');
    expect(`${metaPolicy(null)}; frame-ancestors 'none'`).toBe(header.join('; '));
    expect(directive(metaPolicy(null), 'connect-src')).toBe("connect-src 'self'");
  });

  test('lets the page reach the RPC and the friendbot of its configuration, and nothing else', () => {
    const config = JSON.stringify({ rpcUrl: 'https://rpc.example:8443/soroban?key=1', friendbotUrl: 'https://friendbot.example/', explorerUrl: 'https://explorer.example/{hash}', walletConnectProjectId: null });
    const policy = metaPolicy(config);
    expect(directive(policy, 'connect-src')).toBe("connect-src 'self' https://rpc.example:8443 https://friendbot.example");
    expect(policy.replace(/connect-src[^;]*/, '')).toBe(metaPolicy(null).replace(/connect-src[^;]*/, ''));
  });

  test('names the relay of WalletConnect only where it is configured', () => {
    const config = JSON.stringify({ rpcUrl: './rpc', walletConnectProjectId: 'abc' });
    expect(directive(metaPolicy(config), 'connect-src')).toBe("connect-src 'self' wss://relay.walletconnect.org");
    expect(directive(metaPolicy('{"rpcUrl":"/rpc"}'), 'connect-src')).toBe("connect-src 'self'");
  });

  test.each(['javascript:alert(1)', 'data:text/plain,', 'ftp://rpc.example'])('refuses %s', (rpcUrl) => {
    expect(() => metaPolicy(JSON.stringify({ rpcUrl }))).toThrow('neither http nor https');
  });

  test('does not take a directive from an address', () => {
    const config = JSON.stringify({ rpcUrl: "https://rpc.example/; script-src 'unsafe-inline'" });
    expect(directive(metaPolicy(config), 'connect-src')).toBe("connect-src 'self' https://rpc.example");
    expect(() => metaPolicy(JSON.stringify({ rpcUrl: 'https://rpc.example; script-src *' }))).toThrow();
  });
});

describe('publishing a built page', () => {
  let folder: string;
  const publish = () => execFileSync(process.execPath, [script('publish.mjs'), join(folder, 'from'), join(folder, 'to')]);
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ballast-page-'));
    mkdirSync(join(folder, 'from/assets'), { recursive: true });
    mkdirSync(join(folder, 'from/.vite'));
    write('from/index.html', '<p>');
    write('from/assets/a.js', 'a');
    write('from/.vite/manifest.json', '{}');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('touches only what differs, and removes what is gone', () => {
    publish();
    const long = new Date('2020-01-01');
    for (const file of ['to/index.html', 'to/assets/a.js']) utimesSync(join(folder, file), long, long);
    write('from/index.html', '<p>new');
    write('from/assets/b.js', 'b');
    publish();
    expect(statSync(join(folder, 'to/assets/a.js')).mtime).toEqual(long);
    expect(readFileSync(join(folder, 'to/index.html'), 'utf8')).toBe('<p>new');
    expect(existsSync(join(folder, 'to/assets/b.js'))).toBe(true);
    expect(existsSync(join(folder, 'to/.vite'))).toBe(false);

    rmSync(join(folder, 'from/assets/a.js'));
    publish();
    expect(existsSync(join(folder, 'to/assets/a.js'))).toBe(false);
  });
});

test('addresses of others are found, but for those that the page is configured for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-page-'));
  writeFileSync(join(folder, 'index.html'), '<meta http-equiv="Content-Security-Policy" content="connect-src https://rpc.example"><p>');
  writeFileSync(join(folder, 'a.js'), 'fetch("https://www.w3.org/x")');
  const { told, unknown } = addresses(folder, ['index.html', 'a.js']);
  expect(told).toEqual([expect.stringContaining('www.w3.org')]);
  expect(unknown).toEqual([]);
  writeFileSync(join(folder, 'a.js'), 'fetch("https://Elsewhere.example/x"); new WebSocket(`wss://relay.example`)');
  expect(addresses(folder, ['index.html', 'a.js']).unknown).toEqual([expect.stringContaining('elsewhere.example'), expect.stringContaining('relay.example')]);
  rmSync(folder, { recursive: true });
});

test('a digest follows names and contents, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-page-'));
  const digest = () => execFileSync(process.execPath, [script('content.mjs'), folder], { encoding: 'utf8' });
  const seen = new Set<string>();
  for (const [path, text] of [['a', '1'], ['a', '2'], ['b', '2'], ['c', '']] as const) {
    writeFileSync(join(folder, path), text);
    const first = digest();
    expect(seen.has(first)).toBe(false);
    seen.add(first);
    utimesSync(join(folder, path), 0, 0);
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/x'), text);
    expect(digest()).toBe(first);
  }
  rmSync(folder, { recursive: true });
});
