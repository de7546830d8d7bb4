import type { Page } from '@playwright/test';
import { seenDoubles, seenVanishing, watchForDoubles } from '../house/doubles.ts';
import type { Person } from '../house/person.ts';
import { expect, test } from '../house/scene.ts';
import type { Server } from '../house/server.ts';

/** `FLIPS=200` plays what threats.md asks for; this many are enough for every day. */
const FLIPS = Number(process.env.FLIPS ?? 30);
/** So tall that every message of a scene is drawn. */
const TALL = { width: 1280, height: 4000 + FLIPS * 100 };

/** What the browser keeps in its database. */
function kept(page: Page): Promise<Record<'outbox' | 'rooms', unknown[]>> {
  return page.evaluate(async () => {
    const known = await indexedDB.databases();
    if (known.every(({ name }) => name !== 'chatterbox')) return { outbox: [], rooms: [] };
    const done = (request: IDBRequest | IDBTransaction, event: 'success' | 'complete') =>
      new Promise((resolve) => request.addEventListener(event, resolve));
    const opening = indexedDB.open('chatterbox');
    await done(opening, 'success');
    const change = opening.result.transaction(['outbox', 'rooms']);
    const outbox = change.objectStore('outbox').getAll();
    const rooms = change.objectStore('rooms').getAll();
    await done(change, 'complete');
    opening.result.close();
    return { outbox: outbox.result, rooms: rooms.result };
  });
}

async function keeps({ page }: Person, unsent: number): Promise<void> {
  await expect.poll(async () => (await kept(page)).outbox).toHaveLength(unsent);
}

/** Everything else comes through. */
async function sendsNothing({ page }: Person): Promise<void> {
  await page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => {
      if (JSON.parse(String(frame)).type !== 'send') server.send(frame);
    });
  });
}

async function wholeLog(server: Server, reader: Person): Promise<string[]> {
  const headers = { authorization: `Bearer ${reader.session.token}` };
  let texts: string[] = [];
  for (let before = ''; ;) {
    const answer = await fetch(`${server.address}/api/rooms/1/messages?limit=100${before}`, { headers });
    const page = (await answer.json()) as { messages: { text: string; seq: number }[]; more: boolean };
    texts = [...page.messages.map(({ text }) => text), ...texts];
    if (!page.more) return texts;
    before = `&before=${page.messages[0]?.seq}`;
  }
}

async function everyoneSees(people: Person[], texts: string[]): Promise<void> {
  for (const person of people) await expect(person.list.locator('p.text')).toHaveText(texts);
}

test('E4: over many losses of the network, every message is shown once, in one order', async ({
  server,
  link,
  invite,
  inviteOverLink,
}) => {
  test.setTimeout(60_000 + FLIPS * 3_000);
  const ada = await inviteOverLink('Ada');
  await watchForDoubles(ada.page);
  await ada.page.setViewportSize(TALL);
  await ada.enters();
  const grace = await invite('Grace');
  await grace.page.setViewportSize(TALL);
  await grace.enters();
  for (let flip = 1; flip <= FLIPS; flip += 1) {
    link.cut();
    await ada.losesNetwork();
    if (flip % 10 === 0) await server.kill();
    if (flip % 2) await ada.says(`Ada, dark ${flip}.`);
    if (flip % 10 === 0) await server.start();
    if (flip % 3 && flip % 10) await grace.says(`Grace, ${flip}.`);
    link.mend();
    await ada.findsNetwork();
    if (flip % 5 === 0) await ada.says(`Ada, light ${flip}.`);
  }
  await ada.says('The end.');
  await grace.looksForNetwork();
  for (const person of [ada, grace]) await person.hasSentEverything();
  const log = await wholeLog(server, ada);
  expect(new Set(log).size).toBe(log.length);
  expect(log.filter((text) => text.startsWith('Ada, dark'))).toHaveLength(Math.ceil(FLIPS / 2));
  await everyoneSees([ada, grace], log);
  expect(await seenDoubles(ada.page)).toEqual([]);
});

test('E4: one’s own message is never there twice and never away, from the key press to the tick', async ({
  inviteOverLink,
}) => {
  const ada = await inviteOverLink('Ada');
  await watchForDoubles(ada.page);
  await ada.page.setViewportSize(TALL);
  await ada.enters();
  const texts = Array.from({ length: 25 }, (_, index) => `Message ${index + 1}.`);
  for (const text of texts) {
    await ada.composer.fill(text);
    await ada.composer.press('Enter');
  }
  await ada.marked('Message 25.', 'Sent');
  await everyoneSees([ada], texts);
  expect(await seenDoubles(ada.page)).toEqual([]);
  expect(await seenVanishing(ada.page)).toEqual([]);
});

test('E4: written offline, reloaded, closed, and still sent once and in order', async ({
  server,
  link,
  invite,
  inviteOverLink,
}) => {
  const ada = await (await inviteOverLink('Ada')).enters();
  const grace = await (await invite('Grace')).enters();
  await ada.says('Before.');
  await ada.marked('Before.', 'Seen');
  link.cutLive();
  await ada.knowsToBeAway();
  for (const text of ['One.', 'Two.', 'Three.']) await ada.says(text);
  await keeps(ada, 3);
  await ada.page.reload();
  await everyoneSees([ada], ['Before.', 'One.', 'Two.', 'Three.']);
  await ada.marked('Three.', 'Waiting');
  await ada.says('Four.');
  await keeps(ada, 4);
  await server.kill();
  const later = await ada.opensTab();
  await watchForDoubles(later.page);
  await ada.page.close();
  await server.start();
  link.mend();
  await later.enters();
  await later.hasSentEverything();
  await grace.looksForNetwork();
  await everyoneSees([later, grace], ['Before.', 'One.', 'Two.', 'Three.', 'Four.']);
  expect(await seenDoubles(later.page)).toEqual([]);
  await keeps(later, 0);
});

