// How LOBSTR's extension is spoken to: by messages on the page's own window. It stands in for
// `@lobstrco/signer-extension-api`, which the kit asks for and whose licence (GPL-3.0) is not one that this page can be
// handed on under; vite.config.ts puts it in that package's place.

const REQUEST = 'LOBSTR_EXTERNAL_MSG_REQUEST';
const RESPONSE = 'LOBSTR_EXTERNAL_MSG_RESPONSE';
/** The extension's second protocol, in which an access has a key that later requests show. */
const PROTOCOL = 1;
/** Where that key is kept, as the extension's own library does. */
const CONNECTION_KEY = 'LOBSTR_CONNECTION_KEY';
const PRESENCE_MS = 2000;

interface Answer {
  source?: unknown;
  /** So spelled by the extension. */
  messagedId?: unknown;
  error?: unknown;
  isConnected?: boolean;
  publicKey?: string;
  connectionKey?: string;
  signedData?: string;
  signerAddress?: string;
}

/** One question and its answer; without a patience it waits for as long as the reader thinks. */
function ask(request: Record<string, unknown>, patienceMs?: number): Promise<Answer | null> {
  const messageId = crypto.getRandomValues(new Uint32Array(1))[0]! + Date.now();
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (answer: Answer | null) => {
      removeEventListener('message', listen);
      clearTimeout(timer);
      resolve(answer);
    };
    const listen = ({ source, data }: MessageEvent<Answer | null>) => {
      if (source === window && data?.source === RESPONSE && data.messagedId === messageId) end(data);
    };
    addEventListener('message', listen);
    if (patienceMs !== undefined) timer = setTimeout(() => end(null), patienceMs);
    postMessage({ source: REQUEST, messageId, version: PROTOCOL, ...request }, location.origin);
  });
}

function taken(answer: Answer | null): Answer {
  if (answer?.error) throw answer.error;
  return answer ?? {};
}

export async function isConnected(): Promise<boolean> {
  if ('lobstrSignerExtension' in window && window.lobstrSignerExtension) return true;
  return Boolean((await ask({ type: 'REQUEST_CONNECTION_STATUS' }, PRESENCE_MS))?.isConnected);
}

/** Empty where the reader's LOBSTR has none. */
export async function getPublicKey(): Promise<string> {
  const { publicKey = '', connectionKey = '' } = taken(await ask({ type: 'REQUEST_ACCESS' }));
  sessionStorage.setItem(CONNECTION_KEY, connectionKey);
  return publicKey;
}

async function sign(dataToSign: string, signType: 'transaction' | 'message'): Promise<Answer> {
  return taken(await ask({ type: 'SIGN', signType, dataToSign, connectionKey: sessionStorage.getItem(CONNECTION_KEY) ?? '' }));
}

export async function signTransaction(xdr: string): Promise<string> {
  return (await sign(xdr, 'transaction')).signedData ?? '';
}

export async function signMessage(message: string): Promise<{ signedMessage: string; signerAddress: string }> {
  const { signedData = '', signerAddress = '' } = await sign(message, 'message');
  return { signedMessage: signedData, signerAddress };
}
