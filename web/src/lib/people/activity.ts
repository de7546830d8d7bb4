/** The server counts in minutes. */
const SAID_EVERY_MS = 60_000;
/** Whoever opens a page where nobody sees it is not there. */
const NEVER_MS = 24 * 60 * 60 * 1_000;

/** When there was input last on this page, while somebody saw it, and when that is to be said. */
export class Activity {
  #lastAt: number;
  #saidAt = -Infinity;
  readonly #now: () => number;

  constructor(now: () => number, seen: boolean) {
    this.#now = now;
    this.#lastAt = seen ? now() : now() - NEVER_MS;
  }

  /** How many seconds ago: with it the server knows all there is to know by now. */
  idle(): number {
    this.#saidAt = this.#lastAt;
    return Math.max(0, Math.floor((this.#now() - this.#lastAt) / 1_000));
  }

  /** There is input. Answers whether to say so. */
  input(): boolean {
    this.#lastAt = this.#now();
    if (this.#lastAt - this.#saidAt < SAID_EVERY_MS) return false;
    this.#saidAt = this.#lastAt;
    return true;
  }
}
