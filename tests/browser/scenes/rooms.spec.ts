import type { Person } from '../house/person.ts';
import { asks, field, idOf, isIn, makesRoom, opens, row, saysIn } from '../house/rooms.ts';
import { expect, test } from '../house/scene.ts';

/** All that the browser keeps for its pages, as text. */
const keptBy = ({ page }: Person) =>
  page.evaluate(async () => {
    const open = indexedDB.open('chatterbox');
    await new Promise((done) => (open.onsuccess = done));
    const database = open.result;
    const stores = [...database.objectStoreNames];
    const all = await Promise.all(
      stores.map(async (name) => {
        const rows = database.transaction(name).objectStore(name).getAll();
        await new Promise((done) => (rows.onsuccess = done));
        return rows.result;
      }),
    );
    database.close();
    return JSON.stringify([all, { ...sessionStorage }, { ...localStorage }, await caches.keys()]);
  });

test('a room that Ada makes is there at once, Grace joins and talks, and leaves', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  const room = await makesRoom(server, ada, { name: 'Workshop', topic: 'What we build.' });
  await opens(ada, 'Workshop');
  await expect(ada.page).toHaveURL(new RegExp(`\\?room=${room}$`));
  await expect(ada.page).toHaveTitle('Workshop · ChatterBox');
  await expect(field(ada, 'Workshop')).toBeFocused();
  await saysIn(ada, 'Workshop', 'Is anybody there?');
  // Whoever has not joined reads, and does not write.
  const grace = await invite('Grace');
  await grace.page.goto(`/ui/chat.html?room=${room}`);
  await grace.sees('Is anybody there?');
  await isIn(grace, 'Workshop');
  await expect(field(grace, 'Workshop')).toHaveCount(0);
  await expect(row(grace, 'Workshop')).toHaveCount(0);
  await asks(server, grace, 'PUT', `/api/rooms/${room}/members/me`);
  await expect(row(grace, 'Workshop')).toBeVisible();
  await saysIn(grace, 'Workshop', 'I am.');
  await ada.sees('I am.');
  await asks(server, grace, 'DELETE', `/api/rooms/${room}/members/me`);
  await isIn(grace, 'Lobby');
  await expect(grace.page.getByText('You are not in Workshop any more.')).toBeVisible();
  await expect(grace.page).toHaveURL(/chat\.html$/);
  await expect(row(grace, 'Workshop')).toHaveCount(0);
});

test('a closed room is there for whom it is for, and whoever is let out while looking at it keeps nothing of it', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const id = await idOf(server, grace);
  const room = await makesRoom(server, ada, { name: 'Cellar', kind: 'closed' });
  await expect(row(ada, 'Cellar')).toBeVisible();
  await expect(row(grace, 'Cellar')).toHaveCount(0);
  await asks(server, ada, 'POST', `/api/rooms/${room}/members`, { people: [id] });
  await opens(grace, 'Cellar');
  await saysIn(grace, 'Cellar', 'Secret.');
  await opens(ada, 'Cellar');
  await ada.sees('Secret.');
  await field(grace, 'Cellar').fill('a draft');
  await asks(server, ada, 'DELETE', `/api/rooms/${room}/members/${id}`);
  await isIn(grace, 'Lobby');
  await expect(grace.page.getByText('You are not in Cellar any more.')).toBeVisible();
  const kept = await keptBy(grace);
  expect(kept).not.toMatch(/Secret|Cellar|a draft/);
  // Its address says what that of no room says.
  await grace.page.goto(`/ui/chat.html?room=${room}`);
  await expect(grace.page.getByText('There is no such room here.')).toBeVisible();
  await grace.page.getByRole('button', { name: 'Go to the Lobby' }).click();
  await isIn(grace, 'Lobby');
});