test('E4: two tabs of one person send each message once, and one sends for the other that was closed', async ({
  link,
  invite,
  inviteOverLink,
}) => {
  const grace = await (await invite('Grace')).enters();
  const first = await (await inviteOverLink('Ada')).enters();
  const second = await first.opensTab();
  await watchForDoubles(second.page);
  await second.enters();
  await first.says('From the first.');
  await second.says('From the second.');
  await everyoneSees([first, second, grace], ['From the first.', 'From the second.']);
  link.cut();
  await first.losesNetwork();
  await first.says('Dark one.');
  await first.says('Dark two.');
  await keeps(first, 2);
  await first.page.close();
  link.mend();
  await second.findsNetwork();
  await everyoneSees([second, grace], ['From the first.', 'From the second.', 'Dark one.', 'Dark two.']);
  expect(await seenDoubles(second.page)).toEqual([]);
});

for (const closed of ['older', 'newer']) {
  test(`E4: what the ${closed} of two tabs could not send before it was closed, the other sends`, async ({
    invite,
  }) => {
    const older = await invite('Ada');
    const newer = await older.opensTab();
    const [closing, staying] = closed === 'older' ? [older, newer] : [newer, older];
    await sendsNothing(closing);
    await older.enters();
    await newer.enters();
    await closing.says('Dark one.');
    await closing.says('Dark two.');
    await keeps(closing, 2);
    await staying.says('Light.');
    await staying.marked('Light.', 'Sent');
    await closing.page.close();
    await everyoneSees([staying], ['Light.', 'Dark one.', 'Dark two.']);
    await keeps(staying, 0);
  });
}

test('E4: a tab that slept shows what it missed, once', async ({ invite }) => {
  const ada = await invite('Ada');
  await watchForDoubles(ada.page);
  await ada.enters();
  const grace = await (await invite('Grace')).enters();
  await grace.says('Before.');
  await ada.sees('Before.');
  const session = await ada.page.context().newCDPSession(ada.page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await grace.says('While Ada slept.');
  await grace.says('And more.');
  // Not its mark: that goes on from sent to seen whenever it likes.
  await grace.hasSentEverything();
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await everyoneSees([ada, grace], ['Before.', 'While Ada slept.', 'And more.']);
  expect(await seenDoubles(ada.page)).toEqual([]);
});

test('logging out asks first if something is unsent, and leaves nothing behind', async ({
  link,
  inviteOverLink,
}) => {
  const ada = await (await inviteOverLink('Ada')).enters();
  await ada.says('Before.');
  await ada.marked('Before.', 'Sent');
  link.cutLive();
  await ada.knowsToBeAway();
  await ada.says('Never sent.');
  await keeps(ada, 1);
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  const question = ada.page.getByRole('alertdialog', { name: 'Log out?' });
  await question.getByRole('button', { name: 'Stay' }).click();
  await ada.sees('Never sent.');
  await ada.page.getByRole('button', { name: 'Log out' }).click();
  await question.getByRole('button', { name: 'Log out anyway' }).click();
  await expect(ada.page).toHaveURL(/login\.html$/);
  expect(await kept(ada.page)).toEqual({ outbox: [], rooms: [] });
});

test('whoever signs in after another in the same browser neither sees nor sends what that one left', async ({
  link,
  invite,
  inviteOverLink,
}) => {
  const grace = await (await invite('Grace')).enters();
  const ada = await (await inviteOverLink('Ada')).enters();
  link.cutLive();
  await ada.knowsToBeAway();
  await ada.says('Ada’s own.');
  await keeps(ada, 1);
  const other = await ada.opensTab();
  await other.page.goto('/ui/login.html');
  await other.signsIn('Grace');
  await other.page.waitForURL(/chat\.html$/);
  for (const graces of [ada, other]) {
    await expect(graces.page.getByText('Not known until the connection is back.')).toBeVisible();
    await graces.doesNotSee('Ada’s own.');
  }
  link.mend();
  for (const graces of [ada, other]) {
    await graces.looksForNetwork();
    await expect(graces.page.getByRole('list', { name: 'People online' })).toContainText('Grace you');
    await graces.doesNotSee('Ada’s own.');
  }
  await expect.poll(async () => (await kept(other.page)).outbox).toEqual([]);
  await grace.doesNotSee('Ada’s own.');
});

test('a session that ends leaves the unsent messages, for the same person alone', async ({
  server,
  link,
  inviteOverLink,
}) => {
  const ada = await (await inviteOverLink('Ada')).enters();
  await ada.says('Before.');
  await ada.marked('Before.', 'Sent');
  link.cutLive();
  await ada.knowsToBeAway();
  await ada.says('Unsent.');
  await keeps(ada, 1);
  const authorization = `Bearer ${ada.session.token}`;
  await fetch(`${server.address}/logout`, { method: 'POST', headers: { authorization } });
  await ada.page.reload();
  await expect(ada.page).toHaveURL(/login\.html$/);
  expect(await kept(ada.page)).toMatchObject({ outbox: [{ text: 'Unsent.' }], rooms: [] });
  link.mend();
  await ada.signsIn();
  await ada.marked('Unsent.', 'Sent');
  await everyoneSees([ada], ['Before.', 'Unsent.']);
});

test('a browser without a database is one to talk in, too', async ({ invite }) => {
  const ada = await invite('Ada');
  await ada.page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('Not in this window.', 'SecurityError');
    };
  });
  await ada.enters();
  await ada.says('All the same.');
  await ada.marked('All the same.', 'Sent');
  await ada.page.reload();
  await ada.sees('All the same.');
});
