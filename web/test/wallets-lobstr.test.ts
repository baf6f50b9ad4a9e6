// LOBSTR's messages, against an extension that answers as the real one does.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { getPublicKey, isConnected, signTransaction } from '../src/wallets/lobstr';

interface Request {
  source: string;
  messageId: number;
  version: number;
  type: string;
  dataToSign?: string;
  connectionKey?: string;
  signType?: string;
}

let answer: (request: Request) => Record<string, unknown> | null;
let asked: Request[];
let page: EventTarget;

function tell(data: unknown, source: unknown = page): void {
  page.dispatchEvent(Object.assign(new Event('message'), { source, data }));
}

beforeEach(() => {
  page = new EventTarget();
  asked = [];
  const stored = new Map<string, string>();
  vi.stubGlobal('window', page);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  vi.stubGlobal('location', { origin: 'https://ballast.example' });
  vi.stubGlobal('sessionStorage', { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => void stored.set(key, value) });
  vi.stubGlobal('postMessage', (request: Request, origin: string) => {
    expect(origin).toBe('https://ballast.example');
    asked.push(request);
    const given = answer(request);
    // Somebody else's answers, and one from another window, are not taken.
    tell({ source: 'LOBSTR_EXTERNAL_MSG_RESPONSE', messagedId: request.messageId + 1, publicKey: 'other', signedData: 'other' });
    tell({ source: 'LOBSTR_EXTERNAL_MSG_RESPONSE', messagedId: request.messageId, publicKey: 'foreign', signedData: 'foreign' }, {});
    if (given) tell({ source: 'LOBSTR_EXTERNAL_MSG_RESPONSE', messagedId: request.messageId, ...given });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('an access gives the address, and its key goes with what is signed', async () => {
  answer = ({ type }) => (type === 'REQUEST_ACCESS' ? { publicKey: 'G1', connectionKey: 'key' } : { signedData: 'signed', signerAddress: 'G1' });
  expect(await getPublicKey()).toBe('G1');
  expect(await signTransaction('AAAA')).toBe('signed');
  expect(asked[1]).toMatchObject({ source: 'LOBSTR_EXTERNAL_MSG_REQUEST', version: 1, type: 'SIGN', signType: 'transaction', dataToSign: 'AAAA', connectionKey: 'key' });
});

test('a refusal is an error', async () => {
  answer = () => ({ error: 'User declined access' });
  await expect(getPublicKey()).rejects.toBe('User declined access');
  await expect(signTransaction('AAAA')).rejects.toBe('User declined access');
});

test('an extension that is not there is not waited for', async () => {
  vi.useFakeTimers();
  answer = () => null;
  const found = isConnected();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await found).toBe(false);
  answer = () => ({ isConnected: true });
  expect(await isConnected()).toBe(true);
});
