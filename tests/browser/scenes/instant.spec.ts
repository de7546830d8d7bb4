import type { Page } from '@playwright/test';
import type { Person } from '../house/person.ts';
import { field, isIn, makesRoom, opens, row, saysIn } from '../house/rooms.ts';
import { expect, test } from '../house/scene.ts';

/** Says many things in rooms, as another program of this person would, and waits until all are stored. */
async function saysEverywhere({ page, session }: Person, said: readonly [room: number, text: string][]) {
  await page.evaluate(
    ([url, all]) =>
      new Promise<void>((resolve, reject) => {
        const socket = new WebSocket(new URL(url, location.href.replace(/^http/, 'ws')));
        let stored = 0;
        const say = (words: object) => socket.send(JSON.stringify(words));
        socket.onopen = () => say({ type: 'hello', rooms: {}, follow: [] });
        socket.onerror = () => reject(new Error('The socket failed.'));
        socket.onmessage = ({ data }) => {
          const event = JSON.parse(String(data));
          if (event.type === 'error') reject(new Error(event.message));
          if (event.type === 'hello')
            all.forEach(([room, text], ref) => say({ type: 'send', room, text, ref }));
          if (event.type === 'ok') stored += 1;
          if (stored < all.length) return;
          socket.close();
          resolve();
        };
      }),
    [`/ws?hello&token=${encodeURIComponent(session.token)}`, said] as const,
  );
}

/** From the press on a room in the list until a message stands on screen, in milliseconds. */
function timeTo(page: Page, room: number, text: string): Promise<number> {
  return page.evaluate(
    ([id, wanted]) =>
      new Promise<number>((resolve) => {
        const begin = performance.now();
        document.querySelector<HTMLElement>(`[data-room="${id}"]`)?.click();
        const look = () => {
          const messages = [...document.querySelectorAll('[role=log] article')];
          if (messages.some((each) => each.textContent.includes(wanted))) resolve(performance.now() - begin);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [room, text] as const,
  );
}

/** What a tab holds in its heap once what is held no more is gone, in MiB. */
async function heapOf(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await devtools.detach();
  return usedSize / 1024 / 1024;
}

const placeOf = ({ list }: Person) =>
  list.evaluate((node) => {
    const edge = node.getBoundingClientRect().top;
    const first = [...node.querySelectorAll('article')].find(
      (each) => each.getBoundingClientRect().top >= edge,
    );
    return `${first?.dataset.key} ${Math.round(((first?.getBoundingClientRect().top ?? 0) - edge) / 4)}`;
  });

test('what was seen is there before the server has said a word, also after a reload', async ({
  invite,
  server,
}) => {
  const ada = await (await invite('Ada')).enters();
  await makesRoom(server, ada, { name: 'Workshop' });
  await ada.says('In the Lobby.');
  await opens(ada, 'Workshop');
  await saysIn(ada, 'Workshop', 'In the Workshop.');
  await ada.marked('In the Workshop.', 'Sent');
  await field(ada, 'Workshop').fill('begun');
  // From here on nobody answers the page's socket.
  await ada.page.routeWebSocket(/\/ws/, () => undefined);
  await ada.page.reload();
  await ada.sees('In the Workshop.');
  await expect(field(ada, 'Workshop')).toHaveValue('begun');
  await opens(ada, 'Lobby');
  await ada.sees('In the Lobby.');
});

test('where one was reading is kept over a reload', async ({ invite }) => {
  const ada = await (await invite('Ada')).enters();
  await ada.saysMuch(
    Array.from({ length: 80 }, (_, at) => `Line ${at + 1}.${' More.'.repeat((at * 7) % 23)}`),
  );
  await ada.sees(/Line 80\./);
  await ada.turnsTheWheel(-1200);
  await expect(ada.page.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  const before = await placeOf(ada);
  await ada.page.reload();
  await expect.poll(() => placeOf(ada)).toBe(before);
});

test('200 rooms and 100 switches: place, focus and draft stay, and so does the size of the tab', async ({
  invite,
  server,
}) => {
  test.slow();
  const ada = await invite('Ada');
  const rooms: number[] = [];
  for (let at = 0; at < 199; at += 1)
    rooms.push(await makesRoom(server, ada, { name: `Room ${String(at + 1).padStart(3, '0')}` }));
  await ada.enters();
  const last = (room: number) => `the last word of ${rooms.indexOf(room)}.`;
  const long = Array.from({ length: 100 }, (_, at): [number, string] => [rooms[0] ?? 0, `Line ${at + 1}.`]);
  await saysEverywhere(ada, long);
  await saysEverywhere(
    ada,
    rooms.flatMap((room) => [
      ...Array.from({ length: 9 }, () => [room, 'Some words.'] as [number, string]),
      [room, last(room)],
    ]),
  );
  await opens(ada, 'Room 001');
  await ada.sees(last(rooms[0] ?? 0));
  await ada.turnsTheWheel(-900);
  await expect(ada.page.getByRole('button', { name: 'Jump to newest' })).toBeVisible();
  const place = await placeOf(ada);
  await field(ada, 'Room 001').fill('a draft');
  const [cold, warm]: [number[], number[]] = [[], []];
  const visited = rooms.slice(1, 51);
  for (const room of visited) cold.push(await timeTo(ada.page, room, last(room)));
  const after50 = await heapOf(ada.page);
  for (const room of visited) warm.push(await timeTo(ada.page, room, last(room)));
  const after100 = await heapOf(ada.page);
  await expect(field(ada, 'Room 051')).toBeFocused();
  await expect(field(ada, 'Room 051')).toHaveValue('');
  await row(ada, 'Room 001').click();
  await isIn(ada, 'Room 001');
  await expect.poll(() => placeOf(ada)).toBe(place);
  await expect(field(ada, 'Room 001')).toHaveValue('a draft');
  await expect(field(ada, 'Room 001')).toBeFocused();
  const median = (all: number[]) => all.sort((one, other) => one - other)[all.length >> 1] ?? 0;
  const figures = { cold: median(cold), warm: median(warm), after50, after100 };
  test.info().annotations.push({ type: 'figures', description: JSON.stringify(figures) });
  // Rooms that were open before cost nothing more.
  expect(after100).toBeLessThan(after50 * 1.25);
});
