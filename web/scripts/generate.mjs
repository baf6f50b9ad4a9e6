// Makes `generated/`: typed clients of the contracts from the wasm that was built, the core for the page, and the
// words of every error code. Nothing of it is edited by hand, and nothing of it is committed.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(dirname(fileURLToPath(import.meta.url)));
const contracts = join(web, '../target/contracts');
const generated = join(web, 'generated');
const run = (script, ...args) => execFileSync(process.execPath, [join(web, 'node_modules', script), ...args], { stdio: 'pipe' });

rmSync(generated, { recursive: true, force: true });
for (const name of ['vault', 'factory', 'lens']) {
  const folder = join(generated, 'bindings', name);
  mkdirSync(folder, { recursive: true });
  run('@stellar/stellar-sdk/bin/stellar-js', 'generate', '--overwrite', '--contract-name', name, '--wasm', join(contracts, `ballast_${name}.wasm`), '--output-dir', folder);
  // The SDK writes the names of error enums where types belong, so its output is transpiled without checking types.
  run('typescript/bin/tsc', '--noCheck', '--project', folder);
}
const core = join(contracts, 'ballast_core_wasm.wasm');
if (existsSync(core)) copyFileSync(core, join(generated, 'core.wasm'));
const words = join(web, '../tests/goldens/words.json');
writeFileSync(join(generated, 'words.json'), existsSync(words) ? readFileSync(words) : '{}');
