// A stand-in for the Freighter extension: it answers the messages that the real @stellar/freighter-api posts to the
// page, and signs for real, with keys that stay in the test's process. Nothing of the page is replaced.
import type { BrowserContext } from '@playwright/test';
import { FeeBumpTransaction, type Keypair, TransactionBuilder } from '@stellar/stellar-sdk';

const STANDARD_NETWORKS: Record<string, string> = {
  'Public Global Stellar Network ; September 2015': 'PUBLIC',
  'Test SDF Network ; September 2015': 'TESTNET',
};

const DECLINED = { code: -4, message: 'The user rejected this request.' };
const INTERNAL = { code: -1, message: 'The wallet encountered an internal error. Please try again or contact the wallet if the problem persists.' };

interface Request {
  type: string;
  transactionXdr?: string;
  networkPassphrase?: string;
  accountToSign?: string;
}

export interface Freighter {
  /** The account that is chosen in it. */
  keys: Keypair;
  /** Locked, or its window for the password was closed: it tells no address. */
  locked: boolean;
  /** Whether the reader says no to what is asked next. */
  declines: boolean;
  /** The network that it says it is set to. */
  passphrase: string;
  /** The network that it really signs for; null for the one it is asked for. */
  signsFor: string | null;
  /** The key that it really signs with; null for the account that is asked for. */
  signsWith: Keypair | null;
  /** Whether it raises the fee of what it is given before it signs. */
  changesFee: boolean;
  /** Types of the requests, in order. */
  requests: string[];
  /** What it was asked to sign, and what it gave back. */
  signed: { given: string; back: string }[];
}

/** Puts the extension into every page of the context. Change what it does by the fields of what is returned. */
export async function installFreighter(context: BrowserContext, keys: Keypair, passphrase: string): Promise<Freighter> {
  const freighter: Freighter = { keys, locked: false, declines: false, passphrase, signsFor: null, signsWith: null, changesFee: false, requests: [], signed: [] };
  await context.exposeFunction('standInForFreighter', (request: Request) => answer(freighter, request));
  await context.addInitScript(() => {
    window.addEventListener('message', (event) => {
      const request = event.data as { source?: string; messageId?: number } | null;
      if (event.source !== window || request?.source !== 'FREIGHTER_EXTERNAL_MSG_REQUEST') return;
      const ask = (window as unknown as { standInForFreighter(request: unknown): Promise<object> }).standInForFreighter;
      void ask(request).then((reply) => {
        // The extension's own spelling.
        window.postMessage({ source: 'FREIGHTER_EXTERNAL_MSG_RESPONSE', messagedId: request.messageId, ...reply }, window.location.origin);
      });
    });
  });
  return freighter;
}

function answer(freighter: Freighter, request: Request): object {
  freighter.requests.push(request.type);
  const address = freighter.locked ? '' : freighter.keys.publicKey();
  switch (request.type) {
    case 'REQUEST_CONNECTION_STATUS':
      return { isConnected: true };
    case 'REQUEST_ALLOWED_STATUS':
    case 'SET_ALLOWED_STATUS':
      return { isAllowed: !freighter.locked };
    case 'REQUEST_ACCESS':
      return freighter.declines ? { publicKey: '', apiError: DECLINED } : { publicKey: address };
    case 'REQUEST_PUBLIC_KEY':
      return { publicKey: address };
    case 'REQUEST_NETWORK':
    case 'REQUEST_NETWORK_DETAILS':
      return {
        networkDetails: {
          network: STANDARD_NETWORKS[freighter.passphrase] ?? 'STANDALONE',
          networkName: STANDARD_NETWORKS[freighter.passphrase] ?? 'Standalone',
          networkUrl: 'http://localhost:8000',
          networkPassphrase: freighter.passphrase,
          sorobanRpcUrl: 'http://localhost:8000',
        },
      };
    case 'SUBMIT_TRANSACTION':
      return sign(freighter, request);
    default:
      return { apiError: INTERNAL };
  }
}

function sign(freighter: Freighter, request: Request): object {
  if (freighter.locked) return { signedTransaction: '', signerAddress: '', apiError: { code: -1, message: 'Freighter is locked.' } };
  if (freighter.declines) return { signedTransaction: '', signerAddress: '', apiError: DECLINED };
  const given = request.transactionXdr ?? '';
  const passphrase = freighter.signsFor ?? request.networkPassphrase ?? freighter.passphrase;
  const transaction = freighter.changesFee ? dearer(given, passphrase) : TransactionBuilder.fromXDR(given, passphrase);
  const keys = freighter.signsWith ?? freighter.keys;
  transaction.sign(keys);
  const back = transaction.toXDR();
  freighter.signed.push({ given, back });
  return { signedTransaction: back, signerAddress: keys.publicKey() };
}

function dearer(given: string, passphrase: string) {
  const transaction = TransactionBuilder.fromXDR(given, passphrase);
  if (transaction instanceof FeeBumpTransaction) throw new Error('the page gave a fee bump');
  return TransactionBuilder.cloneFrom(transaction, { fee: String(BigInt(transaction.fee) + 1n) }).build();
}
