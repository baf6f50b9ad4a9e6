import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const binding = (name: string) => fileURLToPath(new URL(`./generated/bindings/${name}/dist/index.js`, import.meta.url));

export default defineConfig({
  base: './',
  resolve: {
    alias: ['vault', 'factory', 'lens'].map((name) => ({ find: `@bindings/${name}`, replacement: binding(name) })),
  },
  build: {
    outDir: '../target/web/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
