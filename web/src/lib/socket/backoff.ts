/** Nobody who looks at the page waits for longer than this. */
const WATCHED_MS = 5_000;
const LONGEST_MS = 60_000;

/**
 * How long to wait before the next attempt: with full jitter, so that a thousand pages do not return as one. A page that
 * somebody sees goes on trying as often as at first, and one that nobody sees ever more seldom.
 */
export class Backoff {
  #attempts = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(watched: boolean): number {
    const ceiling = watched ? WATCHED_MS : Math.min(LONGEST_MS, WATCHED_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return Math.round(this.#random() * ceiling);
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** A restarting server says in the close reason how many milliseconds to stay away. */
export function restartDelay(reason: string): number | null {
  return /^\d{1,6}$/.test(reason) ? Math.min(Number(reason), LONGEST_MS) : null;
}
