import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Called, Followed, Message, RoomId } from '../../gen/protocol';
import { type FakeWire, FakeWorld, history, message, welcome } from '../socket/wires';
import { Places } from '../messages/places';
import { Drafts } from './drafts';
import { IndexedShelf } from './indexed';
import { Line } from './line.svelte';
import { emptyRoom } from './stage';

type Roll = (sides: number) => number;
type Send = Called & { type: 'send' };

/** The same numbers for the same seed, so that a run that failed can be run again. */
function dice(seed: number): Roll {
  let state = seed * 2654435761 + 1;
  return (sides) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % sides;
  };
}

const NO_POCKET = { get: () => null, put: () => false, drop: () => undefined, names: () => [] };

/** Stores a nonce once and answers late, or never, if the wire ends first; and refuses some for a time, until all is calm. */
class FakeServer {
  readonly world = new FakeWorld();
  readonly logs = new Map<RoomId, Message[]>([1, 2].map((room) => [room, []]));
  isCalm = false;
  readonly #roll: Roll;
  readonly #heard = new WeakMap<FakeWire, number>();
  readonly #putOff = new WeakMap<FakeWire, Set<string>>();
  #opened = new WeakSet<FakeWire>();

  constructor(roll: Roll) {
    this.#roll = roll;
  }

  /** Hears one command, or says one answer. */
  step(): void {
    const wire = this.world.wires.at(-1);
    if (!wire || wire.isClosed) return;
    if (!this.#opened.has(wire)) {
      this.#opened.add(wire);
      return wire.open();
    }
    const heard = this.#heard.get(wire) ?? 0;
    const command = wire.sent[heard];
    if (!command) return;
    this.#heard.set(wire, heard + 1);
    if (command.type === 'hello') this.#hello(wire, command.follow ?? []);
    if (command.type === 'read') wire.say({ type: 'ok', ref: command.ref ?? 0 });
    if (command.type === 'send' && !this.#putsOff(wire, command)) this.#store(wire, command);
  }

  /** By the server's own rule: what comes after one that is refused for a time is refused like it. */
  #putsOff(wire: FakeWire, { ref, nonce = '', after = '' }: Send): boolean {
    const putOff = this.#putOff.get(wire) ?? new Set();
    this.#putOff.set(wire, putOff);
    const refuses = putOff.has(after) || (!this.isCalm && this.#roll(4) === 0);
    if (!refuses) putOff.delete(nonce);
    else {
      putOff.add(nonce);
      wire.say({ type: 'error', code: 'rate_limited', message: 'Later.', ref: ref ?? 0, retry_after: 0 });
    }
    return refuses;
  }

  #hello(wire: FakeWire, follow: Followed[]): void {
    const seqs = [...this.logs.values()].map((log) => log.length);
    const [lobby = 0, workshop = 0] = seqs;
    const second = { id: 2, name: 'Workshop', seq: workshop, read_up_to: 0, seen_up_to: 0 };
    const answers = follow.map(({ room, seq: known }) => {
      const log = this.logs.get(room) ?? [];
      const missed = log.filter(({ seq }) => seq > (known ?? 0));
      return history(log.length, missed, { room, reset: known === undefined });
    });
    wire.say(welcome(lobby, { beside: [second] }), ...answers);
  }

  #store(wire: FakeWire, { ref, nonce = '', text, room = 1 }: Send): void {
    const log = this.logs.get(room) ?? [];
    const known = log.find((each) => each.nonce === nonce);
    const seq = log.length + 1;
    const stored = known ?? message(seq, text, { id: 1000 * room + seq, user: 'Ada', nonce, room });
    const answer = { type: 'ok', ref: ref ?? 0, id: stored.id, seq: stored.seq, time: stored.time } as const;
    if (!known) log.push(stored);
    if (!known && stored.seq % 2) wire.say({ type: 'message', ...stored }, answer);
    else wire.say(answer, ...(known ? [] : [{ type: 'message', ...stored } as const]));
  }
}

