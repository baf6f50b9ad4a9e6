import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { metaPolicy } from './scripts/policy.ts';
import { packedSpecifications } from './scripts/specs.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const binding = (name: string) => here(`./generated/bindings/${name}/dist/index.js`);

/** Of the network that the page is built for; a sandbox makes its own. */
const configFile = process.env['BALLAST_PAGE_CONFIG'];
const config = configFile ? readFileSync(configFile, 'utf8') : null;

/** Whether WalletConnect is part of the page; see src/wallets/no-walletconnect.ts. */
const hasWalletConnect = config !== null && Boolean((JSON.parse(config) as { walletConnectProjectId?: unknown }).walletConnectProjectId);

/** Static hosts send no headers of ours: the page carries its policy, and the description of its network. */
function staticHost(): Plugin {
  return {
    name: 'ballast:static-host',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: metaPolicy(config) },
        injectTo: 'head-prepend',
      },
    ],
    generateBundle() {
      if (config !== null) this.emitFile({ type: 'asset', fileName: 'config.json', source: config });
    },
  };
}

/** A package, or one of several, by the path of a module. */
const inPackage = (names: string) => new RegExp(`[\\\\/]node_modules[\\\\/](${names})[\\\\/]`);
const PREACT = inPackage('preact|@preact');
const KIT = inPackage('@creit\\.tech|@albedo-link|@hot-wallet|@twind|htm');
/** The kit's modules that a click loads, with what they bring along. */
const ON_CLICK = /modules[\\/](ledger|wallet-connect)\.module\.js$/;

/** Tells scripts/sizes.mjs which chunks have code of ours, and which that of others alone. */
function chunksByAuthor(): Plugin {
  // What packages and the bundler itself bring along is not below this folder, or is in node_modules.
  const isOurs = (module: string) => module.startsWith(here('.')) && !module.includes('node_modules');
  return {
    name: 'ballast:chunks-by-author',
    apply: 'build',
    generateBundle(_, bundle) {
      const others = Object.values(bundle)
        .filter((file) => file.type === 'chunk' && !file.moduleIds.some(isOurs))
        .map((chunk) => chunk.fileName);
      this.emitFile({ type: 'asset', fileName: '.vite/others.json', source: JSON.stringify(others) });
    },
  };
}

/** What the page asks of its server, while it is developed: a sandbox that runs. */
const sandbox = process.env['BALLAST_SANDBOX_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  base: './',
  plugins: [staticHost(), chunksByAuthor(), packedSpecifications()],
  resolve: {
    alias: [
      ...['vault', 'factory', 'lens'].map((name) => ({ find: `@bindings/${name}`, replacement: binding(name) })),
      // Ours, for the sake of its licence.
      { find: '@lobstrco/signer-extension-api', replacement: here('src/wallets/lobstr.ts') },
      ...(hasWalletConnect ? [] : [{ find: './walletconnect', replacement: here('src/wallets/no-walletconnect.ts') }]),
    ],
  },
  server: { proxy: { '/rpc': sandbox, '/friendbot': sandbox, '/config.json': sandbox } },
  build: {
    // scripts/web.sh copies it to where it is served from.
    outDir: '../target/web/build',
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    modulePreload: { polyfill: false },
    // Small pictures are part of the code that shows them; the policy allows them as `data:`.
    assetsInlineLimit: (file) => file.endsWith('.svg') && statSync(file).size < 2048,
    // scripts/sizes.mjs does both.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      onLog(level, log, report) {
        // WalletConnect's packages ask for modules of Node that they do without in a browser.
        if (!log.message.includes('has been externalized for browser compatibility')) report(level, log);
      },
      output: {
        // Code of others apart from ours, and what a click loads apart from both.
        codeSplitting: {
          groups: [
            { name: 'preact', test: PREACT, priority: 3 },
            { name: 'sdk', test: inPackage('@stellar'), priority: 2 },
            // Ours, in place of a package of the kit's.
            { name: 'lobstr', test: /[\\/]src[\\/]wallets[\\/]lobstr\.ts$/, priority: 2 },
            { name: 'kit', test: (module: string) => KIT.test(module) && !ON_CLICK.test(module), priority: 1 },
          ],
        },
      },
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
