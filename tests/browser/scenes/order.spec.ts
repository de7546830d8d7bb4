import type { Page } from '@playwright/test';
import { asks, makesRoom, opens, row } from '../house/rooms.ts';
import { expect, test } from '../house/scene.ts';

/** The rooms of the list, as they stand. */
const standing = (page: Page) =>
  page.locator('nav[aria-label=Rooms]').evaluate((nav) =>
    [...nav.querySelectorAll('section')].flatMap((section) => {
      const title = section.querySelector('h2')?.textContent.trim();
      return [...section.querySelectorAll('a[data-room] bdi')].map((name) => `${title}: ${name.textContent}`);
    }),
  );

const PLAIN = ['Rooms: Lobby', 'Rooms: Attic', 'Rooms: Cellar', 'Rooms: Garden'];

test('rooms stand as one puts them, by buttons and by keys, on every device and after a reload', async ({
  invite,
  again,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  for (const name of ['Garden', 'Attic', 'Cellar']) await makesRoom(server, ada, { name });
  const phone = await (await again(ada)).enters();
  await expect.poll(() => standing(ada.page)).toEqual(PLAIN);
  await row(ada, 'Cellar').hover();
  await ada.page.getByRole('button', { name: 'Place of Cellar in the list' }).click();
  await ada.page.getByRole('button', { name: 'Pin Cellar' }).click();
  const pinned = ['Pinned: Cellar', 'Rooms: Lobby', 'Rooms: Attic', 'Rooms: Garden'];
  for (const { page } of [ada, phone]) await expect.poll(() => standing(page)).toEqual(pinned);
  await row(ada, 'Garden').focus();
  await ada.page.keyboard.press('Alt+Shift+ArrowUp');
  await ada.page.keyboard.press('Alt+Shift+ArrowUp');
  await expect(row(ada, 'Garden')).toBeFocused();
  await expect(ada.page.getByText('Garden: Rooms, 1 of 3.')).toBeAttached();
  const moved = ['Pinned: Cellar', 'Rooms: Garden', 'Rooms: Lobby', 'Rooms: Attic'];
  for (const { page } of [ada, phone]) await expect.poll(() => standing(page)).toEqual(moved);
  await ada.page.getByRole('button', { name: 'Rooms', exact: true }).click();
  const folded = ['Pinned: Cellar', 'Rooms: Lobby'];
  for (const { page } of [ada, phone]) await expect.poll(() => standing(page)).toEqual(folded);
  await phone.page.reload();
  await expect.poll(() => standing(phone.page)).toEqual(folded);
});

test('a room is dragged to where it is to stand', async ({ invite, server }) => {
  const ada = await (await invite('Ada')).enters();
  for (const name of ['Garden', 'Attic', 'Cellar']) await makesRoom(server, ada, { name });
  await expect.poll(() => standing(ada.page)).toEqual(PLAIN);
  await row(ada, 'Garden').dragTo(row(ada, 'Attic'), { targetPosition: { x: 40, y: 3 } });
  const moved = ['Rooms: Lobby', 'Rooms: Garden', 'Rooms: Attic', 'Rooms: Cellar'];
  await expect.poll(() => standing(ada.page)).toEqual(moved);
});

test('nothing moves under the pointer, and what waits settles when it leaves', async ({ invite, server }) => {
  const ada = await (await invite('Ada')).enters();
  const ids: number[] = [];
  for (const name of ['Garden', 'Attic', 'Cellar']) ids.push(await makesRoom(server, ada, { name }));
  await expect.poll(() => standing(ada.page)).toEqual(PLAIN);
  await row(ada, 'Attic').hover();
  await asks(server, ada, 'PUT', '/api/me/order', { pinned: [ids[0]] });
  await makesRoom(server, ada, { name: 'Aviary' });
  // What is said after that has come says that the order has come as well.
  await asks(server, ada, 'PATCH', `/api/rooms/${ids[1]}`, { name: 'Loft' });
  await expect(row(ada, 'Loft')).toBeVisible();
  expect(await standing(ada.page)).toEqual(PLAIN.map((each) => each.replace('Attic', 'Loft')));
  await ada.list
    .or(ada.page.getByText(/It is quiet in|This is where/))
    .first()
    .hover();
  const settled = ['Pinned: Garden', 'Rooms: Lobby', 'Rooms: Aviary', 'Rooms: Cellar', 'Rooms: Loft'];
  await expect.poll(() => standing(ada.page)).toEqual(settled);
});

test('a direct room stands where something was last said, with the faces of the others', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  const people: number[] = [];
  for (const name of ['Grace', 'Linus']) {
    const person = await invite(name);
    people.push((await asks<{ id: number }>(server, person, 'GET', '/api/me')).id);
  }
  await asks(server, ada, 'POST', '/api/direct', { people: [people[0]] });
  await asks(server, ada, 'POST', '/api/direct', { people });
  await expect(row(ada, 'Grace, Linus')).toBeVisible();
  await expect(row(ada, 'Grace, Linus').locator('.face > *')).toHaveCount(2);
  await opens(ada, 'Grace, Linus');
});
