import { afterEach, beforeEach, vi } from 'vitest';
import {
  type Event,
  FIRST_ROOM,
  type MessagePage,
  type Order,
  type Room,
  type RoomId,
  type Seq,
} from '../../gen/protocol';
import { nameOf } from '../protocol/entries';
import type { Unsent } from '../socket/outbox.svelte';
import { FakeWorld, history, message, welcome } from '../socket/wires';
import { Places } from '../messages/places';
import { Drafts } from './drafts';
import { Line } from './line.svelte';
import type { HeldRoom } from './room.svelte';
import type { Held, KeptLog, LogName, LogNews, Shelf, ShelfContents } from './shelf';

/** A shelf that is there at once. */
class PlainShelf implements Shelf {
  readonly held = new Map<RoomId, Held>();
  readonly logs = new Map<LogName, KeptLog>();
  unsent: Unsent[] = [];
  /** What closed pages have left. */
  left: Unsent[] = [];
  forgotten: string | null = null;
  closed = (): void => undefined;

  take(): Promise<ShelfContents> {
    return Promise.resolve({
      held: [...this.held.values()],
      logs: [...this.logs.values()],
      unsent: this.#takeLeft(),
    });
  }

  known(): Promise<readonly Unsent[]> {
    return Promise.resolve([]);
  }

  claim(): Promise<readonly Unsent[]> {
    return Promise.resolve(this.#takeLeft());
  }

  watch(closed: () => void): void {
    this.closed = closed;
  }

  #takeLeft(): readonly Unsent[] {
    const { left } = this;
    this.left = [];
    return left;
  }

  keep(entry: Unsent): Promise<void> {
    this.unsent = [...this.unsent.filter((each) => each.nonce !== entry.nonce), entry];
    return Promise.resolve();
  }

  discard(nonce: string): Promise<void> {
    return this.hold([], [nonce]);
  }

  hold(held: readonly Held[], stored: readonly string[]): Promise<void> {
    for (const each of held) this.held.set(each.room.id, each);
    this.unsent = this.unsent.filter((each) => !stored.includes(each.nonce));
    return Promise.resolve();
  }

  note({ name, epoch, since, seq, changed }: LogNews): Promise<void> {
    const before = since === null ? [] : (this.logs.get(name)?.entries ?? []);
    const after = new Map([...before, ...changed].map((entry) => [nameOf(entry), entry]));
    const entries = [...after.values()].filter(({ gone }) => !gone);
    this.logs.set(name, { name, epoch, seq, entries });
    return Promise.resolve();
  }

  keepOnly(rooms: ReadonlySet<RoomId>): Promise<void> {
    for (const room of this.held.keys()) if (!rooms.has(room)) this.held.delete(room);
    return Promise.resolve();
  }

  drop(room: RoomId): Promise<void> {
    this.held.delete(room);
    return Promise.resolve();
  }

  forget(what: string): Promise<void> {
    this.forgotten = what;
    return Promise.resolve();
  }
}

/** A room that this browser holds already, before anything was said in it. */
export const emptyRoom = (id: RoomId, name: string): Held => {
  const room: Room = { id, name, seq: 0, read_up_to: 0, seen_up_to: 0 };
  const me = { id: 1, username: 'Ada', role: 'member' } as const;
  return { me, room, epoch: 'first', seq: 0, more: false, messages: [] };
};

/** Ada on a line of her own, for tests: what she sees, what her page says to the server, and what it asks for. */
export class Stage {
  readonly world = new FakeWorld();
  readonly pages: {
    room: RoomId;
    before?: Seq;
    after?: Seq;
    answer: (page: MessagePage) => void;
    fail: () => void;
  }[] = [];
  readonly announced: string[] = [];
  /** What was said about the order of her rooms. */
  readonly orders: Order[] = [];
  /** Who the browser was told that she is. */
  person = '';
  readonly shelf = new PlainShelf();
  readonly drawer = {
    kept: null as string | null,
    look: () => this.drawer.kept,
    put: (text: string) => void (this.drawer.kept = text),
    known: () => false,
  };
  readonly #kept = new Map<string, string>();
  /** What her tab keeps. */
  readonly tab = {
    get: (name: string) => this.#kept.get(name) ?? null,
    put: (name: string, text: string) => !!this.#kept.set(name, text),
    drop: (name: string) => void this.#kept.delete(name),
    names: () => [...this.#kept.keys()],
  };
  #nonces = 0;
  ada = this.#newPage();

  /** Her page is opened in a browser that holds these rooms. */
  async holds(...rooms: Held[]): Promise<void> {
    await this.shelf.hold(rooms, []);
    await this.reload();
  }

  /** The page is closed, without a word of warning, and opened again. */
  async reload(): Promise<void> {
    this.ada.connection.stop();
    this.shelf.left = this.shelf.unsent;
    this.ada = this.#newPage();
    await this.ada.start();
  }

  #newPage(): Line {
    return new Line('Ada', {
      world: this.world,
      nonce: () => `n${(this.#nonces += 1)}`,
      now: () => Date.UTC(2026, 10, 23, 16),
      page: (room, place) =>
        new Promise((answer, reject) =>
          this.pages.push({ room, ...place, answer, fail: () => reject(new Error('away')) }),
        ),
      shelf: this.shelf,
      drawer: this.drawer,
      drafts: new Drafts(this.tab, 'Ada', null),
      places: new Places(this.tab),
      order: (order) => {
        this.orders.push(order);
        return Promise.resolve();
      },
      known: ({ id, username }) => (this.person = `${id} ${username}`),
      announce: ({ what, text }) => this.announced.push(`${what}: ${text}`),
      sessionOver: () => undefined,
    });
  }

  /** What her page holds of a room. */
  room(id: RoomId): HeldRoom {
    const room = this.ada.rooms.get(id);
    if (!room) throw new Error(`There is no room ${id}.`);
    return room;
  }

  get lobby(): HeldRoom {
    return this.room(FIRST_ROOM);
  }

  /** What she reads there. */
  textsIn(id: RoomId): string[] {
    return this.room(id).rows.map((row) => row.text);
  }

  get texts(): string[] {
    return this.textsIn(FIRST_ROOM);
  }

  get sends() {
    return this.world.wire.sent.filter((command) => command.type === 'send');
  }

  arrive(...events: Event[]): void {
    this.world.wire.open();
    this.world.wire.say(...events);
  }

  arriveWith(count: number, more = false): void {
    const messages = Array.from({ length: count }, (_, index) => message(index + 1, `m${index + 1}`));
    this.arrive(welcome(count), history(count, messages, { more }));
  }
}

/** The stage of the test that runs. */
export let stage: Stage;

/** Gives each test of a file a stage of its own, with Ada's page open and a clock that stands. */
export function setsTheStage(): void {
  beforeEach(async () => {
    vi.useFakeTimers();
    stage = new Stage();
    await stage.ada.start();
  });
  afterEach(() => {
    stage.ada.connection.stop();
    vi.useRealTimers();
  });
}

/** What is ready has happened. */
export const settled = () => vi.advanceTimersByTimeAsync(0);
