// Accounts of the sandbox's test wallet: those that the sandbox has funded, whose keys everybody knows, and those that
// were made here. None of them is worth anything.
import { readAccount } from '../chain/account';
import { connect } from '../chain/rpc';
import type { Address } from '../model';
import type { NetworkConfig } from '../parts';
import { WalletError } from './errors';

export interface TestAccount {
  name: string;
  address: Address;
  secret: string;
}

/** They run the sandbox's pool and assets. */
const STAFF = /issuer|faucet|lender|admin|root/i;
const OWN_KEY = 'ballast-test-accounts';
const APPROVAL_KEY = 'ballast-test-approval';

interface Own {
  network: string;
  address: Address;
  secret: string;
}

/** What storage refuses to keep lasts as long as the page. */
let unstored: Own[] = [];

function owned(config: NetworkConfig): Own[] {
  let stored: Own[] = [];
  try {
    const read: unknown = JSON.parse(localStorage.getItem(OWN_KEY) ?? '[]');
    if (Array.isArray(read)) stored = read as Own[];
  } catch {
    // Not ours, or forbidden.
  }
  return [...stored, ...unstored].filter((own) => own?.network === config.networkPassphrase);
}

export function ownAccounts(config: NetworkConfig): TestAccount[] {
  return owned(config).map((own, index) => ({ name: `own ${index + 1}`, address: own.address, secret: own.secret }));
}

/** The sandbox's accounts for borrowers, then the reader's own. */
export function testAccounts(config: NetworkConfig): TestAccount[] {
  const funded = config.accounts.filter((account) => !STAFF.test(account.name));
  return [...funded.map((account) => ({ name: account.name, address: account.publicKey, secret: account.secretKey })), ...ownAccounts(config)];
}

/** A random key, funded by the friendbot. */
export async function newAccount(config: NetworkConfig): Promise<TestAccount> {
  const { Keypair } = await import('@stellar/stellar-sdk');
  const keys = Keypair.random();
  await fund(config, keys.publicKey());
  const own: Own = { network: config.networkPassphrase, address: keys.publicKey(), secret: keys.secret() };
  try {
    localStorage.setItem(OWN_KEY, JSON.stringify([...owned(config), own]));
  } catch {
    unstored = [...unstored, own];
  }
  const made = ownAccounts(config).find((account) => account.address === own.address);
  return made ?? { name: 'own', address: own.address, secret: own.secret };
}

/** An account that was made here, on the ledger again if the sandbox was started anew since. */
export async function ensureFunded(config: NetworkConfig, address: Address): Promise<void> {
  const isThere = await readAccount(connect(config), address).then((account) => account.exists);
  if (!isThere) await fund(config, address);
}

/** Asks the friendbot. An account that it has funded before is fine. */
async function fund(config: NetworkConfig, address: Address): Promise<void> {
  const failed = (words: string) => new WalletError('failed', 'The account was not funded', words, 'See that the sandbox runs, then try again.');
  if (!config.friendbotUrl) throw failed('This network has no friendbot.');
  const url = new URL(config.friendbotUrl, document.baseURI);
  url.searchParams.set('addr', address);
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST' });
  } catch {
    throw failed('The friendbot could not be reached.');
  }
  if (response.ok) return;
  const text = await response.text().catch(() => '');
  if (/already|exist/i.test(text)) return;
  throw failed(`The friendbot answered with status ${response.status}.`);
}

/** Whether the test wallet asks before it signs. Off for as long as the tab is open, at most. */
export function asksApproval(): boolean {
  try {
    return sessionStorage.getItem(APPROVAL_KEY) !== 'always';
  } catch {
    return true;
  }
}

export function setAsksApproval(asks: boolean): void {
  try {
    if (asks) sessionStorage.removeItem(APPROVAL_KEY);
    else sessionStorage.setItem(APPROVAL_KEY, 'always');
  } catch {
    // Then it goes on asking.
  }
}
