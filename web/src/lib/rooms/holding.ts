import type { RoomId } from '../../gen/protocol';
import type { Unsent } from '../socket/outbox.svelte';
import type { Held, Shelf } from './shelf';

const PAUSE_MS = 300;

/** Puts what the page holds of its rooms on the shelf, a moment after it has changed: many changes are one write. */
export class Holding {
  readonly #shelf: Shelf;
  readonly #present: (room: RoomId) => Held | null;
  #changed = new Set<RoomId>();
  #stored: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf, present: (room: RoomId) => Held | null) {
    this.#shelf = shelf;
    this.#present = present;
  }

  /** A message of this page is in the log: it leaves the outbox with the write that holds it. */
  stored({ nonce, room }: Unsent): void {
    this.#stored.push(nonce);
    this.changed(room);
  }

  changed(room: RoomId): void {
    this.#changed.add(room);
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
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
