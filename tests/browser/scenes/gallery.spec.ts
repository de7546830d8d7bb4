import { test as base, type BrowserContextOptions, type Page, type TestInfo } from '@playwright/test';
import axe from 'axe-core';
import { Gallery } from '../house/gallery.ts';
import { looks } from '../house/looks.ts';
import { expect, test as scene } from '../house/scene.ts';

const test = base.extend<object, { gallery: Gallery }>({
  gallery: [
    async ({}, use) => {
      const gallery = await Gallery.build();
      await use(gallery);
      await gallery.close();
    },
    { scope: 'worker' },
  ],
});

const sizes: Record<string, BrowserContextOptions> = {
  wide: { viewport: { width: 1280, height: 800 } },
  narrow: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};
/** They speak of a page, and this is many pieces of several. */
const OF_PAGES = [
  'heading-order',
  'landmark-main-is-top-level',
  'landmark-no-duplicate-main',
  'landmark-one-main',
  'landmark-unique',
  'page-has-heading-one',
  'region',
];

/** Whatever axe finds, in a word and the element. */
async function found(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((ofPages) => {
    const rules = Object.fromEntries(ofPages.map((rule) => [rule, { enabled: false }]));
    return (window as unknown as { axe: typeof axe }).axe.run({
      rules,
      resultTypes: ['violations'],
      preload: false,
    });
  }, OF_PAGES);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.html}`));
}

/** One for each wall, for whoever wants to look: the others are put away, or each would have to be drawn every time. */
async function photograph(page: Page, info: TestInfo): Promise<void> {
  for (const wall of await page.locator('[data-wall]').all()) {
    await wall.evaluate((own) => {
      for (const each of document.querySelectorAll<HTMLElement>('[data-wall]')) each.hidden = each !== own;
    });
    const name = (await wall.getAttribute('data-wall')) ?? '';
    const path = info.outputPath(`${name}.jpg`);
    await wall.screenshot({ path, type: 'jpeg', caret: 'initial' });
    info.attachments.push({ name, path, contentType: 'image/jpeg' });
  }
}

/** Hundreds of states are drawn, looked through by axe, and photographed. */
test.setTimeout(180_000);
// It would be much larger than the photographs, and show the same.
test.use({ trace: 'off' });

for (const colorScheme of ['light', 'dark'] as const)
  for (const [size, options] of Object.entries(sizes))
    test(`every component looks right in every state, ${colorScheme} and ${size}`, async ({
      browser,
      gallery,
    }, info) => {
      const context = await browser.newContext({ ...options, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      const alarms: string[] = [];
      page.on('pageerror', (error) => alarms.push(error.message));
      await gallery.openOn(page);
      expect.soft(await page.evaluate(looks)).toEqual([]);
      expect.soft(await found(page)).toEqual([]);
      await photograph(page, info);
      expect(alarms).toEqual([]);
      await context.close();
    });

scene('the program that people get has no gallery', async ({ stranger }) => {
  expect((await stranger.goto('/ui/login.html'))?.status()).toBe(200);
  expect((await stranger.goto('/ui/gallery.html'))?.status()).toBe(404);
});
