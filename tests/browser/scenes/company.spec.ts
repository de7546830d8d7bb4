import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Page, chromium } from '@playwright/test';
import { WHOLE_BROWSER } from '../house/chromium.ts';
import { PASSWORD, watch } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';
import { translate } from '../house/translator.ts';

const KEEPS_NOTHING = 'This browser keeps nothing for ChatterBox';

test('a page that is translated shows what is so: edits, marks and numbers', async ({ invite }) => {
  test.slow();
  const grace = await (await invite('Grace')).enters();
  const ada = await invite('Ada');
  await translate(ada.page);
  await ada.enters();
  const texts = ada.list.locator('p.text');
  const count = ada.page.getByRole('heading', { name: /Here now/ });
  await expect(count).toHaveText(/^Here now\s*2$/);

  await grace.says('The first words.');
  await ada.says('My own.');
  await expect(ada.message('My own.').locator('.marks')).toHaveText(/^\s*(Sent|Seen)$/);
  await grace.edits('The first words.', 'Other words, at https://example.org/ too.');
  await expect(texts).toHaveText(['Other words, at https://example.org/ too.', 'My own.']);
  await ada.edits('My own.', 'Mine, and better.');
  await expect(texts).toHaveText(['Other words, at https://example.org/ too.', 'Mine, and better.']);
  await grace.deletes('Other words');
  await expect(texts).toHaveText(['Mine, and better.']);

  await grace.page.close();
  // Whoever has no connection is there for 30 seconds more.
  await expect(count).toHaveText(/^Here now\s*1$/, { timeout: 45_000 });
  await expect(ada.page.locator('font').first()).toBeAttached();
  await expect(ada.page.locator('textarea font, bdi font, .name font')).toHaveCount(0);
});

/** As some password managers do it: no event says so. */
async function fills(page: Page, fields: Record<string, string>): Promise<void> {
  // Some come only when it is known what the place is.
  for (const id of Object.keys(fields)) await page.locator(`#${id}`).waitFor();
  await page.evaluate((values) => {
    for (const [id, value] of Object.entries(values))
      (document.getElementById(id) as HTMLInputElement).value = value;
  }, fields);
}

test('what a password manager has filled in without a word is sent', async ({ stranger }) => {
  await stranger.goto('/ui/register.html');
  await fills(stranger, { username: 'Ada', email: 'ada@example.org', password: PASSWORD });
  await stranger.getByRole('button', { name: 'Pin it on' }).click();
  await expect(stranger).toHaveURL(/chat\.html$/);
  await stranger.goto('/ui/login.html');
  await fills(stranger, { username: 'Ada', password: PASSWORD });
  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await expect(stranger).toHaveURL(/chat\.html$/);
  await fills(stranger, { composer: 'Said by something else.' });
  await stranger.getByRole('textbox', { name: 'Message Lobby' }).press('Enter');
  await expect(stranger.getByRole('article').filter({ hasText: 'Said by something else.' })).toBeVisible();
  await fills(stranger, { composer: 'And sent by hand.' });
  await stranger.getByTitle('Send', { exact: true }).click({ force: true });
  await expect(stranger.getByRole('article').filter({ hasText: 'And sent by hand.' })).toBeVisible();
});

/** Not a byte more goes into it. */
function fill(page: Page, name: 'localStorage' | 'sessionStorage'): Promise<void> {
  return page.evaluate((which) => {
    for (let size = 8 * 1024 * 1024, index = 0; size >= 1; index += 1) {
      try {
        window[which].setItem(`f${index}`, 'x'.repeat(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }, name);
}

test('where the browser’s storage is full one signs in, talks, and stays for a reload; or is told', async ({
  stranger,
  invite,
}) => {
  await invite('Ada');
  await stranger.goto('/ui/login.html');
  await fill(stranger, 'localStorage');
  await stranger.getByLabel('Name').fill('Ada');
  await stranger.getByLabel('Password').fill(PASSWORD);
  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await expect(stranger).toHaveURL(/chat\.html$/);
  await expect(stranger.getByText('It is quiet in Lobby.')).toBeVisible();
  await fill(stranger, 'sessionStorage');
  await stranger.reload();
  const composer = stranger.getByRole('textbox', { name: 'Message Lobby' });
  await composer.fill('There is no room for a draft.');
  await composer.press('Enter');
  await expect(stranger.getByRole('article').getByTitle('Sent', { exact: true })).toBeVisible();

  await stranger.evaluate(() => ['username', 'token'].forEach((name) => sessionStorage.removeItem(name)));
  await fill(stranger, 'sessionStorage');
  await stranger.goto('/ui/login.html');
  await expect(stranger.getByRole('alert')).toContainText(KEEPS_NOTHING);
});

test('a browser that may keep nothing shows every page, and says what is missing', async ({
  server,
  contextOptions,
  alarms,
}) => {
  const profile = await mkdtemp(join(tmpdir(), 'chatterbox-profile-'));
  await mkdir(join(profile, 'Default'));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(blocked));
  const { launchOptions } = test.info().project.use;
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions,
    ...contextOptions,
    executablePath: WHOLE_BROWSER,
    baseURL: server.address,
  });
  const page = await context.newPage();
  watch(page, alarms);
  await page.goto('/ui/register.html');
  expect(
    await page.evaluate(() => {
      try {
        return localStorage.length;
      } catch {
        return 'blocked';
      }
    }),
  ).toBe('blocked');
  await expect(page.getByRole('alert')).toContainText(KEEPS_NOTHING);
  for (const name of ['login', 'chat', 'admin']) {
    await page.goto(`/ui/${name}.html`);
    await expect(page).toHaveURL(/login\.html$/);
    await expect(page.getByRole('alert')).toContainText(KEEPS_NOTHING);
  }
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText(KEEPS_NOTHING);
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  await expect(page.locator('html')).toHaveCSS('color-scheme', 'dark');
  await context.close();
  await rm(profile, { recursive: true, force: true });
});
