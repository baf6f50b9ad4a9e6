// Prints a digest of the names and contents of files and folders: whether anything changed since it was last asked.
// Packages and what is generated are left out: the lock file, and what they are generated from, stand for them.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LEFT_OUT = new Set(['node_modules', 'generated', 'test-results', 'playwright-report']);
const digest = createHash('sha256');

function add(path, name) {
  if (statSync(path).isDirectory()) {
    const inside = readdirSync(path).filter((entry) => !LEFT_OUT.has(entry));
    for (const entry of inside.sort()) add(join(path, entry), `${name}/${entry}`);
    return;
  }
  const bytes = readFileSync(path);
  digest.update(`${name}\0${bytes.length}\0`).update(bytes);
}

process.argv.slice(2).forEach((path, index) => add(path, String(index)));
console.log(digest.digest('hex'));
