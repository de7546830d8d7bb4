import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { type Entry, FIRST_ROOM, type RoomId, type UserId } from '../../gen/protocol';
import { taken } from '../protocol/place';
import type { Unsent } from '../socket/outbox.svelte';
import type { Held, KeptLog, LogName, LogNews, Shelf, ShelfContents } from './shelf';
import type { Tabs } from './tabs';

const NAME = 'chatterbox';
/** Until 3, all hung on names: a page of then would take for another person's what hangs on an id, and has to let go. */
const VERSION = 4;
/** A browser whose disk does not answer for this long is one that keeps nothing. */
const PATIENCE_MS = 2_000;

/** By the id of whose it is; by their name, as long as that was not known. */
type Owned<Thing> = Thing & { user: UserId | string };
type KeptUnsent = Owned<Omit<Unsent, 'seq'>> & { tab: string };

type EntryKey = [log: LogName, kind: string, id: number];

interface Schema extends DBSchema {
  outbox: { key: string; value: KeptUnsent };
  rooms: { key: RoomId; value: Owned<Held> };
  /** How far the logs are kept that are no room's. */
  logs: { key: LogName; value: Owned<Omit<KeptLog, 'entries'>> };
  /** What is in them, by log, kind and id: one change is one row. */
  entries: { key: EntryKey; value: Entry };
}

const STORES = ['rooms', 'outbox', 'logs', 'entries'] as const;

type Database = IDBPDatabase<Schema>;

interface Owner {
  /** As they were called at the login. */
  readonly name: string;
  /** None before the server has said it. */
  readonly id: UserId | null;
  readonly tabs: Tabs;
  /** Whether this person is still the one who is signed in here: nothing is written for one who has left. */
  present(): boolean;
}

