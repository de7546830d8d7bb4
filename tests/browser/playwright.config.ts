import { defineConfig } from '@playwright/test';
import { HEADLESS_SHELL } from './house/chromium.ts';

const launchOptions = {
  executablePath: HEADLESS_SHELL,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
};
const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export default defineConfig({
  testDir: 'scenes',
  outputDir: 'out',
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [['list']],
  use: { launchOptions, locale: 'en-GB', timezoneId: 'Europe/Berlin', trace: 'retain-on-failure' },
  projects: [
    { name: 'desktop', use: desktop, testIgnore: /thumb\.spec\.ts/ },
    {
      name: 'phone',
      use: phone,
      testMatch: /(thumb|talking|accessibility|typed|hearing|focus|unsent|editing)\.spec\.ts/,
    },
  ],
});
