import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { beforeEach, expect, test, vi } from 'vitest';
import { message } from '../socket/wires';
import { forgetMessages, IndexedShelf } from './indexed';
import { type Held, newest } from './shelf';

let open: Set<string>;
let signedIn: string;

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  open = new Set();
  signedIn = 'Ada';
});

function page(
  tab: string,
  name = 'Ada',
  live = () => Promise.resolve<Set<string> | null>(open),
  id: number | null = null,
) {
  open.add(tab);
  const tabs = { own: tab, live, watch: () => undefined };
  return new IndexedShelf({ name, id, tabs, present: () => signedIn === name });
}

const entry = (at: number) => ({
  nonce: `n${at}`,
  room: 1,
  text: `text ${at}`,
  at,
  problem: null,
  seq: null,
});
const room = { id: 1, name: 'Lobby', seq: 2, read_up_to: 1, seen_up_to: 0 };
const held: Held = {
  me: { id: 1, username: 'Ada', role: 'member' },
  room,
  epoch: 'first',
  seq: 2,
  more: false,
  messages: [message(1, 'one'), message(2, 'two')],
};

const NOTHING = { held: [], logs: [], unsent: [] };

async function written() {
  const shelf = page('first');
  await shelf.take();
  for (const at of [2, 1, 3]) await shelf.keep(entry(at));
  await shelf.hold([held], ['n3']);
  return shelf;
}

test('what a page kept is there for the next one', async () => {
  await written();
  open.delete('first');
  const { held: rooms, unsent } = await page('second').take();
  expect(rooms).toMatchObject([held]);
  expect(unsent).toEqual([entry(1), entry(2)]);
});

test('what was kept before messages had a room of their own is for the first one, and stays so', async () => {
  const database = await openDB('chatterbox', 1, {
    upgrade(fresh) {
      fresh.createObjectStore('outbox', { keyPath: 'nonce' });
      fresh.createObjectStore('rooms');
    },
  });
  for (const at of [1, 2]) {
    const { nonce, text, problem } = entry(at);
    await database.put('outbox', { nonce, text, at, problem, user: 'Ada', tab: 'old page' });
  }
  await database.put('rooms', { ...held, user: 'Ada' }, 1);
  database.close();
  const found = await page('second').take();
  expect(found.unsent).toEqual([entry(1), entry(2)]);
  expect(found.held).toMatchObject([held]);
  open.delete('second');
  expect((await page('third').take()).unsent).toEqual([entry(1), entry(2)]);
});

test('a page of before that is still open does not keep a later one from its messages', async () => {
  const database = await openDB('chatterbox', 1, {
    upgrade(fresh) {
      fresh.createObjectStore('outbox', { keyPath: 'nonce' });
      fresh.createObjectStore('rooms');
    },
    blocking: (_current, _wanted, event) => (event.target as IDBDatabase).close(),
  });
  const { nonce, text, at, problem } = entry(1);
  await database.put('outbox', { nonce, text, at, problem, user: 'Ada', tab: 'closed page' });
  expect((await page('second').take()).unsent).toEqual([entry(1)]);
});

test('each room is kept for itself, and the one that is dropped is gone', async () => {
  const shelf = await written();
  const [second, third] = [2, 3].map((id) => ({ ...held, room: { ...room, id, name: `Room ${id}` } }));
  await shelf.hold([second!, third!], []);
  await shelf.hold([{ ...second!, seq: 7 }], []);
  await shelf.drop(3);
  open.delete('first');
  expect((await page('second').take()).held).toMatchObject([held, { ...second!, seq: 7 }]);
});

test('each message is kept with its room', async () => {
  const shelf = page('first');
  await shelf.keep({ ...entry(1), room: 7 });
  open.delete('first');
  expect((await page('second').take()).unsent).toEqual([{ ...entry(1), room: 7 }]);
});

test('a page that lives sends its own messages; when it is closed, one other takes them', async () => {
  await written();
  const [second, third] = [page('second'), page('third')];
  expect((await second.take()).unsent).toEqual([]);
  open.delete('first');
  const claimed = await Promise.all([second.claim(), third.claim()]);
  expect(claimed.map((each) => each.length)).toEqual([2, 0]);
  expect(await second.claim()).toEqual([]);
});

test('where the browser does not tell who lives, only a page that opens takes over', async () => {
  await written();
  const blind = page('second', 'Ada', () => Promise.resolve(null));
  expect(await blind.claim()).toEqual([]);
  expect((await blind.take()).unsent).toHaveLength(2);
});