/** The shelf in IndexedDB, which belongs to one origin; it holds what belongs to one person. */
export class IndexedShelf implements Shelf {
  readonly #owner: Owner;
  #id: UserId | null;
  readonly #database: Promise<Database | null>;

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#id = owner.id;
    this.#database = within(open(), null);
  }

  async take(): Promise<ShelfContents> {
    const unsent = await this.#claim(await this.#owner.tabs.live());
    const held = await this.#work<readonly Held[]>([], async (database) => {
      const all = await database.getAll('rooms');
      return all.filter(this.#isOwn);
    });
    const logs = await this.#work<readonly KeptLog[]>([], (database) => keptLogs(database, this.#isOwn));
    return { held, logs, unsent };
  }

  async claim(): Promise<readonly Unsent[]> {
    const live = await this.#owner.tabs.live();
    return live === null ? [] : this.#claim(live);
  }

  async known(id: UserId): Promise<readonly Unsent[]> {
    if (this.#id === id) return [];
    this.#id = id;
    return this.#claim(await this.#owner.tabs.live());
  }

  watch(closed: () => void): void {
    this.#owner.tabs.watch(closed);
  }

  keep({ nonce, room, text, at, problem }: Unsent): Promise<void> {
    const { tabs } = this.#owner;
    return this.#work(undefined, async (database) => {
      const user = this.#user;
      const change = database.transaction('outbox', 'readwrite');
      const put = change.store.put({ nonce, room, text, at, problem, user, tab: tabs.own });
      await end(change, [put]);
    });
  }

  discard(nonce: string): Promise<void> {
    return this.#work(undefined, (database) => database.delete('outbox', nonce));
  }

  hold(held: readonly Held[], stored: readonly string[]): Promise<void> {
    return this.#work(undefined, async (database) => {
      const change = database.transaction(['rooms', 'outbox'], 'readwrite');
      const rooms = change.objectStore('rooms');
      const outbox = change.objectStore('outbox');
      const writes: Promise<unknown>[] = stored.map((nonce) => outbox.delete(nonce));
      writes.push(...held.map((each) => rooms.put({ ...each, user: this.#user }, each.room.id)));
      await end(change, writes);
    });
  }

  note({ name, epoch, since, seq, changed }: LogNews): Promise<void> {
    return this.#work(undefined, async (database) => {
      const change = database.transaction(['logs', 'entries'], 'readwrite');
      const [logs, entries] = [change.objectStore('logs'), change.objectStore('entries')];
      const kept = await logs.get(name);
      const isNext =
        kept && this.#isOwn(kept) && kept.epoch === epoch && taken(kept.seq, { seq, since: since ?? 0 });
      if (since !== null && isNext !== 'next') return change.done;
      const writes: Promise<unknown>[] = since === null ? [entries.delete(all(name))] : [];
      for (const entry of changed) {
        const key: EntryKey = [name, entry.kind, entry.id];
        writes.push(entry.gone ? entries.delete(key) : entries.put(entry, key));
      }
      writes.push(logs.put({ user: this.#user, name, epoch, seq }, name));
      await end(change, writes);
    });
  }

  drop(room: RoomId): Promise<void> {
    return this.#work(undefined, (database) => database.delete('rooms', room));
  }

  keepOnly(had: ReadonlySet<RoomId>): Promise<void> {
    const { tabs } = this.#owner;
    return this.#work(undefined, async (database) => {
      const live = await tabs.live();
      const change = database.transaction(['rooms', 'outbox'], 'readwrite');
      const [rooms, outbox] = [change.objectStore('rooms'), change.objectStore('outbox')];
      const [ids, entries] = await Promise.all([rooms.getAllKeys(), outbox.getAll()]);
      const lost = entries.filter(
        ({ room, tab }) => !had.has(room) && (tab === tabs.own || live?.has(tab) === false),
      );
      const writes: Promise<unknown>[] = ids.filter((id) => !had.has(id)).map((id) => rooms.delete(id));
      writes.push(...lost.map(({ nonce }) => outbox.delete(nonce)));
      await end(change, writes);
    });
  }

  async forget(what: 'everything' | 'messages'): Promise<void> {
    const database = await this.#database;
    if (database) await within(empty(database, what), undefined);
  }

  /** Takes over what closed tabs left behind, has all hang on the id, and takes away what another person did. */
  #claim(live: ReadonlySet<string> | null): Promise<readonly Unsent[]> {
    const { tabs } = this.#owner;
    return this.#work<readonly Unsent[]>([], async (database) => {
      const change = database.transaction(STORES, 'readwrite');
      const outbox = change.objectStore('outbox');
      const rooms = change.objectStore('rooms');
      const logs = change.objectStore('logs');
      const [entries, held, kept] = await Promise.all([outbox.getAll(), rooms.getAll(), logs.getAll()]);
      const user = this.#user;
      const isNamed = (each: Owned<object>) => this.#isOwn(each) && each.user !== user;
      const writes: Promise<unknown>[] = held.filter(this.#isOthers).map(({ room }) => rooms.delete(room.id));
      writes.push(...held.filter(isNamed).map((each) => rooms.put({ ...each, user }, each.room.id)));
      for (const { name } of kept.filter(this.#isOthers))
        writes.push(logs.delete(name), change.objectStore('entries').delete(all(name)));
      writes.push(...kept.filter(isNamed).map((each) => logs.put({ ...each, user }, each.name)));
      writes.push(...entries.filter(this.#isOthers).map(({ nonce }) => outbox.delete(nonce)));
      const left = entries.filter(
        (each) => this.#isOwn(each) && each.tab !== tabs.own && !live?.has(each.tab),
      );
      const named = entries.filter((each) => isNamed(each) && !left.includes(each));
      writes.push(...left.map((entry) => outbox.put({ ...entry, user, tab: tabs.own })));
      writes.push(...named.map((entry) => outbox.put({ ...entry, user })));
      await Promise.all([...writes, change.done]);
      return left.map(asUnsent);
    });
  }

  /** What is kept from now on hangs on this. */
  get #user(): UserId | string {
    return this.#id ?? this.#owner.name;
  }

  readonly #isOwn = ({ user }: Owned<object>) => user === this.#id || user === this.#owner.name;

  /** Whose an id is, nobody knows before the server has said one's own. */
  readonly #isOthers = (each: Owned<object>) =>
    !this.#isOwn(each) && (this.#id !== null || typeof each.user === 'string');

  async #work<Answer>(otherwise: Answer, work: (database: Database) => Promise<Answer>): Promise<Answer> {
    const database = await this.#database;
    if (!database || !this.#owner.present()) return otherwise;
    return within(work(database), otherwise);
  }
}

/** For a page that has no line, and whose person has to sign in again. */
export async function forgetMessages(): Promise<void> {
  const database = await within(open(), null);
  if (!database) return;
  await within(empty(database, 'messages'), undefined);
  database.close();
}

async function open(): Promise<Database> {
  return openDB<Schema>(NAME, VERSION, {
    async upgrade(database, from, _to, change) {
      if (from < 1) {
        database.createObjectStore('outbox', { keyPath: 'nonce' });
        database.createObjectStore('rooms');
      } else if (from < 2) {
        // What was written before messages had a room of their own was for the only one there was.
        const outbox = change.objectStore('outbox');
        for (const entry of await outbox.getAll()) await outbox.put({ ...entry, room: FIRST_ROOM });
      }
      if (from < 3) {
        database.createObjectStore('logs');
        database.createObjectStore('entries');
      }
    },
    // A later version of the page, or somebody who clears the browser, must not wait for this one.
    blocking: (_current, _wanted, event) => (event.target as IDBDatabase).close(),
  });
}

/** Asks for the commit at once: a page that ends before it has heard of its writes must not take them along. */
async function end(
  change: { commit(): void; done: Promise<void> },
  writes: Promise<unknown>[],
): Promise<void> {
  change.commit();
  await Promise.all([...writes, change.done]);
}

async function empty(database: Database, what: 'everything' | 'messages'): Promise<void> {
  const change = database.transaction(STORES, 'readwrite');
  const goes = STORES.filter((store) => what === 'everything' || store !== 'outbox');
  const writes = goes.map((store) => change.objectStore(store).clear());
  await Promise.all([...writes, change.done]);
}

/** All entries of a log. */
function all(name: LogName): IDBKeyRange {
  return IDBKeyRange.bound([name], [name, []]);
}

/** The logs and what is in them, as they were at one moment. */
async function keptLogs(
  database: Database,
  isOwn: (log: Owned<object>) => boolean,
): Promise<readonly KeptLog[]> {
  const look = database.transaction(['logs', 'entries']);
  const logs = await look.objectStore('logs').getAll();
  const own = logs.filter(isOwn);
  return Promise.all(
    own.map(async ({ name, epoch, seq }) => {
      const entries = await look.objectStore('entries').getAll(all(name));
      return { name, epoch, seq, entries };
    }),
  );
}

async function within<Answer>(work: Promise<Answer>, otherwise: Answer): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Answer>((resolve) => (timer = setTimeout(() => resolve(otherwise), PATIENCE_MS)));
  const answer = await Promise.race([work.catch(() => otherwise), late]);
  clearTimeout(timer);
  return answer;
}

function asUnsent({ nonce, room, text, at, problem }: KeptUnsent): Unsent {
  return { nonce, room, text, at, problem, seq: null };
}
