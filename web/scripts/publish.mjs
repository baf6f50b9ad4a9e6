// Copies a built page to where it is served and embedded from: only files that differ, and each in one step, so that
// nothing is compiled anew for a page that stayed the same, and nobody is served half a file.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [from, to] = process.argv.slice(2);
// The manifest is in a folder with a dot; it is for the check of sizes.
const files = (folder) => (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [])
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  .filter((name) => !name.startsWith('.'));

// The index comes last: what it names is there by then.
const wanted = files(from).sort((a, b) => Number(a === 'index.html') - Number(b === 'index.html'));
for (const name of wanted) {
  const [source, target] = [join(from, name), join(to, name)];
  const bytes = readFileSync(source);
  if (existsSync(target) && readFileSync(target).equals(bytes)) continue;
  mkdirSync(dirname(target), { recursive: true });
  const fresh = join(dirname(target), '.new');
  writeFileSync(fresh, bytes);
  renameSync(fresh, target);
}
for (const name of files(to)) if (!wanted.includes(name)) rmSync(join(to, name));
