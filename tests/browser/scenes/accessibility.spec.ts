import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { asks, idOf, isIn, makesRoom, saysIn } from '../house/rooms.ts';
import { expect, test } from '../house/scene.ts';

/** Whatever axe finds, however small. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  );
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
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
    for (const view of ['new', 'find', 'message', 'members', 'settings', 'me', 'people', 'invite', person]) {
      await ada.page.goto(`/ui/chat.html?room=${room}&view=${view}`);
      await isIn(ada, 'Workshop');
      const open = ada.page.locator('.view dialog');
      await expect(open).toBeVisible();
      if (/find|people/.test(view)) await expect(open.getByRole('listitem').first()).toBeVisible();
      if (/members|person/.test(view)) await expect(open.getByText('Admiral Hopper').first()).toBeVisible();
      expect(await faults(ada.page), view).toEqual([]);
      if (view !== 'invite') continue;
      await open.getByRole('button', { name: 'Make a link' }).click();
      await expect(open.getByText(/\/join\/[a-z2-9]{26}$/)).toBeVisible();
      expect(await faults(ada.page), 'a link').toEqual([]);
    }
  });

  test(`a room is open to everyone in whatever state, ${colorScheme}`, async ({ server, invite }) => {
    const ada = await (await invite('Ada')).enters();
    const grace = await invite('Grace');
    const linus = await invite('Linus');
    const people = [await idOf(server, grace)];
    const direct = async () => (await asks<{ id: number }>(server, ada, 'POST', '/api/direct', { people })).id;
    const rooms = {
      Workshop: await makesRoom(server, ada, { name: 'Workshop', topic: 'Wood and nails', people }),
      Attic: await makesRoom(server, ada, { name: 'Attic' }),
      Garden: await makesRoom(server, grace, { name: 'Garden' }),
      Grace: await direct(),
    };
    await asks(server, ada, 'PATCH', `/api/rooms/${rooms.Attic}`, { archived: true });
    await asks(server, linus, 'PUT', `/api/rooms/${rooms.Workshop}/members/me`);
    await ada.page.emulateMedia({ colorScheme });
    for (const [name, room] of Object.entries(rooms)) {
      await ada.page.goto(`/ui/chat.html?room=${room}`);
      await isIn(ada, name);
      await expect(ada.page.getByText('Loading…')).toHaveCount(0);
      expect(await faults(ada.page), name).toEqual([]);
    }
    // Alone there, with what was said; then in a room of which only the address is known.
    await saysIn(ada, 'Grace', 'Are you there?');
    await asks(server, ada, 'PATCH', `/api/users/${people[0]}`, { active: false });
    await expect(ada.page.getByText('Nobody else is here any more')).toBeVisible();
    expect(await faults(ada.page), 'alone').toEqual([]);
    await ada.page.goto('/ui/chat.html?room=999');
    await expect(ada.page.getByText('There is no such room here.')).toBeVisible();
    expect(await faults(ada.page), 'nowhere').toEqual([]);
    // What was done can be undone, and then is gone.
    await ada.page.goto(`/ui/chat.html?room=${rooms.Workshop}&view=settings`);
    await ada.page.getByRole('button', { name: 'Archive it' }).click();
    await expect(ada.page.getByRole('button', { name: 'Undo' })).toBeVisible();
    expect(await faults(ada.page), 'undo').toEqual([]);
    await asks(server, ada, 'PATCH', `/api/rooms/${rooms.Workshop}`, { archived: false });
    await linus.page.emulateMedia({ colorScheme });
    await linus.page.goto(`/ui/chat.html?room=${rooms.Workshop}`);
    await isIn(linus, 'Workshop');
    await asks(server, ada, 'DELETE', `/api/rooms/${rooms.Workshop}/members/${await idOf(server, linus)}`);
    await expect(linus.page.getByText('You are not in')).toBeVisible();
    expect(await faults(linus.page), 'removed').toEqual([]);
  });

  test(`a link and the way out are open to everyone, ${colorScheme}`, async ({ server, invite, stranger }) => {
    const ada = await (await invite('Ada')).enters();
    const room = await makesRoom(server, ada, { name: 'Workshop' });
    const { id, code } = await asks<{ id: number; code: string }>(server, ada, 'POST', '/api/invitations', {
      rooms: [room],
    });
    for (const page of [stranger, ada.page]) await page.emulateMedia({ colorScheme });
    await stranger.goto(`/join/${code}`);
    await expect(stranger.getByText('Ada invites you')).toBeVisible();
    expect(await faults(stranger)).toEqual([]);
    await stranger.getByRole('button', { name: 'Pin it on' }).click();
    await expect(stranger.locator('[aria-invalid]').first()).toBeVisible();
    expect(await faults(stranger)).toEqual([]);
    await ada.page.goto(`/join/${code}`);
    await expect(ada.page.getByRole('button', { name: 'Come in' })).toBeVisible();
    expect(await faults(ada.page)).toEqual([]);
    await asks(server, ada, 'DELETE', `/api/invitations/${id}`);
    await stranger.goto(`/join/${code}`);
    await expect(stranger.getByRole('heading', { name: 'This link leads nowhere any more.' })).toBeVisible();
    expect(await faults(stranger)).toEqual([]);
    await ada.page.goto('/ui/chat.html?view=me');
    await ada.page.getByRole('button', { name: /^Delete/ }).click();
    await expect(ada.page.getByLabel(/password/i).last()).toBeVisible();
    expect(await faults(ada.page), 'farewell').toEqual([]);
    await ada.page.route('**/logout', (route) => route.abort());
    // Where there is little room, it is beside the list.
    await ada.page.goto('/ui/chat.html?rooms');
    await ada.page.getByRole('button', { name: 'Log out' }).click();
    await expect(ada.page.getByRole('heading', { name: 'See you soon.' })).toBeVisible();
    expect(await faults(ada.page), 'leaving').toEqual([]);
    await ada.page.unroute('**/logout');
    await expect(ada.page).toHaveURL(/login\.html/);
    await expect(ada.page.getByText('You are logged out.')).toBeVisible();
    expect(await faults(ada.page), 'out').toEqual([]);
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
