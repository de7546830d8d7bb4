/** After this long without a word, whoever is at the other end is asked: the server's own pings are not seen by a page. */
const QUIET_MS = 15_000;
/** After this long with nothing at all in spite of that, nobody is there. A link that brings anything is only slow. */
const DEAD_MS = 10_000;

/** Finds out within 25 seconds that nobody is at the other end of a wire. */
export class Pulse {
  readonly #ask: () => void;
  readonly #dead: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = false;

  constructor(ask: () => void, dead: () => void) {
    this.#ask = ask;
    this.#dead = dead;
  }

  heard(): void {
    this.#wait(() => this.ask(), QUIET_MS);
    this.#asked = false;
  }

  /** Does not wait for the silence. Who is being asked is not asked again. */
  ask(): void {
    if (this.#asked) return;
    this.#wait(this.#dead, DEAD_MS);
    this.#asked = true;
    this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#asked = false;
  }

  #wait(then: () => void, time: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, time);
  }
}
