// The bindings carry the contracts' specifications as base64, which no host can compress: the same words stand at
// every offset in three encodings. In hexadecimal they are sent in about half.
import type { Plugin } from 'vite';

const BINDING = /[\\/]generated[\\/]bindings[\\/]\w+[\\/]dist[\\/]client\.js$/;
const ENTRIES = /new Spec\(\[(.*?)\]\)/s;
const UNPACK = `const unpackEntries = (packed) => packed.split(' ').map((entry) =>
  btoa(String.fromCharCode(...entry.match(/../g).map((byte) => parseInt(byte, 16)))));\n`;

/** The code of a binding with its specification packed; it gives the very same entries when it runs. */
export function packSpecification(code: string): string {
  const [, list] = ENTRIES.exec(code) ?? [];
  const entries: unknown = JSON.parse(`[${(list ?? '').trim().replace(/,$/, '')}]`);
  if (!Array.isArray(entries) || entries.length === 0) throw new Error('a binding without a specification');
  const packed = entries.map((entry: string) => Buffer.from(entry, 'base64').toString('hex')).join(' ');
  return UNPACK + code.replace(ENTRIES, () => `new Spec(unpackEntries('${packed}'))`);
}

export function packedSpecifications(): Plugin {
  return {
    name: 'ballast:packed-specifications',
    apply: 'build',
    transform: { filter: { id: BINDING }, handler: (code) => ({ code: packSpecification(code), map: null }) },
  };
}
