import { fileURLToPath } from 'node:url';
import { defineConfig, devices } from '@playwright/test';

/** Names a folder: the screenshots are taken into it, and nothing else is run. */
const screenshots = process.env.BALLAST_SCREENSHOTS;

export default defineConfig({
  testDir: './e2e',
  outputDir: fileURLToPath(new URL('../target/web/e2e', import.meta.url)),
  // A test shares its sandbox with those of its worker, one after the other: each finds it as if new.
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  ...(screenshots ? { grep: /@screenshots/ } : { grepInvert: /@screenshots/ }),
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    serviceWorkers: 'block',
    trace: { mode: 'retain-on-failure', screenshots: false, sources: false },
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // No name is looked up: a page that asks for another host fails here, whatever network the machine has.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      ],
    },
  },
});
