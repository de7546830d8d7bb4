import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { asks, idOf, isIn, makesRoom } from '../house/rooms.ts';
import { expect, test } from '../house/scene.ts';

/** What axe finds that would keep somebody out. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the doors are open to everyone, ${colorScheme}`, async ({ stranger }) => {
    await stranger.emulateMedia({ colorScheme });
    for (const page of ['login', 'register']) {
      await stranger.goto(`/ui/${page}.html`);
      await expect(stranger.getByRole('button', { name: /Sign in|Pin it on/ })).toBeVisible();
      expect(await faults(stranger)).toEqual([]);
      await stranger.getByRole('button', { name: /Sign in|Pin it on/ }).click();
      await expect(stranger.locator('[aria-invalid]').first()).toBeVisible();
      expect(await faults(stranger)).toEqual([]);
    }
  });

  test(`the chat is open to everyone, ${colorScheme}`, async ({ server, invite, isMobile }) => {
    const ada = await invite('Ada');
    await ada.page.emulateMedia({ colorScheme });
    await ada.enters();
    expect(await faults(ada.page)).toEqual([]);
    const grace = await (await invite('Grace')).enters();
    await grace.says('Morning! See https://example.org/notes');
    await ada.says('Reading it.');
    await ada.marked('Reading it.', 'Seen');
    expect(await faults(ada.page)).toEqual([]);
    await ada.touches('Reading it.');
    expect(await faults(ada.page)).toEqual([]);
    await ada.message('Reading it.').getByRole('button', { name: 'Edit message' }).click();
    expect(await faults(ada.page)).toEqual([]);
    await ada.page.keyboard.press('Escape');
    await ada.touches('Reading it.');
    await ada.message('Reading it.').getByRole('button', { name: 'Delete message' }).click();
    expect(await faults(ada.page)).toEqual([]);
    await ada.page.keyboard.press('Escape');
    if (isMobile) {
      await ada.page.getByRole('button', { name: /here now/ }).click();
      expect(await faults(ada.page)).toEqual([]);
      await ada.page.keyboard.press('Escape');
    }
    await server.kill();
    await ada.knowsToBeAway();
    await ada.says('Into the dark.');
    expect(await faults(ada.page)).toEqual([]);
    if (!isMobile) {
      await ada.page.getByRole('button', { name: 'Log out' }).click();
      expect(await faults(ada.page)).toEqual([]);
    }
  });

  test(`what stands beside a room is open to everyone, ${colorScheme}`, async ({ server, invite }) => {
    const ada = await (await invite('Ada')).enters();
    const grace = await invite('Grace');
    const room = await makesRoom(server, ada, { name: 'Workshop', people: [await idOf(server, grace)] });
    const profile = {
      name: 'Admiral Hopper',
      pronouns: 'she/her',
      bio: 'Finds bugs.',
      time_zone: 'Asia/Kathmandu',
    };
    await asks(server, grace, 'PATCH', '/api/me', {
      ...profile,
      status: { emoji: '🐛', text: 'Looking for one' },
    });
    await ada.page.emulateMedia({ colorScheme });
    const person = `person&person=${await idOf(server, grace)}`;
    for (const view of ['new', 'find', 'message', 'members', 'settings', 'me', 'people', person]) {
      await ada.page.goto(`/ui/chat.html?room=${room}&view=${view}`);
      await isIn(ada, 'Workshop');
      const open = ada.page.locator('.view dialog');
      await expect(open).toBeVisible();
      if (/find|people/.test(view)) await expect(open.getByRole('listitem').first()).toBeVisible();
      if (/members|person/.test(view)) await expect(open.getByText('Admiral Hopper').first()).toBeVisible();
      expect(await faults(ada.page), view).toEqual([]);
    }
  });

  test(`the list of people is open to everyone, ${colorScheme}`, async ({ invite }) => {
    const ada = await invite('Ada');
    const grace = await invite('Grace');
    for (const person of [ada, grace]) {
      await person.page.emulateMedia({ colorScheme });
      await person.page.goto('/ui/admin.html');
      await expect(person.page.getByRole('heading', { name: /^Everyone|administrators/ })).toBeVisible();
      await expect(person.page.getByText('Loading…')).toHaveCount(0);
      expect(await faults(person.page)).toEqual([]);
    }
    await ada.page.getByRole('button', { name: 'Deactivate…' }).click();
    expect(await faults(ada.page)).toEqual([]);
    const json = { status: 403, code: 'login_too_old', detail: 'Log in again.' };
    const contentType = 'application/problem+json';
    await ada.page.route('**/api/users/*', (route) => route.fulfill({ status: 403, contentType, json }));
    await ada.page.getByRole('button', { name: 'Deactivate', exact: true }).click();
    await expect(ada.page.getByRole('textbox', { name: 'Your password' })).toBeFocused();
    expect(await faults(ada.page)).toEqual([]);
  });
}