test('another person sees nothing, sends nothing, and leaves nothing', async () => {
  await written();
  open.delete('first');
  signedIn = 'Grace';
  expect(await page('second', 'Grace').take()).toEqual(NOTHING);
  signedIn = 'Ada';
  expect(await page('third').take()).toEqual(NOTHING);
});

test('a page whose person has left writes nothing any more', async () => {
  const shelf = page('first');
  signedIn = '';
  await shelf.keep(entry(1));
  await shelf.hold([held], []);
  signedIn = 'Ada';
  open.delete('first');
  expect(await page('second').take()).toEqual(NOTHING);
});

test('forgetting takes the messages, or everything', async () => {
  const shelf = await written();
  open.delete('first');
  await forgetMessages();
  const second = await page('second').take();
  expect([second.held, second.unsent.length]).toEqual([[], 2]);
  await shelf.forget('everything');
  open.delete('second');
  expect(await page('third').take()).toEqual(NOTHING);
});

test('a browser that keeps nothing, or does not answer, keeps nobody from talking', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  for (const open of [
    () => {
      throw new DOMException('Not here.', 'SecurityError');
    },
    () => ({ addEventListener: () => undefined }),
  ]) {
    globalThis.indexedDB = { open } as unknown as IDBFactory;
    const shelf = page('first');
    const done = Promise.all([
      shelf.take(),
      shelf.keep(entry(1)),
      shelf.hold([held], []),
      shelf.forget('everything'),
    ]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await done)[0]).toEqual(NOTHING);
  }
  vi.useRealTimers();
});

test('as many of the newest messages are kept as are worth it', () => {
  const many = Array.from({ length: 300 }, (_, index) => message(index, 'short'));
  expect(newest(many)).toEqual(many.slice(100));
  const long = Array.from({ length: 50 }, (_, index) => message(index, 'x'.repeat(8000)));
  expect(newest(long)).toEqual(long.slice(18));
  expect(newest(held.messages)).toBe(held.messages);
});

/** All that the browser keeps, by whose it is. */
async function kept() {
  const database = await openDB('chatterbox');
  const [rooms, outbox, logs] = await Promise.all(
    ['rooms', 'outbox', 'logs'].map((store) => database.getAll(store) as Promise<{ user: unknown }[]>),
  );
  database.close();
  return [rooms, outbox, logs].map((all) => all?.map(({ user }) => user));
}

test('what hung on a name hangs on the id once that is known, and is there under another name', async () => {
  const shelf = await written();
  await shelf.note({ name: 'own', epoch: 'first', since: null, seq: 1, changed: [] });
  expect(await kept()).toEqual([['Ada'], ['Ada', 'Ada'], ['Ada']]);
  expect(await shelf.known(7)).toEqual([]);
  expect(await kept()).toEqual([[7], [7, 7], [7]]);
  await shelf.keep(entry(5));
  await shelf.note({ name: 'own', epoch: 'first', since: 1, seq: 2, changed: [] });
  open.delete('first');
  signedIn = 'Countess';
  const renamed = await page('second', 'Countess', undefined, 7).take();
  expect(renamed.unsent).toEqual([1, 2, 5].map(entry));
  expect([renamed.held.length, renamed.logs[0]?.seq]).toEqual([1, 2]);
});

test('a page that does not know yet whose it is shows and takes away nothing that hangs on an id', async () => {
  const shelf = await written();
  await shelf.known(7);
  open.delete('first');
  const unknown = page('second');
  expect(await unknown.take()).toEqual(NOTHING);
  await unknown.keep(entry(9));
  expect(await unknown.known(7)).toEqual([1, 2].map(entry));
  open.delete('second');
  expect((await page('third', 'Ada', undefined, 7).take()).unsent).toEqual([1, 2, 9].map(entry));
  signedIn = 'Grace';
  const grace = page('fourth', 'Grace');
  await grace.known(8);
  expect(await kept()).toEqual([[], [], []]);
});

test('of rooms that one has no more nothing stays, but for what another page waits to send', async () => {
  const shelf = await written();
  await shelf.hold([{ ...held, room: { ...room, id: 5 } }], []);
  await shelf.keep({ ...entry(6), room: 5 });
  const other = page('second');
  await other.keep({ ...entry(7), room: 5 });
  await page('closed').keep({ ...entry(8), room: 5 });
  open.delete('closed');
  await shelf.keepOnly(new Set([1]));
  open.clear();
  const { held: rooms, unsent } = await page('last').take();
  expect([rooms.map((each) => each.room.id), unsent.map(({ at }) => at)]).toEqual([[1], [1, 2, 7]]);
});
