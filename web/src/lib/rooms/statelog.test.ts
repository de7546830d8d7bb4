import { expect, test } from 'vitest';
import type { Entry, Seq, States } from '../../gen/protocol';
import { nameOf } from '../protocol/entries';
import type { KeptLog } from './shelf';
import { StateLog } from './statelog.svelte';

/** Numbers below a limit, the same ones for the same seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** The house's log as a server keeps it: the newest of each thing, and what was told of each change. */
class Served {
  readonly told: Entry[] = [];
  readonly things = new Map<string, Entry>();

  /** A thing changes, hangs on one of a smaller id from then on, or on nothing, or goes. */
  change(roll: (below: number) => number): void {
    const [seq, id] = [this.told.length + 1, roll(6)];
    const of = id > 0 && roll(3) > 0 ? { kind: 'card' as const, id: roll(id) } : undefined;
    const state = { username: `user ${id} at ${seq}`, role: 'member', active: true } as const;
    const entry: Entry =
      roll(4) === 0 ? { seq, kind: 'card', id, gone: true } : { seq, kind: 'card', id, of, state };
    this.told.push(entry);
    this.things.set(nameOf(entry), entry);
  }

  /** What has changed since, as it is by now. */
  since(seq: Seq): Entry[] {
    return [...this.things.values()].filter((entry) => entry.seq > seq).sort((a, b) => a.seq - b.seq);
  }

  /** What is there: what is not gone, and hangs on nothing that is. */
  there(): Entry[] {
    const there = new Map<number, Entry>();
    for (const entry of [...this.things.values()].sort((a, b) => a.id - b.id))
      if (entry.state && (!entry.of || there.has(entry.of.id))) there.set(entry.id, entry);
    return [...there.values()];
  }
}

/** A page that hears of such a log, and a browser that keeps it. */
class Reader {
  log = new StateLog('house');
  #kept: KeptLog | null = null;

  keep(): void {
    const news = this.log.news();
    if (!news) return;
    const before = news.since === null ? [] : (this.#kept?.entries ?? []);
    const after = new Map([...before, ...news.changed].map((entry) => [nameOf(entry), entry]));
    this.#kept = { ...news, entries: [...after.values()].filter(({ gone }) => !gone) };
  }

  reload(): void {
    this.log = new StateLog('house');
    if (this.#kept) this.log.restore(this.#kept);
  }

  catchUp(served: Served, size: number): void {
    const isNew = this.log.epoch === undefined;
    const missed = served.since(this.log.seq);
    const head = served.told.length;
    for (let from = 0; from === 0 || from < missed.length; from += size) {
      const states = missed.slice(from, from + size);
      const live = from + size >= missed.length;
      const seq = live ? head : (states.at(-1)?.seq ?? head);
      this.log.resume(
        { house: true, reset: isNew && from === 0, states, seq, live } satisfies States,
        'first',
      );
    }
  }

  /** The next change as it was told, or what overtook it, which covers all before it. */
  hear(served: Served, isFill: boolean): void {
    const { seq } = this.log;
    const next = isFill ? served.since(seq)[0] : served.told[seq];
    if (next && this.log.apply({ ...next, since: seq }) === 'gap') throw new Error('It goes on from there.');
  }
}

test('in whatever pages, entries and covers a log comes, and whenever it is kept: the same is there in the end', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    const [served, reader] = [new Served(), new Reader()];
    for (let step = 0; step < 60; step += 1) {
      const what = roll(10);
      if (what < 5) served.change(roll);
      else if (what < 7) reader.hear(served, what === 6);
      else if (what === 7) reader.catchUp(served, 1 + roll(3));
      else if (what === 8) reader.keep();
      else reader.reload();
    }
    reader.catchUp(served, 2);
    const held = [...reader.log.entries.values()].sort((a, b) => a.id - b.id);
    expect(
      held.map((entry) => ({ ...entry, since: undefined })),
      `seed ${seed}`,
    ).toEqual(served.there());
    reader.keep();
    reader.reload();
    expect(reader.log.entries.size, `seed ${seed}`).toBe(held.length);
  }
});
