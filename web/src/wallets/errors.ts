// What can go wrong with a wallet, each with its own words. Wallets report the same thing in very different shapes:
// codes, strings, errors of their own, or a window that was closed.
import { Trouble } from '../chain/trouble';
import type { Explained } from '../parts';

export type WalletFailure = 'rejected' | 'locked' | 'wrong-network' | 'wrong-account' | 'changed' | 'absent' | 'unsupported' | 'failed';

export class WalletError extends Error implements Explained {
  readonly code = null;

  constructor(
    readonly failure: WalletFailure,
    readonly title: string,
    readonly words: string,
    readonly advice: string | null = null,
  ) {
    super(words);
    this.name = 'WalletError';
  }
}

export type Doing = 'connect' | 'sign';

/** SEP-43: the user said no. */
const DECLINED = -4;
/** EIP-1193 and WalletConnect: rejected by the user, by method, by chain, by event. */
const DECLINED_BY_WALLETCONNECT: readonly unknown[] = [4001, 5000, 5001, 5002, 5003];

const LOCKED = /\block(ed)?\b|\bunlock\b|0x5515|0x6b0c|0x6804|0x5303|not allowed, please request access|log ?in to|not logged in|password/i;
const REJECTED = /reject|declin|denied|deny|refus|cancel|0x6985|no device selected|no elements in sequence|user closed|closed the (window|modal)|aborted|dismiss/i;
const ABSENT = /not (been )?(installed|found|connected|detected|open)\b|no extension|can not be used|cannot be used|undefined \(reading|TransportInterfaceNotAvailable/i;
const UNSUPPORTED = /not support|unsupported|not implemented|unknown method/i;
const LEDGER_APP = /0x6e00|0x6e01|0x6d00|0x6d02|0x6511|0x6807|CLA_NOT_SUPPORTED|INS_NOT_SUPPORTED/i;
const LEDGER_HASH = /hash signing not allowed|0x6c66/i;
const LEDGER_GONE = /disconnected|device must be opened|unable to (open|claim|reset)|TransportOpen|transfer(In|Out)|busy/i;
const EXPIRED = /no walletconnect session|proposal expired|session .*expired|expired/i;

const MOST_LETTERS = 240;

interface Reported {
  code: unknown;
  name: string;
  message: string;
}

/** The code, name and message of anything that was thrown. */
function reported(error: unknown): Reported {
  if (typeof error === 'string') return { code: undefined, name: '', message: error };
  if (typeof error !== 'object' || error === null) return { code: undefined, name: '', message: '' };
  const outer = error as { code?: unknown; name?: unknown; message?: unknown; error?: unknown; statusCode?: unknown; ext?: unknown };
  if (outer.error && typeof outer.error !== 'boolean' && !outer.message) return reported(outer.error);
  const ext = Array.isArray(outer.ext) ? outer.ext.join(', ') : typeof outer.ext === 'string' ? outer.ext : '';
  const status = typeof outer.statusCode === 'number' ? ` (0x${outer.statusCode.toString(16).padStart(4, '0')})` : '';
  const message = typeof outer.message === 'string' ? outer.message : '';
  return { code: outer.code, name: typeof outer.name === 'string' ? outer.name : '', message: [message + status, ext].filter(Boolean).join(': ') };
}

/** An error of a wallet in words. `name` is the wallet's. */
export function toWalletError(error: unknown, name: string, doing: Doing): WalletError {
  if (error instanceof WalletError) return error;
  if (error instanceof Trouble) return new WalletError('failed', error.title, error.words, error.advice);
  const { code, name: kind, message } = reported(error);
  const all = `${kind} ${message}`;
  if (code === DECLINED || DECLINED_BY_WALLETCONNECT.includes(code)) return rejected(name, doing);
  if (name === 'Ledger') {
    const ofLedger = ledgerError(all);
    if (ofLedger) return ofLedger;
  }
  if (LOCKED.test(all)) return locked(name, doing);
  if (REJECTED.test(all)) return rejected(name, doing);
  if (EXPIRED.test(all)) return new WalletError('failed', 'The connection has expired', `${name} no longer knows this page.`, 'Connect again.');
  if (ABSENT.test(all)) return absent(name);
  if (UNSUPPORTED.test(all)) return new WalletError('unsupported', `${name} cannot do this`, `${name} answered: ${quoted(message)}`, 'Use another wallet for this.');
  return new WalletError(
    'failed',
    `${name} reported an error`,
    message ? `${name} answered: ${quoted(message)}` : `${name} gave no reason.`,
    doing === 'sign' ? 'Nothing was sent. Try again; if it stays, load the page again or use another wallet.' : 'Try again; if it stays, load the page again or use another wallet.',
  );
}

function quoted(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return `"${line.length > MOST_LETTERS ? `${line.slice(0, MOST_LETTERS)}\u2026` : line}".`;
}

export function rejected(name: string, doing: Doing): WalletError {
  return doing === 'sign'
    ? new WalletError('rejected', 'Not signed', `The signature was rejected in ${name}, or its window was closed. Nothing was sent.`, 'If you did not mean that, sign again.')
    : new WalletError('rejected', 'Not connected', `The request was rejected in ${name}, or its window was closed.`, 'Try again and allow this page to see the address.');
}

/** Said of signing only: connecting sends nothing anyway. */
const unsent = (doing: Doing) => (doing === 'sign' ? ' Nothing was sent.' : '');

export function locked(name: string, doing: Doing): WalletError {
  return new WalletError('locked', `${name} is locked`, `It is locked, or has not allowed this page to see an address.${unsent(doing)}`, `Unlock ${name}, then try again.`);
}

export function absent(name: string): WalletError {
  return name === 'Ledger'
    ? new WalletError('absent', 'No Ledger can be used', 'This browser does not let pages talk to USB devices.', 'Use Chrome, Edge or Brave on a computer, over https.')
    : new WalletError('absent', `${name} was not found`, `${name} is not installed in this browser, or is switched off for this page.`, 'Install it or switch it on, then load this page again; or choose another wallet.');
}

export function popupBlocked(name: string): WalletError {
  return new WalletError('absent', 'The window was blocked', `${name} works in a window of its own, and the browser did not open it.`, 'Allow pop-ups for this page, then try again.');
}

export function offNetwork(name: string, theirs: string, ours: string, doing: Doing): WalletError {
  return new WalletError('wrong-network', 'Wrong network', `${name} is set to ${theirs}. This page works on ${ours}.${unsent(doing)}`, `Switch ${name} to ${ours}, then try again.`);
}

export function unsupportedNetwork(name: string, ours: string): WalletError {
  return new WalletError('unsupported', `${name} does not work here`, `${name} cannot sign for ${ours}.`, 'Choose another wallet.');
}

function ledgerError(all: string): WalletError | null {
  if (LEDGER_APP.test(all)) return new WalletError('locked', 'Open the Stellar app', 'The Ledger answers, but its Stellar app is not open.', 'Open the Stellar app on the device, then try again.');
  if (LEDGER_HASH.test(all)) {
    return new WalletError('unsupported', 'The Ledger cannot show this transaction', 'It is too large for the device, and signing by hash is switched off.', 'Allow "hash signing" in the settings of its Stellar app, then sign again.');
  }
  if (LEDGER_GONE.test(all) && !/cancel/i.test(all)) {
    return new WalletError('absent', 'The Ledger is not reachable', 'It was unplugged, or another program uses it.', 'Plug it in, unlock it, close other programs that use it, then try again.');
  }
  return null;
}
