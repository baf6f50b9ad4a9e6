// Weighs a built page, gzipped as a host would send it: `node scripts/sizes.mjs FOLDER`. What is loaded when somebody
// clicks on WalletConnect or Ledger is shown and does not count. Also looks for addresses of third parties.
// Fails where CI=true; says so elsewhere.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { addresses } from './addresses.mjs';

const KILOBYTE = 1024;
const LIMITS = { ours: 120 * KILOBYTE, total: 330 * KILOBYTE };

/** Modules that are imported on a click only. */
const ON_CLICK = /^src\/wallets\/(ledger|walletconnect)\.ts$/;

const folder = process.argv[2];
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  .filter((name) => !name.startsWith('.') && name !== 'config.json')
  .sort();
/** Chunks without any code of ours. */
const others = new Set(JSON.parse(readFileSync(join(folder, '.vite/others.json'), 'utf8')));
const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'));

/** Files that are loaded once an entry is, but for what only a click loads. */
function reachable(keys) {
  const seen = new Set();
  const found = new Set();
  const waiting = [...keys];
  while (waiting.length > 0) {
    const key = waiting.pop();
    if (seen.has(key)) continue;
    seen.add(key);
    const chunk = manifest[key];
    [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])].forEach((file) => found.add(file));
    waiting.push(...(chunk.imports ?? []), ...(chunk.dynamicImports ?? []).filter((next) => !ON_CLICK.test(next)));
  }
  return found;
}

const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
const clicked = Object.keys(manifest).filter((key) => ON_CLICK.test(key));
const counted = reachable(entries);
const onClick = new Set([...reachable(clicked)].filter((file) => !counted.has(file)));

const rows = files.map((file) => {
  const bytes = readFileSync(join(folder, file));
  const kind = onClick.has(file) ? 'on click' : others.has(file) ? "others'" : 'ours';
  return { file, kind, bytes: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length };
});
const sum = (kinds) => rows.filter((row) => kinds.includes(row.kind)).reduce((total, row) => total + row.gzipped, 0);
const shown = (bytes) => (bytes / KILOBYTE).toFixed(1).padStart(9);

console.log(`${'file'.padEnd(52)} ${'KB'.padStart(9)} ${'gzipped'.padStart(9)}  whose`);
// What a click loads is many small files; the large ones are enough to see.
const isShown = (row) => row.kind !== 'on click' || row.gzipped > 10 * KILOBYTE;
for (const row of rows.filter(isShown).sort((a, b) => b.gzipped - a.gzipped)) {
  console.log(`${row.file.padEnd(52)} ${shown(row.bytes)} ${shown(row.gzipped)}  ${row.kind}`);
}
const problems = [];
for (const [name, kinds] of [['ours', ['ours']], ['total', ['ours', "others'"]]]) {
  const size = sum(kinds);
  console.log(`${name.padEnd(62)} ${shown(size)}  of at most ${LIMITS[name] / KILOBYTE}`);
  if (size > LIMITS[name]) problems.push(`${name}: ${shown(size).trim()} KB gzipped, above ${LIMITS[name] / KILOBYTE}`);
}
const clickedFiles = rows.filter((row) => row.kind === 'on click').length;
console.log(`${`on click (${clickedFiles} files)`.padEnd(62)} ${shown(sum(['on click']))}`);

const { told, unknown } = addresses(folder, files.filter((file) => !onClick.has(file)));
console.log(`\naddresses of others in it, none of which it loads anything from:\n${told.join('\n')}`);
problems.push(...unknown);
if (problems.length > 0) {
  problems.forEach((problem) => console.error(`sizes: ${problem}`));
  if (process.env.CI === 'true') process.exit(1);
}
