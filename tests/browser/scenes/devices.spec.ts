import type { Page } from '@playwright/test';
import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';

/** The person looks at something else. */
async function looksAway({ page }: Person): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('blur')));
}

async function looksHere({ page }: Person): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('focus')));
}

/** Every event that the server tells the page, from its next socket on. */
function told(page: Page): { type: string; kind?: string; room?: number }[] {
  const events: { type: string; kind?: string; room?: number }[] = [];
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => events.push(JSON.parse(String(payload)))),
  );
  return events;
}

test('what Ada reads on one device is read on the other at once, by her own log alone', async ({
  invite,
  again,
}) => {
  const ada = await invite('Ada');
  const heard = told(ada.page);
  await ada.enters();
  const phone = await (await again(ada)).enters();
  const grace = await (await invite('Grace')).enters();
  await grace.saysMuch(Array.from({ length: 40 }, (_, index) => `Line ${index + 1}.`));
  for (const device of [ada, phone]) {
    await device.sees('Line 40.');
    await expect(device.page).toHaveTitle('Lobby · ChatterBox');
    await looksAway(device);
  }
  await ada.scrollsTo(0);
  const jump = (name: string) => ada.page.getByRole('button', { name, exact: true });
  await expect(jump('Jump to newest')).toBeVisible();

  await grace.says('Are you there?');
  await grace.says('Anybody?');
  for (const device of [ada, phone]) await expect(device.page).toHaveTitle('(2) Lobby · ChatterBox');
  await expect(jump('2 new messages')).toBeVisible();
  // The page is the same one, on the same connection, all the time.
  heard.length = 0;

  await looksHere(phone);
  await expect(phone.page).toHaveTitle('Lobby · ChatterBox');
  await expect(ada.page).toHaveTitle('Lobby · ChatterBox');
  await expect(jump('Jump to newest')).toBeVisible();
  await grace.marked('Anybody?', 'Seen');
  expect(heard.map(({ type, kind, room }) => [type, kind, room])).toEqual([['state', 'mark', undefined]]);

  // And so the other way round.
  await looksAway(phone);
  await grace.says('Still here.');
  for (const device of [ada, phone]) await expect(device.page).toHaveTitle('(1) Lobby · ChatterBox');
  await jump('1 new message').click();
  await looksHere(ada);
  for (const device of [ada, phone]) await expect(device.page).toHaveTitle('Lobby · ChatterBox');
});
