const FIRST_MS = 5_000;
const LONGEST_MS = 60_000;

/** How long to wait before the next attempt: full jitter, so that a thousand pages do not return as one. */
export class Backoff {
  #attempts = 0;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#attempts);
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