/** Ada at a browser whose pages may end at any moment. */
class Browser {
  /** Who she is, once a page has heard it. */
  #id: number | null = null;
  readonly server: FakeServer;
  readonly written: string[] = [];
  readonly kept: string[] = [];
  #pages = 0;
  #present = { is: true };
  page: Line;

  private constructor(roll: Roll) {
    this.server = new FakeServer(roll);
    this.page = this.#open();
  }

  /** Both rooms were there before. */
  static async at(roll: Roll): Promise<Browser> {
    const tabs = { own: 'page 0', live: () => Promise.resolve(null), watch: () => undefined };
    const shelf = new IndexedShelf({ name: 'Ada', id: null, tabs, present: () => true });
    await shelf.hold([emptyRoom(1, 'Lobby'), emptyRoom(2, 'Workshop')], []);
    return new Browser(roll);
  }

  /** The rooms are there as soon as the page has looked for them. */
  write(number: RoomId): void {
    const text = `message ${this.written.length + 1}`;
    const { is } = { is: this.#present };
    this.written.push(text);
    const room = this.page.rooms.get(number) ?? this.page.shown;
    void room.say(text).then(() => {
      if (is.is) this.kept.push(text);
    });
  }

  /** Nothing that the page has not written by now is ever written. */
  crash(): void {
    this.#present.is = false;
    this.page.connection.stop();
    this.page = this.#open();
  }

  #open(): Line {
    this.#pages += 1;
    const own = `page ${this.#pages}`;
    const alive = { is: true };
    this.#present = alive;
    let nonces = 0;
    const tabs = { own, live: () => Promise.resolve(new Set([own])), watch: () => undefined };
    const page = new Line('Ada', {
      world: this.server.world,
      nonce: () => `${own} ${(nonces += 1)}`,
      now: () => this.#pages * 1_000,
      page: () => Promise.reject(new Error('away')),
      shelf: new IndexedShelf({ name: 'Ada', id: this.#id, tabs, present: () => alive.is }),
      drawer: { look: () => null, put: () => undefined, known: () => false },
      drafts: new Drafts(NO_POCKET, 'Ada', 1),
      order: () => Promise.resolve(),
      places: new Places(NO_POCKET),
      known: ({ id }) => (this.#id = id),
      announce: () => undefined,
      sessionOver: () => undefined,
    });
    void page.start();
    return page;
  }
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => vi.useRealTimers());

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The disk gets on meanwhile: one that takes two seconds for anything keeps nothing. */
async function later(time: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(time);
  for (let step = 0; step < 10; step += 1) await turn();
}

async function play(seed: number): Promise<Browser> {
  const roll = dice(seed);
  const browser = await Browser.at(roll);
  for (let step = 0; step < 150; step += 1) {
    const chance = roll(20);
    if (chance < 2 && browser.written.length < 12) browser.write(1 + roll(2));
    else if (chance === 2) browser.crash();
    else if (chance === 3) browser.server.world.wires.at(-1)?.end();
    else if (chance < 10) browser.server.step();
    else if (chance < 18) await turn();
    else await later(roll(2) * 400);
  }
  browser.server.isCalm = true;
  for (let step = 0; step < 120; step += 1) {
    browser.page.connection.retryNow();
    browser.server.step();
    await turn();
    // The pauses that were asked for end.
    await vi.advanceTimersByTimeAsync(0);
  }
  browser.page.stop();
  return browser;
}

test.each(Array.from({ length: 60 }, (_, seed) => seed + 1))(
  'whenever a page or its connection ends, what was kept is stored once and in its room’s order, seed %i',
  async (seed) => {
    const { server, written, kept, page } = await play(seed);
    const logs = [...server.logs].map(([room, log]) => ({ room, texts: log.map(({ text }) => text) }));
    const stored = logs.flatMap(({ texts }) => texts);
    expect(new Set(stored).size).toBe(stored.length);
    expect(kept.filter((text) => !stored.includes(text))).toEqual([]);
    for (const { room, texts } of logs) {
      expect(texts).toEqual(written.filter((text) => texts.includes(text)));
      expect(page.rooms.get(room)?.rows.map((row) => row.text)).toEqual(texts);
    }
  },
);
