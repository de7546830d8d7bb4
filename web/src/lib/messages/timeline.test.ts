import { expect, test } from 'vitest';
import type { Message, MessagePage, Seq } from '../../gen/protocol';
import { message } from '../socket/wires';
import type { Change } from '../protocol/changes';
import { Filling, type Wish } from './filling.svelte';
import { type End, Timeline } from './timeline.svelte';

const PAGE = 4;
const time = '2026-11-23T16:00:00.000Z';

/** The same numbers for the same seed, so that a run that failed can be run again. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2654435761 + 1;
  return (sides) => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return Math.floor((state / 4294967296) * sides);
  };
}

const plain = (messages: readonly Message[]) => messages.map(({ seq, text, edited }) => [seq, text, edited]);

interface Asked {
  readonly end: End;
  readonly place: Seq;
  /** As the server has read it. */
  page: MessagePage | null;
  readonly answer: (page: MessagePage) => void;
  readonly fail: (error: Error) => void;
}

/** A server with one room, and a page that hears of its changes late, or not until it is back. */
class World {
  readonly timeline = new Timeline();
  readonly asked: Asked[] = [];
  readonly filling = new Filling(
    this.timeline,
    (end, place) => new Promise((answer, fail) => this.asked.push({ end, place, page: null, answer, fail })),
  );
  epoch = 'first';
  seq = 0;
  messages: Message[] = [];
  #changes: Change[] = [];
  #unheard: Change[] = [];

  constructor(count: number) {
    for (let said = 0; said < count; said += 1) this.say();
    this.#unheard = [];
    this.comeBack();
  }

  say(): void {
    const said = message(this.seq + 1, `said ${this.seq + 1}`);
    this.messages = [...this.messages, said];
    this.#tell({ type: 'message', ...said });
  }

  edit(index: number): void {
    const before = this.messages[index];
    if (!before) return;
    const text = `${before.text}, at ${this.seq + 1}`;
    this.messages = this.messages.with(index, { ...before, text, edited: time });
    this.#tell({ type: 'edit', id: before.id, text, time, room: 1, seq: this.seq + 1 });
  }

  delete(index: number): void {
    const before = this.messages[index];
    if (!before) return;
    this.messages = this.messages.toSpliced(index, 1);
    this.#tell({ type: 'delete', id: before.id, room: 1, seq: this.seq + 1 });
  }

  #tell(change: Change): void {
    this.seq += 1;
    this.#changes.push(change);
    this.#unheard.push(change);
  }

  hear(): void {
    const next = this.#unheard.shift();
    if (next) expect(this.timeline.apply(next)).toBe('next');
  }

  /** After a loss: all that has changed since, or the newest page. */
  comeBack(reset = this.timeline.epoch !== this.epoch): void {
    this.#unheard = [];
    const about = { room: 1, seq: this.seq, live: true };
    if (reset) {
      const page = this.#pageOf('before', this.seq + 1);
      return this.timeline.resume({ ...about, ...page, reset, deleted: [] }, this.epoch);
    }
    const since = this.#changes.filter(({ seq }) => seq > this.timeline.seq);
    const ids = new Set(since.map(({ id }) => id));
    const messages = this.messages.filter(({ id }) => ids.has(id));
    const deleted = [...ids].filter((id) => !messages.some((each) => each.id === id));
    this.timeline.resume({ ...about, messages, more: false, reset, deleted }, this.epoch);
  }

  /** The server begins anew, from a backup; the page hears of it when it comes back. */
  restore(): void {
    this.epoch = `${this.epoch}'`;
    this.messages = this.messages
      .slice(0, this.messages.length / 2)
      .map((each) => ({ ...each, text: 'old' }));
    this.#changes = [];
    this.comeBack();
  }

  #pageOf(end: End, place: Seq): MessagePage {
    const there = this.messages.filter(({ seq }) => (end === 'before' ? seq < place : seq > place));
    const messages = end === 'before' ? there.slice(-PAGE) : there.slice(0, PAGE);
    return { messages, more: there.length > PAGE };
  }

  read(index: number): void {
    const asked = this.asked[index];
    if (asked) asked.page ??= this.#pageOf(asked.end, asked.place);
  }

  async answer(index: number, fails = false): Promise<void> {
    const [asked] = this.asked.splice(index, 1);
    if (!asked) return;
    if (fails) asked.fail(new Error('away'));
    else asked.answer(asked.page ?? this.#pageOf(asked.end, asked.place));
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }

  wish(): void {
    const { timeline, filling } = this;
    const wish: Wish | null = filling.next;
    if (wish) void filling.fill(wish);
    if (timeline.hole) expect(filling.wish).toBe(wish);
  }

  goToOldest(): void {
    if (this.filling.next === 'older') void this.filling.fill('oldest');
  }

  /** What is held is what the server has, but for the hole; and what is shown has no gap. */
  check(): void {
    const { timeline } = this;
    const { hole } = timeline;
    const same = (held: readonly Message[], belongs: (seq: Seq) => boolean) =>
      expect(plain(held)).toEqual(plain(this.messages.filter(({ seq }) => belongs(seq))));
    same(timeline.messages, (seq) => !timeline.misses(seq));
    same(timeline.newest, (seq) => seq >= (hole?.before ?? 0));
    same(timeline.shown, (seq) => (timeline.atOldest ? seq <= hole!.after : seq >= (hole?.before ?? 0)));
    if (hole)
      expect(0 <= hole.after && hole.after + 1 < hole.before && hole.before <= this.seq + 1).toBe(true);
  }
}

test.each(Array.from({ length: 80 }, (_, seed) => seed + 1))(
  'what is held is what the room has, whatever changes while which page is on its way, seed %i',
  async (seed) => {
    const roll = dice(seed);
    const world = new World(10 + roll(40));
    const anywhere = () => roll(world.messages.length);
    const steps = [
      () => world.say(),
      () => world.edit(anywhere()),
      () => world.delete(anywhere()),
      () => world.hear(),
      () => world.hear(),
      () => world.comeBack(),
      () => world.wish(),
      () => world.goToOldest(),
      () => world.read(roll(world.asked.length)),
      () => world.answer(roll(world.asked.length)),
      () => world.answer(roll(world.asked.length), roll(4) === 0),
      () => roll(6) === 0 && world.timeline.showNewest(),
      () => roll(20) === 0 && world.comeBack(true),
      () => roll(40) === 0 && world.restore(),
    ];
    for (let step = 0; step < 200; step += 1) {
      await steps[roll(steps.length)]?.();
      if (world.timeline.seq === world.seq) world.check();
    }
    while (world.asked.length > 0) await world.answer(0);
    world.comeBack();
    world.check();
    for (let page = 0; world.timeline.hole && page < 100; page += 1) {
      world.wish();
      await world.answer(0);
      world.check();
    }
    expect(plain(world.timeline.messages)).toEqual(plain(world.messages));
  },
);
