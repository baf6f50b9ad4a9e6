// A stand-in for a Ledger with the Stellar app: a USB device whose answers come from the test's process, where the keys
// are. The page's libraries talk to it as to a real one: frames of 64 bytes, commands, status words.
import type { BrowserContext } from '@playwright/test';
import { hash, type Keypair } from '@stellar/stellar-sdk';

const OK = 0x9000;
export const REFUSED = 0x6985;
export const LOCKED = 0x5515;
export const NO_APP = 0x6e00;
export const TOO_LARGE = 0xb004;
export const HASHES_OFF = 0x6c66;

const GET_PUBLIC_KEY = 0x02;
const SIGN_TRANSACTION = 0x04;
const SIGN_HASH = 0x08;
const MORE_FOLLOWS = 0x80;

export interface Ledger {
  /** By the index of the path. */
  keys: Keypair[];
  /** Status word for every command; null where it works. */
  fault: number | null;
  /** Status word for a signature of a whole transaction, and of a hash. */
  transactionFault: number | null;
  hashFault: number | null;
  /** What was signed: a transaction that its display showed, or a hash. */
  signed: ('transaction' | 'hash')[];
}

/** Plugs it into every page of the context. */
export async function plugInLedger(context: BrowserContext, keys: Keypair[]): Promise<Ledger> {
  const ledger: Ledger = { keys, fault: null, transactionFault: null, hashFault: null, signed: [] };
  let gathered = Buffer.alloc(0);
  await context.exposeFunction('standInForLedger', (command: number[]): number[] => {
    const bytes = Buffer.from(command);
    const [instruction, more] = [bytes[1] ?? 0, bytes[3] === MORE_FOLLOWS];
    gathered = bytes[2] === 0 ? bytes.subarray(5) : Buffer.concat([gathered, bytes.subarray(5)]);
    const { data, status } = more ? { data: Buffer.alloc(0), status: OK } : answer(ledger, instruction, gathered);
    return [...data, status >> 8, status & 0xff];
  });
  await context.addInitScript(pretendUsb);
  return ledger;
}

function answer(ledger: Ledger, instruction: number, payload: Buffer): { data: Buffer; status: number } {
  const failed = (status: number) => ({ data: Buffer.alloc(0), status });
  if (ledger.fault !== null) return failed(ledger.fault);
  const depth = payload[0] ?? 0;
  const index = payload.readUInt32BE(1 + 4 * (depth - 1)) & 0x7fffffff;
  const rest = payload.subarray(1 + 4 * depth);
  const keys = ledger.keys[index % ledger.keys.length];
  if (!keys) return failed(REFUSED);
  switch (instruction) {
    case GET_PUBLIC_KEY:
      return { data: Buffer.from(keys.rawPublicKey()), status: OK };
    case SIGN_TRANSACTION:
      if (ledger.transactionFault !== null) return failed(ledger.transactionFault);
      ledger.signed.push('transaction');
      return { data: Buffer.from(keys.sign(hash(rest))), status: OK };
    case SIGN_HASH:
      if (ledger.hashFault !== null) return failed(ledger.hashFault);
      ledger.signed.push('hash');
      return { data: Buffer.from(keys.sign(rest)), status: OK };
    default:
      return failed(0x6d00);
  }
}

/** Runs in the page: one device that is plugged in and allowed. */
function pretendUsb(): void {
  const PACKET = 64;
  let command: number[] = [];
  let wanted = 0;
  let frames: number[][] = [];
  const ask = (bytes: number[]) => (window as unknown as { standInForLedger(bytes: number[]): Promise<number[]> }).standInForLedger(bytes);
  const device = {
    vendorId: 0x2c97,
    productId: 0x4015,
    opened: true,
    configuration: null,
    configurations: [{ interfaces: [{ interfaceNumber: 2, alternates: [{ interfaceClass: 255 }] }] }],
    open: async () => undefined,
    close: async () => undefined,
    reset: async () => undefined,
    selectConfiguration: async () => undefined,
    claimInterface: async () => undefined,
    releaseInterface: async () => undefined,
    async transferOut(_endpoint: number, data: ArrayBufferView) {
      const frame = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const sequence = (frame[3]! << 8) | frame[4]!;
      if (sequence === 0) [wanted, command] = [(frame[5]! << 8) | frame[6]!, [...frame.slice(7)]];
      else command.push(...frame.slice(5));
      if (command.length >= wanted) {
        const reply = await ask(command.slice(0, wanted));
        const body = [reply.length >> 8, reply.length & 0xff, ...reply];
        frames = [];
        for (let at = 0, number = 0; at < body.length; at += PACKET - 5, number += 1) {
          const part = body.slice(at, at + PACKET - 5);
          frames.push([frame[0]!, frame[1]!, 0x05, number >> 8, number & 0xff, ...part, ...new Array<number>(PACKET - 5 - part.length).fill(0)]);
        }
      }
      return { status: 'ok', bytesWritten: frame.length };
    },
    async transferIn() {
      return { status: 'ok', data: new DataView(Uint8Array.from(frames.shift() ?? []).buffer) };
    },
  };
  const usb = { getDevices: async () => [device], requestDevice: async () => device, addEventListener: () => undefined, removeEventListener: () => undefined };
  Object.defineProperty(Navigator.prototype, 'usb', { configurable: true, get: () => usb });
}
