import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { metaPolicy } from './scripts/policy.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const binding = (name: string) => here(`./generated/bindings/${name}/dist/index.js`);

/** Of the network that the page is built for; a sandbox makes its own. */
const configFile = process.env['BALLAST_PAGE_CONFIG'];
const config = configFile ? readFileSync(configFile, 'utf8') : null;

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

/** What the page asks of its server, while it is developed: a sandbox that runs. */
const sandbox = process.env['BALLAST_SANDBOX_URL'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  base: './',
  plugins: [staticHost()],
  resolve: {
    alias: ['vault', 'factory', 'lens'].map((name) => ({ find: `@bindings/${name}`, replacement: binding(name) })),
  },
  server: { proxy: { '/rpc': sandbox, '/friendbot': sandbox, '/config.json': sandbox } },
  build: {
    // scripts/web.sh copies it to where it is served from.
    outDir: '../target/web/build',
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What is ours, with preact, apart from what is others': scripts/sizes.mjs weighs them apart.
        codeSplitting: {
          groups: [
            { name: 'preact', test: /[\\/]node_modules[\\/](preact|@preact)[\\/]/, priority: 3 },
            { name: 'sdk', test: /[\\/]node_modules[\\/]@stellar[\\/]/, priority: 2 },
          ],
        },
      },
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
