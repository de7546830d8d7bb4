import type { Held, Shelf } from './shelf';

const PAUSE_MS = 300;

/** Puts what the page shows on the shelf, a moment after it has changed: many changes are one write. */
export class Holding {
  readonly #shelf: Shelf;
  readonly #present: () => Held | null;
  #stored: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(shelf: Shelf, present: () => Held | null) {
    this.#shelf = shelf;
    this.#present = present;
  }

  /** A message of this page is in the log: it leaves the outbox with the write that holds it. */
  stored(nonce: string): void {
    this.#stored.push(nonce);
    this.changed();
  }

  changed(): void {
    this.#timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  flush(): void {
    if (this.#timer === undefined) return;
    this.stop();
    const stored = this.#stored;
    this.#stored = [];
    void this.#shelf.hold(this.#present(), stored);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