test('whoever logs out leaves nothing in the browser', async ({ invite, server }) => {
  const ada = await (await invite('Ada')).enters();
  await makesRoom(server, ada, { name: 'Cellar', kind: 'closed' });
  await opens(ada, 'Cellar');
  await saysIn(ada, 'Cellar', 'Secret.');
  await ada.marked('Secret.', 'Sent');
  await field(ada, 'Cellar').fill('a draft');
  await expect.poll(() => keptBy(ada)).toMatch(/Cellar.*Secret.*a draft/);
  await ada.page.locator('#log-out').click();
  await expect(ada.page).toHaveURL(/login\.html$/);
  expect(await keptBy(ada)).toMatch(/^\[\[(\[\],?)+\],\{[^}]*\},\{("farewell [^"]*":"",?)*\},\[\]\]$/);
  expect(await keptBy(ada)).not.toMatch(/Secret|Cellar|draft|Ada/);
});

test('a direct room appears to Grace with the first message, and says that it is unread', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  const id = await idOf(server, grace);
  await asks(server, ada, 'POST', '/api/direct', { people: [id] });
  await opens(ada, 'Grace');
  await expect(row(grace, 'Ada')).toHaveCount(0);
  await saysIn(ada, 'Grace', 'Psst.');
  await expect(row(grace, 'Ada')).toHaveClass(/unread/);
  await opens(grace, 'Ada');
  await grace.sees('Psst.');
  await expect(row(grace, 'Ada')).not.toHaveClass(/unread/);
  await ada.marked('Psst.', 'Seen');
});

test('back, forward and reload keep the room, the draft and the place in it', async ({ invite, server }) => {
  const ada = await (await invite('Ada')).enters();
  const room = await makesRoom(server, ada, { name: 'Workshop' });
  const lines = Array.from({ length: 60 }, (_, at) => `Line ${at + 1}.${' More.'.repeat((at * 7) % 23)}`);
  await ada.saysMuch(lines);
  await ada.sees(/Line 60\./);
  await ada.composer.fill('begun in the Lobby');
  await ada.turnsTheWheel(-900);
  await expect(ada.page.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  const place = () =>
    ada.list.evaluate((list) => {
      const edge = list.getBoundingClientRect().top;
      const rows = [...list.querySelectorAll('article')];
      const first = rows.find((each) => each.getBoundingClientRect().top >= edge);
      return `${first?.dataset.key} ${Math.round((first?.getBoundingClientRect().top ?? 0) / 4)}`;
    });
  const before = await place();
  await opens(ada, 'Workshop');
  await field(ada, 'Workshop').fill('begun in the Workshop');
  await ada.page.goBack();
  await isIn(ada, 'Lobby');
  await expect(ada.composer).toHaveValue('begun in the Lobby');
  await expect.poll(place).toBe(before);
  await ada.page.goForward();
  await isIn(ada, 'Workshop');
  await expect(field(ada, 'Workshop')).toHaveValue('begun in the Workshop');
  await ada.page.reload();
  await isIn(ada, 'Workshop');
  await expect(field(ada, 'Workshop')).toHaveValue('begun in the Workshop');
  await expect(ada.page).toHaveURL(new RegExp(`room=${room}$`));
  await ada.page.goBack();
  await isIn(ada, 'Lobby');
  await expect(ada.composer).toHaveValue('begun in the Lobby');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });

  test('one is in a room or before the list, and the browser’s back button leads to the list', async ({
    invite,
    server,
  }) => {
    const ada = await (await invite('Ada')).enters();
    await makesRoom(server, ada, { name: 'Workshop' });
    await ada.page.getByRole('button', { name: 'Rooms' }).click();
    await expect(ada.composer).toHaveCount(0);
    await opens(ada, 'Workshop');
    await expect(row(ada, 'Workshop')).toHaveCount(0);
    await saysIn(ada, 'Workshop', 'From the train.');
    await ada.sees('From the train.');
    await ada.page.goBack();
    await expect(row(ada, 'Workshop')).toBeVisible();
    await ada.page.goBack();
    await isIn(ada, 'Lobby');
  });
});
