import type { RoomId } from '../../gen/protocol';
import type { Unsent } from '../socket/outbox.svelte';
import type { Held, Shelf } from './shelf';
import type { StateLog } from './statelog.svelte';

const PAUSE_MS = 300;

/** Puts what the page holds of its logs on the shelf, a moment after it has changed: many changes are one write. */
export class Holding {
  readonly #shelf: Shelf;
  readonly #present: (room: RoomId) => Held | null;
  readonly #logs: readonly StateLog[];
  #changed = new Set<RoomId>();
  #stored: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf, present: (room: RoomId) => Held | null, logs: readonly StateLog[]) {
    this.#shelf = shelf;
    this.#logs = logs;
    this.#present = present;
  }

  /** A message of this page is in the log: it leaves the outbox with the write that holds it. */
  stored({ nonce, room }: Unsent): void {
    this.#stored.push(nonce);
    this.changed(room);
  }

  changed(room: RoomId): void {
    this.#changed.add(room);
    this.noticed();
  }

  /** Something is not kept yet. */
  noticed(): void {
    this.#timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  flush(): void {
    if (this.#timer === undefined) return;
    this.stop();
    const held = [...this.#changed].map((room) => this.#present(room)).filter((room) => room !== null);
    const stored = this.#stored;
    this.#changed = new Set();
    this.#stored = [];
    void this.#shelf.hold(held, stored);
    for (const log of this.#logs) {
      const news = log.news();
      if (news) void this.#shelf.note(news);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
