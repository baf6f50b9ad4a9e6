// The small file that says which network the page talks to: `config.json` beside it, in the shape of what
// `ballast sandbox` writes, with a few optional fields.
import { StrKey } from '@stellar/stellar-sdk';
import type { Address, Asset } from '../model';
import type { NetworkConfig } from '../parts';
import { Trouble } from './trouble';

export type { NetworkConfig } from '../parts';

const NAMES: Record<string, string> = {
  'Public Global Stellar Network ; September 2015': 'Mainnet',
  'Test SDF Network ; September 2015': 'Testnet',
  'Standalone Network ; February 2017': 'Sandbox',
};

/** A network on which keys in a file are no secret. */
const SANDBOX_PASSPHRASE = 'Standalone Network ; February 2017';

function mistake(what: string): never {
  throw new Trouble(
    'The page is set up wrongly',
    `config.json: ${what}.`,
    'Whoever serves this page must mend the file. Nothing can be read or signed before that.',
  );
}

/** Reads `config.json`. */
export async function loadConfig(url = './config.json'): Promise<NetworkConfig> {
  const base = new URL(url, globalThis.location?.href ?? 'http://localhost/');
  let response: Response;
  try {
    response = await fetch(base, { cache: 'no-cache' });
  } catch {
    throw new Trouble('The page is incomplete', 'config.json cannot be loaded.', 'Check your connection and reload the page.');
  }
  if (!response.ok) mistake(`the server answers ${response.status}`);
  let json: unknown;
  try {
    json = await response.json();
  } catch {
    mistake('it is not valid JSON');
  }
  return parseConfig(json, base.href);
}

type Json = Record<string, unknown>;

/** Checks what the file says; `base` is where it was found. */
export function parseConfig(json: unknown, base: string): NetworkConfig {
  const file = object(json, 'the whole');
  const networkPassphrase = text(file.networkPassphrase, 'networkPassphrase');
  const contracts = object(file.contracts, 'contracts');
  if (Object.keys(contracts).length === 0) {
    throw new Trouble('No contracts are deployed here', 'This network has no factory of Ballast.', 'A sandbox has one unless it is started with --scenario bare.');
  }
  const named = (name: string) => contract(contracts[name], `contracts.${name}`);
  const assets = list(file.assets, 'assets').map(asset);
  if (assets.length === 0) mistake('assets is empty');
  const codes = new Set(assets.map((each) => each.code));
  if (codes.size !== assets.length) mistake('assets names a code twice');
  const comet = list(file.comet ?? [], 'comet').map((each, index) => {
    const of = object(each, `comet[${index}]`);
    const names = list(of.assets, `comet[${index}].assets`).map((code) => {
      if (typeof code !== 'string' || !codes.has(code)) mistake(`comet[${index}].assets names an asset that assets does not list`);
      return code;
    });
    return { contract: contract(of.contract, `comet[${index}].contract`), assets: names };
  });
  const accounts = list(file.accounts ?? [], 'accounts').map((each, index) => {
    const of = object(each, `accounts[${index}]`);
    const secretKey = text(of.secretKey, `accounts[${index}].secretKey`);
    if (!StrKey.isValidEd25519SecretSeed(secretKey)) mistake(`accounts[${index}].secretKey is no secret key`);
    return { name: text(of.name, `accounts[${index}].name`), publicKey: account(of.publicKey, `accounts[${index}].publicKey`), secretKey };
  });
  const isSandbox = networkPassphrase === SANDBOX_PASSPHRASE;
  if (accounts.length > 0 && !isSandbox) mistake('accounts has secret keys, which belong to a sandbox only');
  const testWallet = file.testWallet ?? isSandbox;
  if (typeof testWallet !== 'boolean') mistake('testWallet must be true or false');
  if (testWallet && !isSandbox) mistake('testWallet is for a sandbox only');
  return {
    name: optional(file.name, 'name') ?? NAMES[networkPassphrase] ?? 'Unknown network',
    rpcUrl: address(text(file.rpcUrl, 'rpcUrl'), 'rpcUrl', base),
    friendbotUrl: ifThere(optional(file.friendbotUrl, 'friendbotUrl'), (url) => address(url, 'friendbotUrl', base)),
    networkPassphrase,
    contracts: {
      factory: named('factory'),
      lens: named('lens'),
      pool: named('pool'),
      adapter: contracts.adapter === undefined || contracts.adapter === null ? null : named('adapter'),
    },
    assets,
    comet,
    accounts,
    testWallet,
    walletConnectProjectId: optional(file.walletConnectProjectId, 'walletConnectProjectId'),
    explorerUrl: ifThere(optional(file.explorerUrl, 'explorerUrl'), (url) => {
      if (!url.includes('{hash}')) mistake("explorerUrl must have {hash} where a transaction's hash belongs");
      address(url.replace('{hash}', 'hash'), 'explorerUrl', base);
      return url;
    }),
  };
}

function asset(value: unknown, index: number): Asset {
  const place = `assets[${index}]`;
  const of = object(value, place);
  const decimals = of.decimals;
  if (typeof decimals !== 'number' || !Number.isInteger(decimals) || decimals < 0 || decimals > 38) {
    mistake(`${place}.decimals must be a whole number from 0 to 38`);
  }
  const code = text(of.code, `${place}.code`);
  const issuer = optional(of.issuer, `${place}.issuer`);
  if (issuer !== null) account(issuer, `${place}.issuer`);
  return { code, issuer, contract: contract(of.contract, `${place}.contract`), decimals };
}

function object(value: unknown, place: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) mistake(`${place} must be an object`);
  return value as Json;
}

function list(value: unknown, place: string): unknown[] {
  if (!Array.isArray(value)) mistake(`${place} must be a list`);
  return value;
}

function text(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') mistake(`${place} is missing`);
  return value;
}

function optional(value: unknown, place: string): string | null {
  return value === undefined || value === null || value === '' ? null : text(value, place);
}

function ifThere<T, U>(value: T | null, change: (value: T) => U): U | null {
  return value === null ? null : change(value);
}

function contract(value: unknown, place: string): Address {
  if (typeof value !== 'string' || !StrKey.isValidContract(value)) mistake(`${place} must be a contract's address (C...)`);
  return value;
}

function account(value: unknown, place: string): Address {
  if (typeof value !== 'string' || !StrKey.isValidEd25519PublicKey(value)) mistake(`${place} must be an account's address (G...)`);
  return value;
}

/** An absolute address; a page that came by HTTPS may not ask by HTTP. */
function address(value: string, place: string, base: string): string {
  let url: URL;
  try {
    url = new URL(value, base);
  } catch {
    mistake(`${place} is no address`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') mistake(`${place} must begin with https://`);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && base.startsWith('https:') && !isLocal) {
    mistake(`${place} must begin with https://, as this page does`);
  }
  return url.href;
}
