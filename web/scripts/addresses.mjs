// Addresses of third parties in a built page.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function foreignAddresses(folder, files) {
  const found = new Map();
  for (const file of files) {
    if (/\.(png|webp|ico|wasm|woff2)$/.test(file)) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, host] of text.matchAll(/(?:https?|wss?):\/\/([a-z0-9.-]+)/gi)) found.set(host, file);
  }
  return [...found].map(([host, file]) => `${file} names ${host}`);
}
