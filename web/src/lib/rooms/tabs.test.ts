import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IndexedShelf } from './indexed';
import { browserTabs } from './tabs';

interface Lock {
  name: string;
  mode: LockMode;
  granted(): unknown;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A browser's locks: those of a page go when the test ends it, others some time after they were let go. */
class FakeLocks {
  #held: Lock[] = [];
  #waiting: Lock[] = [];

  request(name: string, ...rest: [Lock['granted']] | [LockOptions, Lock['granted']]): Promise<void> {
    const [{ mode = 'exclusive' }, granted] = rest.length === 1 ? [{}, rest[0]] : rest;
    this.#waiting.push({ name, mode, granted });
    this.#grant();
    return Promise.resolve();
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: [...this.#held] });
  }

  end(name: string): void {
    this.#held = this.#held.filter((lock) => lock.name !== name);
    this.#grant();
  }

  #grant(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const lock of waiting) {
      if (this.#free(lock)) void this.#hold(lock);
      else this.#waiting.push(lock);
    }
  }

  #free({ name, mode }: Lock): boolean {
    const others = this.#held.filter((lock) => lock.name === name);
    return others.every((lock) => lock.mode === 'shared' && mode === 'shared');
  }

  async #hold(lock: Lock): Promise<void> {
    this.#held.push(lock);
    await lock.granted();
    await turn();
    this.#held = this.#held.filter((each) => each !== lock);
    this.#grant();
  }
}

class ListedChannel extends BroadcastChannel {
  constructor(name: string) {
    super(name);
    channels.push(this);
  }
}

let locks: FakeLocks;
let channels: BroadcastChannel[];
let claimed: string[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  locks = new FakeLocks();
  channels = [];
  claimed = [];
  vi.stubGlobal('navigator', { locks });
  vi.stubGlobal('BroadcastChannel', ListedChannel);
});
afterEach(() => {
  for (const channel of channels) channel.close();
  vi.unstubAllGlobals();
});

/** A page that has claimed when it opened, and has a message that it cannot send. */
async function open(own: string): Promise<void> {
  const shelf = new IndexedShelf({ name: 'Ada', id: null, tabs: browserTabs(own), present: () => true });
  const claim = async () => claimed.push(...(await shelf.claim()).map(({ text }) => text));
  shelf.watch(() => void claim());
  await shelf.take();
  await shelf.keep({ nonce: own, room: 1, text: `of the ${own}`, at: 1, problem: null, seq: null });
}

test.each(['first', 'second', 'third'])(
  'when the %s page ends that others have seen alive, one of them takes what it left',
  async (ending) => {
    for (const own of ['first', 'second', 'third']) await open(own);
    expect(claimed).toEqual([]);
    locks.end(ending);
    await vi.waitFor(() => expect(claimed).toEqual([`of the ${ending}`]));
  },
);

test('where there are no locks, nobody is said to live, and nobody’s end is told', async () => {
  vi.stubGlobal('navigator', {});
  const tabs = browserTabs('page');
  tabs.watch(() => expect.unreachable());
  expect(await tabs.live()).toBeNull();
});
