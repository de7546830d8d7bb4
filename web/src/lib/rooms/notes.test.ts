import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, expect, test } from 'vitest';
import type { Entry } from '../../gen/protocol';
import { IndexedShelf } from './indexed';
import { emptyRoom } from './stage';

beforeEach(() => (globalThis.indexedDB = new IDBFactory()));

function page(user = 'Ada') {
  const tabs = { own: 'page', live: () => Promise.resolve(null), watch: () => undefined };
  return new IndexedShelf({ name: user, id: null, tabs, present: () => true });
}

const mark = (seq: number, id: number, up_to: number): Entry => ({ seq, kind: 'mark', id, state: { up_to } });
const gone = (seq: number, id: number): Entry => ({ seq, kind: 'mark', id, gone: true });
const news = (since: number | null, seq: number, ...changed: Entry[]) =>
  ({ name: 'own', epoch: 'first', since, seq, changed }) as const;

/** What is kept, as the page that opens next finds it. */
async function kept(user = 'Ada') {
  const { logs } = await page(user).take();
  return logs.map(({ name, epoch, seq, entries }) => [name, epoch, seq, ...entries.map((each) => each.seq)]);
}

test('what goes on is one row a thing, and the number goes with it', async () => {
  const shelf = page();
  await shelf.note(news(null, 2, mark(1, 1, 5), mark(2, 7, 5)));
  await shelf.note(news(2, 4, mark(3, 1, 6), gone(4, 7)));
  await shelf.note({ ...news(null, 9, mark(9, 3, 1)), name: 'house' });
  expect(await kept()).toEqual([
    ['house', 'first', 9, 9],
    ['own', 'first', 4, 3],
  ]);
  await shelf.note(news(null, 6, mark(6, 2, 1)));
  expect((await kept())[1]).toEqual(['own', 'first', 6, 6]);
});

test('whichever of two pages writes first, what is kept is what one of them knew', async () => {
  const [ahead, behind] = [page(), page()];
  await ahead.note(news(null, 2, mark(1, 1, 1), mark(2, 2, 1)));
  await ahead.note(news(2, 5, mark(4, 1, 4), mark(5, 2, 5)));
  await behind.note(news(2, 4, mark(4, 1, 4)));
  expect(await kept()).toEqual([['own', 'first', 5, 4, 5]]);
  // It has all up to 4, and the page is at 6: what is kept goes on, from further back than it has to.
  await behind.note(news(4, 6, mark(5, 2, 5), mark(6, 3, 6)));
  expect(await kept()).toEqual([['own', 'first', 6, 4, 5, 6]]);
  // What is kept ends before that begins: to take it would leave a gap that nobody sees.
  await ahead.note(news(8, 9, mark(9, 1, 9)));
  await ahead.note({ ...news(5, 9, mark(9, 1, 9)), epoch: 'second' });
  expect(await kept()).toEqual([['own', 'first', 6, 4, 5, 6]]);
  await ahead.note({ ...news(null, 1, mark(1, 1, 1)), epoch: 'second' });
  expect(await kept()).toEqual([['own', 'second', 1, 1]]);
});

test('logs are one person’s, and go when everything does, or when the session is over', async () => {
  for (const what of ['everything', 'messages'] as const) {
    const shelf = page();
    await shelf.note(news(null, 1, mark(1, 1, 1)));
    await shelf.forget(what);
    expect(await kept()).toEqual([]);
    // Nothing of it is left to go on from either.
    await shelf.note(news(1, 2, mark(2, 1, 2)));
    expect(await kept()).toEqual([]);
  }
  await page().note(news(null, 1, mark(1, 1, 1)));
  expect(await kept('Grace')).toEqual([]);
  await page('Grace').note(news(1, 2, mark(2, 2, 2)));
  await page('Grace').note(news(null, 2, mark(2, 2, 2)));
  expect(await kept('Grace')).toEqual([['own', 'first', 2, 2]]);
  expect(await kept()).toEqual([]);
});

test('a browser that kept rooms and no logs keeps both from then on', async () => {
  const held = emptyRoom(1, 'Lobby');
  const database = await openDB('chatterbox', 2, {
    upgrade(fresh) {
      fresh.createObjectStore('outbox', { keyPath: 'nonce' });
      fresh.createObjectStore('rooms');
    },
  });
  await database.put('rooms', { ...held, user: 'Ada' }, 1);
  database.close();
  const shelf = page();
  expect(await shelf.take()).toMatchObject({ held: [held], logs: [] });
  await shelf.note(news(null, 1, mark(1, 1, 1)));
  expect(await kept()).toEqual([['own', 'first', 1, 1]]);
});
